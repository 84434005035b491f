"""Writes docs/kernels.md: how each system's kernel differs, where that is written, what we do.

    python -m tests.kernels.document > docs/kernels.md

The tests check that the file is current.
"""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.kernels.kernel import EFTYPE, Behaviour, Kernel

#: How the backend handles each difference; empty where nothing has to be done.
ANSWERS = {
    Behaviour.SEND_IGNORES_DONTWAIT: (
        "`O_NONBLOCK` is switched on for sends with a timeout and for what others share, and off"
        " again when the stream is closed or given up"
    ),
    Behaviour.NO_DONTWAIT: (
        "`O_NONBLOCK` is switched on for receives with a timeout too; `busy_poll` does nothing"
    ),
    Behaviour.FULL_BACKLOG_REFUSES: (
        "on macOS, the BSDs, illumos and Solaris, where a datagram socket shows whether a process"
        " has the socket, connecting is retried, with pauses of 1 to 50 ms, until its deadline;"
        " elsewhere the refusal is passed on"
    ),
    Behaviour.LISTEN_LIMIT: "",
    Behaviour.CONNECT_GOES_ON: "waited for in poll(2), then `SO_ERROR` is asked",
    Behaviour.CONNECT_TO_NO_SOCKET: "the error is passed on, with the path",
    Behaviour.PATH_NEEDS_NUL: "a path may be a byte shorter",
    Behaviour.DATAGRAM_TO_NOBODY: "it means that no process listens, as ECONNREFUSED does",
    Behaviour.ACCEPTED_INHERITS_NONBLOCK: "the mode is set after accept(2)",
    Behaviour.ACCEPT_DROPS_CLIENT_AT_LIMIT: (
        "before accept(2) a descriptor is made and closed: at the limit this fails, and the client"
        " keeps waiting"
    ),
    Behaviour.SHUTDOWN_OF_LISTENER: "accept waits in poll(2), next to a pipe of our own",
    Behaviour.SHUTDOWN_AFTER_END: "no error, as on Linux",
    Behaviour.SHUTDOWN_TWICE: "no error, as on Linux; each direction is shut by itself",
    Behaviour.SETSOCKOPT_AFTER_END: "no option is set after accept(2) or connect(2)",
    Behaviour.GETPEERNAME_AFTER_END: (
        "adopting a stream looks for the end of the stream instead, with `MSG_PEEK`"
    ),
    Behaviour.PEER_PID_AFTER_END: "`PeerCreds.pid` is `None`; user and groups are told",
    Behaviour.NO_ACCEPTCONN: "adopting a listener takes a bound socket without a peer for one",
    Behaviour.NOSIGPIPE_INHERITED: "it is set on the listener",
    Behaviour.SIGPIPE_GOES_TO_PROCESS: "`F_SETNOSIGPIPE` is set on every end of a pipe",
    Behaviour.CREDENTIALS_AFTER_END: "`peer_creds()` raises `UnsupportedError` then;"
    " `current_user_only` turns such a client away, and takes such a server by its file's owner",
    Behaviour.PAIR_HAS_NO_CREDENTIALS: "`peer_creds()` of `pair()` raises `UnsupportedError`",
    Behaviour.UNNAMED_ADDRESS: "",
    Behaviour.SEND_TIMEOUT_LIMIT: "it is not used there",
    Behaviour.NO_FCHMOD_BEFORE_BIND: "the mode is set in a private directory",
    Behaviour.BIND_FOLLOWS_DANGLING_LINK: "no socket is bound where other users can create a link",
    Behaviour.CHMOD_LEAVES_LINKS_ALONE: "used where the umask removes the owner's permissions",
    Behaviour.NOFOLLOW_HAS_AN_ERROR: "any of these errors means that a link is in the way",
    Behaviour.NO_PROC: "a long path is bound by a short name beside it, and moved",
    Behaviour.FIFO_FILES_COUNT_BYTES: (
        "waiting ends look again every 20 ms; unnamed pipes are not concerned"
    ),
    Behaviour.FIFO_ENDED_BEFORE_FIRST_SENDER: (
        "`open_recver` with a timeout asks for bytes every 20 ms"
    ),
    Behaviour.SHARED_MEMORY_IS_NO_FILE: "memory from elsewhere that is a file is refused",
    Behaviour.SHARED_MEMORY_IS_A_FILE: (
        "memory from elsewhere has to be a file without a name, and from a process that is trusted"
    ),
}

