"""A shop's page with the widget and a scripted relay, all inside the browser's own routing.

Nothing here listens: the page, the script and the WebSocket are answered by Playwright, so that
a test says when a line breaks or a frame comes. How the widget gets on with the real relay is
tested in test_real_relay.py and, with a desk behind it, in tests/webchat.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, Request, Route, WebSocketRoute

from connectors.webchat.widget import bundle

SHOP = "https://shop.example"
CHAT = "https://chat.example"
NOW = 1_790_000_000_000

STRICT = (
    "default-src 'none'; script-src https://chat.example;"
    " connect-src https://chat.example wss://chat.example;"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)

Frame = dict[str, Any]

LIMITS: Frame = {
    "message_bytes": 16_384,
    "upload_bytes": 1_048_576,
    "upload_types": ["image/png", "text/plain", "application/pdf"],
    "files": 3,
}


class Line:
    """One connection of a tab."""

    def __init__(self, socket: WebSocketRoute) -> None:
        self.socket = socket
        self.came: list[Frame] = []

    def tell(self, type: str, **fields: Any) -> None:  # noqa: A002
        self.socket.send(json.dumps({"type": type, **fields}))

    def close(self, code: int = 1012) -> None:
        self.socket.close(code=code)

    def of(self, type: str) -> list[Frame]:  # noqa: A002
        return [frame for frame in self.came if frame["type"] == type]


class Relay:
    """Does what the protocol says; `messages` is the one visitor's history."""

    def __init__(self) -> None:
        self.site: Frame = {"title": "Acme", "form": [], "offline_form": [], "texts": {}}
        self.availability: Frame = {"availability": "online", "queue": None, "wait": None}
        self.messages: list[Frame] = []
        self.read: Frame = {"agent": 0, "visitor": 0}
        self.delivered = 0
        self.email: str | None = None
        self.page_size = 50
        self.lines: list[Line] = []
        self.came: list[Frame] = []
        self.sockets_open = True
        """False: a network on the way lets no WebSocket through."""
        self.answers = True
        """False: durable frames are swallowed, as when it dies in the middle."""
        self.refuse: Frame = {}
        """An error for the next durable frame."""
        self.polls: list[Frame] = []
        self.uploads: list[Request] = []
        self.visitor = "v_" + "a" * 22
        self.token = "token-1"

    # Lines

    def connected(self, socket: WebSocketRoute) -> None:
        line = Line(socket)
        if not self.sockets_open:
            socket.close(code=1011)
            return
        self.lines.append(line)
        socket.on_message(lambda text: self._frame(line, json.loads(text)))

    @property
    def line(self) -> Line:
        return self.lines[-1]

    def _frame(self, line: Line, frame: Frame) -> None:
        line.came.append(frame)
        for answer in self.answer(frame):
            line.socket.send(json.dumps(answer))
        if frame["type"] == "message" and self.answers:
            found = next((m for m in self.messages if m.get("id") == frame["id"]), None)
            for other in self.lines:
                if other is not line and found:
                    other.tell("message", **found)

    def answer(self, frame: Frame) -> list[Frame]:
        self.came.append(frame)
        kind = frame["type"]
        if kind == "hello":
            return [self.welcome(frame.get("after"))]
        if kind == "ping":
            return [{"type": "pong"}]
        if kind == "more":
            older = [m for m in self.messages if m["seq"] < frame["before"]]
            page = older[-self.page_size :]
            return [{"type": "history", "messages": page, "more": len(older) > len(page)}]
        if "id" not in frame or not self.answers:
            return []
        if self.refuse:
            refused, self.refuse = self.refuse, {}
            return [{"type": "error", "message": "", "id": frame["id"], **refused}]
        if kind != "message":
            return [{"type": "ack", "id": frame["id"], "seq": None, "sent_at": NOW}]
        found = next((m for m in self.messages if m.get("id") == frame["id"]), None)
        found = found or self.add("visitor", frame["text"], id=frame["id"])
        return [{"type": "ack", "id": frame["id"], "seq": found["seq"], "sent_at": NOW}]

    def add(self, sender: str, text: str, **fields: Any) -> Frame:
        seq = len(self.messages) + 1
        message = {
            "seq": seq, "from": sender, "name": "Anna" if sender == "agent" else "", "text": text,
            "format": "markdown" if sender == "agent" else "", "sent_at": NOW + seq * 1000,
            "files": [], **fields,
        }  # fmt: skip
        self.messages.append(message)
        return message

    def says(self, text: str, **fields: Any) -> Frame:
        """An agent writes; all tabs get it."""
        message = self.add("agent", text, **fields)
        for line in self.lines:
            line.tell("message", **message)
        return message

    def welcome(self, after: int | None) -> Frame:
        history = [m for m in self.messages if m["seq"] > (after or 0)][-self.page_size :]
        more = after is None and len(history) < len(self.messages)
        return {
            "type": "welcome", "visitor": self.visitor, "token": self.token, "site": self.site,
            **self.availability, "history": history, "more": more, "fresh": False,
            "read": self.read, "delivered": self.delivered, "email": self.email,
            "identity": None, "limits": LIMITS, "now": NOW,
        }  # fmt: skip

    def texts(self) -> list[str]:
        """What was stored of the visitor, in order."""
        return [m["text"] for m in self.messages if m["from"] == "visitor"]

    # HTTP

    def asked(self, route: Route) -> None:
        request = route.request
        path = request.url.removeprefix(CHAT).partition("?")[0]
        headers = {"Access-Control-Allow-Origin": SHOP, "Access-Control-Allow-Headers": "*"}
        if path == "/widget.js":
            script = {"Content-Type": "text/javascript; charset=utf-8"}
            route.fulfill(body=bundle().source, headers=script)
        elif request.method == "OPTIONS":
            route.fulfill(status=204, headers=headers)
        elif path == "/v1/site":
            site = {**self.site, **self.availability, "limits": LIMITS}
            route.fulfill(json=site, headers=headers)
        elif path == "/v1/poll":
            self._poll(route, headers)
        elif path == "/v1/files":
            self.uploads.append(request)
            name = request.url.partition("name=")[2]
            file = {"id": f"f{len(self.uploads)}", "name": name, "type": "image/png", "size": 999}
            route.fulfill(status=201, json={**file, "url": f"/v1/files/x/{name}"}, headers=headers)
        else:
            route.fulfill(body=PIXEL, headers={"Content-Type": "image/png"})

    def _poll(self, route: Route, headers: dict[str, str]) -> None:
        asked = json.loads(route.request.post_data or "")
        self.polls.append(asked)
        if asked["session"] and not asked["frames"]:
            return  # held, as long as the test lasts
        frames = [answer for frame in asked["frames"] for answer in self.answer(frame)]
        route.fulfill(json={"session": "s1", "frames": frames}, headers=headers)


