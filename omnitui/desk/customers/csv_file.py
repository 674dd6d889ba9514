"""Customers from a CSV file, as spreadsheets and address books write them (RFC 4180 and less).

Read as it comes, so a long file needs no memory; nothing that stands in it stops the reading.
"""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.customers.record import Raw, Recognise, Target, Trouble

_DELIMITERS = ",;\t|"
_SAMPLE = 65_536
"""Characters by which the delimiter is found, and bytes of letters by which the charset is."""
_CHUNK = 1 << 20
_MOST_COLUMNS = 1_000
_TALL = 100
"""Lines of one record: more, and a quote was never closed."""
_BEGUN_ANEW = 50
"""How often a file is, at most: each time its beginning is passed over once more."""
_SEPARATOR = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*:::\s*|\s*[;\n]\s*")
_SEVERAL_EMAILS = re.compile(r"\s*:::\s*|[\s;,]+")
_SEVERAL_TAGS = re.compile(r"\s*:::\s*|\s*[;,\n]\s*")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written."""

    charset: str
    delimiter: str
    columns: tuple[tuple[str, Target], ...]
    """The name of each, and what it is."""
    first: int
    """The line after that of the names."""

    @property
    def ignored(self) -> list[str]:
        """The columns that nobody knows."""
        return [name for name, target in self.columns if not target and name.strip()]


def layout(path: Path, recognise: Recognise, charset: str = "") -> Layout:
    """Find out how the file is written. Raises `CommandError` when no column is known, `OSError`.

    Args:
        charset: what the file is in, where that is known better than by looking.
    """
    charset = charset or charset_of(path)
    with opened(path, charset) as file:
        sample = file.read(_SAMPLE)
    told = _SEPARATOR.match(sample)
    if told:
        sample = sample[told.end() :]
    best: tuple[tuple[int, int], str, tuple[tuple[str, Target], ...], int] | None = None
    for delimiter in told[1] if told else _DELIMITERS:
        names, line = _names(sample, delimiter)
        columns = tuple((name, recognise(name)) for name in names[:_MOST_COLUMNS])
        score = (sum(target != "" for _name, target in columns), len(columns))
        if best is None or score > best[0]:
            best = (score, delimiter, columns, line)
    if best is None or not any(target not in ("", "-") for _name, target in best[2]):
        found = ", ".join(name for name, _target in (best[2] if best else ()) if name)[:200]
        found = "".join(sign for sign in found if sign.isprintable()).strip()
        raise CommandError(
            _("No column is known here: {names}. Say what they are: --map COLUMN=FIELD.").format(
                names=found or _("there is none")
            )
        )
    return Layout(charset, best[1], best[2], best[3] + bool(told))


def read(path: Path, how: Layout) -> Iterator[Raw | Trouble]:
    """The records of the file, in order. Raises `OSError`.

    A quote that does not end would swallow all that follows: the line where it begins is left
    out, and reading begins anew after it.
    """
    again = _BEGUN_ANEW
    skip: int | None = how.first
    while skip is not None:
        begun, skip = skip, None
        for record in _records(path, how, begun):
            yield record
            if isinstance(record, Trouble) and again:
                again -= 1
                skip = record.line
                break


def _records(path: Path, how: Layout, skip: int) -> Iterator[Raw | Trouble]:
    with opened(path, how.charset) as file:
        skipped = sum(1 for _line in itertools.islice(file, skip))
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=how.delimiter)
        while True:
            start = skipped + reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield _unreadable(start)
                continue
            if not any(cell.strip() for cell in row):
                continue
            tall = skipped + reader.line_num - start >= _TALL and len(row) != len(how.columns)
            # A record is finished by its own line; only an open quote asks for one more.
            if lines.ended or tall:
                yield _unreadable(start)
                continue
            yield _record(start, row, how.columns)


class _Lines:
    """The lines of a file, and whether more were asked for than there are."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            return next(self._lines)
        except StopIteration:
            self.ended = True
            raise