#: A test that meets each difference, under the imitations that have it.
SHOWN_BY = {
    Behaviour.SEND_IGNORES_DONTWAIT: "portable/test_stream.py::test_send_timeouts",
    Behaviour.NO_DONTWAIT: "portable/test_stream.py::test_receive_timeouts",
    Behaviour.FULL_BACKLOG_REFUSES: "unix/test_full_backlog.py::test_room_is_made",
    Behaviour.CONNECT_GOES_ON: "unix/test_full_backlog.py::test_room_is_made",
    Behaviour.CONNECT_TO_NO_SOCKET: "unix/test_socket_file.py::test_connecting_to_no_socket",
    Behaviour.PATH_NEEDS_NUL: "unix/test_socket_file.py::test_a_path_as_long_as_the_system_takes",
    Behaviour.DATAGRAM_TO_NOBODY: "unix/test_socket_file.py::test_in_use_by_a_dead_one",
    Behaviour.ACCEPTED_INHERITS_NONBLOCK: (
        "unix/test_open_file_mode.py::test_an_accepted_stream_has_no_mode_of_its_listener"
    ),
    Behaviour.ACCEPT_DROPS_CLIENT_AT_LIMIT: "unix/test_descriptor_limit.py::test_a_server_goes_on",
    Behaviour.SHUTDOWN_OF_LISTENER: "portable/test_concurrency.py::test_close_wakes_accept",
    Behaviour.SHUTDOWN_AFTER_END: (
        "unix/test_peers_that_leave.py::test_shutting_down_after_the_peer_has_left"
    ),
    Behaviour.SHUTDOWN_TWICE: (
        "unix/test_peers_that_leave.py::test_both_directions_are_shut_though_one_was_already"
    ),
    Behaviour.SETSOCKOPT_AFTER_END: (
        "unix/test_peers_that_leave.py::test_a_client_that_has_left_is_accepted_and_heard"
    ),
    Behaviour.GETPEERNAME_AFTER_END: (
        "unix/test_peers_that_leave.py::test_adopting_a_stream_whose_peer_has_left"
    ),
    Behaviour.PEER_PID_AFTER_END: (
        "unix/test_peers_that_leave.py::test_user_and_group_of_a_peer_that_has_left"
    ),
    Behaviour.NO_ACCEPTCONN: "unix/test_adoption.py::test_a_stream_adopts_and_gives_up",
    Behaviour.NOSIGPIPE_INHERITED: (
        "unix/test_sigpipe.py::test_sigpipe_is_not_raised_by_what_was_adopted_or_accepted"
    ),
    Behaviour.SIGPIPE_GOES_TO_PROCESS: (
        "unix/test_sigpipe.py::test_sigpipe_is_not_raised_in_another_thread"
    ),
    Behaviour.CREDENTIALS_AFTER_END: (
        "unix/test_peers_that_leave.py::test_user_and_group_of_a_peer_that_has_left"
    ),
    Behaviour.PAIR_HAS_NO_CREDENTIALS: "portable/test_local_socket.py::test_peer_creds_of_a_pair",
    Behaviour.SEND_TIMEOUT_LIMIT: (
        "unix/test_full_backlog.py::test_a_timeout_for_connecting_does_not_stay"
    ),
    Behaviour.NO_FCHMOD_BEFORE_BIND: (
        "unix/test_socket_file.py::test_the_mode_is_exact_whatever_the_umask"
    ),
    Behaviour.BIND_FOLLOWS_DANGLING_LINK: (
        "unix/test_socket_file.py"
        "::test_what_others_put_in_the_place_of_a_temporary_name_is_left_alone"
    ),
    Behaviour.CHMOD_LEAVES_LINKS_ALONE: "unix/test_staging.py::test_a_umask_that_takes_everything",
    Behaviour.NOFOLLOW_HAS_AN_ERROR: "unix/test_staging.py::test_something_else_in_the_way",
    Behaviour.NO_PROC: "unix/test_long_paths.py::test_the_limit",
    Behaviour.FIFO_FILES_COUNT_BYTES: (
        "unix/test_peers_that_leave.py::test_a_waiting_reader_of_a_fifo_sees_the_last_writer_leave"
    ),
    Behaviour.FIFO_ENDED_BEFORE_FIRST_SENDER: "unix/test_fifo_file.py::test_timeouts",
    Behaviour.SHARED_MEMORY_IS_NO_FILE: (
        "unix/test_memory.py::test_a_file_without_a_name_is_no_memory"
    ),
    Behaviour.SHARED_MEMORY_IS_A_FILE: "unix/test_memory.py::test_a_file_with_a_name_is_no_memory",
}

