"""What an upload is goes by its content; names and declarations must not speak against it."""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.relay import DEFAULT_UPLOAD_TYPES, UPLOAD_TYPES
from connectors.webchat.relay.file_names import LONGEST, clean_name, disposition
from connectors.webchat.relay.upload_types import EXTENSIONS, BadFile, tell_type

OFFICE = "application/vnd.openxmlformats-officedocument."


def chunk(kind: bytes, data: bytes) -> bytes:
    crc = zlib.crc32(kind + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + kind + data + crc


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0")
    + chunk(b"IDAT", zlib.compress(b"\0\0"))
    + chunk(b"IEND", b"")
)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + bytes(range(256)) + b"\xff\xd9"
GIF = b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def archive(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in files.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else method
            made.writestr(zipfile.ZipInfo(name), content, stored)
    return out.getvalue()


DOCX = archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
ODT = archive({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"})

GOOD = [
    (PNG, "a.png", "image/png"),
    (JPEG, "a.JPG", "image/jpeg"),
    (JPEG + b"motion photo, appended", "a.jpeg", "image/jpeg"),
    (GIF, "a.gif", "image/gif"),
    (WEBP, "a.webp", "image/webp"),
    (PDF, "a.pdf", "application/pdf"),
    (b"hello\r\n\tworld", "a.txt", "text/plain"),
    ("Приветствие, 世界".encode(), "note", "text/plain"),
    ("﻿mark".encode(), "a.md", "text/plain"),
    ("tall".encode("utf-16"), "a.txt", "text/plain"),
    (b"a;b\n1;2\n", "a.csv", "text/csv"),
    (b"a < b and c > d\n", "a.txt", "text/plain"),
    (b"OggS\0\2" + b"\0" * 60, "a.ogg", "audio/ogg"),
    (b"ID3\3\0\0\0\0\0\0", "a.mp3", "audio/mpeg"),
    (b"RIFF\0\0\0\0WAVEfmt ", "a.wav", "audio/wav"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0", "a.mp4", "video/mp4"),
    (b"\0\0\0\x14ftypqt  \0\0\0\0", "clip.MOV", "video/mp4"),
    (b"\x1aE\xdf\xa3\1\0\0\0\0\0\0\x1fB\x82\x84webm", "a.webm", "video/webm"),
    (DOCX, "a.docx", f"{OFFICE}wordprocessingml.document"),
    (ODT, "a.odt", "application/vnd.oasis.opendocument.text"),
    (archive({"a/b.txt": b"x"}), "a.zip", "application/zip"),
]

HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
BAD = {
    "empty": (b"", "a.txt"),
    "html as png": (HTML, "a.png"),
    "html as text": (HTML, "a.txt"),
    "html after blanks": (b" \r\n\xef\xbb\xbf\n" + HTML, "a.txt"),
    "html in utf-16": (HTML.decode().encode("utf-16"), "a.txt"),
    "html": (HTML, "a.html"),
    "svg": (SVG, "a.svg"),
    "svg as png": (SVG, "a.png"),
    "svg as text": (SVG, "a.txt"),
    "comment first": (b"<!-- x --><html>", "a.txt"),
    "php": (b"<?php system('id');", "a.txt"),
    "shell script": (b"#!/bin/sh\nrm -rf /\n", "a.txt"),
    "batch": (b"@echo off\r\n", "a.txt"),
    "exe": (b"MZ\x90\0\3\0\0\0" + b"\0" * 200, "a.pdf"),
    "elf": (b"\x7fELF\2\1\1" + b"\0" * 60, "a.txt"),
    "java": (b"\xca\xfe\xba\xbe\0\0\0\x34", "a.png"),
    "png called html": (PNG, "a.html"),
    "png called exe": (PNG, "a.png.exe"),
    "text called js": (b"alert(1)", "a.js"),
    "text called bat": (b"dir", "a.bat"),
    "gif and javascript": (b"GIF89a/*" + b"x" * 40 + b"*/=1;alert(1)", "a.gif"),
    "gif and markup": (GIF[:-1] + b"<script>alert(1)</script>", "a.gif"),
    "png and markup far on": (PNG + b"\0" * 3_000_000 + b"<ScRiPt >x", "a.png"),
    "png and zip": (PNG + archive({"x": b"y"}), "a.png"),
    "jpeg and php": (JPEG[:30] + b"<?php phpinfo(); ?>" + JPEG[30:], "a.jpg"),
    "pdf and zip": (PDF + archive({"x": b"y"}), "a.pdf"),
    "zip called docx": (archive({"x": b"y"}), "a.docx"),
    "docx called zip": (DOCX, "a.zip"),
    "docx with macros": (
        archive({"[Content_Types].xml": b"", "word/document.xml": b"", "word/vbaProject.bin": b""}),
        "a.docx",
    ),
    "zip that leads out": (archive({"../../etc/cron.d/x": b"y"}), "a.zip"),
    "zip from the root": (archive({"/etc/passwd": b"y"}), "a.zip"),
    "zip with backslashes": (archive({"..\\x": b"y"}), "a.zip"),
    "zip with a program": (archive({"invoice.pdf.exe": b"MZ"}), "a.zip"),
    "zip with a program, dotted": (archive({"a.exe. ": b"MZ"}), "a.zip"),
    "zip bomb": (archive({"x": b"\0" * 40_000_000}), "a.zip"),
    "zip cut short": (archive({"x": b"y" * 100})[:60], "a.zip"),
    "zip with a wrong end": (b"PK\3\4" + b"\0" * 30 + b"PK\5\6" + b"\xff" * 18, "a.zip"),
    "control characters": (b"abc\0def", "a.txt"),
    "latin-1": (b"caf\xe9 au lait", "a.txt"),
    "utf-8 cut short": ("ї".encode()[:1], "a.txt"),
    "unknown binary": (bytes(range(256)), "a.bin"),
}


def put(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("content", "name", "kind"), GOOD, ids=[name for _c, name, _k in GOOD])
def test_what_is_what_it_says(tmp_path: Path, content: bytes, name: str, kind: str) -> None:
    path = put(tmp_path, content)
    assert tell_type(path, name, "", UPLOAD_TYPES) == kind
    assert tell_type(path, name, f"{kind}; charset=x", UPLOAD_TYPES) == kind
    assert tell_type(path, name, "application/octet-stream", UPLOAD_TYPES) == kind
    with pytest.raises(BadFile, match="not taken here"):
        tell_type(path, name, "", [each for each in UPLOAD_TYPES if each != kind])
    with pytest.raises(BadFile, match="was called"):
        tell_type(path, name, "text/html", UPLOAD_TYPES)


@pytest.mark.parametrize("what", BAD)
def test_what_is_dressed_up(tmp_path: Path, what: str) -> None:
    content, name = BAD[what]
    with pytest.raises(BadFile):
        tell_type(put(tmp_path, content), name, "", UPLOAD_TYPES)


def test_an_archive_of_too_many_entries(tmp_path: Path) -> None:
    many = archive({f"{number}": b"" for number in range(5_001)}, zipfile.ZIP_STORED)
    with pytest.raises(BadFile, match="too many"):
        tell_type(put(tmp_path, many), "a.zip", "", UPLOAD_TYPES)


def test_every_kind_that_can_be_set_can_be_told() -> None:
    assert set(UPLOAD_TYPES) == set(EXTENSIONS)
    assert set(DEFAULT_UPLOAD_TYPES) < set(UPLOAD_TYPES)


@given(content=st.binary(max_size=300), name=st.text(max_size=20), head=st.sampled_from(
    [b"", b"PK\3\4", b"RIFF", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"%PDF-", b"\xff\xfe", b"PK\5\6"]
))  # fmt: skip
def test_any_bytes_are_told_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str, head: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(head + content)
    with contextlib.suppress(BadFile):
        assert tell_type(path, name, "", UPLOAD_TYPES) in UPLOAD_TYPES


@pytest.mark.parametrize(
    ("given_name", "clean"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\x\\a.png", "a.png"),
        ("..", "file.png"),
        ("", "file.png"),
        (".htaccess", "htaccess.png"),
        ("a\u202egnp.exe\0\r\n.png", "agnp.exe.png"),
        ('"quote<d>|*?.png', "quote d.png"),
        ("CON.png", "_CON.png"),
        ("світлина №1.png", "світлина №1.png"),
        ("x" * 500 + ".png", "x" * 116 + ".png"),
        ("a.png. . ", "a.png"),
    ],
)
def test_names_are_harmless(given_name: str, clean: str) -> None:
    assert clean_name(given_name, "png") == clean


@given(name=st.text())
def test_any_name_is_harmless(name: str) -> None:
    clean = clean_name(name, "png")
    assert 1 <= len(clean) <= LONGEST
    assert not set(clean) & set('/\\<>:"|?*\0\r\n\u202e')
    assert not clean.startswith((".", " "))
    header = disposition("attachment", clean)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
