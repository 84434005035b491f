"""Certificates for the tests, and pairs of streams that are secured with them."""

from __future__ import annotations

import pytest

pytest.importorskip("ssl", reason="this Python was built without TLS")

import ssl
from typing import Any

from interprocess.local_socket import TlsStream, pair, wrap_tls
from tests.support import ROOT, Running

DATA = ROOT / "tests" / "data" / "tls"
HOST = "interprocess.test"


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # PyPy does not take a path's object.
    context.load_cert_chain(str(DATA / "certificate.pem"), str(DATA / "key.pem"))
    return context


def client_context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(DATA / "certificate.pem"))


def secured_pair(**options: Any) -> tuple[TlsStream, TlsStream]:
    """Return a client and a server that have agreed; the options are those of `wrap_tls`."""
    client, server = pair()
    accepting = Running(lambda: wrap_tls(server, server_context(), server_side=True, **options))
    secured = wrap_tls(client, client_context(), server_hostname=HOST, **options)
    return secured, accepting.result()
