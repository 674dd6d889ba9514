"""Messages on their way out, from the agent's side."""

from __future__ import annotations

from collections.abc import Collection

from config.i18n import _
from omnitui.desk.command import CommandError, Done
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.mail.letterhead import agent_name
from omnitui.desk.replying import outbox as desk_outbox
from omnitui.desk.replying.resending import refused_still
from omnitui.desk.session import Session
from store import messages
from store import outbox as store_outbox
from store.model import Message, MessageId, MessageState


@REGISTRY.command("outbox cancel")
def cancel(session: Session, message: int = 0) -> Done:
    """Take back a reply that has not left yet; its text becomes the draft again."""
    nothing = _("Nothing here waits to be sent: there is nothing to take back.")
    message_id = _choose(session, message, {"queued"}, nothing)
    desk_outbox.cancel(session.desk, message_id)
    return Done(_("Taken back; the text is in the reply box."))


@REGISTRY.command("outbox retry")
def retry(session: Session, message: int = 0) -> Done:
    """Send a failed message again, one that waits at once, or one that some recipients were
    refused to those alone. One of unknown fate may then arrive twice."""
    nothing = _("Nothing here failed: there is nothing to send again.")
    wanted: set[MessageState] = {"failed", "unknown", "queued"}
    message_id = _choose(session, message, wanted, nothing, refused=True)
    entry = store_outbox.get(session.desk.db, message_id)
    going = desk_outbox.retry(session.desk, message_id)
    undo = "" if entry.state == "queued" else f"outbox cancel {going}"
    return Done(_("Once more on its way."), undo)


@REGISTRY.command("outbox failed")
def failed(session: Session, message: int = 0) -> Done:
    """Say that a message of unknown fate did not go out; or stop one that is partly out."""
    desk_outbox.reject(session.desk, _choose(session, message, {"unknown"}, _known()))
    return Done(_("Marked as not sent."))


@REGISTRY.command("outbox sent")
def sent(session: Session, message: int = 0) -> Done:
    """Say that a message of unknown fate did go out."""
    message_id = _choose(session, message, {"unknown"}, _known())
    entry = store_outbox.get(session.desk.db, message_id)
    desk_outbox.proven(session.desk, message_id, entry.key)
    return Done(_("Marked as sent."))


def _known() -> str:
    return _("It is known of every message here whether it went out.")


def _newest(session: Session) -> list[Message]:
    return messages.of_conversation(session.desk.db, session.here, last=500)


def _choose(
    session: Session,
    message: int,
    states: Collection[MessageState],
    nothing: str,
    *,
    refused: bool = False,
) -> MessageId:
    """The message named, or the newest of the conversation in one of these states, one's own before
    those of others; with
    `refused` also one that was sent, but not to all. `nothing` says that there is none."""
    if message:
        found = messages.get(session.desk.db, MessageId(message))
        if found.conversation_id != session.here:
            raise CommandError(
                _("Message {id} is in conversation {other}.").format(
                    id=message, other=found.conversation_id
                )
            )
        return found.id
    newest = _newest(session)[::-1]
    # A colleague may have sent something since: first what is one's own.
    own = agent_name(session.desk)
    for one in sorted(newest, key=lambda one: one.author != own):
        if one.direction == "out" and one.state in states:
            return one.id
        if refused and one.state == "sent" and refused_still(session.desk, one):
            return one.id
    raise CommandError(nothing)
