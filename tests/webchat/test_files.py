"""Files both ways, by their content; what is none of the kinds that a site takes stays out."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import FilePayload, expect

from store.blobs import for_database
from tests.webchat.conftest import Visits
from tests.webchat.pages import Pages
from tests.webchat.shop import Shop

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("webchat-breaks")]


def picture(width: int = 64, height: int = 48) -> bytes:
    """A PNG of one colour (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + b"\x30\x90\x50" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

SENT: dict[str, tuple[str, bytes]] = {
    "spade.png": ("image/png", picture()),
    "чек №1.pdf": ("application/pdf", PDF),
    "notes.txt": ("text/plain", "рядок один\nline two\n".encode()),
}
REFUSED: dict[str, tuple[str, bytes]] = {
    "page.html": ("text/html", b"<html><script>alert(1)</script>"),
    "drawing.svg": (
        "image/svg+xml",
        b"<svg onload='alert(1)'/>",
    ),
    "photo.png": ("image/png", b"<html><script>alert(1)</script></html>"),
    "tool.exe": ("application/octet-stream", b"MZ\x90\0" + b"\0" * 200),
    "script.js": ("text/javascript", b"alert(1)"),
    "photo.jpg": ("image/jpeg", picture()),
    "gifar.gif": ("image/gif", b"GIF89a<script>alert(1)</script>"),
    "run.sh": ("text/plain", b"#!/bin/sh\nrm -rf /\n"),
    "notes.html.txt": ("text/plain", b"<!doctype html><body onload=alert(1)>"),
}


def test_a_visitor_s_files_arrive_as_they_are(visits: Visits, shop: Shop) -> None:
    visitor = visits("csp")
    visitor.chat.open()
    files: list[FilePayload] = [
        {"name": name, "mimeType": kind, "buffer": content}
        for name, (kind, content) in SENT.items()
    ]
    visitor.chat.attaches(*files)
    visitor.chat.says("Three files.")
    message = shop.arrived("Three files.")
    shop.eventually(lambda: all(one.blob for one in shop.arrived("Three files.").attachments))
    found = {one.name: one for one in shop.arrived("Three files.").attachments}
    assert set(found) == set(SENT)
    for name, (kind, content) in SENT.items():
        assert found[name].type == kind
        stored = shop.look(lambda db, name=name: for_database(db).read(db, found[name].blob))
        assert hashlib.sha256(stored).digest() == hashlib.sha256(content).digest()
    shown = visitor.chat.message("Three files.").locator("img")
    shop.eventually(lambda: shown.evaluate("e => e.naturalWidth") == 64)
    link = visitor.chat.message("Three files.").get_by_role("link", name="чек №1.pdf")
    answer = httpx.get(str(link.get_attribute("href")))
    assert answer.content == PDF
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert message.text == "Three files."


def test_an_agent_s_files_are_shown(visits: Visits, shop: Shop, tmp_path: Path) -> None:
    visitor = visits("csp")
    visitor.chat.open().says("Do you have a picture?")
    conversation = shop.arrived("Do you have a picture?").conversation_id
    path, bill = tmp_path / "rake.png", tmp_path / "bill.pdf"
    path.write_bytes(picture(80, 60))
    bill.write_bytes(PDF)
    shop.answers(conversation, "Here it is.", [path, bill])
    answer = visitor.chat.sees("Here it is.")
    shop.eventually(lambda: answer.locator("img").evaluate("e => e.naturalWidth") == 80)
    link = answer.get_by_role("link", name="bill.pdf")
    assert httpx.get(str(link.get_attribute("href"))).content == PDF


def test_files_of_the_wrong_kind_are_refused(visits: Visits, shop: Shop, pages: Pages) -> None:
    visitor = visits()
    visitor.expected_alarms = True  # the browser itself notes a refused request in the console
    visitor.chat.open().says("May I send anything?")
    sender = {"Authorization": f"Bearer {visitor.token()}", "Origin": pages.origin}
    for name, (kind, content) in REFUSED.items():
        answer = httpx.post(
            f"{shop.own_url}/v1/files", params={"site": "acme", "name": name}, content=content,
            headers={**sender, "Content-Type": kind},
        )  # fmt: skip
        assert answer.status_code in (400, 415, 422), (name, answer.text)
    for name in ("photo.png", "run.sh"):
        kind, content = REFUSED[name]
        visitor.chat.window.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": kind, "buffer": content}
        )
        expect(visitor.chat.window.get_by_role("alert").filter(has_text=name)).to_be_visible()
    expect(visitor.chat.window.locator(".chip")).to_have_count(0)
    # Nothing of it is in the way: the chat goes on.
    visitor.chat.says("I see.")
    shop.arrived("I see.")
    held = list((shop.directory / "relay" / "files").rglob("*"))
    assert not any(b"alert(1)" in path.read_bytes() for path in held if path.is_file())
