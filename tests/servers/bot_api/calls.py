"""One call of a method: who calls, with which parameters, checked against the specification."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.servers.bot_api import errors, spec
from tests.servers.bot_api.bots import Bot

if TYPE_CHECKING:
    from tests.servers.bot_api.server import BotApi

_EMPTY = {
    "chat_id": "chat_id is empty",
    "from_chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifiers are not specified",
    "latitude": "latitude is empty",
    "longitude": "longitude is empty",
    "file_id": "file_id not specified",
    "action": "wrong parameter action in request",
    "media": "can't parse media JSON object",
    "options": "can't parse options JSON object",
}
_IN_THE_REQUEST = {
    "photo", "audio", "document", "video", "animation", "voice", "video_note", "sticker",
}  # fmt: skip
_JSON_WORDS = {
    "reply_markup": "reply keyboard markup",
    "entities": "MessageEntity",
    "caption_entities": "MessageEntity",
    "reaction": "reaction types",
    "message_id": "message identifier is not specified",
    "message_ids": "message identifier",
    "allowed_updates": "allowed updates",
}
_TRUE = {"true", "yes", "1"}
_FALSE = {"false", "no", "0", ""}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart body."""

    name: str
    type: str
    content: bytes


@dataclass(eq=False)
class Call:
    """A call as the log keeps it. `arguments` are typed by the specification."""

    method: str
    token: str
    arguments: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    """Parameters that this method does not have; Telegram passes over them."""
    at: float = 0.0
    """time.monotonic() of its arrival."""
    status: int = 0
    """HTTP status of the answer; 0: there was none."""
    answer: Any = None
    """`result`, or the description of the refusal."""
    fault: str = ""
    """The fault that met it."""

    def json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "arguments": self.arguments,
            "uploads": {
                name: [each.name, len(each.content)] for name, each in self.uploads.items()
            },
            "status": self.status,
            "answer": self.answer,
            "fault": self.fault,
        }


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler gets."""

    server: BotApi
    bot: Bot
    call: Call
    arguments: Mapping[str, Any]
    uploads: Mapping[str, Upload]

    def get(self, name: str, default: Any = None) -> Any:
        return self.arguments.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]


Handler = Callable[[Context], Any]
HANDLERS: dict[str, Handler] = {}


def handles(*names: str) -> Callable[[Handler], Handler]:
    """This function answers these methods."""

    def register(handler: Handler) -> Handler:
        for name in names:
            assert name in spec.METHODS, name
            HANDLERS[name] = handler
        return handler

    return register


def typed(
    method: spec.Method, raw: Mapping[str, Any], uploads: Mapping[str, Upload]
) -> dict[str, Any]:
    """The parameters as the specification types them. Raises `Refusal`."""
    found: dict[str, Any] = {}
    for each in method.fields.values():
        if each.name in uploads and "InputFile" in each.types:
            found[each.name] = f"attach://{each.name}"
            continue
        value = raw.get(each.name)
        if value is None or (value == "" and each.types[0] != "String"):
            if each.required:
                raise errors.bad_request(_missing(each.name))
            continue
        if value == "" and each.required:
            raise errors.bad_request(_missing(each.name))
        found[each.name] = _typed(each, value)
    return found


def _missing(name: str) -> str:
    if name in _IN_THE_REQUEST:
        return f"there is no {name.replace('_', ' ')} in the request"
    return _EMPTY.get(name, f'parameter "{name}" is required')


def _typed(each: spec.Field, value: Any) -> Any:
    kinds = each.types
    if "String" in kinds:
        if isinstance(value, dict | list | bool):
            raise errors.bad_request(f'parameter "{each.name}" must be a String')
        return str(value)
    if kinds == ("Integer",) or kinds == ("Float",):
        try:
            return int(str(value)) if kinds == ("Integer",) else float(str(value))
        except ValueError:
            raise errors.bad_request(f'parameter "{each.name}" must be a valid Number') from None
    if kinds == ("Boolean",):
        word = str(value).lower()
        if word not in _TRUE | _FALSE:
            raise errors.bad_request(f'parameter "{each.name}" must be a Boolean')
        return word in _TRUE
    return _parsed(each, value)


def _parsed(each: spec.Field, value: Any) -> Any:
    words = _JSON_WORDS.get(each.name, each.name.replace("_", " "))
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise errors.bad_request(f"can't parse {words} JSON object") from None
    if bad := spec.problem(each.types, value):
        raise errors.bad_request(f"can't parse {words}: {bad}")
    return value
