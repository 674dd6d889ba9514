"""A small API beside the real one, so that a test can play the customer from another process.

`POST /control/` with `{"on": […], "call": "says", "args": […], "kwargs": {…}}` calls a method of
the server or of something that it gave out earlier; what is no plain JSON is given out as
`{"$ref": n}`, bytes travel as `{"$bytes": base64}`. `RemoteBotApi` is the other end.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from tests.servers.bot_api.server import BotApi

_PLAIN = (str, int, float, bool, type(None))


async def control(server: BotApi, request: Request) -> Response:
    asked = json.loads(await request.body())
    try:
        found = await run_in_threadpool(_carried_out, server, asked)
    except Exception as error:
        return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 500)
    return JSONResponse({"result": found})


def _carried_out(server: BotApi, asked: dict[str, Any]) -> Any:
    target = server.given_out[asked["on"]] if asked["on"] is not None else server
    name = asked["call"]
    if name.startswith("_"):
        raise AttributeError(name)
    found = getattr(target, name)
    if asked.get("get"):
        return _packed(server, found)
    args = [_unpacked(server, each) for each in asked["args"]]
    kwargs = {key: _unpacked(server, each) for key, each in asked["kwargs"].items()}
    return _packed(server, found(*args, **kwargs))


def _unpacked(server: BotApi, value: Any) -> Any:
    if isinstance(value, dict):
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
        if "$ref" in value:
            return server.given_out[value["$ref"]]
        return {key: _unpacked(server, each) for key, each in value.items()}
    return [_unpacked(server, each) for each in value] if isinstance(value, list) else value


def _packed(server: BotApi, value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {str(key): _packed(server, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(server, each) for each in value]
    server.given_out.append(value)
    shown = {"$ref": len(server.given_out) - 1}
    if type(value).__name__ in ("Seen", "Call", "Fault"):
        names = [each.name for each in dataclasses.fields(value)]
        return shown | {name: _packed(server, getattr(value, name)) for name in names}
    return shown


class RemoteThing:
    """Something of a server in another process: its methods are called there, its attributes
    are read with `get`."""

    def __init__(self, server: RemoteBotApi, reference: int | None, shown: dict[str, Any]) -> None:
        self._server = server
        self._reference = reference
        self._shown = shown

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._shown:
            return self._server.unpacked(self._shown[name])

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._server.ask(self._reference, name, args, kwargs)

        return call

    def get(self, name: str) -> Any:
        """`posted.get("key")`."""
        return self._server.ask(self._reference, name, (), {}, get=True)


class RemoteBotApi(RemoteThing):
    """`BotApi` in another process, such as `python -m tests.servers.bot_api --port N`."""

    def __init__(self, url: str) -> None:
        super().__init__(self, None, {})
        self._url = url

    def ask(self, on: int | None, name: str, args: Any, kwargs: Any, *, get: bool = False) -> Any:
        body = {"on": on, "call": name, "args": self._sent(args), "kwargs": self._sent(kwargs)}
        request = urllib.request.Request(
            f"{self._url}/control/", json.dumps(body | {"get": get}).encode(), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return self.unpacked(json.load(answer)["result"])
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(json.load(error)["error"]) from None

    def unpacked(self, value: Any) -> Any:
        if isinstance(value, dict):
            if "$bytes" in value:
                return base64.b64decode(value["$bytes"])
            if "$ref" in value:
                return RemoteThing(self, value["$ref"], value)
            return {key: self.unpacked(each) for key, each in value.items()}
        return [self.unpacked(each) for each in value] if isinstance(value, list) else value

    def _sent(self, value: Any) -> Any:
        if isinstance(value, RemoteThing):
            return {"$ref": value._reference}
        if isinstance(value, bytes):
            return {"$bytes": base64.b64encode(value).decode()}
        if isinstance(value, dict):
            return {key: self._sent(each) for key, each in value.items()}
        return [self._sent(each) for each in value] if isinstance(value, list | tuple) else value
