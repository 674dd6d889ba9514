"""Visitors' tabs, a desk and crashes in any order, against a model of what was promised.

The relay's own session, hub and journal run here in one process, without sockets; a crash takes
a copy of the files as they lie on the disk at that moment, with writes under way.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
)

from config.relay import RelaySettings, RelaySite
from config.secret_ref import SecretRef
from connectors.webchat.relay import events, sends
from connectors.webchat.relay.hub import Connection
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.session import Session
from tests.webchat_relay.server import PLENTY, signed

T = TypeVar("T")
SECRET = "a-secret-of-the-site-which-is-long-enough-for-hs256"
TEXTS = st.sampled_from(["one", "two", "three", "йо", "\u202e", "<b>"])


class Tab:
    """One browser tab: what it has been told, and what it still has to get rid of."""

    def __init__(self, visitor: Person) -> None:
        self.visitor = visitor
        self.connection = Connection("acme", "127.0.0.1")
        self.session: Session | None = None
        self.relay: Relay | None = None
        """The process that it is connected to; another one after a crash."""


class Person:
    """A browser's storage, shared by its tabs."""

    def __init__(self) -> None:
        self.token: str | None = None
        self.id = ""
        self.view: dict[int, dict[str, Any]] = {}
        """By seq, as the last welcomed tab shows it."""


TEMPORARY = Path("/dev/shm")
"""In memory where there is such a thing: the disk is not what is tried here."""


