"""Every capability: its name, its condition, its probe and what it exposes.

Add an entry to `CAPABILITIES` for a new one. The tests compare the entries with the modules.
"""

from __future__ import annotations

from interprocess.capabilities import _probes
from interprocess.capabilities._capability import Capability, Status
from interprocess.cfg import all_, any_, feature, not_, target_os, unix, windows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.cfg import Target  # noqa: F401  # of Status

__all__ = ["CAPABILITIES", "Capability", "Status", "get"]

_LINUX = (target_os("linux"), target_os("android"))
_APPLE = (target_os("macos"), target_os("ios"))
_BSD = tuple(map(target_os, ("freebsd", "openbsd", "netbsd", "dragonfly")))
_FREEBSD, _OPENBSD, _NETBSD, _DRAGONFLY = _BSD
_SUNOS = (target_os("illumos"), target_os("solaris"))
_SENDS_FDS = all_(unix, not_(any_(*_SUNOS)))

#: All capabilities, by name.
CAPABILITIES = {
    entry.name: entry
    for entry in (
        # Platforms
        Capability("unix", "features of Unix only", unix, ("interprocess.os.unix",)),
        Capability("linux", "features of Linux only", any_(*_LINUX), ("interprocess.os.linux",)),
        Capability("windows", "features of Windows only", windows, ("interprocess.os.windows",)),
        # Local sockets
        Capability(
            "filesystem_ud_socket",
            "Unix domain sockets named by a path",
            unix,
            ("interprocess.os.unix.local_socket.FilesystemUdSocket",),
        ),
        Capability(
            "special_dir_ud_socket",
            "Unix domain sockets in `/run/user/UID` or else in `/tmp`, as in the Rust crate",
            unix,
            ("interprocess.os.unix.local_socket.SpecialDirUdSocket",),
        ),
        Capability(
            "abstract_ns_ud_socket",
            "Unix domain sockets in the abstract namespace, which are not files",
            any_(*_LINUX),
            ("interprocess.os.unix.local_socket.AbstractNsUdSocket",),
            _probes.abstract_namespace,
        ),
        Capability(
            "listener_mode",
            "listeners whose socket file has exactly the given permissions",
            unix,
            (
                "interprocess.os.unix.local_socket.ListenerOptions",
                "interprocess.os.unix.local_socket.listen",
            ),
        ),
        Capability(
            "long_socket_paths",
            "socket files whose paths are longer than a socket's address",
            any_(*_LINUX),
            probe=_probes.long_socket_paths,
        ),
        Capability(
            "socket_options",
            "reading and setting the socket options of streams and listeners",
            unix,
        ),
        Capability(
            "connect_buffer_sizes",
            "clients can choose the sizes of their buffers, as servers can",
            unix,
        ),
        Capability(
            "busy_poll",
            "streams whose receives poll briefly before they sleep",
            unix,
            ("interprocess.os.unix.local_socket.ConnectOptions",),
            _probes.nonblocking_receive,
        ),
        Capability(
            "atomic_overwrite",
            "try_overwrite swaps two files atomically, and back if the old one was no socket",
            any_(*_LINUX, target_os("macos")),
            probe=_probes.rename_exchange,
        ),
        Capability(
            "connect_wait",
            "connecting waits while the listener has no room, instead of failing",
            any_(*_LINUX, *_APPLE, *_BSD, *_SUNOS, windows),
        ),
        Capability(
            "peer_creds",
            "streams report their peer's user and group id",
            any_(*_LINUX, *_APPLE, *_BSD, *_SUNOS),
        ),
        Capability(
            "peer_creds_after_end",
            "streams report their peer's user and group id even after the peer has left",
            any_(*_LINUX, *_APPLE, *_BSD),
        ),
        Capability(
            "peer_creds_pid",
            "streams report their peer's process id",
            any_(*_LINUX, *_APPLE, _FREEBSD, _OPENBSD, _NETBSD, *_SUNOS, windows),
            probe=_probes.peer_pid,
        ),
        Capability(
            "peer_creds_groups",
            "streams report their peer's supplementary groups",
            any_(*_LINUX, *_APPLE, _FREEBSD, _DRAGONFLY, *_SUNOS),
            probe=_probes.peer_groups,
        ),
        Capability(
            "peer_creds_sid",
            "streams report their peer's user as a security identifier",
            windows,
        ),
        Capability(
            "peer_pidfd",
            "streams have a pidfd of their peer, which never denotes another process",
            any_(*_LINUX),
            ("interprocess.os.linux.local_socket.peer_pidfd",),
            _probes.peer_pidfd,
        ),
        Capability(
            "peer_security_label",
            "streams report the label that the security module gives their peer",
            any_(*_LINUX),
            ("interprocess.os.linux.local_socket.peer_security_label",),
            _probes.peer_security_label,
        ),
        Capability(
            "sender_creds",
            "streams report the process that sent what they receive",
            any_(*_LINUX),
            (
                "interprocess.os.linux.local_socket.pass_creds",
                "interprocess.os.linux.local_socket.recv_with_creds",
            ),
        ),
        Capability(
            "current_user_only",
            "listeners that reject clients of other users",
            any_(*_LINUX, *_APPLE, *_BSD, *_SUNOS, windows),
        ),
        Capability(
            "send_fds",
            "descriptors travel with a stream's data (`send_fds`, `recv_fds`)",
            _SENDS_FDS,
        ),
        Capability(
            "socket_activation",
            "listeners that systemd or a similar program passes to the programs that it starts",
            unix,
            ("interprocess.os.unix.socket_activation",),
        ),
        Capability(
            "launchd",
            "listeners that launchd passes to the programs that it starts",
            target_os("macos"),
            (
                "interprocess.os.unix.socket_activation.listeners_from_launchd",
                "interprocess.os.unix.socket_activation.asyncio.listeners_from_launchd",
                "interprocess.os.unix.socket_activation.trio.listeners_from_launchd",
                "interprocess.os.unix.socket_activation.anyio.listeners_from_launchd",
            ),
        ),
        # Pipes
        Capability(
            "unix_unnamed_pipe",
            "unnamed pipes that are nonblocking from the start",
            unix,
            ("interprocess.os.unix.unnamed_pipe",),
        ),
        Capability(
            "pipe_size",
            "reading and setting the capacity of unnamed pipes",
            any_(*_LINUX),
            ("interprocess.os.linux.unnamed_pipe",),
        ),
        Capability(
            "fifo_file",
            "FIFO files: pipes with a name in the file system",
            unix,
            ("interprocess.os.unix.fifo_file",),
        ),
        Capability(
            "fifo_silent_senders",
            "a receiver of a FIFO file notices a sender that came and left without sending",
            all_(unix, not_(any_(*_APPLE, _DRAGONFLY))),
        ),
        Capability(
            "wait_fifo_file",
            "`wait` takes the receiving ends of FIFO files",
            all_(unix, not_(any_(*_APPLE, _DRAGONFLY))),
        ),
        # Shared memory
        Capability(
            "shared_memory",
            "anonymous memory that several processes map",
            any_(unix, windows),
            ("interprocess.shared_memory",),
            _probes.shared_memory,
        ),
        Capability(
            "shared_memory_keeps_size",
            "peers cannot shrink shared memory that a process has mapped; elsewhere, share it only"
            " with trusted processes",
            any_(*_LINUX, *_APPLE, _FREEBSD, windows),
        ),
        Capability(
            "shared_memory_single_writer",
            "shared memory that only the process that created it can write",
            all_(any_(unix, windows), not_(_FREEBSD)),
            probe=_probes.shared_memory_single_writer,
        ),
        Capability(
            "shared_memory_local_socket",
            "local sockets whose streams agree to send their bytes through shared memory",
            any_(_SENDS_FDS, windows),
            (
                "interprocess.shared_memory.local_socket",
                "interprocess.shared_memory.local_socket.asyncio",
            ),
        ),
        Capability(
            "shared_memory_rings",
            "such streams do so: CPython on x86-64, which keeps stores in order, and a system with"
            " a barrier that two processes can use; elsewhere they agree on the socket",
            any_(target_os("linux"), windows),
            probe=_probes.shared_memory_rings,
        ),
        # Standard streams
        Capability(
            "standard_streams_polled",
            "waiting for standard streams that are pipes or sockets without a thread",
            unix,
        ),
        Capability(
            "standard_streams_reopened",
            "standard streams that are pipes or terminals keep their mode, which others share",
            any_(*_LINUX),
        ),
        # Windows
        Capability(
            "named_pipe",
            "named pipes with all of their features: messages, directions, modes, limits, flushing",
            windows,
            ("interprocess.os.windows.named_pipe",),
        ),
        Capability(
            "named_pipe_messages",
            "streams of messages over pipes in message mode",
            windows,
            (
                "interprocess.messages.PipeMessageStream",
                "interprocess.messages.asyncio.PipeMessageStream",
            ),
        ),
        Capability(
            "named_pipe_local_socket",
            "local sockets named by the path of a pipe, with a security descriptor",
            windows,
            (
                "interprocess.os.windows.local_socket.NamedPipe",
                "interprocess.os.windows.local_socket.ListenerOptions",
            ),
        ),
        Capability(
            "windows_unnamed_pipe",
            "unnamed pipes with a security descriptor, inheritable ends and a size",
            windows,
            ("interprocess.os.windows.unnamed_pipe",),
        ),
        Capability(
            "security_descriptor",
            "security descriptors: the permissions of pipes and other objects",
            windows,
            ("interprocess.os.windows.security_descriptor",),
        ),
        Capability(
            "share_handle",
            "handles duplicated into another process",
            windows,
            ("interprocess.os.windows.share_handle",),
        ),
        # Asynchronous runtimes
        Capability(
            "asyncio",
            "asynchronous classes and functions for asyncio",
            any_(unix, windows),
            (
                "interprocess.local_socket.asyncio",
                "interprocess.unnamed_pipe.asyncio",
                "interprocess.messages.asyncio",
                "interprocess.standard_streams.asyncio",
            ),
        ),
        Capability(
            "trio",
            "asynchronous classes and functions for trio",
            all_(any_(unix, windows), feature("trio")),
            (
                "interprocess.local_socket.trio",
                "interprocess.unnamed_pipe.trio",
                "interprocess.messages.trio",
                "interprocess.standard_streams.trio",
            ),
        ),
        Capability(
            "anyio",
            "local sockets, pipes, messages and standard streams for anyio, over asyncio or trio",
            all_(any_(unix, windows), feature("anyio")),
            (
                "interprocess.local_socket.anyio",
                "interprocess.unnamed_pipe.anyio",
                "interprocess.messages.anyio",
                "interprocess.standard_streams.anyio",
            ),
        ),
        Capability(
            "socket_activation_asyncio",
            "listeners of systemd and launchd for asyncio",
            unix,
            ("interprocess.os.unix.socket_activation.asyncio",),
        ),
        Capability(
            "socket_activation_trio",
            "listeners of systemd and launchd for trio",
            all_(unix, feature("trio")),
            ("interprocess.os.unix.socket_activation.trio",),
        ),
        Capability(
            "socket_activation_anyio",
            "listeners of systemd and launchd for anyio, over asyncio or trio",
            all_(unix, feature("anyio")),
            ("interprocess.os.unix.socket_activation.anyio",),
        ),
        Capability(
            "shared_memory_local_socket_trio",
            "streams through shared memory for trio",
            all_(any_(_SENDS_FDS, windows), feature("trio")),
            ("interprocess.shared_memory.local_socket.trio",),
        ),
        Capability(
            "shared_memory_local_socket_anyio",
            "streams through shared memory for anyio, over asyncio or trio",
            all_(any_(_SENDS_FDS, windows), feature("anyio")),
            ("interprocess.shared_memory.local_socket.anyio",),
        ),
        Capability(
            "fifo_file_asyncio",
            "FIFO files for asyncio",
            unix,
            ("interprocess.os.unix.fifo_file.asyncio",),
        ),
        Capability(
            "fifo_file_trio",
            "FIFO files for trio",
            all_(unix, feature("trio")),
            ("interprocess.os.unix.fifo_file.trio",),
        ),
        Capability(
            "named_pipe_asyncio",
            "named pipes for asyncio",
            windows,
            ("interprocess.os.windows.named_pipe.asyncio",),
        ),
        Capability(
            "named_pipe_trio",
            "named pipes for trio",
            all_(windows, feature("trio")),
            (
                "interprocess.os.windows.named_pipe.trio",
                "interprocess.messages.trio.PipeMessageStream",
            ),
        ),
    )
}


def get(name: str) -> Capability:
    """Return the capability NAME. Raises `ValueError`, with the known names."""
    try:
        return CAPABILITIES[name]
    except KeyError:
        known = ", ".join(CAPABILITIES)
        raise ValueError(f"unknown capability {name!r}; known: {known}") from None
