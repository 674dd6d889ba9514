"""The screen as its parts and the commands know it.

The parts (reading, writing, overlays, …) act on the screen and on each other; each would
import the screen, and the screen imports them all. They import this instead: what the panes
are, and what may be asked of the parts. `Workstation` is the one `Stage` there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast

from textual.screen import ModalScreen

from omnitui.tui.panes.stacked_screen import StackedScreen

if TYPE_CHECKING:
    from omnitui.tui.keys.commander import Commander
    from omnitui.tui.keys.history import History
    from omnitui.tui.keys.key_gate import KeyGate
    from omnitui.tui.keys.keymap import Keymap
    from omnitui.tui.link.desk_link import DeskLink
    from omnitui.tui.link.drafts import DraftKeeper, Kind
    from omnitui.tui.link.engine_child import State
    from omnitui.tui.link.target import Target
    from omnitui.tui.pictures.abilities import Abilities
    from omnitui.tui.station.answering_many import AnsweringMany
    from omnitui.tui.station.attaching import Attaching
    from omnitui.tui.station.canned import Canned
    from omnitui.tui.station.card_work import CardWork
    from omnitui.tui.station.colleagues import Colleagues
    from omnitui.tui.station.composing import Composing
    from omnitui.tui.station.glance import Glance
    from omnitui.tui.station.inserting import Inserting
    from omnitui.tui.station.knowledge import Knowledge
    from omnitui.tui.station.marks import Marks
    from omnitui.tui.station.naming import Naming
    from omnitui.tui.station.notices import Notices
    from omnitui.tui.station.people import People
    from omnitui.tui.station.practising import Practising
    from omnitui.tui.station.programs import Programs
    from omnitui.tui.station.tour import Tour
    from omnitui.tui.station.views import Views
    from omnitui.tui.terminal import Terminal
    from omnitui.tui.widgets.card import Card
    from omnitui.tui.widgets.inbox import Inbox
    from omnitui.tui.widgets.presence_line import PresenceLine
    from omnitui.tui.widgets.reply_box import ReplyBox
    from omnitui.tui.widgets.status_bar import Level, StatusBar
    from omnitui.tui.widgets.timeline import Timeline
    from omnitui.tui.widgets.trouble import Trouble
    from omnitui.tui.widgets.view_bar import ViewBar
    from omnitui.tui.work import Work
    from store.model import Account, Conversation, ConversationId, CustomerId, MessageId

Pane = Literal["inbox", "timeline", "reply", "card", "articles"]
Result = TypeVar("Result")
Where = Literal[
    "down", "up", "first", "last", "page-down", "page-up", "half-page-down", "half-page-up"
]


class DeskApp(Protocol):
    """The program around the screen."""

    commander: Commander
    gate: KeyGate
    history: History
    keymap: Keymap
    practising: Practising | None
    """The practice run, where there is one."""
    terminal: Terminal
    wanted_theme: str
    """As in the settings; what is worn may be another one by the terminal's background."""

    def wear(self, wanted: str) -> None: ...

    @property
    def shows_pictures(self) -> bool: ...

    async def picture_abilities(self) -> Abilities: ...

    def begin(self) -> None: ...

    async def leave(self) -> None: ...

    def background(self, work: Work, name: str) -> None: ...

    def show_overlay(self, overlay: ModalScreen[Any], chosen: Callable[[Any], Any]) -> None: ...

    async def shown(self, overlay: ModalScreen[Result]) -> Result | None: ...

    def overlay_done(self) -> None: ...


class ReadingPart(Protocol):
    """Which conversation is in view."""

    current: ConversationId | None
    conversation: Conversation | None
    customer_id: CustomerId | None
    """Whose history is in view."""

    async def show_customer(self, customer_id: CustomerId) -> None: ...

    async def show(
        self, conversation_id: ConversationId | None, *, at_message: MessageId | None = None
    ) -> bool: ...

    async def ensure(self, conversation_id: ConversationId | None) -> bool: ...

    async def take_up(self, conversation_id: ConversationId) -> None: ...

    async def open_selected(self) -> None: ...

    async def go_to(
        self, conversation_id: ConversationId, *, at_message: MessageId | None = None
    ) -> None: ...

    async def next_waiting(self, direction: int) -> bool: ...

    async def next_chat(self) -> None: ...

    async def mark_read(self) -> None: ...

    async def refresh(self) -> None: ...

    async def search(self, query: str) -> None: ...

    async def find(self, text: str) -> None: ...

    async def again(self, direction: int) -> None: ...

    def found(
        self, query: str, hits: list[tuple[ConversationId, MessageId]], chosen: int
    ) -> None: ...


