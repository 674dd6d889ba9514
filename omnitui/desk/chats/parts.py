"""Messages of chats that become no message of their own: edits, parts of an album, and what is
an earlier state of a message that is here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from config.i18n import _
from connectors.contract import Inbound
from omnitui.desk.arriving.encodable import clean
from omnitui.desk.arriving.gathered import Gathered
from omnitui.desk.chats import albums, notices, pieces, sent_proof, versions
from omnitui.desk.chats.talk import Ended, Talk
from store import messages
from store.message_keys import KnownMessage


def take(talk: Talk, inbound: Inbound) -> Ended | None:
    """Put a message to the one that it belongs to; None: it is one of its own."""
    if "reply_to" in inbound.details:
        sent_proof.look(talk, inbound)
    key = inbound.edit_of or inbound.message_key
    known = talk.find(key)
    if known is not None:
        return (
            _edited(talk, known, key, inbound)
            if inbound.edit_of
            else _again(talk, known, key, inbound)
        )
    if inbound.joins and (album := talk.find(albums.key_of(inbound))):
        talk.settle()
        joined = albums.join(talk, album, replace(inbound, details=clean(dict(inbound.details))))
        notices.came(talk, key, joined)
        return Ended("accepted", _("part of an album"), joined)
    return None


def prepared(talk: Talk, inbound: Inbound) -> Inbound:
    """A message of its own, with what else is kept with it."""
    more: dict[str, Any] = {}
    if inbound.edit_of:
        version = pieces.version_of(inbound)
        more = {"edited_at": version[0], "version": list(version)}
    if talk.early and (payload := notices.payload(talk, inbound)):
        more["start_payload"] = payload
    return replace(inbound, details={**inbound.details, **more}) if more else inbound


def begun(talk: Talk, gathered: Gathered, inbound: Inbound, message: KnownMessage) -> None:
    """A message of its own is on its way into the store."""
    talk.begun.add(message.id)
    if inbound.joins:
        key = albums.key_of(inbound)
        talk.known.setdefault(key, []).append(message)
        gathered.alias(key, message.id)
    if inbound.message_key in talk.early:
        talk.settle()
        notices.came(talk, inbound.message_key, message)


def _edited(talk: Talk, known: KnownMessage, key: str, inbound: Inbound) -> Ended:
    talk.settle()
    if versions.put(talk, known, key, inbound):
        return Ended("accepted", _("edited"), known)
    return Ended("duplicate", _("the edit changes nothing"), known)


def _again(talk: Talk, known: KnownMessage, key: str, inbound: Inbound) -> Ended | None:
    """A message whose key is here: the same one, or an earlier state of it. None: another one."""
    if known.external_id == key and known.content_hash == inbound.content_hash:
        return None
    if not known.content_hash:
        return None
    talk.settle()
    message = messages.get(talk.desk.db, known.id)
    parts = pieces.of(message, known.content_hash)
    piece = next((part for part in parts if part.key == key), parts[0])
    if piece.hash == inbound.content_hash:
        return Ended("duplicate", "", known)
    if piece.version == pieces.ORIGINAL:
        return None
    if versions.put(talk, known, key, inbound):
        return Ended("accepted", _("it was edited before it came"), known)
    return Ended("duplicate", "", known)
