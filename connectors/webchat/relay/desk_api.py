"""The desk's side of the relay: events out, messages in (docs/relay-protocol.md, "Desk")."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.webchat.protocol import MOST_FILES
from connectors.webchat.relay import barred, events, marks, sends, stored_files, told, visitors
from connectors.webchat.relay.availability import Availability, State
from connectors.webchat.relay.blocks import is_visitor, parse_network
from connectors.webchat.relay.errors import ApiError
from connectors.webchat.relay.event_stream import EventStream
from connectors.webchat.relay.records import FILE
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.request_body import (
    LARGEST_NUMBER,
    json_object,
    number_of,
    optional_number,
    text_of,
)
from connectors.webchat.relay.site import Site

DESK_TEXT = 4
"""How many times as long as a visitor's an agent's message may be."""
MOST_QUEUED = 10_000
LONGEST_NAME = 200
STATES = ("online", "away", "hidden")
VERIFICATIONS = ("sent", "proven", "wrong", "expired", "refused")

_KEY = re.compile(r"[\x21-\x7e]{1,200}")

Endpoint = Callable[[Request, str], Awaitable[Response]]


def desk_of(request: Request, sites: Mapping[str, Site]) -> str | None:
    """The site whose desk's token the request bears; None: no desk's."""
    return _desk(request.headers.get("authorization", ""), sites)


def authorised(scope: Scope, sites: Mapping[str, Site]) -> bool:
    """Whether a desk asks."""
    given = [value for name, value in scope["headers"] if name == b"authorization"]
    return len(given) == 1 and _desk(given[0].decode("latin-1"), sites) is not None


def _desk(authorization: str, sites: Mapping[str, Site]) -> str | None:
    scheme, _blank, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    found = None
    for site in sites.values():  # all of them: the time tells nothing
        if site.is_desk(token.strip()):
            found = site.name
    return found


class DeskApi:
    """`routes` go into the application."""

    def __init__(self, relay: Relay, version: str) -> None:
        self._relay = relay
        self._journal = relay.journal
        self._hub = relay.hub
        self._version = version
        self._text_bytes = relay.settings.limits.message_bytes * DESK_TEXT
        # A character of text may be six of JSON.
        self._body_bytes = self._text_bytes * 6 + 65_536

    def routes(self) -> Sequence[Route]:
        def route(path: str, method: str, endpoint: Endpoint) -> Route:
            return Route(path, self._for_desk(endpoint), methods=[method])

        return [
            route("/v1/events", "GET", self._events),
            route("/v1/ack", "POST", self._ack),
            route("/v1/messages", "POST", self._send),
            route("/v1/messages/{key:path}", "GET", self._find),
            route("/v1/messages/{key:path}", "PATCH", self._edit),
            route("/v1/messages/{key:path}", "DELETE", self._delete),
            route("/v1/availability", "PUT", self._availability),
            route("/v1/typing", "POST", self._typing),
            route("/v1/read", "POST", self._read),
            route("/v1/verification", "POST", self._verification),
            route("/v1/blocks", "GET", self._list_blocks),
            route("/v1/blocks", "POST", self._block),
            route("/v1/blocks/{target:path}", "DELETE", self._unblock),
            route("/v1/visitors/{visitor}", "DELETE", self._forget),
            route("/v1/status", "GET", self._status),
        ]

    def _for_desk(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            site = desk_of(request, self._relay.sites)
            if site is None:
                raise ApiError("bad-token", "This needs the desk's token of a site.")
            return await endpoint(request, site)

        return checked

    # Events

    async def _events(self, request: Request, site: str) -> Response:
        after = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
        if not after.isascii() or not after.isdigit() or int(after[:20]) >= LARGEST_NUMBER:
            raise ApiError("bad-request", "“after” must be a whole number from 0.")
        return _Streaming(
            EventStream(self._relay, site=site, after=int(after), version=self._version)
        )

    async def _ack(self, request: Request, site: str) -> Response:
        upto = number_of(await self._body(request), "upto")

        def tell(done: events.Acknowledged) -> None:
            self._relay.acknowledged(site, done)

        done = await self._journal.write_then(tell, events.acknowledge, site=site, upto=upto)
        return JSONResponse({"upto": done.upto})

    # Messages

    async def _send(self, request: Request, site: str) -> Response:
        body = await self._body(request)
        key = _key(body.get("key"))
        text = text_of(body, "text", self._text_bytes, default="")
        files = _files(body.get("files"))
        if not text.strip() and not files:
            raise ApiError("bad-request", "A message has a text or files.")
        sent = await self._journal.write_then(
            self._tell(site),
            sends.send,
            site=site,
            visitor=_visitor(body),
            key=key,
            text=text,
            name=text_of(body, "name", LONGEST_NAME * 4, default=""),
            format=_format(body.get("format")),
            files=files,
            now=self._relay.clock(),
        )
        return JSONResponse(self._sent(site, sent), 200 if sent.message is None else 201)

    async def _find(self, request: Request, site: str) -> Response:
        sent = await self._journal.read(sends.find, site=site, key=_path_key(request))
        if sent is None:
            raise ApiError("unknown-key", "Nothing was sent under this key.")
        return JSONResponse(self._sent(site, sent))

    async def _edit(self, request: Request, site: str) -> Response:
        key = _path_key(request)
        text = text_of(await self._body(request), "text", self._text_bytes)
        if not text.strip():
            raise ApiError("bad-request", "A message has a text; delete it instead.")
        sent = await self._journal.write_then(
            self._tell(site), sends.edit, site=site, key=key, text=text, now=self._relay.clock()
        )
        return JSONResponse(self._sent(site, sent))

    async def _delete(self, request: Request, site: str) -> Response:
        sent = await self._journal.write_then(
            self._tell(site),
            sends.delete,
            site=site,
            key=_path_key(request),
            now=self._relay.clock(),
        )
        return JSONResponse(self._sent(site, sent))

    def _tell(self, site: str) -> Callable[[sends.Sent], None]:
        return lambda sent: self._relay.sent(site, sent)

    def _sent(self, site: str, sent: sends.Sent) -> dict[str, Any]:
        return {
            "seq": sent.seq,
            "sent_at": sent.sent_at,
            "visitor": sent.visitor,
            "online": self._hub.is_online(site, sent.visitor),
        }

    # What is true for the moment

    async def _availability(self, request: Request, site: str) -> Response:
        body = await self._body(request)
        state = body.get("availability")
        if state not in STATES:
            raise ApiError("bad-request", "“availability” is online, away or hidden.")
        queue = body.get("queue") or {}
        if not isinstance(queue, dict) or len(queue) > MOST_QUEUED:
            raise ApiError("bad-request", "“queue” has visitors and their places.")
        places = {visitor: number_of(queue, visitor) for visitor in queue if is_visitor(visitor)}
        said = Availability(cast("State", state), places, optional_number(body, "wait"))
        self._relay.availability.put(site, said)
        return JSONResponse({"availability": state})

    async def _typing(self, request: Request, site: str) -> Response:
        body = await self._body(request)
        visitor = _visitor(body)
        name = text_of(body, "name", LONGEST_NAME * 4, default="")
        tabs = self._hub.deliver(site, visitor, told.typing(name, body.get("stopped") is True))
        return JSONResponse({"online": tabs > 0})

    async def _read(self, request: Request, site: str) -> Response:
        body = await self._body(request)
        visitor, seq = _visitor(body), number_of(body, "seq")

        def tell(upto: int | None) -> None:
            self._relay.agent_read(site, visitor, upto)

        await self._journal.write_then(tell, marks.agent_read, site=site, visitor=visitor, seq=seq)
        return JSONResponse({"seq": seq})

    async def _verification(self, request: Request, site: str) -> Response:
        body = await self._body(request)
        visitor, state = _visitor(body), body.get("state")
        email = text_of(body, "email", 1_024, default="").strip()
        if state not in VERIFICATIONS:
            raise ApiError("bad-request", f"“state” is one of {', '.join(VERIFICATIONS)}.")
        if state == "proven" and "@" in email:
            await self._journal.write(visitors.prove_email, site=site, visitor=visitor, email=email)
        tabs = self._hub.deliver(site, visitor, told.verification(state, email))
        return JSONResponse({"online": tabs > 0})

    # Blocks

    async def _list_blocks(self, request: Request, site: str) -> Response:
        found = await self._journal.read(barred.of_site, site=site, now=self._relay.clock())
        return JSONResponse({"blocks": [_block_json(each) for each in found]})

    async def _block(self, request: Request, site: str) -> Response:
        body = await self._body(request)
        if ("visitor" in body) == ("network" in body):
            raise ApiError("bad-request", "A block is of a visitor or of a network.")
        target = _visitor(body) if "visitor" in body else _network(body["network"])
        block = barred.Block(target, optional_number(body, "until"))

        def tell(_none: None) -> None:
            self._relay.blocks[site].add(block.target, block.until)
            self._end_blocked(site)

        await self._journal.write_then(
            tell, barred.add, site=site, block=block, now=self._relay.clock()
        )
        return JSONResponse(_block_json(block), 201)

    async def _unblock(self, request: Request, site: str) -> Response:
        target = request.path_params["target"]
        if not is_visitor(target):
            target = _network(target)

        def tell(_there: bool) -> None:
            self._relay.blocks[site].remove(target)

        if not await self._journal.write_then(tell, barred.remove, site=site, target=target):
            raise ApiError("not-found", "There is no such block.")
        return Response(status_code=204)

    def _end_blocked(self, site: str) -> None:
        blocks, now = self._relay.blocks[site], self._relay.clock()
        for connection in self._hub.everybody(site):
            if blocks.visitor(connection.visitor, now) or blocks.address(connection.address, now):
                connection.end("blocked")

    # The rest

    async def _forget(self, request: Request, site: str) -> Response:
        visitor = _visitor(request.path_params)

        def tell(_there: bool) -> None:
            self._hub.end(site, visitor, "bad-token")

        there = await self._journal.write_then(
            tell, visitors.forget, site=site, visitor=visitor, now=self._relay.clock()
        )
        if not there:
            raise ApiError("unknown-visitor", "There is no such visitor on this site.")
        return Response(status_code=204)

    async def _status(self, request: Request, site: str) -> Response:
        backlog = await self._journal.read(events.backlog, site=site)
        limits = self._relay.settings.limits
        return JSONResponse(
            {
                "site": site,
                "epoch": self._journal.epoch,
                "visitors": len(self._hub.online(site)),
                "pending": backlog.pending,
                "oldest": backlog.oldest,
                "newest": backlog.newest,
                "version": self._version,
                "storage_bytes": await self._journal.read(stored_files.used, site=site),
                "limits": {
                    "message_bytes": self._text_bytes,
                    "upload_bytes": limits.upload_bytes,
                    "files": MOST_FILES,
                },
            }
        )

    async def _body(self, request: Request) -> Mapping[str, Any]:
        return await json_object(request, self._body_bytes)


class _Streaming(Response):
    """An answer that an ASGI application of its own gives."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def _block_json(block: barred.Block) -> dict[str, Any]:
    kind = "visitor" if is_visitor(block.target) else "network"
    return {kind: block.target, "until": block.until}


