"""A server that answers as it is told to: wrong, half, late, or as something that is no relay."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Asked], bytes]
"""What goes out for a request, byte for byte; then the connection ends."""


def http(status: int, body: Any = None, **headers: str) -> bytes:
    """A whole answer; a body that is no bytes goes as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = "text/html" if isinstance(body, bytes) else "application/json"
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "Content_Type" not in headers:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def refused(status: int, code: str, **headers: str) -> bytes:
    return http(status, {"code": code, "message": "No."}, **headers)


class OddRelay:
    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def odd_relay(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[OddRelay]:
    relay = OddRelay(answer)
    listening = socket.create_server(("127.0.0.1", 0))
    relay.port = listening.getsockname()[1]

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if tls is None:
                speak(connection)
                return
            with tls.wrap_socket(connection, server_side=True) as secured:
                speak(secured)

    def speak(connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            first = lines.readline().decode().split()
            if len(first) != 3:
                return
            headers: dict[str, str] = {}
            while line := lines.readline().strip():
                name, _colon, value = line.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            body = lines.read(int(headers.get("content-length", 0)))
            asked = Asked(first[0], first[1], headers, body)
            relay.asked.append(asked)
            connection.sendall(relay.answer(asked))
            connection.shutdown(socket.SHUT_WR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _from = listening.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, name="odd relay", daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
