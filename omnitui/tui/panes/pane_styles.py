"""The styles of a pane's parts, blended once for each look of it."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

from omnitui.tui.panes.pane_parts import blend


class PaneStyles:
    """By the names of component classes that are laid over each other."""

    def __init__(self, pane: Widget) -> None:
        self._pane = pane
        self._found: dict[tuple[str, ...], Style] = {}
        self._made_of: tuple[object, ...] = ()
        self.doubted = False
        """Textual says so on every change of focus, too."""

    def of(self, names: tuple[str, ...]) -> Style:
        found = self._found.get(names)
        if found is None:
            if not self._pane.is_attached:  # a read that ends after the pane did has none left
                return Style.null()
            found = self._found[names] = blend(self._pane, names)
        return found

    def clear(self) -> None:
        self._found.clear()

    def look_otherwise(self) -> bool:
        """Whether any that was asked for is another now."""
        pane = self._pane
        self.doubted = False
        parts = pane._component_styles.values()
        made_of = (*pane.background_colors, pane.styles.color, *parts)
        if made_of == self._made_of:
            return False
        self._made_of = made_of
        before, self._found = self._found, {}
        return any(self.of(names) != style for names, style in before.items())
