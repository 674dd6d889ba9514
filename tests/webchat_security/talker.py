"""A visitor without a browser: speaks the protocol of docs/relay-protocol.md as it stands there."""

from __future__ import annotations

import itertools
import json
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

HELLO: dict[str, Any] = {
    "type": "hello", "token": None, "after": None, "identity": None,
    "page": "http://shop.test/", "title": "Shop", "referrer": "", "language": "en",
    "timezone": "UTC", "link": None, "visible": True,
}  # fmt: skip
WAIT = 10.0
_numbers = itertools.count(1)


class Talker:
    """`Talker(port, origin)` is connected and greeted; `welcome` is what it was told."""

    def __init__(
        self,
        port: int,
        origin: str | None,
        *,
        site: str = "acme",
        hello: bool = True,
        source: str = "127.0.0.1",
        **fields: Any,
    ) -> None:
        """`source`: the address that it comes from. `fields`: of the hello."""
        opened = connect(
            f"ws://127.0.0.1:{port}/v1/chat?site={site}",
            origin=origin,  # type: ignore[arg-type]
            open_timeout=WAIT,
            close_timeout=1,
            ping_interval=None,
            proxy=None,
            max_size=None,
            source_address=(source, 0),
        )
        self.connection: ClientConnection = opened.__enter__()
        self.token = ""
        self.visitor = ""
        self.welcome: dict[str, Any] = {}
        if hello:
            self.hello(**fields)

    def __enter__(self) -> Talker:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def hello(self, **fields: Any) -> None:
        """Raises `ConnectionClosed` when it was not welcome; `frames` then has the error."""
        self.say(**(HELLO | fields))
        self.welcome = self.wait("welcome")
        self.token, self.visitor = self.welcome["token"], self.welcome["visitor"]

    def say(self, **fields: Any) -> None:
        self.connection.send(json.dumps(fields))

    def raw(self, data: str | bytes) -> None:
        self.connection.send(data)

    def hear(self) -> dict[str, Any]:
        """The next frame. Raises `TimeoutError`, `ConnectionClosed`."""
        found = json.loads(self.connection.recv(timeout=WAIT))
        assert isinstance(found, dict), found
        return found

    def wait(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next frame of this kind with these fields; others before it are passed over."""
        while True:
            found = self.hear()
            if found["type"] == kind and found.items() >= fields.items():
                return found

    def writes(self, text: str, **fields: Any) -> dict[str, Any]:
        """Send a message and wait until the relay has it; the ack."""
        number = fields.pop("id", None) or f"t{next(_numbers)}"
        self.say(type="message", id=number, text=text, files=[], **fields)
        return self.wait("ack", id=number)

    def alive(self) -> bool:
        """It is still answered."""
        try:
            self.say(type="ping")
            self.wait("pong")
        except (ConnectionClosed, TimeoutError):
            return False
        return True

    def end(self) -> tuple[list[dict[str, Any]], int | None]:
        """What still comes, and the code with which the relay closes."""
        found: list[dict[str, Any]] = []
        try:
            while True:
                found.append(self.hear())
        except ConnectionClosed as closed:
            return found, closed.rcvd.code if closed.rcvd else None


def refused(port: int, origin: str | None, path: str = "/v1/chat?site=acme") -> int | None:
    """The HTTP status by which the handshake is refused; None: it was not."""
    try:
        with connect(
            f"ws://127.0.0.1:{port}{path}",
            origin=origin,
            open_timeout=WAIT,
            proxy=None,  # type: ignore[arg-type]
        ):
            return None
    except InvalidStatus as answer:
        return answer.response.status_code


def rejected(port: int, origin: str, **fields: Any) -> tuple[str, int | None]:
    """The error's code and the close code with which this hello is turned away."""
    with Talker(port, origin, hello=False) as talker:
        talker.say(**(HELLO | fields))
        found, code = talker.end()
        errors = [frame["code"] for frame in found if frame["type"] == "error"]
        assert not [frame for frame in found if frame["type"] == "welcome"], found
        return (errors or [""])[0], code
