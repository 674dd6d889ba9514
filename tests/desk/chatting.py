"""What a chat brings, as its connector makes it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from connectors.contract import Address, File, Inbound, Notice, Received, Remote
from store.model import Account, Receipt
from tests.desk.office import START, Office

ANN = Address("77", "Ann Lee")
SECOND = 1_000


@dataclass
class Chat:
    """One private chat; everything in it in the order in which it happened there."""

    who: Address = ANN
    at: int = START
    chat: str = ""
    updates: Any = field(default_factory=lambda: count(100))
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def id(self) -> str:
        return self.chat or self.who.address

    def key(self, number: int) -> str:
        return f"{self.id.partition('/')[0]}:{number}"

    def says(self, text: str = "hello", **more: Any) -> Inbound:
        number = more.pop("number", 0) or next(self.numbers)
        return self._inbound(number, text, **more)

    def picture(self, album: str = "", caption: str = "", **more: Any) -> Inbound:
        number = next(self.numbers)
        more.setdefault("files", (photo(number),))
        details = {"media": {"kind": "photo"}, **more.pop("details", {})}
        if album:
            more["joins"] = f"album:{album}"
            details["album"] = True
        return self._inbound(number, caption, details=details, **more)

    def edits(self, first: Inbound, text: str, *, after: int = SECOND, **more: Any) -> Inbound:
        at = first.arrived_at + after
        details = {**first.details, "edited_at": at, **more.pop("details", {})}
        number = int(first.message_key.rpartition(":")[2])
        given: dict[str, Any] = {
            "edit_of": first.message_key,
            "arrived_at": at,
            "joins": first.joins,
            "files": first.files,
            "details": details,
        }
        return self._inbound(number, text, **{**given, **more})

    def notice(self, kind: Any, keys: Sequence[str] = (), **more: Any) -> Notice:
        given: dict[str, Any] = {
            "external_id": str(next(self.updates)),
            "kind": kind,
            "at": self.at,
            "chat": self.id,
            "who": self.who,
            "keys": tuple(keys),
            "proofs": ("platform",),
        }
        return Notice(**{**given, **more})

    def reacts(self, to: Inbound, *emoji: str, at: int = 0, **more: Any) -> Notice:
        more["details"] = {"reactions": list(emoji), **more.pop("details", {})}
        return self.notice("reaction", [to.message_key], at=at or self.at, **more)

    def _inbound(self, number: int, text: str, **more: Any) -> Inbound:
        files = more.get("files", ())
        content = f"{text}\0{[file.name for file in files]}"
        given: dict[str, Any] = {
            "external_id": str(next(self.updates)),
            "message_key": self.key(number),
            "content_hash": hashlib.sha256(content.encode("utf-8", "replace")).hexdigest(),
            "sender": self.who,
            "text": text,
            "arrived_at": self.at,
            "sent_at": self.at,
            "chat": self.id,
            "proofs": ("platform",),
        }
        return Inbound(**{**given, **more})


def photo(number: int, unique: str = "", size: int = 5_000) -> File:
    """A picture that is still with the channel."""
    unique = unique or f"u{number}"
    reference = f'{{"file_id":"f{number}","unique":"{unique}"}}'
    return File(f"photo-{number}.jpg", "image/jpeg", Remote(reference, size))


def take(office: Office, *batch: Received, account: Account | None = None) -> list[Receipt]:
    return office.take(*batch, account=account or office.chat)
