"""Where an agent writes: one line while idle, a box that grows with the text while used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget
from textual.widgets import TextArea

from config.i18n import _
from omnitui.tui.link.drafts import DraftKeeper, Kind, Text
from omnitui.tui.panes.component_style import component_style
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.reply_files import ReplyFiles
from omnitui.tui.widgets.reply_foot import ReplyFoot
from omnitui.tui.widgets.reply_header import ReplyHeader, Route
from omnitui.tui.widgets.reply_text import ReplyText
from store.model import AccountId, ConversationId, Delivery, MessageId
from store.model import Message as Sent

Mode = Literal["reply", "note", "edit"]
"""What the box is for: a reply, an internal note, or another text for what was sent."""

TYPED_EVERY = 3.0
"""Seconds between saying that somebody types."""


class DraftLine(Widget):
    """The box while nobody writes: the beginning of a draft, or how to start one."""

    DEFAULT_CSS = """
    DraftLine { height: 1; padding: 0 1; color: $text-muted; }
    DraftLine > .draft--chip { color: $warning; text-style: bold; }
    DraftLine > .draft--key { color: $accent; text-style: bold; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"draft--chip", "draft--key"}

    def __init__(self, widget_id: str | None = None) -> None:
        super().__init__(id=widget_id)
        self.drafts: dict[Kind, str] | None = None
        """The beginnings of what was written; None while no conversation is in view."""
        self.keys: dict[Kind, str] = {"reply": "r", "note": "i"}
        self.looks_only = False
        """Whoever sits here writes nothing."""

    def show(self, drafts: dict[Kind, str] | None) -> None:
        if drafts != self.drafts:
            self.drafts = drafts
            self.refresh()

    def render(self) -> Content:
        if self.drafts is None:
            return Content("")
        if self.looks_only:
            return Content(_("You may look, not write."))
        key = component_style(self, "draft--key")
        chip = component_style(self, "draft--chip")
        names: dict[Kind, tuple[str, str]] = {
            "reply": (_("reply"), _("Draft")),
            "note": (_("internal note"), _("Draft note")),
        }
        pieces: list[Content] = []
        for kind, (action, draft) in names.items():
            pressed = Content(self.keys[kind]).stylize(key)
            words = self.drafts.get(kind, "")
            if words:
                piece = Content.assemble(
                    pressed, " ", Content(f"✎ {draft}: ").stylize(chip), Content(words)
                )
            else:
                piece = Content.assemble(pressed, f" {action}")
            pieces.append(piece)
        line = Content("   ").join(pieces)
        return line.truncate(max(1, self.content_size.width), ellipsis=True)


