"""Files over HTTP: sent by visitors and desks, fetched by whoever has the id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from connectors.webchat.relay import stored_files, visitors
from connectors.webchat.relay.desk_api import desk_of
from connectors.webchat.relay.errors import ApiError
from connectors.webchat.relay.file_names import disposition
from connectors.webchat.relay.files import FileStore, NoRoom, TooLarge
from connectors.webchat.relay.frames import clean
from connectors.webchat.relay.logs import log
from connectors.webchat.relay.records import FILE, Caller, FileRef
from connectors.webchat.relay.relay import Relay
from connectors.webchat.relay.request_body import discard, pieces
from connectors.webchat.relay.site import Site
from connectors.webchat.relay.tokens import BadToken, SessionOver
from connectors.webchat.relay.upload_types import INLINE, BadFile

_LONGEST_NAME = 1_000

SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, max-age=86400",
    "Referrer-Policy": "no-referrer",
}


class FileApi:
    """`routes` go into the application."""

    def __init__(self, relay: Relay, store: FileStore) -> None:
        self._relay = relay
        self._store = store

    def routes(self) -> Sequence[Route]:
        return [
            Route("/v1/files", self._upload, methods=["POST"]),
            Route("/v1/files/{file}/{name:path}", self._download, methods=["GET"]),
        ]

    async def _upload(self, request: Request) -> Response:
        try:
            return await self._received(request)
        except (ApiError, BadFile, TooLarge) as error:
            await discard(request)
            if isinstance(error, BadFile):
                raise ApiError("bad-file", str(error)) from error
            if isinstance(error, TooLarge):
                raise ApiError("too-large", self._too_large()) from error
            raise

    async def _received(self, request: Request) -> Response:
        limits = self._relay.settings.limits
        name = clean(request.query_params.get("name", ""))[:_LONGEST_NAME]
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > limits.upload_bytes:
            raise TooLarge
        desk = desk_of(request, self._relay.sites)
        if desk is not None:
            return await self._store_one(request, desk, None, name, pieces(request), ())
        site, caller = await self._visitor(request)
        if not site.settings.types:
            raise ApiError("bad-file", "This site takes no files.")
        address = request.state.address
        self._wait(site, self._relay.limits.upload(caller.visitor, address))
        if await asyncio.to_thread(self._store.free) < limits.free_bytes:
            raise ApiError("storage-full", "The relay takes no files at present.", 600)
        chunks = self._counted(pieces(request), site, caller, address)
        return await self._store_one(
            request, site.name, caller.visitor, name, chunks, site.settings.types
        )

    async def _store_one(
        self,
        request: Request,
        site: str,
        visitor: str | None,
        name: str,
        chunks: AsyncIterator[bytes],
        allowed: Sequence[str],
    ) -> Response:
        limits = self._relay.settings.limits
        try:
            file = await self._store.receive(
                chunks,
                site=site,
                visitor=visitor,
                name=name,
                declared=request.headers.get("content-type", ""),
                allowed=allowed,
                most=limits.upload_bytes,
                most_of_site=limits.storage_bytes_per_site,
            )
        except NoRoom as error:
            log("no-room-for-files", site=site)
            raise ApiError("storage-full", "The relay takes no files at present.", 600) from error
        by = "desk" if visitor is None else "visitor"
        self._relay.metrics.uploads.labels(site, by).inc()
        self._relay.metrics.upload_bytes.labels(site, by).inc(file.size)
        return JSONResponse(file.json(), 201)

    async def _visitor(self, request: Request) -> tuple[Site, Caller]:
        """Raises `ApiError`, `VisitorGone`, `IdentityNeeded`."""
        site = self._relay.sites.get(request.query_params.get("site", ""))
        scheme, _blank, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise ApiError("bad-token", "An upload needs the visitor's or the desk's token.")
        if site is None:
            raise ApiError("unknown-site", "There is no such site.")
        now = self._relay.clock()
        try:
            caller = self._relay.tokens.read(token.strip(), site.name, now).caller
        except BadToken:
            raise ApiError("bad-token", "This token is not valid any more.") from None
        except SessionOver:
            raise ApiError("identity-needed", "This visitor's sign-in has run out.") from None
        known = await self._relay.journal.read(
            visitors.find, site=site.name, visitor=caller.visitor
        )
        visitors.check(caller, known)
        if self._relay.blocks[site.name].visitor(caller.visitor, now):
            raise ApiError("blocked", "This visitor is blocked.")
        return site, caller

    async def _counted(
        self, chunks: AsyncIterator[bytes], site: Site, caller: Caller, address: str
    ) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            self._wait(site, self._relay.limits.uploaded(caller.visitor, address, len(chunk)))
            yield chunk

    def _wait(self, site: Site, seconds: float) -> None:
        if seconds > 0:
            self._relay.metrics.refused.labels(site.name, "uploads").inc()
            raise ApiError("too-many", "Too many files; try again later.", seconds)

    def _too_large(self) -> str:
        return f"A file has at most {self._relay.settings.limits.upload_bytes} bytes."

    async def _download(self, request: Request) -> Response:
        file, name = request.path_params["file"], request.path_params["name"]
        if not FILE.fullmatch(file):
            raise ApiError("not-found", "There is no such file.")
        stored = await self._relay.journal.read(stored_files.find, file=file)
        # Under another name it would look as if that were in it.
        if stored is None or stored.name != name:
            raise ApiError("not-found", "There is no such file.")
        path = self._store.path(file)
        if not await asyncio.to_thread(path.is_file):
            raise ApiError("not-found", "There is no such file.")
        return FileResponse(path, headers=_headers(stored), media_type=_served_as(stored))


def _headers(file: FileRef) -> dict[str, str]:
    kind = "inline" if file.type in INLINE else "attachment"
    return {**SAFE_HEADERS, "Content-Disposition": disposition(kind, file.name)}


def _served_as(file: FileRef) -> str:
    return f"{file.type}; charset=utf-8" if file.type.startswith("text/") else file.type
