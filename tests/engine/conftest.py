from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.desk_home import DeskHome


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[..., DeskHome]]:
    made: list[DeskHome] = []

    def make(*accounts: str, **options: Any) -> DeskHome:
        directory = tmp_path / f"desk{len(made)}"
        made.append(DeskHome(directory, accounts or ("one",), options=options))
        return made[-1]

    yield make
    for home in made:
        home.close()


@pytest.fixture
def desk(make_desk: Callable[..., DeskHome]) -> DeskHome:
    return make_desk()
