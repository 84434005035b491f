"""`python -m interprocess`: the command line."""

from __future__ import annotations

from interprocess._command_line.main import main

__all__ = ["main"]

if __name__ == "__main__":
    raise SystemExit(main())
