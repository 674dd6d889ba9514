"""A visitor's conversation with the relay, frame by frame, whatever carries the frames."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, assert_never

from connectors.webchat.relay import arrivals, frames, history, marks, told, visitors
from connectors.webchat.relay.arrivals import Received
from connectors.webchat.relay.entrance import Unwelcome, granted, identified, is_blocked, welcome
from connectors.webchat.relay.frames import BadFrame, Frame
from connectors.webchat.relay.history import Standing
from connectors.webchat.relay.hub import Connection
from connectors.webchat.relay.journal import JournalError
from connectors.webchat.relay.logs import log_error
from connectors.webchat.relay.records import Caller, FileUnknown, IdentityNeeded, VisitorGone
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.site import Site

STRIKES = 100
"""Frames in a row that were too many, after which the connection is closed."""
DEAR = 10.0
"""How many frames one counts as that is answered by a page of history."""
BRAKE = 0.01
"""Seconds by which each of those frames delays the next one: who hammers waits, nobody else."""
LONGEST_BRAKE = 0.25
TYPING_EVERY = 1.0
"""Seconds between two signals to the desk that a visitor types."""
UNAVAILABLE_FOR = 5.0
"""Seconds after which a frame that could not be stored may be sent again."""

_THEIR_OWN = (
    frames.Message,
    frames.Form,
    frames.End,
    frames.Transcript,
    frames.Verify,
    frames.Code,
    frames.Typing,
    frames.Read,
)
"""What no browser sends by itself: whoever does this is in front of the page."""


class Session:
    """One connection's. `receive` is called with one frame after the other, never at once."""

    def __init__(self, relay: Relay, site: Site, connection: Connection, user_agent: str) -> None:
        self._relay = relay
        self._site = site
        self._connection = connection
        self._user_agent = frames.one_line(user_agent, 300)
        self._caller: Caller | None = None
        self._counted = ""
        """Whose connection this is counted as."""
        self._welcomed = False
        self._new = False
        """Nothing of theirs has been stored yet."""
        self._strikes = 0
        self._typed_at = 0.0
        self._has = self._read = 0
        """Seq up to which the browser has told that it has everything, and has shown it."""

    @property
    def welcomed(self) -> bool:
        return self._welcomed

    async def receive(self, data: str | bytes) -> None:
        """One frame, as it came. Never raises for what it holds."""
        try:
            frame = frames.parse(data, self._relay.settings.limits.message_bytes)
        except BadFrame as error:
            self._refuse(error)
        else:
            await self._guarded(frame)

    async def receive_value(self, value: Any) -> None:
        """One frame, as a JSON value."""
        try:
            frame = frames.read(value, self._relay.settings.limits.message_bytes)
        except BadFrame as error:
            self._refuse(error)
        else:
            await self._guarded(frame)

    def close(self) -> None:
        """The connection is over."""
        if self._caller is not None:
            self._relay.hub.leave(self._connection)
            self._caller = None
        if self._counted:
            self._relay.limits.leave(self._counted)
            self._counted = ""

    # Inside

    def _refuse(self, error: BadFrame) -> None:
        self._error(error.code, str(error), id=error.id)
        if not error.json:
            self._connection.end("not-json")
        elif self._caller is None:
            self._connection.end("bad-frame")

    async def _guarded(self, frame: Frame) -> None:
        given = getattr(frame, "id", None)
        try:
            if self._caller is None:
                await self._enter(frame)
            else:
                await self._serve(self._caller, frame)
        except VisitorGone:
            self._connection.end("bad-token")
        except IdentityNeeded:
            self._connection.end("identity-needed")
        except Unwelcome as no:
            if str(no):
                self._error(no.ending, str(no))
            self._connection.end(no.ending)
        except FileUnknown as error:
            self._error("bad-file", str(error), id=given)
        except JournalError as error:
            log_error("journal-failed", error)
            self._error(
                "unavailable",
                "The relay could not store this; send it again.",
                id=given,
                retry_after=UNAVAILABLE_FOR,
            )
            if not self._welcomed or self._connection.held is not None:
                self._connection.end("unavailable")

    async def _enter(self, frame: Frame) -> None:
        if not isinstance(frame, frames.Hello):
            raise Unwelcome("bad-frame", "The first frame has to be `hello`.")
        relay, site, connection = self._relay, self._site, self._connection
        connection.context = replace(frame.context, user_agent=self._user_agent)
        connection.visible = frame.visible
        grant = granted(relay, site, frame)
        known = grant.caller.visitor
        self._let_in(known)
        if frame.identity is not None:
            grant = await identified(relay, site, connection, grant.caller, frame.identity)
        caller = grant.caller
        self._let_in(caller.visitor)
        self._count(caller.visitor)
        self._caller = caller
        connection.visitor = caller.visitor
        connection.hold()
        relay.hub.join(connection)
        # Another one's messages are counted otherwise.
        after = frame.after if caller.visitor == known else None
        standing = await welcome(relay, site, connection, grant, after)
        self._welcomed = True
        self._new = standing.visitor is None
        await self._arrive(caller, standing, frame, after)

    def _let_in(self, visitor: str) -> None:
        """Raises `Unwelcome`."""
        if is_blocked(self._relay, self._connection, visitor):
            raise Unwelcome("blocked")

    def _count(self, visitor: str) -> None:
        """This connection is one of that visitor's, and of no other's. Raises `Unwelcome`."""
        counted, self._counted = self._counted, ""
        if counted:
            self._relay.limits.leave(counted)
        if not self._relay.limits.enter(visitor):
            raise Unwelcome("too-many")
        self._counted = visitor

    async def _arrive(
        self, caller: Caller, standing: Standing, hello: frames.Hello, after: int | None
    ) -> None:
        """What is to be kept of their coming."""
        row = standing.visitor
        if row is not None and row.seen_at < self._relay.clock() - visitors.SEEN_EVERY:
            await self._relay.journal.write(
                visitors.seen, site=caller.site, visitor=caller.visitor, now=self._relay.clock()
            )
        if after:
            await self._mark(caller, after, read=False)
        if hello.link is not None and not await self._too_many(self._wait(caller, hello), None):
            await self._relay.journal.write_then(
                lambda _: self._relay.hub.has_news(caller.site),
                arrivals.started,
                caller=caller,
                link=hello.link,
                context=self._connection.context,
                now=self._relay.clock(),
            )

    async def _serve(self, caller: Caller, frame: Frame) -> None:
        given = getattr(frame, "id", None)
        connection = self._connection
        if connection.until is not None and connection.until <= self._relay.clock():
            connection.end("identity-needed")
            return
        cost = DEAR if isinstance(frame, frames.More | frames.Identify) else 1.0
        if await self._too_many(self._relay.limits.frame(caller.visitor, cost), given):
            return
        if given is not None and await self._too_many(self._wait(caller, frame), given):
            return
        self._let_in(caller.visitor)
        if isinstance(frame, _THEIR_OWN):
            self._relay.hub.active(connection)
        match frame:
            case frames.Hello():
                self._error("bad-frame", "`hello` comes once, as the first frame.")
            case frames.Message():
                await self._message(caller, frame)
            case frames.Form():
                await self._form(caller, frame)
            case frames.End():
                if not (await self._happening(caller, frame.id, "ended", {})).again:
                    self._relay.hub.deliver(caller.site, caller.visitor, told.frame("ended"))
            case frames.Transcript():
                await self._offered(
                    caller, frame.id, "transcript", {}, self._site.settings.transcript
                )
            case frames.Verify():
                await self._offered(
                    caller,
                    frame.id,
                    "verify",
                    {"email": frame.email},
                    self._site.settings.verify,
                )
            case frames.Code():
                await self._offered(
                    caller, frame.id, "code", {"code": frame.code}, self._site.settings.verify
                )
            case frames.Typing():
                self._type(caller, frame.stopped)
            case frames.Read():
                await self._mark(caller, frame.seq, read=True)
            case frames.Have():
                await self._mark(caller, frame.seq, read=False)
            case frames.Page():
                connection.context = replace(connection.context, page=frame.page, title=frame.title)
                self._relay.hub.visited(connection)
            case frames.Visible():
                if connection.visible != frame.visible:
                    connection.visible = frame.visible
                    self._relay.hub.visited(connection)
            case frames.Identify():
                await self._identify(caller, frame)
            case frames.More():
                page = await self._relay.journal.read(
                    history.older, caller=caller, seq=frame.before
                )
                connection.put(told.history(page))
            case frames.Ping():
                connection.put(told.frame("pong"))
            case other:
                assert_never(other)

    def _wait(self, caller: Caller, frame: Frame) -> float:
        """Seconds until such a durable frame may be stored; 0: now."""
        seconds = self._relay.limits.message(
            caller.site,
            caller.visitor,
            self._connection.address,
            size=frames.size(frame) + self._overhead(),
            new=self._new,
            code=isinstance(frame, frames.Verify),
        )
        self._new = self._new and seconds > 0
        return seconds

    def _overhead(self) -> int:
        """Bytes that are stored with each event."""
        context = self._connection.context
        return len(context.page) + len(context.title) + len(context.referrer)

    async def _message(self, caller: Caller, frame: frames.Message) -> None:
        self._typed_at = 0.0  # what comes now is another text
        began = time.perf_counter()
        await self._relay.journal.write_then(
            self._arrived(),
            arrivals.message,
            caller=caller,
            mid=frame.id,
            text=frame.text,
            files=frame.files,
            context=self._connection.context,
            now=self._relay.clock(),
        )
        self._relay.metrics.commit_seconds.observe(time.perf_counter() - began)

    async def _form(self, caller: Caller, frame: frames.Form) -> None:
        known = self._site.form_fields(frame.offline)
        fields = {name: text for name, text in frame.fields.items() if name in known}
        if not fields:
            self._error("bad-frame", "This form has none of the site's fields.", id=frame.id)
            return
        for name, text in fields.items():
            if known[name].type != "textarea" and len(text) > frames.LONGEST_FIELD:
                self._error("too-large", "A field of the form is too long.", id=frame.id)
                return
        await self._happening(
            caller, frame.id, "form", {"fields": fields, "offline": frame.offline}
        )

    async def _offered(
        self,
        caller: Caller,
        id: str,  # noqa: A002 - the protocol's word
        type: str,  # noqa: A002
        data: Mapping[str, Any],
        offered: bool,
    ) -> None:
        if offered:
            await self._happening(caller, id, type, data)
        else:
            self._error("bad-frame", f"This site does not offer `{type}`.", id=id)

    async def _happening(
        self,
        caller: Caller,
        id: str,  # noqa: A002
        type: str,  # noqa: A002
        data: Mapping[str, Any],
    ) -> Received:
        return await self._relay.journal.write_then(
            self._arrived(),
            arrivals.happening,
            caller=caller,
            id=id,
            type=type,
            data=data,
            context=self._connection.context,
            now=self._relay.clock(),
        )

    def _arrived(self) -> Callable[[Received], None]:
        return lambda received: self._relay.arrived(self._connection, received)

    def _type(self, caller: Caller, stopped: bool) -> None:
        at = time.monotonic()
        if stopped or at - self._typed_at >= TYPING_EVERY:
            self._typed_at = 0.0 if stopped else at
            self._relay.hub.signal(caller.site, "typing", caller.visitor, {"stopped": stopped})

    async def _mark(self, caller: Caller, seq: int, *, read: bool) -> None:
        if seq <= (self._read if read else max(self._has, self._read)):
            return
        site = caller.site
        news = await self._relay.journal.write_then(
            lambda news: self._relay.hub.has_news(site) if news is not None else None,
            marks.visitor_has,
            caller=caller,
            seq=seq,
            read=read,
            context=self._connection.context,
            now=self._relay.clock(),
        )
        if news is not None and read:
            self._read = news
        elif news is not None:
            self._has = news

    async def _identify(self, caller: Caller, frame: frames.Identify) -> None:
        relay, site, connection = self._relay, self._site, self._connection
        grant = await identified(relay, site, connection, caller, frame.identity)
        found = grant.caller
        self._new = False
        if found.visitor != caller.visitor:
            self._has = self._read = 0
        self._caller = found
        connection.hold()
        relay.hub.move(connection, found.visitor)
        self._let_in(found.visitor)
        self._count(found.visitor)
        await welcome(relay, site, connection, grant, None)

    async def _too_many(self, seconds: float, given: str | None) -> bool:
        if seconds <= 0:
            self._strikes = 0
            return False
        self._strikes += 1
        self._relay.metrics.refused.labels(self._site.name, "too-many").inc()
        if self._strikes > STRIKES:
            self._connection.end("too-many")
        else:
            self._error("too-many", "Slower, please.", id=given, retry_after=seconds)
            await asyncio.sleep(min(LONGEST_BRAKE, BRAKE * self._strikes))
        return True

    def _error(
        self,
        code: str,
        message: str,
        *,
        id: str | None = None,  # noqa: A002
        retry_after: float | None = None,
    ) -> None:
        self._connection.put(told.error(code, message, id=id, retry_after=retry_after))
