"""Visitors, attendance, read marks and barring: the engine between the store and a channel."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from omnitui.desk.context import Desk
from omnitui.desk.visiting import attendance, barring, liveness, presence
from store import accounts, conversations, customers, events, identities, messages, typing, visits
from store.clock import now
from store.model import ConversationId, MessageId
from tests.engine.desk_home import DeskHome, until
from tests.engine.lobby import Lobby


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskHome]:
    home = DeskHome(tmp_path / "desk", channel="lobby")
    home.places["one"] = Lobby(home.places["one"].directory)
    yield home
    home.close()


def lobby(desk: DeskHome) -> Lobby:
    place = desk.place
    assert isinstance(place, Lobby)
    return place


def there(d: Desk) -> list[str]:
    return [visit.address for visit in visits.online(d.db, accounts.get(d.db, "one").id)]


def room_of(desk: DeskHome, visitor: str) -> ConversationId:
    """Their conversation, once they have written."""

    def find(d: Desk) -> ConversationId | None:
        known = identities.find(d.db, "lobby", visitor)
        rooms = conversations.of_customer(d.db, known.customer_id) if known else []
        return rooms[0].id if rooms else None

    desk.eventually(find)
    found = desk.read(find)
    assert found is not None
    return found


def last(place: Lobby, name: str) -> object:
    lines = place.lines(name)
    return lines[-1] if lines else None


def test_who_is_there_follows_the_connection(desk: DeskHome) -> None:
    place = lobby(desk)
    process = desk.start()
    desk.eventually(lambda d: accounts.get(d.db, "one").state == "online")
    place.here("a", "b")
    desk.eventually(lambda d: there(d) == ["a", "b"])
    place.tell("offline", "a")
    place.tell("visit", "b", page="https://a.example/")
    desk.eventually(lambda d: there(d) == ["b"])
    place.fault("run unreachable")
    desk.eventually(lambda d: there(d) == [])
    place.fault()
    desk.eventually(lambda d: accounts.get(d.db, "one").state == "online")
    place.here("b", "c")
    desk.eventually(lambda d: there(d) == ["b", "c"])
    before = desk.read(lambda d: visits.get(d.db, accounts.get(d.db, "one").id, "b"))
    assert before is not None
    assert before.details["page"] == "https://a.example/"
    # Killed, nobody can say so; the next engine does not believe what it finds.
    desk.kill(process)
    assert desk.read(there) == ["b", "c"]
    runs = place.starts()
    process = desk.start()
    desk.eventually(lambda d: there(d) == [])
    until(lambda: place.starts() > runs)
    place.tell("online", "c")
    desk.eventually(lambda d: there(d) == ["c"])
    assert desk.stop(process) == 0
    assert desk.read(there) == []


def test_signals_are_gathered(desk: DeskHome) -> None:
    """A thousand visitors turn pages: a few writes, no events."""
    place = lobby(desk)
    place.say("hi", "v0000")
    desk.start()
    room = room_of(desk, "v0000")
    desk.eventually(lambda d: accounts.get(d.db, "one").state == "online")
    events_before = desk.read(lambda d: events.last_id(d.db))
    text = "".join(
        f'{{"kind": "{kind}", "who": "v{n:04}", "details": {{"page": "https://a.example/{n}"}}}}\n'
        for kind in ("online", "visit", "visit")
        for n in range(1_000)
    )
    with (place.directory / "signals.jsonl").open("a") as file:
        file.write(text)
    desk.eventually(lambda d: len(there(d)) == 1_000)
    place.tell("typing", "v0000")
    desk.eventually(lambda d: typing.fresh(d.db, 0))
    (typed,) = desk.read(lambda d: typing.fresh(d.db, 0))
    assert (typed.conversation_id, typed.who) == (room, "")
    assert desk.read(lambda d: events.last_id(d.db)) == events_before


def test_customers_are_told_whether_somebody_is_there(desk: DeskHome) -> None:
    place = lobby(desk)
    desk.start()
    until(lambda: last(place, "attended") == {"state": "away", "queue": {}})
    desk.write(lambda d: presence.beat(d, "host:1", d.now()))
    until(lambda: last(place, "attended") == {"state": "online", "queue": {}})
    place.say("hi", "a")
    room_of(desk, "a")
    until(lambda: last(place, "attended") == {"state": "online", "queue": {"a": 1}})
    told = len(place.lines("attended"))
    desk.write(lambda d: presence.beat(d, "host:1", d.now()))
    place.fault("attend unreachable")
    desk.write(lambda d: attendance.put(d, accounts.get(d.db, "one"), "hidden"))
    until(lambda: "attendance: The script cut the line." in desk.log)
    assert len(place.lines("attended")) == told  # nothing new: nothing said
    place.fault()
    until(lambda: last(place, "attended") == {"state": "hidden", "queue": {"a": 1}})
    # A channel that greets anew has forgotten what it was told.
    told = len(place.lines("attended"))
    place.here("a")
    until(lambda: len(place.lines("attended")) > told)
    assert last(place, "attended") == {"state": "hidden", "queue": {"a": 1}}


def mark_read(agent: str, room: ConversationId) -> Callable[[Desk], None]:
    def mark(d: Desk) -> None:
        newest = messages.newest_inbound(d.db, room)
        assert newest is not None
        conversations.mark_read(d.db, agent, room, newest)

    return mark


def test_customers_see_what_was_read(desk: DeskHome) -> None:
    place = lobby(desk)
    place.say("1", "a")
    place.say("2", "a")
    place.say("3", "b")
    process = desk.start()
    a, b = room_of(desk, "a"), room_of(desk, "b")
    desk.eventually(lambda d: len(messages.of_conversation(d.db, a)) == 2)
    assert place.lines("seen") == []
    desk.write(mark_read("ann", a))
    until(lambda: place.lines("seen"))
    assert place.lines("seen") == [{"chat": "a", "key": "1@one"}]
    desk.write(mark_read("bob", a))  # news to nobody
    desk.write(lambda d: conversations.mark_read(d.db, "ann", a, MessageId(0)))
    place.fault("seen unreachable b")
    desk.write(mark_read("bob", b))
    until(lambda: "outbox" in desk.log or True)
    desk.stop(process)
    place.fault()
    # What could not be told, the next engine tells; nothing else again.
    desk.start()
    until(lambda: last(place, "seen") == {"chat": "b", "key": "2@one"})
    place.say("4", "a")
    desk.eventually(lambda d: len(messages.of_conversation(d.db, a)) == 3)
    desk.write(mark_read("ann", a))
    until(lambda: last(place, "seen") == {"chat": "a", "key": "3@one"})
    assert len(place.lines("seen")) == 3


def test_who_is_kept_out_is_told_to_the_channel_until_it_knows(desk: DeskHome) -> None:
    place = lobby(desk)
    place.say("spam", "a")
    desk.start()
    room_of(desk, "a")
    place.fault("bar unreachable")

    def customer(d: Desk) -> customers.CustomerId:
        known = identities.find(d.db, "lobby", "a")
        assert known is not None
        return known.customer_id

    desk.write(lambda d: barring.bar(d, customer(d)))
    until(lambda: "barring: The script cut the line." in desk.log)
    assert place.lines("barred") == []
    place.fault()
    until(lambda: last(place, "barred") == {"address": "a", "barred": True})
    desk.write(lambda d: barring.unbar(d, customer(d)))
    until(lambda: last(place, "barred") == {"address": "a", "barred": False})
    assert len(place.lines("barred")) == 2


def test_a_screen_that_was_killed_is_gone_within_seconds(desk: DeskHome) -> None:
    sleeper = subprocess.Popen(["sleep", "100"])
    mine = liveness.name_of_this()
    host, pid, started = mine.split(":")
    theirs = f"{host}:{sleeper.pid}:{Path(f'/proc/{sleeper.pid}/stat').read_text().split()[21]}"
    later = f"{host}:{pid}:1{started}"  # another process had our number before
    elsewhere = "another-host:1:1"
    try:
        for name in (mine, theirs, later, elsewhere):
            desk.write(lambda d, name=name: presence.beat(d, name, now()))
        desk.start()
        desk.eventually(lambda d: names(d) == {mine, theirs, elsewhere})
        sleeper.kill()
        sleeper.wait()
        desk.eventually(lambda d: names(d) == {mine, elsewhere})
    finally:
        sleeper.kill()
        sleeper.wait()


def names(d: Desk) -> set[str]:
    return {screen.screen for screen in presence.here(d)}
