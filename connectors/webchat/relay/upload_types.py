"""What kind of file an upload is, told by its content; everything that is not known is refused.

Signatures are those of the WHATWG MIME Sniffing Standard and of the formats' own papers. The
library puremagic is asked besides, for what it knows of kinds that we never take.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import puremagic

OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."

EXTENSIONS: dict[str, tuple[str, ...]] = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "application/pdf": ("pdf",),
    "text/plain": ("txt", "text", "log", "md"),
    "text/csv": ("csv", "tsv"),
    "audio/mpeg": ("mp3", "mpga"),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/wav": ("wav",),
    "video/mp4": ("mp4", "m4v", "m4a", "mov"),
    "video/webm": ("webm", "weba"),
    "application/zip": ("zip",),
    f"{OFFICE}wordprocessingml.document": ("docx",),
    f"{OFFICE}spreadsheetml.sheet": ("xlsx",),
    f"{OFFICE}presentationml.presentation": ("pptx",),
    f"{OPEN}text": ("odt",),
    f"{OPEN}spreadsheet": ("ods",),
    f"{OPEN}presentation": ("odp",),
}
"""Which endings a name may have; the first is given to a name without one."""

INLINE = (
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "video/mp4",
    "video/webm",
)
"""What a browser may show in its place; everything else is only ever downloaded."""

HEAD = 4_096
TAIL = 66_000
"""Bytes in which the end of a ZIP archive stands (APPNOTE 4.3.16: a comment of 65,535)."""
MOST_ENTRIES = 5_000
MOST_UNPACKED = 1 << 30
"""Bytes that an archive may say it unpacks to."""
MOST_RATIO = 300
"""How many times its own size an archive may say it unpacks to."""

_ALSO: dict[str, tuple[str, ...]] = {
    # What browsers and systems call a kind besides.
    "image/jpeg": ("image/jpg", "image/pjpeg"),
    "image/heic": ("image/heif",),
    "text/plain": ("text/markdown", "text/x-log"),
    "text/csv": ("text/plain", "text/tab-separated-values", "application/vnd.ms-excel"),
    "audio/mpeg": ("audio/mp3",),
    "audio/ogg": ("audio/opus", "application/ogg"),
    "audio/wav": ("audio/x-wav", "audio/wave", "audio/vnd.wave"),
    "video/mp4": ("audio/mp4", "audio/x-m4a", "video/quicktime", "video/x-m4v"),
    "video/webm": ("audio/webm",),
    "application/zip": ("application/x-zip-compressed", "application/x-zip"),
}
_NEVER = re.compile(
    r"text/html|image/svg|application/xhtml|(?:text|application)/(?:x-)?(?:javascript|ecmascript)"
    r"|portable-executable|x-dosexec|x-msdos|x-sh\b|shellscript|x-elf|x-mach|java-archive|x-msi"
)
_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php|\?xml|%)", re.I)
_ANYWHERE = re.compile(rb"<script[\s>/]|<\?php\s|<!doctype\s+html", re.I)
_TEXT_START = re.compile(r"[\s\ufeff]*(?:<[a-z!?/%]|#!|@echo\b|%!ps)", re.I)
_PROGRAM = re.compile(
    r"\.(?:exe|com|scr|bat|cmd|pif|js|jse|vbs|vbe|wsf|wsh|hta|lnk|msi|msp|ps1|psm1|jar|cpl|dll|sh"
    r"|app|apk|dmg|reg|scf|url|html?|svg|docm|xlsm|pptm)$",
    re.I,
)
_BRANDS_HEIC = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc")
_BRANDS_MP4 = (
    b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"M4A ",
    b"qt  ", b"dash", b"3gp4", b"3gp5", b"MSNV",
)  # fmt: skip


class BadFile(Exception):
    """A file that is not taken; `str()` is one sentence for developers."""


def tell_type(path: Path, name: str, declared: str, allowed: Sequence[str]) -> str:
    """The media type of the file at `path`. Reads it: not on an event loop.

    The content decides; the name's ending and the declared type must not speak against it.
    Raises `BadFile`: not known, not allowed, or dressed up as something else.
    """
    found = _by_content(path, name)
    if found not in allowed:
        raise BadFile(f"Files of the type {found} are not taken here.")
    ending = ending_of(name)
    if ending and ending not in EXTENSIONS[found]:
        raise BadFile(f"The file's name ends in .{ending}, its content is {found}.")
    said = declared.partition(";")[0].strip().lower()
    if said not in ("", "application/octet-stream", found, *_ALSO.get(found, ())):
        raise BadFile(f"The file was called {said[:80]}, its content is {found}.")
    return found


def ending_of(name: str) -> str:
    _before, dot, after = name.rpartition(".")
    return after.lower() if dot else ""


def _by_content(path: Path, name: str) -> str:
    size = path.stat().st_size
    if not size:
        raise BadFile("The file is empty.")
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, size - TAIL))
        tail = file.read(TAIL)
    found = _signature(head)
    if found == "zip":
        return _archive(path, tail)
    if found:
        if _dressed_up(path, found, head, tail):
            raise BadFile("The file is two things at once.")
        return found
    return _text(path, head, name)


def _signature(head: bytes) -> str:
    for start, kind in (
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"ID3", "audio/mpeg"),
        (b"OggS\x00", "audio/ogg"),
        (b"PK\x03\x04", "zip"),
    ):
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return (
            "image/heic" if brand in _BRANDS_HEIC else "video/mp4" if brand in _BRANDS_MP4 else ""
        )
    if head[:4] == b"\x1aE\xdf\xa3":  # EBML; Matroska proper is not taken
        return "video/webm" if b"webm" in head[:64] else ""
    if len(head) > 2 and head[0] == 0xFF and head[1] in (0xFB, 0xF3, 0xF2, 0xFA):
        return "audio/mpeg"
    return ""


_STRUCTURE: dict[str, Callable[[bytes], bool]] = {
    # Width and height that are not zero, and in GIF a block where one has to be: what begins
    # like a picture only to be let through is none.
    "image/png": lambda head: head[16:20] != b"\0\0\0\0" and head[20:24] != b"\0\0\0\0",
    "image/gif": lambda head: len(head) > 13 and _gif_goes_on(head),
}


def _gif_goes_on(head: bytes) -> bool:
    width, height = head[6] | head[7] << 8, head[8] | head[9] << 8
    table = 3 * 2 ** ((head[10] & 7) + 1) if head[10] & 0x80 else 0
    block = head[13 + table : 14 + table]
    return bool(width and height) and block in (b"!", b",", b"")


def _dressed_up(path: Path, kind: str, head: bytes, tail: bytes) -> bool:
    """Whether something else is in what looks like `kind`: markup, or an archive at its end."""
    fits = _STRUCTURE.get(kind)
    if fits is not None and not fits(head):
        return True
    if kind == "application/pdf":
        return _MARKUP.search(head[:8]) is not None or _is_archive(tail)
    if _MARKUP.search(head[:512]) or _is_archive(tail):
        return True
    before = b""
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if _ANYWHERE.search(before + chunk):
                return True
            before = chunk[-32:]
    return False


def _is_archive(tail: bytes) -> bool:
    """Whether a ZIP's end of central directory stands there, with its comment up to the end."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        return False
    comment = tail[at + 20] | tail[at + 21] << 8
    return at + 22 + comment <= len(tail)


