"""Writing first."""

from __future__ import annotations

from dataclasses import replace

from config.i18n import _
from omnitui.desk.command import Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.replying import composing
from omnitui.desk.session import Session, StoredDraft
from store.errors import NotFound
from store.model import AS_USUAL, ConversationId

_NOTHING = Rest()
THIS = "this"
"""The customer of the conversation that one is in."""


@REGISTRY.command("compose")
def compose(
    session: Session,
    who: str,
    account: str = "",
    subject: Rest = _NOTHING,
) -> Done:
    """Write first: begin a matter with somebody and go on in it. WHO is an address, `#12` for a
    customer's number, a name, or `this` customer; ACCOUNT an account or a channel (`''`: the one
    that reaches them); then the subject."""
    wanted = f"#{session.customer_id}" if who == THIS else who
    begun = composing.begin(session.desk, wanted, account=account, subject=subject)
    session.conversation_id = begun.conversation_id
    session.customer = None
    session.if_last = None
    if isinstance(session.draft, StoredDraft):
        session.draft = StoredDraft(session.desk, begun.conversation_id)
    if begun.delivery != AS_USUAL:
        session.draft.set(replace(session.draft.get(), delivery=begun.delivery))
    return Done(
        _("Conversation {n} begun: to {address}.").format(
            n=begun.conversation_id, address=begun.identity.name or begun.identity.address
        ),
        f"compose discard {begun.conversation_id}",
    )


@REGISTRY.command("compose discard")
def compose_discard(session: Session, conversation: int | None = None) -> Done:
    """Throw away what was begun and not sent: the draft, the conversation, and a customer who was
    made for it. This one, or another by its number."""
    wanted = session.here if conversation is None else ConversationId(conversation)
    try:
        composing.discard(session.desk, wanted)
    except NotFound:
        return Done(_("It is gone already."))
    return Done(_("Thrown away: nothing was sent."))
