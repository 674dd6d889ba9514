"""Mails of 50 MB, and mails made to cost much, each read in a process of its own: what it needs
of memory and time."""

from __future__ import annotations

import base64
import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.email.mime.tnef import SIGNATURE
from tests.email_reading.samples import mail, plain

MB = 1 << 20
SIZE = 50 * MB
PEAK = 320 * MB
"""Of the whole process. The mail itself is mapped and counts as memory here."""
SECONDS = 4.0
"""Of CPU, on any machine; about one is used."""
HOSTILE_PEAK = 200 * MB
HOSTILE_SECONDS = 2.0
"""Of CPU; the worst here needs about half of it."""

_READ = """
import json, os, resource, sys, time
from pathlib import Path
from connectors.email.read import read_mail
for raw in sys.stdin:  # importing takes longer than most mails: each is read in a fork
    if child := os.fork():
        if os.waitpid(child, 0)[1]:
            sys.exit("it could not be read")
        continue
    raw = Path(raw.rstrip("\\n"))
    Path("/proc/self/clear_refs").write_text("5")  # the peak is the child's own
    started = time.process_time()
    found = read_mail(raw, spool=raw.parent)
    took = time.process_time() - started
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    sizes = [f.content.stat().st_size if isinstance(f.content, Path) else len(f.content)
             for f in found.files]
    print(json.dumps([found.text[:40], sizes, took, peak * 1024]), flush=True)
    os._exit(0)
"""

Reader = Callable[[Path], tuple[str, list[int], float, int]]


