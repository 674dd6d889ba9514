"""Compressed RTF ([MS-OXRTFCP]), the form in which Outlook puts a body into winmail.dat.

The package of that name decodes a byte at a time (about 1 MB/s) and gives up on a wrong
checksum; here damage costs what comes after it, and the output is bounded.
"""

from __future__ import annotations

import struct

MAX_RTF = 4 << 20
"""Bytes of RTF made of one body; more is cut."""

_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_HEADER = struct.Struct("<II4sI")


def decompress(data: bytes, most: int = MAX_RTF) -> tuple[bytes, str]:
    """The RTF, of at most `most` bytes, and a defect or "". Never raises; empty when it is no
    compressed RTF."""
    if len(data) < _HEADER.size:
        return b"", "compressed RTF cut off"
    _, raw_size, kind, _ = _HEADER.unpack_from(data)
    if kind == b"MELA":
        return data[16 : 16 + min(raw_size, most)], ""
    if kind != b"LZFu":
        return b"", "unknown compression of RTF"
    limit = min(raw_size, most) + _WINDOW
    # What is before the dictionary stands for the part of the window not yet written.
    out = bytearray(b" " * (_WINDOW - len(_DICTIONARY)) + _DICTIONARY)
    shift = len(_DICTIONARY)
    at, end = _HEADER.size, len(data)
    while at < end and len(out) < limit:
        control = data[at]
        at += 1
        if not control:
            out += data[at : at + 8]
            at += 8
            continue
        for bit in range(8):
            if not control >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            if at + 1 >= end:
                at = end
                break
            token = data[at] << 8 | data[at + 1]
            at += 2
            distance = (len(out) + shift - (token >> 4)) % _WINDOW
            if not distance:
                return bytes(out[_WINDOW:limit]), ""
            length = (token & 15) + 2
            piece = bytes(out[-distance:][:length])
            out += (piece * (length // len(piece) + 1))[:length]
    complete = len(out) >= raw_size + _WINDOW
    cut = "RTF longer than 4 MiB, cut" if raw_size > most else ""
    return bytes(out[_WINDOW:limit]), cut or ("" if complete else "compressed RTF cut off")
