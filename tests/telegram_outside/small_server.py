"""A Bot API server as somebody writes one in an afternoon: few methods, 404 for the rest."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

Parameters = dict[str, str]
Answer = tuple[int, Any]
"""HTTP status and JSON."""


class SmallServer:
    """Keeps every update for ever, and looks only whether a number is below the offset."""

    def __init__(self, *, holds: bool = True) -> None:
        self.holds = holds
        self.updates: list[dict[str, Any]] = []
        self.calls: list[tuple[str, Parameters]] = []
        self.sent: list[Parameters] = []
        self.odd: Callable[[str, Parameters], Answer | None] = lambda _method, _given: None
        """May answer instead."""
        self.ended = threading.Event()

    def push(self, **update: Any) -> None:
        self.updates.append({"update_id": len(self.updates) + 1, **update})

    def count(self, method: str) -> int:
        return sum(called == method for called, _given in self.calls)

    def answer(self, method: str, given: Parameters) -> Answer:
        self.calls.append((method, given))
        if (odd := self.odd(method, given)) is not None:
            return odd
        if method == "getMe":
            return ok({"id": 7, "is_bot": True, "first_name": "B", "username": "b_bot"})
        if method == "getUpdates":
            return ok(self._updates(int(given.get("offset", 0)), float(given.get("timeout", 0))))
        if method == "sendMessage":
            self.sent.append(given)
            return ok({"message_id": 1000 + len(self.sent)})
        return 404, {"ok": False, "error_code": 404, "description": "Not Found: method not found"}

    def _updates(self, offset: int, timeout: float) -> list[dict[str, Any]]:
        until = time.monotonic() + (timeout if self.holds else 0)
        while True:
            found = [each for each in self.updates if int(each["update_id"]) >= offset]
            if found or time.monotonic() >= until or self.ended.wait(0.02):
                return found[:100]


def ok(result: Any) -> Answer:
    return 200, {"ok": True, "result": result}


@contextmanager
def serving(server: SmallServer) -> Iterator[int]:
    """Gives the port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            given = dict(parse_qsl(body, keep_blank_values=True))
            status, answer = server.answer(self.path.rpartition("/")[2], given)
            content = json.dumps(answer).encode()
            try:
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True  # who asked is gone

        def log_message(self, *_arguments: object) -> None:
            """Not into the tests' output."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield http.server_address[1]
    finally:
        server.ended.set()
        http.shutdown()
        thread.join()
        http.socket.close()
