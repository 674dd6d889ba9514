"""What may be so is kept once, until somebody decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import customers, suggestions
from store.database import transaction
from store.errors import NotFound
from tests.fresh_store import fresh_store


def test_a_pair_is_suggested_once_from_either_side(tmp_path: Path) -> None:
    db = fresh_store(tmp_path / "desk.sqlite")
    with transaction(db):
        ann, bob = (customers.create(db, name=name, at=1) for name in ("Ann", "Bob"))
        found = suggestions.same_person(db, ann, bob, "x", evidence={"from": "a@b"}, at=5)
        assert found is not None
        assert suggestions.same_person(db, bob, ann, "x", evidence={}, at=6) is None
        assert suggestions.same_person(db, ann, ann, "x", evidence={}, at=6) is None
        assert suggestions.same_person(db, bob, ann, "y", evidence={}, at=7) is not None
    assert [s.reason for s in suggestions.of_customer(db, bob)] == ["y", "x"]
    assert suggestions.of_customer(db, ann)[1] == found
    assert dict(found.evidence) == {"from": "a@b"}
    db.close()


def test_what_was_dismissed_does_not_come_back(tmp_path: Path) -> None:
    db = fresh_store(tmp_path / "desk.sqlite")
    with transaction(db):
        ann, bob = (customers.create(db, name=name, at=1) for name in ("Ann", "Bob"))
        found = suggestions.same_person(db, ann, bob, "x", evidence={}, at=5)
        assert found is not None
        suggestions.decide(db, found.id, "dismissed", agent="joe", at=6)
        assert suggestions.same_person(db, ann, bob, "x", evidence={}, at=7) is None
        assert suggestions.of_customer(db, ann) == []
        assert [s.state for s in suggestions.of_customer(db, ann, decided=True)] == ["dismissed"]
        suggestions.decide(db, found.id, "open", agent="joe", at=8)
        assert suggestions.of_customer(db, bob) == [found]
        with pytest.raises(NotFound):
            suggestions.decide(db, 99, "open", agent="joe", at=8)
    db.close()
