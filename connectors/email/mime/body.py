"""What of the MIME tree is the text to read, and what is a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from connectors.email.html.render import Rendered
from connectors.email.mime.event import Event
from connectors.email.mime.file_names import FileNames
from connectors.email.mime.invite import events
from connectors.email.mime.parts import Part, read_parts
from connectors.email.mime.rtf import Allowance
from connectors.email.mime.security import MAX_CONTENT
from connectors.email.mime.texts import MAX_TEXT, TEXT_TYPES, Texts, read_texts, text_of
from connectors.email.mime.unwrapped import (
    is_cms,
    is_tnef,
    kept_elsewhere,
    made_part,
    meetings,
    open_cms,
    open_tnef,
    piece_of,
    tnef_files,
    tnef_text,
)

__all__ = ["MAX_TEXT", "Body", "read_body"]

MAX_TEXTS = 50
MAX_UNWRAPPED = 8
"""Containers opened in one mail, one in another or side by side."""

_NOT_FILES = frozenset({"text/x-amp-html", "text/watch-html", "text/x-watch-html"})
_CALENDARS = frozenset({"text/calendar", "text/x-vcalendar", "application/ics"})
_EXCUSE = re.compile(
    rb"(?:does not|doesn't|not able to|cannot|unable to) (?:support|display|view|show|read)\b"
    rb".{0,40}\bhtml|html (?:e-?)?mail|view this (?:e-?mail|message) in",
    re.I | re.S,
)
_LINK = re.compile(rb"<?https?://[^\s<>]+>?")
_PROSE = re.compile(rb"\A[^\0]*?\S \S[^\0]*\Z")


@dataclass(slots=True)
class Body:
    text: str = ""
    """Plain text as sent, `\\n` line ends, soft breaks joined."""
    html: Rendered | None = None
    """Set when the text was made from HTML; `text` is its text then."""
    has_html: bool = False
    files: list[Part] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    signed: str = ""
    """"pgp" or "smime"; the signature itself is not checked."""
    encrypted: str = ""


@dataclass(slots=True)
class _Gathering:
    """What was found on the walk over the tree."""

    body: Body
    defects: list[str]
    calendars: list[Part] = field(default_factory=list)
    wrapped: list[Part] = field(default_factory=list)
    """Texts of winmail.dat, shown when the mail has no other."""
    wrapped_events: list[Event] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unwrapped: int = 0
    allowance: Allowance = field(default_factory=Allowance)
    """For the RTF in winmail.dat."""
    unpacked: int = 0
    """Bytes that came of compressed S/MIME."""


def read_body(root: Part, defects: list[str]) -> Body:
    """The text of a mail in the order of its parts, and its files."""
    body = Body()
    found = _Gathering(body, defects)
    chosen: list[Part] = []
    _gather(root, found, chosen)
    if found.wrapped and not any(_says_something(part) for part in chosen):
        chosen = found.wrapped
    elif not chosen:
        # A mail whose only text is marked as a file is still a mail with that text.
        for part in body.files:
            if part.type in ("text/plain", "text/html") and part.disposition != "attachment":
                chosen = [part]
                body.files.remove(part)
                break
    if len(chosen) > MAX_TEXTS:
        defects.append(f"more than {MAX_TEXTS} texts, the rest kept as files")
        body.files += chosen[MAX_TEXTS:]
        del chosen[MAX_TEXTS:]
    names = FileNames()
    for part in body.files:
        if part.filename:
            part.filename = names.take(part.filename)
    body.has_html = body.has_html or any(part.type == "text/html" for part in chosen)
    texts = read_texts(chosen, _images(body.files), defects)
    _take_over(texts, body, names)
    for part in found.calendars:
        body.events += events(text_of(part, []), part.parameters.get("method", ""))
    # The same calendar is often sent twice: as a part of the mail, and as a file.
    body.events = list(dict.fromkeys(body.events or found.wrapped_events))
    _add_notes(body, found.notes)
    return body


def _take_over(texts: Texts, body: Body, names: FileNames) -> None:
    body.text = texts.text
    if texts.html is not None and (texts.text.strip() or texts.html.lines):
        body.html = texts.html
    if texts.signed:
        body.signed = "pgp"
    if texts.encrypted:
        body.encrypted = "pgp"
    for number, block in enumerate(texts.encrypted[:10], 1):
        name = names.take("encrypted.asc" if number == 1 else f"encrypted-{number}.asc")
        content = block.encode("utf-8", "replace")
        body.files.append(made_part(content, "application/pgp-encrypted", name))
    for file in texts.files:
        kind = "" if file.name else "application/octet-stream"
        part = made_part(file.content, kind, file.name)
        part.filename = names.take(part.filename) if part.filename else ""
        body.files.append(part)


def _add_notes(body: Body, notes: list[str]) -> None:
    if not body.text.strip() and body.encrypted:
        how = "PGP" if body.encrypted == "pgp" else "S/MIME"
        notes.append(f"[encrypted with {how}]")
    if notes:
        body.text = "\n\n".join(filter(None, [body.text, *notes]))
        if body.html is not None:
            lines, marks = list(body.html.lines), list(body.html.marks)
            for note in notes:
                lines += ["", note]
                marks += ["", ""]
            body.html = Rendered(lines, marks)


def _images(files: list[Part]) -> dict[str, str]:
    """Names of the files that a page may show, by what the page calls them."""
    found: dict[str, str] = {}
    for part in files:
        if part.content_id:
            found[part.content_id] = part.filename
        if "content-location" in part.headers:
            found.setdefault(part.headers.text("content-location"), part.filename)
    return found


def _gather(part: Part, found: _Gathering, chosen: list[Part]) -> None:
    """Walk the tree; MAX_DEPTH of the parser bounds the recursion."""
    kind, body = part.type, found.body
    if not part.children:
        _leaf(part, found, chosen)
    elif kind == "multipart/alternative":
        _alternative(part, found, chosen)
    elif kind == "multipart/related":
        _related(part, found, chosen)
    elif kind == "multipart/signed":
        protocol = part.parameters.get("protocol", "").lower()
        body.signed = "pgp" if "pgp" in protocol else "smime"
        for child in part.children:
            _gather(child, found, chosen)
    elif kind == "multipart/encrypted":
        body.encrypted = "pgp"
        body.files += [leaf for leaf in part.walk() if not leaf.children]
    elif kind == "multipart/appledouble":
        body.files += part.children
    else:
        for child in part.children:
            _gather(child, found, chosen)


def _leaf(part: Part, found: _Gathering, chosen: list[Part]) -> None:
    kind, body = part.type, found.body
    if kind in TEXT_TYPES and not _is_file(part):
        chosen.append(part)
        return
    if kind in _NOT_FILES:
        return
    if kind in _CALENDARS or part.filename.lower().endswith(".ics"):
        found.calendars.append(part)
    elif kind == "message/partial":
        _piece(part, found, chosen)
        return
    elif kind == "message/external-body":
        found.notes.append(kept_elsewhere(part))
        return
    elif found.unwrapped < MAX_UNWRAPPED and (is_tnef(part) or is_cms(part)):
        found.unwrapped += 1
        opened = _open_tnef if is_tnef(part) else _open_cms
        if opened(part, found, chosen):
            return
    if part.size or part.filename or part.type != "text/plain":
        body.files.append(part)


def _open_tnef(part: Part, found: _Gathering, chosen: list[Part]) -> bool:
    opened = open_tnef(part)
    if opened is None:
        found.defects.append("winmail.dat cannot be opened, kept as a file")
        return False
    tnef, content = opened
    text = tnef_text(tnef, found.allowance)
    if text is not None:
        found.wrapped.append(text)
    found.defects += tnef.defects[:5]
    files = tnef_files(tnef, content, found.allowance)
    found.wrapped_events += meetings(tnef)
    # Files that were in winmail.dat may be wrapped themselves.
    for each in files:
        if is_cms(each):
            _leaf(each, found, chosen)
        else:
            if each.filename.lower().endswith(".ics"):
                found.calendars.append(each)
            found.body.files.append(each)
    return bool(text is not None or files or found.wrapped_events or not tnef.defects)


def _open_cms(part: Part, found: _Gathering, chosen: list[Part]) -> bool:
    """True when its content stands for it; an encrypted or empty one stays a file."""
    body = found.body
    room = MAX_CONTENT - found.unpacked
    opened = open_cms(part, room)
    if opened.kind == "compressed":
        found.unpacked += len(opened.content)
        if len(opened.content) >= room:
            found.defects.append("compressed S/MIME larger than 64 MiB, cut")
    smime_type = part.parameters.get("smime-type", "").lower()
    if opened.kind in ("signed", "compressed"):
        if opened.kind == "signed":
            body.signed = "smime"
        if opened.content:
            inner, defects = read_parts(opened.content)
            found.defects += defects
            _gather(inner, found, chosen)
            return True
    elif opened.kind == "encrypted" or "enveloped" in smime_type:
        body.encrypted = "smime"
    elif "signed" in smime_type or part.filename.lower().endswith(".p7s"):
        body.signed = "smime"
    elif part.type.endswith("pkcs7-mime") and not smime_type.startswith("certs"):
        body.encrypted = "smime"
    return False


def _piece(part: Part, found: _Gathering, chosen: list[Part]) -> None:
    """The first piece begins with the header of the whole; others go on in the middle."""
    found.defects.append(piece_of(part))
    if found.unwrapped < MAX_UNWRAPPED and part.parameters.get("number", "") == "1":
        found.unwrapped += 1
        inner, defects = read_parts(part.body())
        found.defects += defects
        _gather(inner, found, chosen)
    elif _PROSE.search(part.data[part.start : min(part.end, part.start + 2000)]):
        chosen.append(made_part(part.body(), "text/plain"))
    else:
        found.body.files.append(part)


def _is_file(part: Part) -> bool:
    if part.disposition == "attachment":
        return True
    if part.type == "application/rtf" and part.disposition != "inline":
        return bool(part.filename)
    return (bool(part.filename) and part.disposition != "inline") or bool(
        part.filename and not part.filename.lower().endswith((".txt", ".html", ".htm"))
    )


def _alternative(part: Part, found: _Gathering, chosen: list[Part]) -> None:
    """The plain text if it says anything, else the HTML, else any other form; files of
    every branch are kept."""
    texts: list[tuple[str, list[Part]]] = []
    for child in part.children:
        inner: list[Part] = []
        _gather(child, found, inner)
        if inner:
            kinds = {each.type for each in inner}
            best = next((kind for kind in ("text/html", "text/plain") if kind in kinds), "other")
            texts.append((best, inner))
    plain = [inner for kind, inner in texts if kind == "text/plain"]
    html = [inner for kind, inner in texts if kind == "text/html"]
    others = [inner for kind, inner in texts if kind == "other"]
    found.body.has_html = found.body.has_html or bool(html)
    for inner in plain:
        if any(_says_something(each) for each in inner) or not (html or others):
            chosen += inner
            return
    chosen += (html or others or [[]])[-1]


def _says_something(part: Part) -> bool:
    if part.size > 2000:
        return True
    content = part.content()[0].strip()
    # Senders of HTML put such a line, or nothing but a link, where the text should be.
    return bool(_LINK.sub(b"", content).strip()) and not (
        len(content) < 400 and _EXCUSE.search(content)
    )


def _related(part: Part, found: _Gathering, chosen: list[Part]) -> None:
    """RFC 2387: the root is named by `start`, else the first; the rest belongs to it."""
    start = part.parameters.get("start", "").strip("<> ")
    root = next((c for c in part.children if start and c.content_id == start), part.children[0])
    _gather(root, found, chosen)
    for child in part.children:
        if child is not root:
            if child.children:
                _gather(child, found, [])
            elif (
                child.type in ("text/html", "text/plain")
                and not child.filename
                and (not child.content_id)
            ):
                _leaf(child, found, chosen)
            else:
                found.body.files += [child]
