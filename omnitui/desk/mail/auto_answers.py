"""May an automatic answer go out? Every program that answers by itself asks here first.

RFC 3834: answer nobody who is a machine, nobody twice, and no list; say that it is automatic.
Beyond that the caps (`answers_…` in [desk]) keep two programs that both mean well from writing
to each other all night.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from config.i18n import _, ngettext
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.context import Desk
from omnitui.desk.mail.subjects import base_subject
from store import conversations, messages
from store.model import ConversationId, Message, Millis

TOO_OLD: Millis = 24 * 3_600_000
_LOOKED_AT = 200

_MACHINE = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-daemon|postmaster|bounces?|listserv|majordomo"
    r"|notifications?|auto-?(?:reply|responder)|owner-.*|.*-(?:request|bounces?|owner))(?:[-_.+].*)?@",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """To the customer of `message`, which it answers."""

    message: Message


@dataclass(frozen=True, slots=True)
class Refused:
    why: str
    """One sentence."""


def may_answer(
    desk: Desk, conversation_id: ConversationId, *, kind: str = "automatic"
) -> Allowed | Refused:
    """Whether a program may answer the customer's newest message in a conversation.

    Args:
        kind: Which automatic answer it is ("receipt", "closed", a macro's name): of a kind,
            one goes into a conversation.

    Raises:
        NotFound: there is no such conversation.
    """
    conversation = conversations.get(desk.db, conversation_id)
    history = messages.of_conversation(desk.db, conversation_id, last=_LOOKED_AT)
    asked = next((m for m in reversed(history) if m.direction == "in"), None)
    if asked is None:
        return Refused(_("There is no message to answer."))
    if why := _not_a_person(desk, asked):
        return Refused(why)
    if asked.arrived_at < desk.now() - TOO_OLD:
        return Refused(_("The message is older than a day."))
    if any(m.details.get("automatic") == kind and _went(m) for m in history):
        return Refused(_("This conversation has had this automatic answer."))
    allowed = desk.config.desk
    since = desk.now() - allowed.answers_window * 1000
    lately = [
        m
        for m in messages.timeline(desk.db, conversation.customer_id, limit=_LOOKED_AT)
        if m.details.get("automatic") and _went(m) and m.arrived_at > since
    ]
    if len(lately) >= allowed.answers_per_customer:
        return Refused(
            ngettext(
                "This customer got {count} automatic answer lately, and no more are allowed.",
                "This customer got {count} automatic answers lately, and no more are allowed.",
                len(lately),
            ).format(count=len(lately))
        )
    subject = base_subject(asked.subject)
    if sum(base_subject(m.subject) == subject for m in lately) >= allowed.answers_per_subject:
        return Refused(_("This customer had enough automatic answers under this subject."))
    return Allowed(asked)


def _not_a_person(desk: Desk, asked: Message) -> str:
    """Why its sender is nobody to answer automatically; empty for a person."""
    details = asked.details
    if details.get("bounce"):
        return _("It is a delivery failure.")
    if details.get("loop"):
        return _("The same message came too often: two programs would answer each other.")
    automatic = details.get("auto_reply")
    if automatic:
        return _("A program wrote it ({evidence}).").format(
            evidence=automatic.get("evidence", "") if isinstance(automatic, dict) else automatic
        )
    if asked.channel == "email" and (
        not asked.author_address or _MACHINE.match(asked.author_address)
    ):
        return _("{address} reads no answers.").format(address=asked.author_address or "?")
    own = OwnAddresses(desk)
    if (asked.channel, asked.author_address) in own:
        return _("It comes from an address of our own.")
    if asked.channel == "email" and _through_foreign_list(asked, own):
        return _("It came through a mailing list.")
    return ""


def _through_foreign_list(asked: Message, own: OwnAddresses) -> bool:
    """A person's mail, and yet no list is to get a program's answer (RFC 3834 §2). A list or
    group that is an address of ours is where customers write."""
    post, name = (str(asked.details.get(key) or "") for key in ("list_post", "list_id"))
    if not post and not name:
        return False
    if post and ("email", post) in own:
        return False
    named = name.rpartition("<")[2].strip(" <>").lower()
    ours = [to.address.lower() for to in asked.recipients if ("email", to.address) in own]
    return named not in [address.replace("@", ".") for address in ours]


def _went(message: Message) -> bool:
    return message.direction == "out" and message.state not in ("failed", "cancelled")
