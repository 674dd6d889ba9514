"""Going on in another channel: the one-time link in a reply."""

from __future__ import annotations

import shlex

from config.i18n import _
from omnitui.desk.command import Done
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.links import one_time_link
from omnitui.desk.links.one_time_link import Link
from omnitui.desk.links.sentence import around
from omnitui.desk.session import Session
from omnitui.desk.template_text import fill, variables
from store import customers

TEMPLATE = "link"
"""A team's own sentence around it."""


@REGISTRY.command("link")
def link(session: Session, account: str = "") -> Done:
    """Put a link into the draft by which the customer goes on with this conversation in Telegram
    or in the web chat; with several such accounts, say which."""
    before = session.draft.get()
    for known in one_time_link.in_text(session.desk, before.text):
        if known.used_at is None:
            return Done(_("The link is in the draft already."))
    made = one_time_link.create(session.desk, session.here, account or None)
    text = _sentence(session, made)
    session.write(f"{before.text.rstrip()}\n\n{text}" if before.text.strip() else text)
    undo = f"reply set {shlex.quote(before.text)}" if before.text else "reply set ''"
    return Done(
        _("The link is in the draft: good once, for who gets this reply, for 24 hours."), undo
    )


def _sentence(session: Session, made: Link) -> str:
    """The team's words around the link, in the customer's language."""
    desk, conversation = session.desk, session.conversation()
    customer = customers.get(desk.db, conversation.customer_id)
    found = {one.name: one for one in session.templates.all}.get(TEMPLATE)
    if found is None:
        channel = made.account.channel
        return around(made.url, channel, customer.language, desk.config.desk.language)
    language = found.language_for(customer.language, desk.config.desk.language)
    values = {
        **variables(desk, conversation, customer),
        "link": {"url": made.url, "name": made.account.display_name or made.account.name},
    }
    where = str(found.paths.get(language, found.name))
    text = fill(found.variants[language], values, where, found.lines.get(language, 1)).text
    return text if made.url in text else f"{text.rstrip()}\n\n{made.url}"
