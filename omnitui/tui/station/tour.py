"""Six keys of the day, each taught where it is used: once at the beginning, or by `tour`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.i18n import _

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage
    from omnitui.tui.widgets.tour_card import TourCard


@dataclass(frozen=True, slots=True)
class Step:
    title: Callable[[], str]
    text: Callable[[], str]
    """With the keys by name in braces."""
    keys: Sequence[tuple[str, str, str]]
    """(name in the text, context, command line)."""
    done: frozenset[str]
    """Commands any of which is what was taught."""


STEPS = (
    Step(
        lambda: _("Who waits"),
        lambda: _(
            "The list has who waits longest at the top. {down} and {up} move in it: press {down}."
        ),
        (("down", "inbox", "move down"), ("up", "inbox", "move up")),
        frozenset({"move down", "move up"}),
    ),
    Step(
        lambda: _("Reading"),
        lambda: _(
            "{open} opens the conversation: all that this customer ever wrote, on every channel."
            " {back} leads back, here and everywhere."
        ),
        (("open", "inbox", "open"), ("back", "timeline", "back")),
        frozenset({"open"}),
    ),
    Step(
        lambda: _("Answering"),
        lambda: _("{reply} writes to the customer, {note} a note that only your team sees."),
        (("reply", "timeline", "reply"), ("note", "timeline", "reply note")),
        frozenset({"reply"}),
    ),
    Step(
        lambda: _("In the reply box"),
        lambda: _(
            "{template} puts in a template, {send} sends, and for a few seconds {undo} outside the"
            " box takes it back. {back} leaves the box and keeps the draft: press it."
        ),
        (
            ("template", "reply", "template"),
            ("send", "reply", "reply send"),
            ("undo", "timeline", "undo"),
            ("back", "reply", "back"),
        ),
        # Not by a template: whoever puts one in is still in the box, where the next key types.
        frozenset({"back", "reply send", "hand over"}),
    ),
    Step(
        lambda: _("Whose turn it is"),
        lambda: _(
            "{status} has what may become of a conversation: snoozed, closed. {close} closes it at"
            " once, {undo} takes back whatever you did: press {status}."
        ),
        (
            ("status", "timeline", "menu status"),
            ("close", "timeline", "close"),
            ("undo", "timeline", "undo"),
        ),
        frozenset({"menu status", "close"}),
    ),
    Step(
        lambda: _("Everything else"),
        lambda: _(
            "{help} shows every key that works where you are, {palette} finds a command by a few"
            " letters of what it does."
        ),
        (("help", "timeline", "help"), ("palette", "timeline", "palette")),
        frozenset({"help", "palette"}),
    ),
)

_ANYWHERE = frozenset({"back", "help", "palette"})
"""Keys that do not tell how far somebody is."""


class Tour:
    """Shows a step's card until its key was pressed."""

    def __init__(self, screen: Stage, seen: Path) -> None:
        """`seen`: a file that is there once the tour was begun."""
        self._screen = screen
        self._seen = seen
        self._card: TourCard | None = None
        self._at = 0

    @property
    def step(self) -> int:
        """The number of the step that is shown, from 1; 0: none."""
        return self._at + 1 if self._card is not None else 0

    def begin_once(self) -> None:
        """At an agent's very first start. Where that cannot be remembered, never."""
        try:
            self._seen.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._seen.touch(mode=0o600, exist_ok=False)
        except OSError:
            return
        self.begin()

    def begin(self) -> None:
        from omnitui.tui.widgets.tour_card import TourCard

        self._at = 0
        if self._card is None:
            self._card = TourCard(widget_id="tour")
            self._screen.mount(self._card, after="#columns")
        self._show()

    def end(self) -> None:
        """Leave it, at any step."""
        if self._card is not None:
            self._card.remove()
            self._card = None

    def ran(self, line: str) -> None:
        """A key ran this command line."""
        if self._card is None:
            return
        # Who goes ahead by themselves is followed: the card tells of where they are.
        for at in range(self._at, len(STEPS)):
            if _is_any(line, STEPS[at].done - (_ANYWHERE if at > self._at else frozenset())):
                self._at = at
                self.go_on()
                return

    def reworded(self) -> None:
        """Another language is spoken."""
        if self._card is not None:
            self._show()

    def go_on(self) -> None:
        """To the next step; after the last it is over."""
        if self._card is None:
            return
        self._at += 1
        if self._at == len(STEPS):
            self.end()
            self._screen.say(_("That was the tour; “:tour” shows it again."))
        else:
            self._show()

    def _show(self) -> None:
        step = STEPS[self._at]
        keymap = self._screen.keymap
        keys = {
            name: keymap.key_for(line, [context, "global"]) or f":{line}"
            for name, context, line in step.keys
        }
        title = _("{n} of {all} · {title}").format(
            n=self._at + 1, all=len(STEPS), title=step.title()
        )
        skip = keymap.key_for("tour next", ["global"]) or ":tour next"
        below = _("{key} skips this · “:tour end” leaves").format(key=skip)
        assert self._card is not None
        self._card.show(title, step.text().format(**keys), below)


def _is_any(line: str, wanted: frozenset[str]) -> bool:
    return any(line == one or line.startswith(f"{one} ") for one in wanted)
