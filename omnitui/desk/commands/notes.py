"""Notes that only agents see, and handing a conversation over with one."""

from __future__ import annotations

import re

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk import mentions as naming
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.agents import may_take, receiver
from omnitui.desk.commands.macros import together
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.commands.status import assigned_back
from omnitui.desk.replying import reply
from omnitui.desk.session import Session
from omnitui.desk.together import holding
from store import conversations, mentions, messages
from store.model import Message, MessageId

_NOTHING = Rest()


@REGISTRY.command("note")
def note(session: Session, text: Rest) -> Done:
    """Keep a note in the conversation that only agents see; `@olena` in it is told to olena."""
    made = reply.add_note(session.desk, session.here, text)
    return Done(_("Note kept."), f"note discard {made}")


@REGISTRY.command("note discard")
def note_discard(session: Session, message: int) -> Done:
    """Strike a note of yours out, by its message's number: it stays to be seen, struck out, and
    whom it names is told no longer."""
    found = _own(session, message)
    if found.state == "cancelled":
        raise CommandError(_("That note is struck out already."))
    messages.set_state(session.desk.db, found.id, "cancelled")
    mentions.remove(session.desk.db, found.id)
    journal.record(
        session.desk, "note.struck", conversation=found.conversation_id, message=found.id
    )
    return Done(_("Struck out."), f"note restore {message}")


@REGISTRY.command("note restore")
def note_restore(session: Session, message: int) -> Done:
    """Bring a note back that was struck out."""
    found = _own(session, message)
    if found.state != "cancelled":
        raise CommandError(_("That note is not struck out."))
    messages.set_state(session.desk.db, found.id, "received")
    journal.record(
        session.desk, "message.noted", conversation=found.conversation_id, message=found.id
    )
    naming.note(session.desk, found.conversation_id, found.id, found.text)
    return Done(_("The note stands again."), f"note discard {message}")


@REGISTRY.command("hand over")
def hand_over(session: Session, agent: str, text: Rest = _NOTHING) -> Done:
    """Give the conversation to a colleague, with a note that tells them why:
    `hand over olena Please call her`."""
    name = agent.removeprefix("@")
    if not name or name == "none":
        raise CommandError(_("To whom? Name an agent."))
    name = receiver(session, name)
    db, here = session.desk.db, session.here
    found = conversations.get(db, here)
    before = found.assignee
    if name != before:
        may_take(session, found, name)
    lines = []
    if text.strip():
        words = text if _names(text, name) else f"@{name} {text}"
        lines.append(f"note discard {reply.add_note(session.desk, here, words)}")
    if name != before:
        holding.give(session.desk, found, name)
        lines.insert(0, assigned_back(name, before))
    if not lines:
        return Done(_("Nothing to change."))
    return Done(_("Handed over to {agent}.").format(agent=name), together(lines))


def _names(text: str, agent: str) -> bool:
    return re.search(rf"(?<!\w)@{re.escape(agent)}(?!\w)", text, re.IGNORECASE) is not None


def _own(session: Session, number: int) -> Message:
    """A note of the agent's, or of this conversation's. Raises `CommandError`, `NotFound`."""
    found = messages.get(session.desk.db, MessageId(number))
    if found.direction != "note":
        raise CommandError(_("Message {id} is no note.").format(id=number))
    if found.author_address not in ("", session.desk.agent):
        raise CommandError(
            _("That note is {agent}'s: only they strike it out.").format(agent=found.author)
        )
    return found
