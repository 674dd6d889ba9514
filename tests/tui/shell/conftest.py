from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.shell.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Three customers wait; Olena longest."""
    shop = Shop.at(tmp_path / "desk")
    shop.arrive("Olena Koval", "Where is my order 17?", subject="Order 17", minutes_ago=180)
    shop.arrive("Piotr Lis", "Does the jacket come in blue?", subject="Colour", minutes_ago=120)
    shop.arrive("Ben Hughes", "The cup arrived broken.", subject="Broken cup", minutes_ago=30)
    return shop