def _record(line: int, row: Sequence[str], columns: Sequence[tuple[str, Target]]) -> Raw:
    record = Raw(line)
    for (_name, target), cell in zip(columns, row, strict=False):
        match target:
            case "" | "-":
                continue
            case "email":
                parts = _SEVERAL_EMAILS.split(cell)
            case "phone":
                parts = _SEVERAL.split(cell)
            case "tags":
                # Google's own groups: "* myContacts".
                parts = [part for part in _SEVERAL_TAGS.split(cell) if part[:1] != "*"]
            case _:
                parts = [cell]
        for part in parts:
            record.add(target, part)
    return record


def _unreadable(line: int) -> Trouble:
    return Trouble(line, _("a quote begins here that does not end: the line is left out."))


def _names(sample: str, delimiter: str) -> tuple[list[str], int]:
    """The first row that is not empty, and the line it ends in."""
    reader = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                return [cell.strip().strip("\ufeff") for cell in row], reader.line_num
    except csv.Error:
        pass
    return [], 0


def opened(path: Path, charset: str, newline: str | None = "") -> IO[str]:
    """Raises `CommandError` for a charset that is none, `OSError`."""
    try:
        # Some names are codecs of no text, and of some no sign may be replaced.
        b"?".decode(charset, "replace")
        b"\xff\xfe?".decode(charset, "replace")
        return path.open(encoding=charset, errors="replace", newline=newline)
    except (LookupError, UnicodeError):
        raise CommandError(_("There is no charset “{name}”.").format(name=charset[:40])) from None


def charset_of(path: Path) -> str:
    """UTF-8 if it is; else what its byte order mark says, or its letters look like. Raises
    `CommandError` for what is no text, `OSError`."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    letters = bytearray()
    fits = True
    with path.open("rb") as file:
        begin = file.read(4)
        if begin.startswith(_NO_TEXT):
            raise CommandError(
                _("{name} is no text: unpack it, or have the spreadsheet save it as CSV.").format(
                    name=path.name[:200]
                )
            )
        for mark, charset in (
            (codecs.BOM_UTF8, "utf-8-sig"),
            (codecs.BOM_UTF32_LE, "utf-32"),
            (codecs.BOM_UTF32_BE, "utf-32"),
            (codecs.BOM_UTF16_LE, "utf-16"),
            (codecs.BOM_UTF16_BE, "utf-16"),
        ):
            if begin.startswith(mark):
                return charset
        if len(begin) == 4 and begin[1] == begin[3] == 0 and begin[0] and begin[2]:
            return "utf-16-le"
        if len(begin) == 4 and begin[0] == begin[2] == 0 and begin[1] and begin[3]:
            return "utf-16-be"
        file.seek(0)
        while chunk := file.read(_CHUNK):
            if fits:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    fits = False
            if len(letters) < _SAMPLE:
                for line in chunk.split(b"\n"):
                    if not line.isascii():
                        letters += line[:2_000] + b"\n"
                    if len(letters) >= _SAMPLE:
                        break
            if not fits and len(letters) >= _SAMPLE:
                break
    if fits:
        return "utf-8"
    from charset_normalizer import from_bytes

    guess = from_bytes(bytes(letters[:_SAMPLE]), cp_isolation=list(_CHARSETS)).best()
    return guess.encoding if guess is not None else "cp1252"


_NO_TEXT = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF", b"7z\xbc\xaf", b"BZh")
"""How archives begin, and what spreadsheets keep their own files in."""
_CHARSETS = (
    "cp1251", "cp1252", "cp1250", "koi8_u", "koi8_r", "iso8859_2", "cp1253", "cp1254", "cp1257",
    "cp866", "gb18030", "big5", "shift_jis", "euc_kr",
)  # fmt: skip
"""What programs that do not write UTF-8 write."""
