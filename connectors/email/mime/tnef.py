"""winmail.dat: the wrapping in which Outlook may send a whole mail ([MS-OXTNEF]).

Read here and not by a library: the one on the package index (last release 2021) loops for
hours on a forged property count, cuts trailing NUL bytes off files and pads names. Every
offset is checked, nothing is copied but what is kept, the work is linear.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connectors.email.mime import charset
from connectors.email.mime.compressed_rtf import MAX_RTF, decompress

SIGNATURE = b"\x78\x9f\x3e\x22"
MAX_DEPTH = 5
MAX_FILES = 500
MAX_PROPERTIES = 5_000
MAX_STRING = 8 << 20

_ATTRIBUTE = struct.Struct("<BHHI")
_U32 = struct.Struct("<I")
_DATE = struct.Struct("<6H")

_BODY, _CLASS, _SUBJECT = 0x800C, 0x8008, 0x8004
_CODE_PAGE, _PROPERTIES, _START, _END = 0x9007, 0x9003, 0x0006, 0x0007
_NEW_FILE, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_FILE_LEVEL = 2

_FIXED = {0x0001: 0, 0x0002: 2, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4,
          0x000B: 2, 0x0014: 8, 0x0040: 8, 0x0048: 16}  # fmt: skip
_STRING8, _UNICODE, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_MANY, _NAMED = 0x1000, 0x8000
_MESSAGE_OBJECT = bytes.fromhex("0703020000000000c000000000000046")
_APPOINTMENT = bytes.fromhex("0220060000000000c000000000000046")
# Ids of properties: PidTag…, and within the appointment's own set PidLid…
_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME = 0x3707, 0x3704, 0x3001
_MIME_TAG, _CONTENT_ID, _LOCATION_URL, _DATA, _HIDDEN = 0x370E, 0x3712, 0x3713, 0x3701, 0x7FFE
_TEXT, _HTML, _RTF, _INTERNET_CODE_PAGE = 0x1000, 0x1013, 0x1009, 0x3FDE
_SENDER_NAME, _TITLE = 0x0C1A, 0x0037
_LID_LOCATION, _LID_START, _LID_END, _LID_ALL_DAY, _LID_PATTERN = (
    0x8208, 0x820D, 0x820E, 0x8215, 0x8232,
)  # fmt: skip


@dataclass(slots=True)
class TnefFile:
    """A file; its bytes are those of the whole from `start` to `end`."""

    name: str = ""
    type: str = ""
    start: int = 0
    end: int = 0
    content_id: str = ""
    location: str = ""
    message: Tnef | None = None
    """A mail that was attached."""


@dataclass(slots=True)
class Tnef:
    text: str = ""
    html: str = ""
    rtf: bytes = b""
    subject: str = ""
    sender: str = ""
    message_class: str = ""
    location: str = ""
    start: datetime | None = None
    """Aware when it is UTC, naive when it is the sender's clock."""
    end: datetime | None = None
    all_day: bool = False
    pattern: str = ""
    """How often the meeting is held, in the sender's words."""
    files: list[TnefFile] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Property:
    id: int
    """Of a named one its number within its set."""
    appointment: bool
    type: int
    start: int
    end: int


def read_tnef(data: bytes) -> Tnef | None:
    """What is in a winmail.dat; None when it is none. Never raises."""
    return _Reading(data, 0, len(data), 0).read() if data[:4] == SIGNATURE else None


@dataclass(slots=True)
class _Left:
    """What may still be made of one winmail.dat with all that is in it."""

    rtf: int = MAX_RTF


