"""How the Bot API refuses, in Telegram's own words."""

from __future__ import annotations

import math
from typing import Any


class Refusal(Exception):
    """An answer with `ok: false`."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        body = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


def bad_request(words: str, **parameters: Any) -> Refusal:
    """Words of one's own begin in lower case; the names of Telegram's errors are shouted."""
    if not words[1:2].isupper() and words[1:2] != "_":
        words = words[:1].lower() + words[1:]
    return Refusal(400, f"Bad Request: {words}", **parameters)


def forbidden(words: str) -> Refusal:
    return Refusal(403, f"Forbidden: {words}")


def conflict(words: str) -> Refusal:
    return Refusal(409, f"Conflict: {words}")


def unauthorized() -> Refusal:
    return Refusal(401, "Unauthorized")


def not_found() -> Refusal:
    return Refusal(404, "Not Found")


def method_not_found() -> Refusal:
    return Refusal(404, "Not Found: method not found")


def too_many_requests(seconds: float) -> Refusal:
    after = max(1, math.ceil(seconds))
    return Refusal(429, f"Too Many Requests: retry after {after}", retry_after=after)


def too_large() -> Refusal:
    """What stands before Telegram's servers says it."""
    return Refusal(413, "Request Entity Too Large")


TERMINATED = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
TERMINATED_BY_WEBHOOK = "terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
MIGRATED = "group chat was upgraded to a supergroup chat"
