"""What a send will do, before it does it: channel, sender and every recipient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from config.i18n import _, ngettext
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.text.cells import crop
from omnitui.tui.text.safe_text import one_line, safe

MOST_LINES = 4
"""With more recipients than fit their names go, then the last are counted; taking somebody off
lists them all."""
MATTER = 30
"""Cells of what a conversation is about."""
NEAR = 8
"""Tenths of the room that a message has, from which on it is counted."""
MOST_PROBLEM = 2
"""Lines of one problem: enough for what to do about it."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One of those who get a reply."""

    shown: str
    """Name and address."""
    kind: Literal["to", "cc", "bcc"] = "to"
    new: bool = False
    """The customer never wrote from there."""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a text goes: the desk's preflight in the words that are shown."""

    kind: Literal["reply", "note", "edit"]
    channel: str = ""
    account: str = ""
    sender: str = ""
    recipients: Sequence[Recipient] = ()
    """To first, then those in copy, then those in hidden copy."""
    problems: Sequence[str] = ()
    limit: int | None = None
    """Characters in one message."""
    choices: int = 1
    """Accounts that it could go through."""
    signature: str = ""
    unsigned: bool = False
    """There is a signature, and the agent left it out."""
    quote: str = ""
    """The line that introduces what is quoted; empty: nothing is."""
    quote_lines: int = 0
    part_limit: int | None = None
    """UTF-16 code units in one message of the channel; longer texts go out as several."""
    answers: str = ""
    """Who wrote what, of the one message that it visibly answers; empty: it just goes on."""
    silent: bool = False
    """It comes without a sound."""
    typing: bool = False
    """The customer sees that somebody types."""
    why: str = ""
    """Why it goes there, where one would not expect it, or where else they are now."""
    subject: str = ""
    """Of the first mail of a matter: what it will have; of others nothing, they go on."""
    first: bool = False
    """Nothing was written in the conversation yet: we begin it."""
    formatting: bool = True
    """The customer sees bold and the like; else the marks themselves."""
    subject_line: str = ""
    """Of a mail."""
    matter: str = ""
    """What the conversation is about, where the customer has several."""
    supervised: bool = False
    """Supervisors see what is being written."""
    changes: str = ""
    """Of an edit: the first words of what was sent, and when."""


