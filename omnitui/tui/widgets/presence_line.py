"""The line above the reply box: whether the customer is there now, and who else is at it."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.widget import Widget

from config.i18n import _
from omnitui.tui.link.moment import ChatMoment, Colleague
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.words.channels import there
from omnitui.tui.words.moments import MINUTE, ago
from store.clock import now
from store.model import Millis

BEGINNING = 40
"""Characters of a colleague's draft; all of it: `drafts`."""
NAMED = 2
"""Colleagues called by name; more are counted."""


class PresenceLine(Widget):
    """Nothing where there is nothing to tell: then the reply box has a rule of its own."""

    DEFAULT_CSS = """
    PresenceLine { display: none; height: 1; color: $foreground 68%; }
    PresenceLine.-told { display: block; }
    PresenceLine > .presence--rule { color: $primary 30%; }
    PresenceLine > .presence--here { color: $text-success; text-style: bold; }
    PresenceLine > .presence--typing { color: $text-success; text-style: bold; }
    PresenceLine > .presence--gone { color: $foreground 68%; }
    PresenceLine > .presence--why { color: $text-warning; }
    PresenceLine > .presence--barred { color: $text-error; text-style: bold; }
    PresenceLine > .presence--other { color: $text-warning; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "presence--rule",
        "presence--here",
        "presence--typing",
        "presence--gone",
        "presence--why",
        "presence--barred",
        "presence--other",
    }

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self._shown: list[tuple[str, str]] = []

    @property
    def told(self) -> bool:
        """Whether it is on the screen."""
        return self.has_class("-told")

    def show(self, chat: ChatMoment | None) -> None:
        """Repaints only when it reads otherwise, by the clock, too."""
        shown = pieces(chat, now()) if chat is not None else []
        if shown != self._shown:
            self._shown = shown
            self.set_class(bool(shown), "-told")
            self.refresh()

    def render(self) -> Content:
        width = max(1, self.content_size.width)
        if not self._shown:
            return Content("")
        rule = component_style(self, "presence--rule")
        line = Content("── ").stylize(rule)
        for number, (words, kind) in enumerate(self._shown):
            piece = Content(words).stylize(component_style(self, f"presence--{kind}"))
            gap = Content(" · ").stylize(rule) if number else Content("")
            line = Content.assemble(line, gap, piece)
        line = line.truncate(max(1, width - 1), ellipsis=True)
        left = width - line.cell_length - 1
        return Content.assemble(line, " ", Content("─" * left).stylize(rule))


def pieces(chat: ChatMoment, at: Millis) -> list[tuple[str, str]]:
    """(words, how they look), what changes an answer first."""
    shown = {agent for agent, _text in chat.drafts[:NAMED]}
    found = [(words, "other") for words in _colleagues(chat.colleagues, shown)]
    found += [
        (_("draft of {agent}: {text}").format(agent=one_line(agent), text=_begins(text)), "gone")
        for agent, text in chat.drafts[:NAMED]
    ]
    if not chat.chat:
        return [*found, *_watchers(chat)]
    return [*found, *_whereabouts(chat, at), *_watchers(chat)]


def _watchers(chat: ChatMoment) -> list[tuple[str, str]]:
    """`★ watched by ann, eve`."""
    if not chat.watchers:
        return []
    names = _names([one_line(name) for name in chat.watchers])
    return [(f"★ {_('watched by {names}').format(names=names)}", "gone")]


def _begins(text: str) -> str:
    words = one_line(" ".join(text.split()))
    return words if len(words) <= BEGINNING else f"{words[: BEGINNING - 1]}…"


def _whereabouts(chat: ChatMoment, at: Millis) -> list[tuple[str, str]]:
    """Of the customer, whose channel tells."""
    found: list[tuple[str, str]] = []
    if chat.barred:
        found.append((_("barred: they cannot write"), "barred"))
    if chat.online:
        found.append((f"{there(True)} {_('here')}", "here"))
        if chat.typing:
            found.append((_("typing…"), "typing"))
        if chat.page:
            found.append((_("looks at “{page}”").format(page=chat.page), "gone"))
        return found
    if not chat.known:
        return [*found, (f"{there(False)} {_('nobody knows whether they are there')}", "gone")]
    gone = at - chat.at
    words = _("gone") if not chat.at or gone < MINUTE else _("gone {time}").format(time=ago(gone))
    found.append((f"{there(False)} {words}", "gone"))
    if chat.follow_up and chat.follow_up_at:
        words = _("goes after them by mail to {address} at {time}")
        found.append(
            (words.format(address=one_line(chat.follow_up), time=chat.follow_up_at), "gone")
        )
    elif chat.follow_up:
        words = _("your answer goes after them by mail to {address}")
        found.append((words.format(address=one_line(chat.follow_up)), "gone"))
    elif chat.why_not:
        found.append((one_line(chat.why_not), "why"))
    return found


def _colleagues(colleagues: tuple[Colleague, ...], shown: set[str]) -> list[str]:
    """`bob: writing, too`, `carl: has begun a reply`, `eve, ivan: looking, too`. `shown`: whose
    drafts tell that themselves."""
    writing, begun, looking = [], [], []
    for one in colleagues:
        name = one_line(one.name)
        if one.types:
            writing.append(name)
        elif one.begun and one.name not in shown:
            begun.append(name)
        elif not one.begun:
            looking.append(name)
    found = []
    if writing:
        found.append(_("{names}: writing, too").format(names=_names(writing)))
    if begun:
        found.append(_("{names}: has begun a reply").format(names=_names(begun)))
    if looking:
        found.append(_("{names}: looking, too").format(names=_names(looking)))
    return found


def _names(names: list[str]) -> str:
    more = f" +{len(names) - NAMED}" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
