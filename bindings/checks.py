"""Checks of declarations, as questions that a C compiler can answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from pycparser import c_ast, c_generator  # type: ignore[import-untyped, unused-ignore]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bindings.declarations import Declarations, Function

#: The prefix of the names of our own types, to distinguish them from the system's.
OURS = "ours_"


@dataclass(frozen=True)
class Value:
    """Asks for the value of a constant expression."""

    expression: str

    def line(self, name: str) -> str:
        """Return the C text that asks, in an object called NAME."""
        return f"const long long {name} = {self.expression};"


@dataclass(frozen=True)
class Symbol:
    """Asks for the symbol of a function, which the compiler reports only if the type is right."""

    function: str
    #: The function's declaration; in the type of the answer, its own name replaces the function's.
    declaration: str

    def line(self, name: str) -> str:
        """Return the C text that asks, in a function called NAME."""
        typedef = _renamed(self.declaration, self.function, f"{name}_type")
        return f"typedef {typedef}; {name}_type *{name}(void) {{ return {self.function}; }}"


@dataclass(frozen=True)
class Convention:
    """Asks how a function is called: its symbol, and the widths of its arguments and result.

    This is for Windows, whose headers have their own names for every type.
    """

    function: str
    #: Our declaration, or empty for the system's.
    declaration: str = ""

    def line(self, name: str) -> str:
        """Return the C text that asks, in a function called NAME."""
        return f"{self.declaration}; void *{name}(void) {{ return (void *){self.function}; }}"


@dataclass(frozen=True)
class Type:
    """Asks whether an expression has a type: the answer is that type, or the compiler's complaint.

    The expression is taken as a value, by which an array is a pointer to its elements.
    """

    expression: str
    declared: str

    def line(self, name: str) -> str:
        """Return the C text that asks, in an object called NAME."""
        return f"const long long {name} = _Generic({self.expression}, {self.declared}: 1);"


@dataclass(frozen=True)
class Alike:
    """Asks C++ whether two types are ALIKE: the answer is ours, or the compiler's complaint."""

    ours: str
    true: str
    #: The name for our type.
    declared: str
    #: Our function of that type, if it is a function's type.
    declaration: str = ""

    def line(self, name: str) -> str:
        """Return the C++ text that asks, in an object called NAME."""
        alike = f"Alike<{self.ours}, {self.true}>::value"
        return f'{self.declaration}; extern "C" const long long {name} = {alike};'


#: Whether two types of Windows are alike, whose headers have their own names for every type:
#: numbers must have the same width and sign; a handle may be a number; `void *` matches any
#: structure or union.
ALIKE = """
template <class Ours, class True> constexpr bool same_structure = false;
template <class Ours, class True> constexpr bool same_type() {
    if constexpr (__is_integral(Ours) && __is_integral(True))
        return sizeof(Ours) == sizeof(True) && (Ours(-1) < 0) == (True(-1) < 0);
    else if constexpr (__is_integral(Ours) && __is_enum(True))
        return sizeof(Ours) == sizeof(True);
    else if constexpr (__is_integral(Ours) && __is_same(True, void *))
        return sizeof(Ours) == sizeof(True) && Ours(-1) < 0;
    else if constexpr (__is_pointer(Ours) && __is_pointer(True)) {
        using O = __remove_pointer(Ours);
        using T = __remove_pointer(True);
        return __is_const(O) == __is_const(T)
            && ((__is_void(O) && (__is_class(T) || __is_union(T)))
                || same_type<__remove_cv(O), __remove_cv(T)>());
    } else
        return __is_same(Ours, True) || same_structure<Ours, True>;
}
template <class Ours, class True> constexpr bool alike = same_type<__decay(Ours), __decay(True)>();
template <class... Types> struct List;
template <class Ours, class True> constexpr bool all_alike = false;
template <class... Ours, class... True> requires (sizeof...(Ours) == sizeof...(True))
constexpr bool all_alike<List<Ours...>, List<True...>> = (... && alike<Ours, True>);
template <class R, class... A, class S, class... B>
constexpr bool alike<R (__stdcall *)(A...), S (__stdcall *)(B...)> =
    all_alike<List<R, A...>, List<S, B...>>;
template <class Ours, class True, bool = alike<Ours, True>> struct Alike;
template <class Ours, class True> struct Alike<Ours, True, true> { enum { value = 1 }; };
"""

