"""The few events that timelines show are found by their own index, in the order of their time."""

from __future__ import annotations

from pathlib import Path

from store import customers, events
from store.database import transaction
from tests.fresh_store import fresh_store


def test_events_of_a_timeline_by_when_they_happened(tmp_path: Path) -> None:
    db = fresh_store(tmp_path / "desk.sqlite")
    with transaction(db):
        ann, ben = (customers.create(db, name=name, at=1) for name in ("Ann", "Ben"))
        told = {"at": 40}
        events.append(db, "engine", "chat.event", at=100, customer_id=ann, data=told)
        events.append(db, "engine", "chat.started", at=30, customer_id=ann)
        events.append(db, "engine", "message.received", at=35, customer_id=ann)
        events.append(db, "engine", "chat.pinned", at=35, customer_id=ben)
        events.append(db, "engine", "customer.blocked", at=90, customer_id=ann)
    found = events.shown(db, ann, 0, 1000)
    assert [one.kind for one in found] == ["chat.started", "chat.event", "customer.blocked"]
    assert [events.moment(one) for one in found] == [30, 40, 90]
    assert [one.kind for one in events.shown(db, ann, 31, 89)] == ["chat.event"]
    assert [one.kind for one in events.shown(db, ann, 0, 1000, limit=1)] == ["customer.blocked"]
    db.close()
