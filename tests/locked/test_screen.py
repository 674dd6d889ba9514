"""The screen of a reader, and of a locked session: what they may not do is refused by every way
there is, and offered nowhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Paste, Resize
from textual.geometry import Size

from config.access import Access
from config.model import Keymap, MenuLine, OwnCommand, OwnMenu
from config.problems import Problem
from omnitui.desk import rights
from omnitui.desk.command import CommandError
from omnitui.tui.commands import REGISTRY
from omnitui.tui.keys.completion import Completion
from omnitui.tui.station import outside
from omnitui.tui.terminal_app import LARGEST
from store.driver import Connection
from store.errors import StoreReadOnly
from store.model import Millis
from tests.tui.shell.desks import settled
from tests.tui.shell.shop import Shop

READER = Access(role="reader")
LOCKED = Access(role="agent", locked=True)
PROGRAMS = ("shell", "editor", "pipe", "template edit", "template new")


def desk(tmp_path: Path, access: Access, **more: object) -> Shop:
    shop = settled(tmp_path)
    shop.config = replace(shop.config, access=access, **more)  # type: ignore[arg-type]
    return shop


def contents(shop: Shop) -> dict[str, list[tuple[object, ...]]]:
    """Every table but that of who is there."""

    def rows(db: Connection) -> dict[str, list[tuple[object, ...]]]:
        names = [
            name
            for (name,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
            )
            if name not in rights.READERS_WRITE and not name.startswith("sqlite_")
        ]
        return {name: [tuple(row) for row in db.execute(f"SELECT * FROM {name}")] for name in names}

    return shop.read(rows)


async def test_a_reader_looks_at_everything_and_changes_nothing(tmp_path: Path) -> None:
    shop = desk(tmp_path, READER)
    before = contents(shop)
    async with shop.screen((120, 40)) as ui:
        await ui.app.link.beat("test", Millis(0), None)
        await ui.press("enter")
        await ui.sees("Two weeks ago.")
        await ui.press("r")
        assert ui.sentence.startswith("You may look, not write")
        assert not ui.station.box.writing
        await ui.sees("You may look, not write.")
        await ui.sees_no("r reply")
        for command in REGISTRY:
            if rights.right_of(command.name) != "look":
                ui.app.commander.enter(command.name + " 1 x" * bool(command.parameters))
        await ui.settle()
        with pytest.raises(StoreReadOnly):  # and where something was forgotten, the store says no
            await ui.app.store.write(lambda db: db.execute("DELETE FROM drafts"))
        await ui.app.link.leave("test")
    assert contents(shop) == before


async def test_a_locked_session_refuses_by_every_way_and_offers_nowhere(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    own = {"greet": OwnCommand("greet", ("touch", str(ran)))}
    shop = desk(
        tmp_path,
        LOCKED,
        macros={"sly": ("tag add sly", "greet"), "shelly": (f"shell touch {ran}",),
                "fine": ("tag add fine",)},
        filters={"polite": ("touch", str(ran))},
        commands=own,
        keys=Keymap({"inbox": {"f7": f"shell touch {ran}", "f8": "sly", "f9": "greet"}}),
        menus={"own": OwnMenu("own", "", (MenuLine("1", f"shell touch {ran}", ""),))},
    )  # fmt: skip
    for inner in (tmp_path / "list.pdf",):
        assert inner.exists()
    async with shop.screen((120, 40)) as ui:
        await ui.press("enter")
        await ui.sees("Two weeks ago.")
        await ui.press("escape")
        for key in ("f7", "f8", "f9"):
            await ui.press(key)
            assert "off here" in ui.sentence, key
            ui.station.status.clear()
        for line in (
            f"shell touch {ran}", "editor", "pipe polite", "greet", "sly", "shelly", "macro sly",
            "macro shelly", f"tag add a ; shell touch {ran}", "batch '[\"greet\"]'",
            f"attach {tmp_path}/list.pdf", "save raw /tmp/x.eml", f"customer export {ran}",
            "template edit greeting", "template new Mine", f"reply attach {tmp_path}/list.pdf",
        ):  # fmt: skip
            await ui.press(":")
            await ui.type(f"{line}\n")
            assert " here" in ui.sentence, (line, ui.sentence)
            ui.station.status.clear()
        ui.app.commander.remember("greet")
        await ui.press(".")
        assert "off here" in ui.sentence
        ui.app.commander.confirmed(f"shell touch {ran}")
        assert "off here" in ui.sentence
        offered = {command.name for command in ui.app.commander.registry}
        assert not offered & {*PROGRAMS, "greet", "sly", "shelly", "attach", "save raw"}
        assert {"fine", "tag add", "reply send"} <= offered
        await ui.press("ctrl+k")
        await ui.type("shell")
        await ui.sees_no("Run a shell")
        await ui.press("escape")
        ui.station.overlays.menu("own")
        await ui.settle()
        await ui.sees_no("shell touch")
        await ui.press("escape")
        await ui.press("f1")
        await ui.sees("Keys")
        await ui.sees_no("go on writing in $EDITOR")
        await ui.press("escape")
        ui.app.commander.enter("fine")
        await ui.settle()
        assert ui.app.workstation.chosen is not None
    assert not ran.exists()


async def test_no_other_program_is_started_even_where_a_command_forgot_to_ask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.access._locked", True)
    monkeypatch.setenv("VISUAL", "touch")
    monkeypatch.setattr("omnitui.tui.station.outside.EDITORS", ())
    with pytest.raises(CommandError, match="not installed"):
        outside.editor()


async def test_dropped_and_completed_paths_stay_within_the_allowed_directory(
    tmp_path: Path,
) -> None:
    allowed = tmp_path / "files"
    allowed.mkdir()
    (allowed / "offer.txt").write_text("an offer")
    (allowed / "way-out").symlink_to(tmp_path)
    shop = desk(tmp_path, replace(LOCKED, directories=(allowed,)))
    async with shop.screen((120, 40)) as ui:
        completion = Completion(ui.app.commander.registry, ui.app.link, ())
        shown = [one.shown for one in await completion.candidates(f"attach {tmp_path}/")]
        assert shown == [f"{allowed}/"]
        assert await completion.candidates("attach /etc/") == []
        assert await completion.candidates(f"attach {allowed}/way-out/") == []
        assert await completion.candidates(f"attach {allowed}/../") == []
        inside = [one.shown for one in await completion.candidates(f"attach {allowed}/")]
        assert "offer.txt" in inside
        await ui.press("enter", "r")
        await ui.until(lambda: ui.station.box.writing)
        ui.app.post_message(Paste(f"{tmp_path}/list.pdf"))
        await ui.settle()
        assert ui.station.box.attachments == ()
        ui.app.commander.enter(f"attach {allowed}/way-out/list.pdf")
        await ui.settle()
        assert "Links are not followed" in ui.sentence
        ui.app.commander.enter("attach offer.txt")
        await ui.settle()
        await ui.until(lambda: ui.station.box.attachments == (f"{allowed}/offer.txt",))


async def test_what_a_popup_shows_is_saved_where_files_may_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    allowed = tmp_path / "files"
    allowed.mkdir()
    wrong = (Problem("Nobody knows this key.", file=tmp_path / "agent.toml"),)
    shop = desk(tmp_path, LOCKED, warnings=wrong)
    for directories, said in (((), "No file goes in or out here"), ((allowed,), "Saved as")):
        shop.config = replace(shop.config, access=replace(LOCKED, directories=directories))
        async with shop.screen((120, 40)) as ui:
            ui.app.commander.enter("problems")
            await ui.sees("Nobody knows this key.")
            await ui.press("w")
            await ui.sees(said)
    (saved,) = tmp_path.rglob("omnitui*.txt")  # noqa: ASYNC240
    assert saved.parent == allowed


async def test_a_terminal_is_believed_to_be_no_larger_than_there_are(tmp_path: Path) -> None:
    shop = desk(tmp_path, LOCKED)
    async with shop.screen((80, 24)) as ui:
        huge = Size(65535, 65535)
        await ui.app._post_message(Resize(huge, huge))
        await ui.until(lambda: ui.app.screen.size == LARGEST, "the drawn size")
        assert ui.app.size == LARGEST
        small = Size(80, 24)
        await ui.app._post_message(Resize(small, small))
        await ui.until(lambda: ui.app.screen.size == small, "the size before")