class ReplyHeader(Widget):
    """The coloured line above the text: REPLY or NOTE beyond mistake."""

    DEFAULT_CSS = """
    ReplyHeader { height: auto; padding: 0 1; }
    ReplyHeader > .header--reply { background: $primary; color: $background; text-style: none; }
    ReplyHeader > .header--note { background: $warning; color: $background; text-style: none; }
    ReplyHeader > .header--edit { background: $success; color: $background; text-style: none; }
    ReplyHeader > .header--dim { color: $text-muted; }
    ReplyHeader > .header--kind { color: $primary; text-style: bold; }
    ReplyHeader > .header--new { color: $warning; text-style: bold; }
    ReplyHeader > .header--problem { color: $error; text-style: bold; }
    ReplyHeader:nocolor > .header--reply { text-style: reverse bold; }
    ReplyHeader:nocolor > .header--note { text-style: reverse bold; }
    ReplyHeader:nocolor > .header--edit { text-style: reverse bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "header--reply",
        "header--note",
        "header--edit",
        "header--dim",
        "header--kind",
        "header--new",
        "header--problem",
    }

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.route = Route("reply")
        self._used = 0
        self._parts = 1
        self._text = ""

    def show(self, route: Route) -> None:
        if route == self.route:
            return
        width = max(20, self.content_size.width)
        before = len(self._lines(width))
        self.route = route
        self._parts = parts_of(self._text, route.part_limit)
        self.refresh(layout=len(self._lines(width)) != before)

    def measure(self, text: str) -> None:
        """What the text is; how long is shown where the channel's limit is near."""
        near = self._near(len(text)) or self._near(self._used)
        parts = parts_of(text, self.route.part_limit)
        changed = parts != self._parts or (near and self._used != len(text))
        width = max(20, self.content_size.width)
        before = len(self._lines(width)) if changed else 0
        self._text, self._used, self._parts = text, len(text), parts
        if changed:
            self.refresh(layout=len(self._lines(width)) != before)

    def _near(self, used: int) -> bool:
        limits = (self.route.limit, self.route.part_limit)
        return any(limit is not None and used * 10 >= limit * NEAR for limit in limits)

    def render(self) -> Content:
        return Content("\n").join(self._lines(max(20, self.content_size.width)))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(max(20, width)))

    def _lines(self, width: int) -> list[Content]:
        route = self.route
        dim = component_style(self, "header--dim")
        if route.kind == "note":
            # A bar as wide as the box: nobody takes it for a reply, without colours either.
            words = f" {_('INTERNAL NOTE')}  {_('only your team sees it')}"
            bar = (
                Content(words)
                .truncate(width, ellipsis=True)
                .pad_right(max(0, width - Content(words).cell_length))
            )
            return [bar.stylize(component_style(self, "header--note"))]
        if route.kind == "edit":
            chip = Content(f" {_('EDIT')} ").stylize(component_style(self, "header--edit"))
            words = _("changes what was sent: {text}").format(text=safe(route.changes))
            line = Content.assemble(chip, " ", Content(words).stylize(dim))
            return [line.truncate(width, ellipsis=True)]
        words = _("NEW") if route.first else _("REPLY")
        chip = Content(f" {words} ").stylize(component_style(self, "header--reply"))
        head = [Content.assemble(chip, " ", Content(safe(route.channel)).stylize("bold"))]
        if route.matter:
            words = _("in “{subject}”").format(subject=crop(one_line(route.matter), MATTER))
            head.append(Content(words).stylize(component_style(self, "header--kind")))
        if route.sender:
            head.append(Content(safe(route.sender)).stylize(dim))
        if route.limit is not None and self._used * 10 >= route.limit * NEAR:
            style = "header--problem" if self._used > route.limit else "header--dim"
            tail = Content(f"{self._used}/{route.limit}")
            head.append(tail.stylize(component_style(self, style)))
        elif self._parts == 1 and route.part_limit and self._used * 10 >= route.part_limit * NEAR:
            tail = Content(f"{units_of(self._text)}/{route.part_limit}")
            head.append(tail.stylize(component_style(self, "header--dim")))
        if self._parts > 1:
            words = ngettext(
                "goes out as {n} message", "goes out as {n} messages", self._parts
            ).format(n=self._parts)
            head.append(Content(words).stylize(component_style(self, "header--kind")))
        if route.silent:
            head.append(Content(_("without a sound")).stylize(component_style(self, "header--new")))
        lines = _flow([*head, *self._recipients()], width)
        if len(lines) > MOST_LINES:
            lines = _flow([*head, *self._recipients(names=False)], width)
        if len(lines) > MOST_LINES:
            count = Content(f"… {self._counted()}").stylize(component_style(self, "header--new"))
            lines = [*lines[: MOST_LINES - 1], count.truncate(width, ellipsis=True)]
        if route.subject:
            subject = Content(_("Subject: {subject}").format(subject=safe(route.subject)))
            lines.append(subject.stylize("bold").truncate(width, ellipsis=True))
        if route.why:
            why = Content(f"› {safe(route.why)}").stylize(component_style(self, "header--new"))
            lines.append(why.truncate(width, ellipsis=True))
        if route.answers:
            answers = Content(_("↩ answering {text}").format(text=safe(route.answers)))
            answers = answers.stylize(component_style(self, "header--kind"))
            lines.append(answers.truncate(width, ellipsis=True))
        problem = component_style(self, "header--problem")
        for text in route.problems:
            pieces = [Content(word).stylize(problem) for word in f"✗ {safe(text)}".split()]
            told = _flow(pieces, width)
            if len(told) > MOST_PROBLEM:
                told = [*told[: MOST_PROBLEM - 1], Content.assemble(told[MOST_PROBLEM - 1], " …")]
            lines += [line.truncate(width, ellipsis=True) for line in told]
        return lines

    def _counted(self) -> str:
        everybody = self.route.recipients
        n, new = len(everybody), sum(person.new for person in everybody)
        hidden = sum(person.kind == "bcc" for person in everybody)
        words = [ngettext("{n} recipient in all", "{n} recipients in all", n).format(n=n)]
        if new:
            words.append(ngettext("{n} new", "{n} new", new).format(n=new))
        if hidden:
            words.append(f"{hidden} {_('bcc')}")
        return ", ".join(words)

    def _recipients(self, *, names: bool = True) -> list[Content]:
        route = self.route
        if not route.recipients:
            return []
        marks = {"to": "→", "cc": _("cc"), "bcc": _("bcc")}
        found = []
        last = len(route.recipients) - 1
        before = ""
        for position, person in enumerate(route.recipients):
            if position > MOST_LINES * 40:
                break
            piece = Content(safe(person.shown if names else person.address))
            if person.new:
                piece = Content.assemble(piece, " ", _("(new!)"))
                piece = piece.stylize(component_style(self, "header--new"))
            if position < last:
                piece = Content.assemble(piece, ",")
            if person.kind != before:
                mark = Content(marks[person.kind])
                if person.kind != "to":
                    mark = mark.stylize(component_style(self, "header--kind"))
                piece = Content.assemble(mark, " ", piece)
            before = person.kind
            found.append(piece)
        return found


def units_of(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts_of(text: str, limit: int | None) -> int:
    """How many messages of at most `limit` UTF-16 code units a text is."""
    if limit is None or limit <= 0 or len(text) * 2 <= limit:
        return 1
    return max(1, -(-units_of(text) // limit))


def _flow(pieces: Sequence[Content], width: int) -> list[Content]:
    """Pieces one after the other, a new line where the next one does not fit."""
    lines: list[Content] = []
    line = Content("")
    for piece in pieces:
        gap = 1 if line and not line.plain.endswith(" ") else 0
        if line and line.cell_length + gap + piece.cell_length > width:
            lines.append(line)
            line = piece
        else:
            line = Content.assemble(line, " " * gap, piece) if line else piece
    lines.append(line)
    return [line.truncate(width, ellipsis=True) for line in lines]
