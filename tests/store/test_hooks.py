"""What hooks have run: once for an event, and how far each has got."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import customers, cutting_off, events, hooks
from store.database import transaction
from store.driver import Connection
from store.errors import NotFound, StateError
from store.model import Event
from tests.fresh_store import fresh_store

DAY = 86_400_000


@pytest.fixture
def db(tmp_path: Path) -> Connection:
    return fresh_store(tmp_path / "desk.sqlite")


def happen(db: Connection, kind: str = "message.sent", **about: int) -> Event:
    return events.get(db, events.append(db, "ann", kind, at=1, **about))  # type: ignore[arg-type]


def test_a_new_hook_begins_now_and_one_that_went_begins_anew(db: Connection) -> None:
    with transaction(db):
        before = happen(db)
        hooks.start(db, ["a"])
        later = happen(db)
        hooks.start(db, ["a", "b"])
        assert hooks.upto(db, "a") == before.id
        assert hooks.upto(db, "b") == later.id
        hooks.start(db, ["b"])
        assert hooks.upto(db, "a") is None
        hooks.start(db, ["a", "b"])
        assert hooks.upto(db, "a") == later.id


def test_an_event_is_noted_once_for_each_hook(db: Connection) -> None:
    with transaction(db):
        event = happen(db)
        first = hooks.note(db, "a", event, "running", 5)
        assert first is not None
        assert hooks.note(db, "a", event, "done", 6) is None
        assert hooks.note(db, "b", event, "done", 6) is not None
        assert hooks.has_run(db, "a", event.id)
        assert hooks.settle(db, first.id, "failed", 7, "Why.")
        assert not hooks.settle(db, first.id, "done", 8, "")
        assert hooks.get(db, first.id).error == "Why."


def test_only_what_went_wrong_runs_again(db: Connection) -> None:
    with transaction(db):
        well = hooks.note(db, "a", happen(db), "done", 5)
        ill = hooks.note(db, "a", happen(db), "failed", 5, error="Why.")
        assert well is not None
        assert ill is not None
        with pytest.raises(StateError, match="done"):
            hooks.ask_again(db, well.id)
        with pytest.raises(NotFound):
            hooks.ask_again(db, 99)
        hooks.ask_again(db, ill.id)
        assert [run.id for run in hooks.queued(db, "a")] == [ill.id]
        assert hooks.begin_queued(db, ill.id, 9)
        assert not hooks.begin_queued(db, ill.id, 9)
        assert hooks.get(db, ill.id).attempts == 2


@settings(deadline=None, max_examples=30)
@given(
    kinds=st.lists(st.sampled_from("abc"), max_size=30),
    wanted=st.sets(st.sampled_from("abc"), min_size=1),
    limit=st.integers(1, 7),
    window=st.integers(1, 9),
)
def test_pages_leave_nothing_out_and_give_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory,
    kinds: list[str],
    wanted: set[str],
    limit: int,
    window: int,
) -> None:
    db = fresh_store(tmp_path_factory.mktemp("hooks") / "desk.sqlite")
    try:
        with pytest.MonkeyPatch.context() as patch, transaction(db):
            patch.setattr(hooks, "WINDOW", window)
            made = [happen(db, kind) for kind in kinds]
            found: list[int] = []
            upto, through = 0, False
            while not through:
                page = hooks.page(db, upto, sorted(wanted), limit)
                assert page.upto > upto or page.through
                found += [event.id for event in page.events]
                upto, through = page.upto, page.through
            assert found == [event.id for event in made if event.kind in wanted]
    finally:
        db.close()


def test_runs_of_the_erased_are_gone_and_old_ones_forgotten(db: Connection) -> None:
    with transaction(db):
        customer = customers.create(db, name="Ann", at=1)
        about = hooks.note(
            db, "a", happen(db, customer_id=customer), "failed", 200 * DAY, error="Ann"
        )
        old = hooks.note(db, "a", happen(db), "done", 1)
        odd = hooks.note(db, "a", happen(db), "unknown", 100 * DAY)
        assert about is not None
        assert old is not None
        assert odd is not None
        assert hooks.prune(db, 200 * DAY) == 1
        assert {run.id for run in hooks.runs(db)} == {about.id, odd.id}
        cutting_off.cut_off(db, customer, "ann", 5)
        assert {run.id for run in hooks.runs(db)} == {odd.id}
        assert not hooks.settle(db, about.id, "done", 6, "")
