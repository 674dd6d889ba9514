"""The line over the timeline that says that only a part of the history is shown."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from config.i18n import _
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.words.channels import channel_name, glyph
from store.timeline import EVERYTHING, Only


class ScopeLine(Widget):
    """Nothing while everything is shown: then the timeline has the line."""

    DEFAULT_CSS = """
    ScopeLine { display: none; height: 1; background: $surface; }
    ScopeLine.-narrowed { display: block; }
    ScopeLine > .scope--only { background: $warning; color: $background; text-style: none; }
    ScopeLine > .scope--way { color: $foreground 68%; }
    ScopeLine:nocolor > .scope--only { text-style: reverse; }
    ScopeLine:ansi > .scope--way { text-style: dim; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"scope--only", "scope--way"}

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.only = EVERYTHING
        self.key = ""
        """The keys that show everything again, as shown."""

    def show(self, only: Only) -> None:
        if only != self.only:
            self.only = only
            self.set_class(bool(only), "-narrowed")
            self.refresh()

    def render(self) -> Content:
        said = Content(f" {words(self.only)} ").stylize(component_style(self, "scope--only"))
        if not self.key:
            return said
        way = Content(f"  {self.key} {_('everything')}")
        return Content.assemble(said, way.stylize(component_style(self, "scope--way")))


def words(only: Only) -> str:
    """`only Telegram`, `only attachments`."""
    if only.channel:
        name = one_line(channel_name(only.channel))
        return _("only {what}").format(what=f"{glyph(only.channel)} {name}")
    if only.files:
        return _("only what has attachments")
    if only.notes:
        return _("only internal notes")
    if only.conversation_id is not None:
        return _("only conversation #{id}").format(id=only.conversation_id)
    return _("everything")
