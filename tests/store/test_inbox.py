from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import conversations, inbox, mentions, messages
from store.database import transaction
from store.driver import Connection
from store.errors import QueryError
from store.inbox import InboxKey
from store.model import Conversation, Sort, View
from store.query import begun, parse
from tests.fresh_store import fresh_store
from tests.store.conftest import NOW, Shop, make_shop

VIEWS: tuple[View, ...] = get_args(View)
SORTS: tuple[Sort, ...] = get_args(Sort)


def ids(found: list[Any]) -> list[int]:
    return [one.id for one in found]


def test_who_waits_longest_comes_first_then_the_latest_touched(db: Connection, shop: Shop) -> None:
    waits, waits_longer, answered, touched = (shop.conversation() for _ in range(4))
    shop.message(waits_longer)
    shop.message(waits)
    shop.message(answered, direction="out")
    shop.message(touched, direction="out")
    shop.message(waits_longer, "still waiting")
    assert ids(inbox.inbox(db, "all", "ann")) == [waits_longer, waits, touched, answered]


def test_views(db: Connection, shop: Shop) -> None:
    rooms = {name: shop.conversation() for name in ("mine", "theirs", "free", "later", "done")}
    with transaction(db):
        conversations.assign(db, rooms["mine"], "ann")
        conversations.assign(db, rooms["theirs"], "bob")
        conversations.set_status(db, rooms["mine"], "pending", at=NOW)
        conversations.set_status(db, rooms["later"], "snoozed", at=NOW, snoozed_until=NOW + 10)
        conversations.set_status(db, rooms["done"], "closed", at=NOW)
    shown = {view: set(ids(inbox.inbox(db, view, "ann"))) for view in VIEWS}
    assert shown == {
        "mine": {rooms["mine"]},
        "unassigned": {rooms["free"]},
        "all": {rooms["mine"], rooms["theirs"], rooms["free"]},
        "snoozed": {rooms["later"]},
        "closed": {rooms["done"]},
        "mentions": set(),
    }
    assert inbox.counts(db, "ann") == {view: len(shown[view]) for view in VIEWS}
    assert conversations.due_snoozed(db, NOW + 9) == []
    assert conversations.due_snoozed(db, NOW + 10) == [rooms["later"]]
    assert conversations.next_snoozed(db) == NOW + 10


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["open", "pending", "snoozed", "closed"]),
            st.sampled_from(["", "ann", "bob"]),
            st.integers(-1, 2),
            st.booleans(),
            st.one_of(st.none(), st.integers(0, 5)),
            st.integers(0, 3),
        ),
        max_size=25,
    ),
    st.integers(1, 7),
)
def test_pages_either_way_are_the_whole(rows: list[Any], size: int) -> None:
    with (
        TemporaryDirectory() as directory,
        closing(fresh_store(Path(directory) / "desk.sqlite")) as db,
    ):
        shop = make_shop(db)
        customer = shop.customer()
        with transaction(db):
            for status, assignee, priority, named, waiting, touched in rows:
                room = conversations.create(
                    db, customer, subject="", assignee=assignee, at=NOW + touched
                )
                conversations.set_status(db, room, status, at=NOW, snoozed_until=NOW + touched)
                db.execute(
                    "UPDATE conversations SET waiting_since = ?, priority = ? WHERE id = ?",
                    (waiting, priority, room),
                )
                if named:
                    note = messages.insert(db, shop.new(room, direction="note", at=NOW + touched))
                    mentions.add(db, room, note.id, ["ann"], NOW + touched)
        for view in VIEWS:
            whole = [one for one in conversations.all(db) if inbox.shows(db, view, "ann", one)]
            assert inbox.counts(db, "ann")[view] == len(whole)
            for sort in SORTS:
                whole.sort(key=lambda one: InboxKey.of(one, sort))
                _pages_are(db, view, sort, whole, size)
            whole.sort(key=InboxKey.of)
            positions = [inbox.inbox_position(db, view, "ann", one.id) for one in whole]
            assert positions == list(range(len(whole)))


