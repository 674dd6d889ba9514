"""Two chats become one: what was seen in either is known of its messages, by the relay's events
and the desk's own reading of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Sent, Signal
from connectors.webchat.reading import read_event
from store import messages
from store.model import Message
from tests.desk.visiting import Site
from tests.webchat_relay.server import Desk, RelayProcess, signed
from tests.webchat_relay.test_chat import newest_event


@dataclass
class Answering:
    """A desk with a store, fed by a real relay."""

    relay: Desk
    site: Site
    after: int
    taken: list[dict[str, Any]] = field(default_factory=list)

    async def takes(self, kind: str, **fields: Any) -> None:
        """Take events in up to one like this."""

        def is_it(event: dict[str, Any]) -> bool:
            return event["type"] == kind and all(event.get(k) == v for k, v in fields.items())

        found = await self.relay.events(lambda got: is_it(got[-1]), self.after)
        for event in found:
            if "id" in event:
                item = read_event(event, event["epoch"])
                assert item is not None
                assert not isinstance(item, Signal)
                self.site.take(item)
                self.after = event["id"]
                self.taken.append(event)
        await self.relay.ack(self.after)

    async def answers(self, text: str, message: Message) -> Message:
        """In the conversation of a message, to its chat; as the connector does."""
        office = self.site.office
        id_ = office.reply(message.conversation_id, text)
        entry = office.claim(id_)
        told = await self.relay.send(entry.recipients[0], text, entry.key)
        office.settle(entry, Sent(f"{told['visitor']}:{told['seq']}"))
        return messages.get(office.desk.db, id_)

    def message(self, text: str) -> Message:
        db = self.site.office.desk.db
        row = db.execute("SELECT id FROM messages WHERE text = ?", (text,)).fetchone()
        return messages.get(db, row[0])

    def marks(self, *texts: str) -> list[str]:
        """How far each is: "read", "delivered", ""."""
        found = [self.message(text).details for text in texts]
        return [
            "read" if "read_at" in one else "delivered" if "delivered_at" in one else ""
            for one in found
        ]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Site.open(tmp_path) as opened:
        opened.office.clock.at = time.time_ns() // 1_000_000
        yield opened


async def test_marks_reach_the_messages_of_both_chats(relay: RelayProcess, site: Site) -> None:
    after = await newest_event(relay)
    async with relay.desk() as http, relay.visitor(identity=signed(sub="marks-1")) as home:
        desk = Answering(http, site, after)
        await home.write("last week")
        async with relay.visitor() as kiosk:
            await kiosk.write("today")
            await desk.takes("message", text="today")
            early = await desk.answers("to the kiosk", desk.message("today"))
            late = await desk.answers("to the home", desk.message("last week"))
            assert (early.external_id, late.external_id) == (f"{kiosk.id}:2", f"{home.id}:2")
            await kiosk.say("read", seq=2)
            await desk.takes("read", visitor=kiosk.id)
            assert desk.marks("to the kiosk", "to the home") == ["read", ""]
            was = kiosk.id
            await kiosk.say("identify", identity=signed(sub="marks-1"))
            welcome = await kiosk.hears("welcome")
            assert welcome["visitor"] == home.id
            await desk.takes("identified", visitor=home.id, was=was)
            assert desk.message("to the kiosk").external_id == f"{home.id}:4"
            assert [one["text"] for one in welcome["history"] if one["seq"] == 4] == [
                "to the kiosk"
            ]
            # The newest of what they see is one that they had read: what came before is read now.
            await kiosk.say("read", seq=4)
            await desk.takes("read", visitor=home.id)
            assert desk.marks("to the kiosk", "to the home") == ["read", "read"]
            # A desk that has not heard of it sends to whom it knows; the mark comes by either name.
            told = await http.send(was, "by the earlier name", "marks-late")
            assert (told["visitor"], told["seq"]) == (home.id, 5)


async def test_what_was_seen_before_anybody_answered_here(relay: RelayProcess, site: Site) -> None:
    """The kiosk's chat was answered and not looked at; at home something later was."""
    after = await newest_event(relay)
    async with relay.desk() as http, relay.visitor(identity=signed(sub="marks-2")) as home:
        desk = Answering(http, site, after)
        await home.write("at home")
        async with relay.visitor() as kiosk:
            await kiosk.write("in town")
            await desk.takes("message", text="in town")
            await desk.answers("to town", desk.message("in town"))
            site.office.clock.pass_(1_000)
            await desk.answers("to home", desk.message("at home"))
            await home.say("read", seq=2)
            await desk.takes("read", visitor=home.id)
            was = kiosk.id
            await kiosk.say("identify", identity=signed(sub="marks-2"))
            await kiosk.hears("welcome")
            await desk.takes("identified", was=was)
            await kiosk.say("received", seq=4)
            await desk.takes("delivered", visitor=home.id)
            assert desk.marks("to town", "to home") == ["delivered", "read"]
            await kiosk.say("read", seq=4)
            await desk.takes("read", visitor=home.id, seq=4)
            assert desk.marks("to town", "to home") == ["read", "read"]


async def test_a_message_whose_answer_was_lost_goes_again_after_the_sign_in(
    relay: RelayProcess,
) -> None:
    async with (
        relay.desk() as desk,
        relay.visitor(identity=signed(sub="marks-3")) as home,
        relay.visitor() as kiosk,
    ):
        await home.write("one")
        await kiosk.write("two")
        first = await desk.send(kiosk.id, "once", "marks-once")
        was = kiosk.id
        await kiosk.say("identify", identity=signed(sub="marks-3"))
        await kiosk.hears("welcome")
        for name in (was, home.id):
            again = await desk.send(name, "once", "marks-once")
            assert (again["visitor"], again["seq"]) == (home.id, first["seq"] + 1)
        other = {"visitor": home.id, "text": "twice", "key": "marks-once"}
        assert (await desk.http.post("/v1/messages", json=other)).status_code == 409
