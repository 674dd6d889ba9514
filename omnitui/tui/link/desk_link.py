"""The screen's way to the desk: command lines and questions, each one hop to the store.

Modules of the desk that need heavy libraries (templates, rendering) are imported where
they are used, so that the first frame does not wait for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from config.access import source
from config.model import Config
from omnitui.desk import rights
from omnitui.desk.command import CommandError, Done
from omnitui.desk.context import Desk
from omnitui.tui.link import merge_sides, reply_route, reply_texts
from omnitui.tui.link.target import OfCustomer, Target
from omnitui.tui.widgets.reply_header import Route
from omnitui.tui.words.moments import HOUR
from store import (
    accounts,
    attendance,
    conversations,
    drafts,
    inbox,
    mentions,
    messages,
    outbox,
    vocabulary,
)
from store.clock import now
from store.database import Store, transaction
from store.driver import Connection
from store.errors import NotFound
from store.model import (
    AS_USUAL,
    Account,
    AccountId,
    Conversation,
    ConversationId,
    CustomerId,
    Delivery,
    Message,
    MessageId,
    Millis,
    View,
)

if TYPE_CHECKING:
    from omnitui.desk.data_rights.erasing import Preview
    from omnitui.desk.programs import Situation
    from omnitui.desk.replying.several import Planned
    from omnitui.desk.templates import Rendered
    from omnitui.tui.link.glance_data import Glimpse, Rows

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command line did to one conversation or customer."""

    target: Target
    done: Done
    went_to: ConversationId | None = None
    """The conversation that it began, and that is gone on with."""
    kept: str = ""
    """Why it was not taken back like the others, a sentence."""
    left_out: bool = False
    """An answer to several did not go out here: the customer gets it in another one."""


