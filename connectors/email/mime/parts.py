"""The MIME tree of a mail (RFC 2045, 2046) as offsets into its bytes.

Nothing is decoded or copied until asked for, so a 50 MB mail on disk costs what its
texts weigh. The standard library's parser feeds line by line (8 times slower, and the
whole body in memory); the Rust one hides raw headers and offsets. Neither tells what was
wrong, and both give up parts that a reader would still want.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.email.mime import transfer
from connectors.email.mime.file_names import file_name
from connectors.email.mime.headers import Data, Headers, is_mail, read_headers
from connectors.email.mime.parameters import read_parameters

MAX_DEPTH = 40
MAX_PARTS = 2_000

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+\Z")
_EOL = (b"\n", b"\r")
_GUESSED = re.compile(rb"(?:\A|[\r\n])--([^\s-][^\r\n]{3,200}?)[ \t]*\r?\n[Cc]ontent-")


@dataclass(slots=True)
class Part:
    """One node: the mail itself, a multipart, a leaf, or an attached message."""

    data: Data
    headers: Headers
    start: int
    """Offset of the body; `end` is past its last byte."""
    end: int
    type: str
    parameters: Mapping[str, str]
    disposition: str = ""
    filename: str = ""
    content_id: str = ""
    encoding: str = ""
    children: list[Part] = field(default_factory=list)

    @property
    def is_multipart(self) -> bool:
        return bool(self.children)

    @property
    def size(self) -> int:
        """Encoded bytes of the body."""
        return self.end - self.start

    def body(self) -> bytes:
        """The body as it stands in the mail."""
        return bytes(self.data[self.start : self.end])

    def content(self) -> tuple[bytes, str]:
        """The body with its transfer encoding undone, and a defect or ""."""
        return transfer.undo(self.body(), self.encoding, text=self.type.startswith("text/"))

    def walk(self) -> Iterator[Part]:
        """This part and all below it, in order."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.children))


@dataclass(slots=True)
class _Reading:
    data: Data
    defects: list[str]
    parts: int = 0


def read_parts(data: Data) -> tuple[Part, list[str]]:
    """The tree of a whole mail, and what was wrong with it."""
    reading = _Reading(data, [])
    end = len(data)
    root = _read(reading, _first_line(reading, end), end, 0, "text/plain")
    return root, reading.defects


def _first_line(reading: _Reading, end: int) -> int:
    """Past what is not the mail: a byte order mark, empty lines, an mbox `From ` line."""
    data = reading.data
    at = 3 if data[:3] == b"\xef\xbb\xbf" else 0
    head = bytes(data[at : at + 2000])
    blank = len(head) - len(head.lstrip(b"\r\n"))
    if blank and re.match(rb"[!-9;-~]{1,60}:[ \t]", head[blank:]):
        reading.defects.append("empty lines before the header")
        at += blank
    if data[at : at + 5] == b"From ":
        newline = data.find(b"\n", at, end)
        if newline >= 0:
            at = newline + 1
    return at


def _read(reading: _Reading, start: int, end: int, depth: int, default: str) -> Part:
    reading.parts += 1
    headers, body, defects = read_headers(reading.data, start, end)
    if not depth and headers and not is_mail(headers):
        # "Two things: …" in a text without any header looks like one.
        headers, body, defects = Headers([]), start, ["no header"]
    reading.defects += defects
    body = min(body, end)
    part = _part(reading, headers, body, end, default)
    main = part.type.partition("/")[0]
    if main == "multipart":
        _read_children(reading, part, depth)
    return part


def _part(reading: _Reading, headers: Headers, start: int, end: int, default: str) -> Part:
    if "content-type" in headers:
        kind, parameters = read_parameters(headers.raw("content-type"))
        if not _TYPE.match(kind):
            if kind in ("text", "plain", "html"):
                kind = "text/html" if kind == "html" else "text/plain"
            else:
                reading.defects.append(f"not a content type: {kind[:40]!a}")
                kind = (
                    "text/plain"
                    if "content-disposition" not in headers
                    else ("application/octet-stream")
                )
    else:
        kind, parameters = default, {}
    part = Part(reading.data, headers, start, end, kind, parameters)
    if "content-disposition" in headers:
        disposition, more = read_parameters(headers.raw("content-disposition"))
        part.disposition = disposition or "attachment"
        part.filename = file_name(more.get("filename") or parameters.get("name") or "")
    elif "name" in parameters or "filename" in parameters:
        part.filename = file_name(parameters.get("name") or parameters.get("filename") or "")
    if "content-id" in headers:
        part.content_id = "".join(headers.text("content-id").split()).strip("<>")[:500]
    if "content-transfer-encoding" in headers:
        part.encoding = headers.token("content-transfer-encoding").strip("\"'")
    return part


def _read_children(reading: _Reading, part: Part, depth: int) -> None:
    data, defects = reading.data, reading.defects
    if depth >= MAX_DEPTH:
        defects.append(f"parts nested deeper than {MAX_DEPTH}, the rest kept as a file")
        part.type = "application/octet-stream"
        return
    boundary = part.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
    spans: list[tuple[int, int]] = []
    closed = False
    if boundary:
        spans, closed = _split(data, part.start, part.end, boundary)
    else:
        defects.append(f"{part.type} without a boundary")
    if not spans:
        guessed = _GUESSED.search(data, part.start, min(part.end, part.start + (1 << 16)))
        if guessed and guessed.group(1) != boundary:
            defects.append("boundary declared wrong, found in the body")
            spans, closed = _split(data, part.start, part.end, guessed.group(1))
    if not spans:
        if boundary:
            defects.append(f"{part.type} without parts")
        part.type = "text/plain"
        return
    if not closed:
        defects.append(f"{part.type} not closed, cut off or damaged")
    default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    for start, end in spans:
        if reading.parts >= MAX_PARTS:
            defects.append(f"more than {MAX_PARTS} parts, the rest skipped")
            break
        part.children.append(_read(reading, start, end, depth + 1, default))


def _split(data: Data, start: int, end: int, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """The spans between delimiter lines, and whether the closing one is there."""
    delimiter = b"--" + boundary
    length = len(delimiter)
    spans: list[tuple[int, int]] = []
    open_at = -1
    at = data.find(delimiter, start, end)
    while at >= 0:
        after = at + length
        if at == start or data[at - 1 : at] in _EOL:
            closing = data[after : after + 2] == b"--"
            line_end = data.find(b"\n", after, end)
            if line_end < 0:
                line_end = end - 1
            tail = bytes(data[after : min(line_end + 1, after + 200)])
            if closing or not tail.strip():
                if open_at >= 0:
                    stop = at
                    if stop > open_at and data[stop - 1 : stop] == b"\n":
                        stop -= 1
                    if stop > open_at and data[stop - 1 : stop] == b"\r":
                        stop -= 1
                    spans.append((open_at, stop))
                if closing:
                    return spans, True
                open_at = min(line_end + 1, end)
                after = open_at
        at = data.find(delimiter, max(after, at + 1), end)
    if open_at >= 0 and open_at < end:
        spans.append((open_at, end))
    return spans, False
