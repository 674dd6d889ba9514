"""What the `:` line offers while a card's field is typed."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config.home import find_home
from config.load import load
from omnitui.desk.commands import REGISTRY
from omnitui.tui.keys.completion import Completion

SETTINGS = """
[customers.fields.plan]
choices = ["basic", "business", "very big"]
[customers.fields.vip]
type = "yes-no"
[customers.fields.until]
type = "date"
"""


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("customer field ", ["customer field plan", "customer field vip", "customer field until"]),
        ("customer field pl", ["customer field plan"]),
        ("customer field plan b", ["customer field plan basic", "customer field plan business"]),
        ("customer field plan v", ["customer field plan 'very big'"]),
        ("customer field vip ", ["customer field vip yes", "customer field vip no"]),
        ("customer field until ", []),
        ("customer field shoes ", []),
    ],
)
async def test_keys_and_values_of_the_settings(
    tmp_path: Path, line: str, offered: list[str]
) -> None:
    (tmp_path / "config.toml").write_text(SETTINGS)
    link: Any = SimpleNamespace(config=load(find_home(tmp_path)))
    found = await Completion(REGISTRY, link, ()).candidates(line)
    assert [one.line for one in found] == offered