def _pages_are(
    db: Connection, view: View, sort: Sort, whole: list[Conversation], size: int
) -> None:
    """Whatever way one goes, on it or against it, from waiting to waiting."""

    def page(**edge: Any) -> list[Conversation]:
        return inbox.inbox(db, view, "ann", limit=size, sort=sort, **edge)

    def key(one: Conversation) -> InboxKey:
        return InboxKey.of(one, sort)

    assert inbox.listed(db, view, "ann", sort=sort, limit=100) == ids(whole)
    for query in ("", "is:mine", "is:waiting priority:high"):
        parts: list[int] = []
        start: InboxKey | None = None
        while True:
            some, start = inbox.listed_in_part(
                db, view, "ann", query, after=start, rows=size, limit=100
            )
            parts += some
            if start is None:
                break
        assert sorted(parts) == sorted(ids(inbox.inbox(db, view, "ann", query=query, limit=100)))
    assert inbox.still_listed(db, view, "ann", "", [*ids(whole), 10_000]) == set(ids(whole))
    forward = found = page()
    while found:
        found = page(after=key(found[-1]))
        forward = forward + found
    assert forward == whole
    backward: list[Conversation] = []
    found = page(before=inbox.END)
    while found:
        backward = found + backward
        found = page(before=key(found[0]))
    assert backward == whole
    waits = [
        one for one in whole if one.waiting_since is not None and one.status in ("open", "pending")
    ]
    for query in ("", "is:waiting"):
        met: list[int] = []
        edge: dict[str, Any] = {}
        while (one := inbox.next_waiting(db, view, "ann", sort=sort, query=query, **edge)) and (
            len(met) < 50
        ):
            met.append(one)
            edge = {"after": key(conversations.get(db, one))}
        assert met == ids(waits)


def test_a_position_near_the_end_is_exact_and_none_outside(
    db: Connection, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "EXACT", 3)
    rooms = [shop.conversation() for _ in range(10)]
    for room in rooms:
        shop.message(room)
    found = [inbox.inbox_position(db, "all", "ann", room) for room in rooms]
    assert found == [0, 1, 2, 5, 5, 5, 5, 7, 8, 9]
    assert inbox.inbox_position(db, "closed", "ann", rooms[0]) is None


def test_a_query_narrows_the_inbox(db: Connection, shop: Shop) -> None:
    refund, other, done = (shop.conversation() for _ in range(3))
    for room in (refund, other, done):
        shop.message(room, "I want a refund" if room != other else "Where is it?")
    with transaction(db):
        conversations.add_tag(db, other, "vip")
        conversations.set_status(db, done, "closed", at=NOW)

    def narrowed(view: View, query: str) -> list[int]:
        return ids(inbox.inbox(db, view, "ann", query=query))

    assert narrowed("all", "refund") == [refund]
    assert narrowed("closed", "refund") == [done]
    assert narrowed("all", "tag:vip") == [other]
    assert narrowed("all", "-tag:vip") == [refund]
    assert narrowed("all", "is:waiting") == [refund, other]
    first = inbox.inbox(db, "all", "ann", query="is:unread", limit=1)
    assert ids(first) == [refund]
    after = InboxKey.of(first[0])
    assert ids(inbox.inbox(db, "all", "ann", query="is:unread", after=after)) == [other]
    assert ids(conversations.all(db, "refund")) == [done, refund]
    assert ids(conversations.all(db, "refund", limit=1)) == [done]


def test_who_is_named_in_notes_is_asked_for_by_filters(db: Connection, shop: Shop) -> None:
    new, seen, closed, other = (shop.conversation() for _ in range(4))
    with transaction(db):
        for room in (new, seen, closed):
            note = messages.insert(db, shop.new(room, "@ann", direction="note"))
            mentions.add(db, room, note.id, ["ann"], NOW)
        conversations.set_status(db, closed, "closed", at=NOW)
        mentions.seen(db, "ann", seen, NOW)

    def found(view: View, query: str, agent: str = "ann") -> set[int]:
        rows = ids(inbox.inbox(db, view, agent, query=query))
        every = [new, seen, closed, other]
        assert inbox.still_listed(db, view, agent, query, every) == set(rows)
        return set(rows)

    assert found("mentions", "") == {new, seen, closed}
    assert found("mentions", "is:closed") == {closed}
    assert found("mentions", "", "bob") == set()
    assert found("all", "is:mentioned") == {new}
    assert found("all", "mentions:me") == {new, seen} == found("all", "mentions:ann", "bob")
    assert found("all", "-mentions:me") == {other}
    assert {one.id for one in conversations.all(db, "mentions:ann")} == {new, seen, closed}


