"""The one screen: inbox, timeline with the reply box under it, customer card.

Three columns that fold by width; which of them is in view follows the focus. State flows
one way: a command changes the store, the change feed tells the panes to read again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Paste, Resize
from textual.geometry import Size
from textual.reactive import Reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from omnitui.desk.replying.file_names import may_be_paths
from omnitui.tui.keys.heard import HEARD
from omnitui.tui.keys.hints import hints
from omnitui.tui.keys.keymap import Keymap
from omnitui.tui.link.desk_link import DeskLink, Outcome
from omnitui.tui.link.drafts import DraftKeeper
from omnitui.tui.link.target import OfCustomer, Target
from omnitui.tui.link.undo import Step
from omnitui.tui.panes.full_frames import FrugalCompositor
from omnitui.tui.panes.lines import LinePane
from omnitui.tui.station.afterwards import after_command, after_undo
from omnitui.tui.station.canned import Canned
from omnitui.tui.station.card_work import CardWork
from omnitui.tui.station.colleagues import Colleagues
from omnitui.tui.station.composing import Composing
from omnitui.tui.station.folding import LAYOUTS, Columns, Layout, layout_for
from omnitui.tui.station.furnishing import ADOPT, furnish
from omnitui.tui.station.glance import Glance
from omnitui.tui.station.knowledge import Knowledge
from omnitui.tui.station.live import Live
from omnitui.tui.station.marks import Marks
from omnitui.tui.station.messages import Messages
from omnitui.tui.station.naming import Naming
from omnitui.tui.station.overlays import Overlays
from omnitui.tui.station.people import People
from omnitui.tui.station.programs import Programs
from omnitui.tui.station.reading import Reading
from omnitui.tui.station.rewording import too_small
from omnitui.tui.station.spelling import Spelling
from omnitui.tui.station.stage import Pane, Stage, Where
from omnitui.tui.station.tour import Tour
from omnitui.tui.station.views import Views, tabs
from omnitui.tui.station.writing import Writing
from omnitui.tui.widgets.counter import CounterSign
from omnitui.tui.widgets.inbox import Inbox
from omnitui.tui.widgets.status_bar import Level, StatusBar, UndoClock
from omnitui.tui.widgets.trouble import Trouble
from omnitui.tui.widgets.view_bar import ViewBar
from omnitui.tui.work import start
from store.errors import StoreError
from store.model import ConversationId

if TYPE_CHECKING:
    from omnitui.tui.link.data import Data
    from omnitui.tui.widgets.card import Card
    from omnitui.tui.widgets.presence_line import PresenceLine
    from omnitui.tui.widgets.reply_box import ReplyBox
    from omnitui.tui.widgets.scope_line import ScopeLine
    from omnitui.tui.widgets.timeline import Timeline

PREVIEW_AFTER = 0.08
"""Seconds that the highlight rests before the conversation is shown beside the inbox."""


class Workstation(Stage, inherit_bindings=False):
    """Puts the panes together; what they do is in `Reading`, `Writing`, `Views`, `Live`."""

    live: Live
    # Textual's own would repaint the whole screen on every change of focus.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self, link: DeskLink, data: Data, keeper: DraftKeeper, keymap: Keymap) -> None:
        super().__init__()
        self._compositor = FrugalCompositor()
        config = link.config
        self.link = link
        self.data = data
        self.keeper = keeper
        self.keymap = keymap
        self.bar = ViewBar(tabs(config.views), widget_id="views")
        self.trouble = Trouble(widget_id="trouble")
        self.inbox = Inbox(data, timezone=config.desk.timezone, id="inbox")
        self.timeline: Timeline
        self.scope_line: ScopeLine
        self.presence_line: PresenceLine
        self.box: ReplyBox
        self.card: Card
        self.status = StatusBar(widget_id="status")
        self.trouble.key = keymap.key_for("accounts", ["inbox", "global"])
        self.status.counter.key = keymap.key_for("next chat", ["inbox", "global"])
        self.marks = Marks(self.inbox, self.status)
        self.views = Views(self.bar, self.inbox, link, config.views)
        self.reading = Reading(self)
        self.writing = Writing(self)
        self.messages = Messages(self)
        self.spelling = Spelling(self)
        self.overlays = Overlays(self)
        self.live = Live(self)
        self.glance = Glance(self)
        self.people = People(self)
        self.cards = CardWork(self)
        self.tour = Tour(self, config.home.state / "tour")
        self.knowledge = Knowledge(self)
        self.canned = Canned(self)
        self.composing = Composing(self)
        self.naming = Naming(self)
        self.colleagues = Colleagues(self)
        self.programs = Programs(self)
        self.inbox.scrolled = self.glance.look
        self.layout_name: Layout = "wide"
        self._columns = Columns(self.inbox, Vertical(id="conversation"))
        self.furnished = False
        """All panes are there."""
        self._card_wanted = False
        self._preview: Timer | None = None
        self._before_tiny: Widget | None = None

    def compose(self) -> ComposeResult:
        # Folded before the first frame, which would be drawn twice otherwise.
        self._take_size(self.app.size)
        yield self.bar
        yield self.trouble
        with Horizontal(id="columns"):
            yield self.inbox
            yield self._columns.conversation
        yield self.status
        yield Static(too_small(), id="too-small", markup=False)

    async def on_mount(self) -> None:
        """The first frame has the inbox; the other panes follow it, then keys may come."""
        self.inbox.focus()
        try:
            await self.views.start()
        except StoreError as error:
            self.say(str(error), "error")
        self.call_after_refresh(self._furnish)

    async def _furnish(self) -> None:
        """Add what costs time to import and to style, and is not needed to see who waits."""
        made = furnish(self.data, self.keeper, self.keymap, self.link.config.desk)
        if not self.link.works:
            made.box.only_look()
        self.timeline, self.scope_line = made.timeline, made.scope_line
        self.presence_line, self.box, self.card = made.presence_line, made.box, made.card
        self.box.fit_to(self.size.height)
        await self._columns.conversation.mount(
            self.scope_line, self.timeline, self.presence_line, self.box
        )
        self._columns.card = self.card
        self._fold_columns()
        await self.query_one("#columns").mount(self.card)
        self.furnished = True
        self._show_highlighted()
        self.desk_app.begin()

    # -- what commands and keys ask -----------------------------------------

    @property
    def focused_pane(self) -> Pane:
        focused = self.focused
        if not self.furnished or focused is self.inbox:
            return "inbox"
        if focused is self.timeline:
            return "timeline"
        if focused is self.card:
            return "card"
        if self.knowledge.holds(focused):
            return "articles"
        return "reply" if focused is self.box.field else "inbox"

    def contexts(self) -> list[str]:
        """Where keys are looked up, the nearest first."""
        return [self.focused_pane, "global"]

    @property
    def chosen(self) -> ConversationId | None:
        """The conversation that a command means: highlighted in the inbox, or in view."""
        return self.inbox.selected if self.focused_pane == "inbox" else self.reading.current

    def targets(self) -> list[ConversationId]:
        marked = self.inbox.marked()
        if marked and self.focused_pane == "inbox":
            return sorted(marked)
        return [self.chosen] if self.chosen is not None else []

    def customers(self) -> list[Target]:
        alone = self.reading.customer_id
        if self.focused_pane != "inbox" and self.reading.current is None and alone is not None:
            return [OfCustomer(alone)]
        return [*self.targets()]

    @property
    def conversation_shown(self) -> ConversationId | None:
        """The conversation that stands on the screen; None: there is none, or no room for it."""
        folded = self.layout_name == "narrow" and self.focused_pane not in ("timeline", "reply")
        return None if folded or not self.furnished else self.reading.current

    @property
    def card_visible(self) -> bool:
        return self.layout_name == "wide" or self._card_wanted

    @property
    def card_beside(self) -> bool:
        return self.layout_name != "narrow"

    def say(self, sentence: str, level: Level = "info") -> None:
        if (heard := HEARD.get()) is not None:
            heard.note(sentence, level)
        if self.app.is_running:  # else the program ends: nobody reads it any more
            self.status.say(sentence, level)

    def show_progress(self, done: int, of: int) -> None:
        self.status.progress.show_work(done, of)

    def ask_line(self, text: str) -> None:
        self.overlays.line(text)

    async def asked(self, question: str) -> bool:
        return await self.overlays.asked(question)

    async def answer_many(self, templates: str) -> None:
        await self.writing.many.with_templates(templates)

    async def ran(self, line: str, outcomes: Sequence[Outcome]) -> None:
        await after_command(self, line, outcomes)

    async def undone(self, step: Step) -> None:
        await after_undo(self, step)

    # -- panes ----------------------------------------------------------------

    def focus_pane(self, pane: str) -> None:
        """Put the focus on a pane; `next` and `previous` go round those in view."""
        if pane in ("next", "previous"):
            self._focus_round(1 if pane == "next" else -1)
            return
        if pane == "reply":
            self.commander.press("reply")
            return
        if pane == "card":
            self._card_wanted = True
            self.fold()
            self._read_card()
        target: Widget = {"timeline": self.timeline, "card": self.card}.get(pane, self.inbox)
        self.set_focus(target, scroll_visible=False)
        self.fold()

    def _focus_round(self, step: int) -> None:
        panes: list[Pane] = ["inbox", "timeline"]
        if self.box.writing:
            panes.append("reply")
        if self.knowledge.shown:
            panes.append("articles")
        if self.card_visible:
            panes.append("card")
        here = self.focused_pane
        # One that was folded away a moment ago may have the focus still: then from the beginning.
        before = panes.index(here) if here in panes else min(-step, 0)
        pane = panes[(before + step) % len(panes)]
        if pane == "reply":
            self.box.start(self.box.kind)
            self.fold()
        elif pane == "articles":
            self.commander.press("articles")
        else:
            if pane == "timeline" and self.reading.current is None:
                self.commander.press("open")
            self.focus_pane(pane)

    def toggle_card(self) -> None:
        """Show the card where there is no column for it, or hide it again."""
        if self.focused_pane == "card" or (self._card_wanted and self.layout_name != "wide"):
            self._card_wanted = False
            self.focus_pane("timeline" if self.reading.customer_id else "inbox")
        else:
            self.focus_pane("card")

    def _read_card(self) -> None:
        pane = self.focused_pane

        async def read() -> None:
            alone = pane != "inbox" and self.reading.current is None
            alone = alone and self.reading.customer_id is not None
            if alone or await self.reading.ensure(self.chosen or self.inbox.selected):
                await self.card.show(self.reading.customer_id)

        self.desk_app.background(read, "card")

    def back(self) -> None:
        """One step out: box → timeline → inbox; in the inbox: marks, filter, sentence."""
        pane = self.focused_pane
        if pane == "reply":
            if self.box.editing is not None:
                self.box.end_edit(done=False)
                self.writing.route_changed()
            left = self.box.conversation_id
            self.box.stop()
            self.knowledge.close()
            self.focus_pane("timeline")
            self.desk_app.background(partial(self._kept, left), "draft")
        elif pane != "inbox" and self.people.back():
            return
        elif pane == "card":
            self._card_wanted = False
            self.focus_pane("timeline" if self.layout_name != "wide" else "inbox")
        elif pane == "timeline" and self.timeline.scope.only:
            self.commander.press("only everything")
        elif pane == "timeline":
            self.focus_pane("inbox")
        elif self.inbox.marked():
            self.inbox.clear_marks()
        elif self.views.filter:
            self.desk_app.background(partial(self.views.narrow, ""), "filter")
        else:
            self.status.clear()

    async def _kept(self, left: ConversationId | None) -> None:
        if await self.keeper.flush():  # a draft that the store has not got is still one
            await self.composing.left(left)

    def move(self, where: Where, times: int = 1) -> None:
        """Move the highlight of the pane with the focus."""
        pane = cast("LinePane", self.focused if self.focused_pane != "reply" else self.timeline)
        pane = pane or self.inbox
        half = max(1, pane.size.height // 2)
        match where:
            case "down" | "up":
                pane.move(times if where == "down" else -times)
            case "page-down" | "page-up":
                pane.page(times if where == "page-down" else -times)
            case "half-page-down" | "half-page-up":
                rows = max(1, half // (2 if pane is self.inbox and pane.size.width < 76 else 1))
                pane.move(rows if where == "half-page-down" else -rows)
            case "first":
                pane.home()
            case "last":
                pane.end()

    @on(Inbox.MarksChanged)
    def _marks_changed(self, event: Inbox.MarksChanged) -> None:
        self._show_hints()

    # -- folding --------------------------------------------------------------

    def on_resize(self, event: Resize) -> None:
        self._take_size(event.size)

    def _take_size(self, size: Size) -> None:
        self.layout_name = layout_for(size.width, size.height)
        if self.furnished:
            self.box.fit_to(size.height)
        self.fold()

    def fold(self) -> None:
        """Show the panes that the size and the focus call for."""
        layout = self.layout_name
        if layout == "tiny":
            if not self.has_class("-tiny"):
                self._before_tiny = self.focused
        elif self.has_class("-tiny") and self._before_tiny is not None:
            self.call_after_refresh(self._focus_again, self._before_tiny)
        pane = self.focused_pane
        for name in LAYOUTS:
            self.set_class(name == layout, f"-{name}")
        if layout == "narrow" and pane not in ("reply", "articles"):
            self.knowledge.close()
        self.set_class(self.knowledge.shown, "-articles")
        self._fold_columns()
        self._show_hints()

    def _fold_columns(self) -> None:
        self._columns.fold(
            self.layout_name,
            self.focused_pane,
            card=self._card_wanted,
            articles=self.knowledge.shown,
        )

    def _focus_again(self, widget: Widget) -> None:
        self.set_focus(widget, scroll_visible=False)
        self.fold()

    def _show_hints(self) -> None:
        marked = len(self.inbox.marked()) if self.focused_pane == "inbox" else 0
        editing = self.furnished and self.box.editing is not None
        noting = self.furnished and self.box.kind == "note"
        shown = hints(
            self.keymap,
            self.contexts(),
            marked=marked,
            editing=editing,
            noting=noting,
            offers=self.commander.offers,
        )
        self.status.show_hints(shown)

    # -- messages of the panes ------------------------------------------------

    @on(Inbox.Highlighted)
    def _highlighted(self, event: Inbox.Highlighted) -> None:
        if self._preview is not None:
            self._preview.stop()
            self._preview = None
        if not self.furnished or self.box.writing:
            return
        if self.layout_name in ("wide", "medium"):
            self._preview = self.set_timer(PREVIEW_AFTER, self._show_highlighted)

    def _show_highlighted(self) -> None:
        if self.focused_pane == "inbox" and self.layout_name in ("wide", "medium"):
            start(self, partial(self._show, self.inbox.selected), "show")

    async def _show(self, conversation_id: ConversationId | None) -> None:
        try:
            await self.reading.show(conversation_id)
        except StoreError as error:
            self.say(str(error), "error")

    def on_card_opened(self) -> None:
        self.commander.press("card act")

    @on(Inbox.Opened)
    def _opened(self, event: Inbox.Opened) -> None:
        self.commander.press("open")

    # By name, since their widgets are imported late.

    def on_timeline_narrowed(self, event: Timeline.Narrowed) -> None:
        self.scope_line.show(event.only)

    def on_timeline_adopt_clicked(self) -> None:
        self.commander.press(ADOPT)

    def on_reply_box_started(self) -> None:
        self.commander.press("reply")

    def on_reply_box_typed(self, event: ReplyBox.Typed) -> None:
        self.desk_app.background(partial(self._tell_typing, event.conversation_id), "typing")

    async def _tell_typing(self, conversation_id: ConversationId) -> None:
        """Nobody hears of it when it fails: it is gone in seconds anyway."""
        with contextlib.suppress(StoreError):
            route, reply = self.box.header.route, self.box.kind == "reply"
            via = route.account if reply else ""
            await self.link.note_typing(conversation_id, via, inside=not (reply and route.typing))

    def on_paste(self, event: Paste) -> None:
        """Outside the box a paste types nothing; files that are dropped begin a reply."""
        if self.furnished and may_be_paths(event.text):
            event.stop()
            self.writing.files.dropped_beside(event.text)

    def on_reply_text_send_pressed(self) -> None:
        self.commander.press("reply send")

    @on(ViewBar.Chosen)
    def _view_clicked(self, event: ViewBar.Chosen) -> None:
        self.commander.press(f"view {event.name}")

    def on_tour_card_pressed(self) -> None:
        self.commander.press("tour next")

    @on(UndoClock.Pressed)
    def _undo_clicked(self, event: UndoClock.Pressed) -> None:
        self.commander.press("undo")

    @on(CounterSign.Pressed)
    def _counter_clicked(self, event: CounterSign.Pressed) -> None:
        self.commander.press("menu presence")

    @on(LinePane.Trouble)
    def _pane_trouble(self, event: LinePane.Trouble) -> None:
        self.say(event.sentence, "error")

    def on_descendant_focus(self) -> None:
        self.fold()

    def start_undo_clock(self, seconds: int) -> None:
        self.status.clock.start(seconds, self.keymap.key_for("undo", ["inbox", "global"]))

    def stop_undo_clock(self) -> None:
        self.status.clock.stop()
