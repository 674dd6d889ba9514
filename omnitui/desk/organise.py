"""Splitting, joining and moving: a conversation is one matter, and mail does not know that.

What a move changed besides the messages' place is written into its event, so that it can be
taken back at any time: see `unmove`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.statuses import change_status
from store import conversations, events, merging, message_keys, messages, moving, watches
from store.model import Conversation, ConversationId, Event, EventId, Message, MessageId, Millis


def split(
    desk: Desk, conversation_id: ConversationId, from_message: MessageId, subject: str = ""
) -> tuple[ConversationId, EventId]:
    """Put a message and all after it into a conversation of their own, linked to this one.

    Returns the new conversation and the move. Raises `CommandError`, `NotFound`.
    """
    before = conversations.get(desk.db, conversation_id)
    history = messages.of_conversation(desk.db, conversation_id)
    first = _one(history, from_message)
    moved = [m for m in history if m.position >= first.position]
    if len(moved) == len(history):
        raise CommandError(_("Nothing would stay: split at a later message."))
    new = conversations.create(
        desk.db,
        before.customer_id,
        subject=subject or first.subject or before.subject,
        status=before.status if before.status != "snoozed" else "open",
        assignee=before.assignee,
        account_id=first.account_id or before.account_id,
        at=first.arrived_at,
        related_id=conversation_id,
    )
    journal.record(
        desk, "conversation.created", customer=before.customer_id, conversation=new,
        related=conversation_id,
    )  # fmt: skip
    [made] = move(desk, [m.id for m in moved], new)
    return new, made


def join(desk: Desk, source: ConversationId, target: ConversationId) -> EventId:
    """Put all of a conversation into another one, which goes on with both: what was still to be
    done in the one is to be done in the other. Raises `CommandError`, `NotFound`."""
    if target == source:
        raise CommandError(_("A conversation cannot be joined to itself."))
    before, there = (conversations.get(desk.db, one) for one in (source, target))
    history = messages.of_conversation(desk.db, source)
    if not history:
        raise CommandError(_("This conversation is empty."))
    waits = [one.position for one in history if one.arrived_at == before.waiting_since]
    [made] = move(desk, [m.id for m in history], target)
    if there.status == "closed" != before.status or (waits and there.status != "open"):
        change_status(
            desk,
            target,
            there.status,
            "open" if waits else before.status,
            why="joined",
            snoozed_until=None if waits else before.snoozed_until,
        )
    if waits:
        moving.wait_from(desk.db, target, waits[0])
    return made


def move(desk: Desk, ids: Sequence[MessageId], target: ConversationId) -> list[EventId]:
    """Put messages into another conversation; what it leaves empty is closed, with a link there.

    Returns the moves, one for each conversation that they came from. Raises `NotFound`.
    """
    conversations.get(desk.db, target)
    moved = [messages.get(desk.db, id_) for id_ in ids]
    sources = dict.fromkeys(m.conversation_id for m in moved if m.conversation_id != target)
    return [
        _move(desk, source, target, [m for m in moved if m.conversation_id == source])
        for source in sources
    ]


def unmove(desk: Desk, move_id: EventId) -> tuple[Event, list[MessageId]]:
    """Take a move back: what of it still is where it was put returns to where it was, and either
    conversation is as it was, but for what has happened there since.

    Returns the move and what went back. Raises `CommandError`, `NotFound`.
    """
    db, made = desk.db, events.get(desk.db, move_id)
    if made.kind != "messages.moved" or "before" not in made.data:
        raise CommandError(_("{id} is no move that can be taken back.").format(id=move_id))
    source, target = (ConversationId(made.data[end]) for end in ("source", "target"))
    here = [m for m in messages.many(db, made.data["messages"]) if m.conversation_id == target]
    if not here:
        raise CommandError(_("Nothing of what was moved is there any more."))
    home = conversations.get(db, source)
    owner = conversations.get(db, target).customer_id
    ids = [m.id for m in here]
    was = {**asdict(moving.state(db, target)), "marks": moving.marks(db, target)}
    messages.move(db, ids, source)
    _restore(desk, made, home, empty=not conversations.get(db, target).messages)
    if home.customer_id != owner:
        merging.renew_contact(db, owner, _contact(made.data["before"]))
    _tell(desk, target, source, ids, emptied=was)
    return made, ids


def _move(
    desk: Desk, source: ConversationId, target: ConversationId, moved: Sequence[Message]
) -> EventId:
    db = desk.db
    before, there = conversations.get(db, source), conversations.get(db, target)
    book: dict[str, Any] = {
        "source": asdict(moving.state(db, source)),
        "target": asdict(moving.state(db, target)),
        "newest": max(int(messages.newest_id(db)), 0),
    }
    if before.customer_id != there.customer_id:
        book["contact"] = list(merging.contact(db, there.customer_id))
    read = _Read.of(desk, before, there, moved)
    messages.move(db, [m.id for m in moved], target)
    book["marks"] = read.settle(desk)
    _fill(desk, there)
    if left_empty := not conversations.get(db, source).messages:
        conversations.set_related(db, source, target)
        book["awaited"] = moving.awaited(db, source)
        message_keys.follow(db, source, target)
        # To another customer an agent has to write anew.
        if before.customer_id == there.customer_id:
            book["drafts"] = moving.give_drafts(db, source, target)
            book["watches"] = watches.follow(db, source, target, desk.now())
    made = _tell(desk, source, target, [m.id for m in moved], book)
    if left_empty and before.status != "closed":
        change_status(desk, source, before.status, "closed", why="joined")
    return made


class _Read:
    """Who has read what was moved: what somebody has not read stays unread for them."""

    def __init__(self, target: ConversationId, marks: Mapping[str, int], read: Mapping[str, bool]):
        self._target = target
        self._marks = marks
        self._read = read

    @classmethod
    def of(
        cls, desk: Desk, before: Conversation, there: Conversation, moved: Sequence[Message]
    ) -> _Read:
        theirs, marks = moving.marks(desk.db, before.id), moving.marks(desk.db, there.id)
        newest = max((m.id for m in moved if m.direction == "in"), default=0)
        last = there.last_inbound_id or 0
        return cls(
            there.id,
            marks,
            {
                agent: newest <= theirs.get(agent, 0) and last <= marks.get(agent, 0)
                for agent in {*theirs, *marks}
            },
        )

    def settle(self, desk: Desk) -> dict[str, list[int | None]]:
        """Mark the conversation that has it all now; of the agents whose mark that changes, what
        it was and is."""
        last = conversations.get(desk.db, self._target).last_inbound_id or 0
        changed: dict[str, list[int | None]] = {}
        for agent, all_read in self._read.items():
            mark = self._marks.get(agent, 0)
            now = max(mark, last) if all_read else min(mark, last - 1) if last else mark
            if now != mark and (now > 0 or mark):
                changed[agent] = [self._marks.get(agent), max(now, 0)]
        now_marks = {agent: now for agent, (_was, now) in changed.items()}
        moving.set_marks(desk.db, self._target, now_marks, desk.now())
        return changed


def _restore(desk: Desk, made: Event, home: Conversation, *, empty: bool) -> None:
    """What both conversations were, as far as nobody has touched it since."""
    db, book = desk.db, made.data["before"]
    source, target = (ConversationId(made.data[end]) for end in ("source", "target"))
    changed = {
        one: [
            event.data.get("why")
            for event in events.of_conversation(db, one)
            if event.kind == "conversation.status" and event.id > made.id
        ]
        for one in (source, target)
    }
    since = [m for m in messages.of_conversation(db, target) if m.id > book["newest"]]
    if home.status == "closed" and home.related_id == target and set(changed[source]) <= {"joined"}:
        _put_back(desk, source, moving.State(**book["source"]), home.status)
        moving.await_again(db, target, source, [tuple(key) for key in book.get("awaited", ())])
        if drafts := book.get("drafts"):
            moving.give_drafts(db, target, source, drafts)
        watches.drop(db, target, book.get("watches", ()))
    there = conversations.get(db, target)
    earlier = moving.State(**book["target"])
    if not since and set(changed[target]) <= {"joined"}:
        _put_back(desk, target, earlier, there.status)
    if empty:
        conversations.set_related(db, target, source)
        there = conversations.get(db, target)
        if there.status != "closed":
            change_status(desk, target, there.status, "closed", why="joined")
    marks = moving.marks(db, target)
    moving.set_marks(
        db,
        target,
        {who: was for who, (was, now) in book["marks"].items() if marks.get(who) == now},
        desk.now(),
    )


def _fill(desk: Desk, there: Conversation) -> None:
    """What was closed since it was left empty, and for nothing else, is what it was before when
    it gets messages again: a move that was taken back is made once more."""
    if there.messages or there.status != "closed":
        return
    left: dict[str, Any] = {}
    for event in events.of_conversation(desk.db, there.id):
        if event.kind == "messages.moved" and event.data.get("source") == there.id:
            kept = event.data.get("emptied") or event.data.get("before", {}).get("source")
            left = dict(kept or {})
        elif event.kind == "conversation.status" and event.data.get("why") != "joined":
            left = {}
    if left:
        moving.set_marks(desk.db, there.id, left.pop("marks", {}), desk.now())
        _put_back(desk, there.id, moving.State(**left), there.status)


def _put_back(desk: Desk, conversation_id: ConversationId, before: moving.State, now: str) -> None:
    """A time to wake that is over has passed: then it is open."""
    if before.status == "snoozed" and (before.snoozed_until or 0) <= desk.now():
        before = moving.State("open", None, None, before.handled_position, before.related_id)
    moving.restore(desk.db, conversation_id, before)
    if before.status == now:
        return
    told: dict[str, Any] = {"before": now, "status": before.status, "why": "joined"}
    if before.snoozed_until:
        told["until"] = before.snoozed_until
    journal.record(desk, "conversation.status", conversation=conversation_id, **told)


def _contact(book: Mapping[str, Any]) -> tuple[Millis | None, Millis | None]:
    first, last = book.get("contact", (None, None))
    return first, last


def _one(history: Sequence[Message], message_id: MessageId) -> Message:
    for message in history:
        if message.id == message_id:
            return message
    raise CommandError(_("Message {id} is not in this conversation.").format(id=message_id))


def _tell(
    desk: Desk,
    source: ConversationId,
    target: ConversationId,
    ids: Sequence[MessageId],
    book: Mapping[str, Any] | None = None,
    *,
    emptied: Mapping[str, Any] | None = None,
) -> EventId:
    """Both conversations show it, so both have it in their log; the source's event is the move.
    `emptied`: what the source was like before a move was taken back."""
    told: dict[str, Any] = {"source": source, "target": target, "messages": list(ids)}
    journal.record(desk, "messages.moved", conversation=target, **told)
    if book:
        told["before"] = dict(book)
    if emptied:
        told["emptied"] = dict(emptied)
    journal.record(desk, "messages.moved", conversation=source, **told)
    return events.last_id(desk.db)
