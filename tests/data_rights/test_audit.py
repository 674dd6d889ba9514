"""The event log is proven to be as it was written, also after somebody was erased."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnitui.desk.data_rights.retention import Run
from omnitui.engine import anchor
from store import audit, events, retention
from store.audit import Block, Checked, Trouble
from store.database import transaction
from store.driver import Connection, sqlite3
from store.events import Filter
from store.model import EventId
from tests.data_rights import traces
from tests.data_rights.test_retention import YEAR, ruled, run
from tests.desk.office import DAY, Office


def seal(office: Office) -> list[Block]:
    found = []
    with transaction(office.desk.db):
        while (block := audit.seal(office.desk.db, office.clock())) is not None:
            found.append(block)
    return found


def troubles(db: Connection, anchors: dict[int, bytes] | None = None) -> list[Trouble]:
    return list(audit.verify(db, anchors or {}, Checked()))


def busy(office: Office) -> None:
    for number in range(3):
        told = office.got(office.letter(f"c{number}@home.example"))
        office.do(told.conversation_id, "assign me", "tag add vip", "close")


def test_a_log_that_nobody_touched_is_whole(office: Office) -> None:
    busy(office)
    (first,) = seal(office)
    busy(office)
    checked = Checked()
    assert list(audit.verify(office.desk.db, {}, checked)) == []
    assert checked.unsealed > 0
    (second,) = seal(office)
    assert second.digest != first.digest
    checked = Checked()
    assert list(audit.verify(office.desk.db, {first.upto: first.digest}, checked)) == []
    assert (checked.blocks, checked.unsealed, checked.head) == (2, 0, second)
    assert checked.events == events.last_id(office.desk.db)


@pytest.mark.parametrize(
    "line", ["UPDATE events SET actor = 'mallory'", "UPDATE events SET data = '{}'",
             "DELETE FROM events"],
)  # fmt: skip
def test_the_log_is_only_appended_to(office: Office, line: str) -> None:
    busy(office)
    with pytest.raises(sqlite3.Error, match="only appended to"):
        office.desk.db.execute(line)


def unguarded(db: Connection) -> None:
    """As somebody who writes the file with other means."""
    db.execute("DROP TRIGGER events_kept")
    db.execute("DROP TRIGGER events_not_deleted")


FORGERIES: dict[str, Callable[[Connection, int], object]] = {
    "actor": lambda db, at: db.execute("UPDATE events SET actor = 'm' WHERE id = ?", (at,)),
    "kind": lambda db, at: db.execute("UPDATE events SET kind = 'x.y' WHERE id = ?", (at,)),
    "time": lambda db, at: db.execute("UPDATE events SET at = at + 1 WHERE id = ?", (at,)),
    "source": lambda db, at: db.execute("UPDATE events SET source = 's' WHERE id = ?", (at,)),
    "data": lambda db, at: db.execute("UPDATE events SET data = '[1]' WHERE id = ?", (at,)),
    "conversation": lambda db, at: db.execute(
        "UPDATE events SET conversation_id = 9999 WHERE id = ?", (at,)
    ),
    "salt": lambda db, at: db.execute("UPDATE events SET salt = x'00' WHERE id = ?", (at,)),
    "gone": lambda db, at: db.execute("DELETE FROM events WHERE id = ?", (at,)),
    "emptied, as if erased": lambda db, at: (
        audit.let_go(db, [at], None),
        db.execute("UPDATE events SET data = '{}', salt = x'' WHERE id = ?", (at,)),
    ),
    "deleted, as if by retention": lambda db, at: (
        audit.let_go(db, [at], None),
        db.execute("DELETE FROM events WHERE id = ?", (at,)),
    ),
}


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with Office.open(tmp_path_factory.mktemp("sealed")) as office:
        busy(office)
        seal(office)
        unguarded(office.desk.db)
        yield office


@settings(max_examples=60, deadline=None)
@given(forgery=st.sampled_from(sorted(FORGERIES)), at=st.integers(0, 10_000))
def test_whatever_is_changed_later_is_found(sealed: Office, forgery: str, at: int) -> None:
    db = sealed.desk.db
    event = 1 + at % int(events.last_id(db))
    db.execute("SAVEPOINT forged")
    try:
        FORGERIES[forgery](db, event)
        found = troubles(db)
        assert any(one.first <= event <= one.last for one in found), (forgery, event, found)
    finally:
        db.execute("ROLLBACK TO forged")
        db.execute("RELEASE forged")
    assert troubles(db) == []


def test_a_chain_made_anew_is_not_the_one_the_engine_wrote_down(
    office: Office, tmp_path: Path
) -> None:
    busy(office)
    path = tmp_path / "audit.anchors"
    for block in seal(office):
        anchor.write(path, block)
    unguarded(office.desk.db)
    office.desk.db.execute("UPDATE events SET actor = 'mallory' WHERE id = 2")
    office.desk.db.execute("DELETE FROM audit_blocks")
    seal(office)
    assert troubles(office.desk.db) == []
    assert [one.kind for one in troubles(office.desk.db, anchor.read(path))] == ["anchor"]
    assert anchor.differs(office.desk.db, anchor.read(path))


def test_an_end_that_was_cut_off_is_missed(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "audit.anchors"
    busy(office)
    (first,) = seal(office)
    busy(office)
    (second,) = seal(office)
    anchor.write(path, first)
    anchor.write(path, second)
    unguarded(office.desk.db)
    office.desk.db.execute("DELETE FROM events WHERE id > ?", (first.upto,))
    office.desk.db.execute("DELETE FROM audit_blocks WHERE upto > ?", (first.upto,))
    assert [one.kind for one in troubles(office.desk.db, anchor.read(path))] == ["block"]
    # A backup that was put back says so, and is whole; whatever a full disk left of a line.
    with path.open("a") as file:
        file.write("2026-11-22T09:00:00Z 12")
    anchor.restored(path, first.upto, office.clock())
    assert troubles(office.desk.db, anchor.read(path)) == []


def test_an_end_that_was_sealed_anew_is_missed(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "audit.anchors"
    busy(office)
    (before,) = seal(office)
    anchor.write(path, before)
    office.do(office.got(office.letter()).conversation_id, "tag add wrong")
    (deed,) = seal(office)
    anchor.write(path, deed)
    unguarded(office.desk.db)
    # Somebody takes the end away, and as many innocent events come in its place.
    office.desk.db.execute("UPDATE events SET actor = 'bob' WHERE id > ?", (before.upto,))
    office.desk.db.execute("DELETE FROM audit_blocks WHERE upto > ?", (before.upto,))
    (anew,) = seal(office)
    anchor.write(path, anew)  # as the engine does, who cannot know
    assert anew.upto == deed.upto
    assert [one.kind for one in troubles(office.desk.db, anchor.read(path))] == ["anchor"]


def test_who_is_erased_leaves_the_chain_whole_and_nothing_to_guess_from(office: Office) -> None:
    told = office.got(office.letter("zebulonq@home.example"))
    office.do(told.conversation_id, "tag add vip", "subject The secret matter")
    other = office.got(office.letter("other@home.example"))
    seal(office)
    traces.erase(office, told.customer_id)
    checked = Checked()
    assert list(audit.verify(office.desk.db, {}, checked)) == []
    assert checked.emptied > 0
    seal(office)
    assert troubles(office.desk.db) == []
    emptied = office.desk.db.execute(
        "SELECT salt, data FROM events JOIN audit_leaves ON event_id = id"
        " WHERE kind = 'conversation.subject'"
    ).fetchall()
    assert emptied == [(b"", "{}")]
    assert [one.data["messages"] for one in office.log("customer.erased")] == [1]
    for change in (
        "data = '{\"assignee\":\"bob\"}' WHERE kind = 'conversation.subject'",
        "data = '{}' WHERE kind = 'customer.erased'",
    ):
        office.desk.db.execute("SAVEPOINT forged")
        unguarded(office.desk.db)
        office.desk.db.execute(f"UPDATE events SET {change}")
        assert [one.kind for one in troubles(office.desk.db)] == ["changed"]
        office.desk.db.execute("ROLLBACK TO forged")
        office.desk.db.execute("RELEASE forged")
    # As if the other one had been erased along: it is nobody's whom the log says to be erased.
    mine = office.desk.db.execute(
        "SELECT id FROM events WHERE customer_id = ?", (other.customer_id,)
    ).fetchone()[0]
    audit.let_go(office.desk.db, [mine], other.customer_id)
    office.desk.db.execute("UPDATE events SET data = '{}', salt = x'' WHERE id = ?", (mine,))
    assert [(one.kind, one.first) for one in troubles(office.desk.db)] == [("emptied", mine)]


@pytest.mark.parametrize("before", [True, False], ids=["sealed before", "sealed after"])
def test_retention_deletes_events_and_the_chain_holds(
    office: Office, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy(office)
    if before:
        seal(office)
    office.clock.pass_(400 * DAY)
    busy(office)
    monkeypatch.setattr(retention, "LOOKED", 5)
    killed = Run()
    for _step in range(2):
        with transaction(office.desk.db):
            killed.step(ruled(office, events=YEAR).desk)
    assert killed.done.events > 0
    assert troubles(office.desk.db) == []
    assert run(ruled(office, events=YEAR)).events > 0
    seal(office)
    checked = Checked()
    assert list(audit.verify(office.desk.db, {}, checked)) == []
    assert checked.removed > 0


def test_a_long_log_is_sealed_in_blocks(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "BLOCK", 7)
    busy(office)
    busy(office)
    blocks = seal(office)
    assert [block.events for block in blocks[:-1]] == [7] * (len(blocks) - 1)
    assert troubles(office.desk.db, {block.upto: block.digest for block in blocks}) == []


def test_the_file_of_anchors_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchor, "LARGEST", 2_000)
    path = tmp_path / "engine" / "audit.anchors"
    days, an_hour = 5, 3_600_000
    for hour in range(24 * days):
        block = Block(EventId(hour + 1), 1, hour * an_hour, bytes([hour]) * 32)
        anchor.write(path, block)
    kept = anchor.read(path)
    assert path.stat().st_size < 8_000
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept[24 * days] == bytes([24 * days - 1]) * 32
    assert {24, 48, 72} <= kept.keys()  # the last of each day


def test_the_log_is_asked_by_who_when_what_and_where(office: Office) -> None:
    busy(office)
    db = office.desk.db
    everything = list(events.find(db, Filter()))
    assert [one.id for one in everything] == sorted(one.id for one in everything)
    tagged = list(events.find(db, Filter(kind="conversation.tagged", actor=office.desk.agent)))
    assert len(tagged) == 3
    assert (
        list(events.find(db, Filter(kind="conversation.*"), newest=1))
        == [one for one in everything if one.kind.startswith("conversation.")][-1:]
    )
    assert list(events.find(db, Filter(until=everything[0].at))) == []
    assert list(events.find(db, Filter(source="192.0.2"))) == []
    assert list(events.find(db, Filter(kind="conversation.t*"))) == tagged
    # Who became another's is asked for under that other's number, too.
    office.do(tagged[0].conversation_id, f"customer merge {tagged[1].customer_id} yes")  # type: ignore[arg-type]
    of_both = Filter(kind="conversation.tagged", customer_id=tagged[0].customer_id)
    assert list(events.find(db, of_both)) == tagged[:2]


@pytest.mark.parametrize("data", ["[1]", "x", "7"])
def test_an_event_that_somebody_has_spoilt_does_not_hide_the_others(
    office: Office, data: str
) -> None:
    busy(office)
    unguarded(office.desk.db)
    spoilt = office.log("conversation.tagged")[-1]
    office.desk.db.execute("UPDATE events SET data = ? WHERE id = ?", (data, spoilt.id))
    found = list(events.find(office.desk.db, Filter()))
    assert [dict(one.data) for one in found if one.id == spoilt.id] == [{"unreadable": data}]
    assert len(found) == events.last_id(office.desk.db)