#: Functions that no header of the compiler declares, with the types that Microsoft documents.
UNDECLARED = frozenset({"NtCreateNamedPipeFile"})

Question = Union[Value, Symbol, Convention, Type, Alike]


@dataclass(frozen=True)
class Check:
    """A condition that holds if OURS and TRUE have the same answer."""

    subject: str
    true: Question
    ours: Question | str
    #: True if the system may lack it.
    optional: bool = False


def preamble(declared: Declarations) -> str:
    """Return the C text for the checks: the system's headers, then our types."""
    headers = ("stddef.h", "stdint.h", *declared.includes)
    generator = c_generator.CGenerator()
    nodes = [*declared.types.values(), *(s.declaration for s in declared.structures)]
    own = "".join(f"{generator.visit(node)};\n" for node in nodes)
    own = re.sub(r"\bstruct (?=\w)", f"struct {OURS}", own)
    for name in declared.types:
        own = re.sub(rf"\b{name}\b", OURS + name, own)
    same = "".join(
        f"template <> constexpr bool same_structure<{OURS}{s.name}, {s.name}> = true;\n"
        for s in declared.structures
    )
    cxx = f"#ifdef __cplusplus\n{ALIKE}{same}#endif\n"
    return "".join(f"#include <{header}>\n" for header in headers) + own + cxx


def checks(declared: Declarations, *, windows: bool) -> Iterator[Check]:
    """Yield all checks of DECLARED."""
    for name, value in declared.constants.items():
        yield Check(name, Value(_number(name, value)), Value(str(value)))
    for name, node in declared.types.items():
        yield from _same(name, f"(*({name} *)0)", f"(*({OURS}{name} *)0)", node.type)
    for structure in declared.structures:
        name = structure.name
        true = name if windows else f"struct {name}"
        yield from _structure(true, name, structure.declaration)
        if windows:
            yield from _alike_fields(name, structure.declaration)
        else:
            yield from _pointers(true, structure.declaration)
    for function in declared.functions:
        if function.name in UNDECLARED:
            continue
        if windows:
            yield _convention(function)
            yield _alike(function)
        else:
            yield _function(function)


#: What GCC's and clang's __builtin_classify_type returns for one.
_POINTER = 5


def _number(name: str, value: int) -> str:
    """Return the C expression for a constant of this VALUE."""
    if 2**31 <= value < 2**32:
        # Windows has the same code in a signed type in some places, in an unsigned one in others.
        return f"(uint32_t)({name})"
    # One of Windows' constants is a pointer; as a number it is negative.
    pointer = f"__builtin_classify_type({name}) == {_POINTER}"
    return f"(long long)__builtin_choose_expr({pointer}, (intptr_t)({name}), ({name}))"


def _function(function: Function) -> Check:
    text = c_generator.CGenerator().visit(function.declaration)
    true = Symbol(function.name, text)
    return Check(f"{function.name}()", true, function.symbol, optional=function.weak)


def _convention(function: Function) -> Check:
    ours = OURS + function.symbol
    text = c_generator.CGenerator().visit(function.declaration)
    declaration = _renamed(text, function.name, f"__stdcall {ours}")
    return Check(f"{function.name}()", Convention(function.name), Convention(ours, declaration))


def _alike(function: Function) -> Check:
    ours = OURS + function.symbol
    text = c_generator.CGenerator().visit(function.declaration)
    declaration = _renamed(text, function.name, f"__stdcall {ours}")
    declaration = re.sub(r"\bstruct (?=\w)", f"struct {OURS}", declaration)
    true = Alike(f"decltype(&{ours})", f"decltype(&{function.name})", text, declaration)
    return Check(f"{function.name}(): types", true, text)


