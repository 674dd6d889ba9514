"""Mails made worse in the ways that mails are: each mutant is a function of its number.

`python -m tests.email_reading.mutations FIRST LAST DIRECTORY` is a worker of the fuzzer: it
reads these mutants as `inspect` does, and writes a line about its memory now and then. A
mutant that fails, or takes too long, is saved in the directory.
"""

# ruff: noqa: E501 - tables
from __future__ import annotations

import json
import random
import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from connectors.email.inspect import inspect
from tests.corpora import mails

SEED = 20_261_122
MAX_BYTES = 400_000
LIMIT = 2.0
"""Seconds of CPU for one mail."""
HANG = 20
BOUNDARY = re.compile(rb"boundary=\"?([^\"\r\n;]+)", re.I)
HEADER_END = re.compile(rb"\r?\n\r?\n")
CHARSETS = [b"utf-8", b"koi8-r", b"windows-1251", b"utf-7", b"utf-16", b"iso-2022-jp", b"gb2312",
            b"hz-gb-2312", b"us-ascii", b"unknown-8bit", b"x-mac-cyrillic", b"ks_c_5601-1987",
            b"=?", b"", b"utf-32", b"cp437", b"big5", b"iso-2022-kr", b"idna", b"zip"]  # fmt: skip
ENCODINGS = [b"base64", b"quoted-printable", b"8bit", b"x-uuencode", b"7bit", b"binary", b"yenc",
             b"gzip", b""]  # fmt: skip
TYPES = [b"text/plain", b"text/html", b"multipart/mixed", b"multipart/alternative",
         b"multipart/related", b"multipart/signed", b"multipart/report", b"message/rfc822",
         b"message/partial; number=1", b"message/delivery-status", b"application/ms-tnef",
         b"application/pkcs7-mime", b"text/calendar", b"text/enriched", b"text/rtf", b"image/png",
         b"multipart/encrypted", b"message/external-body", b"text"]  # fmt: skip
LINES = [b"begin 644 a.txt", b"end", b"=ybegin line=128 size=9 name=a", b"=yend size=9", b"--",
         b"-- ", b"> quoted", b"On Mon, 1 Jan 2024, Ann <a@b.c> wrote:", b"From: Ann <a@b.c>",
         b"-----BEGIN PGP SIGNED MESSAGE-----", b"-----BEGIN PGP MESSAGE-----", b"BEGIN:VCALENDAR",
         b"BEGIN:VEVENT", b"DTSTART:20240101T000000Z", b"<table><tr><td>", b"<blockquote>",
         b"<div class=gmail_quote>", b"{\\rtf1\\ansi", b"Final-Recipient: rfc822; a@b.c",
         b"-----Original Message-----", b"________________________________", b"550 user unknown",
         b"x\x9f>\"", b"\xff\xfe\0\0", "Привет".encode("cp1251"), b"=?utf-8?B?", b"&#x202e;"]  # fmt: skip
NAMES = [b"Subject", b"From", b"To", b"Date", b"Message-ID", b"References", b"In-Reply-To",
         b"Content-Type", b"Content-Disposition", b"Auto-Submitted", b"List-Id", b"Thread-Index",
         b"X-Failed-Recipients", b"Return-Path", b"Received", b"Content-ID", b"Reply-To"]  # fmt: skip

Mutation = Callable[[random.Random, bytes, Sequence[Path]], bytes]


def _somewhere(chance: random.Random, data: bytes) -> int:
    return chance.randrange(len(data) + 1)


def _boundary(chance: random.Random, data: bytes, others: Sequence[Path]) -> bytes:
    found = BOUNDARY.findall(data)
    if not found:
        return data
    one = chance.choice(found)
    new = chance.choice([one + b"x", b"", one[:1], chance.choice(found), b"a" * 200, b"--"])
    if chance.random() < 0.5:
        return data.replace(b"--" + one, b"--" + new, chance.randrange(1, 4))
    return data.replace(one, new, 1)


def _header(chance: random.Random, data: bytes, others: Sequence[Path]) -> bytes:
    end = HEADER_END.search(data)
    head, rest = (data[: end.start()], data[end.start() :]) if end else (data, b"")
    lines = head.split(b"\n")
    at = chance.randrange(len(lines) + 1)
    kind = chance.randrange(6)
    if kind == 0 and lines:
        lines.pop(min(at, len(lines) - 1))
    elif kind == 1:
        lines.insert(at, chance.choice(NAMES) + b": " + chance.choice(LINES))
    elif kind == 2 and lines:
        lines.append(chance.choice(lines))
    elif kind == 3:
        lines.insert(at, chance.choice([b"", b" ", b"\t", b":", b"\r", b"no header at all"]))
    elif kind == 4:
        name = chance.choice(NAMES)
        lines.insert(at, name + b": " + chance.choice(LINES) * chance.randrange(1, 400))
    elif lines:
        at = min(at, len(lines) - 1)
        lines[at] = lines[at].replace(b" ", chance.choice([b"\r\n ", b"\n\t", b"", b"=?", b"\xa0"]))
    return b"\n".join(lines) + rest


