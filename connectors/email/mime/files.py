"""Attachments as `File`s: named, typed, and on disk when they are large."""

from __future__ import annotations

import mimetypes
import tempfile
from collections.abc import Sequence
from pathlib import Path

from connectors.contract import File
from connectors.email.mime import transfer
from connectors.email.mime.body import Body
from connectors.email.mime.file_names import FileNames, file_name
from connectors.email.mime.headers import read_headers
from connectors.email.mime.parts import Part

LARGE = 1 << 20
"""Encoded bytes from which an attachment is written to the spool directory, if there is one."""


def read_files(body: Body, spool: Path | None, defects: list[str]) -> tuple[list[File], list[int]]:
    """The files of a mail, and which of them (by index) came without a name."""
    files: list[File] = []
    unnamed: list[int] = []
    names = FileNames()
    for part in body.files:
        if part.filename:
            names.take(part.filename)
    for part in body.files:
        name = part.filename or _title(part)
        if not name:
            unnamed.append(len(files))
            name = _invented(part, len(files) + 1)
        if not part.filename:
            name = names.take(name)
        content: bytes | Path
        if spool is not None and part.size >= LARGE:
            content, defect = _spooled(part, spool)
        elif part.type == "message/rfc822" and transfer.KNOWN.get(part.encoding) == "8bit":
            content, defect = part.body(), ""
        else:
            content, defect = transfer.undo(part.body(), part.encoding, text=False)
        if defect:
            defects.append(f"{name}: {defect}")
        files.append(
            File(
                name=name,
                type=part.type,
                content=content,
                inline=part.disposition == "inline"
                or (bool(part.content_id) and part.disposition != "attachment"),
                content_id=part.content_id,
            )
        )
    return files, unnamed


def _spooled(part: Part, spool: Path) -> tuple[Path, str]:
    with tempfile.NamedTemporaryFile(dir=spool, prefix="attachment-", delete=False) as file:
        _, defect = transfer.write_decoded(
            part.data, part.start, part.end, part.encoding, file.write
        )
    return Path(file.name), defect


def _title(part: Part) -> str:
    """The subject of an attached mail is its name."""
    if part.type not in ("message/rfc822", "message/global"):
        return ""
    content = bytes(part.data[part.start : min(part.end, part.start + (64 << 10))])
    headers, _, _ = read_headers(content, 0, len(content))
    subject = headers.text("subject")
    return file_name(f"{subject[:120].replace('/', '-')}.eml") if subject else ""


def _invented(part: Part, number: int) -> str:
    known: dict[str, str] = {
        "message/rfc822": ".eml", "text/plain": ".txt", "text/calendar": ".ics",
        "image/jpeg": ".jpg", "message/delivery-status": ".txt", "text/rfc822-headers": ".txt",
        "application/ms-tnef": ".dat", "application/pgp-signature": ".asc",
        "application/pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m",
    }  # fmt: skip
    suffix = known.get(part.type) or mimetypes.guess_extension(part.type) or ""
    return f"{part.type.partition('/')[0]}-{number}{suffix}"


def sizes(files: Sequence[File]) -> list[int]:
    """Bytes of each file."""
    return [
        each.content.stat().st_size if isinstance(each.content, Path) else len(each.read())
        for each in files
    ]
