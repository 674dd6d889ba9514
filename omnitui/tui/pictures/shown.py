"""A picture on the terminal, over the blank cells that the screen draws there.

What the terminal holds beside its cells is told it by nobody but this: `bring` once, `paint`
after each frame, `take_away` in the end, which also the end of the program does.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable

from omnitui.tui.pictures import kitty
from omnitui.tui.pictures.abilities import Abilities
from omnitui.tui.pictures.picture import Encoded, read_png, read_sixels
from omnitui.tui.pictures.reading import BAND
from omnitui.tui.terminal import through

MOST_KITTY = 4_000_000
"""Pixels."""
MOST_SIXEL = 1_200_000
"""They take the longer to make, and more bytes."""

_left: set[Shown] = set()


class Shown(ABC):
    """One picture in `columns` × `rows` cells."""

    def __init__(self, picture: Encoded, abilities: Abilities) -> None:
        width, height = abilities.cell
        self.columns = -(-picture.width // width)
        self.rows = -(-picture.height // height)
        self._wrapped = abilities.wrapped
        self._brought = False

    @property
    @abstractmethod
    def bytes(self) -> int:
        """What showing it sends."""

    def paint(self, x: int, y: int) -> str:
        """It is seen with its upper left corner in that cell."""
        before = "" if self._brought else self._bring()
        if not self._brought:
            self._brought = True
            _remember(self)
        return before + self._paint(x, y)

    def take_away(self) -> str:
        """It is not seen any more, once the cells have been written anew."""
        _left.discard(self)
        brought, self._brought = self._brought, False
        return self._take_away() if brought else ""

    @abstractmethod
    def _bring(self) -> str: ...

    @abstractmethod
    def _paint(self, x: int, y: int) -> str: ...

    @abstractmethod
    def _take_away(self) -> str: ...

    def _through(self, commands: list[str]) -> str:
        if self._wrapped:
            return "".join(through(one, {"TMUX": "1"}) for one in commands)
        return "".join(commands)


class KittyPicture(Shown):
    """At the cursor, or where placeholders stand."""

    def __init__(self, picture: Encoded, abilities: Abilities, *, many_colours: bool) -> None:
        super().__init__(picture, abilities)
        self.columns = min(self.columns, kitty.MOST_CELLS)
        self.rows = min(self.rows, kitty.MOST_CELLS)
        self._placeholders = abilities.placeholders
        self._many_colours = many_colours
        self._png = picture.data
        self.number = kitty.new_id(many_colours=many_colours)

    @property
    def bytes(self) -> int:
        return len(self._png) * 4 // 3

    def _bring(self) -> str:
        commands = kitty.hand_over(self.number, self._png)
        if self._placeholders:
            commands.append(kitty.place(self.number, self.columns, self.rows))
        return self._through(commands)

    def _paint(self, x: int, y: int) -> str:
        if not self._placeholders:
            return f"\x1b[{y + 1};{x + 1}H" + self._through([kitty.place_here(self.number)])
        return "".join(
            f"\x1b[{y + row + 1};{x + 1}H"
            + kitty.placeholders(self.number, self.columns, row, many_colours=self._many_colours)
            for row in range(self.rows)
        )

    def _take_away(self) -> str:
        return self._through([kitty.take_away(self.number)])


class SixelPicture(Shown):
    """Painted over the cells; gone when the terminal is cleared."""

    def __init__(self, picture: Encoded, abilities: Abilities) -> None:
        super().__init__(picture, abilities)
        self._data = picture.data.decode("ascii")

    @property
    def bytes(self) -> int:
        return len(self._data)

    def _bring(self) -> str:
        return ""

    def _paint(self, x: int, y: int) -> str:
        return f"\x1b[{y + 1};{x + 1}H\x1bP0;1;0q{self._data}\x1b\\"

    def _take_away(self) -> str:
        return "\x1b[0m\x1b[2J"


async def prepare(
    content: bytes, abilities: Abilities, columns: int, rows: int, *, many_colours: bool
) -> Shown | None:
    """The picture, no larger than so many cells; None: the terminal has but blocks for it.
    Raises `NoPicture`."""
    width, height = columns * abilities.cell[0], rows * abilities.cell[1]
    match abilities.way:
        case "kitty":
            png = await read_png(content, *_within(width, height, MOST_KITTY))
            return KittyPicture(png, abilities, many_colours=many_colours)
        case "sixel":
            most = abilities.largest
            width, height = min(width, most[0] or width), min(height, most[1] or height)
            width, height = _within(width, height, MOST_SIXEL)
            # A terminal fills whole bands: the last one must not reach into the row below.
            height = max(BAND, height - height % BAND)
            data = await read_sixels(content, width, height, abilities.colours)
            return SixelPicture(data, abilities)
    return None


def _within(width: int, height: int, pixels: int) -> tuple[int, int]:
    """The same shape with no more pixels than that."""
    much = (width * height / pixels) ** 0.5
    return (width, height) if much <= 1 else (int(width / much), int(height / much))


def _remember(shown: Shown) -> None:
    if not _left:
        atexit.unregister(_take_all_away)
        atexit.register(_take_all_away)
    _left.add(shown)


def _take_all_away(write: Callable[[int, bytes], int] = os.write) -> None:
    """However the program ended: a terminal keeps kitty's pictures when the screen is left."""
    for shown in list(_left):
        if isinstance(shown, KittyPicture):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                write(sys.__stderr__.fileno(), shown.take_away().encode())  # type: ignore[union-attr]
    _left.clear()
