"""The themes of our own, and which one suits a terminal.

Each comes for a dark and for a light background. Colours only repeat what words, signs and
forms say already: the same is on a screen with sixteen of them, or none (no-color.org).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from textual.theme import BUILTIN_THEMES, Theme

Side = Literal["dark", "light"]
"""The terminal's background."""

OWN_THEMES = (
    Theme(
        name="dark",
        primary="#7aa2f7",
        secondary="#7dcfff",
        accent="#e0af68",
        success="#9ece6a",
        warning="#e0af68",
        error="#f7768e",
        foreground="#c8d0e8",
        background="#16181f",
        surface="#1e212b",
        panel="#282c39",
        dark=True,
    ),
    Theme(
        name="light",
        primary="#2b59b4",
        secondary="#0b6681",
        accent="#8d4f00",
        success="#2a6a2c",
        warning="#8a5200",
        error="#b0213a",
        foreground="#15171d",
        background="#fbfbf9",
        surface="#efefea",
        panel="#e2e2db",
        dark=False,
    ),
    Theme(
        name="contrast-dark",
        primary="#7cc0ff",
        secondary="#6fe6ff",
        accent="#ffd84a",
        success="#6ff56f",
        warning="#ffc14a",
        error="#ff9a9a",
        foreground="#ffffff",
        background="#000000",
        surface="#0c0c0c",
        panel="#242424",
        dark=True,
    ),
    Theme(
        name="contrast-light",
        primary="#00389a",
        secondary="#004554",
        accent="#693000",
        success="#00480d",
        warning="#663300",
        error="#8f0016",
        foreground="#000000",
        background="#ffffff",
        surface="#f4f4f4",
        panel="#e0e0e0",
        dark=False,
    ),
    # The terminal's own sixteen colours: bright yellow says nothing on white, blue little on black.
    Theme(
        name="terminal-dark",
        ansi=True,
        primary="ansi_bright_blue",
        secondary="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_bright_red",
        success="ansi_green",
        accent="ansi_yellow",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=True,
        variables={
            "ansi-background": "ansi_black",
            "ansi-foreground": "ansi_white",
            "border-blurred": "ansi_black",
            "input-cursor-background": "ansi_white",
            "input-cursor-foreground": "ansi_black",
            "input-cursor-text-style": "none",
            "input-selection-background": "ansi_blue",
            "input-selection-foreground": "ansi_bright_white",
            "screen-selection-background": "ansi_blue",
            "screen-selection-foreground": "ansi_bright_white",
            "block-cursor-foreground": "ansi_black",
            "block-cursor-background": "ansi_white",
            "scrollbar": "ansi_white",
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
        },
    ),
    Theme(
        name="terminal-light",
        ansi=True,
        primary="ansi_blue",
        secondary="ansi_cyan",
        warning="ansi_red",
        error="ansi_red",
        success="ansi_green",
        accent="ansi_magenta",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=False,
        variables={
            "ansi-background": "ansi_white",
            "ansi-foreground": "ansi_black",
            "border-blurred": "ansi_white",
            "input-cursor-background": "ansi_black",
            "input-cursor-foreground": "ansi_bright_white",
            "input-cursor-text-style": "none",
            "input-selection-background": "ansi_cyan",
            "input-selection-foreground": "ansi_black",
            "screen-selection-background": "ansi_cyan",
            "screen-selection-foreground": "ansi_black",
            "block-cursor-foreground": "ansi_bright_white",
            "block-cursor-background": "ansi_blue",
            "scrollbar": "ansi_blue",
            "scrollbar-background": "ansi_default",
            "scrollbar-background-hover": "ansi_default",
            "scrollbar-background-active": "ansi_default",
        },
    ),
)

AUTO = "auto"
FAMILIES = ("contrast", "terminal")
"""Names that take the side of the terminal's background."""
OF_LIGHT = frozenset({"7", "15"})
"""Background colours in COLORFGBG that are light ones: white and bright white."""


def theme_for(wanted: str, known: Collection[str], *, few_colors: bool, side: Side = "dark") -> str:
    """The theme that the setting `wanted` means here; for one that is not known, the usual one.

    `few_colors`: sixteen or none, in which the shades of the others are all one.
    """
    if wanted in FAMILIES:
        return f"{wanted}-{side}"
    if wanted and wanted != AUTO and wanted in known:
        return wanted
    return f"terminal-{side}" if few_colors else side


def theme_names() -> list[str]:
    """What the setting `theme` may be: our own first."""
    own = [AUTO, *FAMILIES, *(theme.name for theme in OWN_THEMES)]
    return [*own, *sorted(BUILTIN_THEMES)]


def follows_background(wanted: str) -> bool:
    """Whether the theme is another one on a light background."""
    return wanted in ("", AUTO, *FAMILIES)


def side_told(environ: Mapping[str, str]) -> Side:
    """What the environment says of the background (COLORFGBG: rxvt, Konsole, …); else dark."""
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in OF_LIGHT else "dark"
