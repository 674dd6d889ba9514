"""What was sent already: changed or taken back, where the channel can."""

from __future__ import annotations

from config.i18n import _, ngettext
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.replying import alterations
from omnitui.desk.session import ChangedMeanwhile, Session
from store import messages
from store.alterations import AlterationId
from store.model import Message, MessageId

_NOTHING = Rest()


@REGISTRY.command("message edit")
def edit(session: Session, message: int, text: Rest = _NOTHING) -> Done:
    """Change a sent message at the customer's, too; without a text, to what the draft says."""
    found = _of_here(session, message)
    draft = session.draft.get()
    wanted = text or draft.text
    if not wanted.strip():
        raise CommandError(_("Say the new text, or write it into the draft."))
    agent, stands = alterations.stands(session.desk, found)
    if session.was is not None and session.was.strip() != stands.strip() != wanted.strip():
        raise ChangedMeanwhile(agent, stands)
    change = alterations.queue(session.desk, found.id, "edit", wanted)
    if not text:
        session.draft.clear()
    return Done(_("The change is on its way."), f"alteration undo {change.id}")


@REGISTRY.command("message delete")
def delete(session: Session, message: int) -> Done:
    """Delete a sent message at the customer's; its text stays here."""
    change = alterations.queue(session.desk, _of_here(session, message).id, "delete")
    return Done(_("It is about to be deleted."), f"alteration undo {change.id}")


@REGISTRY.command("alteration cancel")
def cancel(session: Session, message: int = 0) -> Done:
    """Take back what is to be changed in a sent message and has not been yet."""
    count = alterations.cancel(session.desk, _altered(session, message))
    return Done(
        ngettext("{n} change taken back.", "{n} changes taken back.", count).format(n=count)
    )


@REGISTRY.command("alteration retry")
def retry(session: Session, message: int = 0) -> Done:
    """Try a change of a sent message again that failed, or that waits, now."""
    message_id = _altered(session, message)
    alterations.retry(session.desk, message_id)
    return Done(_("Once more on its way."), f"alteration cancel {message_id}")


@REGISTRY.command("alteration undo")
def undo(session: Session, change: int) -> Done:
    """Take one change back by its own number: not made if it has not left, else edited back."""
    if alterations.undo(session.desk, AlterationId(change)):
        return Done(_("It stays as it is."))
    return Done(_("The earlier text is on its way."))


def _of_here(session: Session, message: int) -> Message:
    found = messages.get(session.desk.db, MessageId(message))
    if found.conversation_id != session.here:
        raise CommandError(
            _("Message {id} is in conversation {other}.").format(
                id=message, other=found.conversation_id
            )
        )
    return found


def _altered(session: Session, message: int) -> MessageId:
    """The message named, or the newest of the conversation with a change that is open."""
    if message:
        return _of_here(session, message).id
    newest = messages.of_conversation(session.desk.db, session.here, last=500)
    for one in reversed(newest):
        if one.details.get("alteration"):
            return one.id
    raise CommandError(_("No message here is to be changed."))
