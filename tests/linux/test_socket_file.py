"""Socket files and what only Linux has: mounts, a system without /proc."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from interprocess.local_socket import connect, listen
from tests.support import PATIENCE, ROOT

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}


IN_A_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


def after_mounting(mount: str, code: str, *arguments: str) -> str:
    """Return what CODE prints, run in a mount namespace of its own in which MOUNT was done."""
    if (
        shutil.which("unshare") is None
        or subprocess.run([*IN_A_NAMESPACE, "mount -t tmpfs none /mnt"], check=False).returncode
    ):
        pytest.skip("the system does not let us mount anything")
    shell = f'{mount} && exec "$PYTHON" -c "$CODE" "$@"'
    completed = subprocess.run(
        [*IN_A_NAMESPACE, shell, "sh", *arguments],
        stdout=subprocess.PIPE,
        env={**ENVIRONMENT, "PYTHON": sys.executable, "CODE": code},
        timeout=PATIENCE,
        check=True,
    )
    return completed.stdout.decode()


OVERWRITE = """if True:
    import errno, os, sys
    from interprocess.local_socket import listen
    try:
        listen(sys.argv[1], try_overwrite=True)
    except OSError as error:
        print(error.errno == errno.EBUSY, error.filename == sys.argv[1], error.strerror)
    print(*sorted(os.listdir(os.path.dirname(sys.argv[1]))))
"""


def test_overwriting_a_mount_point(path: Path) -> None:
    mounted = path.with_name("mounted")
    path.touch()
    with listen(mounted) as listener:
        printed = after_mounting('mount --bind "$2" "$1"', OVERWRITE, str(path), str(mounted))
        with connect(mounted), listener.accept(timeout=PATIENCE):
            pass
    first, second = printed.splitlines()
    assert first.startswith("True True ")
    assert "mounted on this file" in first
    assert second == "mounted s"
    path.unlink()


WITHOUT_PROC = """if True:
    import os, stat, sys
    from interprocess.local_socket import connect, listen
    from interprocess.os.unix.fifo_file import create_fifo
    from interprocess.os.unix.local_socket import ListenerOptions
    from interprocess.local_socket import to_fs_name
    assert not os.path.exists("/proc/self")
    os.umask(0o077)
    for overwrite in (False, True):
        with ListenerOptions(to_fs_name(sys.argv[1]), mode=0o666).create_sync() as listener:
            with connect(sys.argv[1]), listener.accept():
                print(oct(stat.S_IMODE(os.stat(sys.argv[1]).st_mode)))
    create_fifo(sys.argv[1], 0o640)
    print(oct(stat.S_IMODE(os.stat(sys.argv[1]).st_mode)))
    os.unlink(sys.argv[1])
    long = os.path.dirname(sys.argv[1]) + "/"
    long += "x" * (108 - len(long))
    with listen(long) as listener, connect(long), listener.accept():
        for overwrite in ("if_dead", True):
            try:
                listen(long, try_overwrite=overwrite).close()
            except OSError as error:
                print(error.filename == long, error.strerror)
    print(os.listdir(os.path.dirname(long)))
"""


def test_an_exact_mode_without_proc(path: Path) -> None:
    printed = after_mounting("mount -t tmpfs none /proc", WITHOUT_PROC, str(path)).splitlines()
    assert printed[:3] == ["0o666", "0o666", "0o640"]
    assert printed[3].startswith("True ")
    assert "living" in printed[3]
    assert printed[4] == "[]"
