"""A screen driven from outside: `omnitui remote` and `omnitui pop`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.model import OwnCommand
from omnitui.tui.link import screens, sockets
from store import claims, identities
from store.clock import now
from store.model import Claim
from tests.servers.command import omnitui_at
from tests.tui.shell.shop import Shop, Ui
from tests.tui.shell.terminal import Terminal

ROOT = Path(__file__).parents[3]
CONFIG = '[desk]\nname = "Acme"\nengine = "service"\ntimezone = "Europe/Kyiv"\n'


@pytest.fixture(autouse=True)
def own_runtime_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Short, as those of sessions are: the path of a socket may not be long."""
    with tempfile.TemporaryDirectory(prefix="run-") as place:
        monkeypatch.setenv("XDG_RUNTIME_DIR", place)
        yield Path(place)


@pytest.fixture
def home(shop: Shop) -> Path:
    directory = shop.config.home.config
    (directory / "config.toml").write_text(CONFIG)
    return directory


async def ask(ui: Ui, *commands: str, **more: Any) -> dict[str, Any]:
    """What a program of the agent's asks, while the screen goes on."""
    await ui.until(lambda: bool(sockets.sockets(ui.app.config.home)), "the socket")
    (path,) = sockets.sockets(ui.app.config.home)
    request = {"commands": list(commands), **more} if commands else more
    return await asyncio.to_thread(screens.ask, path, request)


async def test_commands_do_what_keys_do_and_say_it(shop: Shop) -> None:
    async with shop.screen() as ui:
        answer = await ask(ui, "view all", "go 1", "assign kate yes", "tag add paid")
        assert [r["ok"] for r in answer["results"]] == [True] * 4
        assert "kate" in " ".join(answer["results"][2]["said"])
        assert answer["state"]["conversation"] == 1
        assert answer["state"]["pane"] == "timeline"
        assert answer["state"]["view"] == "all"
        found = shop.conversation(1)
        assert (found.assignee, found.tags) == ("kate", ("paid",))
        await ui.press("u")
        assert shop.conversation(1).tags == ()


async def test_a_mistake_is_an_answer_and_ends_the_row(shop: Shop) -> None:
    async with shop.screen() as ui:
        answer = await ask(ui, "asign kate", "tag add never")
        (only,) = answer["results"]
        assert (only["ok"], "Did you mean" in only["error"]) == (False, True)
        answer = await ask(ui, "go 999")
        assert not answer["results"][0]["ok"]
        for line in ("shell touch /tmp/never", "tag add never ; shell touch /tmp/never"):
            answer = await ask(ui, line)
            assert "who sits at the screen" in answer["results"][0]["error"], line
        answer = await ask(ui, "snooze")
        assert "WHEN" in answer["results"][0]["error"]
        assert shop.conversation(1).tags == ()


