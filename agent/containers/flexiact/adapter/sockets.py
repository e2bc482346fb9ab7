"""The server's half of RFC 6455: text out, and of what comes in only pings and the end matter."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import threading
from typing import Protocol

from .graph import Json

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
#: Bytes; a client of ComfyUI sends a few words.
_LARGEST = 1 << 20


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID).digest()).decode()


class Reader(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Listener:
    """One client's socket."""

    def __init__(self, connection: socket.socket, reader: Reader) -> None:
        self._connection = connection
        self._reader = reader
        self._lock = threading.Lock()

    def send(self, kind: str, data: Json) -> None:
        self._frame(_TEXT, json.dumps({"type": kind, "data": data}).encode())

    def listen(self) -> None:
        """Until the client is gone."""
        while True:
            head = self._reader.read(2)
            if len(head) < 2:
                return
            kind, size = head[0] & 0x0F, head[1] & 0x7F
            if size == 126:
                (size,) = struct.unpack(">H", self._reader.read(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", self._reader.read(8))
            if size > _LARGEST or not head[1] & 0x80:
                return
            mask = self._reader.read(4)
            data = bytes(byte ^ mask[at % 4] for at, byte in enumerate(self._reader.read(size)))
            if kind == _CLOSE:
                self._frame(_CLOSE, data[:2])
                return
            if kind == _PING:
                self._frame(_PONG, data)

    def _frame(self, kind: int, data: bytes) -> None:
        size = len(data)
        if size < 126:
            head = struct.pack(">BB", 0x80 | kind, size)
        elif size < 1 << 16:
            head = struct.pack(">BBH", 0x80 | kind, 126, size)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, 127, size)
        with self._lock:
            try:
                self._connection.sendall(head + data)
            except OSError:
                pass  # It is gone; listen() ends.
