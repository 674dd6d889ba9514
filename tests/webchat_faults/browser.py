"""Visitors' browsers, as a widget in them behaves by docs/relay-protocol.md: one storage, several
tabs, everything kept until it is acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.webchat_faults.carriers import PATIENCE, Carrier, Frame, Poll, Socket
from tests.webchat_relay.server import ORIGIN

MARKS = ("delivered", "agent")


@dataclass(eq=False)
class Written:
    """One thing that a visitor wrote."""

    id: str
    text: str
    browser: Browser
    frame: Frame
    content: bytes | None = None
    """Of the file that goes along."""
    visitor: str = ""
    """Who they were when it was acknowledged."""
    seq: int | None = None
    refused: str = ""
    overtaken: bool = False
    """The relay could not take it at first: what was said after it may stand before it."""
    at_risk: bool = False
    """Acknowledged by a database that was put away later for an older one."""


@dataclass(eq=False)
class Browser:
    name: str
    ports: tuple[int, int]
    """The proxy's for visitors, and the relay's own."""
    chance: random.Random
    token: str | None = None
    sub: str = ""
    """Who the site has signed them in as."""
    jwt: Any = None
    tabs: list[Tab] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    left_over: list[Written] = field(default_factory=list)
    """Not acknowledged when its tab was closed: the next one takes it over."""
    orders: list[list[Written]] = field(default_factory=list)
    """What each tab said, in its order."""
    wrong: list[str] = field(default_factory=list)
    visitor: str = ""
    connections: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One tab after the other says hello: the first one's token is the others', too."""

    def identity(self) -> str | None:
        return str(self.jwt(self.sub)) if self.sub else None

    def opens(self, *, poll: bool = False) -> Tab:
        tab = Tab(self, poll)
        self.tabs.append(tab)
        tab.start()
        return tab

    async def leaves(self) -> None:
        for tab in list(self.tabs):
            await tab.close()


