"""Security descriptors: their text, their parts, their control bits, their memory."""

from __future__ import annotations

import copy
import gc
import pickle

import pytest
from hypothesis import given, strategies

from interprocess._bindings.advapi32 import ffi
from interprocess.os.windows import _calls
from interprocess.os.windows.security_descriptor import (
    AccessControlList,
    BorrowedSecurityDescriptor,
    Control,
    SecurityDescriptor,
    Sid,
)
from tests.windows.wine import lacking_on_wine

SYSTEM, ADMINISTRATORS, EVERYONE = Sid("S-1-5-18"), Sid("S-1-5-32-544"), Sid("S-1-1-0")
FULL = "O:SYG:BAD:P(A;;GA;;;SY)(A;;GWGR;;;AU)"
EMPTY_LIST = bytes([2, 0, 8, 0, 0, 0, 0, 0])
DACL = AccessControlList.from_sddl("D:(A;;GA;;;SY)(A;;GWGR;;;AU)")
SACL = AccessControlList.from_sddl("S:(AU;SAFA;GA;;;WD)")
AUDITED = "D:(A;;GA;;;SY)S:(AU;SAFA;GA;;;WD)"


def access_control_lists() -> strategies.SearchStrategy[str]:
    """Text that is made of what SDDL is made of, but rarely is SDDL."""
    words = ["P", "AI", "SY", "S-1-5-18", "(", ")", "(A;;GA;;;WD)", "(A;;", "GR", ";", "G", "é"]
    return strategies.lists(strategies.sampled_from(words), max_size=8).map(
        lambda chosen: "D:" + "".join(chosen)
    )


class TestSid:
    def test_reads_both_forms_of_text(self) -> None:
        assert Sid("SY") == SYSTEM
        assert str(Sid("BA")) == "S-1-5-32-544"
        assert repr(SYSTEM) == "Sid('S-1-5-18')"

    def test_is_a_value(self) -> None:
        assert len({SYSTEM, Sid("SY"), EVERYONE}) == 2
        assert pickle.loads(pickle.dumps(SYSTEM)) == SYSTEM

    @pytest.mark.parametrize("text", ["", "nobody", "S-1", "X-1-5-18", "S-1-5-18\0"])
    def test_refuses_what_names_no_sid(self, text: str) -> None:
        with pytest.raises(ValueError, match="is not a SID"):
            Sid(text)

    def test_refuses_what_is_no_text(self) -> None:
        with pytest.raises(TypeError, match="bytes"):
            Sid(b"S-1-5-18")  # type: ignore[arg-type]

    def test_current_user_is_a_user(self) -> None:
        assert Sid.current_user().text.startswith("S-1-5-")


