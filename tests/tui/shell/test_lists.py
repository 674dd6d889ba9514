"""The inbox's lists: narrowed while one types, ordered, saved, counted live; marks; going on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from omnitui.desk.command import CommandError
from omnitui.tui.keys import bulk
from store import conversations
from store.clock import now
from store.driver import Connection
from store.errors import StoreError
from tests.tui.shell.shop import AGENT, Shop, Ui

NAMES = ("Olena Koval", "Piotr Lis", "Ben Hughes")


def status(shop: Shop) -> list[str]:
    return [shop.conversation(id_).status for id_ in (1, 2, 3)]


def shown(ui: Ui) -> list[str]:
    """The names in the inbox, from above."""
    return [row.conversation.customer_name for row in ui.station.inbox._rows]


async def test_the_list_follows_what_is_typed_and_esc_leaves_it_as_it_was(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("j")
        await ui.press("\\")
        await ui.type("jac")  # the beginning of a word is enough
        await ui.until(lambda: shown(ui) == ["Piotr Lis"])
        await ui.sees("filter: jac")
        await ui.type("x")
        await ui.sees("Nothing matches")
        await ui.press("escape")
        await ui.until(lambda: shown(ui) == [*NAMES])
        assert ui.station.inbox.selected == 2
        assert not ui.station.views.filter


async def test_what_is_wrong_with_a_filter_is_said_while_it_is_typed(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("\\")
        await ui.type("frm:olena")
        await ui.sees("There is no filter frm:", "did you mean from:")
        assert shown(ui) == [*NAMES]
        await ui.press("enter")  # it stays open: nothing was narrowed
        await ui.sees("There is no filter frm:")
        for _ in range("frm:olena".count("") - 1):
            await ui.pilot.press("backspace")
        await ui.type("is:wai")
        await ui.sees("waiting")
        await ui.press("tab")
        await ui.until(lambda: ui.app.screen.query_one("#line").value == "is:waiting ")  # type: ignore[attr-defined]
        await ui.sees_no("There is no filter")
        await ui.press("down", "enter")
        await ui.sees("filter: is:waiting")
        assert ui.station.inbox.selected == 2
        await ui.press("escape")
        await ui.until(lambda: not ui.station.views.filter)


async def test_filters_and_their_values_are_completed(shop: Shop) -> None:
    from omnitui.tui.keys.query_completion import QueryCompletion
    from omnitui.tui.link.desk_link import DeskLink
    from store.database import Store

    def tags(db: Connection) -> None:
        for tag in ("vip", "urgent case"):
            conversations.add_tag(db, conversations.all(db)[0].id, tag)

    shop.write(tags)
    store = await Store.open(shop.config.home.store_file)
    completion = QueryCompletion(DeskLink(store, shop.config, AGENT))
    try:
        for typed, offered in (
            ("ta", ["tag:"]),
            ("tag:v", ["vip"]),
            ("order -tag:", ["urgent case", "vip"]),
            ("assignee:", ["me", "none"]),
            ("account:b", ["bot"]),
            ("channel:t", ["telegram"]),
            ("before:y", ["yesterday"]),
            ("sort:n", ["newest"]),
            ("customer:kov", ["Olena Koval"]),
            ('"ta', []),
            ("plain", []),
        ):
            found = await completion.candidates(typed)
            assert [one.shown for one in found] == offered, typed
        [first, *_others] = await completion.candidates("order -tag:")
    finally:
        await store.close()
    assert first.line == 'order -tag:"urgent case" '


async def test_views_and_queries_are_completed_on_the_command_line(shop: Shop) -> None:
    shop = Shop.at(shop.config.home.config, views={"Blue ones": "jacket"})
    async with shop.screen() as ui:
        await ui.press(":")
        await ui.type("view blue")
        await ui.press("tab", "enter")
        await ui.until(lambda: shown(ui) == ["Piotr Lis"])
        await ui.press("3", ":")
        await ui.type("filter cup is:wai")
        await ui.press("tab", "enter")
        await ui.until(lambda: shown(ui) == ["Ben Hughes"])
        assert ui.station.views.filter == "cup is:waiting"


def test_every_filter_is_offered() -> None:
    from omnitui.tui.keys.query_completion import filter_words
    from store.query import FILTERS

    assert filter_words().keys() == FILTERS.keys()


async def test_all_asked_for_closed_ones_shows_those(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        for key, words in (
            ("6", "No note names you."),
            ("5", "Nothing is closed yet."),
            ("4", "Nothing is snoozed."),
        ):
            await ui.press(key)
            await ui.sees(words)
        await ui.press("2", "x", "3", "\\")
        await ui.type("is:closed\n")
        await ui.until(lambda: shown(ui) == ["Olena Koval"])
        await ui.press("escape")
        await ui.until(lambda: shown(ui) == [*NAMES[1:]])


async def test_the_order_is_changed_by_key_and_said(shop: Shop) -> None:
    shop.write(lambda db: conversations.set_priority(db, conversations.all(db)[1].id, 2))
    urgent = shop.read(lambda db: conversations.all(db)[1].customer_name)
    async with shop.screen() as ui:
        await ui.press("O", "n")
        await ui.sees("newest first")
        assert shown(ui) == [*NAMES[::-1]]
        assert ui.station.inbox.selected == 3
        await ui.press("O", "p")
        await ui.sees("urgent first")
        assert shown(ui)[0] == urgent
        await ui.press("O", "u")
        await ui.sees_no("urgent first")
        assert shown(ui) == [*NAMES]
        ui.app.commander.enter("filter sort:newest")
        await ui.sees("newest first")
        assert shown(ui) == [*NAMES[::-1]]


async def test_a_list_is_saved_as_a_view_counted_live_and_given_up(shop: Shop) -> None:
    async with shop.screen() as ui:
        ui.app.commander.enter("view 7")
        await ui.sees("There is no view 7 yet")
        await ui.press("3")
        ui.app.commander.enter("view save everything")
        await ui.sees("Filter or order the list first")
        await ui.press("2")
        ui.app.commander.enter("filter jacket")
        await ui.sees("filter: jacket")
        await ui.press("O", "s")
        await ui.type("Blue ones\n")
        await ui.sees("7 Blue ones 1", "Saved as view 7")
        own = shop.config.home.agent_file
        assert 'Blue ones" = "is:unassigned jacket*"' in own.read_text(encoding="utf-8")
        shop.arrive("Nina New", "A red jacket?", subject="Red", minutes_ago=1)
        await ui.sees("7 Blue ones 2", "Nina New")
        shop.write(lambda db: conversations.assign(db, conversations.all(db)[0].id, "bob"))
        shop.write(lambda db: _tell(db, shop))
        await ui.sees("7 Blue ones 1")
        await ui.press("3", "7")
        await ui.until(lambda: shown(ui) == ["Piotr Lis"])
        ui.app.commander.enter("filter blue sort:oldest")
        await ui.sees("oldest first")
        ui.app.commander.enter("view save blue ones")
        await ui.sees("Replace the view “Blue ones”? It is: is:unassigned jacket*")
        await ui.press("y")
        await ui.sees("Saved as view 7, “Blue ones”: is:unassigned jacket* blue* sort:oldest")
        ui.app.commander.enter("view save mine")
        await ui.sees("choose another name")
        ui.app.commander.enter("view remove")
        await ui.sees("Remove the view “Blue ones”?")
        await ui.press("n")
        await ui.press("3")
        ui.app.commander.enter("view remove BLUE ONES")
        await ui.press("y")
        await ui.sees_no("7 Blue ones")
        assert "Blue" not in own.read_text(encoding="utf-8")
        assert ui.station.views.current == "all"
        ui.app.commander.enter("view remove nothing")
        await ui.sees("There is no saved view “nothing”")


def _tell(db: Connection, shop: Shop) -> None:
    """The event that the command which did it would have written."""
    from store import events

    conversation = conversations.all(db)[0]
    events.append(
        db,
        "bob",
        "conversation.assigned",
        at=now(),
        customer_id=conversation.customer_id,
        conversation_id=conversation.id,
    )


async def test_a_view_that_cannot_be_read_is_marked_and_says_why(shop: Shop) -> None:
    shop = Shop.at(shop.config.home.config, views={"wrong": "nosuch:thing", "cup": "cup"})
    async with shop.screen() as ui:
        await ui.sees("7 wrong !", "8 cup 1")
        await ui.press("7")
        await ui.sees("The view “wrong” cannot be shown: There is no filter nosuch:")
        assert ui.station.views.current == "unassigned"


async def test_more_than_a_count_can_hold_is_said_so(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omnitui.tui.station.saved_counts.MOST", 2)
    shop = Shop.at(shop.config.home.config, views={"waits": "is:waiting", "cup": "cup"})
    async with shop.screen() as ui:
        await ui.sees("7 waits 2+", "8 cup 1")


async def test_who_is_named_in_a_note_sees_it_until_they_have_looked(shop: Shop) -> None:
    def name(db: Connection) -> None:
        from omnitui.desk import commands
        from omnitui.desk.context import Desk
        from omnitui.desk.session import OwnDraft, Session

        desk = Desk(db, shop.config, "bob")
        commands.run(Session(desk, conversations.get(db, _id(db)).id, OwnDraft()), "note '@ann?'")

    async with shop.screen() as ui:
        await ui.press("2")
        shop.write(name)
        await ui.sees("6 Mentions 1", "@ ✉")
        await ui.press("6")
        await ui.until(lambda: shown(ui) == ["Piotr Lis"])
        await ui.press("enter")
        await ui.sees_no("6 Mentions 1")
        assert shown(ui) == ["Piotr Lis"]  # it stays in the list
        await ui.press("h", "3", "\\")
        await ui.type("mentions:me\n")
        await ui.until(lambda: shown(ui) == ["Piotr Lis"])


def _id(db: Connection) -> Any:
    return next(one.id for one in conversations.all(db) if one.customer_name == "Piotr Lis")


async def test_marks_of_the_whole_list(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("*")
        await ui.sees("3 marked")
        await ui.press("*")
        await ui.sees_no("3 marked")
        await ui.press("space", "~")
        await ui.until(lambda: ui.station.inbox.marked() == {2, 3})
        await ui.press("x")
        await ui.until(lambda: status(shop) == ["open", "closed", "closed"])
        await ui.press("u")
        await ui.until(lambda: status(shop) == ["open", "open", "open"])
        await ui.press("*")
        await ui.press("1")  # another list: its rows are meant from here on
        await ui.until(lambda: not ui.station.inbox.marked())


async def test_many_are_done_in_parts_with_one_undo(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PART", 2)
    async with shop.screen() as ui:
        shown: list[tuple[int, int]] = []
        monkeypatch.setattr(ui.station, "show_progress", lambda *figures: shown.append(figures))
        await ui.press("*")
        await ui.press("x")
        await ui.until(lambda: status(shop) == ["closed"] * 3)
        await ui.until(lambda: shown == [(2, 3), (3, 3)])
        await ui.sees("(3 conversations)")
        await ui.press("u")
        await ui.until(lambda: status(shop) == ["open"] * 3)


async def test_what_stops_on_the_way_says_how_far_it_came_and_is_undone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PART", 1)
    async with shop.screen() as ui:
        run, parts = ui.app.link.run, iter(range(9))

        async def failing(line: str, targets: Any, **options: Any) -> Any:
            if next(parts) == 2:
                raise StoreError("The disk is full.")
            return await run(line, targets, **options)

        monkeypatch.setattr(ui.app.link, "run", failing)
        await ui.press("*")
        await ui.press("x")
        await ui.sees("Done to 2 of 3; then it stopped: The disk is full.")
        assert status(shop) == ["closed", "closed", "open"]
        await ui.press("u")
        await ui.until(lambda: status(shop) == ["open"] * 3)


async def test_nothing_is_half_done_when_the_first_part_fails() -> None:
    class Link:
        async def run(self, line: str, targets: Any, **_options: Any) -> Any:
            raise CommandError("No.")

    with pytest.raises(CommandError, match=r"^No\.$"):
        await bulk.run(Link(), "close", [1, 2], {}, print)  # type: ignore[arg-type]


async def test_closing_twice_in_a_row_closes_two(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.type("xx")  # in one batch, as a slow link delivers them
        await ui.until(lambda: status(shop) == ["closed", "closed", "open"])
        assert ui.station.focused_pane == "inbox"


@pytest.mark.parametrize(
    ("after", "pane", "current"),
    [("next", "timeline", 2), ("back", "inbox", 2), ("stay", "timeline", 1)],
)
async def test_where_closing_leads(shop: Shop, after: str, pane: str, current: int) -> None:
    async with shop.with_desk(after_close=after).screen((80, 24)) as ui:
        await ui.press("enter")
        await ui.sees("Where is my order 17?")
        await ui.press("x")
        await ui.until(lambda: status(shop)[0] == "closed")
        await ui.until(lambda: ui.station.focused_pane == pane)
        if pane == "timeline":
            await ui.until(lambda: ui.station.reading.current == current)
        else:
            await ui.until(lambda: ui.station.inbox.selected == current)


async def test_after_the_last_one_is_the_inbox(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("enter")
        await ui.press("x", "x", "s")
        await ui.press("t")
        await ui.until(lambda: status(shop) == ["closed", "closed", "snoozed"])
        await ui.until(lambda: ui.station.focused_pane == "inbox")
        await ui.sees("Nobody waits here")


async def test_the_next_who_waits_from_the_reply_box_keeps_what_was_typed(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.type("I am looking")
        await ui.press("f6")
        await ui.until(lambda: ui.station.reading.current == 2)
        await ui.sees("Does the jacket come in blue?")
        await ui.until(lambda: shop.draft(_first(shop)) == "I am looking")
        assert not shop.messages(_second(shop))[1:]
        await ui.press("K", "r")
        await ui.sees("I am looking")


async def test_where_somebody_waits_is_said_when_nobody_does_here(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("1", "J")
        await ui.sees("Nobody waits in this view; in “Unassigned” somebody does: 2.")
        await ui.press("2", "*", "x")
        await ui.until(lambda: status(shop) == ["closed"] * 3)
        await ui.press("J")
        await ui.sees("Nobody waits in this view.")


def _first(shop: Shop) -> Any:
    return shop.read(lambda db: min(one.id for one in conversations.all(db)))


def _second(shop: Shop) -> Any:
    return shop.read(lambda db: sorted(one.id for one in conversations.all(db))[1])


async def test_who_waits_is_found_where_the_list_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omnitui.tui.widgets.inbox.PAGE", 10)
    monkeypatch.setattr("omnitui.tui.widgets.inbox_window.PAGE", 10)
    monkeypatch.setattr("omnitui.tui.widgets.inbox.AHEAD", 0)
    monkeypatch.setattr("omnitui.tui.widgets.inbox_window.AHEAD", 0)
    shop = Shop.at(tmp_path / "desk")
    first = shop.arrive("Ann First", "Anybody there?", minutes_ago=99)
    last = shop.arrive("Zoe Last", "And me?", minutes_ago=98)

    def quiet(db: Connection) -> None:
        from store import customers

        for number in range(40):
            customer = customers.create(db, name=f"Quiet {number}", at=now())
            conversations.create(db, customer, subject="Thanks", at=now() - number)

    shop.write(quiet)
    async with shop.screen((80, 24)) as ui:
        await ui.press("O", "n")
        assert ui.station.inbox.selected_conversation is not None
        assert "Quiet" in ui.station.inbox.selected_conversation.customer_name
        await ui.press("J")
        await ui.until(lambda: ui.station.inbox.selected == last)
        await ui.press("J")
        await ui.until(lambda: ui.station.inbox.selected == first)
        await ui.press("g")
        await ui.until(lambda: ui.station.inbox.selected not in (first, last))
        await ui.press("K")
        await ui.until(lambda: ui.station.inbox.selected == first)
