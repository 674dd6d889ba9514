"""Who gets which message when a merge is taken back.

What there was at the time of the merge belongs to whom it belonged then; what came since, to
the one by whose address it came. A conversation with messages of both is parted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from omnitui.desk import journal, organise
from omnitui.desk.context import Desk
from omnitui.desk.statuses import change_status
from store import conversations, events, identities, merging, messages
from store.merging import Moved
from store.model import ConversationId, CustomerId, Event, EventId, Message, MessageId


def part(desk: Desk, moved: Moved, source: CustomerId, holder: CustomerId) -> None:
    """Give the source what is theirs. Identities are back on the source already."""
    _Parting(desk, moved, source, holder).settle()


@dataclass(slots=True)
class _Parting:
    desk: Desk
    moved: Moved
    source: CustomerId
    holder: CustomerId
    """Who has everything now."""
    _moves: dict[ConversationId, list[Event]] = field(default_factory=dict)

    def settle(self) -> None:
        db = self.desk.db
        before = set(self.moved.messages)
        theirs = set(map(ConversationId, self.moved.conversations))
        held = set(merging.conversation_ids(db, self.holder))
        rooms = theirs & held
        rooms.update(merging.touched_since(db, self.holder, self.moved.last_message))
        rooms.update(merging.homes(db, self.holder, self.moved.messages).values())
        given: list[ConversationId] = []
        parted: list[tuple[ConversationId, CustomerId, list[Message]]] = []
        for room in sorted(rooms):
            history = messages.of_conversation(db, room)
            owners = [self._owner(one, before) for one in history]
            home = self._home(room, owners, theirs)
            other = self.holder if home == self.source else self.source
            strays = [m for m, owner in zip(history, owners, strict=True) if owner == other]
            if home == self.source:
                given.append(room)
            if strays:
                parted.append((room, other, strays))
        conversations.give_all(db, given, self.source)
        for room in given:
            journal.record(
                self.desk,
                "conversation.given",
                conversation=room,
                before=self.holder,
                now=self.source,
            )
        for room, owner, strays in parted:
            self._move(room, owner, strays)

    def _owner(self, message: Message, before: set[int]) -> CustomerId | None:
        """None: it stays with its conversation."""
        if message.id in before:
            return self.source
        if message.id <= self.moved.last_message:
            return self.holder
        if message.direction == "note":
            return None
        people = [message.author_address]
        if message.direction == "out":
            people = [person.address for person in message.recipients]
        for address in people:
            known = identities.find(self.desk.db, message.channel, address)
            if known is not None and known.customer_id in (self.source, self.holder):
                return known.customer_id
        return None

    def _home(
        self, room: ConversationId, owners: Sequence[CustomerId | None], theirs: set[ConversationId]
    ) -> CustomerId:
        if room in theirs:
            return self.source
        if room <= self.moved.last_conversation:
            return self.holder
        return next((owner for owner in owners if owner is not None), self.holder)

    def _move(self, room: ConversationId, owner: CustomerId, strays: Sequence[Message]) -> None:
        """Back to the conversation that they were in, or into one of their own."""
        places: dict[ConversationId | None, list[MessageId]] = {}
        for message in strays:
            places.setdefault(self._place_before(room, owner, message), []).append(message.id)
        for place, ids in places.items():
            back = place is not None
            if place is None:
                place = self._new(room, owner, strays[0])
            organise.move(self.desk, ids, place)
            now, there = (conversations.get(self.desk.db, one) for one in (room, place))
            if back and there.status == "closed" and there.related_id == room:
                # It was closed because all of it had gone.
                conversations.set_related(self.desk.db, place, None)
                if now.status == "open":
                    change_status(self.desk, place, "closed", "open", why="unmerged")

    def _place_before(
        self, room: ConversationId, owner: CustomerId, message: Message
    ) -> ConversationId | None:
        """Where a message was at the time of the merge, if that is still its customer's."""
        if message.id > self.moved.last_message:
            return None
        place, before = room, None
        while step := self._last_move(place, message.id, before):
            place, before = ConversationId(step.data["source"]), step.id
        if place == room or conversations.get(self.desk.db, place).customer_id != owner:
            return None
        return place

    def _last_move(
        self, into: ConversationId, message_id: MessageId, before: EventId | None
    ) -> Event | None:
        """How a message came into a conversation since the merge; the last time before an
        event."""
        if into not in self._moves:
            self._moves[into] = [
                event
                for event in events.of_conversation(self.desk.db, into)
                if event.kind == "messages.moved"
                and event.id > self.moved.last_event
                and event.data["target"] == into
            ]
        for event in reversed(self._moves[into]):
            if message_id in event.data["messages"] and (before is None or event.id < before):
                return event
        return None

    def _new(self, room: ConversationId, owner: CustomerId, first: Message) -> ConversationId:
        """A conversation for what came since, linked to where it was."""
        like = conversations.get(self.desk.db, room)
        made = conversations.create(
            self.desk.db,
            owner,
            subject=first.subject or like.subject,
            status="open" if like.status == "snoozed" else like.status,
            assignee=like.assignee,
            account_id=first.account_id or like.account_id,
            at=first.arrived_at,
            related_id=room,
        )
        journal.record(
            self.desk, "conversation.created", customer=owner, conversation=made, related=room
        )
        return made
