"""What visitors may say: one JSON object a frame, read strictly, in this one place.

`parse` takes whatever bytes anybody sends and either gives one of the frames below or raises
`BadFrame`, never anything else. Unknown fields are ignored, so that a newer widget can talk to
an older relay. Text is a visitor's: kept as it is but for what no text can hold (NUL, lone
surrogates).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from connectors.webchat.protocol import MOST_FILES
from connectors.webchat.relay.records import Context

MOST_FIELDS = 50
"""Fields of one form."""
LONGEST_FIELD = 2_000
"""Characters of one field of a form, but for `textarea`s, which are as long as messages."""
LONGEST_JWT = 8_192
LONGEST_URL = 2_048
LONGEST_TITLE = 300
EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,190}")
"""What may be an e-mail address: nothing that needs quoting."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CHOSEN = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,64}")
"""An id that a widget chose: any characters, as long as they can be stored and logged."""
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
_TIMEZONE = re.compile(r"[A-Za-z0-9_+/-]{1,64}")
_CODE = re.compile(r"[0-9A-Za-z -]{1,32}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_LARGEST_SEQ = 2**53
_LOG_IN = re.compile(r"^(https?://)[^/?#]*@", re.I)
_SECRET = re.compile(
    r"token|secret|passw|signature|session|jwt|api_?key|^(?:code|key|sig|auth|sid|otp|pin|nonce|omnitui)$",
    re.I,
)
"""Names of parameters whose values are nobody's business but the page's."""


class BadFrame(Exception):
    """What came is no frame. `str()` is one sentence for developers, without what came."""

    def __init__(
        self,
        sentence: str,
        *,
        code: Literal["bad-frame", "too-large"] = "bad-frame",
        id: str | None = None,  # noqa: A002 - the protocol's word
        json: bool = True,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.id = id
        self.json = json
        """False: it is not even JSON."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame: who they are, what they have already, where they are."""

    token: str | None
    after: int | None
    identity: str | None
    context: Context
    """Without the user agent, which the handshake's header tells."""
    link: str | None
    visible: bool


@dataclass(frozen=True, slots=True)
class Message:
    id: str
    text: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    id: str
    fields: Mapping[str, str]
    offline: bool


@dataclass(frozen=True, slots=True)
class End:
    id: str


@dataclass(frozen=True, slots=True)
class Transcript:
    id: str


@dataclass(frozen=True, slots=True)
class Verify:
    id: str
    email: str


@dataclass(frozen=True, slots=True)
class Code:
    id: str
    code: str


@dataclass(frozen=True, slots=True)
class Typing:
    stopped: bool


@dataclass(frozen=True, slots=True)
class Read:
    seq: int


@dataclass(frozen=True, slots=True)
class Have:
    """`received`: the browser has every message up to `seq`, whether or not it was looked at."""

    seq: int


@dataclass(frozen=True, slots=True)
class Page:
    page: str
    title: str


@dataclass(frozen=True, slots=True)
class Visible:
    visible: bool


@dataclass(frozen=True, slots=True)
class Identify:
    identity: str


@dataclass(frozen=True, slots=True)
class More:
    before: int


@dataclass(frozen=True, slots=True)
class Ping:
    pass


Frame = (
    Hello
    | Message
    | Form
    | End
    | Transcript
    | Verify
    | Code
    | Typing
    | Read
    | Have
    | Page
    | Visible
    | Identify
    | More
    | Ping
)


def parse(data: str | bytes, message_bytes: int) -> Frame:
    """The frame in a WebSocket's text message. Raises `BadFrame`."""
    try:
        found = _DECODER.decode(data if isinstance(data, str) else data.decode())
    except (ValueError, RecursionError):
        raise BadFrame("A frame has to be a JSON object.", json=False) from None
    return read(found, message_bytes)


def read(found: Any, message_bytes: int) -> Frame:
    """The frame in a JSON value. Raises `BadFrame`."""
    if not isinstance(found, dict):
        raise BadFrame("A frame has to be a JSON object.")
    fields = _Fields(found)
    kind = found.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        fields.refuse("This type of frame is not known.")
    return reader(fields, message_bytes)


def size(frame: Frame) -> int:
    """About how many bytes of a visitor's own words are stored of a frame."""
    if isinstance(frame, Message):
        return len(frame.text.encode())
    if isinstance(frame, Form):
        return sum(len(name) + len(text.encode()) for name, text in frame.fields.items())
    return 0


def clean(text: str) -> str:
    """Without what no text can hold: NUL goes, halves of surrogate pairs that belong together are
    joined, the others replaced."""
    text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def one_line(text: str, most: int) -> str:
    """Of a page's title and the like: no control characters, no line breaks, at most so long."""
    return _CONTROL.sub(" ", clean(text)).strip()[:most]


def without_secrets(url: str) -> str:
    """A page's address as agents may see it and the relay may keep it: links that reset passwords
    and sign in have what opens the door in them."""
    parts = re.split(r"([?&#;])", _LOG_IN.sub(r"\1", url))
    for number, part in enumerate(parts[2::2]):
        name, _equals, value = part.partition("=")
        if value and _SECRET.search(name):
            parts[2 + 2 * number] = f"{name}=***"
    return "".join(parts)


class _Fields:
    """The fields of one frame, each asked for with its type."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = found
        given = found.get("id")
        self._id = given if isinstance(given, str) and _CHOSEN.fullmatch(given) else None

    def refuse(
        self, sentence: str, code: Literal["bad-frame", "too-large"] = "bad-frame"
    ) -> NoReturn:
        raise BadFrame(sentence, code=code, id=self._id)

    def id(self) -> str:
        if self._id is None:
            self.refuse("`id` has to be 1 to 64 characters without control characters.")
        return self._id

    def text(self, name: str) -> str | None:
        found = self._found.get(name)
        if found is not None and not isinstance(found, str):
            self.refuse(f"`{name}` has to be text.")
        return found

    def flag(self, name: str, default: bool) -> bool:
        found = self._found.get(name)
        if found is None:
            return default
        if not isinstance(found, bool):
            self.refuse(f"`{name}` has to be true or false.")
        return found

    def seq(self, name: str) -> int | None:
        found = self._found.get(name)
        if found is None:
            return None
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < _LARGEST_SEQ:
            self.refuse(f"`{name}` has to be the number of a message.")
        return found

    def needed_seq(self, name: str) -> int:
        found = self.seq(name)
        if found is None:
            self.refuse(f"`{name}` is missing.")
        return found

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """Hearsay of a browser: what does not look right is as good as not said."""
        found = self.text(name) or ""
        return found if pattern.fullmatch(found) else ""

    def url(self, name: str) -> str:
        found = one_line(self.text(name) or "", LONGEST_URL)
        if not found.lower().startswith(("http://", "https://")):
            return ""
        return without_secrets(found)

    def jwt(self, name: str) -> str | None:
        found = self.text(name)
        if found is not None and len(found) > LONGEST_JWT:
            self.refuse(f"`{name}` is longer than {LONGEST_JWT} characters.", "too-large")
        return found or None

    def list(self, name: str) -> list[Any]:
        found = self._found.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            self.refuse(f"`{name}` has to be a list.")
        return found

    def object(self, name: str) -> dict[str, Any]:
        found = self._found.get(name)
        if not isinstance(found, dict):
            self.refuse(f"`{name}` has to be an object.")
        return found


def _hello(fields: _Fields, _most: int) -> Hello:
    return Hello(
        token=fields.jwt("token"),
        after=fields.seq("after"),
        identity=fields.jwt("identity"),
        context=Context(
            page=fields.url("page"),
            title=one_line(fields.text("title") or "", LONGEST_TITLE),
            referrer=fields.url("referrer"),
            language=fields.matching("language", _LANGUAGE),
            timezone=fields.matching("timezone", _TIMEZONE),
        ),
        link=fields.matching("link", _ID) or None,
        visible=fields.flag("visible", True),
    )


def _message(fields: _Fields, most: int) -> Message:
    name = fields.id()
    text = clean(fields.text("text") or "")
    if len(text.encode()) > most:
        fields.refuse(f"The text is longer than {most} bytes.", "too-large")
    files = fields.list("files")
    if len(files) > MOST_FILES:
        fields.refuse(f"A message takes at most {MOST_FILES} files.", "too-large")
    if not all(isinstance(each, str) and _ID.fullmatch(each) for each in files):
        fields.refuse("`files` has to be a list of the ids of uploaded files.")
    if len(set(files)) < len(files):
        fields.refuse("`files` names one file twice.")
    if not text.strip() and not files:
        fields.refuse("A message needs a text or a file.")
    return Message(name, text, tuple(files))


def _form(fields: _Fields, most: int) -> Form:
    name = fields.id()
    found = fields.object("fields")
    if len(found) > MOST_FIELDS:
        fields.refuse(f"A form has at most {MOST_FIELDS} fields.", "too-large")
    filled = {}
    for key, value in found.items():
        if not isinstance(value, str):
            fields.refuse("The values of `fields` have to be texts.")
        if len(value.encode(errors="replace")) > max(most, LONGEST_FIELD):
            fields.refuse("A field of the form is too long.", "too-large")
        filled[clean(key)] = clean(value)
    return Form(name, filled, fields.flag("offline", False))


def _verify(fields: _Fields, _most: int) -> Verify:
    name = fields.id()
    email = (fields.text("email") or "").strip()
    if not EMAIL.fullmatch(email) or email != clean(email) or _CONTROL.search(email):
        fields.refuse("`email` has to be an e-mail address.")
    return Verify(name, email)


def _code(fields: _Fields, _most: int) -> Code:
    name = fields.id()
    code = fields.matching("code", _CODE).strip()
    if not code:
        fields.refuse("`code` has to be the code that came by mail.")
    return Code(name, code)


def _identify(fields: _Fields, _most: int) -> Identify:
    identity = fields.jwt("identity")
    if identity is None:
        fields.refuse("`identity` has to be the site's JWT.")
    return Identify(identity)


def _page(fields: _Fields, _most: int) -> Page:
    return Page(fields.url("page"), one_line(fields.text("title") or "", LONGEST_TITLE))


_READERS: Mapping[str, Callable[[_Fields, int], Frame]] = {
    "hello": _hello,
    "message": _message,
    "form": _form,
    "end": lambda fields, _most: End(fields.id()),
    "transcript": lambda fields, _most: Transcript(fields.id()),
    "verify": _verify,
    "code": _code,
    "typing": lambda fields, _most: Typing(fields.flag("stopped", False)),
    "read": lambda fields, _most: Read(fields.needed_seq("seq")),
    "received": lambda fields, _most: Have(fields.needed_seq("seq")),
    "page": _page,
    "visible": lambda fields, _most: Visible(fields.flag("visible", True)),
    "identify": _identify,
    "more": lambda fields, _most: More(fields.needed_seq("before")),
    "ping": lambda _fields, _most: Ping(),
}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are no JSON (RFC 8259 §6)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
