"""Signed conversation tokens: a reply that lost its headers still finds its conversation.

A token names a conversation and proves that this desk wrote it: the id in base 36, a dash
and 80 bits of HMAC-SHA-256. It is in lower case and survives servers that fold case. It
sits in the Message-IDs we send and, where the host delivers those, in plus-addresses.

The key is the engine's. On a team's desk an agent's process cannot read it: the Message-ID of
their reply says `unsigned` where the token would be, and the engine puts the token there when it
claims the reply, in the transaction before its first byte (`signed`).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import os
import re
import secrets
from dataclasses import replace
from pathlib import Path

from config.secrets import give_to_owner
from omnitui.desk.context import Desk
from store import outbox
from store.model import ConversationId, OutboxEntry

_TOKEN = re.compile(r"([0-9a-z]{1,13})-([a-z2-7]{16})")
_OURS = re.compile(r"<?omnitui\.([0-9a-z]{1,13}-[a-z2-7]{16})\.[^@>\s]+@[^>\s]+>?", re.IGNORECASE)
UNSIGNED = "unsigned"
_UNSIGNED = f"omnitui.{UNSIGNED}."
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def sign(desk: Desk, conversation_id: ConversationId) -> str:
    """The token of a conversation; "" where this user may not read the desk's key."""
    key = _desk_key(desk)
    return f"{_base36(conversation_id)}-{_mac(key, conversation_id)}" if key else ""


def verify(desk: Desk, token: str) -> ConversationId | None:
    """The conversation a token names, or None for anything this desk did not sign."""
    match = _TOKEN.fullmatch(token.strip().lower())
    key = _desk_key(desk) if match else b""
    if match is None or not key:
        return None
    conversation_id = int(match[1], 36)
    if not hmac.compare_digest(_mac(key, conversation_id), match[2]):
        return None
    return ConversationId(conversation_id)


def message_id(desk: Desk, conversation_id: ConversationId | None, domain: str) -> str:
    """A new Message-ID without angle brackets: `omnitui.<token>.<random>@domain`; without a token
    where an answer is to find no conversation, with `unsigned` for it where this user may not
    read the desk's key."""
    at = f"@{_ascii(domain) or 'omnitui.invalid'}"
    if conversation_id is None:
        return f"omnitui.{secrets.token_hex(16)}{at}"
    token = sign(desk, conversation_id) or UNSIGNED
    return f"omnitui.{token}.{secrets.token_hex(10)}{at}"


def signed(desk: Desk, entry: OutboxEntry) -> OutboxEntry:
    """An entry that was just claimed, its Message-ID with the token that the agent's process could
    not make. By the engine, in the transaction that claims: stored before the first byte."""
    if not entry.key.startswith(_UNSIGNED):
        return entry
    token = sign(desk, entry.conversation_id)
    if not token:
        return entry
    key = f"omnitui.{token}.{entry.key.removeprefix(_UNSIGNED)}"
    outbox.set_key(desk.db, entry.message_id, key)
    return replace(entry, key=key)


def _ascii(domain: str) -> str:
    """As DNS has it: an id with other letters could stand in no header (RFC 5322 §3.6.4)."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def derived_key(desk: Desk, purpose: str) -> bytes:
    """A key for something else, made of the desk's; empty where this user may not read that."""
    key = _desk_key(desk)
    return hmac.new(key, b"key for " + purpose.encode(), hashlib.sha256).digest() if key else b""


def token_of(message_id: str) -> str:
    """The token inside one of our Message-IDs, unchecked; "" when there is none."""
    match = _OURS.fullmatch(message_id.strip())
    return match[1].lower() if match else ""


def _mac(key: bytes, conversation_id: int) -> str:
    digest = hmac.new(key, b"conversation:%d" % conversation_id, hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _desk_key(desk: Desk) -> bytes:
    team = desk.config.team
    if team is not None and desk.config.home.state != team.state:
        return b""  # an agent of a team: one of their own would be no key of the desk's
    return _key(desk.config.home.state / "reply-token.key")


@functools.cache
def _key(path: Path) -> bytes:
    """The desk's key, made on first use; empty when this user cannot have it.

    Written whole under another name and then linked, so that of two processes that make
    it at once both end up with the same one.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    except OSError:
        return b""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            give_to_owner(descriptor, path)
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return path.read_bytes()
    except OSError:
        return b""