class Chats(RuleBasedStateMachine):
    tabs = Bundle("tabs")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.home = Path(
            tempfile.mkdtemp(prefix="relay-machine-", dir=TEMPORARY if TEMPORARY.is_dir() else None)
        )
        self.numbers = itertools.count()
        self.people = [Person(), Person()]
        self.written: dict[str, dict[str, str]] = {}
        """Visitor → id → text, as first handed over."""
        self.acked: dict[str, dict[str, int]] = {}
        """Visitor → id → seq."""
        self.answers: dict[str, tuple[str, str, int]] = {}
        """Key → visitor, text, seq."""
        self.desk: dict[tuple[str, int], str] = {}
        """What the desk has stored: visitor and seq → id of the message."""
        self.cursor = 0
        self.flying: list[asyncio.Task[None]] = []
        self.relay = self._relay(self.home / "0")

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    def _relay(self, directory: Path) -> Relay:
        ref = SecretRef("env", "NOTHING")
        site = RelaySite("acme", ref, ("https://acme.example",), identity_secret=ref)
        relay = Relay(
            RelaySettings(limits=_limits(), sites={"acme": site}),
            directory=directory,
            key_file=self.home / "signing.key",
            secret=lambda _ref: SECRET,
        )
        self._do(relay.open())
        return relay

    # Visitors

    @rule(target=tabs, who=st.integers(0, 1), fresh=st.booleans())
    def open_tab(self, who: int, fresh: bool) -> Tab:
        tab = Tab(self.people[who])
        self._welcome(tab, after=None if fresh else max(tab.visitor.view, default=None))
        return tab

    @rule(tab=tabs)
    def reconnect(self, tab: Tab) -> None:
        self._leave(tab)
        self._welcome(tab, after=max(tab.visitor.view, default=None))

    @rule(tab=consumes(tabs))
    def close_tab(self, tab: Tab) -> None:
        self._leave(tab)

    @rule(tab=tabs, text=TEXTS)
    def write(self, tab: Tab, text: str) -> None:
        self._write(tab, f"m{next(self.numbers)}", text)

    @rule(tab=tabs, text=TEXTS, data=st.data())
    def write_again(self, tab: Tab, text: str, data: st.DataObject) -> None:
        """The same id, also with another text: what was stored first stands."""
        known = sorted(self.written.get(tab.visitor.id, {}))
        if known:
            self._write(tab, data.draw(st.sampled_from(known)), text)

    @rule(tab=tabs, text=TEXTS, steps=st.integers(0, 4))
    def write_and_look_away(self, tab: Tab, text: str, steps: int) -> None:
        """A message of which no ack is waited for: it may be on the disk or not."""
        if tab.session is None or tab.relay is not self.relay or not tab.session.welcomed:
            return
        mid = f"m{next(self.numbers)}"
        self.written.setdefault(tab.visitor.id, {})[mid] = text
        self.flying.append(self.loop.create_task(tab.session.receive(_message(mid, text))))
        for _step in range(steps):
            self.loop.run_until_complete(asyncio.sleep(0))

    @rule(tab=tabs)
    def sign_in(self, tab: Tab) -> None:
        """The first person is known to the site; what they wrote before is theirs then."""
        if tab.session is None or tab.relay is not self.relay or not tab.session.welcomed:
            return
        if tab.visitor is not self.people[0]:
            return
        self._land()
        self._hear(tab)
        was = tab.visitor.id
        self._do(tab.session.receive(_frame("identify", identity=signed(SECRET, sub="ann"))))
        self._hear(tab)
        if tab.connection.ending is None:
            self._moved(was, tab.visitor.id)

    # The desk

    @rule(tab=tabs, text=TEXTS)
    def answer(self, tab: Tab, text: str) -> None:
        if tab.visitor.id not in self.acked:
            return
        key = f"k{next(self.numbers)}"
        sent = self._send(key, tab.visitor.id, text)
        self.answers[key] = (tab.visitor.id, text, sent.seq)

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def answer_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.answers)))
        visitor, text, seq = self.answers[key]
        assert self._send(key, visitor, text).seq == seq

    @rule(acknowledge=st.booleans())
    def fetch(self, acknowledge: bool) -> None:
        """The desk reads its events into its store; the ack may get lost."""
        found = self._do(
            self.relay.journal.read(events.after, site="acme", event=self.cursor, limit=1_000)
        )
        for event in found:
            if event.type == "message":
                place = (event.visitor, event.data["seq"])
                assert self.desk.setdefault(place, event.data["mid"]) == event.data["mid"]
        if found and acknowledge:
            self.cursor = found[-1].id
            done = self._do(
                self.relay.journal.write(events.acknowledge, site="acme", upto=self.cursor)
            )
            self.relay.acknowledged("acme", done)

    # The relay

    @rule(target=tabs)
    def crash(self) -> Any:
        """kill -9: what is on the disk now is all that there is."""
        copy = self.home / str(next(self.numbers) + 1)
        copy.mkdir()
        database = self.relay.directory / "relay.sqlite"
        for suffix in ("", "-wal"):
            file = database.with_name(database.name + suffix)
            if file.exists():
                shutil.copyfile(file, copy / file.name)
        dead = self.relay
        self._land()
        self._do(dead.close())
        self.relay = self._relay(copy)
        self.cursor = min(self.cursor, self._newest())
        return multiple()

    def teardown(self) -> None:
        try:
            self._land()
            self._check_everything()
        finally:
            self._do(self.relay.close())
            self.loop.close()
            shutil.rmtree(self.home)

    # What has to hold

    @invariant()
    def acknowledged_is_stored_once(self) -> None:
        if self.flying:
            return
        for visitor, acked in self.acked.items():
            rows = self._do(self.relay.journal.read(_stored, visitor))
            seqs = [seq for seq, *_rest in rows]
            assert seqs == list(range(1, len(rows) + 1))
            by_id = {mid: (seq, text) for seq, mid, text in rows if mid}
            assert len(by_id) == sum(bool(mid) for _seq, mid, _text in rows)
            for mid, seq in acked.items():
                assert by_id[mid][0] == seq
            for mid, (_seq, text) in by_id.items():
                assert text == self.written[visitor][mid]

    def _check_everything(self) -> None:
        for person in self.people:
            if person.id in self.acked:
                self._welcome(Tab(person), after=max(person.view, default=None))
                rows = self._do(self.relay.journal.read(_stored, person.id))
                stored = {seq: text for seq, _mid, text in rows}
                shown = {seq: each["text"] for seq, each in person.view.items()}
                assert shown == dict(sorted(stored.items())[-len(shown) :])
        self.fetch(acknowledge=False)
        had = {}
        for (visitor, _seq), mid in self.desk.items():
            had[mid] = had.get(mid, 0) + 1
            assert had[mid] == 1, "the desk has a message twice"
            assert visitor
        for acked in self.acked.values():
            assert set(acked) <= set(had), "the desk misses what was acknowledged"

    # Inside

    def _welcome(self, tab: Tab, after: int | None) -> None:
        person = tab.visitor
        tab.connection = Connection("acme", "127.0.0.1")
        tab.session = Session(self.relay, self.relay.sites["acme"], tab.connection, "Hypothesis/1")
        tab.relay = self.relay
        hello = _frame("hello", token=person.token, after=after)
        self._do(tab.session.receive(hello))
        if tab.connection.ending in ("bad-token", "identity-needed"):
            # Their other tab has signed in, or the token died with the database it was of.
            person.token, person.view = None, {}
            self._leave(tab)
            self._welcome(tab, after=None)
            return
        assert tab.connection.ending is None
        self._hear(tab)

    def _write(self, tab: Tab, mid: str, text: str) -> None:
        if tab.session is None or tab.relay is not self.relay or not tab.session.welcomed:
            return
        self._land()
        visitor = tab.visitor.id
        self.written.setdefault(visitor, {}).setdefault(mid, text)
        self._do(tab.session.receive(_message(mid, text)))
        self._hear(tab)
        if tab.connection.ending is None and tab.visitor.id == visitor:
            assert mid in self.acked[visitor]

    def _hear(self, tab: Tab) -> None:
        for text in tab.connection.take():
            frame = json.loads(text)
            person = tab.visitor
            if frame["type"] == "welcome":
                if frame["fresh"] or frame["visitor"] != person.id:
                    person.view = {}
                person.token, person.id = frame["token"], frame["visitor"]
                for each in frame["history"]:
                    person.view[each["seq"]] = each
            elif frame["type"] == "message":
                person.view[frame["seq"]] = frame
            elif frame["type"] == "ack":
                acked = self.acked.setdefault(person.id, {})
                assert acked.setdefault(frame["id"], frame["seq"]) == frame["seq"]
                text = self.written[person.id][frame["id"]]
                person.view.setdefault(frame["seq"], {"text": text})

    def _leave(self, tab: Tab) -> None:
        """The line is cut: what was under way to the tab is lost."""
        if tab.session is not None:
            tab.connection.take()
            self._do(_closed(tab.session))
            tab.session = None

    def _send(self, key: str, visitor: str, text: str) -> sends.Sent:
        return self._do(
            self.relay.journal.write_then(
                lambda sent: self.relay.sent("acme", sent),
                sends.send,
                site="acme",
                visitor=visitor,
                key=key,
                text=text,
                now=self.relay.clock(),
            )
        )

    def _moved(self, was: str, now: str) -> None:
        if was == now:
            return
        rows = self._do(self.relay.journal.read(_stored, now))
        seqs = {mid: seq for seq, mid, _text in rows if mid}
        self.written.setdefault(now, {}).update(self.written.pop(was, {}))
        moved = self.acked.pop(was, {})
        if moved:
            self.acked.setdefault(now, {}).update({mid: seqs[mid] for mid in moved})
        for key, (visitor, text, _seq) in list(self.answers.items()):
            if visitor == was:
                found = self._do(self.relay.journal.read(sends.find, site="acme", key=key))
                assert found is not None
                self.answers[key] = (was, text, found.seq)

    def _land(self) -> None:
        flying, self.flying = self.flying, []
        self._do(asyncio.wait_for(_all(flying), 20))

    def _newest(self) -> int:
        return self._do(self.relay.journal.read(events.backlog, site="acme")).newest


async def _closed(session: Session) -> None:
    session.close()


async def _all(tasks: list[asyncio.Task[None]]) -> None:
    await asyncio.gather(*tasks)


def _stored(db: Any, visitor: str) -> list[tuple[int, str, str]]:
    rows = db.execute(
        "SELECT seq, mid, text FROM messages JOIN visitors ON visitors.id = owner"
        " WHERE visitor = ? ORDER BY seq",
        (visitor,),
    )
    return [(row["seq"], row["mid"], row["text"]) for row in rows]


def _frame(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields})


def _message(mid: str, text: str) -> str:
    return _frame("message", id=mid, text=text)


def _limits() -> Any:
    from config.relay import RelayLimits

    return RelayLimits(**PLENTY)


Chats.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
TestChats = Chats.TestCase
