"""Files that go with a reply: by path, by dropping them on the terminal, and off again."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest
from textual.events import Paste

from omnitui.tui.keys.paths import path_candidates
from store import conversations
from store.model import ConversationId
from tests.tui.shell.shop import Shop, Ui

OLENA = ConversationId(1)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    top = tmp_path / "to send"
    top.mkdir()
    found = [top / name for name in ("old invoice.pdf", "фото [1].jpg", "new.txt")]
    for number, file in enumerate(found):
        file.write_bytes(b"x" * 1500 * (number + 1))
        os.utime(file, (1_700_000_000 + number * 86400,) * 2)
    (top / ".hidden").write_text("")
    (top / "scans").mkdir()
    os.utime(top / "scans", (1_600_000_000,) * 2)
    return found


async def paste(ui: Ui, text: str) -> None:
    ui.app.post_message(Paste(text))
    await ui.settle()


async def test_dropped_files_are_attached_and_other_text_is_text(
    shop: Shop, files: list[Path]
) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await paste(ui, " ".join(shlex.quote(str(file)) for file in files[:2]))
        await ui.type("Here.")
        await ui.sees("+ old invoice.pdf · 1.5 kB", "+ фото [1].jpg · 3.0 kB", "2 files attached")
        await paste(ui, "/no/such/file")
        await ui.until(lambda: ui.station.box.text == "Here./no/such/file")
        await paste(ui, files[2].as_uri() + "\r\n")
        await ui.sees("+ new.txt")
        assert ui.station.box.attachments == tuple(map(str, files))
        await ui.press("f5", "d")
        await ui.sees("Take off this reply")
        await ui.type("new")
        await ui.press("enter")
        await ui.until(lambda: ui.station.box.attachments == tuple(map(str, files[:2])))
        files[0].unlink()
        await ui.press("escape", "r")
        await ui.press("f5", "f")
        await ui.sees(":attach")


async def test_a_path_is_completed_with_blanks_and_the_newest_first(
    shop: Shop, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(files[0].parent))
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await ui.press("ctrl+o")
        await ui.type("~/")
        await ui.sees("new.txt", "4.5 kB · 2023-11-16", "scans/")
        text = ui.text()
        assert text.index("new.txt") < text.index("old invoice.pdf") < text.index("scans/")
        assert ".hidden" not in text
        await ui.type("O")
        await ui.press("tab")
        await ui.sees(":attach ~/old invoice.pdf")
        await ui.press("enter")
        await ui.sees("old invoice.pdf attached", "+ old invoice.pdf")
        ui.app.commander.enter("attach ~/*.txt")
        await ui.sees("+ new.txt")
        ui.app.commander.enter("attach ~/scans")
        await ui.sees("is a directory: name a file in it")
        ui.app.commander.undo()
        await ui.sees_no("+ new.txt")


async def test_a_file_that_is_gone_is_said_to_be(shop: Shop, files: list[Path]) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("r")
        await paste(ui, str(files[0]))
        await ui.sees("+ old invoice.pdf")
        files[0].unlink()
        await ui.press("escape", "J", "K", "r")
        await ui.sees("✗ old invoice.pdf is not there any more")


async def test_a_note_takes_no_file(shop: Shop, files: list[Path]) -> None:
    async with shop.screen((80, 24)) as ui:
        await ui.press("i")
        await ui.press("ctrl+o")
        await ui.sees("a note and a change of what was sent take none")
        await paste(ui, str(files[0]))
        await ui.until(lambda: ui.station.box.text == str(files[0]))


async def test_files_dropped_beside_the_box_begin_a_reply(shop: Shop, files: list[Path]) -> None:
    async with shop.screen((80, 24)) as ui:
        await paste(ui, "/x")
        assert ui.station.focused_pane == "inbox"
        await paste(ui, shlex.quote(str(files[0])))
        await ui.sees("REPLY", "Olena Koval", "+ old invoice.pdf")
        await ui.type("Here.")
        assert ui.station.box.text == "Here."
        # Somebody else is given the conversation: what was begun stays.
        shop.write(lambda db: conversations.assign(db, OLENA, "bob"))
        await ui.press("escape", "escape", "3", "r")
        await ui.sees("Here.", "+ old invoice.pdf")


def test_what_cannot_be_read_holds_nothing(files: list[Path]) -> None:
    top = files[0].parent
    assert path_candidates("/no/such/place/") == []
    assert path_candidates("\0") == []
    assert [one.shown for one in path_candidates(f"{top}/.")] == [".hidden"]
    assert [one.value for one in path_candidates(f"'{top}/ФОТО")] == [str(files[1])]