@pytest.fixture(scope="module")
def read() -> Iterator[Reader]:
    """How the text begins, the files' sizes, seconds of CPU and bytes of memory at most."""
    with subprocess.Popen(
        [sys.executable, "-c", _READ], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        asked, answered = process.stdin, process.stdout

        def one(raw: Path) -> tuple[str, list[int], float, int]:
            print(raw, file=asked, flush=True)
            shown, found, took, peak = json.loads(answered.readline())
            print(f"{raw.stat().st_size / MB:.0f} MB: {took:.2f} s, peak {peak >> 20} MiB")
            return shown, found, took, peak

        yield one
        asked.close()


def _encoded(content: bytes) -> bytes:
    return base64.encodebytes(content)


def _attachment() -> bytes:
    block = _encoded(bytes(range(256)) * 171 * 72)
    return mail("Content-Type: application/pdf; name=big.pdf", "Content-Transfer-Encoding: base64",
                "", block * (SIZE // len(block)))  # fmt: skip


def _with(part: bytes, boundary: str = "b") -> bytes:
    line = f"--{boundary}"
    kind = f"Content-Type: multipart/mixed; boundary={boundary}"
    return mail("From: a@b.c", kind, "", line, "", "Hello", line, part, f"{line}--", "")


def _file() -> bytes:
    return _with(_attachment())


def _nested() -> bytes:
    return _with(mail("Content-Type: message/rfc822", "", _with(_attachment(), "inner")))


def _html() -> bytes:
    line = b"<p>Hello <b>world</b></p>\r\n"
    return mail("From: a@b.c", "Content-Type: text/html", "", line * (SIZE // len(line)))


def _plain() -> bytes:
    line = b"A: b\r\n"
    return mail("From: a@b.c", "Content-Type: text/plain", "", line * (SIZE // len(line)))


def _winmail() -> bytes:
    content = SIGNATURE + b"\1\0"
    for name, data in ((0x9002, bytes(14)), (0x8010, b"big.bin\0"), (0x800F, bytes(36 * MB))):
        content += struct.pack("<BHHI", 2, name, 0, len(data)) + data + b"\0\0"
    return _with(mail("Content-Type: application/ms-tnef; name=winmail.dat",
                      "Content-Transfer-Encoding: base64", "", _encoded(content)))  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("make", "text", "sizes"),
    [
        (_file, "Hello", [37 * MB]),
        (_nested, "Hello", [49 * MB]),
        (_html, "Hello world", []),
        (_plain, "A: b", []),
        (_winmail, "Hello", [36 * MB]),
    ],
)  # fmt: skip
def test_fifty_megabytes(
    make: Callable[[], bytes], text: str, sizes: list[int], read: Reader, tmp_path: Path
) -> None:
    raw = tmp_path / "mail"
    raw.write_bytes(make())
    shown, found, took, peak = read(raw)
    assert shown.startswith(text)
    assert len(found) == len(sizes)
    assert all(abs(one - other) < 3 * MB for one, other in zip(found, sizes, strict=True))
    assert peak < PEAK
    assert took < SECONDS


def _said(line: str, size: int = MB) -> bytes:
    """A reply that says one line until it has `size` bytes."""
    return plain(line * (size // len(line.encode())), "In-Reply-To: <q@acme.example>")


def _headed(name: str, value: bytes) -> bytes:
    return name.encode() + b": " + value + b"\r\n" + plain("Hello")


def _of_parts(head: bytes) -> bytes:
    kind = "Content-Type: multipart/mixed; boundary=b"
    return mail("From: a@b.c", kind, "", (b"--b\r\n" + head + b"\r\nx\r\n") * 100_000 + b"--b--")


def _page(piece: bytes) -> bytes:
    return mail("From: a@b.c", "Content-Type: text/html", "", piece * (4 * MB // len(piece)))


def _returned(line: str) -> bytes:
    head = "From: MAILER-DAEMON@x.example", "Subject: Undelivered Mail Returned to Sender", ""
    return mail(*head, line * (100_000 // len(line)))


_WORD = b"=?utf-8?B?"
_HOSTILE: dict[str, Callable[[], bytes]] = {
    "delimiters": lambda: _said("--\n", 1_200_000),
    "exact delimiters": lambda: _said("-- \n", 1_600_000),
    "delimiters below text": lambda: _said("hello you\n--\n", 2 * MB),
    "quotes": lambda: _said(">\n"),
    "answered quotes": lambda: _said("> a\nb\n"),
    "From lines": lambda: _said("From: \n"),
    "header blocks": lambda: _said("From: Ann <a@b.c>\nSent: 5 May\n\n"),
    "attributions": lambda: _said("On Fri, 5 Jan 2024 at 10:00 Ann wrote\n"),
    "attributions of nobody": lambda: _said("Ann I said on 5 Jan you wrote:\n"),
    "closings": lambda: _said("Regards\nAnn\n\n"),
    "devices": lambda: _said("Sent from my iPhone\n\n"),
    "unfinished words in Subject": lambda: _headed("Subject", _WORD * (MB // len(_WORD))),
    "unfinished words in To": lambda: _headed("To", _WORD * (MB // len(_WORD))),
    "colons in To": lambda: _headed("To", b"x " * 90_000 + b"a@b" + b":" * 90_000),
    "words without spaces in To": lambda: _headed("To", b'"a"' * (MB // 3)),
    "at signs in To": lambda: _headed("To", b"a<b>@" * (MB // 5)),
    "comments in To": lambda: _headed("To", b"(" * MB),
    "tiny header lines": lambda: b"A: b\r\n" * (SIZE // 6),
    "a long Received": lambda: _headed("Received", b"from a by b; " * (10 * MB // 13)),
    "a folded Received": lambda: _headed("Received", b"a\r\n b;(c" * (10 * MB // 9)),
    "one line of HTML": lambda: _page(b"<p>word <b>bold</b> "),
    "open tags": lambda: _page(b"<"),
    "parts": lambda: _of_parts(b""),
    "files": lambda: _of_parts(b"Content-Type: image/png; name=a.png\r\n"),
    "addresses returned": lambda: _returned("a@b.c, "),
    "failures returned": lambda: _returned("could not be delivered a.b.c.d.e "),
    "dots returned": lambda: _returned("a."),
    "codes returned": lambda: _returned("5.1.1 "),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", _HOSTILE)
def test_mails_made_to_cost_much(name: str, read: Reader, tmp_path: Path) -> None:
    raw = tmp_path / "mail"
    raw.write_bytes(_HOSTILE[name]())
    _, _, took, peak = read(raw)
    assert peak < HOSTILE_PEAK
    assert took < HOSTILE_SECONDS
