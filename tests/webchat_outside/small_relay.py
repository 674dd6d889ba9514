"""A relay by a stranger, after the protocol's document: little of it, and all of that in an odd
way. Answers come in pieces cut anywhere, what it does not have is 404."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-desk-token-of-a-stranger"
LARGE = 2**53 - 1_000


class SmallRelay:
    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        """Event id (0: none), and the event as it goes over the line."""
        self.sent: list[dict[str, Any]] = []
        self.acked = 0
        self.asked: list[str] = []
        self.cut = 3
        """Bytes of one chunk."""
        self.news = threading.Condition()
        self.ended = False

    def push(self, text: str, number: int = 0) -> None:
        with self.news:
            self.lines.append((number, text))
            self.news.notify_all()

    def event(self, number: int, kind: str, /, **data: Any) -> None:
        """As anybody would write it; fields in the order of their names, from the end."""
        whole = {"new in 1.9": {"nested": [None]}, "id": number, "type": kind, "epoch": "E", **data}
        told = json.dumps(dict(sorted(whole.items(), reverse=True)), ensure_ascii=False)
        self.push(f"data:{told}\r\nid:{number}\r\nx-new: yes\r\nevent:{kind}\r\n\r\n", number)


@contextmanager
def serving(relay: SmallRelay) -> Iterator[str]:
    class Handler(_Handler):
        of = relay

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="small relay")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        with relay.news:
            relay.ended = True
            relay.news.notify_all()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    of: SmallRelay
    protocol_version = "HTTP/1.1"

    def log_message(self, *_words: object) -> None:
        pass

    def do_GET(self) -> None:
        self.of.asked.append(f"GET {urlsplit(self.path).path}")
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._say(401, {"code": "bad-token", "message": "?"})
        elif urlsplit(self.path).path == "/v1/events":
            self._stream(int(parse_qs(urlsplit(self.path).query)["after"][0]))
        else:
            self._say(404, None)

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        self.of.asked.append(f"{self.command} {path}")
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if path == "/v1/ack":
            self.of.acked = max(self.of.acked, body["upto"])
            self._say(200, {"thanks": True, "upto": body["upto"]})
        elif path == "/v1/messages":
            again = [each for each in self.of.sent if each["key"] == body["key"]]
            self.of.sent += [] if again else [body]
            self._say(200 if again else 201, {"new": 1, "sent_at": 1795346320297, "seq": 90})
        else:
            self._say(404, None)

    do_PUT = do_DELETE = do_PATCH = do_POST  # noqa: N815 - the library's names

    def _say(self, status: int, body: Any) -> None:
        content = b"<h1>no such page</h1>" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if body is None else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, after: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        hello = json.dumps({"later": 1, "epoch": "E", "newest": LARGE + 50})
        self._write(f"\ufeff: hello\nretry: 50\n\n:\n\nevent: hello\ndata: {hello}\n\n")
        told = 0
        while not self.of.ended:
            with self.of.news:
                new = self.of.lines[told:]
                if not new and not self.of.news.wait(0.5):
                    new = [(0, ": still here\n\n")]
                    self.of.lines.append(new[0])
            told += len(new)
            for number, text in new:
                if number == 0 or number > after:
                    self._write(text)

    def _write(self, text: str) -> None:
        data, cut = text.encode(), self.of.cut
        for at in range(0, len(data), cut):
            piece = data[at : at + cut]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
