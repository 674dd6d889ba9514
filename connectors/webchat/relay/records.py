"""What the relay's database holds, as values."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal
from urllib.parse import quote

Millis = int
"""UTC milliseconds since the epoch."""

FILE = re.compile(r"[A-Za-z0-9_-]{32}")
"""A file's id: 24 random bytes in base64url."""


class Refused(Exception):
    """A write that may not be. `code` is the protocol's, `str()` one sentence for developers."""

    code = "refused"


class VisitorGone(Refused):
    """The visitor has been forgotten, has become another one, or their token was revoked."""

    code = "gone"


class VisitorUnknown(Refused):
    """Nobody of this site is called so."""

    code = "unknown-visitor"


class IdentityNeeded(Refused):
    """A signed-in visitor's chat needs their site's word, not just a browser's token."""

    code = "identity-needed"


class FileUnknown(Refused):
    """No such file, another visitor's, or one that a message has taken along already."""

    code = "bad-file"


class KeyUsed(Refused):
    """This key stands for another message already."""

    code = "key-used"


class KeyUnknown(Refused):
    """Nothing was sent under this key."""

    code = "unknown-key"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who writes, as their token says."""

    site: str
    visitor: str
    generation: int = 0
    signed_in: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """Where a visitor is and what with; each as their browser says, so hearsay."""

    page: str = ""
    title: str = ""
    referrer: str = ""
    user_agent: str = ""
    language: str = ""
    timezone: str = ""

    def json(self) -> dict[str, str]:
        # By hand: `asdict` takes as long as storing the event that this goes into.
        return {
            "page": self.page,
            "title": self.title,
            "referrer": self.referrer,
            "user_agent": self.user_agent,
            "language": self.language,
            "timezone": self.timezone,
        }


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who the site says a visitor is (its JWT)."""

    sub: str
    email: str = ""
    email_proven: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Visitor:
    id: int
    site: str
    visitor: str
    generation: int
    last_seq: int
    sub: str | None
    email: str
    code_email: str
    name: str
    desk_has: int
    agent_read: int
    browser_has: int
    visitor_read: int
    seen_at: Millis
    moved_to: str | None
    gone_at: Millis | None
    email_proven: bool

    COLUMNS: ClassVar[str] = (
        "id, site, visitor, generation, last_seq, sub, email, code_email, name, desk_has,"
        " agent_read, browser_has, visitor_read, seen_at, moved_to, gone_at, email_proven"
    )
    """What to select for `of`."""

    @classmethod
    def of(cls, row: Sequence[Any]) -> Visitor:
        values = [*row]
        values[-1] = bool(values[-1])
        return cls(*values)

    @property
    def proven_email(self) -> str:
        return self.email if self.email and self.email_proven else self.code_email

    def identity(self) -> dict[str, Any] | None:
        """As events tell it to the desk; None: anonymous."""
        if self.sub is None:
            return None
        return {
            "sub": self.sub,
            "email": self.email or None,
            "email_verified": self.email_proven,
            "name": self.name,
        }


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file that lies with the relay. Who has the id may read it."""

    id: str
    name: str
    type: str
    size: int

    @classmethod
    def of(cls, row: sqlite3.Row) -> FileRef:
        return cls(row["id"], row["name"], row["type"], row["size"])

    @property
    def url(self) -> str:
        """Path on the relay."""
        return f"/v1/files/{self.id}/{quote(self.name, safe='')}"

    def json(self) -> dict[str, Any]:
        return {**asdict(self), "url": self.url}


def files_of(text: str) -> tuple[FileRef, ...]:
    """As the column `files` holds them."""
    return tuple(FileRef(**each) for each in json.loads(text))


def files_text(files: Sequence[FileRef]) -> str:
    return compact([asdict(each) for each in files])


@dataclass(frozen=True, slots=True)
class Message:
    seq: int
    sender: Literal["visitor", "agent"]
    text: str
    sent_at: Millis
    mid: str = ""
    """The id that the visitor's widget chose."""
    name: str = ""
    """The agent's."""
    format: str = ""
    files: tuple[FileRef, ...] = ()
    edited_at: Millis | None = None
    deleted_at: Millis | None = None

    @classmethod
    def of(cls, row: sqlite3.Row) -> Message:
        return cls(
            seq=row["seq"],
            sender=row["sender"],
            text=row["text"],
            sent_at=row["sent_at"],
            mid=row["mid"],
            name=row["name"],
            format=row["format"],
            files=files_of(row["files"]) if row["files"] != "[]" else (),
            edited_at=row["edited_at"],
            deleted_at=row["deleted_at"],
        )


@dataclass(frozen=True, slots=True)
class Event:
    """What the desk is told and has to acknowledge."""

    site: str
    id: int
    type: str
    visitor: str
    at: Millis
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, row: sqlite3.Row) -> Event:
        return cls(
            row["site"],
            row["id"],
            row["type"],
            row["visitor"],
            row["at"],
            json.loads(row["data"]),
        )

    def json(self, epoch: str) -> dict[str, Any]:
        """The data of the server-sent event."""
        head = {"id": self.id, "type": self.type, "visitor": self.visitor, "at": self.at}
        return {**self.data, **head, "epoch": epoch}


def compact(value: Any) -> str:
    """JSON without blanks. Text is UTF-8; there are no lone surrogates past the frames' parser."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
