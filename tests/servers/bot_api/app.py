"""The HTTP side: paths, tokens, bodies, faults, and answers in Telegram's envelope."""

from __future__ import annotations

import asyncio
import copy
import json
import time
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from tests.servers.bot_api import errors, spec
from tests.servers.bot_api.calls import HANDLERS, Call, Context, Upload, typed
from tests.servers.bot_api.control import control
from tests.servers.bot_api.errors import Refusal
from tests.servers.bot_api.faults import Fault
from tests.servers.bot_api.files import DOWNLOAD_LIMIT, UPLOAD_LIMIT

if TYPE_CHECKING:
    from tests.servers.bot_api.bots import Bot
    from tests.servers.bot_api.server import BotApi

_BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center>"
    "<h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0</center>\r\n"
    "</body>\r\n</html>\r\n"
)


class App:
    """The ASGI application."""

    def __init__(self, server: BotApi) -> None:
        self.server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return None
        request = Request(scope, receive)
        path = request.url.path
        if path.startswith("/control/"):
            return await (await control(self.server, request))(scope, receive, send)
        if path.startswith("/file/bot"):
            return await self._file(path, request)(scope, receive, send)
        token, slash, name = path.removeprefix("/bot").partition("/")
        if not path.startswith("/bot") or not slash:
            return await _answer(errors.not_found())(scope, receive, send)
        call = Call(name, token, at=time.monotonic())
        fault: Fault | None = None
        try:
            bot, method = self._recognised(token, name)
            call.method = method.name
            raw, uploads = await _body(request)
            call.uploads = uploads
            call.unknown = tuple(sorted(set(raw) - set(method.fields) - {"method"}))
            call.arguments = {key: value for key, value in raw.items() if key in method.fields}
            self._logged(call)
            fault = self.server.fault_for(method.name, call.arguments)
            if fault is not None:
                call.fault = fault.kind
                if await self._broken_before(fault, send):
                    return None
            response = await self._carried_out(Context(self.server, bot, call, {}, uploads), method)
        except Refusal as refusal:
            if call not in self.server.calls:
                self._logged(call)
            call.answer = refusal.description
            response = _answer(refusal)
        except ClientDisconnect:
            return None  # a bot that ended while it asked
        except Exception as error:
            self.server.problems.append(f"{call.method}: {error!r}")
            raise
        finally:
            self.server.called()
        if fault is not None and await self._broken_after(fault, response, send):
            return None
        call.status = response.status_code
        return await response(scope, receive, send)

    def _logged(self, call: Call) -> None:
        self.server.calls.append(call)
        self.server.called()

    def _recognised(self, token: str, name: str) -> tuple[Bot, spec.Method]:
        number, colon, _secret = token.partition(":")
        if not colon or not number.isdigit() or number.startswith("0"):
            # Telegram's own servers know no such path; one's own server says what is wrong.
            invalid = Refusal(401, "Unauthorized: invalid token specified")
            raise invalid if self.server.self_hosted else errors.not_found()
        bot = self.server.bots.get(token)
        if bot is None:
            raise errors.unauthorized()
        if bot.logged_out:
            raise errors.bad_request("Logged out")
        method = spec.METHODS_BY_LOWER_NAME.get(name.lower())
        if method is None:
            raise errors.method_not_found()
        return bot, method

    async def _carried_out(self, context: Context, method: spec.Method) -> Response:
        call = context.call
        if sum(len(each.content) for each in context.uploads.values()) > self.server.upload_limit:
            raise errors.too_large()
        arguments = typed(method, call.arguments, context.uploads)
        call.arguments = arguments
        context = Context(self.server, context.bot, call, arguments, context.uploads)
        if method.name == "getUpdates":
            updates = await self.server.long_poll(context)
            call.answer = [number for number, _raw in updates]
            body = b'{"ok":true,"result":[' + b",".join(raw for _number, raw in updates) + b"]}"
            return Response(body, media_type="application/json")
        handler = HANDLERS.get(method.name)
        with self.server.world.lock:
            if handler is not None:
                result = copy.deepcopy(handler(context))
            else:
                result = True if "Boolean" in method.returns else spec.smallest(method.returns)
        call.answer = result
        if bad := spec.problem(method.returns, result):
            self.server.problems.append(f"{method.name}: {bad}")
        return JSONResponse({"ok": True, "result": result})

    async def _broken_before(self, fault: Fault, send: Send) -> bool:
        """Whether the call ends here. Raises `Refusal`."""
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            return False
        if fault.kind == "hang":
            if not fault.after:
                await self.server.released.wait()
            return False
        if fault.after:
            return False
        await self._break(fault, JSONResponse({"ok": True, "result": True}), send)
        return True

    async def _broken_after(self, fault: Fault, response: Response, send: Send) -> bool:
        if fault.kind == "slow" or not fault.after:
            return False
        if fault.kind == "hang":
            await self.server.released.wait()
            return False
        try:
            await self._break(fault, response, send)
        except Refusal as refusal:
            await _sent(_answer(refusal), send)
        return True

    async def _break(self, fault: Fault, response: Response, send: Send) -> None:
        match fault.kind:
            case "too_many":
                raise errors.too_many_requests(fault.retry_after)
            case "error":
                raise Refusal(500, "Internal Server Error")
            case "conflict":
                raise errors.conflict(errors.TERMINATED)
            case "unauthorized":
                raise errors.unauthorized()
            case "bad_gateway":
                await _sent(Response(_BAD_GATEWAY, 502, media_type="text/html"), send)
            case "garbage":
                await _sent(Response(b'{"ok":tru\xff\x00 <!', media_type="application/json"), send)
            case "half":
                await _half(response, send)
            case _:
                _transport(send).abort()

    def _file(self, path: str, request: Request) -> Response:
        token, _slash, rest = path.removeprefix("/file/bot").partition("/")
        call = Call("file", token, {"path": rest}, at=time.monotonic())
        self._logged(call)
        fault = self.server.fault_for("file", call.arguments)
        if fault is not None:
            call.fault = fault.kind
            return _FileFault(self, fault, self._content(token, rest, call))
        return self._content(token, rest, call)

    def _content(self, token: str, path: str, call: Call) -> Response:
        bot = self.server.bots.get(token)
        stored = self.server.world.files.by_path(path) if bot is not None else None
        if bot is None:
            response = _answer(errors.unauthorized())
        elif (
            stored is None
            or self.server.local_files is not None
            or (stored.size > DOWNLOAD_LIMIT and not self.server.unlimited_downloads)
        ):
            response = _answer(errors.not_found())
        else:
            response = Response(stored.content, media_type="application/octet-stream")
        call.status = response.status_code
        return response


