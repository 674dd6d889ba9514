"""The parts chosen to be read, decoded and put together into one text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.email.html.render import Mark, Rendered, render
from connectors.email.mime import charset, enriched, transfer
from connectors.email.mime.flowed import unflow
from connectors.email.mime.parts import Part
from connectors.email.mime.rtf import Allowance, read_rtf
from connectors.email.mime.security import without_armour
from connectors.email.mime.text_files import TextFile, take_files

MAX_TEXT = 8 << 20
"""Bytes of one text part; a longer one is cut with a defect and stays whole in the raw mail."""

TEXT_TYPES = frozenset(
    {"text/plain", "text/html", "text/enriched", "text/richtext", "text/rtf", "application/rtf"}
)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.I)
_XML = re.compile(rb"\A\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{2,40})", re.I)
_CID = re.compile(r"\[cid:([^\]\s]{1,300})\]")


@dataclass(slots=True)
class Texts:
    text: str = ""
    html: Rendered | None = None
    """Set when all of the text was made from HTML."""
    files: list[TextFile] = field(default_factory=list)
    signed: bool = False
    encrypted: list[str] = field(default_factory=list)
    """PGP blocks that stood in the text."""


def read_texts(chosen: list[Part], images: Mapping[str, str], defects: list[str]) -> Texts:
    """`images`: names of the mail's pictures by Content-ID and Content-Location."""
    found = Texts()
    texts: list[str] = []
    pages: list[Rendered] = []
    allowance = Allowance()
    for part in chosen:
        text = text_of(part, defects, found.files)
        page: Rendered | None = None
        if part.type == "text/html":
            page = render(text, images)
        elif part.type in ("text/rtf", "application/rtf"):
            rtf = read_rtf(text.encode("latin-1", "replace"), allowance)
            if rtf.defect:
                defects.append(rtf.defect)
            page = render(rtf.text, images) if rtf.html else None
            text = rtf.text
        elif part.type in ("text/enriched", "text/richtext"):
            text = enriched.plain_text(text, richtext=part.type == "text/richtext")
        elif images and "[cid:" in text:
            text = _CID.sub(lambda match: _named(match, images), text)
        if page is not None:
            if page.defect:
                defects.append(page.defect)
            pages.append(page)
            text = page.text
        if "-----BEGIN PGP" in text:
            text = _unarmoured(text, found)
        texts.append(text.strip("\n"))
    found.text = "\n\n".join(text for text in texts if text.strip())
    if pages and len(pages) == len(chosen) and not (found.signed or found.encrypted):
        found.html = pages[0] if len(pages) == 1 else _together(pages)
    return found


def _together(pages: list[Rendered]) -> Rendered:
    lines: list[str] = []
    marks: list[Mark] = []
    for page in pages:
        if page.lines:
            if lines:
                lines.append("")
                marks.append(marks[-1] if marks[-1] == page.marks[0] else "")
            lines += page.lines
            marks += page.marks
    return Rendered(lines, marks)


def _named(match: re.Match[str], images: Mapping[str, str]) -> str:
    name = images.get(match.group(1))
    return f"[image: {name}]" if name else match.group()


def _unarmoured(text: str, found: Texts) -> str:
    armoured = without_armour(text)
    found.signed = found.signed or armoured.signed
    found.encrypted += armoured.encrypted
    return armoured.text


def _holds_files(part: Part, files: list[TextFile] | None) -> bool:
    """A long text may be a long file written into it, which must be had whole."""
    head = bytes(part.data[part.start : part.start + (64 << 10)])
    return files is not None and (b"=ybegin " in head or b"\nbegin" in head)


def text_of(part: Part, defects: list[str], files: list[TextFile] | None = None) -> str:
    """One text part decoded, with `\\n` line ends; files written into it go to `files`."""
    if part.size > MAX_TEXT and not _holds_files(part, files):
        defects.append("text part longer than 8 MiB, cut")
        cut = bytes(part.data[part.start : part.start + MAX_TEXT])
        cut = cut[: cut.rfind(b"\n") + 1] or cut  # base64 and its like end at a line's end
        data, defect = transfer.undo(cut, part.encoding, text=True)
    else:
        data, defect = part.content()
    if defect:
        defects.append(defect)
    if files is not None and part.type == "text/plain":
        data, taken = take_files(data, defects)
        files += taken
        if len(data) > MAX_TEXT:
            data = data[:MAX_TEXT]
            defects.append("text part longer than 8 MiB, cut")
    if part.type in ("text/rtf", "application/rtf"):
        return data.decode("latin-1")  # its own code pages are inside
    label = part.parameters.get("charset", "")
    if part.type == "text/html" and (not label or charset.codec_of(label) is None):
        meta = _META.search(data[:4096]) or _XML.match(data[:200])
        if meta:
            label = meta.group(1).decode("ascii")
    text, wrong = charset.decode(data, label)
    if wrong:
        defects.append(wrong)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.type == "text/plain" and part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return text
