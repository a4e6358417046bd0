"""Jupyter's messages over a socket that one kernel and its client share: no port, no key, no thread."""

from __future__ import annotations

__all__ = ["OUTPUTS", "REQUESTS", "Wire"]

import socket
import struct
import threading
from collections.abc import Iterator, Sequence

REQUESTS = b"r"
"""Channel of requests and their replies, which Jupyter calls *shell*."""

OUTPUTS = b"o"
"""Channel of what a kernel shows and prints, which Jupyter calls *iopub*."""

_HEAD = struct.Struct("=cI")
_SIZE = struct.calcsize("=I")
_MOST_READ = 1 << 18


class Wire:
    """One end of it. A message is its channel and its frames, as Jupyter's sessions make them.

    Parameters
    ----------
    end : socket.socket
        One of two connected stream sockets.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._sending = threading.Lock()
        self._received = bytearray()

    def fileno(self) -> int:
        """Give the descriptor, for a loop that waits until something comes in."""
        return self._end.fileno()

    def close(self) -> None:
        """Close this end."""
        self._end.close()

    def send(self, channel: bytes, frames: Sequence[bytes]) -> None:
        """Send a message, from whatever thread; wait while the other end has no room for it.

        Raises
        ------
        OSError
            When the other end is gone.
        """
        sizes = struct.pack(f"={len(frames)}I", *map(len, frames))
        with self._sending:
            self._end.sendall(b"".join((_HEAD.pack(channel, len(frames)), sizes, *frames)))

    def receive(self) -> Iterator[tuple[bytes, list[bytes]]]:
        """Give the messages that are here in whole; never wait.

        Raises
        ------
        EOFError
            When the other end is gone.
        """
        try:
            read = self._end.recv(_MOST_READ, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except ConnectionError:
            read = b""
        if not read:
            raise EOFError
        self._received += read
        while message := self._take():
            yield message

    def _take(self) -> tuple[bytes, list[bytes]] | None:
        """Take the first message out of what was received; None when it is not whole."""
        if len(self._received) < _HEAD.size:
            return None
        channel, number = _HEAD.unpack_from(self._received)
        at = _HEAD.size + _SIZE * number
        if len(self._received) < at:
            return None
        sizes = struct.unpack_from(f"={number}I", self._received, _HEAD.size)
        if len(self._received) < at + sum(sizes):
            return None
        frames = []
        for size in sizes:
            frames.append(bytes(self._received[at : at + size]))
            at += size
        del self._received[:at]
        return channel, frames