def _visitor(body: Mapping[str, Any]) -> str:
    visitor = body.get("visitor")
    if not isinstance(visitor, str) or not is_visitor(visitor):
        raise ApiError("bad-request", "“visitor” must be a visitor's id.")
    return visitor


def _network(value: Any) -> str:
    found = parse_network(value) if isinstance(value, str) else None
    if found is None:
        raise ApiError(
            "bad-request", "“network” must be an address or a network in CIDR notation, not wider"
            " than /8 (IPv4) or /16 (IPv6)."
        )  # fmt: skip
    return str(found)


def _key(value: Any) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise ApiError("bad-request", "“key” has 1 to 200 printable ASCII characters.")
    return value


def _path_key(request: Request) -> str:
    key = request.path_params["key"]
    if not _KEY.fullmatch(key):
        raise ApiError("unknown-key", "Nothing was sent under this key.")
    return str(key)


def _format(value: Any) -> str:
    if value not in (None, "", "markdown"):
        raise ApiError("bad-request", "“format” is markdown or empty.")
    return value or ""


def _files(value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_FILES:
        raise ApiError("bad-request", f"“files” has at most {MOST_FILES} ids of files.")
    for each in value:
        if not isinstance(each, str) or not FILE.fullmatch(each):
            raise ApiError("bad-request", "“files” has ids of files.")
    if len(set(value)) != len(value):
        raise ApiError("bad-request", "“files” has an id twice.")
    return value
