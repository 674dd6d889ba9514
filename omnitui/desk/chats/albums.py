"""Albums: pictures that the channel sends one by one and that are one message here.

The first one that comes makes the message; each of the others, in the same batch or after a
restart, joins it, with its own key and its own receipt.
"""

from __future__ import annotations

from connectors.contract import Inbound
from omnitui.desk import journal
from omnitui.desk.arriving.new_message import Filing
from omnitui.desk.chats import order, pieces
from omnitui.desk.chats.talk import Talk
from store import message_files, message_keys, messages
from store.blobs import for_database
from store.message_keys import KnownMessage
from store.model import Message


def key_of(inbound: Inbound) -> str:
    """What stands for the album that a message is a part of, among the keys of messages."""
    return f"album {inbound.joins} in {inbound.chat}"


def keys(message: Message) -> list[str]:
    """The keys of all its parts, in their order; of other messages, their own."""
    parts = message.details.get("album_parts") or ()
    return [str(part["key"]) for part in parts] or [message.external_id]


def join(talk: Talk, album: KnownMessage, inbound: Inbound) -> KnownMessage:
    """Put one more part to the album, which is in the store; the album as it is known now."""
    desk, db = talk.desk, talk.desk.db
    message = messages.get(db, album.id)
    filing = Filing(db, for_database(db))
    files = message_files.add(
        db, message.id, [filing.attach(file) for file in inbound.files], at=inbound.arrived_at
    )
    parts = [*pieces.of(message, album.content_hash), pieces.piece_of(inbound, files)]
    parts.sort(key=lambda part: order.natural(part.key))
    message_files.arrange(db, [file for part in parts for file in part.files])
    details = pieces.details_of(message.details, parts)
    if edits := details.get("edits"):
        # What was told of its only part is told of one of several now.
        details["edits"] = [{"key": message.external_id, **entry} for entry in edits]
    if inbound.edit_of:
        told = pieces.version_of(inbound)[0]
        details["edited_at"] = max(told, int(details.get("edited_at") or 0))
    details.pop("deleted_at", None)  # only the parts that were here were
    message_keys.alias(db, talk.account.id, [(part.key, message.id) for part in parts])
    messages.revise(
        db,
        message.id,
        text=pieces.text_of(parts),
        details=details,
        content_hash=parts[0].hash,
        external_id=parts[0].key,
    )
    joined = talk.revised(album, parts[0].key, parts[0].hash)
    for part in parts:
        if talk.find(part.key) is None:
            talk.known.setdefault(part.key, []).append(joined)
    if message.id not in talk.begun:
        journal.record(
            desk,
            "message.joined",
            actor=journal.CUSTOMER if inbound.direction == "in" else "",
            customer=message.customer_id,
            conversation=message.conversation_id,
            message=message.id,
            account=talk.account.name,
            files=len(files),
        )
    return joined
