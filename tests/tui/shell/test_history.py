"""One customer's history by keys: parts, days, hits, folds, attachments, copying."""

from __future__ import annotations

from pathlib import Path

import pytest

from omnitui.tui.station import links
from omnitui.tui.text.safe_text import safe
from store import conversations, messages
from store.blobs import for_database
from store.driver import Connection
from store.model import ConversationId, Direction, NewAttachment, NewMessage
from tests.tui.shell.shop import MINUTE, Shop


def add(
    shop: Shop,
    room: ConversationId,
    text: str,
    *,
    days: int,
    channel: str = "email",
    direction: Direction = "in",
    files: tuple[NewAttachment, ...] = (),
) -> None:
    """A message so many days before the conversation's first."""

    def insert(db: Connection) -> None:
        first = messages.of_conversation(db, room)[-1]
        at = first.arrived_at - days * 24 * 60 * MINUTE
        new = NewMessage(
            room, first.customer_id, channel, direction, "received", text, at, at,
            author="Olena", attachments=files,
        )  # fmt: skip
        messages.insert(db, new)

    shop.write(insert)


async def test_a_history_by_keys(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = ConversationId(1)
    blob = shop.write(lambda db: for_database(db).put(db, b"%PDF bill"))
    bill = NewAttachment("bill.pdf", "application/pdf", 9, blob)
    add(shop, room, "The bill, please", days=40, files=(bill,))
    add(shop, room, "Wrote it in the chat, too", days=20, channel="telegram")
    add(shop, room, "She is right", days=10, direction="note")
    monkeypatch.setattr(links, "downloads", lambda: tmp_path)
    async with shop.screen((160, 45)) as ui:
        await ui.press("enter")
        await ui.sees("The bill, please", "2 weeks later")

        await ui.press("f", "n")
        await ui.sees("only internal notes", "f a: everything", "She is right")
        await ui.sees_no("The bill, please")
        await ui.press("escape")
        await ui.sees("The bill, please")
        await ui.sees_no("only internal notes")

        await ui.press("@")
        await ui.type("30 days ago\n")
        assert ui.station.timeline.selected_message is not None
        assert ui.station.timeline.selected_message.text == "Wrote it in the chat, too"
        assert "The first message from" in ui.sentence

        await ui.press("f", "c")
        await ui.sees("only ✈ Telegram")
        await ui.press("f", "a")

        await ui.press("/")
        await ui.type("bill\n")
        assert ui.sentence == "“bill”: 1 of 1"
        await ui.press("n")
        assert "not found further on" in ui.sentence

        await ui.press("Y")
        assert "attached: bill.pdf\n\nThe bill, please" in safe(ui.app.clipboard, newlines=True)

        await ui.press("M")
        await ui.press("z")
        await ui.sees("▸ Order 17", "4 messages")
        await ui.press("M")
        await ui.sees("The bill, please")

        await ui.press("f", "l")
        await ui.sees("Attachments of this customer", "bill.pdf")
        await ui.press("enter")
        await ui.until(lambda: "Saved as" in ui.sentence)


async def test_colleagues_who_looked_stand_in_the_details(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter")
        last = shop.messages(ConversationId(1))[-1]
        shop.write(lambda db: conversations.mark_read(db, "bo", ConversationId(1), last.id))
        await ui.press("D")
        await ui.sees("seen by", "bo · ")
