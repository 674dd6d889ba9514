from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.desk_home import DeskHome


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[..., DeskHome]]:
    made: list[DeskHome] = []

    def make(*accounts: str) -> DeskHome:
        made.append(DeskHome(tmp_path / f"desk{len(made)}", accounts or ("one",)))
        return made[-1]

    yield make
    for home in made:
        home.close()


@pytest.fixture
def desk(make_desk: Callable[..., DeskHome]) -> DeskHome:
    return make_desk()
