"""Kitty's graphics protocol: handing a picture over, placing it, taking it away again.

Source: the terminal graphics protocol of kitty, version 0.28 for "Unicode placeholders". The
terminal answers none of these (`q=2`).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from itertools import chain

CHUNK = 4096
"""Characters of base64 in one command."""
PLACEHOLDER = "\U0010eeee"
_RANGES = """
305 30d-30e 310 312 33d-33f 346 34a-34c 350-352 357 35b 363-36f 483-487 592-595 597-599 59c-5a1
5a8-5a9 5ab-5ac 5af 5c4 610-617 657-65b 65d-65e 6d6-6dc 6df-6e2 6e4 6e7-6e8 6eb-6ec 730 732-733
735-736 73a 73d 73f-741 743 745 747 749-74a 7eb-7f1 7f3 816-819 81b-823 825-827 829-82d 951 953-954
f82-f83 f86-f87 135d-135f 17dd 193a 1a17 1a75-1a7c 1b6b 1b6d-1b73 1cd0-1cd2 1cda-1cdb 1ce0 1dc0-1dc1
1dc3-1dc9 1dcb-1dcc 1dd1-1de6 1dfe 20d0-20d1 20d4-20d7 20db-20dc 20e1 20e7 20e9 20f0 2cef-2cf1
2de0-2dff a66f a67c-a67d a6f0-a6f1 a8e0-a8f1 aab0 aab2-aab3 aab7-aab8 aabe-aabf aac1 fe20-fe26 10a0f
10a38 1d185-1d189 1d1aa-1d1ad 1d242-1d244
"""


def _marks() -> Iterator[str]:
    for words in _RANGES.split():
        first, _dash, last = words.partition("-")
        yield from map(chr, range(int(first, 16), int(last or first, 16) + 1))


MARKS = tuple(_marks())
"""Combining marks that stand for numbers: the row and column of a cell in its picture."""
MOST_CELLS = len(MARKS)
"""A picture is at most so many cells wide and high."""


def new_id(*, many_colours: bool) -> int:
    """A number that no other picture on the terminal has, of whatever program; where colours are
    few, its lowest byte alone stands in the colour."""
    low = 1 + secrets.randbelow(0xFFFFFF if many_colours else 0xFF)
    return low | (1 + secrets.randbelow(0xFF)) << 24


def command(keys: str, data: str = "") -> str:
    return f"\x1b_G{keys}{';' if data else ''}{data}\x1b\\"


def hand_over(number: int, png: bytes) -> list[str]:
    """The commands that give the terminal a PNG, which it keeps and does not show."""
    text = base64.b64encode(png).decode("ascii")
    parts = [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]
    last = len(parts) - 1
    heads = chain([f"a=t,f=100,t=d,i={number},q=2,"], ["q=2,"] * last)
    return [
        command(f"{head}m={int(at < last)}", part)
        for at, (head, part) in enumerate(zip(heads, parts, strict=True))
    ]


def place(number: int, columns: int, rows: int) -> str:
    """It is to be seen where the placeholders of so many cells stand."""
    return command(f"a=p,U=1,i={number},c={columns},r={rows},q=2")


def place_here(number: int) -> str:
    """It is seen at the cursor, which stays there."""
    return command(f"a=p,i={number},p=1,C=1,q=2")


def take_away(number: int) -> str:
    """It is neither seen nor kept any more."""
    return command(f"a=d,d=I,i={number},q=2")


def placeholders(number: int, columns: int, row: int, *, many_colours: bool) -> str:
    """One row of cells. Each says all: what is written over one in between harms no other."""
    red, green, blue = number >> 16 & 255, number >> 8 & 255, number & 255
    colour = f"2;{red};{green};{blue}" if many_colours else f"5;{blue}"
    high = MARKS[number >> 24]
    cells = "".join(f"{PLACEHOLDER}{MARKS[row]}{MARKS[x]}{high}" for x in range(columns))
    return f"\x1b[0;38;{colour}m{cells}\x1b[0m"