def _archive(path: Path, tail: bytes) -> str:
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise BadFile("The archive has no end.")
    entries = int.from_bytes(tail[at + 10 : at + 12], "little")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    if entries > MOST_ENTRIES or directory > (4 << 20):
        raise BadFile("The archive has too many entries.")
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            _check_entries(infos, path.stat().st_size)
            names = {info.filename for info in infos}
            kind = _open_document(archive, infos) or _office(names)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise BadFile("The archive cannot be read.") from error
    if kind and any("vbaproject" in name.lower() for name in names):
        raise BadFile("The document has macros.")
    return kind or "application/zip"


def _check_entries(infos: Sequence[zipfile.ZipInfo], size: int) -> None:
    if len(infos) > MOST_ENTRIES:
        raise BadFile("The archive has too many entries.")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MOST_UNPACKED or unpacked > max(10 << 20, size * MOST_RATIO):
        raise BadFile("The archive unpacks to far too much.")
    for info in infos:
        inside = info.filename.replace("\\", "/")
        if inside.startswith("/") or ".." in inside.split("/") or "\0" in info.orig_filename:
            raise BadFile("The archive has a name that leads out of it.")
        if _PROGRAM.search(inside.rstrip(". ")):
            raise BadFile("The archive has a program or a web page in it.")


def _open_document(archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo]) -> str:
    """OpenDocument 1.3 part 2, 3.3: the first entry is `mimetype`, stored as it is."""
    first = infos[0] if infos else None
    if first is None or first.filename != "mimetype" or first.file_size > 200:
        return ""
    if first.compress_type != zipfile.ZIP_STORED:
        return ""
    kind = archive.read(first).decode("ascii", "replace").strip()
    return kind if kind in EXTENSIONS and kind.startswith(OPEN) else ""


def _office(names: set[str]) -> str:
    if "[Content_Types].xml" not in names:
        return ""
    for inside, kind in (
        ("word/document.xml", "wordprocessingml.document"),
        ("xl/workbook.xml", "spreadsheetml.sheet"),
        ("ppt/presentation.xml", "presentationml.presentation"),
    ):
        if inside in names:
            return OFFICE + kind
    return ""


def _text(path: Path, head: bytes, name: str) -> str:
    """UTF-8 all the way (or UTF-16 with its mark), no control characters, no markup, no script."""
    unknown = BadFile("The file's type is not known here.")
    if _known_as_never(head):
        raise unknown
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    decoder = codecs.getincrementaldecoder(encoding)()
    first = True
    with path.open("rb") as file:
        try:
            while True:
                chunk = file.read(1 << 18)
                text = decoder.decode(chunk, final=not chunk)
                if first and _TEXT_START.match(text[:1_024]):
                    raise unknown
                first = False
                if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text):
                    raise unknown
                if not chunk:
                    break
        except UnicodeDecodeError:
            raise unknown from None
    return "text/csv" if ending_of(name) in EXTENSIONS["text/csv"] else "text/plain"


def _known_as_never(head: bytes) -> bool:
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return False
    return any(_NEVER.search(match.mime_type or "") for match in matches)