class DeskLink:
    """Runs desk commands as `agent` and answers what panes and the reply box ask."""

    def __init__(self, store: Store, config: Config, agent: str) -> None:
        self.store = store
        self.config = config
        self.agent = agent
        self.works = rights.may(config.access, "work")
        """They do more than look."""

    def desk(self, db: Connection) -> Desk:
        return Desk(db, self.config, self.agent, source=source())

    async def run(self, line: str, targets: Sequence[Target], **options: Any) -> list[Outcome]:
        """One command line on several conversations or customers, all or none.

        `options`: `if_last`, `confirm_new`, `ask_files`, `confirmed`, `among` of `Session`. Raises
        `CommandError` (`ReplyStopped`, `NeedsConfirmation`), `StoreError`.
        """
        if "article " in line:
            from omnitui.desk.commands.canned import have_ready

            await asyncio.to_thread(have_ready, self.config, line)
        return await self.store.write(self._run, line, list(targets), options)

    async def undo(self, lines: Sequence[tuple[Target, str]]) -> list[Outcome]:
        """Take a step back in one transaction; of several, what cannot be taken back any more (a
        colleague has changed it since, a reply has left) stays, and its outcome says so. Raises as
        `run`."""
        return await self.store.write(self._undo, lines)

    async def ask(self, question: Callable[..., T], *args: Any) -> T:
        """What a function of the desk says, which changes nothing. Raises as that does."""
        return await self.store.read(lambda db: question(self.desk(db), *args))

    async def change(self, work: Callable[..., T], *args: Any) -> T:
        """What a function of the desk does, in one transaction. Raises as that does."""
        rights.require(self.config.access, "work")
        return await self.store.write(lambda db: work(self.desk(db), *args))

    async def conversation(self, conversation_id: ConversationId) -> Conversation:
        """Raises `NotFound`."""
        return await self.store.read(conversations.get, conversation_id)

    async def counts(self) -> dict[View, int]:
        return await self.store.read(inbox.counts, self.agent)

    async def accounts(self) -> list[Account]:
        return await self.store.read(accounts.all)

    async def newest_message(self) -> MessageId:
        return await self.store.read(messages.newest_id)

    async def mark_read(self, conversation_id: ConversationId) -> bool:
        """The agent has seen all of a conversation. False when that was known already, and for
        one who only looks: nobody is told that they read."""
        if not self.works:
            return False
        new = await self.store.read(_new_in, self.agent, conversation_id)
        if new:
            await self.store.write(_mark_read, self.agent, conversation_id)
        return new

    async def route(
        self,
        conversation_id: ConversationId,
        account_id: AccountId | None,
        delivery: Delivery = AS_USUAL,
        shown: str = "",
    ) -> Route:
        """Where a reply would go and what with it, to be shown before it is sent.

        `shown`: the account that it stays with although the agent chose none, since they were
        shown that one and write already.
        """
        return await self.ask(reply_route.route, conversation_id, account_id, delivery, shown)

    async def to_retry(
        self, conversation_id: ConversationId, wanted: MessageId | None
    ) -> Message | None:
        """The message `wanted`, or the conversation's last, that failed, is of unknown fate or
        was refused by some."""
        return await self.ask(reply_texts.to_retry, conversation_id, wanted)

    async def why_not(self, message_id: MessageId, kind: Literal["edit", "delete"]) -> str:
        """Why a sent message cannot be changed or taken back, a sentence; empty when it can.

        Raises `NotFound`.
        """
        return await self.store.read(self._why_not, message_id, kind)

    async def why_not_mailed(self, message: Message) -> str:
        """Why no mail goes after the customer with a reply in a chat, a sentence; empty when one
        does, or nothing has to."""
        return await self.store.read(self._why_not_mailed, message)

    async def is_for_later(self, message: Message) -> bool:
        """It waits in the outbox for its time."""
        if message.direction != "out" or message.state != "queued":
            return False
        return (await self.store.read(outbox.get, message.id)).due_at > now()

    async def held_for(self, conversation_id: ConversationId) -> float:
        """Seconds for which the reply that was just queued can be taken back."""
        until = await self.store.read(outbox.held_until, conversation_id)
        return max(0.0, (until - now()) / 1000) if until is not None else 0.0

    async def next_chat(self, after: ConversationId | None) -> tuple[ConversationId, bool] | None:
        """The web chat to answer after another, itself if there is no other, and whether its
        visitor is there; None when nobody waits."""
        since = now() - 24 * HOUR
        found = await self.store.read(attendance.to_answer, self.agent, since)
        ids = [one for one, _there in found]
        turned = ids.index(after) + 1 if after in ids else 0
        return next(iter((*found[turned:], *found[:turned])), None)

    async def glance(
        self, rows: Rows, in_view: Conversation | None, *, engine: bool, whole: bool
    ) -> Glimpse:
        """What is true for the moment of the rows on the screen, see `glance_data.glimpse`."""
        return await self.store.read(self._glance, rows, in_view, engine, whole)

    async def beat(
        self, screen: str, active_at: Millis, conversation_id: ConversationId | None
    ) -> None:
        """The agent has a screen open. Raises `StoreError`."""
        await self.store.write(self._beat, screen, active_at, conversation_id)

    async def leave(self, screen: str) -> None:
        """The screen is closed. Raises `StoreError`."""
        await self.store.write(self._leave, screen)

    async def note_typing(
        self, conversation_id: ConversationId, via: str, *, inside: bool = False
    ) -> None:
        """The agent is writing a reply over the account `via` ("": as usual): shown to colleagues,
        and to the customer where the channel can. `inside`: to colleagues alone; where there are
        none, nothing is written."""
        if not self.works or (inside and not await self.store.read(self._colleagues_here)):
            return
        await self.store.write(self._typing, conversation_id, via, inside)

    async def render(
        self, conversation_id: ConversationId, names: Sequence[str], language: str = ""
    ) -> list[Rendered]:
        """Templates with the customer's variables filled in, in their language or this one.

        Raises `CommandError`.
        """
        return await self.ask(reply_texts.render, conversation_id, names, language)

    async def used(self, names: Sequence[str]) -> None:
        """Count templates that were inserted, so that the favourites come first."""
        await self.change(reply_texts.count_used, names)

    async def earlier_replies(self, conversation: Conversation, limit: int = 50) -> list[Message]:
        """What was written to this customer before, the latest first."""
        page = await self.store.read(messages.timeline, conversation.customer_id, limit=limit * 4)
        return [m for m in reversed(page) if m.direction == "out" and m.text.strip()][:limit]

    async def replies_with(self, query: str, limit: int = 40) -> list[Message]:
        """What was written to anybody and holds these words, the latest first. Raises
        `StoreError` with a sentence for a filter that is none."""
        return await self.ask(reply_texts.with_words, query, limit)

    async def plan_for(
        self, conversation_ids: Sequence[ConversationId], names: Sequence[str]
    ) -> tuple[list[Planned], MessageId]:
        """What an answer made of these templates would do in each, and the newest message that
        this is true for. Raises `NotFound`."""
        return await self.ask(reply_texts.plan_for, conversation_ids, names)

    async def article_names(self) -> list[str]:
        """Of the knowledge base."""
        return await asyncio.to_thread(self._article_names)

    async def template_names(self) -> list[str]:
        return await self.store.read(self._template_names)

    async def tags(self) -> list[str]:
        """Every tag in use on conversations."""
        return await self.store.read(vocabulary.tags)

    async def agents(self) -> list[str]:
        """Everybody else who works here."""
        from omnitui.desk.agents import known

        return [one for one in await self.ask(known) if one != self.agent]

    async def called(self, agents: Sequence[str]) -> list[str]:
        """What these are called, beside their Unix users' names."""
        from omnitui.desk.mail.letterhead import name_of

        return await asyncio.to_thread(lambda: [name_of(self.config, one) for one in agents])

    async def receivers(self) -> list[str]:
        """Everybody else who may be given a conversation."""
        return await self.ask(_receivers)

    async def named(self, text: str) -> tuple[str, ...]:
        """Whom a note names."""
        from omnitui.desk import mentions as naming

        return await self.ask(naming.named, text)

    async def customer_tags(self) -> list[str]:
        """Every tag in use on customers."""
        return await self.store.read(vocabulary.customer_tags)

    async def merge_sides(self, source: CustomerId, target: CustomerId) -> merge_sides.Sides:
        """Two customers before they are made one. Raises `CommandError`, `NotFound`."""
        return await self.ask(merge_sides.merge_sides, source, target)

    async def erasing(self, customer_id: CustomerId) -> Preview:
        """What erasing a customer would do. Raises `CommandError`, `NotFound`."""
        return await self.store.read(self._erasing, customer_id)

    async def tags_of(self, ids: Sequence[ConversationId]) -> list[str]:
        """The tags of these conversations, each once."""
        found = await self.store.read(conversations.many, ids)
        return sorted({tag for conversation in found for tag in conversation.tags})

    async def reach_of(self, conversation_id: ConversationId) -> dict[str, str]:
        """By account: where it writes to the customer, as it is shown; empty where it cannot."""
        return await self.ask(reply_route.reach, conversation_id)

    async def familiar_words(self, conversation_id: ConversationId) -> frozenset[str]:
        """Words that are right in a reply here whatever a dictionary says. Raises `NotFound`."""
        return await self.store.read(self._familiar_words, conversation_id)

    async def as_json(self, conversation_id: ConversationId) -> dict[str, Any]:
        """The conversation with its messages as filters get it."""
        return await self.store.read(self._as_json, conversation_id)

    async def situation(
        self, conversation_id: ConversationId, message_id: MessageId | None
    ) -> Situation:
        """The conversation as programs of the settings get it. Raises `NotFound`."""
        return await self.store.read(self._situation, conversation_id, message_id)

    async def draft_text(self, conversation_id: ConversationId) -> str:
        """What the agent has written there so far, as it is in the store."""
        found = await self.store.read(drafts.get, conversation_id, self.agent)
        return found.text if found else ""

    # -- in the store's thread -----------------------------------------------

    def _run(
        self, db: Connection, line: str, targets: Sequence[Target], options: dict[str, Any]
    ) -> list[Outcome]:
        from omnitui.desk import commands
        from omnitui.desk.session import OwnDraft, Session, StoredDraft

        desk = self.desk(db)
        outcomes = []
        for target in targets:
            if isinstance(target, OfCustomer):
                session = Session(desk, None, OwnDraft(), customer=target.id, **options)
            else:
                session = Session(desk, target, StoredDraft(desk, target), **options)
            done = commands.run(session, line)
            left = session.conversation_id != (None if isinstance(target, OfCustomer) else target)
            went_to = session.conversation_id if left else None
            outcomes.append(Outcome(target, done, went_to, left_out=session.left_out))
        return outcomes

    def _undo(self, db: Connection, lines: Sequence[tuple[Target, str]]) -> list[Outcome]:
        options = {"undoing": True}
        if len(lines) == 1:
            ((target, line),) = lines
            return self._run(db, line, [target], options)
        outcomes = []
        for target, line in reversed(lines):
            try:
                with transaction(db):
                    outcomes += self._run(db, line, [target], options)
            except (CommandError, NotFound) as why:
                outcomes.append(Outcome(target, Done(), kept=str(why)))
        return outcomes

    def _erasing(self, db: Connection, customer_id: CustomerId) -> Preview:
        from omnitui.desk.data_rights import erasing

        return erasing.preview(self.desk(db), customer_id)

    def _why_not(
        self, db: Connection, message_id: MessageId, kind: Literal["edit", "delete"]
    ) -> str:
        from omnitui.desk.replying.alterations import why_not

        return why_not(self.desk(db), messages.get(db, message_id), kind)

    def _why_not_mailed(self, db: Connection, message: Message) -> str:
        from omnitui.desk.follow_ups import why_not

        return why_not(self.desk(db), message)

    def _glance(
        self, db: Connection, rows: Rows, in_view: Conversation | None, engine: bool, whole: bool
    ) -> Glimpse:
        from omnitui.tui.link.glance_data import glimpse

        return glimpse(self.desk(db), rows, in_view, engine=engine, whole=whole)

    def _beat(
        self,
        db: Connection,
        screen: str,
        active_at: Millis,
        conversation_id: ConversationId | None,
    ) -> None:
        from omnitui.desk.visiting import presence

        presence.beat(self.desk(db), screen, active_at, conversation_id)

    def _leave(self, db: Connection, screen: str) -> None:
        from omnitui.desk.visiting import presence

        presence.leave(self.desk(db), screen)

    def _typing(
        self, db: Connection, conversation_id: ConversationId, via: str, inside: bool
    ) -> None:
        from omnitui.desk.visiting import typing

        typing.note(self.desk(db), conversation_id, via or None, inside=inside)

    def _colleagues_here(self, db: Connection) -> bool:
        from omnitui.desk.visiting import typing

        return typing.colleagues_here(self.desk(db))

    def _article_names(self) -> list[str]:
        from omnitui.desk.knowledge.articles import directories
        from omnitui.desk.knowledge.shelf import shelf

        kept = shelf(directories(self.config))
        kept.refresh()
        return [article.name for article in kept.all]

    def _template_names(self, db: Connection) -> list[str]:
        from omnitui.desk.session import templates_of

        return [template.name for template in templates_of(self.desk(db)).all]

    def _familiar_words(self, db: Connection, conversation_id: ConversationId) -> frozenset[str]:
        from omnitui.tui.link.familiar_words import familiar_words

        return familiar_words(self.desk(db), conversation_id)

    def _as_json(self, db: Connection, conversation_id: ConversationId) -> dict[str, Any]:
        return dict(self._situation(db, conversation_id, None).given)

    def _situation(
        self, db: Connection, conversation_id: ConversationId, message_id: MessageId | None
    ) -> Situation:
        from omnitui.desk.programs import situation

        return situation(self.desk(db), conversation_id, message_id)


def _receivers(desk: Desk) -> list[str]:
    from omnitui.desk.agents import known, looks_only

    return [one for one in known(desk) if one != desk.agent and not looks_only(desk, one)]


def _mark_read(db: Connection, agent: str, conversation_id: ConversationId) -> None:
    newest = messages.newest_inbound(db, conversation_id)
    conversations.mark_read(db, agent, conversation_id, newest or MessageId(0))
    mentions.seen(db, agent, conversation_id, now())


def _new_in(db: Connection, agent: str, conversation_id: ConversationId) -> bool:
    ids = [conversation_id]
    return bool(conversations.unread(db, agent, ids) or mentions.unseen_in(db, agent, ids))
