"""Splitting, moving and joining conversations, undoably."""

from __future__ import annotations

from typing import Literal

from config.i18n import _, ngettext
from omnitui.desk import organise
from omnitui.desk.command import CommandError, Done
from omnitui.desk.commands.macros import together
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import NeedsConfirmation, Session
from store import conversations
from store.model import ConversationId, EventId, MessageId


@REGISTRY.command("split")
def split(session: Session, message: int, subject: str = "") -> Done:
    """Put a message and all after it into a conversation of their own."""
    new, made = organise.split(session.desk, session.here, MessageId(message), subject)
    return Done(_("Conversation {id} split off.").format(id=new), f"unmove {made}")


@REGISTRY.command("move")
def move(
    session: Session, messages: str, conversation: int, sure: Literal["yes", "ask"] = "ask"
) -> Done:
    """Put messages (ids, with commas between) into another conversation."""
    ids = _ids(messages)
    _confirm(session, ConversationId(conversation), sure == "yes")
    made = organise.move(session.desk, ids, ConversationId(conversation))
    n = len(ids)
    return Done(
        ngettext(
            "{n} message moved to conversation {id}.", "{n} messages moved to conversation {id}.", n
        ).format(n=n, id=conversation),
        together([f"unmove {one}" for one in reversed(made)]),
    )


@REGISTRY.command("join")
def join(session: Session, conversation: int, sure: Literal["yes", "ask"] = "ask") -> Done:
    """Put all of this conversation into another one, which goes on with both."""
    target = ConversationId(conversation)
    if target != session.here:
        _confirm(session, target, sure == "yes")
    made = organise.join(session.desk, session.here, target)
    return Done(_("Joined to conversation {id}.").format(id=target), f"unmove {made}")


@REGISTRY.command("unmove")
def unmove(session: Session, move: int) -> Done:
    """Take back that messages were moved, split off or joined, by the number of that event. Both
    conversations are as they were, but for what has happened there since."""
    made, ids = organise.unmove(session.desk, EventId(move))
    n = len(ids)
    return Done(
        ngettext(
            "{n} message is back in conversation {id}.",
            "{n} messages are back in conversation {id}.",
            n,
        ).format(n=n, id=made.data["source"]),
        f"move {_list(ids)} {made.data['target']} yes",
    )


def _confirm(session: Session, target: ConversationId, sure: bool) -> None:
    there = conversations.get(session.desk.db, target)
    here = session.conversation()
    if there.customer_id != here.customer_id and not (sure or session.confirmed):
        words = {"id": target, "name": there.customer_name or _("somebody else")}
        raise NeedsConfirmation(
            _(
                "Conversation {id} is another customer's, {name}: add “yes” if that is meant."
            ).format(**words),
            _("Conversation {id} is another customer's, {name}. Is that meant?").format(**words),
        )


def _list(ids: list[MessageId]) -> str:
    return ",".join(map(str, ids))


def _ids(text: str) -> list[MessageId]:
    try:
        found = [MessageId(int(part)) for part in text.replace("#", "").split(",") if part.strip()]
    except ValueError:
        found = []
    if not found:
        raise CommandError(_("“{text}” is no list of message ids like 12,15.").format(text=text))
    return list(dict.fromkeys(found))
