"""What visitors are told: the frames from the relay, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from connectors.webchat.relay.history import Page
from connectors.webchat.relay.records import Message, Millis, Visitor, compact


def frame(type: str, **fields: Any) -> str:  # noqa: A002 - the protocol's word
    return compact({"type": type, **fields})


def ack(id: str, seq: int | None, sent_at: Millis) -> str:  # noqa: A002
    return frame("ack", id=id, seq=seq, sent_at=sent_at)


def message(found: Message) -> str:
    return compact({"type": "message", **message_fields(found)})


def message_fields(found: Message) -> dict[str, Any]:
    """Of a message, in a frame of its own or in a history."""
    fields: dict[str, Any] = {
        "seq": found.seq,
        "from": found.sender,
        "name": found.name,
        "text": found.text,
        "format": found.format,
        "sent_at": found.sent_at,
        "files": [each.json() for each in found.files],
    }
    if found.mid:
        fields["id"] = found.mid
    if found.edited_at is not None:
        fields["edited"] = True
    if found.deleted_at is not None:
        fields["deleted"] = True
    return fields


def messages(found: Iterable[Message]) -> list[dict[str, Any]]:
    return [message_fields(each) for each in found]


def history(page: Page) -> str:
    return frame("history", messages=messages(page.messages), more=page.more)


def typing(name: str, stopped: bool) -> str:
    return frame("typing", name=name, stopped=stopped)


def read(seq: int) -> str:
    """An agent has read up to `seq`."""
    return frame("read", seq=seq)


def delivered(seq: int) -> str:
    """The desk has what the visitor wrote up to `seq`."""
    return frame("delivered", seq=seq)


def verification(
    state: Literal["sent", "proven", "wrong", "expired", "refused"], email: str
) -> str:
    """What became of a one-time code; the address is masked here."""
    return frame("verification", state=state, email=masked(email))


def error(
    code: str,
    message: str,
    *,
    id: str | None = None,  # noqa: A002
    retry_after: float | None = None,
) -> str:
    """`message` is for developers, in English; `retry_after` in seconds."""
    fields: dict[str, Any] = {"code": code, "message": message}
    if id is not None:
        fields["id"] = id
    if retry_after is not None:
        fields["retry_after"] = round(retry_after, 1)
    return frame("error", **fields)


def masked(email: str) -> str | None:
    """`a•••@example.org`: enough for its owner to know it, none for others."""
    if "@" not in email:
        return None
    name, _at, host = email.rpartition("@")
    return f"{name[:1]}•••@{host}"


def welcome(
    *,
    visitor: str,
    token: str,
    row: Visitor | None,
    page: Page,
    site: Mapping[str, Any],
    limits: Mapping[str, Any],
    availability: Mapping[str, Any],
    now: Millis,
) -> str:
    return frame(
        "welcome",
        visitor=visitor,
        token=token,
        site=site,
        **availability,
        history=messages(page.messages),
        more=page.more,
        fresh=page.fresh,
        read={
            "agent": row.agent_read if row else 0,
            "visitor": row.visitor_read if row else 0,
        },
        delivered=row.desk_has if row else 0,
        email=masked(row.proven_email) if row else None,
        identity={"name": row.name} if row and row.sub is not None else None,
        limits=limits,
        now=now,
    )
