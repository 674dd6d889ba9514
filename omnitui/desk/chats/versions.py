"""Edits: a message is shown as it is now, and what it was before is kept with its time.

Edits may come out of order, and before what they edit: the newest one by the channel's clock is
shown, the others are kept where they belong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.contract import Inbound
from omnitui.desk import journal
from omnitui.desk.arriving.encodable import clean
from omnitui.desk.arriving.new_message import Filing
from omnitui.desk.chats import order, pieces
from omnitui.desk.chats.order import Version
from omnitui.desk.chats.pieces import ORIGINAL, Piece
from omnitui.desk.chats.same_file import same_file
from omnitui.desk.chats.talk import Talk
from omnitui.desk.chats.words import plain_words
from store import message_files, messages
from store.blobs import for_database
from store.message_files import StoredFile
from store.message_keys import KnownMessage
from store.model import Message

KEPT = 50
"""Earlier states of a message that are kept: the first one and the last ones."""


def put(talk: Talk, known: KnownMessage, key: str, inbound: Inbound) -> bool:
    """Put a state of a message, which is in the store, where it belongs; whether it was news."""
    message = messages.get(talk.desk.db, known.id)
    parts = pieces.of(message, known.content_hash)
    at = next((n for n, part in enumerate(parts) if part.key == key), 0)
    state = _State(talk, known, message, parts, at, inbound)
    return state.newer() if order.newer(state.version, parts[at].version) else state.older()


@dataclass(slots=True)
class _State:
    """One state that arrived, of one piece of a message."""

    talk: Talk
    known: KnownMessage
    message: Message
    parts: list[Piece]
    at: int
    inbound: Inbound

    @property
    def version(self) -> Version:
        return pieces.version_of(self.inbound)

    @property
    def piece(self) -> Piece:
        return self.parts[self.at]

    def newer(self) -> bool:
        """What is shown now becomes an earlier state."""
        before = self.piece
        if _same_words(self.inbound, before, self.message):
            self.parts[self.at] = replace(before, version=self.version)
            self._write(self.message.details)
            return False
        stored = message_files.of(self.talk.desk.db, self.message.id)
        files = self._file(stored, replaced=False)
        gone = [file for file in stored if file.id in before.files and file.id not in files]
        message_files.replace(self.talk.desk.db, [file.id for file in gone])
        self.parts[self.at] = replace(pieces.piece_of(self.inbound, files), key=before.key)
        everything = [id_ for part in self.parts for id_ in part.files]
        message_files.arrange(self.talk.desk.db, everything)
        edits = self._edits()
        if not (_moves(self.inbound) and edits):
            edits.append(_entry(before, self._named()))
        edited_at = max(self.version[0], int(self.message.details.get("edited_at") or 0))
        self._write(
            {
                **self.message.details,
                **clean(dict(self.inbound.details)),
                "edits": self._timed(edits),
                "edited_at": edited_at,
            }
        )
        if len(edits) == len(self._edits()) + 1:
            self._tell()
        return True

    def older(self) -> bool:
        """It was shown before what is shown now."""
        edits = self._edits()
        known = [self.piece.version, *(_version(e) for e in edits if self._is_of_mine(e))]
        if self.version in known:
            return False
        ids = self._file(message_files.of(self.talk.desk.db, self.message.id), replaced=True)
        edits.append(_entry(pieces.piece_of(self.inbound, ids), self._named()))
        self._write({**self.message.details, "edits": self._timed(edits)})
        return True

    def _is_of_mine(self, entry: Mapping[str, Any]) -> bool:
        return str(entry.get("key", "")) == self._named()

    def _named(self) -> str:
        """Whose earlier state it is, where a message has several pieces."""
        return self.piece.key if len(self.parts) > 1 else ""

    def _file(self, stored: Sequence[StoredFile], *, replaced: bool) -> list[int]:
        """The ids of the state's files: those that are here already, and the new ones."""
        db = self.talk.desk.db
        filing = Filing(db, for_database(db))
        ids: list[int] = []
        for file in map(filing.attach, self.inbound.files):
            same = next((one for one in stored if same_file(one, file)), None)
            if same is None:
                ids += message_files.add(
                    db, self.message.id, [file], at=self.inbound.arrived_at, replaced=replaced
                )
            else:
                ids.append(same.id)
                if same.replaced and not replaced:
                    message_files.replace(db, [same.id], replaced=False)
        return ids

    def _edits(self) -> list[dict[str, Any]]:
        return [dict(entry) for entry in self.message.details.get("edits", ())]

    def _timed(self, edits: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """In order, each until the next one of its piece, and no more than are kept."""
        mine = sorted((entry for entry in edits if self._is_of_mine(entry)), key=_rank)
        following = [*(_version(entry)[0] for entry in mine[1:]), self.piece.version[0]]
        for entry, until in zip(mine, following, strict=True):
            entry["until"] = until
        if any("had" in entry for entry in mine):
            self._name_files(mine)
        edits.sort(key=_shown_in_order)
        return edits if len(edits) <= KEPT else [edits[0], *edits[1 - KEPT :]]

    def _name_files(self, mine: Sequence[dict[str, Any]]) -> None:
        """With each earlier state, those of its files that the next one had no more."""
        stored = {f.id: f for f in message_files.of(self.talk.desk.db, self.message.id)}
        following = [*(entry.get("had", ()) for entry in mine[1:]), self.piece.files]
        for entry, ids in zip(mine, following, strict=True):
            gone = [stored[id_] for id_ in entry.get("had", ()) if id_ in stored]
            entry["files"] = [
                {"id": file.id, "name": file.name, "type": file.type, "size": file.size}
                for file in gone
                if file.id not in ids
            ]

    def _write(self, details: Mapping[str, Any]) -> None:
        """The pieces as they are now."""
        first = self.parts[0]
        messages.revise(
            self.talk.desk.db,
            self.message.id,
            text=pieces.text_of(self.parts),
            details=pieces.details_of(details, self.parts),
            content_hash=first.hash,
            external_id=self.message.external_id,
        )
        self.talk.revised(self.known, self.message.external_id, first.hash)

    def _tell(self) -> None:
        message, inbound = self.message, self.inbound
        journal.record(
            self.talk.desk,
            "message.edited",
            actor=journal.CUSTOMER if inbound.direction == "in" else "",
            customer=message.customer_id,
            conversation=message.conversation_id,
            message=message.id,
            happened=self.version[0],
            account=self.talk.account.name,
            answered=messages.answered(self.talk.desk.db, message.id),
        )


def _entry(before: Piece, key: str) -> dict[str, Any]:
    """An earlier state as it is kept."""
    kept: dict[str, Any] = {
        "text": before.text,
        "until": 0,
        "key": key,
        "version": list(before.version) if before.version != ORIGINAL else None,
        "format": before.format,
        "media": before.media,
        "had": list(before.files),
    }
    return {name: value for name, value in kept.items() if value or name in ("text", "until")}


def _version(entry: Mapping[str, Any]) -> Version:
    return order.read(entry.get("version")) or ORIGINAL


def _rank(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return order.rank(_version(entry))


def _shown_in_order(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return entry["until"], _rank(entry), order.natural(str(entry.get("key", "")))


def _same_words(inbound: Inbound, piece: Piece, message: Message) -> bool:
    """Nothing that people see was changed: a preview came to a link, or the edit is our own."""
    if piece.hash:
        return piece.hash == inbound.content_hash
    return message.direction == "out" and plain_words(inbound.text) == plain_words(message.text)


def _moves(inbound: Inbound) -> bool:
    """A live location: an edit every few seconds, for hours."""
    return bool((inbound.details.get("media") or {}).get("live"))
