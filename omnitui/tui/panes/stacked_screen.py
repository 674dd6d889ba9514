"""A screen that others may lie on: what changes below an overlay is drawn once, and only that.

Textual marks the whole screen below, and the whole overlay, for each change of a pane below, and
draws both twice. In a storm of messages that is most of what a screen with a `:` line open does.
"""

from __future__ import annotations

from textual.screen import Screen, ScreenResultType


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
