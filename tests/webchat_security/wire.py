"""A WebSocket client that can say anything at all, byte by byte (RFC 6455)."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import struct
from dataclasses import dataclass

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
WAIT = 10.0
"""Seconds for which an answer is waited for."""


def frame(
    payload: bytes,
    opcode: int = TEXT,
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    length: int | None = None,
) -> bytes:
    """One frame. `length` is what its header claims, whatever follows."""
    said = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    bit = 0x80 if masked else 0
    if said < 126:
        head += bytes([bit | said])
    elif said < 1 << 16:
        head += bytes([bit | 126]) + struct.pack(">H", said)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", said)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


@dataclass(frozen=True, slots=True)
class Ended:
    """How the other side ended it: the close code, or None for a plain end or reset."""

    code: int | None


class Wire:
    """A connection of this kind, or an HTTP one while no `upgrade` was asked for."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
        self.buffer = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """What the other side does not want any more is not worth an error here."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(data)

    def request(self, head: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send these header lines and read the answer's status and header block."""
        self.send(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        return self.response()

    def response(self) -> tuple[int, bytes]:
        """(0, b"") when the connection ended without one."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return 0, b""
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        return int(head.split()[1]), head

    def upgrade(self, *, origin: str, extensions: str = "") -> int:
        """The opening handshake; the HTTP status of the answer."""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /v1/chat?site=acme HTTP/1.1", "Host: 127.0.0.1", "Upgrade: websocket",
            "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
            f"Origin: {origin}",
        ]  # fmt: skip
        if extensions:
            lines.append(f"Sec-WebSocket-Extensions: {extensions}")
        return self.request("\n".join(lines))[0]

    def frames(self) -> tuple[list[tuple[int, bytes]], Ended | None]:
        """What has come until there is silence of `WAIT` or an end: (frames, how it ended)."""
        found: list[tuple[int, bytes]] = []
        while True:
            opcode, payload = self.frame()
            if opcode < 0:
                return found, Ended(None)
            if opcode == CLOSE:
                return found, Ended(int.from_bytes(payload[:2], "big") if payload else None)
            found.append((opcode, payload))

    def frame(self) -> tuple[int, bytes]:
        """The next frame's opcode and payload; (-1, b"") at the end. Raises `TimeoutError`."""
        while True:
            parsed = self._parsed()
            if parsed is not None:
                return parsed
            if not self._more():
                return -1, b""

    def _parsed(self) -> tuple[int, bytes] | None:
        data = self.buffer
        if len(data) < 2:
            return None
        length, start = data[1] & 0x7F, 2
        if length == 126:
            if len(data) < 4:
                return None
            length, start = struct.unpack(">H", data[2:4])[0], 4
        elif length == 127:
            if len(data) < 10:
                return None
            length, start = struct.unpack(">Q", data[2:10])[0], 10
        if len(data) < start + length:
            return None
        self.buffer = data[start + length :]
        return data[0] & 0x0F, data[start : start + length]

    def _more(self) -> bool:
        try:
            data = self.socket.recv(65536)
        except ConnectionError:
            return False
        self.buffer += data
        return bool(data)