async def test_what_is_asked_is_answered_on_the_screen_or_by_yes(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ask(ui, "go 1")
        (asked,) = (await ask(ui, "join 2"))["results"]
        assert (asked["ok"], "Is that meant?" in asked["asks"]) == (False, True)
        await ui.sees("Is that meant?")
        (refused,) = (await ask(ui, "view mine"))["results"]
        assert (refused["ok"], "“back” closes it" in refused["error"]) == (False, True)
        assert (await ask(ui, "back"))["state"]["overlay"] is None
        assert len(shop.messages(1)) == 1
        answer = await ask(ui, "join 2", yes=True)
        assert answer["results"][0]["ok"], answer
        assert len(shop.messages(2)) == 2
        await ask(ui, "filter jacket", "view save Blue")
        (asked,) = (await ask(ui, "view remove"))["results"]
        assert (asked["ok"], "Remove the view" in asked["asks"]) == (False, True)


async def test_the_state_of_the_screen(shop: Shop) -> None:
    async with shop.screen() as ui:
        await ui.press("enter", "r")
        await ui.type("Half a sentence")
        state = (await ask(ui))["state"]
        assert (state["writing"], state["draft"], state["pane"]) == ("reply", True, "reply")
        assert state["screen"] == os.getpid()
        await ui.press("escape", "escape")
        await ui.press("f1")
        assert (await ask(ui))["state"]["overlay"]


async def test_the_socket_is_private_and_goes_with_the_screen(
    shop: Shop, own_runtime_directory: Path
) -> None:
    async with shop.screen() as ui:
        await ask(ui)
        (path,) = sockets.sockets(ui.app.config.home)
        assert own_runtime_directory in path.parents
        for place in (path, path.parent, path.parent.parent):
            assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0
        assert os.environ["OMNITUI_SOCKET"] == str(path)
        for nonsense in (b"nonsense\n", b"[]\n", b'{"commands": "x"}\n', b"x" * 100_000, b""):
            assert await asyncio.to_thread(raw, path, nonsense) == b""
        assert (await ask(ui))["state"]["desk"] == "Acme"
    assert not path.exists()
    assert "OMNITUI_SOCKET" not in os.environ


def raw(path: Path, sent: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(10)
        end.connect(str(path))
        try:
            end.sendall(sent)
            end.shutdown(socket.SHUT_WR)
            return end.recv(1000)
        except OSError:
            return b""


async def test_who_calls_is_put_on_the_screen(shop: Shop) -> None:
    customer = shop.conversation(2).customer_id

    def number(db: Any) -> None:
        identities.add(db, customer, "phone", "+380671234567", at=now())

    shop.write(number)
    shop = shop.with_desk(timezone="Europe/Kyiv")
    name = shop.conversation(2).customer_name
    async with shop.screen() as ui:
        for form in ("+380 67 123 45 67", "067 1234567", "tel:+380671234567",
                     "sip:+380671234567@pbx.test;user=phone", f"#{customer}"):  # fmt: skip
            await ask(ui, "go 1")
            answer = await ask(ui, pop=form)
            assert answer["results"][0]["ok"], (form, answer)
            assert answer["state"]["customer"] == customer
        await ui.sees(name)
        answer = await ask(ui, pop="+380679999999")
        assert "Nobody is known" in answer["results"][0]["error"]
        await ui.sees("Nobody is known")


async def test_a_number_that_somebody_only_wrote_counts_and_is_said_so(shop: Shop) -> None:
    first, second = (shop.conversation(n).customer_id for n in (1, 2))

    def say(db: Any, customer: Any, at: int) -> None:
        claims.keep(db, [Claim(customer, "phone", "+380671234567", "", "form", None, at)])

    async with shop.screen() as ui:
        shop.write(lambda db: say(db, first, 5))
        answer = await ask(ui, pop="+380671234567")
        assert answer["state"]["customer"] == first
        assert "Olena Koval says that" in " ".join(answer["results"][0]["said"])
        shop.write(lambda db: say(db, second, 9))
        answer = await ask(ui, pop="+380671234567")
        assert answer["state"]["customer"] == second
        assert "2 customers say" in answer["results"][0]["said"][-1]
        # Of a name that several have, one is chosen from a list.
        for n in (3, 4):
            shop.arrive(f"Ann Lee {n}", "Hello", address=f"ann{n}@x.example")
        answer = await ask(ui, pop="Ann Lee")
        assert answer["state"]["overlay"]
        await ui.sees("Ann Lee 3", "Ann Lee 4")


async def test_nobody_who_types_is_taken_away(shop: Shop) -> None:
    customer = shop.conversation(2).customer_id
    async with shop.screen() as ui:
        await ask(ui, "go 1")
        await ui.press("r")
        await ui.type("Dear ")
        answer = await ask(ui, pop=f"#{customer}")
        assert answer["results"][0]["ok"]
        assert answer["state"]["conversation"] == 1
        await ui.sees("calls", "F12")
        await ui.type("Olena")
        assert ui.station.box.field.text == "Dear Olena"
        await ui.press("f12")
        await ui.until(lambda: ui.station.reading.customer_id == customer)
    assert shop.draft(1) == "Dear Olena"


def remote(home: Path, *argv: str) -> tuple[int, str, str]:
    done = omnitui_at(home, "remote", *argv)
    return done.returncode, done.stdout, done.stderr


def listed(home: Path) -> list[int]:
    """The numbers of the open screens, the last used first."""
    return [one["screen"] for one in json.loads(remote(home, "--list", "--json")[1])]


def test_several_screens_on_real_terminals(home: Path, shop: Shop) -> None:
    assert remote(home, "view all")[0] == 1
    with Terminal(home) as first, Terminal(home) as second:
        for terminal in (first, second):
            terminal.sees("Olena Koval")
        last, other = first._process.pid, second._process.pid
        first.until(lambda: {last, other} == set(listed(home)), "both screens")
        first.type("j")
        first.until(lambda: listed(home)[0] == last, "the key")
        # The one that was used last, unless another is named.
        code, said, error = remote(home, "go 1", "tag add by-script")
        assert (code, said, error) == (0, "Tagged by-script.\n", "")
        first.sees("Where is my order 17?")
        assert json.loads(remote(home, "--json")[1])["screen"] == last
        assert remote(home, "--screen", str(other), "go 2")[0] == 0
        second.until(lambda: "Where is my order 17?" not in second.text)
        code, said, error = remote(home, "asign x")
        assert (code, said, len(error.splitlines())) == (1, "", 1)
        assert shop.conversation(1).tags == ("by-script",)
        # A screen that was killed is passed over.
        first.signal(signal.SIGKILL)
        first.wait()
        assert listed(home) == [other]


async def test_what_a_killed_screen_left_is_swept_away(shop: Shop) -> None:
    directory = sockets.make_directory(shop.config.home)
    dead = directory / "99999999.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(dead))
    async with shop.screen() as ui:
        await ask(ui)
        assert not dead.exists()


def test_a_shell_of_the_screen_drives_it(home: Path, shop: Shop, tmp_path: Path) -> None:
    script = tmp_path / "script"
    command = f"PYTHONPATH={ROOT} {sys.executable} -m omnitui.cli.main --home {home} remote"
    script.write_text(
        f"#!/bin/sh\n{command} 'view all' 'go 2' 'tag add inside' help >{tmp_path}/said 2>&1\n"
        f"echo $? >>{tmp_path}/said; mv {tmp_path}/said {tmp_path}/ok\n"
    )
    script.chmod(0o755)
    with Terminal(home) as terminal:
        terminal.sees("Olena Koval")
        terminal.until(lambda: bool(listed(home)))
        terminal.type(f":shell {script}\r")
        terminal.until(lambda: (tmp_path / "ok").exists())
        assert (tmp_path / "ok").read_text() == "Tagged inside.\n0\n"
        # What was put over the screen meanwhile is there, and the screen is alive.
        terminal.sees("all keys")
        terminal.type("\x1b")
        terminal.sees("Does the jacket come in blue?")
    assert shop.conversation(2).tags == ("inside",)


async def test_a_program_of_ones_own_has_run_when_the_answer_comes(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    own = OwnCommand("tell", ("sh", "-c", f"sleep 0.3; echo $OMNITUI_SOCKET >{ran}"))
    shop = Shop.at(tmp_path / "desk")
    shop = replace(shop, config=replace(shop.config, commands={"tell": own}))
    shop.arrive("Olena Koval", "Where is my order 17?")
    async with shop.screen() as ui:
        answer = await ask(ui, "go 1", "tell")
        assert [r["ok"] for r in answer["results"]] == [True, True], answer
        assert ran.read_text().strip().endswith(".sock")
