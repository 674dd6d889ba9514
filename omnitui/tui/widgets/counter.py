"""At the right end of the bottom line: what visitors of the web chat are told, how many wait, and
whether the agent has said that they are away."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from config.i18n import _, ngettext
from omnitui.tui.link.moment import Counter, DeskMoment
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.words.channels import there

ROOMY = 110
"""Cells of a screen on which all is said in words."""
NAMED = 3
"""Accounts told one by one where they differ; more are counted."""


class CounterSign(Widget):
    """Nothing on a desk without web chat."""

    DEFAULT_CSS = """
    CounterSign { display: none; width: auto; height: 1; padding: 0 1; }
    CounterSign.-told { display: block; }
    CounterSign > .counter--online { color: $text-success; text-style: bold; }
    CounterSign > .counter--away { color: $text-warning; text-style: bold; }
    CounterSign > .counter--hidden { color: $foreground 68%; }
    CounterSign > .counter--waiting { color: $accent; text-style: bold; }
    CounterSign > .counter--me { background: $warning; color: $background; text-style: none; }
    CounterSign:nocolor > .counter--me { text-style: reverse bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "counter--online",
        "counter--away",
        "counter--hidden",
        "counter--waiting",
        "counter--me",
    }

    class Pressed(Message):
        """Clicked: change it."""

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._moment = DeskMoment()
        self.key = ""
        """That goes to who waits."""

    def show(self, moment: DeskMoment) -> None:
        if moment != self._moment:
            self._moment = moment
            self.set_class(bool(moment.counters) or moment.away, "-told")
            self.refresh(layout=True)

    def render(self) -> Content:
        roomy = self.app.size.width >= ROOMY
        drawn = [
            Content(words).stylize(component_style(self, f"counter--{kind}"))
            for words, kind in pieces(self._moment, roomy=roomy, key=self.key)
        ]
        return Content(" · ").join(drawn)

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(self.Pressed())


def pieces(moment: DeskMoment, *, roomy: bool, key: str = "") -> list[tuple[str, str]]:
    """(words, how they look): `YOU: AWAY`, `◉ online`, `W 2 wait`; `key` goes to them."""
    found: list[tuple[str, str]] = []
    if moment.away:
        found.append((f" {_('you: away')} ", "me"))
    groups: dict[tuple[str, bool], list[Counter]] = {}
    for one in moment.counters:
        groups.setdefault((one.state, one.by_hand), []).append(one)
    for (state, by_hand), counters in groups.items():
        words = f"{there(state == 'online')} {_state(state)}"
        if by_hand:
            words += f" ({_('by hand')})" if roomy else "!"
        if len(groups) > 1:
            words = f"{_names(counters)} {words}" if roomy else f"{len(counters)}{words}"
        found.append((words, state))
    if moment.waiting:
        n = moment.waiting
        words = ngettext("{n} waits", "{n} wait", n).format(n=n)
        found.append((f"{key} {words}" if key else words, "waiting"))
    return found


def _state(state: str) -> str:
    names = {"online": _("online"), "away": _("away"), "hidden": _("hidden")}
    return names.get(state, state)


def _names(counters: list[Counter]) -> str:
    if len(counters) > NAMED:
        n = len(counters)
        return ngettext("{n} chat", "{n} chats", n).format(n=n)
    return ", ".join(one_line(one.account) for one in counters)
