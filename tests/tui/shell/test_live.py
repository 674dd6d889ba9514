"""What changes by itself: other people's work, accounts, the engine, the terminal's size."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from omnitui.tui.link.engine_child import EngineWatch, State, engine_runs
from omnitui.tui.station import live
from store import accounts, conversations, events
from store.clock import now
from store.errors import StoreError
from tests.tui.shell.shop import Shop


async def test_a_new_message_appears_without_a_key(shop: Shop) -> None:
    async with shop.screen() as ui:
        shop.arrive("Nina New", "Are you open on Sunday?", subject="Sunday", minutes_ago=1)
        await ui.sees("Nina New", "2 Unassigned 4")


async def test_the_first_message_of_a_new_desk_can_be_answered_at_once(tmp_path: Path) -> None:
    shop = Shop.at(tmp_path / "new")
    async with shop.screen() as ui:
        shop.arrive("Nina New", "Are you open on Sunday?", subject="Sunday", minutes_ago=1)
        await ui.sees("Nina New")
        await ui.press("r")
        await ui.type("We are.")
        assert ui.station.box.field.text == "We are."


async def test_a_message_of_the_open_conversation_appears_in_the_timeline(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter")
        shop.arrive("Olena Koval", "Any news?", subject="Re: Order 17", minutes_ago=0,
                    in_reply_to="<1@customers.example>")  # fmt: skip
        await ui.sees("Any news?")


async def test_what_came_while_the_conversation_was_out_of_sight_is_there_again(
    shop: Shop,
) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("enter", "escape")
        shop.arrive("Olena Koval", "Any news?", subject="Re: Order 17", minutes_ago=0,
                    in_reply_to="<1@customers.example>")  # fmt: skip
        await ui.sees("Any news?")
        await ui.settle()
        await ui.press("g", "enter")
        await ui.sees("▾ Order 17", "Where is my order 17?", "Any news?")


async def test_a_colleagues_work_shows(shop: Shop) -> None:
    async with shop.screen() as ui:

        def close(db):  # type: ignore[no-untyped-def]
            conversations.set_status(db, 1, "closed", at=now())
            events.append(db, "bob", "conversation.closed", at=now(), conversation_id=1)

        shop.write(close)
        await ui.sees_no("Olena Koval  ")
        await ui.sees("2 Unassigned 2")


async def test_an_account_that_does_not_work_is_loud(shop: Shop) -> None:
    async with shop.screen((80, 24)) as ui:

        def fail(db):  # type: ignore[no-untyped-def]
            account = accounts.get(db, "support")
            accounts.set_state(db, account.id, "retrying", "wrong password", now())
            events.append(db, "engine", "account.state", at=now())

        shop.write(fail)
        await ui.sees("✗ support: retrying – wrong password", "A says more")
        await ui.press("A")
        await ui.sees("what to do", "It is tried again by itself.")
        ui.station.live.engine_told("down", "killed")
        await ui.sees("A screen on this machine starts it again by itself")


async def test_a_store_in_trouble_is_said_and_the_screen_lives(shop: Shop) -> None:
    from store.errors import DiskFull

    async with shop.screen() as ui:

        async def full(*args: object, **kwargs: object) -> None:
            raise DiskFull("No room left on the disk.")

        ui.app.store.write = full  # type: ignore[method-assign]
        await ui.press("x")
        await ui.sees("No room left on the disk.")
        await ui.press("j")
        assert ui.station.inbox.selected == 2
        await ui.press("r")
        await ui.type("still typing")
        await ui.until(lambda: "No room left" in ui.sentence)
        assert ui.station.box.text == "still typing"
        del ui.app.store.write


async def test_what_the_lists_could_not_read_they_show_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.screen() as ui:
        link = ui.station.link
        counts, failed = link.counts, asyncio.Event()

        async def locked() -> NoReturn:
            monkeypatch.setattr(link, "counts", counts)
            failed.set()
            raise StoreError("The store is locked.")

        monkeypatch.setattr(link, "counts", locked)
        shop.arrive("Nina New", "Are you open on Sunday?", subject="Sunday", minutes_ago=1)
        async with asyncio.timeout(10):
            await failed.wait()
        await ui.sees("2 Unassigned 4")


async def test_what_the_open_conversation_could_not_read_it_shows_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FEED_PAUSE", 0.05)
    async with shop.screen() as ui:
        await ui.press("enter")
        link = ui.station.link
        read, failed = link.conversation, asyncio.Event()

        async def locked(_id: object) -> NoReturn:
            monkeypatch.setattr(link, "conversation", read)
            failed.set()
            raise StoreError("The store is locked.")

        monkeypatch.setattr(link, "conversation", locked)
        shop.arrive("Olena Koval", "Any news?", subject="Re: Order 17", minutes_ago=0,
                    in_reply_to="<1@customers.example>")  # fmt: skip
        async with asyncio.timeout(10):
            await failed.wait()
        await ui.until(
            lambda: any("Any news?" in one.text for one in ui.station.timeline._window.messages)
        )


async def test_service_engine_down_is_said(shop: Shop) -> None:
    shop = shop.with_desk(engine="service")
    async with shop.screen() as ui:
        ui.station.live.engine_told("down", "")
        await ui.sees("The engine is down", "omnitui serve")
        ui.station.live.engine_told("running", "")
        await ui.sees_no("The engine is down")


ENGINE = """
import fcntl, os, select, sys, time
pipe = int(sys.argv[sys.argv.index("--parent-pipe") + 1])
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
os.write(lock, str(os.getpid()).encode())
select.select([pipe], [], [])
"""


@pytest.fixture
def engine(tmp_path: Path) -> tuple[Path, EngineWatch, list[State]]:
    """A stand-in for the engine: holds the lock until its pipe closes."""
    told: list[State] = []
    lock = tmp_path / "engine.lock"
    watch = EngineWatch(
        lock,
        tmp_path / "engine.log",
        start=True,
        argv=["-c", ENGINE, str(lock)],
        told=lambda state, _reason: told.append(state),
    )
    return lock, watch, told


async def until(true: object, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_an_engine_is_started_started_again_and_ends_with_the_screen(
    engine: tuple[Path, EngineWatch, list[State]],
) -> None:
    lock, watch, told = engine
    task = asyncio.create_task(watch.run())
    await until(lambda: told[-1:] == ["running"] and lock.read_text())
    first = int(lock.read_text())
    import os
    import signal

    os.kill(first, signal.SIGKILL)
    await until(lambda: "down" in told and told[-1] == "running")
    assert engine_runs(lock)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not engine_runs(lock))


async def test_no_engine_is_started_beside_one_that_runs(
    engine: tuple[Path, EngineWatch, list[State]], tmp_path: Path
) -> None:
    import fcntl

    lock, watch, told = engine
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        task = asyncio.create_task(watch.run())
        await until(lambda: told == ["running"])
        assert watch._process is None
    # The holder is gone: this screen starts its own.
    await until(lambda: watch._process is not None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_the_screen_imports_no_channel_and_nothing_heavy() -> None:
    import subprocess

    code = (
        "import sys, omnitui.tui.app; bad = [m for m in sys.modules if m.split('.')[0] in"
        " {'jinja2', 'httpx', 'babel', 'rapidfuzz', 'telegram', 'aioimaplib', 'yaml',"
        " 'aiosmtplib', 'keyring', 'markdown_it_py'} or m.startswith(('connectors.email',"
        " 'connectors.practice', 'omnitui.engine', 'omnitui.cli'))]; print(bad)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
