"""Debian trees for other processors: made without running a program in them, entered by chroot."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.matrix import musl
from tests.matrix.runtimes import UnavailableError

if TYPE_CHECKING:
    from tests.matrix.runtimes import Runtime

#: What tests start as second programs.
_PROGRAMS = ("coreutils", "dash", "util-linux", "strace")
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_MERGED_USR = "/usr/share/mmdebstrap/hooks/merged-usr"

#: Mounts in a namespace of its own, so that nothing is left mounted whatever happens.
_ENTER = """
set -e
tree=$1 source=$2 packages=$3; shift 3
mount -t tmpfs tmpfs "$tree/tmp"
mount --rbind /dev "$tree/dev"
mount --rbind /proc "$tree/proc"
mount --bind "$source" "$tree/source"
mount --bind "$packages" "$tree/packages"
exec chroot "$tree" /bin/sh -c 'cd /source && exec "$@"' sh "$@"
"""


def make(runtime: Runtime, cache: Path) -> Path:
    """Return the RUNTIME's tree, downloaded (some 80 MB) if it is not in the CACHE."""
    if os.geteuid() != 0:
        raise UnavailableError("needs root, for chroot(2)")
    tree = cache / f"{runtime.suite}-{runtime.architecture}"
    if not tree.exists():
        if not shutil.which("mmdebstrap"):
            raise UnavailableError("apt-get install mmdebstrap")
        python = musl.PACKAGES if runtime.musl else ("python3", "python3-cffi-backend")
        fresh = tree.with_name(f"{tree.name}.{os.getpid()}")
        command = [
            *("mmdebstrap", "--quiet", "--variant=extract", "--format=directory"),
            *("--skip=check/qemu", f"--hook-dir={_MERGED_USR}"),
            *(
                f"--architectures={runtime.architecture}",
                f"--include={','.join(python + _PROGRAMS)}",
            ),
            *(runtime.suite, str(fresh), "http://deb.debian.org/debian"),
        ]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise UnavailableError(f"mmdebstrap: {result.stderr.strip()}")
        for name in ("dev", "proc", "tmp", "source", "packages"):
            fresh.joinpath(name).mkdir(exist_ok=True)
        if runtime.musl:
            musl.install(fresh)
        fresh.rename(tree)
    if runtime.emulator:
        _register(runtime.emulator)
    return tree


def _register(emulator: str) -> None:
    """Have the kernel start programs of another processor with qemu, in a chroot too."""
    if (_BINFMT / f"qemu-{emulator}").exists():
        return
    rule = Path(f"/usr/lib/binfmt.d/qemu-{emulator}.conf")
    if not rule.exists():
        raise UnavailableError("apt-get install qemu-user-static")
    if not (_BINFMT / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(_BINFMT)], check=True)
    (_BINFMT / "register").write_text(rule.read_text())


def entering(tree: Path, source: Path, packages: Path) -> list[str]:
    """Return the command that runs what follows it in TREE, with SOURCE as its directory."""
    namespace = ["unshare", "--mount", "--propagation", "private"]
    return [*namespace, "sh", "-c", _ENTER, "sh", str(tree), str(source), str(packages)]
