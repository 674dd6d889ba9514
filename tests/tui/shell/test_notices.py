"""Calling the agent who does not look: which terminals, about what, when not."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import AppBlur, AppFocus

from config.quiet_hours import parse_quiet_hours
from omnitui.desk.commands import run
from omnitui.desk.context import Desk
from omnitui.desk.session import Session, StoredDraft
from omnitui.tui.station import notices
from omnitui.tui.terminal import notice, notice_for, through
from store import conversations, watches
from store.model import ConversationId
from tests.tui.shell.shop import Shop, Ui


@pytest.mark.parametrize(
    ("environ", "way"),
    [
        ({"TERM": "xterm-kitty"}, "osc99"),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, "osc99"),
        ({"TERM": "foot"}, "osc777"),
        ({"TERM": "rxvt-unicode-256color"}, "osc777"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, "osc777"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "osc777"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "osc9"),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, "osc9"),
        ({"TERM": "linux"}, "bell"),
        ({"TERM": "vt220"}, "bell"),
        ({}, "bell"),
    ],
)
def test_each_terminal_is_asked_in_its_own_way(environ: dict[str, str], way: str) -> None:
    assert notice_for(environ) == way


@given(st.text(max_size=40), st.text(max_size=300), st.sampled_from(["osc9", "osc99", "osc777"]))
def test_no_name_ends_a_sequence_early(title: str, text: str, way: str) -> None:
    written = notice(way, title, text)  # type: ignore[arg-type]
    parts = written.split("\x1b\\")
    assert parts[-1] == ""
    for part in parts[:-1]:
        assert part.startswith("\x1b]")
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in part[1:])


def test_a_number_at_the_beginning_is_no_command_of_the_terminal() -> None:
    assert notice("osc9", "4;1;50", "x").startswith("\x1b]9; 4")


def test_tmux_and_screen_hand_it_on() -> None:
    inner = notice("osc9", "Acme", "Hi")
    assert through(inner, {"TMUX": "x"}) == "\x1bPtmux;\x1b\x1b]9;Acme: Hi\x1b\x1b\\\x1b\\"
    assert through(inner, {"STY": "x"}) == "\x1bP\x1b]9;Acme: Hi\x07\x1b\\"
    assert through(inner, {}) == inner


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "GATHER", 0.02)
    monkeypatch.setattr(notices, "PAUSE", 0.03)


def listening(ui: Ui) -> list[str]:
    told: list[str] = []
    ui.app.terminal.notify = lambda title, text: told.append(f"{title}: {text}")  # type: ignore[method-assign]
    ui.app.terminal.bell = lambda: told.append("bell")  # type: ignore[method-assign]
    return told


async def look_away(ui: Ui) -> None:
    ui.app.post_message(AppBlur())
    await ui.until(lambda: not ui.app.app_focus)


def as_bob(shop: Shop, id_: ConversationId, line: str) -> None:
    def work(db: object) -> None:
        desk = Desk(db, shop.config, "bob")  # type: ignore[arg-type]
        run(Session(desk, id_, StoredDraft(desk, id_)), line)

    shop.write(work)


async def test_news_are_called_out_while_nobody_looks(shop: Shop) -> None:
    async with shop.with_desk(notify="both").screen((80, 24)) as ui:
        told = listening(ui)
        shop.arrive("Seen Already", "I am seen.", minutes_ago=0)
        await ui.sees("Seen Already")
        await look_away(ui)
        id_ = shop.arrive("Nina New", "Are you open?", minutes_ago=0)
        await ui.until(lambda: len(told) == 2)
        assert told == ["Acme: Nina New wrote.", "bell"]
        as_bob(shop, id_, "assign ann")
        await ui.until(lambda: len(told) == 4)
        assert told[2] == "Acme: bob gives a conversation to you."
        as_bob(shop, id_, "note '@ann please look'")
        await ui.until(lambda: len(told) == 6)
        assert told[4] == "Acme: bob names you in a note."
        ui.app.post_message(AppFocus())
        await ui.until(lambda: ui.app.app_focus)
        shop.arrive("Otto Late", "Me too", minutes_ago=0)
        await ui.sees("Otto Late")
        assert len(told) == 6


async def test_colleagues_conversations_call_only_who_wants_that(shop: Shop) -> None:
    id_ = shop.arrive("Rita Bobs", "Hello", subject="Lamp", minutes_ago=9)
    shop.write(lambda db: conversations.assign(db, id_, "bob"))
    async with shop.with_desk(notify="desktop").screen((80, 24)) as ui:
        told = listening(ui)
        await look_away(ui)
        shop.arrive("Rita Bobs", "Still there?", minutes_ago=0, in_reply_to="<4@customers.example>")
        shop.arrive("Nina New", "One", minutes_ago=0)
        await ui.until(lambda: bool(told))
        assert told == ["Acme: Nina New wrote."]
        shop.write(lambda db: watches.add(db, "ann", id_, 0))
        as_bob(shop, id_, "note 'Nothing yet'")
        await ui.until(lambda: len(told) == 2)
        assert told[1] == "Acme: bob is at a conversation that you watch."


async def test_quiet_hours_are_quiet(shop: Shop) -> None:
    always = parse_quiet_hours("00:00-24:00")
    async with shop.with_desk(notify="both", quiet_hours=always).screen((80, 24)) as ui:
        told = listening(ui)
        await look_away(ui)
        shop.arrive("Nina New", "One", minutes_ago=0)
        await ui.sees("Nina New")
        heard = ui.station.live.notices
        await ui.until(lambda: not heard._news and not heard._some.is_set())
        await asyncio.sleep(0)
        assert not told


async def test_a_failing_account_calls_who_asked_for_it(shop: Shop) -> None:
    async with shop.with_desk(notify="desktop", notify_about=("trouble",)).screen((80, 24)) as ui:
        told = listening(ui)
        await look_away(ui)
        ui.station.live.engine_told("down", "killed")
        await ui.until(lambda: bool(told))
        assert "engine" in told[0]


async def test_a_terminal_that_never_says_where_it_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever presses no key for a minute does not look."""
    async with shop.with_desk(notify="bell").screen((80, 24)) as ui:
        told = listening(ui)
        monkeypatch.setattr(notices, "IDLE", 0.0)
        shop.arrive("Nina New", "Hello", minutes_ago=0)
        await ui.until(lambda: told == ["bell"])
        await look_away(ui)
        ui.app.post_message(AppFocus())
        await ui.until(lambda: ui.app.app_focus)
        shop.arrive("Otto Late", "Hello", minutes_ago=0)
        await ui.sees("Otto Late")
        assert told == ["bell"]
