"""The authentication of `multiprocessing.connection`.

Implements both protocols of CPython: the one since 3.12, in which a challenge and its answer name
their digest, and the older one, whose answers are bare MD5 digests. A conversation is a generator
that does no I/O itself: it yields messages to send, or `None` to get the next received message from
`send`.
"""

from __future__ import annotations

import os

from interprocess.messages._errors import AuthenticationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any, Optional

    Conversation = Generator[Optional[bytes], Optional[bytes], None]

#: The longest message of the conversation.
_MAX_SIZE = 256

_CHALLENGE = b"#CHALLENGE#"
_WELCOME = b"#WELCOME#"
_FAILURE = b"#FAILURE#"
_DIGESTS = ("md5", "sha256", "sha384", "sha3_256", "sha3_384")
#: The number of random bytes in a challenge. The older protocol has fewer, which identifies it.
_SIZE = 40
_OLD_SIZE = 20
_MD5_SIZE = 16


def _delivering(authkey: bytes, digest: str) -> Conversation:
    """Let the peer prove that it has the key."""
    message = b"{%s}%s" % (digest.encode(), os.urandom(_SIZE))
    yield _CHALLENGE + message
    response = _came((yield None))
    try:
        _verify(authkey, message, response)
    except AuthenticationError:
        yield _FAILURE
        raise
    yield _WELCOME


def _answering(authkey: bytes) -> Conversation:
    """Prove to the peer that we have the key."""
    challenge = _came((yield None))
    if not challenge.startswith(_CHALLENGE):
        raise AuthenticationError(f"not a challenge: {challenge!r}")
    message = challenge[len(_CHALLENGE) :]
    if len(message) < _OLD_SIZE:
        raise AuthenticationError(f"the challenge is too short: {len(message)} bytes")
    digest, _ = _digest_and_rest(message)
    if digest is None:
        yield _digest(authkey, message, "md5")
    else:
        yield b"{%s}%s" % (digest.encode(), _digest(authkey, message, digest))
    if _came((yield None)) != _WELCOME:
        raise AuthenticationError("the peer has another key")


def _came(message: bytes | None) -> bytes:
    if message is None:
        raise EOFError("the peer left during authentication")
    return message


def _digest_and_rest(message: bytes) -> tuple[str | None, bytes]:
    """Return the digest that a message names (`None` in the older protocol) and the rest."""
    if len(message) in (_OLD_SIZE, _MD5_SIZE):
        return None, message
    for digest in _DIGESTS:
        prefix = b"{%s}" % digest.encode()
        if message.startswith(prefix):
            return digest, message[len(prefix) :]
    raise AuthenticationError(
        f"neither a known digest nor the length of the older protocol: {message!r}"
    )


def _verify(authkey: bytes, message: bytes, response: bytes) -> None:
    from hmac import compare_digest

    digest, received = _digest_and_rest(response)
    if not compare_digest(_digest(authkey, message, digest or "md5"), received):
        raise AuthenticationError("the peer does not have the key")


def _digest(authkey: bytes, message: bytes, digest: str) -> bytes:
    import hmac

    try:
        return hmac.new(authkey, message, digest).digest()
    except ValueError as error:
        raise AuthenticationError(f"{digest} is not available here: {error}") from None


def _check(authkey: object, digest: object = "sha256") -> None:
    if not isinstance(authkey, bytes):
        raise TypeError(f"authkey must be bytes, not {type(authkey).__name__!r}")
    if digest not in _DIGESTS:
        raise ValueError(f"digest must be one of {', '.join(_DIGESTS)}, not {digest!r}")


class Authenticating:
    """Both sides of the conversation, for streams of messages."""

    __slots__ = ()

    def deliver_challenge(self, authkey: bytes, *, digest: str = "sha256") -> None:
        """Let the peer prove that it has the key, as a listener of `multiprocessing` does first.

        A listener then calls `answer_challenge`; a client calls the two in reverse order. The peer
        may be any CPython. DIGEST, one of "md5", "sha256", "sha384", "sha3_256" and "sha3_384", is
        the digest that CPython since 3.12 is asked for; older versions answer with MD5.

        Raises `AuthenticationError` if the peer does not have the key, and `EOFError` if it leaves.
        Close the stream then, as after any other exception.
        """
        _check(authkey, digest)
        _converse(self, _delivering(authkey, digest))

    def answer_challenge(self, authkey: bytes) -> None:
        """Prove to the peer that we have the key, in the peer's protocol.

        Raises as `deliver_challenge` does. The key itself is not sent. The messages that follow are
        neither encrypted nor signed.
        """
        _check(authkey)
        _converse(self, _answering(authkey))


class AsyncAuthenticating:
    """Both sides of the conversation, for asynchronous streams of messages."""

    __slots__ = ()

    async def deliver_challenge(self, authkey: bytes, *, digest: str = "sha256") -> None:
        _check(authkey, digest)
        await _converse_async(self, _delivering(authkey, digest))

    async def answer_challenge(self, authkey: bytes) -> None:
        _check(authkey)
        await _converse_async(self, _answering(authkey))

    deliver_challenge.__doc__ = Authenticating.deliver_challenge.__doc__
    answer_challenge.__doc__ = Authenticating.answer_challenge.__doc__


def _converse(stream: Any, conversation: Conversation) -> None:
    """Send and receive the messages of CONVERSATION over a stream of messages."""
    limit, stream._limit = stream._limit, _MAX_SIZE
    try:
        request = next(conversation)
        while True:
            came = stream.recv() if request is None else stream.send(request)
            request = conversation.send(came)
    except StopIteration:
        pass
    finally:
        stream._limit = limit


async def _converse_async(stream: Any, conversation: Conversation) -> None:
    limit, stream._limit = stream._limit, _MAX_SIZE
    try:
        request = next(conversation)
        while True:
            came = await (stream.recv() if request is None else stream.send(request))
            request = conversation.send(came)
    except StopIteration:
        pass
    finally:
        stream._limit = limit
