"""Finds the mails in what people keep: .eml files, folders of them, mbox (RFC 4155), Maildir."""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

# mbox: a blank line, then "From sender date". Its body lines that look so are quoted with ">".
_MBOX_START = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n]+\r?\n", re.MULTILINE)
_MBOX_LINE = re.compile(rb"From \S+[ \t].*\d\d:\d\d.*\d{4}")
_MBOX_QUOTE = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEADER = re.compile(
    rb"(?:Return-Path|Received|From|To|Subject|Date|Message-ID|Delivered-To|MIME-Version"
    rb"|X-[\w-]+|DKIM-Signature|Authentication-Results|Reply-To|Sender)[ \t]*:",
    re.IGNORECASE,
)
_RECEIVED = re.compile(rb"^Received:((?:[^\r\n]*\r?\n?)(?:[ \t][^\n]*\n?)*)", re.M | re.I)
_DATE = re.compile(rb"^Date:((?:[^\r\n]*\r?\n?)(?:[ \t][^\n]*\n?)*)", re.M | re.I)
_HEAD = 65_536


@dataclass(frozen=True, slots=True)
class Place:
    """Where one mail lies: a whole file, or a piece of an mbox."""

    path: Path
    start: int = 0
    end: int | None = None
    """None: to the end of the file, which is no mbox."""
    delivered_at: int | None = None
    """What the file's name or time says of its delivery, UTC milliseconds."""

    def __str__(self) -> str:
        return str(self.path) if self.end is None else f"{self.path} @ {self.start}"

    def read(self) -> bytes:
        """The mail's bytes. Raises `OSError`."""
        with self.path.open("rb") as file:
            if self.end is None:
                return file.read()
            file.seek(self.start)
            raw = file.read(self.end - self.start)
        # The blank line before the next mail is the mbox's, not the mail's.
        for blank in (b"\r\n\r\n", b"\n\n"):
            if raw.endswith(blank):
                raw = raw[: -len(blank) // 2]
                break
        return _MBOX_QUOTE.sub(rb"\1", raw)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be looked into."""

    path: Path
    why: str


def find_mails(path: Path) -> Iterator[Place | Unreadable]:
    """Every mail in `path`, a file or a directory at any depth; links to directories are left.

    Raises `FileNotFoundError` when there is no such path.
    """
    if path.is_dir():
        yield from _directory(path)
    elif path.exists():
        yield from _file(path, named=True)
    else:
        raise FileNotFoundError(path)


def external_id(raw: bytes) -> str:
    """The ledger's key: the same mail from any archive, whatever its line ends and its tail."""
    return "import/" + hashlib.sha256(raw.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()


def arrival(raw: bytes, delivered_at: int | None, now: int) -> int:
    """When the receiving server took the mail, in UTC milliseconds, never later than `now`.

    The topmost Received (RFC 5321 §4.4) is the receiving server's own word; then Date, which
    is all that a copy of sent mail has; then what the archive's file says.
    """
    head = raw[:_HEAD]
    end = re.search(rb"\r?\n\r?\n", head)
    if end is not None:
        head = head[: end.end()]
    received = _RECEIVED.search(head)
    if received is not None:
        _trace, mark, date = received[1].rpartition(b";")
        at = _millis(date) if mark else None
        if at is not None:
            return min(at, now)
    date_header = _DATE.search(head)
    at = _millis(date_header[1]) if date_header is not None else None
    return min(next((t for t in (at, delivered_at) if t is not None), now), now)


def _millis(date: bytes) -> int | None:
    try:
        at = parsedate_to_datetime(" ".join(date.decode("ascii", "replace").split()))
        millis = int(at.timestamp() * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return millis if millis > 0 else None


def _directory(directory: Path) -> Iterator[Place | Unreadable]:
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError as error:
        yield Unreadable(directory, error.strerror or str(error))
        return
    names = {entry.name for entry in entries}
    maildir = bool({"cur", "new"} & names)
    in_maildir = directory.name in ("cur", "new")
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if not (maildir and entry.name == "tmp"):
                yield from _directory(path)
        elif entry.is_file() and not (maildir and not in_maildir):
            if in_maildir:
                if not entry.name.startswith("."):
                    yield Place(path, delivered_at=_maildir_time(entry.name))
            else:
                yield from _file(path, named=False)


def _maildir_time(name: str) -> int | None:
    """A Maildir file's name begins with the second of its delivery."""
    seconds = name.partition(".")[0]
    if not (seconds.isascii() and seconds.isdigit()) or not 6 < len(seconds) < 12:
        return None
    return int(seconds) * 1000


def _file(path: Path, *, named: bool) -> Iterator[Place | Unreadable]:
    """`named`: the user named this very file, so it is a mail whatever it looks like."""
    try:
        with path.open("rb") as file:
            start = file.read(1000)
            delivered_at = int(os.fstat(file.fileno()).st_mtime * 1000)
    except OSError as error:
        yield Unreadable(path, error.strerror or str(error))
        return
    if start.startswith(b"From "):
        yield from _mbox(path)
    elif named or path.suffix.lower() == ".eml" or (start and _HEADER.match(start)):
        yield Place(path, delivered_at=delivered_at)


def _mbox(path: Path) -> Iterator[Place | Unreadable]:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            start: int | None = None
            for found in _MBOX_START.finditer(data):
                if start is not None and not _MBOX_LINE.match(found[0]):
                    continue  # a sentence that begins with "From"
                if start is not None:
                    yield Place(path, start, found.start())
                start = found.end()
            if start is not None:
                yield Place(path, start, len(data))
    except (OSError, ValueError) as error:
        yield Unreadable(path, str(error))
