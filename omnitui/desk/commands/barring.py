"""Keeping a customer out of a channel."""

from __future__ import annotations

from typing import Literal

from config.i18n import _
from omnitui.desk.command import Done
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import NeedsConfirmation, Session
from omnitui.desk.visiting import barring
from store import customers


@REGISTRY.command("customer bar")
def bar(session: Session, sure: Literal["yes", "ask"] = "ask") -> Done:
    """Keep the customer out of the chat: nothing that they send there comes in any more."""
    id_ = session.customer_id
    name = customers.get(session.desk.db, id_).name
    if session.conversation_id is not None:
        name = session.conversation().customer_name
    if sure != "yes" and not session.confirmed:
        question = _("Keep {name} out? What they write there will not come in.").format(
            name=_("this visitor") if not name or name.startswith("v_") else name
        )
        raise NeedsConfirmation(f"{question} " + _("Add “yes”."), question)
    if not barring.bar(session.desk, id_, session.conversation_id):
        return Done(_("They are kept out already."))
    return Done(_("They are kept out."), "customer unbar")


@REGISTRY.command("customer unbar")
def unbar(session: Session) -> Done:
    """Let the customer into the chat again."""
    if not barring.unbar(session.desk, session.customer_id, session.conversation_id):
        return Done(_("They are not kept out."))
    return Done(_("They may write again."), "customer bar yes")
