"""Splitting, moving and joining conversations, undoably."""

from __future__ import annotations

from typing import Literal

from config.i18n import _, ngettext
from omnitui.desk import organise
from omnitui.desk.command import CommandError, Done
from omnitui.desk.commands.macros import together
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.commands.status import _back
from omnitui.desk.session import NeedsConfirmation, Session
from store import conversations, messages
from store.model import ConversationId, MessageId


@REGISTRY.command("split")
def split(session: Session, message: int, subject: str = "") -> Done:
    """Put a message and all after it into a conversation of their own."""
    new, ids = organise.split(session.desk, session.here, MessageId(message), subject)
    return Done(
        _("Conversation {id} split off.").format(id=new),
        f"move {_list(ids)} {session.here} yes",
    )


@REGISTRY.command("move")
def move(
    session: Session, messages: str, conversation: int, sure: Literal["yes", "ask"] = "ask"
) -> Done:
    """Put messages (ids, with commas between) into another conversation."""
    ids = _ids(messages)
    undo = _return(session, ids)
    _confirm(session, ConversationId(conversation), sure == "yes")
    organise.move(session.desk, ids, ConversationId(conversation))
    n = len(ids)
    return Done(
        ngettext(
            "{n} message moved to conversation {id}.", "{n} messages moved to conversation {id}.", n
        ).format(n=n, id=conversation),
        undo,
    )


@REGISTRY.command("join")
def join(session: Session, conversation: int, sure: Literal["yes", "ask"] = "ask") -> Done:
    """Put all of this conversation into another one, which goes on with both."""
    target = ConversationId(conversation)
    if target == session.here:
        raise CommandError(_("A conversation cannot be joined to itself."))
    before = session.conversation()
    _confirm(session, target, sure == "yes")
    there = conversations.get(session.desk.db, target)
    ids = [m.id for m in messages.of_conversation(session.desk.db, session.here)]
    if not ids:
        raise CommandError(_("This conversation is empty."))
    undo = [_return(session, ids), _back(before, session.desk.now())]
    organise.move(session.desk, ids, target)
    if there.status == "closed" and before.status == "open":
        from omnitui.desk.arrival import change_status

        change_status(session.desk, target, there.status, "open", why="joined")
    return Done(_("Joined to conversation {id}.").format(id=target), together(undo))


def _confirm(session: Session, target: ConversationId, sure: bool) -> None:
    there = conversations.get(session.desk.db, target)
    here = session.conversation()
    if there.customer_id != here.customer_id and not (sure or session.confirmed):
        raise NeedsConfirmation(
            _(
                "Conversation {id} is another customer's, {name}: add “yes” if that is meant."
            ).format(id=target, name=there.customer_name or _("somebody else"))
        )


def _return(session: Session, ids: list[MessageId]) -> str:
    """The lines that put messages back to where each of them is now."""
    places: dict[ConversationId, list[MessageId]] = {}
    for id_ in ids:
        home = messages.get(session.desk.db, id_).conversation_id
        places.setdefault(home, []).append(id_)
    return together([f"move {_list(found)} {home} yes" for home, found in places.items()])


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
