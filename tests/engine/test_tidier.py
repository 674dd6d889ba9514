"""What is closed is put away in the channel, where that is wanted: once, and after a crash too."""

from __future__ import annotations

from omnitui.desk.context import Desk
from omnitui.desk.statuses import change_status
from omnitui.engine import tidier
from store import accounts, conversations, ledger
from tests.engine.desk_home import DeskHome, until


def wanting(desk: DeskHome, *, wanted: bool = True) -> DeskHome:
    path = desk.directory / "config.toml"
    text = path.read_text().replace("tidies = true\n", "")
    path.write_text(text + "tidies = true\n" if wanted else text)
    return desk


def received(desk: DeskHome, *texts: str) -> None:
    before = desk.read(lambda d: len(ledger.all(d.db))) if desk.place.inbox() else 0
    for number, text in enumerate(texts):
        desk.place.deliver(text, sender=f"{text}{number}@example.test")
    desk.eventually(lambda d: len(ledger.all(d.db)) == before + len(texts))


def set_status(desk: DeskHome, word: str, status: str = "closed", why: str = "agent") -> None:
    def change(d: Desk) -> None:
        (found,) = [c for c in conversations.all(d.db) if word in c.preview]
        change_status(d, found.id, found.status, status, why=why)  # type: ignore[arg-type]

    desk.write(change)


def test_closed_ones_are_put_away_and_no_others(desk: DeskHome) -> None:
    wanting(desk).start()
    received(desk, "one", "two", "three")
    set_status(desk, "three", why="history")
    set_status(desk, "two")
    until(lambda: desk.place.tidied(), lambda: desk.log)
    set_status(desk, "one")
    until(lambda: len(desk.place.tidied()) == 2, lambda: desk.log)
    assert desk.place.tidied() == ["line/000000001", "line/000000000"]


def test_what_was_closed_before_stays_and_what_is_closed_meanwhile_does_not(
    desk: DeskHome,
) -> None:
    first = desk.start()
    received(desk, "one", "two")
    set_status(desk, "one")
    assert desk.stop(first) == 0
    assert desk.read(lambda d: accounts.tidied_event(d.db, accounts.get(d.db, "one").id)) is None
    second = wanting(desk).start()
    desk.eventually(lambda d: accounts.tidied_event(d.db, accounts.get(d.db, "one").id))
    desk.kill(second)
    # Closed while no engine runs.
    set_status(desk, "two")
    third = desk.start()
    until(lambda: desk.place.tidied(), lambda: desk.log)
    assert desk.place.tidied() == ["line/000000001"]
    desk.stop(third)
    fourth = wanting(desk, wanted=False).start()
    desk.eventually(lambda d: accounts.tidied_event(d.db, accounts.get(d.db, "one").id) is None)
    desk.stop(fourth)


def test_one_that_is_open_again_is_left_alone(desk: DeskHome) -> None:
    process = wanting(desk).start()
    received(desk, "one", "two")
    desk.stop(process)
    set_status(desk, "one")
    set_status(desk, "one", "open")
    set_status(desk, "two")
    desk.start()
    until(lambda: desk.place.tidied(), lambda: desk.log)
    assert desk.place.tidied() == ["line/000000001"]


def test_a_channel_that_cannot_now_is_asked_again(desk: DeskHome) -> None:
    process = wanting(desk).start()
    received(desk, "one")
    desk.place.fault("tidy unreachable")
    set_status(desk, "one")
    until(lambda: "tidying: The script cut the line." in desk.log, lambda: desk.log)
    # Receiving and sending know nothing of it.
    received(desk, "two")
    desk.eventually(lambda d: "The script cut the line." in accounts.get(d.db, "one").state_reason)
    assert desk.read(lambda d: accounts.get(d.db, "one").state) == "online"
    desk.place.fault()
    desk.kill(process)
    desk.start()
    until(lambda: desk.place.tidied(), lambda: desk.log)
    assert desk.place.tidied() == ["line/000000000"]
    desk.eventually(lambda d: "cut the line" not in accounts.get(d.db, "one").state_reason)
    assert tidier.DELAYS[0] <= 10, "without a restart within seconds"
