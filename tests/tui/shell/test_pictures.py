"""Pictures that customers send: shown where the terminal can, read where they do no harm."""

from __future__ import annotations

import io
import signal
import struct
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from connectors.contract import File
from omnitui.tui.app import OmniApp
from omnitui.tui.pictures import kitty, shown
from omnitui.tui.pictures.abilities import Abilities, Around, Told, Wanted, decide
from omnitui.tui.pictures.picture import NoPicture, read_picture, read_png, read_sixels
from omnitui.tui.pictures.replies import Replies
from omnitui.tui.screens import picture as picture_screen
from tests.tui.shell.picture_terminal import (
    KITTY_QUESTION,
    PLACEHOLDER,
    SIXEL,
    Kitty,
    PictureTerminal,
    decode_sixels,
)
from tests.tui.shell.shop import Shop
from tests.tui.shell.terminal import Terminal


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), color: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_a_picture_fits_into_the_cells_given(kind: str) -> None:
    found = await read_picture(picture(kind, (400, 200)), 30, 30)
    assert (found.width, found.height) == (30, 15)
    red, green, blue = found.pixel(5, 5) or (0, 0, 0)
    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", picture()[:60], bomb(50_000, 50_000), bomb(2**31 - 1, 1), b"%!PS\n"],
)
async def test_what_is_no_picture_or_a_trap_is_refused(content: bytes) -> None:
    with pytest.raises(NoPicture):
        await read_picture(content, 20, 10)


def with_photo(shop: Shop) -> None:
    photo = File("photo.png", "image/png", picture())
    shop.arrive("Pia Photo", "It is red.", subject="Photo", minutes_ago=1, files=(photo,))


async def test_o_shows_a_picture_here(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OmniApp, "shows_pictures", True)
    with_photo(shop)
    async with shop.screen((80, 24)) as ui:
        await ui.press("G", "enter", "o")
        await ui.sees("show here", "photo.png")
        await ui.press("enter")
        await ui.sees("▀" * 30, "Esc close")
        await ui.press("escape")
        await ui.sees_no("▀")


async def test_sixteen_colours_are_offered_no_pictures(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OmniApp, "shows_pictures", False)
    with_photo(shop)
    async with shop.screen((80, 24)) as ui:
        await ui.press("G", "enter", "o")
        await ui.sees("photo.png")
        assert "show here" not in ui.text()


# -- the terminal's own pictures ------------------------------------------------