class TestText:
    def test_goes_both_ways(self) -> None:
        assert SecurityDescriptor.from_sddl(FULL).to_sddl() == FULL

    def test_can_be_of_some_parts(self) -> None:
        descriptor = SecurityDescriptor.from_sddl(FULL)
        assert descriptor.to_sddl("owner") == "O:SY"
        assert descriptor.to_sddl("group") == "G:BA"
        assert descriptor.to_sddl("owner", "dacl") == "O:SYD:P(A;;GA;;;SY)(A;;GWGR;;;AU)"

    def test_refuses_an_unknown_part(self) -> None:
        with pytest.raises(ValueError, match="unknown part 'color'; the parts are owner, group,"):
            SecurityDescriptor().to_sddl("color")  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("rubbish", "at position 0, 'rubbish': "),
            ("O:SYG:??D:(A;;GA;;;SY)", "at position 4, 'G:??': "),
            ("D:(A;;GA;;;SY)(A;;GA;;;?)", "at position 14, '(A;;GA;;;?)': "),
            ("D:P(A;;??;;;SY)(A;;GA;;;SY)", "at position 3, '(A;;??;;;SY)': "),
            ("D:(A;;GA;;;SY", "at position 2, '(A;;GA;;;SY': "),
            ("D:(A;;GA;;;SY)\0", "NUL at position 14"),
        ],
    )
    def test_bad_text_is_refused_with_its_place(self, text: str, place: str) -> None:
        with pytest.raises(ValueError) as caught:
            SecurityDescriptor.from_sddl(text)
        assert str(caught.value).startswith(f"bad SDDL {text!r}: {place}")

    def test_refuses_what_is_no_text(self) -> None:
        with pytest.raises(TypeError, match="bytes"):
            SecurityDescriptor.from_sddl(FULL.encode())  # type: ignore[arg-type]

    def test_repr_is_what_makes_it(self) -> None:
        descriptor = SecurityDescriptor.from_sddl(FULL)
        assert repr(descriptor) == f"SecurityDescriptor.from_sddl({FULL!r})"
        borrowed = BorrowedSecurityDescriptor(descriptor.pointer)
        assert repr(borrowed) == f"<BorrowedSecurityDescriptor {FULL!r}>"

    @lacking_on_wine("an empty and a null DACL are printed alike, as 'D:'")
    def test_null_and_empty_dacl_print_apart(self) -> None:
        descriptor = SecurityDescriptor()
        descriptor.unset_dacl()
        assert descriptor.to_sddl() == "D:NO_ACCESS_CONTROL"
        descriptor.set_dacl(AccessControlList(EMPTY_LIST))
        assert descriptor.to_sddl() == "D:"

    @lacking_on_wine("'S:(ML;;NW;;;LW)' is printed as 'S:(;;CC;;;LW)'")
    def test_label_is_printed(self) -> None:
        descriptor = SecurityDescriptor.from_sddl("S:(ML;;NW;;;LW)")
        assert descriptor.to_sddl("label") == "S:(ML;;NW;;;LW)"


@given(text=access_control_lists())
def test_any_text_is_taken_or_refused_by_name(text: str) -> None:
    try:
        SecurityDescriptor.from_sddl(text)
    except ValueError as error:
        refusal = str(error)
    else:
        return
    assert refusal.startswith(f"bad SDDL {text!r}: ")


def test_texts_do_not_share_memory() -> None:
    """The parts of a descriptor must live until it is built, also while memory is allocated."""
    for number in range(2000):
        descriptor = SecurityDescriptor.from_sddl(f"D:(A;;GA;;;S-1-5-21-{number})")
        assert descriptor.to_sddl() == f"D:(A;;GA;;;S-1-5-21-{number})"


class TestParts:
    def test_new_one_has_none(self) -> None:
        descriptor = SecurityDescriptor()
        assert descriptor.is_valid()
        assert (descriptor.owner, descriptor.group) == (None, None)
        assert (descriptor.dacl, descriptor.sacl) == (None, None)
        assert not descriptor.has_dacl
        assert not descriptor.has_sacl
        assert descriptor.control == 0

    def test_are_read(self) -> None:
        descriptor = SecurityDescriptor.from_sddl(FULL)
        assert descriptor.owner == SYSTEM
        assert descriptor.group == ADMINISTRATORS
        assert descriptor.has_dacl
        assert descriptor.dacl is not None
        assert len(descriptor.dacl) == 2

    def test_owner_and_group_are_set_and_unset(self) -> None:
        descriptor = SecurityDescriptor()
        descriptor.set_owner(SYSTEM, defaulted=True)
        descriptor.set_group(EVERYONE)
        assert (descriptor.owner, descriptor.group) == (SYSTEM, EVERYONE)
        assert descriptor.control == Control.OWNER_DEFAULTED
        descriptor.unset_owner()
        descriptor.unset_group()
        assert descriptor == SecurityDescriptor()

    def test_dacl_is_set_unset_and_removed(self) -> None:
        descriptor = SecurityDescriptor()
        descriptor.set_dacl(DACL, defaulted=True)
        assert descriptor.dacl == DACL
        assert descriptor.control == Control.DACL_PRESENT | Control.DACL_DEFAULTED
        descriptor.unset_dacl()
        assert descriptor.dacl is None
        assert descriptor.has_dacl
        descriptor.remove_dacl()
        assert descriptor.dacl is None
        assert not descriptor.has_dacl

    def test_sacl_is_set_unset_and_removed(self) -> None:
        descriptor = SecurityDescriptor()
        descriptor.set_sacl(SACL, defaulted=True)
        assert descriptor.sacl == SACL
        assert descriptor.control == Control.SACL_PRESENT | Control.SACL_DEFAULTED
        descriptor.unset_sacl()
        assert descriptor.sacl is None
        assert descriptor.has_sacl
        descriptor.remove_sacl()
        assert descriptor == SecurityDescriptor()

    def test_an_empty_list_is_not_none(self) -> None:
        descriptor = SecurityDescriptor.from_sddl("D:(A;;GA;;;SY)")
        empty = AccessControlList(EMPTY_LIST)
        descriptor.set_dacl(empty)
        assert descriptor.dacl == empty
        assert descriptor.dacl
        assert len(empty) == 0

    def test_outlive_what_they_were_set_from(self) -> None:
        descriptor = SecurityDescriptor()
        for _ in range(1000):
            descriptor.set_owner(Sid("S-1-5-21-1-2-3-4"))
            descriptor.set_dacl(DACL)
        assert descriptor.is_valid()
        assert descriptor.owner == Sid("S-1-5-21-1-2-3-4")
        assert descriptor.dacl == DACL