class _Reading:
    def __init__(
        self, data: bytes, start: int, end: int, depth: int, left: _Left | None = None
    ) -> None:
        self.data, self.start, self.end, self.depth = data, start, end, depth
        self.left = left or _Left()
        self.found = Tnef()
        self.charset = ""
        self.html_charset = ""
        self.html_span = (0, 0)

    def read(self) -> Tnef:
        at = self.start + 6
        while at + 11 <= self.end:
            level, name, _type, size = _ATTRIBUTE.unpack_from(self.data, at)
            start, stop = at + 9, at + 9 + size
            if level not in (1, _FILE_LEVEL):
                self.found.defects.append("winmail.dat damaged")
                break
            if stop > self.end:
                self.found.defects.append("winmail.dat cut off")
                stop = self.end
            self._attribute(level, name, start, stop)
            at = stop + 2
        start, stop = self.html_span
        if stop > start:
            label = self.html_charset or self.charset
            self.found.html = charset.decode(self.data[start:stop], label)[0].rstrip("\0")
        return self.found

    def _attribute(self, level: int, name: int, start: int, stop: int) -> None:
        found = self.found
        if level == _FILE_LEVEL:
            if name == _NEW_FILE or not found.files:
                if len(found.files) >= MAX_FILES:
                    return
                found.files.append(TnefFile())
            file = found.files[-1]
            if name == _FILE_DATA:
                file.start, file.end = start, stop
            elif name == _FILE_TITLE:
                file.name = file.name or self._string(start, stop)
            elif name == _FILE_PROPERTIES:
                self._describe(file, start, stop)
        elif name == _PROPERTIES:
            for each in self._properties(start, stop):
                self._mail_property(each)
        elif name == _CODE_PAGE and stop - start >= 4:
            self.charset = charset.code_page(_U32.unpack_from(self.data, start)[0])
        elif name == _BODY:
            found.text = found.text or self._string(start, stop)
        elif name == _CLASS:
            found.message_class = self._string(start, stop)
        elif name == _SUBJECT:
            found.subject = found.subject or self._string(start, stop)
        elif name == _START:
            found.start = found.start or self._date(start, stop)
        elif name == _END:
            found.end = found.end or self._date(start, stop)

    def _mail_property(self, each: _Property) -> None:
        found = self.found
        if each.appointment:
            if each.id == _LID_LOCATION:
                found.location = self._value(each)
            elif each.id == _LID_PATTERN:
                found.pattern = self._value(each)
            elif each.id == _LID_START:
                found.start = self._moment(each) or found.start
            elif each.id == _LID_END:
                found.end = self._moment(each) or found.end
            elif each.id == _LID_ALL_DAY:
                found.all_day = self.data[each.start : each.end].strip(b"\0") != b""
        elif each.id == _TEXT:
            found.text = self._value(each) or found.text
        elif each.id == _HTML:
            if each.type == _UNICODE:
                found.html = self._value(each)
            else:
                self.html_span = (each.start, each.end)
        elif each.id == _RTF and not found.rtf:
            found.rtf, defect = decompress(self.data[each.start : each.end], self.left.rtf)
            self.left.rtf -= len(found.rtf)
            if defect:
                found.defects.append(defect)
        elif each.id == _INTERNET_CODE_PAGE and each.end - each.start >= 4:
            self.html_charset = charset.code_page(_U32.unpack_from(self.data, each.start)[0])
        elif each.id == _TITLE:
            found.subject = self._value(each) or found.subject
        elif each.id == _SENDER_NAME:
            found.sender = self._value(each)

    def _describe(self, file: TnefFile, start: int, stop: int) -> None:
        names: dict[int, str] = {}
        for each in self._properties(start, stop):
            if each.id in (_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME):
                names[each.id] = self._value(each)
            elif each.id == _MIME_TAG:
                file.type = self._value(each).lower()
            elif each.id == _CONTENT_ID:
                file.content_id = self._value(each).strip("<> ")
            elif each.id == _LOCATION_URL:
                file.location = self._value(each)
            elif each.id == _DATA and each.end > each.start:
                file.start, file.end = each.start, each.end
                if each.type == _OBJECT:
                    self._object(file)
        file.name = (
            names.get(_LONG_NAME) or file.name or names.get(_SHORT_NAME)
            or names.get(_DISPLAY_NAME) or ""
        )  # fmt: skip

    def _object(self, file: TnefFile) -> None:
        """An interface's id stands before an attached mail or an OLE document."""
        kind = self.data[file.start : file.start + 16]
        file.start = min(file.start + 16, file.end)
        inner = self.data[file.start : file.start + 4] == SIGNATURE
        if kind == _MESSAGE_OBJECT and inner and self.depth < MAX_DEPTH:
            file.message = _Reading(
                self.data, file.start, file.end, self.depth + 1, self.left
            ).read()

    def _properties(self, start: int, stop: int) -> Iterator[_Property]:
        """[MS-OXTNEF] 2.1.3.4; ends without a word where the data do."""
        if stop - start < 4:
            return
        data = self.data
        count = min(_U32.unpack_from(data, start)[0], MAX_PROPERTIES)
        at = start + 4
        for _ in range(count):
            if at + 4 > stop:
                return
            kind = data[at] | data[at + 1] << 8
            number = data[at + 2] | data[at + 3] << 8
            at += 4
            appointment = False
            if number >= _NAMED:
                if at + 24 > stop:
                    return
                appointment = data[at : at + 16] == _APPOINTMENT
                by_name, value = struct.unpack_from("<II", data, at + 16)
                at += 24 + (value + (-value % 4) if by_name else 0)
                number = 0 if by_name else value
                if not appointment:
                    number = 0
            values = 1
            many = kind & _MANY
            kind &= ~_MANY
            width = _FIXED.get(kind)
            if many or width is None:
                if at + 4 > stop:
                    return
                values = _U32.unpack_from(data, at)[0]
                at += 4
            if width is not None:
                size = width * values
                yield _Property(number, appointment, kind, at, min(at + size, stop))
                at += size + (-size % 4)
                continue
            if kind not in (_STRING8, _UNICODE, _OBJECT, _BINARY, 0):
                self.found.defects.append("winmail.dat has a property of an unknown type")
                return
            for _value in range(min(values, MAX_PROPERTIES)):
                if at + 4 > stop:
                    return
                size = _U32.unpack_from(data, at)[0]
                at += 4
                yield _Property(number, appointment, kind, at, min(at + size, stop))
                at += size + (-size % 4)

    def _value(self, each: _Property) -> str:
        if each.type == _UNICODE:
            raw = self.data[each.start : min(each.end, each.start + MAX_STRING)]
            return raw.decode("utf-16-le", "replace").rstrip("\0")
        return self._string(each.start, each.end)

    def _string(self, start: int, stop: int) -> str:
        raw = self.data[start : min(stop, start + MAX_STRING)].rstrip(b"\0")
        return charset.decode(raw, self.charset)[0]

    def _moment(self, each: _Property) -> datetime | None:
        if each.end - each.start != 8:
            return None
        ticks = struct.unpack_from("<Q", self.data, each.start)[0]
        try:
            return datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
        except OverflowError:
            return None

    def _date(self, start: int, stop: int) -> datetime | None:
        if stop - start < _DATE.size:
            return None
        try:
            return datetime(*_DATE.unpack_from(self.data, start))
        except ValueError:
            return None
