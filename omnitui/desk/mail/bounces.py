"""Mail that could not be delivered: tied to the message it is about, and said loudly.

Which bounce is believed: anybody may write one. It must name one of our Message-IDs (they hold
80 bits nobody can guess) or carry one of our reply tokens, and it must name somebody that very
message went to. A recipient of the message can still forge one; all that gains is an agent who
looks at it. A bounce of mail that is not ours (somebody forged our address as its sender) is
kept, closed; where it names an address that we wrote to lately, that conversation is linked,
and nothing is marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config.i18n import _
from connectors.contract import Bounce, Inbound
from omnitui.desk import journal, one_time_codes
from omnitui.desk.context import Desk
from omnitui.desk.mail.failure_words import explained
from omnitui.desk.replying import reply_token
from omnitui.desk.statuses import change_status
from store import conversations, identities, messages
from store.message_keys import KnownMessage
from store.model import Account, ConversationId, Message

_LOOKED_AT = 50
_A_WEEK = 7 * 86_400_000
_IN_FLIGHT = ("sent", "unknown", "failed")


def original(
    desk: Desk,
    account: Account,
    inbound: Inbound,
    known: Mapping[str, Sequence[KnownMessage]],
) -> KnownMessage | None:
    """The message of ours that a bounce is about, if this account sent it: by its Message-ID,
    else by our token in whatever the report quotes."""
    if inbound.bounce is None:
        return None
    for message in known.get(inbound.bounce.original_message_id, ()):
        if message.direction == "out" and message.account_id == account.id:
            return message
    tokens = (reply_token.token_of(inbound.bounce.original_message_id), *inbound.tokens)
    for token in dict.fromkeys(t for t in tokens if t):
        conversation_id = reply_token.verify(desk, token)
        if conversation_id is not None:
            found = _newest_to(desk, account, conversation_id, inbound)
            if found is not None:
                return found
    return None


def suspected(desk: Desk, account: Account, inbound: Inbound) -> ConversationId | None:
    """Where a bounce that names none of our messages may belong: we wrote to that address
    within the last week. A suggestion, no more."""
    for bounce in reported(inbound):
        person = identities.find(desk.db, account.channel, bounce.recipient or bounce.alias)
        if person is None:
            continue
        for message in reversed(messages.timeline(desk.db, person.customer_id, limit=_LOOKED_AT)):
            if (
                message.direction == "out"
                and message.account_id == account.id
                and message.arrived_at > desk.now() - _A_WEEK
                and _meant(account, message, bounce)
            ):
                return message.conversation_id
    return None


def reported(inbound: Inbound) -> tuple[Bounce, ...]:
    """Every failure that a report tells."""
    return (inbound.bounce, *inbound.further_bounces) if inbound.bounce else ()


def mark(desk: Desk, account: Account, inbound: Inbound, failed: KnownMessage) -> None:
    """Note the failures on the message and on the addresses, and call an agent."""
    loud = False
    for bounce in reported(inbound):
        message = messages.get(desk.db, failed.id)
        meant = _meant(account, message, bounce)
        if not meant:
            continue
        reason = _short(bounce.reason) or bounce.status or ("" if bounce.cause else "?")
        if bounce.action != "failed":
            _delayed(desk, message, meant, reason, bounce)
            continue
        _refused(desk, account, message, meant, reason, bounce.cause)
        _flag(desk, account, meant, reason, bounce)
        _tell(desk, "message.bounced", message, meant, reason, bounce)
        one_time_codes.not_delivered(desk, message)
        loud = True
    if loud and not inbound.history:
        conversation = conversations.get(desk.db, failed.conversation_id)
        if conversation.status != "open":
            change_status(desk, conversation.id, conversation.status, "open", why="bounced")


def works(desk: Desk, account: Account, address: str) -> None:
    """Mail to an address arrives again, or its owner wrote: it is no longer flagged as dead."""
    person = identities.find(desk.db, account.channel, address)
    if person is None or not person.flag.startswith(_flag_text("")):
        return
    identities.flag(desk.db, person.id, "")
    journal.record(
        desk,
        "identity.unflagged",
        customer=person.customer_id,
        channel=person.channel,
        address=person.address,
    )


def arrived(inbound: Inbound) -> str:
    """The address of ours that a report of success, or a read receipt, names; else empty."""
    automatic = inbound.auto_reply
    if automatic is None:
        return ""
    report = inbound.details.get("report") or {}
    good = automatic.report == "read-receipt" or automatic.evidence == "Action: delivered"
    return str(report.get("recipient", "")) if good and report.get("message_id") else ""


def _newest_to(
    desk: Desk, account: Account, conversation_id: ConversationId, inbound: Inbound
) -> KnownMessage | None:
    for message in reversed(messages.of_conversation(desk.db, conversation_id, last=_LOOKED_AT)):
        if message.direction != "out" or message.account_id != account.id:
            continue
        if any(_meant(account, message, bounce) for bounce in reported(inbound)):
            return KnownMessage(
                message.id,
                message.conversation_id,
                message.customer_id,
                message.account_id,
                message.direction,
                message.state,
                message.external_id,
                "",
                message.arrived_at,
            )
    return None


def _meant(account: Account, message: Message, bounce: Bounce) -> str:
    """The recipient of the message that a bounce is about; empty when it names nobody of them.
    One that names nobody at all is about the only recipient."""
    sent_to = {
        identities.normalise(account.channel, each.address): each.address
        for each in message.recipients
    }
    for address in (bounce.alias, bounce.recipient):
        if address and (found := sent_to.get(identities.normalise(account.channel, address))):
            return found
    if not bounce.recipient and len(sent_to) == 1:
        return next(iter(sent_to.values()))
    return ""


def _refused(
    desk: Desk, account: Account, message: Message, who: str, reason: str, cause: str
) -> None:
    """The message failed when nobody got it; else it is sent, with who did not get it."""
    refused = {**dict(message.details.get("refused") or {}), who: reason}
    causes = {**dict(message.details.get("causes") or {}), who: cause}
    bounced = list(dict.fromkeys([*(message.details.get("bounced") or ()), who]))
    messages.add_details(
        desk.db, message.id, {"refused": refused, "causes": causes, "bounced": bounced}
    )
    missed = {identities.normalise(account.channel, address) for address in refused}
    everybody = {identities.normalise(account.channel, a.address) for a in message.recipients}
    sentence = "; ".join(
        _("Not delivered to {who}: {reason}").format(
            who=address, reason=explained(str(causes.get(address, "")), why)
        )
        for address, why in refused.items()
    )
    if message.state in _IN_FLIGHT:
        state = "failed" if everybody <= missed else message.state
        messages.set_state(desk.db, message.id, state, error=sentence)


def _delayed(desk: Desk, message: Message, who: str, reason: str, bounce: Bounce) -> None:
    """Seen on the message, no failure: the server goes on trying."""
    delayed = {**dict(message.details.get("delayed") or {}), who: reason}
    causes = {**dict(message.details.get("causes") or {})}
    causes.setdefault(who, bounce.cause)
    messages.add_details(desk.db, message.id, {"delayed": delayed, "causes": causes})
    if message.state == "sent" and not message.details.get("refused"):
        sentence = _("Not delivered to {who} yet, still being tried: {reason}")
        messages.set_state(
            desk.db,
            message.id,
            "sent",
            error=sentence.format(who=who, reason=explained(bounce.cause, reason)),
        )
    _tell(desk, "message.delayed", message, who, reason, bounce)


def _flag(desk: Desk, account: Account, who: str, reason: str, bounce: Bounce) -> None:
    """Only a dead address: a full mailbox is emptied, a blocked server is unblocked."""
    dead = identities.find(desk.db, account.channel, who) if bounce.hard else None
    if dead is None:
        return
    identities.flag(desk.db, dead.id, _flag_text(explained(bounce.cause, reason)))
    journal.record(
        desk,
        "identity.flagged",
        customer=dead.customer_id,
        channel=dead.channel,
        address=dead.address,
        reason=reason,
        hard=bounce.hard,
        cause=bounce.cause,
    )


def _flag_text(reason: str) -> str:
    return _("bounced: {reason}").format(reason=reason)


def _tell(desk: Desk, kind: str, message: Message, who: str, reason: str, bounce: Bounce) -> None:
    data: dict[str, Any] = {"recipient": who, "reason": reason, "status": bounce.status}
    data["cause"] = bounce.cause
    journal.record(
        desk,
        kind,
        customer=message.customer_id,
        conversation=message.conversation_id,
        message=message.id,
        hard=bounce.hard,
        **data,
    )


def _short(reason: str) -> str:
    return " ".join(reason.split())[:300]