class TestControl:
    def test_tells_of_the_parts(self) -> None:
        control = SecurityDescriptor.from_sddl("D:P(A;;GA;;;SY)").control
        assert control == Control.DACL_PRESENT | Control.DACL_PROTECTED

    def test_is_set_where_the_mask_says(self) -> None:
        descriptor = SecurityDescriptor.from_sddl("D:P(A;;GA;;;SY)")
        both = Control.DACL_PROTECTED | Control.DACL_AUTO_INHERITED
        descriptor.set_control(both, Control.DACL_AUTO_INHERITED)
        assert descriptor.control == Control.DACL_PRESENT | Control.DACL_AUTO_INHERITED

    @pytest.mark.parametrize(
        ("mask", "bits"),
        [
            (Control.DACL_PRESENT, Control.DACL_PRESENT),
            (Control.SELF_RELATIVE, 0),
            (0, Control.DACL_PROTECTED),
        ],
    )
    def test_refuses_other_bits(self, mask: int, bits: int) -> None:
        with pytest.raises(ValueError, match="can be set"):
            SecurityDescriptor().set_control(mask, bits)


class TestContent:
    def test_equality(self) -> None:
        descriptor = SecurityDescriptor.from_sddl(FULL)
        assert descriptor == SecurityDescriptor.from_sddl(FULL)
        assert descriptor != SecurityDescriptor.from_sddl(FULL.replace("GWGR", "GR"))
        assert descriptor != SecurityDescriptor.from_sddl(FULL.replace("D:P", "D:"))
        assert descriptor != SecurityDescriptor.from_sddl(FULL.replace("O:SY", ""))
        assert descriptor != FULL

    def test_null_and_missing_dacl_differ(self) -> None:
        null = SecurityDescriptor()
        null.unset_dacl()
        assert null != SecurityDescriptor()

    def test_cannot_be_a_key(self) -> None:
        with pytest.raises(TypeError, match="unhashable"):
            hash(SecurityDescriptor())

    def test_cannot_be_pickled(self) -> None:
        with pytest.raises(TypeError, match="SDDL"):
            pickle.dumps(SecurityDescriptor())

    @pytest.mark.parametrize("text", [FULL, AUDITED, "O:SY", "D:P(D;;GA;;;AN)"])
    def test_clones_are_equal_and_independent(self, text: str) -> None:
        descriptor = SecurityDescriptor.from_sddl(text)
        for clone in (descriptor.clone(), copy.copy(descriptor), copy.deepcopy(descriptor)):
            assert clone == descriptor
            clone.set_owner(EVERYONE)
            assert clone != descriptor

    def test_null_dacl_is_cloned(self) -> None:
        descriptor = SecurityDescriptor()
        descriptor.unset_dacl()
        assert descriptor.clone() == descriptor


