"""Pictures that customers send: shown where the terminal can, read where they do no harm."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from connectors.contract import File
from omnitui.tui.app import OmniApp
from omnitui.tui.pictures.picture import NoPicture, read_picture
from tests.tui.shell.shop import Shop


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
