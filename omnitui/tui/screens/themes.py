"""The themes to choose from, each worn by the screen while it is highlighted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on

from config.i18n import _
from omnitui.tui.look.themes import AUTO
from omnitui.tui.screens.lists import ValueChooser
from omnitui.tui.widgets.choice_list import ChoiceList


class ThemeChooser(ValueChooser):
    """Dismissed with the name of a theme."""

    DEFAULT_CSS = """
    ThemeChooser { align: right bottom; background: transparent; }
    ThemeChooser > #panel { width: 44; margin-bottom: 1; max-height: 60%; }
    """

    def __init__(self, names: Sequence[str], now: str, wear: Callable[[str], None]) -> None:
        words = {
            AUTO: _("as the terminal is"),
            "dark": _("omnitui, dark"),
            "light": _("omnitui, light"),
            "contrast": _("high contrast"),
            "terminal": _("the terminal's own colours"),
        }
        now = now or AUTO
        # The one in force comes first: it is highlighted, and worn, at once.
        ordered = sorted(names, key=lambda name: name != now)
        super().__init__(_("Colours"), [(name, words.get(name, name)) for name in ordered], now)
        self._wear = wear

    @on(ChoiceList.Highlighted)
    def _worn(self, event: ChoiceList.Highlighted) -> None:
        if event.choice is not None:
            self._wear(event.choice.value)
