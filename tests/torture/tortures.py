"""All tortures: one module for each, with its scenarios."""

from __future__ import annotations

import importlib

from tests.torture.rounds import Scenario

NAMES = (
    "threads",
    "tasks",
    "interrupts",
    "handlers",
    "forks",
    "faults",
    "deaths",
    "memory",
    "floods",
    "overwriting",
    "soak",
)


def scenarios(torture: str) -> list[Scenario]:
    """Return the scenarios of a torture."""
    return list(importlib.import_module(f"tests.torture.{torture}").SCENARIOS)


def about(torture: str) -> str:
    """Return what a torture does, in one line."""
    documentation = importlib.import_module(f"tests.torture.{torture}").__doc__ or ""
    return documentation.partition("\n")[0]
