"""docs/telegram.md says what becomes of every update."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.telegram.reading import KINDS
from connectors.telegram.reading.service import EVENTS

PAGE = (Path(__file__).parents[2] / "docs" / "telegram.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [*KINDS, *EVENTS, "pinned_message", "migrate_to_chat_id", "bot_added", "bot_removed",
     "business_connected", "business_disconnected"],
)  # fmt: skip
def test_the_page_names_it(name: str) -> None:
    assert re.search(rf"`{name}`", PAGE)


def test_the_page_names_no_others() -> None:
    table = PAGE.partition("| update | becomes |")[2].partition("\n\n")[0]
    named = {name for line in table.splitlines() for name in _names(line.split("|")[1:2])}
    assert named == set(KINDS)


def _names(cells: list[str]) -> list[str]:
    return re.findall(r"`(\w+)`", "".join(cells))