_HEAD = """\
<!-- Written by `python -m tests.kernels.document`. The tests check that it is current. -->

# Kernels

How the kernels differ from Linux where this package meets them, each point with the place that says
so, and what the package does about it. The descriptions are those in `tests/kernels/systems`; from
them the tests make imitations on Linux, under which `make test-kernels` runs the tests of
`tests/portable` and `tests/unix` as they are. No imitation has a kqueue, nor signals that go to
another thread. [platforms.md](platforms.md) says what exists on which system,
[test-kernels.md](test-kernels.md) how the tests went.

What the backend has to know and cannot ask stands in one place, `interprocess/os/unix/_kernel.py`.
"""


def kernels() -> list[Kernel]:
    """Return the descriptions of all imitated systems."""
    here = Path(__file__).resolve().parent / "systems"
    names = sorted(path.stem for path in here.glob("[a-z]*.py"))
    return [importlib.import_module(f"tests.kernels.systems.{name}").KERNEL for name in names]


def markdown() -> str:
    """Return the document."""
    return "\n".join([_HEAD, *(_section(kernel) for kernel in kernels()), _tests()])


def _tests() -> str:
    lines = [
        "## Tests",
        "",
        "Every test that passes under an imitation shows that what is missing there is not needed.",
        "For each difference, this test meets it:",
        "",
        "| Difference | Test |",
        "| --- | --- |",
    ]
    for behaviour, test in SHOWN_BY.items():
        lines.append(f"| {behaviour.value} | `{test}` |")
    return "\n".join([*lines, ""])


def _section(kernel: Kernel) -> str:
    lines = [
        f"## {kernel.name}",
        "",
        f"{kernel.title}, {kernel.version}; `sys.platform` is `{kernel.platform}` or like it.",
        "",
        "| Missing | Where that is written |",
        "| --- | --- |",
    ]
    for missing in kernel.missing:
        names = ", ".join(f"`{name}`" for name in missing.names)
        lines.append(f"| {names} | {missing.source} |")
    lines += ["", "| Difference | Where that is written | What is done |", "| --- | --- | --- |"]
    for difference in kernel.differences:
        meaning = difference.behaviour.value
        if difference.value:
            meaning += f" ({_value(difference.behaviour, difference.value)})"
        answer = ANSWERS[difference.behaviour] or "nothing need be done"
        lines.append(f"| {meaning} | {difference.source} | {answer} |")
    if kernel.not_imitated:
        lines += ["", f"Not imitated: {kernel.not_imitated}"]
    return "\n".join([*lines, ""])


def _value(behaviour: Behaviour, value: int) -> str:
    import errno

    counts = (Behaviour.LISTEN_LIMIT, Behaviour.UNNAMED_ADDRESS, Behaviour.SEND_TIMEOUT_LIMIT)
    if behaviour in counts:
        return f"{value:,}"
    return "EFTYPE" if value == EFTYPE else errno.errorcode[value]


if __name__ == "__main__":
    print(markdown(), end="")
