"""Mails made to eat time and memory: what is made of them is bounded, by the mail as a whole."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from connectors.email.mime.flowed import unflow
from connectors.email.read import read_mail

HEAD = (
    b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nMessage-ID: <x@y.example>\r\n"
    b"Date: Mon, 6 May 2024 10:00:00 +0000\r\nMIME-Version: 1.0\r\n"
)
SIGNED, DATA = "2a864886f70d010702", "2a864886f70d010701"
COMPRESSED = "2a864886f70d0109100109"
ATTACHED_MAIL = bytes.fromhex("0703020000000000c000000000000046")


def part(kind: bytes, body: bytes, encoding: bytes = b"8bit") -> bytes:
    return b"Content-Type: %s\r\nContent-Transfer-Encoding: %s\r\n\r\n%s" % (kind, encoding, body)


def mixed(*parts: bytes) -> bytes:
    inner = b"".join(b"--B\r\n" + each + b"\r\n" for each in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + inner + b"--B--\r\n"


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    head = bytes([size]) if size < 128 else b"\x84" + size.to_bytes(4, "big")
    return bytes([tag]) + head + content


def cms(kind: str, content: bytes, inner: str = DATA) -> bytes:
    oid = der(6, bytes.fromhex(inner))
    body = der(2, b"\1") + der(0x31, b"") + der(0x30, oid + der(0xA0, der(4, content)))
    return der(0x30, der(6, bytes.fromhex(kind)) + der(0xA0, der(0x30, body)))


def smime(content: bytes) -> bytes:
    digits = base64.encodebytes(content)
    return part(b"application/pkcs7-mime; name=smime.p7m", digits, b"base64")


def tnef(*attributes: tuple[int, int, bytes]) -> bytes:
    made = b"\x78\x9f\x3e\x22\0\0"
    for level, name, data in attributes:
        made += struct.pack("<BHHI", level, name, 0, len(data)) + data + b"\0\0"
    return made


def properties(kind: int, number: int, data: bytes) -> bytes:
    padded = data + b"\0" * (-len(data) % 4)
    return struct.pack("<IHHII", 1, kind, number, 1, len(data)) + padded


def rtf(tokens: int) -> bytes:
    return b"{\\rtf1 " + b"{}" * (tokens // 2) + b"}"


def uncompressed(document: bytes) -> bytes:
    return struct.pack("<II4sI", len(document) + 12, len(document), b"MELA", 0) + document


def test_compressed_mails_make_so_much_together() -> None:
    """Each of them alone would be let through: 63 MiB of 64 KiB."""
    page = b"Content-Type: application/octet-stream; name=a.bin\r\n\r\n" + b"x" * (63 << 20)
    bomb = smime(cms(COMPRESSED, zlib.compress(page, 9)))
    found = read_mail(mixed(bomb, bomb, bomb, bomb))
    assert sum(len(file.read()) for file in found.files) <= 65 << 20
    assert "compressed S/MIME larger than 64 MiB, cut" in found.defects
    assert len(found.files) == 4, "those that are not opened are files as they are"


def test_signed_in_signed_is_read_to_a_depth() -> None:
    content = b"Content-Type: text/plain\r\n\r\nhello"
    once = cms(SIGNED, content)
    assert read_mail(mixed(smime(cms(SIGNED, once, SIGNED)))).text == "hello"
    for _ in range(40):
        once = cms(SIGNED, once, SIGNED)
    assert read_mail(mixed(smime(once))).details["signed"] == "smime"


def test_many_rtf_documents_are_one_long_one() -> None:
    several = [part(b"text/rtf", rtf(300_000)) for _ in range(8)]
    assert "RTF too long to read, cut" in read_mail(mixed(*several)).defects


def test_many_mails_in_one_winmail_dat() -> None:
    inner = tnef((1, 0x9003, properties(0x0102, 0x1009, uncompressed(rtf(300_000)))))
    attached = properties(0x000D, 0x3701, ATTACHED_MAIL + inner)
    whole = tnef(*([(2, 0x9002, b"\0" * 4), (2, 0x9005, attached)] * 20))
    raw = mixed(part(b"application/ms-tnef", base64.encodebytes(whole), b"base64"))
    found = read_mail(raw)
    assert len(found.files) == 20


def test_files_in_a_text_are_counted() -> None:
    raw = HEAD + b"\r\n" + b"begin 644 x\r\n`\r\nend\r\n" * 5_000
    assert len(read_mail(raw).files) <= 500


def test_few_bytes_of_enriched_text_stay_few() -> None:
    raw = HEAD + b"Content-Type: text/enriched\r\n\r\n" + b"<excerpt>" * 20 + b"<np>" * 1_900_000
    assert len(read_mail(raw).text) < 20 << 20


@pytest.mark.timeout(30)
def test_a_paragraph_of_a_million_lines() -> None:
    assert unflow("a \n" * 2_000_000) == "a " * 2_000_000
    assert unflow("> a \n> b\nc \n-- \nd") == "> a b\nc \n-- \nd"