def _field(name: bytes, values: Sequence[bytes]) -> Mutation:
    pattern = re.compile(name + rb"[=:]\s*\"?([^\r\n;\"]*)", re.I)

    def change(chance: random.Random, data: bytes, others: Sequence[Path]) -> bytes:
        found = list(pattern.finditer(data))
        if not found:
            return data
        match = chance.choice(found)
        return data[: match.start(1)] + chance.choice(values) + data[match.end(1) :]

    return change


def _splice(chance: random.Random, data: bytes, others: Sequence[Path]) -> bytes:
    other = chance.choice(others).read_bytes()[:MAX_BYTES]
    return data[: _somewhere(chance, data)] + other[_somewhere(chance, other) :]


def _cut(chance: random.Random, data: bytes, others: Sequence[Path]) -> bytes:
    if chance.random() < 0.5:
        return data[: _somewhere(chance, data)]
    at = _somewhere(chance, data)
    return data[:at] + data[at + chance.randrange(2_000) :]


def _noise(chance: random.Random, data: bytes, others: Sequence[Path]) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice([1, 5, 50])):
        if changed:
            changed[chance.randrange(len(changed))] = chance.choice([0, 10, 13, 34, 61, 255,
                                                                     chance.randrange(256)])  # fmt: skip
    return bytes(changed)


def _lines(chance: random.Random, data: bytes, others: Sequence[Path]) -> bytes:
    at = _somewhere(chance, data)
    times = chance.choice([1, 1, 2, 10, 300])
    return data[:at] + b"\r\n" + (chance.choice(LINES) + b"\r\n") * times + data[at:]


def _repeat(chance: random.Random, data: bytes, others: Sequence[Path]) -> bytes:
    at = _somewhere(chance, data)
    piece = data[at : at + chance.randrange(1, 3_000)]
    return data[:at] + piece * chance.choice([2, 10, 100]) + data[at:]


def _ends(chance: random.Random, data: bytes, others: Sequence[Path]) -> bytes:
    data = data.replace(b"\r\n", b"\n")
    return data.replace(b"\n", chance.choice([b"\r\n", b"\r", b"\n\n", b"\r\r\n", b"\n\r"]))


MUTATIONS: tuple[Mutation, ...] = (
    _boundary, _header, _header, _field(b"charset", CHARSETS),
    _field(b"content-transfer-encoding", ENCODINGS), _field(b"content-type", TYPES), _splice,
    _cut, _noise, _lines, _lines, _repeat, _ends,
)  # fmt: skip


def mutant(number: int, sources: Sequence[Path]) -> bytes:
    chance = random.Random(SEED * 1_000_003 + number)
    data = chance.choice(sources).read_bytes()[:MAX_BYTES]
    for _ in range(chance.choice([1, 1, 2, 3, 6])):
        data = chance.choice(MUTATIONS)(chance, data, sources)[:MAX_BYTES]
    return data


class _Hung(BaseException):
    """Not an Exception: whoever reads the mail must not take it for a fault of the mail."""


def _alarm(number: int, frame: FrameType | None) -> None:
    raise _Hung


def work(first: int, last: int, directory: Path) -> None:
    sources = mails()
    signal.signal(signal.SIGALRM, _alarm)
    worst = 0.0
    for number in range(first, last):
        raw = mutant(number, sources)
        started = time.process_time()
        problem = ""
        signal.alarm(HANG)
        try:
            found = inspect(raw)
            json.dumps(found, ensure_ascii=False).encode("utf-8")
            problem = next(
                (each for each in found["defects"] if "could not be understood" in each), ""
            )
        except _Hung:
            problem = "hung"
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        finally:
            signal.alarm(0)
        took = time.process_time() - started
        worst = max(worst, took)
        if not problem and took > LIMIT:
            problem = f"{took:.1f} s"
        if problem:
            (directory / f"mutant-{number}.eml").write_bytes(raw)
            print(json.dumps({"number": number, "problem": problem}), flush=True)
        if (number - first) % 500 == 499 or number == last - 1:
            print(json.dumps({"number": number, "rss": _resident(), "worst": worst}), flush=True)


def _resident() -> int:
    """Bytes in memory now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    work(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
