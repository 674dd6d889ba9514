"""One event understood: JSON in, one item for the desk out, whatever the JSON is."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

from config.i18n import _
from connectors.contract import (
    Address,
    Ignored,
    Inbound,
    Millis,
    Notice,
    Quarantined,
    Received,
    Signal,
)
from connectors.webchat.protocol import ANY_VISITOR, DURABLE, FLEETING, MOST_ONLINE
from connectors.webchat.reading import values
from connectors.webchat.reading.context import Identity, read_context, read_identity, visit_of
from connectors.webchat.reading.files import read_files
from connectors.webchat.reading.values import Unreadable

_LONGEST_FIELDS = 50
"""Fields of a form that are kept; a relay's settings allow fewer."""


class Origin:
    """What every item of one event needs."""

    def __init__(self, external_id: str, event: Mapping[str, Any], raw: bytes, now: Millis) -> None:
        self.external_id = external_id
        self.event = event
        self.raw = raw
        self.at = values.moment(event.get("at")) or now
        self.visitor = _visitor(event.get("visitor"))

    @property
    def who(self) -> Address:
        return self.as_(self.identity)

    @property
    def identity(self) -> Identity:
        return read_identity(self.event.get("identity"))

    def as_(self, identity: Identity) -> Address:
        return Address(self.visitor, identity.name)

    def key(self, name: str = "seq") -> str:
        seq = values.whole(self.event.get(name))
        if seq is None:
            raise Unreadable(_("{name} is no number").format(name=name))
        return f"{self.visitor}:{seq}"


def read_event(
    event: Any, epoch: str, *, kind: str = "", number: int | None = None, now: Millis | None = None
) -> Received | Signal | None:
    """What an event says; None for one that is neither kept nor of use. Never raises for any JSON.

    Args:
        event: The event's data.
        epoch: Which database of the relay its number is of.
        kind: What the stream calls it, where the data does not say.
        number: The stream's own number of it, where the data has none.
        now: UTC milliseconds, for what has no date; without it the clock's.
    """
    raw, event = _raw(event)
    kind = values.string(event.get("type")) or kind
    found = values.whole(event.get("id"))
    number = number if found is None else found
    if now is None:
        now = int(time.time() * 1000)
    if number is None and kind in FLEETING:
        return _signal(kind, event, raw, now)
    if number is None and kind not in ("", *DURABLE):
        return None  # of a later version, and true for the moment only
    external_id = external_id_of(epoch, number, raw)
    try:
        return _read(kind, Origin(external_id, event, raw, now))
    except Unreadable as reason:
        return Quarantined(external_id, str(reason), raw)
    except Exception as error:  # an event may be anything: kept, not lost
        return Quarantined(external_id, f"{type(error).__name__}: {error}"[:300], raw)


def moment_of(event: Any) -> Millis:
    """When it happened, by the relay's clock; 0 where it does not say."""
    return values.moment(values.object_of(event).get("at")) or 0


def read_present(visitors: object, now: Millis | None = None) -> list[Signal]:
    """Who is there, as the stream's hello tells. Never raises for any JSON."""
    if now is None:
        now = int(time.time() * 1000)
    return [
        signal
        for each in values.objects(visitors)[:MOST_ONLINE]
        if (signal := _signal("online", each, b"", now)) is not None
    ]


def external_id_of(epoch: str, number: int | None, raw: bytes) -> str:
    """An event's receipt. Without a number it is the same for the same content."""
    if number is None:
        return f"{epoch}/unreadable/{hashlib.sha256(raw).hexdigest()[:32]}"
    return f"{epoch}/{number}"


def _read(kind: str, origin: Origin) -> Received:
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(origin)
    shown = values.line(kind, 60)
    if not shown:
        raise Unreadable(_("it does not say what it is"))
    raise Unreadable(_("omnitui does not know this kind of event yet: {kind}").format(kind=shown))


def _message(origin: Origin) -> Received:
    event = origin.event
    key = origin.key()
    text = values.string(event.get("text"))
    files = read_files(event.get("files"))
    if not text and not files:
        raise Unreadable(_("there is neither a text nor a file in it"))
    identity = origin.identity
    mine = values.string(event.get("mid"))
    content = "\0".join((origin.visitor, mine, text, *(each.id for each in files)))
    return Inbound(
        external_id=origin.external_id,
        message_key=key,
        content_hash=hashlib.sha256(content.encode()).hexdigest(),
        sender=origin.as_(identity),
        text=text,
        arrived_at=origin.at,
        sent_at=origin.at,
        chat=origin.visitor,
        proofs=identity.proofs,
        aliases=identity.aliases,
        files=tuple(each.file for each in files),
        raw=origin.raw,
        details=read_context(event.get("context")),
    )


