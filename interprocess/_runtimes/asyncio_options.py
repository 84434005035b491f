"""The options of asyncio's own streams and servers, checked before anything is opened.

asyncio checks them only once there is a connection, which the peer sees open and close. So they are
checked here first, by the same rules and with the same errors.
"""

from __future__ import annotations

import sys

from interprocess._interface.options import check_bool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TLS_TIMEOUTS = (
    ("ssl_handshake_timeout", "ssl_shutdown_timeout")
    if sys.version_info >= (3, 11)
    else ("ssl_handshake_timeout",)
)
_CLIENT_OPTIONS = {"ssl", "server_hostname", *_TLS_TIMEOUTS}
_SERVER_OPTIONS = {"ssl", "backlog", "start_serving", "cleanup_socket", *_TLS_TIMEOUTS}


def check_client_options(options: Mapping[str, Any]) -> None:
    """Check the options of a client's transport.

    Raises `TypeError` for an unknown option or a wrong type, and `ValueError` for a wrong value.
    """
    _check_names(options, _CLIENT_OPTIONS)
    tls = options.get("ssl")
    if not isinstance(tls, (bool, type(None))):
        _check_is_context(tls, "True, False, None or an SSLContext")
    hostname = options.get("server_hostname")
    if hostname is not None and not isinstance(hostname, str):
        raise TypeError(f"server_hostname must be a str or None, not {hostname!r}")
    if tls and hostname is None:
        raise ValueError("you have to pass server_hostname when using ssl")
    if hostname is not None and not tls:
        raise ValueError("server_hostname is only meaningful with ssl")
    _check_tls_timeouts(options, bool(tls))


def check_server_options(options: Mapping[str, Any]) -> None:
    """Check the options of a server. Raises as `check_client_options`."""
    _check_names(options, _SERVER_OPTIONS)
    tls = options.get("ssl")
    if tls is not None:
        _check_is_context(tls, "an SSLContext or None")
    _check_tls_timeouts(options, tls is not None)
    backlog = options.get("backlog", 1)
    if isinstance(backlog, bool) or not isinstance(backlog, int):
        raise TypeError(f"backlog must be an int, not {backlog!r}")
    if backlog < 1:
        raise ValueError(f"backlog must be at least 1: {backlog}")
    for name in ("start_serving", "cleanup_socket"):
        check_bool(name, options.get(name, True))


def check_limit(limit: object) -> None:
    """Check the limit of a `StreamReader`."""
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise TypeError(f"limit must be an int, not {limit!r}")
    if limit <= 0:
        raise ValueError(f"limit must be at least 1: {limit}")


def check_callable(what: str, function: object) -> None:
    """Raise `TypeError` for an object that cannot be called."""
    if not callable(function):
        raise TypeError(f"{what} must be callable, not {function!r}")


def _check_names(options: Mapping[str, Any], known: set[str]) -> None:
    for name in options:
        if name in ("sock", "path", "host", "port"):
            raise TypeError(f"local sockets take no {name}: their name is their address")
        if name not in known:
            raise TypeError(f"unknown option {name}; known: {', '.join(sorted(known))}")


def _check_is_context(tls: object, wanted: str) -> None:
    import ssl

    if not isinstance(tls, ssl.SSLContext):
        raise TypeError(f"ssl must be {wanted}, not {tls!r}")


def _check_tls_timeouts(options: Mapping[str, Any], with_tls: bool) -> None:
    for name in _TLS_TIMEOUTS:
        seconds = options.get(name)
        if seconds is None:
            continue
        if not with_tls:
            raise ValueError(f"{name} is only meaningful with ssl")
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise TypeError(f"{name} must be a number of seconds, not {seconds!r}")
        if not seconds > 0:
            raise ValueError(f"{name} must be a positive number of seconds: {seconds!r}")