class WritingPart(Protocol):
    """Replies and notes."""

    texts: Inserting
    files: Attaching
    many: AnsweringMany

    async def start(self, kind: Kind) -> None: ...

    async def begin(self, kind: Kind) -> None: ...

    def toggle_kind(self) -> None: ...

    async def choose_account(self, name: str) -> None: ...

    def channel(self) -> str: ...

    def route_changed(self, *, by_itself: bool = False) -> None: ...

    def whereabouts_changed(self) -> None: ...

    def select_variable(self, name: str) -> None: ...

    async def trim(self) -> None: ...

    async def send(self, when: str = "") -> None: ...

    async def retry(self) -> None: ...

    async def came_back(self, conversation_id: ConversationId) -> None: ...

    def preview(self) -> None: ...

    async def held_back(self) -> None: ...


class SpellingPart(Protocol):
    """Marks under words that no dictionary knows."""

    @property
    def programs(self) -> tuple[int, ...]:
        """Process ids of those that run."""

    def typed(self) -> None: ...

    async def next_mark(self) -> None: ...

    def add(self, word: str) -> None: ...

    def choose_language(self, language: str) -> None: ...

    async def end(self) -> None: ...


class MessagesPart(Protocol):
    """The highlighted message."""

    def details(self) -> None: ...

    def raw(self) -> None: ...

    async def save_raw(self, where: str) -> None: ...

    async def adopt(self) -> None: ...

    async def answer(self) -> None: ...

    async def edit(self) -> None: ...

    async def send_edit(self, when: str) -> None: ...

    async def delete(self) -> None: ...


class OverlaysPart(Protocol):
    """What lies over the screen for a moment."""

    def menu(self, name: str) -> None: ...

    def following(self, pressed: str) -> None: ...

    def problems(self) -> None: ...

    def line(self, text: str) -> None: ...

    def palette(self) -> None: ...

    def help(self) -> None: ...

    def accounts(self) -> None: ...

    def accounts_changed(self) -> None: ...

    def search(self, query: str) -> None: ...

    def filter(self) -> None: ...

    def choose(self, title: str, texts: Sequence[str], line: str, *, new: bool = False) -> None: ...

    def choose_theme(self, names: Sequence[str]) -> None: ...

    async def asked(self, question: str) -> bool: ...

    def ask_leave(self) -> None: ...

    def act(self, what: str) -> None: ...


class LivePart(Protocol):
    """What changes by itself."""

    accounts: list[Account]
    engine: State
    notices: Notices

    @property
    def crowded(self) -> float: ...

    async def everything_changed(self) -> None: ...


class Stage(StackedScreen[None], inherit_bindings=False):
    """Panes and parts, by name."""

    link: DeskLink
    keeper: DraftKeeper
    keymap: Keymap
    bar: ViewBar
    trouble: Trouble
    inbox: Inbox
    timeline: Timeline
    presence_line: PresenceLine
    box: ReplyBox
    card: Card
    status: StatusBar
    views: Views
    marks: Marks
    reading: ReadingPart
    writing: WritingPart
    messages: MessagesPart
    spelling: SpellingPart
    overlays: OverlaysPart
    live: LivePart
    people: People
    programs: Programs
    cards: CardWork
    composing: Composing
    naming: Naming
    colleagues: Colleagues
    glance: Glance
    tour: Tour
    knowledge: Knowledge
    canned: Canned

    @property
    def desk_app(self) -> DeskApp:
        return cast("DeskApp", self.app)

    @property
    def commander(self) -> Commander:
        return self.desk_app.commander

    @property
    def focused_pane(self) -> Pane:
        raise NotImplementedError

    @property
    def chosen(self) -> ConversationId | None:
        """The conversation that a command means: highlighted in the inbox, or in view."""
        raise NotImplementedError

    @property
    def conversation_shown(self) -> ConversationId | None:
        """The conversation that stands on the screen; None: there is none, or no room for it."""
        raise NotImplementedError

    @property
    def card_visible(self) -> bool:
        raise NotImplementedError

    @property
    def card_beside(self) -> bool:
        """The card leaves room for the timeline."""
        raise NotImplementedError

    def contexts(self) -> list[str]:
        """Where keys are looked up, the nearest first."""
        raise NotImplementedError

    def targets(self) -> list[ConversationId]:
        """Whom a desk command is for."""
        raise NotImplementedError

    def customers(self) -> list[Target]:
        """Whom a command about a customer is for."""
        raise NotImplementedError

    def say(self, sentence: str, level: Level = "info") -> None:
        raise NotImplementedError

    def ask_line(self, text: str) -> None:
        """Open the `:` line with `text` in it."""
        raise NotImplementedError

    def focus_pane(self, pane: str) -> None:
        """Put the focus on a pane; `next` and `previous` go round those in view."""
        raise NotImplementedError

    def toggle_card(self) -> None:
        """Show the card where there is no column for it, or hide it again."""
        raise NotImplementedError

    def back(self) -> None:
        """One step out."""
        raise NotImplementedError

    def move(self, where: Where, times: int = 1) -> None:
        """Move the highlight of the pane with the focus."""
        raise NotImplementedError

    def fold(self) -> None:
        """Show the panes that the size and the focus call for."""
        raise NotImplementedError

    def start_undo_clock(self, seconds: int) -> None:
        raise NotImplementedError

    def stop_undo_clock(self) -> None:
        raise NotImplementedError