class _FileFault(Response):
    """A download that goes wrong."""

    def __init__(self, app: App, fault: Fault, response: Response) -> None:
        self.app = app
        self.fault = fault
        self.response = response

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if await self.app._broken_before(self.fault, send):
                return
            if await self.app._broken_after(self.fault, self.response, send):
                return
        except Refusal as refusal:
            self.response = _answer(refusal)
        await self.response(scope, receive, send)


def _answer(refusal: Refusal) -> Response:
    headers = {}
    if after := refusal.parameters.get("retry_after"):
        headers["Retry-After"] = str(after)
    return JSONResponse(refusal.body(), refusal.code, headers)


async def _sent(response: Response, send: Send) -> None:
    await send(
        {"type": "http.response.start", "status": response.status_code,
         "headers": response.raw_headers}
    )  # fmt: skip
    await send({"type": "http.response.body", "body": response.body})


async def _half(response: Response, send: Send) -> None:
    """All headers and half of the body; then the end of the stream."""
    body = bytes(response.body)
    await send(
        {"type": "http.response.start", "status": response.status_code,
         "headers": response.raw_headers}
    )  # fmt: skip
    await send(
        {"type": "http.response.body", "body": body[: max(1, len(body) // 2)], "more_body": True}
    )
    _transport(send).close()


def _transport(send: Send) -> asyncio.Transport:
    """The connection under uvicorn's `send`: ASGI itself has no way to cut one."""
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    return transport


async def _body(request: Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Parameters in the query, as JSON, or as a form; later ones win."""
    raw: dict[str, Any] = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "")
    if "json" in kind:
        try:
            found = json.loads(await request.body() or b"{}")
        except ValueError:
            raise errors.bad_request("can't parse JSON object") from None
        if not isinstance(found, dict):
            raise errors.bad_request("object expected")
        return raw | found, uploads
    async with request.form(max_part_size=2 * UPLOAD_LIMIT, max_files=100) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                uploads[name] = Upload(
                    value.filename or "", value.content_type or "", await value.read()
                )
            else:
                raw[name] = value
    return raw, uploads
