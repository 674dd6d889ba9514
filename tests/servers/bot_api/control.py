"""A small API beside the real one, so that a test can play the customer from another process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from tests.servers.bot_api.server import BotApi


async def control(server: BotApi, request: Request) -> Response:
    """Answers `/control/ping`."""
    return JSONResponse({"pong": bool(server)})