def _renamed(declaration: str, old: str, new: str) -> str:
    return re.sub(rf"\b{old}(?=\()", new, declaration, count=1)


def _structure(true: str, name: str, node: c_ast.Struct) -> Iterator[Check]:
    ours = f"struct {OURS}{name}"
    fields = list(_fields(node))
    size = f"sizeof({true})"
    if isinstance(fields[-1].type, c_ast.ArrayDecl):
        size = _unless_open(f"((({true} *)0)->{fields[-1].name})", size, f"sizeof({ours})")
    yield Check(f"{true}: size", Value(size), Value(f"sizeof({ours})"))
    yield Check(f"{true}: alignment", Value(f"_Alignof({true})"), Value(f"_Alignof({ours})"))
    for field in fields:
        subject = f"{true}.{field.name}"
        offset = f"__builtin_offsetof({{}}, {field.name})"
        yield Check(f"{subject}: offset", Value(offset.format(true)), Value(offset.format(ours)))
        member = f"((({{}} *)0)->{field.name})"
        yield from _same(subject, member.format(true), member.format(ours), field.type)


def _unless_open(array: str, size: str, ours: str) -> str:
    """Return the C expression of a SIZE, or OURS if ARRAY stands for one of any length.

    Windows declares such an array, which is always the last field, with a single element.
    """
    return f"(sizeof {array} == sizeof *{array} ? {ours} : {size})"


def _pointers(true: str, node: c_ast.Struct) -> Iterator[Check]:
    """Yield checks that pointers and arrays among the fields have our element types."""
    for field in _fields(node):
        if isinstance(field.type, (c_ast.PtrDecl, c_ast.ArrayDecl)):
            pointer = c_ast.PtrDecl([], field.type.type)
            declared = c_generator.CGenerator().visit(c_ast.Typename(None, [], None, pointer))
            declared = re.sub(rf"\b{field.name}\b", "", declared).strip()
            member = f"((({true} *)0)->{field.name})"
            yield Check(f"{true}.{field.name}: type", Type(member, declared), declared)


def _alike_fields(name: str, node: c_ast.Struct) -> Iterator[Check]:
    """Yield checks that the fields of a structure of Windows have types like ours."""
    for field in _fields(node):
        declared = c_generator.CGenerator().visit(field)
        ours, true = (f"decltype((({s} *)0)->{field.name})" for s in (OURS + name, name))
        yield Check(f"{name}.{field.name}: type", Alike(ours, true, declared), declared)


def _fields(node: c_ast.Node) -> Iterator[c_ast.Decl]:
    for field in node.decls:
        if field.name:
            yield field
        else:
            yield from _fields(field.type)


def _same(subject: str, true: str, ours: str, node: c_ast.Node) -> Iterator[Check]:
    """Yield checks that two objects have the same size, kind and sign; NODE is the type of ours."""

    def same(what: str, question: str) -> Check:
        return Check(
            f"{subject}: {what}", Value(question.format(true)), Value(question.format(ours))
        )

    if isinstance(node, c_ast.ArrayDecl):
        size = _unless_open(true, f"sizeof {true}", f"sizeof {ours}")
        yield Check(f"{subject}: size", Value(size), Value(f"sizeof {ours}"))
    else:
        yield same("size", "sizeof {}")
    integer = isinstance(node, c_ast.TypeDecl) and isinstance(node.type, c_ast.IdentifierType)
    if integer and node.type.names[0] in ("intptr_t", "uintptr_t"):
        return  # A number may stand for a pointer, as for Windows' handles.
    yield same("kind", "__builtin_classify_type({})")
    if isinstance(node, c_ast.ArrayDecl):
        yield same("element's size", "sizeof *{}")
        yield same("element's signedness", "((__typeof__(*{}))-1 < 0)")
    elif integer:
        yield same("signedness", "((__typeof__({}))-1 < 0)")