def _form(origin: Origin) -> Received:
    fields = {
        name: text
        for key, value in list(values.object_of(origin.event.get("fields")).items())
        if (name := values.line(key)) and (text := values.string(value).strip())
    }
    details: dict[str, Any] = {"fields": dict(list(fields.items())[:_LONGEST_FIELDS])}
    if origin.event.get("offline") is True:
        details["offline"] = True
    return _notice(origin, "form", details=details)


def _identified(origin: Origin) -> Received:
    event = origin.event
    identity = read_identity(event)
    if "jwt" not in identity.proofs:
        raise Unreadable(_("it does not say who they are"))
    details: dict[str, Any] = {"name": identity.name, "sub": values.line(event.get("sub"))}
    if (was := event.get("was")) is not None:
        details["was"] = _visitor(was)
        details["offset"] = values.whole(event.get("offset")) or 0
    return _notice(origin, "identified", details=details, identity=identity)


def _verify(origin: Origin) -> Received:
    address = values.email(origin.event.get("email"))
    if not address:
        return Ignored(origin.external_id, _("a code is asked for at what is no e-mail address"))
    return _notice(origin, "verify", details={"email": address})


def _code(origin: Origin) -> Received:
    return _notice(origin, "verify", details={"code": values.line(origin.event.get("code"), 20)})


def _mark(kind: Literal["delivered", "read"]) -> Callable[[Origin], Received]:
    def read(origin: Origin) -> Received:
        return _notice(origin, kind, keys=(origin.key(),))

    return read


def _plain(kind: Literal["ended", "transcript"]) -> Callable[[Origin], Received]:
    def read(origin: Origin) -> Received:
        return _notice(origin, kind)

    return read


def _started(origin: Origin) -> Received:
    return _notice(origin, "started", text=values.line(origin.event.get("link"), 64))


def _notice(
    origin: Origin,
    kind: Any,
    *,
    text: str = "",
    keys: tuple[str, ...] = (),
    details: Mapping[str, Any] | None = None,
    identity: Identity | None = None,
) -> Notice:
    who = identity or origin.identity
    return Notice(
        external_id=origin.external_id,
        kind=kind,
        at=origin.at,
        chat=origin.visitor,
        who=origin.as_(who),
        keys=keys,
        text=text,
        proofs=who.proofs,
        aliases=who.aliases,
        details={**visit_of(origin.event), **(details or {})},
    )


def _signal(kind: str, event: Mapping[str, Any], raw: bytes, now: Millis) -> Signal | None:
    """A signal that cannot be read is none: nothing is lost with it."""
    try:
        origin = Origin("", event, raw, now)
        details = visit_of(event) if kind in ("online", "visit") else {}
    except Exception:  # an event may be anything, and this one says nothing that is kept
        return None
    if kind == "typing" and event.get("stopped") is True:
        details["stopped"] = True
    named = cast("Literal['typing', 'online', 'offline', 'visit']", kind)
    return Signal(named, origin.at, origin.visitor, origin.who, details)


def _visitor(value: object) -> str:
    found = values.string(value)
    if not ANY_VISITOR.fullmatch(found):
        raise Unreadable(_("it does not say which visitor it is about"))
    return found


def _raw(event: Any) -> tuple[bytes, Mapping[str, Any]]:
    """The JSON as it is kept, and the event as an object."""
    try:
        raw = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raw = json.dumps(event, separators=(",", ":")).encode()
    except (RecursionError, TypeError, ValueError) as error:
        raw = f"not JSON: {type(error).__name__}".encode()
    return raw, values.object_of(event)


_READERS: dict[str, Callable[[Origin], Received]] = {
    "message": _message,
    "form": _form,
    "identified": _identified,
    "ended": _plain("ended"),
    "transcript": _plain("transcript"),
    "verify": _verify,
    "code": _code,
    "delivered": _mark("delivered"),
    "read": _mark("read"),
    "started": _started,
}
assert _READERS.keys() == set(DURABLE)