def photo() -> bytes:
    """Four fields of one colour each."""
    image = Image.new("RGB", (240, 120), (200, 30, 30))
    image.paste((30, 200, 30), (120, 0, 240, 60))
    image.paste((30, 30, 200), (0, 60, 120, 120))
    image.paste((220, 220, 220), (120, 60, 240, 120))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def has_four_fields(image: Image.Image) -> None:
    width, height = image.size
    for (x, y), expected in {
        (1, 1): (200, 30, 30),
        (3, 1): (30, 200, 30),
        (1, 3): (30, 30, 200),
        (3, 3): (220, 220, 220),
    }.items():
        found = image.convert("RGB").getpixel((x * width // 4, y * height // 4))
        assert isinstance(found, tuple)
        assert all(abs(a - b) < 12 for a, b in zip(found, expected, strict=True)), (x, y, found)


async def test_what_goes_to_the_terminal_is_made_anew() -> None:
    hidden = photo() + b"\x1b]52;c;aGF4\x07 what stands behind a picture"
    png = await read_png(hidden, 120, 120)
    assert (png.width, png.height) == (120, 60)
    assert b"behind" not in png.data
    has_four_fields(Image.open(io.BytesIO(png.data)))
    sixels = await read_sixels(hidden, 200, 100, 16)
    assert b"\x1b" not in sixels.data
    has_four_fields(decode_sixels(sixels.data))
    with pytest.raises(NoPicture):
        await read_png(bomb(50_000, 50_000), 20, 20)


@pytest.mark.parametrize(
    ("wanted", "told", "around", "way", "placeholders"),
    [
        ("auto", Told(1, frozenset({62}), True, "kitty(0.32.1)"), None, "kitty", True),
        ("auto", Told(1, frozenset({62}), True, "kitty(0.26.5)"), None, "kitty", False),
        ("auto", Told(1, frozenset({62, 4}), True, "WezTerm 2024"), None, "sixel", False),
        ("auto", Told(1, frozenset({62, 4}), True, "ghostty 1.1.0"), None, "kitty", True),
        ("auto", Told(1, frozenset({62, 4})), None, "sixel", False),
        ("auto", Told(1, frozenset({62, 22})), None, "blocks", False),
        ("auto", Told(), None, "blocks", False),
        ("auto", Told(1, kitty=True), Around(True, "ghostty 1.2.3"), "kitty", True),
        ("auto", Told(1, kitty=True), Around(True, "WezTerm 2024"), "blocks", False),
        ("auto", Told(1, frozenset({4})), Around(), "blocks", False),
        ("auto", Told(1, frozenset({4})), Around(sixel=True), "sixel", False),
        ("kitty", Told(), None, "kitty", False),
        ("kitty", Told(), Around(), "kitty", True),
        ("sixel", Told(), None, "sixel", False),
        ("blocks", Told(1, frozenset({4}), True, "kitty(0.32.1)"), None, "blocks", False),
    ],
)
def test_the_way_suits_setting_and_terminal(
    wanted: Wanted, told: Told, around: Around | None, way: str, placeholders: bool
) -> None:
    found = decide(wanted, told, around)
    assert (found.way, found.placeholders) == (way, placeholders)
    assert found.cell == Abilities().cell


ANSWERS = (
    "\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.32.1)\x1b\\\x1b[6;18;9t\x1b[?2;0;900;800S\x1b[?62;4;22c"
)


@given(
    before=st.text("jkx7:[]", max_size=5),
    after=st.text("jkx7:[]", max_size=5),
    cuts=st.lists(st.integers(0, 90), max_size=6),
)
def test_answers_are_taken_out_however_they_are_cut(
    before: str, after: str, cuts: list[int]
) -> None:
    told: list[Told] = []
    replies = Replies(told.append)
    replies.asked()
    stream = before + ANSWERS + after
    places = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    assert "".join(replies.take(stream[a:b]) for a, b in pairwise(places)) == before + after
    assert told[-1] == Told(
        1, frozenset({4, 22}), True, "kitty(0.32.1)", (9, 18), largest=(900, 800)
    )


@given(st.text("\x1b\x07[_P>|?6;c\\tSGi=31,OK\xa0", max_size=60))
def test_garbage_harms_nobody_and_ordinary_keys_go_through(garbage: str) -> None:
    replies = Replies(lambda told: None)
    replies.asked()
    replies.take(garbage)
    replies.take("\x1b\\")
    assert replies.take("\x1b[A").endswith("\x1b[A")


def test_where_nothing_was_asked_no_key_waits_and_an_escape_waits_but_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr("omnitui.tui.pictures.replies.monotonic", lambda: clock[0])
    replies = Replies(lambda told: None)
    assert replies.take("\x1b") == "\x1b"
    replies.asked()
    assert (replies.take("\x1b"), replies.overdue()) == ("", "")
    clock[0] += 0.15
    assert (replies.overdue(), replies.overdue()) == ("\x1b", "")
    assert replies.take("\x1b_Gi=31;O") == ""
    clock[0] += 3
    assert (replies.overdue(), replies.take("j")) == ("", "j")


def test_numbers_of_pictures_are_each_their_own() -> None:
    numbers = {kitty.new_id(many_colours=True) for _ in range(500)}
    assert len(numbers) == 500
    assert len(kitty.MARKS) == len(set(kitty.MARKS)) == 297
    few = kitty.new_id(many_colours=False)
    line = kitty.placeholders(few, 3, 2, many_colours=False)
    assert line.startswith(f"\x1b[0;38;5;{few & 255}m")
    assert line.count(PLACEHOLDER + kitty.MARKS[2]) == 3
    assert few & 0xFFFF00 == 0


def open_photo(terminal: Terminal) -> None:
    terminal.sees("Olena Koval")
    terminal.sees("Pia Photo")
    terminal.type("G\r")
    terminal.sees("It is red.")
    terminal.type("o")
    terminal.sees("show here")
    terminal.type("\r")


KITTY = {
    KITTY_QUESTION: b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b[>0q": b"\x1bP>|kitty(0.40.0)\x1b\\",
    b"\x1b[16t": b"\x1b[6;20;10t",
    b"\x1b[c": b"\x1b[?62;52;c",
}


@pytest.fixture
def home(shop: Shop) -> Path:
    file = File("photo.png", "image/png", photo())
    shop.arrive("Pia Photo", "It is red.", subject="Photo", minutes_ago=1, files=(file,))
    directory = shop.config.home.config
    (directory / "config.toml").write_text('[desk]\nname = "Acme"\nengine = "service"\n')
    return directory


def kitty_after(terminal: Terminal) -> Kitty:
    raw = bytes(terminal.raw)
    return Kitty.after(raw[: raw.rfind(b"\x1b\\") + 2])


def test_kitty_holds_the_picture_while_it_is_looked_at(home: Path) -> None:
    with PictureTerminal(home, KITTY) as terminal:
        open_photo(terminal)
        terminal.until(lambda: PLACEHOLDER.encode() in terminal.raw, "the picture")
        held = kitty_after(terminal)
        has_four_fields(held.picture())
        ((number, placed),) = held.placed.items()
        assert (placed["U"], placed["c"], placed["r"]) == ("1", "24", "6")
        assert f"38;2;{int(number) >> 16 & 255};".encode() in terminal.raw
        terminal.resize(60, 20)
        terminal.until(lambda: number not in kitty_after(terminal).pictures, "away when resized")
        terminal.until(lambda: bool(kitty_after(terminal).placed), "there again")
        handed = terminal.raw.count(b"a=t")
        terminal.type("\x0c")
        terminal.until(lambda: terminal.raw.count(b"a=t") > handed, "handed over anew by ^L")
        terminal.until(lambda: bool(kitty_after(terminal).placed), "there again")
        terminal.type("?")
        terminal.until(lambda: not kitty_after(terminal).pictures, "away under the help")
        terminal.type("\x1b")
        terminal.until(lambda: bool(kitty_after(terminal).placed), "there again")
        terminal.type("\x1b")
        terminal.until(lambda: not kitty_after(terminal).pictures, "away when closed")
        asked = [keys for keys in kitty_after(terminal).commands if keys.get("a") == "q"]
        assert len(asked) == 1
        assert "31;OK" not in terminal.text
        terminal.sees("It is red.")
        terminal.type("o")
        terminal.sees("show here")
        terminal.type("\r")
        terminal.until(lambda: bool(kitty_after(terminal).placed), "the picture")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait() == 0
        assert not kitty_after(terminal).pictures, "away when the program ends"


def test_a_sixel_terminal_paints_it_and_is_cleared(home: Path) -> None:
    answers = {
        b"\x1b[16t": b"\x1b[6;20;10t",
        b"\x1b[?1;1;0S": b"\x1b[?1;0;16S",
        b"\x1b[?2;1;0S": b"\x1b[?2;0;200;1000S",
        b"\x1b[c": b"\x1b[?62;4;6c",
    }
    with PictureTerminal(home, answers) as terminal:
        open_photo(terminal)
        terminal.until(lambda: SIXEL.search(terminal.raw) is not None, "the picture")
        (data,) = SIXEL.findall(terminal.raw)
        assert data.count(b";2;") <= 16, "no more colours than it has"
        image = decode_sixels(data)
        assert image.width == 200, "no larger than it takes"
        has_four_fields(image)
        terminal.type("\x1b")
        terminal.until(lambda: terminal.raw.rfind(b"\x1b[2J") > terminal.raw.rfind(data), "away")
        terminal.sees("It is red.")


def test_one_that_says_nothing_in_time_gets_blocks_and_late_words_are_no_keys(home: Path) -> None:
    with PictureTerminal(home, {}) as terminal:
        open_photo(terminal)
        terminal.sees("▀▀▀▀▀▀▀▀▀▀")
        terminal.type("\x1b_Gi=31;EBAD:cq\x1b\\\x1b[?;;62;\x1b[?6")
        terminal.type("2;22cq")
        terminal.sees("It is red.")
        assert "EBAD" not in terminal.text
        terminal.sees("reply")


async def test_a_large_one_over_ssh_waits_for_a_yes(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def abilities(_app: OmniApp) -> Abilities:
        return Abilities("kitty")

    monkeypatch.setattr(OmniApp, "shows_pictures", True)
    monkeypatch.setattr(OmniApp, "picture_abilities", abilities)
    monkeypatch.setattr(picture_screen, "FAR", 100)
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
    with_photo(shop)
    async with shop.screen((80, 24)) as ui:
        await ui.press("G", "enter", "o")
        await ui.sees("show here")
        await ui.press("enter")
        await ui.sees("▀" * 30, "Enter shows it sharp")
        await ui.press("enter")
        await ui.sees_no("Enter shows it sharp")
        await ui.sees_no("▀")
        await ui.press("enter")
        await ui.sees("It is red.")


async def test_none_are_offered_where_none_are_wanted(shop: Shop) -> None:
    with_photo(shop)
    async with shop.with_desk(pictures="none").screen((80, 24)) as ui:
        assert not ui.app.shows_pictures
    async with shop.with_desk(pictures="sixel").screen((80, 24)) as ui:
        assert ui.app.shows_pictures


async def test_a_crash_leaves_nothing_in_the_terminal() -> None:
    """What is done at the exit of the program, however it came to it."""
    written: list[bytes] = []
    found = await shown.prepare(photo(), Abilities("kitty"), 40, 10, many_colours=True)
    assert found is not None
    held = Kitty.after(found.paint(2, 3).encode())
    assert len(held.pictures) == len(held.placed) == 1

    def write(_fd: int, data: bytes) -> int:
        written.append(data)
        return len(data)

    shown._take_all_away(write)
    (number,) = held.pictures
    assert written == [kitty.take_away(int(number)).encode()]
    shown._take_all_away(write)
    assert len(written) == 1
