"""What holds a channel open: the common part of all streams and halves, asynchronous or not."""

from __future__ import annotations

import warnings

from interprocess.shared_memory.local_socket._platform import below

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from interprocess._interface.peer_creds import PeerCreds
    from interprocess.shared_memory.local_socket._channel import Channel
    from interprocess.shared_memory.local_socket._wires import Wires

    Holder = TypeVar("Holder", bound="ChannelHolder")


class ChannelHolder(below.NumberOwner):
    """An object over a channel, and the plain local sockets below."""

    _channel: Channel
    _wires: Wires
    #: Two of the wires, which the busiest calls use.
    _main: Any
    _room: Any
    #: Data in the memory does not make the local socket readable.
    _number_shows_data = False
    #: Contains one item until this object has stopped holding the channel.
    _held: list[bool]
    close: Callable[[], None]

    def __init__(self, *_: object) -> None:
        raise TypeError(
            f"a {type(self).__name__} over memory is made by connect, a listener, pair or split"
        )

    @classmethod
    def _over(cls: type[Holder], channel: Channel, wires: Wires) -> Holder:
        """Return a new object that holds a channel open."""
        holder = cls.__new__(cls)
        holder._channel = channel
        holder._use(wires)
        channel.holders.append(True)
        holder._held = [True]
        holder._begin()
        return holder

    def _begin(self) -> None:
        """Adopt the current state of the channel."""

    def _forget(self) -> None:
        """Make the next call check whether the object is closed."""

    def _use(self, wires: Wires) -> None:
        """Use these local sockets."""
        self._wires = wires
        self._main, self._room, _ = wires

    def _use_again(self) -> None:
        """Use the local sockets that are left, or close them if another thread has closed this."""
        self._use(self._wires)
        if not self._held:
            self._wires.close()

    @property
    def closed(self) -> bool:
        """True if the object was closed, converted, split or reunited."""
        return bool(self._main.closed)

    def _end_holding(self) -> None:
        """Leave the channel, and close the local sockets; ending again does nothing."""
        try:
            if self._stops_holding():
                self._channel.leave()
        finally:
            self._forget()
            try:
                self._wires.close()
            finally:
                self._channel.close_beside()

    def _stops_holding(self) -> bool:
        """Stop holding the channel; return `False` if another thread has just done so."""
        try:
            self._held.pop()
        except IndexError:
            return False
        return True

    def _give_up(self) -> None:
        """Release the connection, which other objects now hold."""
        if self._stops_holding():
            self._channel.holders.pop()
        self._forget()

    def __del__(self) -> None:
        main = getattr(self, "_main", None)
        if main is None or main.closed:
            return
        try:
            warnings.warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
        finally:  # Warnings can be turned into errors.
            self.close()

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"<{name} closed>" if self.closed else f"<{name} {self._shown_number()}>"

    def peer_creds(self) -> PeerCreds:
        """Return the credentials of the peer, as reported by the local socket."""
        creds: PeerCreds = self._main.peer_creds()
        return creds

    def take_error(self) -> OSError | None:
        """Return and clear the pending error of the local socket; `None` if there is none."""
        error: OSError | None = self._main.take_error()
        return error
