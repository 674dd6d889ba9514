"""What desk commands act on: one conversation, with a draft; or one customer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.templates import Templates, directories, load
from store import accounts, conversations, customers, drafts, erasing
from store.model import (
    AS_USUAL,
    AccountId,
    Conversation,
    ConversationId,
    CustomerId,
    Delivery,
    Draft,
    MessageId,
)


class NeedsConfirmation(CommandError):
    """A command that must be said twice: the screen asks, then runs it with `confirmed`."""

    def __init__(self, sentence: str, question: str = "") -> None:
        """`question`: what a screen asks that takes yes or no, where the sentence says more."""
        super().__init__(sentence)
        self.question = question or sentence


class ChangedMeanwhile(CommandError):
    """A colleague has changed what the agent was changing, too. Nothing is overwritten unseen."""

    def __init__(self, agent: str, value: str) -> None:
        said = " ".join(value.split())
        shown = said if len(said) <= 120 else f"{said[:119]}…"
        sentence = _("{agent} has changed it meanwhile to “{value}”. Once more puts yours there.")
        if not shown:
            sentence = _("{agent} has emptied it meanwhile. Once more puts yours there.")
        super().__init__(sentence.format(agent=agent, value=shown))
        words = _("{agent} has changed it meanwhile to “{value}”. Put yours there?")
        if not shown:
            words = _("{agent} has emptied it meanwhile. Put yours there?")
        self.question = words.format(agent=agent, value=shown)
        self.value = value
        """What stands there now."""


@dataclass(frozen=True, slots=True)
class DraftText:
    """What an agent has written so far."""

    text: str = ""
    account_id: AccountId | None = None
    """The account chosen for it; None: the conversation's own."""
    files: tuple[str, ...] = ()
    delivery: Delivery = AS_USUAL
    """What the agent chose about recipients, quote and signature."""


class DraftSlot(Protocol):
    """Where a draft is kept between commands."""

    def get(self) -> DraftText: ...

    def set(self, draft: DraftText) -> None: ...

    def clear(self) -> None: ...


class StoredDraft:
    """The agent's draft in the store: what a screen shows, kept through a crash."""

    def __init__(self, desk: Desk, conversation_id: ConversationId) -> None:
        self._desk = desk
        self._conversation_id = conversation_id

    def get(self) -> DraftText:
        found = drafts.get(self._desk.db, self._conversation_id, self._desk.agent)
        if found is None:
            return DraftText()
        return DraftText(found.text, found.account_id, found.attachments, found.delivery)

    def set(self, draft: DraftText) -> None:
        if draft == DraftText():
            self.clear()
            return
        drafts.save(
            self._desk.db,
            Draft(
                conversation_id=self._conversation_id,
                agent=self._desk.agent,
                kind="reply",
                text=draft.text,
                account_id=draft.account_id,
                attachments=draft.files,
                updated_at=self._desk.now(),
                delivery=draft.delivery,
            ),
        )

    def clear(self) -> None:
        drafts.delete(self._desk.db, self._conversation_id, self._desk.agent)


class OwnDraft:
    """A draft of its own, in memory: `omnitui do` never touches what an agent is writing."""

    def __init__(self, text: str = "") -> None:
        self._draft = DraftText(text)

    def get(self) -> DraftText:
        return self._draft

    def set(self, draft: DraftText) -> None:
        self._draft = draft

    def clear(self) -> None:
        self._draft = DraftText()


@dataclass(slots=True)
class Session:
    """One agent at work on one conversation. Commands get it as their first argument.

    A customer who has no conversation, made by hand or imported, is worked on with
    `Session(desk, None, OwnDraft(), customer=ID)`: `customer …` commands run there.
    """

    desk: Desk
    conversation_id: ConversationId | None
    """None: the session is about a customer alone."""
    draft: DraftSlot
    if_last: MessageId | None = None
    """The last message the agent saw: a later one stops a send once."""
    confirm_new: bool | frozenset[str] = False
    """Recipients that the customer never wrote from are meant: all of them, or these."""
    ask_files: bool = False
    """A reply that speaks of an attachment without one is asked about."""
    confirmed: bool = False
    """The agent said yes to what `NeedsConfirmation` asked."""
    asked: str = ""
    """The question that was, where that is known: by now there may be another one."""
    to: Sequence[str] = ()
    """Every recipient of the reply, instead of the usual ones."""
    depth: int = 0
    """How many macros deep."""
    many: bool = False
    """It is one of several that the same is done to."""
    among: Collection[ConversationId] = ()
    """Those several: a customer gets the same answer in one of them."""
    left_out: bool = False
    """The answer did not go out from here, since the customer gets it in another one."""
    customer: CustomerId | None = None
    """Who it is about while there is no conversation."""
    via: str = ""
    """The account that a reply goes over where its draft names none: what the agent was shown."""
    shown: tuple[str, ...] | None = None
    """The recipients that the agent was shown: a reply to anybody else stops once."""
    was: str | None = None
    """What the agent saw stand where they now put something else: where a colleague has changed it
    meanwhile, that stops once."""
    undoing: bool = False
    """It takes back what the agent did: what somebody else has changed since stays."""
    _templates: Templates | None = field(default=None, repr=False)

    def conversation(self) -> Conversation:
        """As it is now. Raises `NotFound`, and `CommandError` when it is about a customer alone."""
        return conversations.get(self.desk.db, self.here)

    def known(self) -> None:
        """Raises `NotFound` when there is no such conversation or customer."""
        customers.get(self.desk.db, self.customer_id)

    @property
    def here(self) -> ConversationId:
        """The conversation's number. Raises `CommandError` when it is about a customer alone."""
        if self.conversation_id is None:
            raise CommandError(
                _("This customer has no conversation yet: only “customer …” commands work here.")
            )
        return self.conversation_id

    @property
    def customer_id(self) -> CustomerId:
        """Whose conversation it is, or who the session is about; after a merge, who they are now.

        Raises `NotFound`.
        """
        if self.conversation_id is not None:
            found = conversations.get(self.desk.db, self.conversation_id).customer_id
        elif self.customer is None:
            raise CommandError(_("There is neither a conversation nor a customer to work on."))
        else:
            wanted = customers.current(self.desk.db, self.customer)
            found = customers.get(self.desk.db, wanted).id
        if erasing.is_erased(self.desk.db, found) is not None:
            raise CommandError(_("Customer {n} was erased.").format(n=found))
        return found

    @property
    def templates(self) -> Templates:
        """Read on first use; again when a file has changed."""
        self._templates = templates_of(self.desk, self._templates)
        return self._templates

    def write(self, text: str) -> None:
        """Put a text into the draft, leaving its account and files."""
        self.draft.set(replace(self.draft.get(), text=text))


def account_name(session: Session, draft: DraftText) -> str:
    """The account chosen for a draft; "" leaves it to the desk."""
    if draft.account_id is None:
        return session.via
    return accounts.get(session.desk.db, draft.account_id).name


_LOADED: dict[tuple[str, ...], Templates] = {}


def templates_of(desk: Desk, known: Templates | None = None) -> Templates:
    """The desk's templates, kept between sessions of one process and read anew when changed."""
    sources = directories(desk.config)
    key = tuple(map(str, sources))
    found = known or _LOADED.get(key)
    _LOADED[key] = found.fresh() if found is not None else load(sources)
    return _LOADED[key]
