"""The panes beside each other, as text, at three widths.

`OMNITUI_SNAPSHOTS=write pytest tests/tui/views/test_snapshots.py` writes them anew; look at
the difference before you commit it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal

from omnitui.tui.link.data import DeskData
from omnitui.tui.widgets.card import Card
from omnitui.tui.widgets.inbox import Inbox
from omnitui.tui.widgets.timeline import Timeline
from store import conversations, customers
from store.database import Store, transaction
from store.model import CustomerId
from tests.tui.views.desk import NOW, Desk

SNAPSHOTS = Path(__file__).parent / "snapshots"

pytestmark = pytest.mark.usefixtures("at_noon")


class Panes(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, path: Path, widths: tuple[int, int]) -> None:
        super().__init__()
        self.path = path
        self.inbox, self.timeline, self.card = Inbox(), Timeline(), Card()
        self.widths = widths

    def compose(self) -> ComposeResult:
        self.inbox.styles.width, self.card.styles.width = self.widths
        with Horizontal():
            yield self.inbox
            yield self.timeline
            yield self.card

    async def on_mount(self) -> None:
        self.store = await Store.open(self.path)
        for pane in (self.inbox, self.timeline, self.card):
            pane.data = DeskData(self.store, "ann")
        self.inbox.focus()

    async def on_unmount(self) -> None:
        await self.store.close()

    def text(self) -> str:
        strips = self.screen._compositor.render_strips()
        return "\n".join(strip.text.rstrip() for strip in strips).rstrip() + "\n"


def shop(desk: Desk) -> CustomerId:
    """A morning at a shop: every kind of row and message there is."""
    olena = desk.customer("Olena Kovalenko", language="uk", company="Світлиця")
    with transaction(desk.db):
        customers.add_tag(desk.db, olena, "vip")
        customers.add_note(desk.db, olena, "ann", "Prefers calls after 18:00.", NOW - 9 * 10**8)
    old = desk.conversation(olena, "Повернення коштів", ago=9000, status="open")
    desk.message(
        olena, old, "Добрий день! Коли очікувати повернення?", ago=8000, channel="telegram"
    )
    desk.message(olena, old, "Сьогодні зарахували.", ago=7900, direction="out", channel="telegram")
    desk.status(old, "closed")
    order = desk.conversation(olena, "Where is my order #12345?", ago=300, assignee="ann")
    desk.message(
        olena,
        order,
        "Hello,\n\nmy order has not come: https://track.example/p/UA123456789\n- blue\n- size M",
        ago=200,
        quoted="> earlier\n> words",
        signature="Olena\nHead of buying\nKyiv",
        files=(("photo of the parcel.jpg", 238_112),),
    )
    desk.message(olena, order, "Called the *warehouse*.", ago=150, direction="note")
    desk.message(
        olena,
        order,
        "It left **today**, see [the map](https://maps.example/x).",
        ago=100,
        direction="out",
    )
    desk.message(
        olena,
        order,
        "One more thing…",
        ago=90,
        direction="out",
        state="failed",
        error="The mailbox of olena@example.org is full: wait, or write elsewhere.",
    )
    queued = desk.message(olena, order, "And thanks!", ago=0, direction="out", state="queued")
    desk.queue(queued.id, 8)
    others = (
        ("李小龍 Bruce", "配送について", "telegram", 1500, 0),
        ("evil\u202egnp.exe\x1b[31m", "[/b] broken \x07 zipper", "webchat", 700, 2),
        ("Zoë O'Brien", "", "email", 20, 0),
    )
    for name, subject, channel, ago, priority in others:
        customer = desk.customer(name)
        matter = desk.conversation(customer, subject, ago=ago, assignee="olena.koval")
        desk.message(customer, matter, "ok thanks 👍 ❤️", ago=ago, channel=channel)
        with transaction(desk.db):
            conversations.set_priority(desk.db, matter, priority)
            conversations.add_tag(desk.db, matter, "delivery")
    return olena


@pytest.mark.parametrize(
    ("columns", "rows", "inbox", "card"), [(200, 50, 48, 36), (120, 40, 40, 0), (80, 24, 80, 0)]
)
async def test_panes(desk: Desk, columns: int, rows: int, inbox: int, card: int) -> None:
    olena = shop(desk)
    app = Panes(desk.path, (inbox, card))
    async with app.run_test(size=(columns, rows)) as pilot:
        await app.inbox.load("all")
        app.inbox.move(1)
        app.inbox.toggle_mark()
        await app.timeline.show(olena)
        await app.card.show(olena)
        await pilot.pause()
        compare(f"panes-{columns}.txt", app.text())


async def test_timeline_on_a_narrow_screen(desk: Desk) -> None:
    olena = shop(desk)
    app = Panes(desk.path, (0, 0))
    async with app.run_test(size=(80, 44)) as pilot:
        app.timeline.focus()
        await app.timeline.show(olena)
        app.timeline.move(-4)
        app.timeline.toggle_parts()
        await pilot.pause()
        compare("timeline-80.txt", app.text())


def compare(name: str, text: str) -> None:
    file = SNAPSHOTS / name
    if os.environ.get("OMNITUI_SNAPSHOTS") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8"), f"{name} differs; see this module's docstring"
