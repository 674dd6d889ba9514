"""How a channel is shown: one glyph of certain width, told apart without colour too."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.channel_names import channel_name
from omnitui.tui.look import symbols
from omnitui.tui.text.safe_text import one_line

BESIDE = frozenset({"phone", "visit", "letter", "other"})
"""What stands for the channel of a contact that was noted by hand."""

GLYPHS = {
    "email": ("✉", "E"),
    "telegram": ("✈", "T"),
    "webchat": ("◉", "W"),
    "practice": ("◈", "P"),
    "phone": ("☏", "C"),
    "visit": ("⌂", "V"),
    "letter": ("▭", "L"),
    "other": ("◇", "O"),
}


def glyph(channel: str, *, ascii_only: bool | None = None) -> str:
    """One cell for `channel`; its initial where the terminal has no Unicode."""
    plain = not unicode_terminal() if ascii_only is None else ascii_only
    signs = GLYPHS.get(channel)
    if signs:
        return signs[1] if plain else signs[0]
    return channel[:1].upper() if channel[:1].isascii() and channel[:1].isalnum() else "?"


def there(here: bool, *, ascii_only: bool | None = None) -> str:
    """One cell for a web chat's visitor, told apart without colour: `◉` there, `○` gone."""
    plain = not unicode_terminal() if ascii_only is None else ascii_only
    if plain:
        return "W" if here else "w"
    return "◉" if here else "○"


def visitor(address: str) -> str:
    """`visitor k3Jd`: all of a web chat's id says no more to a person. Empty for none."""
    short = one_line(address[2:6] if address.startswith("v_") else address[:12])
    return _("visitor {id}").format(id=short) if short else ""


def unicode_terminal() -> bool:
    """Whether signs beyond ASCII are drawn (setting `symbols`)."""
    return not symbols.plain()


__all__ = ["BESIDE", "GLYPHS", "channel_name", "glyph", "there", "unicode_terminal", "visitor"]