class Stage:
    """A browser profile: its pages share a storage, as tabs do."""

    def __init__(self, context: BrowserContext, relay: Relay) -> None:
        self.context = context
        self.relay = relay
        self.html = ""
        self.policy = ""
        self.faults: list[str] = []
        """Errors and violated policies of all pages."""
        context.route(f"{SHOP}/**", self._shop)
        context.route(f"{CHAT}/**", relay.asked)
        context.route_web_socket("wss://chat.example/**", relay.connected)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("console", lambda m: m.type == "error" and self.faults.append(m.text))

    def _shop(self, route: Route) -> None:
        headers = {"Content-Type": "text/html; charset=utf-8"}
        if self.policy:
            headers["Content-Security-Policy"] = self.policy
        route.fulfill(body=self.html, headers=headers)

    def page(self, *, path: str = "/", **options: Any) -> Page:
        """A tab with the shop's page. Options: `html` attributes, `head`, `body`, `data`."""
        data = {"site": "acme", **options.get("data", {})}
        attributes = " ".join(f'data-{key}="{value}"' for key, value in data.items())
        script = f'<script src="{CHAT}/widget.js" {attributes} async></script>'
        self.html = (
            f'<!doctype html><html {options.get("html", "lang=en")}><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,viewport-fit=cover">'
            f"<title>Acme</title>{options.get('head', '')}</head>"
            f"<body><main><h1>Acme</h1>{options.get('body', '')}</main>{script}</body></html>"
        )
        page = self.context.new_page()
        page.goto(SHOP + path)
        return page


StageMaker = Callable[..., Stage]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)
