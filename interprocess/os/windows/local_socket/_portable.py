"""The portable options, as this platform carries them out.

`interprocess.local_socket` shows these classes; what only Windows has is added in `_options`.
"""

from __future__ import annotations

from interprocess._interface.options import ConnectOptionsBase, ListenerOptionsBase
from interprocess.os.windows._named_pipe import RECEIVES, SENDS, connect
from interprocess.os.windows._pipe_handle import PipeHandle
from interprocess.os.windows.local_socket._listener import Listener
from interprocess.os.windows.local_socket._stream import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from interprocess.os.windows.local_socket._names import Name


class ListenerOptions(ListenerOptionsBase):
    __doc__ = ListenerOptionsBase.__doc__

    __slots__ = ()

    name: Name

    def create_sync(self) -> Listener:
        """Return a new listener. CreateNamedPipeW function.

        Remote clients are rejected, and so is being second: whoever has the name already would get
        our clients. `try_overwrite` changes nothing, as a pipe's name is gone with its last handle.

        Raises `OSError` with `EADDRINUSE` if the name is taken, and whatever else the system says.
        """
        return Listener.from_options(self)


class ConnectOptions(ConnectOptionsBase):
    __doc__ = ConnectOptionsBase.__doc__

    __slots__ = ()

    name: Name

    def connect_sync(self) -> Stream:
        """Connect, and return the stream. CreateFileW function, WaitNamedPipeW function.

        The server may identify us, and not act in our name.

        Raises `FileNotFoundError` if nobody listens there, `TimeoutError` when the timeout expires
        and `BlockingIOError` if connecting may not wait but would have to.
        """
        handle = connect(self.name.path, RECEIVES | SENDS, self.wait_mode)
        return Stream._owning(PipeHandle(handle, self.nonblocking_stream))
