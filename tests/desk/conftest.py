from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.blobs import for_database
from store.check import check
from tests.desk.leaving import Shop
from tests.desk.office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A desk with one mailbox, one chat and a clock that is set by hand."""
    with Office.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A desk with a chat whose visitors leave; at the end its store is whole."""
    with Shop.opened(tmp_path) as opened:
        yield opened
        assert check(opened.office.desk.db, for_database(opened.office.desk.db)) == []
