"""Mails of 50 MB read in a process of their own: what it needs of memory and time."""

from __future__ import annotations

import base64
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.email.mime.tnef import SIGNATURE
from tests.email_reading.samples import mail

MB = 1 << 20
SIZE = 50 * MB
PEAK = 320 * MB
"""Of the whole process. The mail itself is mapped and counts as memory here."""
SECONDS = 4.0
"""Of CPU, on any machine; about one is used."""

_READ = """
import json, resource, sys, time
from pathlib import Path
from connectors.email.read import read_mail
started = time.process_time()
found = read_mail(Path(sys.argv[1]), spool=Path(sys.argv[2]))
took = time.process_time() - started
status = Path("/proc/self/status").read_text()
peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
sizes = [f.content.stat().st_size if isinstance(f.content, Path) else len(f.content)
         for f in found.files]
print(json.dumps([found.text[:40], sizes, took, peak * 1024]))
"""


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
    make: Callable[[], bytes], text: str, sizes: list[int], tmp_path: Path
) -> None:
    raw = tmp_path / "mail"
    raw.write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(raw), str(tmp_path)],
        capture_output=True, check=True, timeout=50,
    )  # fmt: skip
    shown, found, took, peak = json.loads(done.stdout)
    print(f"{raw.stat().st_size / MB:.0f} MB: {took:.2f} s, peak {peak >> 20} MiB")
    assert shown.startswith(text)
    assert len(found) == len(sizes)
    assert all(abs(one - other) < 3 * MB for one, other in zip(found, sizes, strict=True))
    assert peak < PEAK
    assert took < SECONDS
