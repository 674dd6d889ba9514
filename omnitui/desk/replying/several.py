"""One answer to many conversations: what would stop it in each, told before any of them goes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from config.i18n import _
from omnitui.desk.channel_names import channel_name
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.replying.preflight import preflight
from omnitui.desk.replying.reply import unfilled
from omnitui.desk.replying.reply_stops import some
from omnitui.desk.session import templates_of
from omnitui.desk.template_text import render
from store import conversations, drafts
from store.model import Conversation, ConversationId, CustomerId


@dataclass(frozen=True, slots=True)
class Planned:
    """The answer to one conversation, as it would go."""

    conversation_id: ConversationId
    customer: str
    problem: str = ""
    """Why it does not go out, a sentence; empty when it does."""
    instead: ConversationId | None = None
    """The customer gets it in that one of the conversations, which they wrote in last: here they
    would get it once more."""


def text_of(desk: Desk, conversation_id: ConversationId, names: Sequence[str]) -> str:
    """Templates, filled in for this customer in their language, joined. Raises `CommandError`."""
    found = templates_of(desk)
    return "\n\n".join(render(desk, conversation_id, found.get(name)).text for name in names)


def plan(
    desk: Desk, conversation_ids: Sequence[ConversationId], names: Sequence[str]
) -> list[Planned]:
    """What an answer made of these templates would do in each; nobody gets it twice. Raises
    `NotFound`."""
    planned = []
    rooms: dict[CustomerId, list[Conversation]] = {}
    for conversation_id in conversation_ids:
        room = conversations.get(desk.db, conversation_id)
        try:
            problem = _problem(desk, conversation_id, names)
        except CommandError as error:
            problem = str(error)
        if not problem:
            rooms.setdefault(room.customer_id, []).append(room)
        planned.append(Planned(conversation_id, room.customer_name, problem))
    instead: dict[ConversationId, ConversationId] = {}
    for found in rooms.values():
        last = _written_in_last(found)
        instead.update({one.id: last for one in found if one.id != last})
    return [replace(one, instead=instead.get(one.conversation_id)) for one in planned]


def goes_elsewhere(
    desk: Desk, conversation_id: ConversationId, among: Collection[ConversationId]
) -> bool:
    """Whether the customer gets an answer to all of these in another one of them. Raises
    `NotFound`."""
    if len(among) < 2:
        return False
    customer = conversations.get(desk.db, conversation_id).customer_id
    found = [one for one in conversations.of_customer(desk.db, customer) if one.id in among]
    return len(found) > 1 and _written_in_last(found) != conversation_id


def _written_in_last(found: Sequence[Conversation]) -> ConversationId:
    return max(found, key=lambda one: (one.last_inbound_id or 0, one.last_message_at, one.id)).id


def _problem(desk: Desk, conversation_id: ConversationId, names: Sequence[str]) -> str:
    text = text_of(desk, conversation_id, names)
    if missing := unfilled(text):
        return _("To be filled in: {names}.").format(names=", ".join(missing))
    begun = drafts.get(desk.db, conversation_id, desk.agent)
    if begun is not None and begun.text.strip():
        return _("You have begun a reply there.")
    flight = preflight(desk, conversation_id)
    if flight.new_recipients:
        return _("The customer never wrote from {addresses}.").format(
            addresses=some(flight.new_recipients)
        )
    if flight.text_limit is not None and len(text) > flight.text_limit:
        return _("It is too long for {channel}.").format(channel=channel_name(flight.channel))
    return flight.problems[0] if flight.problems else ""
