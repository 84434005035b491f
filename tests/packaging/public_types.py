"""Checks that the types of everything public are told completely, on each platform.

    python tests/packaging/public_types.py

pyright judges, of the package that this Python has: types that other type checkers would have to
infer count as unknown.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

PLATFORMS = ("Linux", "Windows", "Darwin")
COMPLETE = "Type completeness score: 100%"


def main() -> int:
    """Print the score for each platform, and what is missing; return how many have not 100 %."""
    incomplete = 0
    scripts = Path(sys.executable).parent
    # pyright looks at the Python that it finds on the path, and here for nothing else.
    environment = {**os.environ, "PATH": os.pathsep.join([str(scripts), os.environ["PATH"]])}
    environment["PYRIGHT_PYTHON_IGNORE_WARNINGS"] = "1"
    for platform in PLATFORMS:
        with tempfile.TemporaryDirectory() as directory:
            options = ("--pythonplatform", platform, "--ignoreexternal")
            completed = subprocess.run(
                [scripts / "pyright", *options, "--verifytypes", "interprocess"],
                cwd=directory,
                env=environment,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
        complete = COMPLETE in completed.stdout
        incomplete += not complete
        print(f"{platform}: {COMPLETE if complete else completed.stdout}", flush=True)
    return incomplete


if __name__ == "__main__":
    raise SystemExit(main())