class ReplyBox(Vertical):
    """One box for replies and internal notes of the conversation on screen.

    It knows text and looks; what a send does is decided by who listens to its messages.
    """

    DEFAULT_CSS = """
    ReplyBox { height: auto; border-top: solid $primary 30%; }
    ReplyBox.-lined { border-top: none; }
    ReplyBox > #writing { display: none; height: auto; }
    ReplyBox.-writing > #writing { display: block; }
    ReplyBox.-writing > DraftLine { display: none; }
    ReplyBox.-writing { border-top: none; border-left: thick $primary; background: $surface; }
    ReplyBox.-writing.-note { border-left: outer $warning; background: $warning 8%; }
    ReplyBox.-writing.-edit { border-left: outer $success; background: $success 8%; }
    ReplyBox #files { display: none; }
    ReplyBox.-files #files { display: block; }
    """

    @dataclass
    class Started(Message):
        """Clicked: the agent wants to write."""

        kind: Kind

    @dataclass
    class Typed(Message):
        """The agent is writing a reply in a chat that shows it; at most every `TYPED_EVERY`."""

        conversation_id: ConversationId

    def __init__(
        self, keeper: DraftKeeper, *, send_on_enter: bool, widget_id: str | None = None
    ) -> None:
        super().__init__(id=widget_id)
        self._keeper = keeper
        keeper.look = self._look
        self._texts: dict[Mode, Text] = {"reply": Text(), "note": Text(), "edit": Text()}
        self.conversation_id: ConversationId | None = None
        self.kind: Mode = "reply"
        self.editing: MessageId | None = None
        """The sent message whose text is changed."""
        self.edited_from = ""
        """The text that the agent saw it have when they began."""
        self._unfinished: dict[MessageId, tuple[str, str]] = {}
        """Edits that were left, to be taken up again, and what they began from."""
        self._typed_at = 0.0
        self._typed_in: tuple[ConversationId, Mode] | None = None
        self.on_text: Callable[[], None] = lambda: None
        """The text changed, or another one is shown."""
        self.field = ReplyText("reply-text", send_on_enter=send_on_enter)
        self.header = ReplyHeader("reply-header")
        self._line = DraftLine("draft-line")
        self._files = ReplyFiles("files")
        self._foot = ReplyFoot("reply-foot")

    def compose(self) -> ComposeResult:
        yield self._line
        with Vertical(id="writing"):
            yield self.header
            yield self.field
            yield self._files
            yield self._foot

    # -- state ---------------------------------------------------------------

    def only_look(self) -> None:
        """Whoever sits here writes nothing: the box is not offered."""
        self._line.looks_only = True

    @property
    def writing(self) -> bool:
        return self.has_class("-writing")

    @property
    def text(self) -> str:
        return self.field.text

    @property
    def draft(self) -> Text:
        """What the box holds now, attachments and chosen account included."""
        return replace(self._texts[self.kind], text=self.field.text)

    @property
    def delivery(self) -> Delivery:
        """What the agent chose about recipients, quote and signature."""
        return self._texts[self.kind].delivery

    @property
    def account_id(self) -> AccountId | None:
        """The account that the agent chose; None: the one the customer used last."""
        return self._texts[self.kind].account_id

    @property
    def attachments(self) -> tuple[str, ...]:
        return self._texts[self.kind].attachments

    async def switch(self, conversation_id: ConversationId | None) -> None:
        """Show another conversation's drafts. Raises `StoreError`; the old text is kept."""
        if conversation_id != self.conversation_id:
            self._sync()
            self.conversation_id = conversation_id
            self._leave_edit()
            self._texts = {"reply": Text(), "note": Text(), "edit": Text()}
            self._set_kind("reply")
            self.stop()
        await self.reload()

    async def reload(self) -> None:
        """Read the drafts again: the desk may have changed them."""
        conversation_id = self.conversation_id
        if conversation_id is None:
            self._line.show(None)
            return
        found = await self._keeper.both(conversation_id)
        if self.conversation_id == conversation_id:
            self._texts["reply"], self._texts["note"] = found["reply"], found["note"]
            self._show_text()

    def take(self, conversation_id: ConversationId, drafts: Mapping[Kind, Text], turn: int) -> bool:
        """Show what another screen of the agent's has made of the drafts, where nothing was typed
        here since the keeper's `turn`: what is typed next must not undo that. Whether it was
        something else."""
        self._look()
        keeper, here = self._keeper, {kind: self._texts[kind] for kind in drafts}
        if conversation_id != self.conversation_id or keeper.turn != turn or keeper.unsaved:
            return False
        news = {k: text for k, text in drafts.items() if text != here[k] and (text or here[k])}
        if news:
            for kind, text in news.items():
                self._texts[kind] = text
            self._show_text()
            keeper.changed(conversation_id, news)
        return bool(news)

    def start(self, kind: Mode) -> None:
        """Open the box and take the focus."""
        if kind != "edit":
            self._leave_edit()
        self._set_kind(kind)
        self.add_class("-writing")
        self._fit_bounds()
        self.screen.set_focus(self.field, scroll_visible=False)  # at once: one layout, not two

    def start_edit(self, sent: Sent, text: str, stands: str, shown: str) -> None:
        """Change the text of what was sent, from `text` on or where that was left. `stands`: what
        the agent sees it say; `shown`: what it is, for the header."""
        self._leave_edit()
        self.editing = sent.id
        begun, self.edited_from = self._unfinished.get(sent.id, (text, stands))
        self._texts["edit"] = Text(begun)
        self.header.show(Route("edit", changes=shown))
        self.start("edit")

    def end_edit(self, *, done: bool) -> None:
        """Back to the reply; an edit that is not `done` is kept while the program runs."""
        if done:
            self._texts["edit"] = Text()
        self._leave_edit()
        self.stop()

    def _leave_edit(self) -> None:
        if self.editing is None:
            return
        text = self._texts["edit"].text
        if text:
            self._unfinished[self.editing] = text, self.edited_from
        else:
            self._unfinished.pop(self.editing, None)
        self.editing = None
        self._texts["edit"] = Text()
        self.header.show(Route("reply"))
        self._set_kind("reply")

    def stop(self) -> None:
        """Fold to one line; the text stays."""
        self.remove_class("-writing")
        self._show_line()

    def toggle_kind(self) -> None:
        """Reply ↔ note. A text that has no counterpart yet moves along."""
        if self.kind == "edit":
            return
        other: Kind = "note" if self.kind == "reply" else "reply"
        if self.text.strip() and not self._texts[other].text.strip():
            moved = self.draft
            self._keep(self.kind, replace(moved, text=""))
            self._keep(other, replace(self._texts[other], text=moved.text))
        self._set_kind(other)

    def choose_account(self, account_id: AccountId | None) -> None:
        self._keep(self.kind, replace(self.draft, account_id=account_id))

    def put_text(self, text: str, kind: Mode = "reply") -> None:
        """A text comes back (undo, editor, filter): replaces what the box holds."""
        self._set_kind(kind)
        self.field.set_text(text)
        self._keep(kind, self.draft)

    def clear(self) -> None:
        """Sent: the desk has cleared the draft in the store."""
        if self.conversation_id is not None and self.kind != "edit":
            self._keeper.forget(self.conversation_id, self.kind)
        self._texts[self.kind] = Text()
        self._show_text()

    def freeze(self, frozen: bool) -> None:
        """While a send is under way nothing is typed; the text stays visible."""
        self.field.read_only = frozen

    def show_route(self, route: Route) -> None:
        self.header.show(route)
        self.header.measure(self.text)
        self._foot.show(route)

    def fit_to(self, rows: int) -> None:
        """The screen has `rows` rows: the text takes at most about 40 % of them."""
        self._rows = rows
        self._fit_bounds()

    # -- inside --------------------------------------------------------------

    _rows = 24

    def _fit_bounds(self) -> None:
        self.field.most_rows = max(2, self._rows * 2 // 5)
        self.field.least_rows = 3 if self._rows >= 20 else 1
        self._foot.fit_to(self._rows)
        if self.writing:
            self.field.fit()

    def _set_kind(self, kind: Mode) -> None:
        if kind != self.kind:
            self.call_after_refresh(self._show_paper)
        self.kind = kind
        self.set_class(kind == "note", "-note")
        self.set_class(kind == "edit", "-edit")
        self.header.show(Route(kind) if kind == "note" else self.header.route)
        self._foot.show(self.header.route)
        self._show_text()

    def _show_paper(self) -> None:
        """Its lines are kept with the colour that the box had before."""
        self.field.notify_style_update()
        self.field.refresh()

    def _show_text(self) -> None:
        held = self._texts[self.kind]
        if held.text != self.field.text:
            self.field.set_text(held.text)
        self._files.show(held.attachments)
        self.set_class(bool(held.attachments), "-files")
        self.header.measure(held.text)
        self._show_line()

    def _show_line(self) -> None:
        if self.conversation_id is None:
            return
        kinds: tuple[Kind, ...] = ("reply", "note")
        shown = {kind: one_line(self._texts[kind].text[:400]) for kind in kinds}
        self._line.show(shown)

    def _keep(self, kind: Mode, text: Text) -> None:
        if self.conversation_id is not None and text != self._texts[kind]:
            self._texts[kind] = text
            if kind != "edit":
                self._keeper.put(self.conversation_id, kind, text)

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._tell_typing()
        self._sync()
        self.header.measure(self.field.text)
        self.on_text()

    def _tell_typing(self) -> None:
        """Say so to colleagues, and where the customer sees it; what a program puts in is no
        typing."""
        if self.conversation_id is None or self.kind == "edit":
            return
        text = self.field.text
        if not self.writing or not text or text == self._texts[self.kind].text:
            return
        where = (self.conversation_id, self.kind)  # a note is told to others than a reply
        if where != self._typed_in or monotonic() - self._typed_at >= TYPED_EVERY:
            self._typed_at, self._typed_in = monotonic(), where
            self.post_message(self.Typed(self.conversation_id))

    def _look(self) -> None:
        """A key's change is told by a message, which on a busy machine comes after the command
        that the next key has started."""
        if self.is_mounted and self.writing:
            self._sync()

    def _sync(self) -> None:
        """What the field shows is the draft of this conversation and kind."""
        self._keep(self.kind, self.draft)

    def on_click(self, event: Click) -> None:
        if not self.writing:
            event.stop()
            self.post_message(self.Started("reply"))
