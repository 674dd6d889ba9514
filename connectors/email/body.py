"""What of the MIME tree is the text to read, and what is a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from connectors.email import charset, transfer
from connectors.email.flowed import unflow
from connectors.email.html_text import Rendered, render
from connectors.email.parts import Part

MAX_TEXT = 8 << 20
"""Bytes of one text part; a longer one is cut with a defect and stays whole in the raw mail."""

MAX_TEXTS = 50
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_NOT_FILES = frozenset({"text/x-amp-html", "text/watch-html", "text/x-watch-html"})


@dataclass(slots=True)
class Body:
    text: str = ""
    """Plain text as sent, `\\n` line ends, soft breaks joined."""
    html: Rendered | None = None
    """Set when the text was made from HTML; `text` is its text then."""
    has_html: bool = False
    files: list[Part] = field(default_factory=list)
    inline_files: list[tuple[str, bytes]] = field(default_factory=list)
    """Files written into the text by uuencode: name and content."""
    calendars: list[Part] = field(default_factory=list)
    signed: str = ""
    """"pgp" or "smime"; the signature itself is not checked."""
    encrypted: str = ""


def read_body(root: Part, defects: list[str]) -> Body:
    """The text of a mail in the order of its parts, and its files."""
    body = Body()
    chosen: list[Part] = []
    _gather(root, body, chosen)
    if not chosen:
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
    _read_texts(chosen, body, defects)
    return body


def _gather(part: Part, body: Body, chosen: list[Part]) -> None:
    """Walk the tree; MAX_DEPTH of the parser bounds the recursion."""
    kind = part.type
    if not part.children:
        _leaf(part, body, chosen)
    elif kind == "multipart/alternative":
        _alternative(part, body, chosen)
    elif kind == "multipart/related":
        _related(part, body, chosen)
    elif kind == "multipart/signed":
        protocol = part.parameters.get("protocol", "").lower()
        body.signed = "pgp" if "pgp" in protocol else "smime"
        for child in part.children:
            _gather(child, body, chosen)
    elif kind == "multipart/encrypted":
        body.encrypted = "pgp"
        body.files += [leaf for leaf in part.walk() if not leaf.children]
    elif kind == "multipart/appledouble":
        body.files += part.children
    else:
        for child in part.children:
            _gather(child, body, chosen)


def _leaf(part: Part, body: Body, chosen: list[Part]) -> None:
    kind = part.type
    if kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        if "signed" in part.parameters.get("smime-type", "") or part.filename.endswith(".p7s"):
            body.signed = "smime"
        else:
            body.encrypted = "smime"
    elif kind == "text/calendar":
        body.calendars.append(part)
    elif kind in ("text/plain", "text/html", "text/enriched") and not _is_file(part):
        chosen.append(part)
        return
    elif kind in _NOT_FILES:
        return
    if part.size or part.filename or part.type != "text/plain":
        body.files.append(part)


def _is_file(part: Part) -> bool:
    if part.disposition == "attachment":
        return True
    return (bool(part.filename) and part.disposition != "inline") or bool(
        part.filename and not part.filename.lower().endswith((".txt", ".html", ".htm"))
    )


def _alternative(part: Part, body: Body, chosen: list[Part]) -> None:
    """The plain text if it says anything, else the HTML; files of every branch are kept."""
    texts: list[tuple[str, list[Part]]] = []
    for child in part.children:
        inner: list[Part] = []
        _gather(child, body, inner)
        if inner:
            kinds = {each.type for each in inner}
            texts.append(("text/html" if "text/html" in kinds else "text/plain", inner))
    plain = [inner for kind, inner in texts if kind == "text/plain"]
    html = [inner for kind, inner in texts if kind == "text/html"]
    body.has_html = body.has_html or bool(html)
    for inner in plain:
        if any(_says_something(each) for each in inner) or not html:
            chosen += inner
            return
    if html:
        chosen += html[-1]


def _says_something(part: Part) -> bool:
    if part.size > 2000:
        return True
    content = part.content()[0].strip()
    if not content:
        return False
    # Senders of HTML put such a line where the text should be.
    return not (
        len(content) < 400
        and re.search(
            rb"(?:does not|doesn't|not able to|cannot|unable to) "
            rb"(?:support|display|view|show|read)\b"
            rb".{0,40}\bhtml|html (?:e-?)?mail|view this (?:e-?mail|message) in",
            content,
            re.I | re.S,
        )
    )


def _related(part: Part, body: Body, chosen: list[Part]) -> None:
    """RFC 2387: the root is named by `start`, else the first; the rest belongs to it."""
    start = part.parameters.get("start", "").strip("<> ")
    root = next((c for c in part.children if start and c.content_id == start), part.children[0])
    _gather(root, body, chosen)
    for child in part.children:
        if child is not root:
            if child.children:
                _gather(child, body, [])
            elif (
                child.type in ("text/html", "text/plain")
                and not child.filename
                and (not child.content_id)
            ):
                _leaf(child, body, chosen)
            else:
                body.files += [child]


def _read_texts(chosen: list[Part], body: Body, defects: list[str]) -> None:
    texts: list[str] = []
    only_html = all(part.type == "text/html" for part in chosen) and bool(chosen)
    for part in chosen:
        text = text_of(part, defects)
        if part.type == "text/html":
            body.has_html = True
            rendered = render(text)
            if rendered.defect:
                defects.append(rendered.defect)
            if only_html and len(chosen) == 1:
                body.html = rendered
            text = rendered.text
        elif part.type == "text/enriched":
            text = _TAG.sub("", text.replace("<<", "<"))
        else:
            if "begin 6" in text or "begin 7" in text:
                text = _without_uuencoded(part, text, body)
            if text.startswith("-----BEGIN PGP"):
                text = _armoured(text, body)
        texts.append(text.strip("\n"))
    body.text = "\n\n".join(text for text in texts if text.strip())
    if not body.text.strip():
        body.html = None if body.html is None or not body.html.lines else body.html


def text_of(part: Part, defects: list[str]) -> str:
    """One text part decoded, with `\\n` line ends."""
    if part.size > MAX_TEXT:
        defects.append("text part longer than 8 MiB, cut")
        data, defect = transfer.undo(
            bytes(part.data[part.start : part.start + MAX_TEXT]), part.encoding, text=True
        )
    else:
        data, defect = part.content()
    if defect:
        defects.append(defect)
    label = part.parameters.get("charset", "")
    if part.type == "text/html" and (not label or charset.codec_of(label) is None):
        meta = _META.search(data[:4096])
        if meta:
            label = meta.group(1).decode("ascii")
    text, wrong = charset.decode(data, label)
    if wrong:
        defects.append(wrong)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.parameters.get("format", "").lower() == "flowed" and part.type == "text/plain":
        text = unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return text


def _without_uuencoded(part: Part, text: str, body: Body) -> str:
    encoded = text.encode("utf-8", "replace")
    kept: list[bytes] = []
    at = 0
    for name, content, start, end in transfer.uuencoded(encoded):
        body.inline_files.append((name, content))
        kept.append(encoded[at:start])
        at = end
    if not at:
        return text
    kept.append(encoded[at:])
    return b"".join(kept).decode("utf-8", "replace").strip("\n")


def _armoured(text: str, body: Body) -> str:
    """Inline PGP: the signed text without its armour; encrypted text as it is."""
    if text.startswith("-----BEGIN PGP MESSAGE-----"):
        body.encrypted = "pgp"
        return text
    if not text.startswith("-----BEGIN PGP SIGNED MESSAGE-----"):
        return text
    body.signed = "pgp"
    _, _, signed = text.partition("\n\n")
    signed, _, after = signed.partition("\n-----BEGIN PGP SIGNATURE-----")
    rest = after.partition("-----END PGP SIGNATURE-----")[2]
    lines = (line.removeprefix("- ") for line in signed.split("\n"))
    return "\n".join(lines) + rest