def test_a_begun_query_leaves_nothing_out_and_an_order_is_none(db: Connection, shop: Shop) -> None:
    room, other = shop.conversation(), shop.conversation()
    shop.message(room, "refund")
    shop.message(other, "refund please")
    for query in ("", "tag:", "-", "sort:newest", "sort:old"):
        assert len(inbox.inbox(db, "all", "ann", query=query)) == 2, query
    assert inbox.still_listed(db, "all", "ann", "please", [room, other]) == {other}
    assert inbox.still_listed(db, "all", "ann", "refund -please", [room, other]) == {room}
    assert inbox.still_listed(db, "closed", "ann", "refund", [room, other]) == set()
    for typed, meant in (
        ("refu", "refu*"),
        (" order refu ", "order refu*"),
        ("refu is:open", "refu* is:open"),
        ("refund -plea", "refund* -plea"),
        ('"refu', '"refu'),
        ("refu*", "refu*"),
        ("from:an tag:vi", "from:an* tag:vi"),
        ("", ""),
    ):
        assert begun(typed) == meant
    assert parse("refund sort:new").sort == "newest"
    for wrong in ("sort:sideways", "-sort:newest"):
        with pytest.raises(QueryError):
            inbox.inbox(db, "all", "ann", query=wrong)


def test_unread(db: Connection, shop: Shop) -> None:
    room, other = shop.conversation(), shop.conversation()
    first = shop.message(room)
    shop.message(other, direction="out")
    assert conversations.unread(db, "ann", [room, other]) == {room}
    with transaction(db):
        conversations.mark_read(db, "ann", room, first.id)
    assert conversations.unread(db, "ann", [room]) == set()
    assert conversations.unread(db, "bob", [room]) == {room}
    shop.message(room)
    assert conversations.unread(db, "ann", [room]) == {room}


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "mentions"])
@pytest.mark.parametrize("way", ["", " DESC"])
def test_a_page_is_one_range_of_an_index(plan: Callable[..., str], view: View, way: str) -> None:
    where = inbox.VIEWS[view].replace(":agent", "'ann'")
    compare = "<" if way else ">"
    steps = plan(
        f"{conversations.SELECT} WHERE {where}"
        f" AND (v.inbox_first, v.inbox_then, v.id) {compare} (1, 2, 3)"
        f" ORDER BY v.inbox_first{way}, v.inbox_then{way}, v.id{way} LIMIT 50"
    )
    assert "SEARCH v USING INDEX conversations_inbox" in steps
    assert "TEMP B-TREE" not in steps.split("CORRELATED")[0]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_whether_something_is_between_two_places_is_what_the_list_says(data: st.DataObject) -> None:
    with TemporaryDirectory() as directory, closing(fresh_store(Path(directory) / "s")) as db:
        shop = make_shop(db)
        rooms = [shop.conversation() for _each in range(8)]
        for room in rooms:
            if data.draw(st.booleans()):
                shop.message(room)
        with transaction(db):
            for room in data.draw(st.sets(st.sampled_from(rooms))):
                conversations.set_status(db, room, "closed", at=NOW)
            for room in data.draw(st.sets(st.sampled_from(rooms))):
                conversations.assign(db, room, "ann")
        view = data.draw(st.sampled_from(("mine", "unassigned", "all")))
        listed = inbox.inbox(db, view, "ann")
        ends = st.none() | st.integers(0, max(0, len(listed) - 1))
        first, last = data.draw(ends), data.draw(ends)
        asked = data.draw(st.sets(st.sampled_from(rooms)))
        keys = [InboxKey.of(listed[at]) if at is not None and listed else None
                for at in (first, last)]  # fmt: skip
        inside = listed[first or 0 : len(listed) if last is None else last + 1]
        wanted = bool(asked & {one.id for one in inside})
        assert inbox.any_between(db, view, "ann", asked, *keys) == wanted
