"""What became of a scenario's matters, as the store tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.practice.play import Played
from connectors.practice.scenario import Customer, Matter, Scenario
from store import conversations, events, messages
from store.driver import Connection
from store.model import Conversation, ConversationId, CustomerId, Message, MessageId, Millis


@dataclass(frozen=True, slots=True)
class Reply:
    at: Millis
    """When it was sent off, or is to be."""
    message: Message


@dataclass(frozen=True, slots=True)
class MatterFacts:
    customer: Customer
    matter: Matter
    arrived: tuple[Millis, ...]
    """When each of the customer's messages came that asks for an answer."""
    replies: tuple[Reply, ...]
    """Ours, in their order."""
    notes: tuple[str, ...]
    conversations: tuple[Conversation, ...]
    """Where the customer's messages are now, the last one last."""
    customer_id: CustomerId | None
    left: bool
    """The customer has given up."""

    @property
    def waits(self) -> list[tuple[Millis, Millis | None]]:
        """(from, to) of each time that the customer waited; None: still."""
        found: list[tuple[Millis, Millis | None]] = []
        since: Millis | None = None
        turns = [(at, 0) for at in self.arrived] + [(reply.at, 1) for reply in self.replies]
        for at, ours in sorted(turns):
            if ours and since is not None:
                found.append((since, at))
                since = None
            elif not ours and since is None:
                since = at
        return found if since is None else [*found, (since, None)]


def facts(db: Connection, scenario: Scenario, played: Played, began: Millis) -> list[MatterFacts]:
    """By the matters' numbers."""
    keys = {said.key: said for said in played.said}
    found = messages.find_by_externals(db, keys)
    theirs: dict[int, list[Message]] = {}
    for key, copies in found.items():
        theirs.setdefault(keys[key].matter, []).append(copies[0])
    return [
        _facts(db, customer, matter, theirs.get(number, ()), played, number, began)
        for number, (customer, matter) in enumerate(scenario.matters)
    ]


def _facts(
    db: Connection,
    customer: Customer,
    matter: Matter,
    theirs: Sequence[Message],
    played: Played,
    number: int,
    began: Millis,
) -> MatterFacts:
    ordered = sorted(theirs, key=lambda one: one.position)
    ids: list[ConversationId] = []
    for message in ordered:
        if message.conversation_id in ids:
            ids.remove(message.conversation_id)
        ids.append(message.conversation_id)
    replies: list[Reply] = []
    notes: list[str] = []
    for id_ in ids:
        queued = _queued(db, id_)
        for message in messages.of_conversation(db, id_):
            if message.arrived_at < began or message.details.get("automatic"):
                continue
            if message.direction == "note":
                notes.append(message.text)
            elif message.direction == "out" and message.state != "cancelled":
                replies.append(Reply(queued.get(message.id, message.sent_at), message))
    first = ordered[0].arrived_at if ordered else 0
    content = {said.key for said in played.said if said.content}
    return MatterFacts(
        customer,
        matter,
        arrived=tuple(one.arrived_at for one in ordered if one.external_id not in content),
        # Of a conversation with two matters, what came after this one had begun.
        replies=tuple(sorted((r for r in replies if first and r.at >= first), key=lambda r: r.at)),
        notes=tuple(notes),
        conversations=tuple(conversations.get(db, id_) for id_ in ids),
        customer_id=ordered[-1].customer_id if ordered else None,
        left=played.courses[number].outcome == "left",
    )


def _queued(db: Connection, conversation: ConversationId) -> dict[MessageId, Millis]:
    """When replies were sent off; of those for later, when they are to be."""
    return {
        event.message_id: max(event.at, int(event.data.get("send_at") or 0))
        for event in events.of_conversation(db, conversation)
        if event.kind == "message.queued" and event.message_id is not None
    }