class Tab:
    def __init__(self, browser: Browser, poll: bool) -> None:
        self.browser = browser
        self.poll = poll
        self.visitor = ""
        self.shown: dict[int, Frame] = {}
        self.marks = dict.fromkeys(MARKS, 0)
        self.welcomed = asyncio.Event()
        self.queue: list[Written] = browser.left_over[:]
        self.order: list[Written] = self.queue[:]
        browser.left_over.clear()
        browser.orders.append(self.order)
        self.more = False
        self.attentive = True
        """They read what comes."""
        self._carrier: Carrier | None = None
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._saying: asyncio.TimerHandle | None = None
        self._said: Frame = {}
        self._this_line: dict[int, Frame] = {}
        """What came live on this connection."""

    def start(self) -> None:
        self._task = asyncio.create_task(self._live(), name=f"tab of {self.browser.name}")

    async def close(self) -> None:
        self.browser.tabs.remove(self)
        self.browser.left_over += self.queue
        self.queue = []
        if self._task is not None:
            self._task.cancel()
            self._done()
            await asyncio.gather(self._task, return_exceptions=True)

    # What the visitor does

    def writes(self, one: Written) -> None:
        self.browser.written.append(one)
        self.queue.append(one)
        self.order.append(one)
        self._say(one.frame)

    def reads(self) -> None:
        """All there is."""
        upto = self.upto
        if any(each["from"] == "agent" for each in self.shown.values()):
            self._say({"type": "read", "seq": upto})

    def signs_in(self) -> None:
        self._say({"type": "identify", "identity": self.browser.identity()})

    async def uploads(self, name: str, content: bytes) -> str:
        """The file's id; "" when it did not work."""
        if self.browser.token is None:
            return ""
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            try:
                answer = await http.post(
                    f"http://127.0.0.1:{self.browser.ports[0]}/v1/files",
                    params={"site": "acme", "name": name}, content=content,
                    headers={"Authorization": f"Bearer {self.browser.token}", "Origin": ORIGIN,
                             "Content-Type": "text/plain"},
                )  # fmt: skip
            except httpx.HTTPError:
                return ""
        return str(answer.json()["id"]) if answer.status_code == 201 else ""

    @property
    def upto(self) -> int:
        """The highest seq before which nothing is missing."""
        seqs = sorted(self.shown)
        upto = seqs[0] if seqs else 0
        for seq in seqs[1:]:
            if seq != upto + 1:
                break
            upto = seq
        return upto

    # The line

    def _say(self, frame: Frame) -> None:
        if self.welcomed.is_set() and self._carrier is not None:
            self._carrier.send(frame)

    async def _live(self) -> None:
        for attempt in itertools.count():
            self.welcomed.clear()
            self._again = False
            self._this_line = {}
            browser = self.browser
            port = browser.ports[0]
            await browser.turn.acquire()
            self._saying = asyncio.get_running_loop().call_later(PATIENCE, self._done)
            self._carrier = Poll(port) if self.poll else Socket(port)
            said = {
                "type": "hello", "token": browser.token, "identity": browser.identity(),
                "after": self.upto if self.visitor and self.shown else None,
                "page": "https://acme.example/shoes", "visible": True,
            }  # fmt: skip
            self._said = said
            browser.connections += 1
            await self._carrier.run(said, self._heard)
            self._done()
            await asyncio.sleep(browser.chance.uniform(0.02, 0.1 + 0.1 * min(attempt % 5, 3)))

    def _done(self) -> None:
        """It is the next tab's turn."""
        if self._saying is not None:
            self._saying.cancel()
            self._saying = None
            self.browser.turn.release()

    def _restart(self) -> None:
        self.more = False
        self.visitor = ""
        self.shown.clear()
        self.marks = dict.fromkeys(MARKS, 0)

    def _heard(self, frame: Frame) -> None:
        if self._again:
            return
        match frame["type"]:
            case "welcome":
                self._welcome(frame)
            case "message":
                self._message(frame)
            case "ack":
                self._ack(frame)
            case "history":
                self._place(frame["messages"])
                self._older(frame["more"])
            case "read":
                self._mark("agent", frame["seq"])
            case "delivered":
                self._mark("delivered", frame["seq"])
            case "error":
                self._error(frame)

    def _welcome(self, frame: Frame) -> None:
        browser = self.browser
        browser.token = frame["token"]
        self._done()
        if self.visitor and frame["visitor"] != self.visitor:
            # Others' messages are counted otherwise: from the beginning.
            self._restart()
            self.visitor = browser.visitor = frame["visitor"]
            self.welcomed.clear()
            self._again = True
            self._hang_up()
            return
        self.visitor = browser.visitor = frame["visitor"]
        if frame["fresh"]:
            self.shown.clear()
            self.marks = dict.fromkeys(MARKS, 0)
        self._place(frame["history"])
        self._mark("agent", frame["read"]["agent"], welcome=True)
        self._mark("delivered", frame["delivered"], welcome=True)
        self.welcomed.set()
        if frame["more"] or self.more:  # or that was asked for on a line that is gone
            self._older(True)
        for one in self.queue:
            self._say(one.frame)
        self._tell()

    def _hang_up(self) -> None:
        """Say hello anew."""
        task = self._task
        if task is not None:
            task.cancel()
            self._done()
            self._task = asyncio.create_task(self._live())

    def _message(self, frame: Frame) -> None:
        seq = frame["seq"]
        changed = frame.get("edited") or frame.get("deleted")
        before = self._this_line.get(seq)
        if before is not None and not changed:
            self.browser.wrong.append(f"{self.browser.name} got {frame} twice on one line")
        if not changed and self.shown and seq > self.upto + 1:
            # One is missing between: it comes with the next welcome.
            self._again = True
            self._hang_up()
            return
        self._this_line[seq] = frame
        self.shown[seq] = frame
        self._tell()

    def _ack(self, frame: Frame) -> None:
        one = next((each for each in self.queue if each.id == frame["id"]), None)
        if one is None:
            return
        self.queue.remove(one)
        one.visitor = self.visitor
        one.seq = frame["seq"]
        if frame["seq"] is not None:
            self.shown.setdefault(frame["seq"], {
                "seq": frame["seq"], "from": "visitor", "id": one.id, "text": one.text,
                "files": [], "mine": True,
            })  # fmt: skip

    def _error(self, frame: Frame) -> None:
        browser, code = self.browser, frame["code"]
        one = next((each for each in self.queue if each.id == frame.get("id")), None)
        if code in ("unavailable", "too-many", "draining"):
            if one is not None:
                one.overtaken = True
                asyncio.get_running_loop().call_later(0.2, self._once_more, one)
        elif code in ("bad-token", "identity-needed"):
            if browser.token == self._said["token"]:
                if not browser.sub:
                    browser.wrong.append(f"{browser.name} is forgotten: {code}")
                browser.token = None
            self._restart()
        elif one is not None:
            one.refused = code
            self.queue.remove(one)
        else:
            browser.wrong.append(f"{browser.name}: {frame}")

    def _once_more(self, one: Written) -> None:
        if one in self.queue:
            self._say(one.frame)

    def _place(self, messages: list[Frame]) -> None:
        for each in messages:
            self.shown[each["seq"]] = each

    def _older(self, more: bool) -> None:
        self.more = more
        if more and self.shown:
            self._say({"type": "more", "before": min(self.shown)})

    def _mark(self, kind: str, seq: int, *, welcome: bool = False) -> None:
        if seq < self.marks[kind]:
            self.browser.wrong.append(
                f"{self.browser.name}: {kind} goes back from {self.marks[kind]} to {seq}"
                + (" in a welcome" if welcome else "")
            )
        self.marks[kind] = max(seq, self.marks[kind])

    def _tell(self) -> None:
        if any(each["from"] == "agent" for each in self.shown.values()):
            self._say({"type": "received", "seq": self.upto})
            if self.attentive:
                self.reads()


def all_tabs(browsers: list[Browser]) -> Iterator[Tab]:
    for browser in browsers:
        yield from browser.tabs
