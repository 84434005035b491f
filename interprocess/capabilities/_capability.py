"""Capabilities, and whether a platform has them."""

from __future__ import annotations

from interprocess._interface.value import Value
from interprocess.cfg import FEATURES, Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from interprocess.cfg import Predicate

#: The answers of the running system, by the name of the capability.
_answers: dict[str, bool] = {}


class Capability(Value):
    """A feature that some systems have and others lack.

    - `name`: the argument of `available` and `require`.
    - `summary`: a description in one line.
    - `condition`: the platforms that have code for it.
    - `exposes`: the dotted names of the packages, modules, classes and functions that exist only
      where the condition holds; empty for a behaviour.
    - `probe`: asks the running system, where the condition does not suffice. It has no side
      effects. Its answer is remembered. An exception means that the system could not be asked; it
      is not remembered.
    """

    __module__ = "interprocess.capabilities.registry"

    __slots__ = ("condition", "exposes", "name", "probe", "summary")

    if TYPE_CHECKING:
        name: str
        summary: str
        condition: Predicate
        exposes: tuple[str, ...]
        probe: Callable[[], bool] | None

    def __init__(
        self,
        name: str,
        summary: str,
        condition: Predicate,
        exposes: tuple[str, ...] = (),
        probe: Callable[[], bool] | None = None,
    ) -> None:
        super().__init__(
            name=name, summary=summary, condition=condition, exposes=exposes, probe=probe
        )

    def status(self, target: Target | None = None) -> Status:
        """Return the status on a target or, without one, here and now."""
        platform = Target.current() if target is None else target
        exposed = self.condition.holds(platform)
        if not exposed:
            reason = f"needs cfg({self.condition}){self._remedy(platform)}"
        else:
            reason = self._refusal() if target is None else ""
        return Status(self, platform, exposed=exposed, available=not reason, reason=reason)

    def _remedy(self, target: Target) -> str:
        """Return how to fulfil the condition, if installing a package does that."""
        missing = sorted(set(FEATURES) - target.features)
        for feature in missing:
            if self.condition.holds(target.replace(features={*target.features, feature})):
                # Not the name of the import: on the package index, that is another project.
                return f": pip install pyinterprocess[{feature}]"
        return ""

    def _refusal(self) -> str:
        """Ask the running system once; return why it lacks the capability, or ""."""
        if self.probe is None:
            return ""
        if self.name not in _answers:
            try:
                _answers[self.name] = self.probe()
            except Exception as error:
                # The cause may be temporary, such as too many open files.
                return f"the running system could not be asked: {error}"
        return "" if _answers[self.name] else "the running system lacks it"


class Status(Value):
    """The status of a capability on a platform.

    - `capability`, `target`: the capability and the platform.
    - `exposed`: whether the condition holds, so that the names exist.
    - `available`: whether it is exposed and the running system, if asked, supports it.
    - `reason`: why it is not available; empty if it is available.
    """

    __module__ = "interprocess.capabilities.registry"

    __slots__ = ("available", "capability", "exposed", "reason", "target")

    capability: Capability
    target: Target
    exposed: bool
    available: bool
    reason: str

    def __init__(
        self,
        capability: Capability,
        target: Target,
        *,
        exposed: bool,
        available: bool,
        reason: str,
    ) -> None:
        super().__init__(
            capability=capability,
            target=target,
            exposed=exposed,
            available=available,
            reason=reason,
        )

    def absence_of(self, subject: str) -> str:
        """Return why SUBJECT does not exist: platform, capability and condition in one line."""
        return (
            f"{subject} does not exist on {self.target}:"
            f" the capability {self.capability.name!r} {self.reason}"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data, ready for JSON."""
        return {
            "name": self.capability.name,
            "summary": self.capability.summary,
            "condition": str(self.capability.condition),
            "exposes": list(self.capability.exposes),
            "probed": self.capability.probe is not None,
            "target": str(self.target),
            "exposed": self.exposed,
            "available": self.available,
            "reason": self.reason,
        }
