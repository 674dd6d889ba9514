"""Where one has begun to write is seen in every list, and found by `is:draft`."""

from __future__ import annotations

import pytest

from omnitui.tui.look import symbols
from store import conversations, drafts
from store.model import ConversationId, Draft
from store.search import search
from tests.tui.shell.shop import AGENT, Shop

OLENA, PIOTR, BEN = ConversationId(1), ConversationId(2), ConversationId(3)


async def test_a_draft_is_marked_and_found_while_it_is_there(shop: Shop) -> None:
    for agent, here, text in (
        ("bob", PIOTR, "of somebody else"),
        (AGENT, PIOTR, "  "),
        (AGENT, BEN, "Dear Ben"),
    ):
        draft = Draft(here, agent, "note", text, None, (), 1)
        shop.write(lambda db, draft=draft: drafts.save(db, draft))  # type: ignore[misc]
    for query, expected in (("is:draft", [BEN]), ("-is:draft", [PIOTR, OLENA])):
        found = shop.read(lambda db, q=query: conversations.all(db, q, agent=AGENT))  # type: ignore[misc]
        assert [one.id for one in found] == expected
    hits = shop.read(lambda db: search(db, "cup is:draft", agent=AGENT))
    assert [hit.conversation_id for hit in hits] == [BEN]
    assert shop.read(lambda db: search(db, "order is:draft", agent=AGENT)) == []
    async with shop.screen() as ui:
        await ui.sees("●✎✉ Ben Hughes", "● ✉ Piotr Lis")
        await ui.press("r")
        await ui.type("It left")
        await ui.sees("▌ ✎✉ Olena Koval")
        await ui.press("escape", "escape")
        await ui.type("\\is:draft\n")
        await ui.sees_no("Piotr Lis")
        await ui.sees("Olena Koval", "Ben Hughes")
        await ui.type(":reply discard\n")
        await ui.sees_no("✎✉ Olena Koval")


async def test_the_mark_is_seen_without_colours_and_signs(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(symbols, "_plain", symbols.plain())
    shop.write(lambda db: drafts.save(db, Draft(BEN, AGENT, "reply", "Dear Ben", None, (), 1)))
    async with shop.with_desk(symbols="ascii").screen((80, 24)) as ui:
        await ui.sees("/E Ben Hughes")
