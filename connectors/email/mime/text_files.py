"""Files that were written into a text before there was MIME: uuencode, yEnc."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.email.mime.transfer import uuencoded
from connectors.email.mime.yenc import YencFile, yencoded


@dataclass(frozen=True, slots=True)
class TextFile:
    name: str
    content: bytes


def take_files(data: bytes, defects: list[str]) -> tuple[bytes, list[TextFile]]:
    """The text without its files, and the files in their order.

    It is the bytes that are searched: yEnc does not outlive a charset."""
    found: list[TextFile] = []
    if b"=ybegin " in data:
        data = _take_yenc(data, found, defects)
    if b"begin" in data:
        data = _take_uu(data, found, defects)
    return data, found


def _take_uu(data: bytes, found: list[TextFile], defects: list[str]) -> bytes:
    kept: list[bytes] = []
    at = 0
    for file in uuencoded(data):
        if file.defect:
            defects.append(f"{file.name}: {file.defect}")
        found.append(TextFile(file.name, file.content))
        kept.append(data[at : file.start])
        at = _past_line_end(data, file.end)
    return b"".join([*kept, data[at:]]) if at else data


def _past_line_end(data: bytes, at: int) -> int:
    return at + (2 if data[at : at + 2] == b"\r\n" else data[at : at + 1] == b"\n")


def _take_yenc(data: bytes, found: list[TextFile], defects: list[str]) -> bytes:
    kept: list[bytes] = []
    at = 0
    parts: dict[tuple[str, int], list[YencFile]] = {}
    for file in yencoded(data):
        kept.append(data[at : file.start])
        at = _past_line_end(data, file.end)
        if file.defect:
            defects.append(f"{file.name}: {file.defect}")
        if file.part:
            parts.setdefault((file.name, file.total), []).append(file)
        else:
            found.append(TextFile(file.name, file.content))
    for (name, total), pieces in parts.items():
        found += _joined(name, total, pieces, defects)
    return b"".join([*kept, data[at:]]) if at else data


def _joined(name: str, total: int, pieces: list[YencFile], defects: list[str]) -> list[TextFile]:
    """The whole file when all its parts are here, else each part under its number."""
    by_offset = sorted({piece.offset: piece for piece in pieces}.items())
    whole = bytearray()
    for offset, piece in by_offset:
        if offset != len(whole):
            break
        whole += piece.content
    else:
        if len(whole) == pieces[0].size or (total and len(by_offset) >= total):
            return [TextFile(name, bytes(whole))]
    of = str(total) if total else "several"
    for piece in pieces:
        defects.append(f"{name}: part {piece.part} of {of}, the others are not in this mail")
    return [TextFile(f"{name}.part{piece.part:03d}", piece.content) for piece in pieces]
