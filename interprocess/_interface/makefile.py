"""Making a file over a stream: raw, buffered or text."""

from __future__ import annotations

import io

from interprocess._interface.buffered_file import FilePair, FileReader, FileWriter, SourceFile
from interprocess._interface.stream_file import StreamFile
from interprocess._interface.text_file import TextFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from interprocess._interface.byte_stream import ByteStream

_MODES = {"r": "rb", "w": "wb", "rw": "rwb", "wr": "rwb"}


def make_file(
    stream: ByteStream,
    mode: str,
    buffering: int,
    encoding: str | None,
    errors: str | None,
    newline: str | None,
) -> IO[Any]:
    """Do what `ByteStream.makefile` says."""
    binary = "b" in mode
    raw_mode = _MODES.get(mode.replace("b", "", 1))
    if raw_mode is None:
        raise ValueError(f"mode must be 'r', 'w' or 'rw', with or without 'b', not {mode!r}")
    if binary and (encoding, errors, newline) != (None, None, None):
        raise ValueError("binary mode takes no encoding, errors or newline")
    if not binary and buffering == 0:
        raise ValueError("text cannot be unbuffered")
    if ("r" in raw_mode and not stream.readable()) or ("w" in raw_mode and not stream.writable()):
        raise io.UnsupportedOperation(f"{stream!r} cannot have a file of mode {mode!r}")
    if buffering == 0:
        return StreamFile(stream, raw_mode)  # type: ignore[return-value]  # as open(…, buffering=0)
    buffered = _buffered(SourceFile(stream, raw_mode), buffering)
    if binary:
        return buffered  # type: ignore[no-any-return]  # one of the three, all of them IO[bytes]
    return TextFile(buffered, mode, encoding, errors, newline)


def _buffered(raw: SourceFile, buffering: int) -> Any:
    size = io.DEFAULT_BUFFER_SIZE if buffering < 0 else buffering
    if raw.mode == "rb":
        return FileReader(raw, size)
    return FileWriter(raw, size) if raw.mode == "wb" else FilePair(raw, size)
