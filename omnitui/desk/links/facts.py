"""What every part of one-time links knows: how a payload looks, and when one holds."""

from __future__ import annotations

import hashlib
import re
import secrets

from omnitui.desk.context import Desk
from store import events, messages, one_time_links, outbox
from store.model import Millis
from store.one_time_links import OneTimeLink

GOOD_FOR = 24 * 3600 * 1000
"""Milliseconds after the reply that carries it is due."""
_PREFIX = "omni"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_RANDOM = 28
"""Letters of 62: 166 bits. No dash or underscore, which a text's markup might take."""
_PAYLOAD = re.compile(rf"(?<![A-Za-z0-9]){_PREFIX}[A-Za-z0-9]{{{_RANDOM}}}(?![A-Za-z0-9])")


def new_payload() -> str:
    """One that nobody can guess (Bot API, deep linking: at most 64 of A-Z a-z 0-9 _ -)."""
    return _PREFIX + "".join(secrets.choice(_LETTERS) for _letter in range(_RANDOM))


def is_ours(payload: str) -> bool:
    """Whether the payload of a `started` notice may be a one-time link: kept nowhere then."""
    return _PAYLOAD.fullmatch(payload.strip()) is not None


def in_text(desk: Desk, text: str) -> list[OneTimeLink]:
    """The links that stand in a text."""
    payloads = _PAYLOAD.findall(text)
    if not payloads:
        return []
    return one_time_links.find(desk.db, [digest_of(one) for one in payloads])


def has_left(desk: Desk, link: OneTimeLink) -> bool:
    """Whether the reply that carries it may have reached anybody."""
    if link.message_id is None:
        return False
    state = messages.state(desk.db, link.message_id)
    if state == "queued":
        return outbox.get(desk.db, link.message_id).attempts > 0
    if state == "failed":
        # Refused at the door; but what bounced had gone out, to whomever it went on.
        return bool(messages.get(desk.db, link.message_id).details.get("bounced"))
    return state != "cancelled"


def is_over(desk: Desk, link: OneTimeLink) -> bool:
    """Whether its day is past."""
    return has_left(desk, link) and desk.now() > ends_at(desk, link)


def ends_at(desk: Desk, link: OneTimeLink) -> Millis:
    """A day after its reply was due; later where that could go out only later."""
    if link.message_id is None or desk.now() <= link.expires_at:
        return link.expires_at
    carrier = messages.get(desk.db, link.message_id)
    sent = [
        event.at
        for event in events.of_conversation(desk.db, carrier.conversation_id)
        if event.kind == "message.sent" and event.message_id == carrier.id
    ]
    return max([link.expires_at, *(at + GOOD_FOR for at in sent[:1])])


def is_group(channel: str, address: str) -> bool:
    """What is sent to a group says nothing of who reads it there."""
    return channel == "telegram" and address.startswith("-")


def digest_of(payload: str) -> str:
    """SHA-256 in hex: all that the store has of it."""
    return hashlib.sha256(payload.encode("ascii")).hexdigest()
