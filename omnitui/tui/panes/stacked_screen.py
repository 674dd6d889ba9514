"""A screen that others may lie on: what changes below an overlay is drawn once, and only that;
and what is laid out is laid out once.

Textual marks the whole screen below, and the whole overlay, for each change of a pane below, and
draws both twice. In a storm of messages that is most of what a screen with a `:` line open does.
Whatever has got another size it lays out and draws once more, for the sake of scrollbars, also
where there are none.
"""

from __future__ import annotations

from textual.geometry import Size
from textual.screen import Screen, ScreenResultType
from textual.scroll_view import ScrollView
from textual.widget import Widget


class StackedScreen(Screen[ScreenResultType], inherit_bindings=False):
    """Below another screen it tells that one which parts of it changed."""

    def _compositor_refresh(self) -> None:
        app = self.app
        if self is app.screen or app.is_inline:
            super()._compositor_refresh()
            return
        changed = self._compositor._dirty_regions
        if changed and self in app._background_screens:
            app.screen.refresh(*changed)
            changed.clear()
            self._dirty_widgets.clear()

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        before = {
            widget: (widget.show_vertical_scrollbar, widget.show_horizontal_scrollbar)
            for widget in self.walk_children(Widget, with_self=True)
            if not (widget._layout_required or isinstance(widget, ScrollView))
        }
        super()._refresh_layout(size, scroll)
        for widget, bars in before.items():
            now = (widget.show_vertical_scrollbar, widget.show_horizontal_scrollbar)
            if widget._layout_required and now == bars:
                widget._layout_required = widget._repaint_required = False