class TestAccessControlList:
    @pytest.mark.parametrize("text", ["D:(A;;GA;;;SY)(D;;GR;;;AN)", "S:(AU;SAFA;GA;;;WD)"])
    def test_goes_both_ways(self, text: str) -> None:
        entries = AccessControlList.from_sddl(text)
        assert entries.to_sddl() == text
        assert repr(entries) == f"AccessControlList.from_sddl({text!r})"
        assert pickle.loads(pickle.dumps(entries)) == entries

    def test_flags_are_not_its_own(self) -> None:
        assert AccessControlList.from_sddl("D:PAI(A;;GA;;;SY)(A;;GWGR;;;AU)") == DACL

    @pytest.mark.parametrize("text", ["O:SY", AUDITED, FULL, ""])
    def test_refuses_text_of_anything_else(self, text: str) -> None:
        with pytest.raises(ValueError, match="not the SDDL of one access control list"):
            AccessControlList.from_sddl(text)

    def test_refuses_bad_text(self) -> None:
        with pytest.raises(ValueError, match="at position 2, '\\(A'"):
            AccessControlList.from_sddl("D:(A")

    @lacking_on_wine("'D:' is read as a null DACL")
    def test_can_be_empty(self) -> None:
        assert AccessControlList.from_sddl("D:") == AccessControlList(EMPTY_LIST)

    def test_a_list_in_reserve_is_the_same_list(self) -> None:
        binary = DACL.binary
        size = len(binary) + 16
        roomy = binary[:2] + size.to_bytes(2, "little") + binary[4:] + bytes(16)
        assert AccessControlList(roomy) == DACL

    @pytest.mark.parametrize(
        "binary",
        [
            b"",
            b"\2\0\10\0",
            bytes([2, 0, 9, 0, 0, 0, 0, 0]),
            bytes([2, 0, 8, 0, 1, 0, 0, 0]),
            bytes([9, 0, 8, 0, 0, 0, 0, 0]),
        ],
    )
    def test_refuses_what_is_no_list(self, binary: bytes) -> None:
        with pytest.raises(ValueError, match="not an access control list"):
            AccessControlList(binary)


class TestMemory:
    def test_pointer_stays(self) -> None:
        descriptor = SecurityDescriptor.from_sddl(FULL)
        pointer = descriptor.pointer
        descriptor.set_owner(EVERYONE)
        descriptor.remove_dacl()
        assert descriptor.pointer == pointer
        assert BorrowedSecurityDescriptor(pointer) == descriptor

    def test_borrowed_by_address(self) -> None:
        descriptor = SecurityDescriptor.from_sddl(FULL)
        address = int(ffi.cast("uintptr_t", descriptor.pointer))
        borrowed = BorrowedSecurityDescriptor(address, keeps_alive=descriptor)
        del descriptor
        gc.collect()
        assert borrowed.to_sddl() == FULL
        clone = borrowed.clone()
        assert type(clone) is SecurityDescriptor
        assert clone.to_sddl() == FULL

    def test_refuses_what_is_no_descriptor(self) -> None:
        memory = ffi.new("char[64]")
        for pointer in (0, ffi.NULL, memory):
            with pytest.raises(ValueError, match="not a valid security descriptor"):
                BorrowedSecurityDescriptor(pointer)

    def test_goes_into_security_attributes(self) -> None:
        descriptor = SecurityDescriptor.current_user_only()
        attributes = _calls.security_attributes(None, inheritable=True)
        descriptor.write_to_security_attributes(attributes)
        assert attributes.lpSecurityDescriptor == descriptor.pointer
        assert attributes.bInheritHandle
