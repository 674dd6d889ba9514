"""What a terminal said that it can show, and which way of showing a picture that leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Way = Literal["kitty", "sixel", "blocks"]
Wanted = Literal["auto", "kitty", "sixel", "blocks", "none"]
"""The setting `pictures`."""

SIXEL = 4
"""In the answer to DA1 (xterm control sequences): the terminal shows sixels."""
CELL = (10, 20)
"""Pixels of a cell where nobody says: those of a VT340."""
COLOURS = 256
QUERY_ID = 31
"""Of the picture that is none: asking shows nothing and keeps nothing."""
GRAPHICS = f"\x1b_Gi={QUERY_ID},s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""Kitty's question (graphics protocol, "Querying support")."""
NAME = "\x1b[>0q"
"""XTVERSION."""
CELL_SIZE = "\x1b[16t"
LIMITS = "\x1b[?1;1;0S\x1b[?2;1;0S"
"""XTSMGRAPHICS: colours and largest size of sixels; only for who shows them."""
FENCE = "\x1b[c"
"""DA1: every terminal answers it, and in order: what is not there by then does not come."""

PLACING = {"kitty": (0, 28), "ghostty": (1, 0)}
"""Those that show a picture where placeholder characters stand, and since when."""


@dataclass(frozen=True, slots=True)
class Told:
    """What has been answered so far."""

    fences: int = 0
    """Answers to DA1."""
    attributes: frozenset[int] = frozenset()
    """What they said."""
    kitty: bool = False
    name: str = ""
    cell: tuple[int, int] = (0, 0)
    """Width and height in pixels; (0, 0): no answer."""
    colours: int = 0
    largest: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Around:
    """tmux around the program: what it hands on, and to whom."""

    passes: bool = False
    """`allow-passthrough` is on."""
    name: str = ""
    """What the terminal around it answered to XTVERSION."""
    sixel: bool = False
    """It shows sixels on that terminal."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """How a picture is shown."""

    way: Way = "blocks"
    cell: tuple[int, int] = CELL
    placeholders: bool = False
    """Kitty: the picture goes where our characters stand, rather than to the cursor."""
    wrapped: bool = False
    """tmux hands the commands on."""
    colours: int = COLOURS
    """Of sixels."""
    largest: tuple[int, int] = (0, 0)
    """Pixels of a sixel picture; 0: any."""


def decide(wanted: Wanted, told: Told, around: Around | None) -> Abilities:
    """`around`: None outside of tmux.

    Who shows sixels and knows kitty's pictures, too (WezTerm, Konsole), gets sixels: kitty's are
    half done there. Old kitty has no placeholders, and outside of tmux needs none.
    """
    cell = told.cell if all(told.cell) else CELL
    sixels = SIXEL in told.attributes
    placing = places(around.name if around else told.name)
    kitty = Abilities("kitty", cell, placing or around is not None, around is not None)
    sixel = Abilities("sixel", cell, colours=told.colours or COLOURS, largest=told.largest)
    if wanted == "kitty":
        return kitty
    if wanted == "sixel":
        return sixel
    if wanted == "auto" and told.kitty and (placing or (not sixels and around is None)):
        return kitty
    if wanted == "auto" and sixels and (around is None or around.sixel):
        return sixel
    return Abilities(cell=cell)


def places(name: str) -> bool:
    """Whether the terminal of that name and version (XTVERSION) knows placeholders."""
    found = re.match(r"(\w+)[ (/]*(\d+)\.(\d+)", name.lower())
    since = PLACING.get(found[1]) if found else None
    return found is not None and since is not None and (int(found[2]), int(found[3])) >= since


def may_ask(environ: Mapping[str, str]) -> bool:
    """Whether the questions do no harm: Apple's Terminal prints kitty's, and screen keeps them
    from the terminal."""
    if environ.get("TERM_PROGRAM") == "Apple_Terminal":
        return False
    return "STY" not in environ or "TMUX" in environ
