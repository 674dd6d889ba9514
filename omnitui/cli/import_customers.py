"""`omnitui import-customers FILE`: people from an address book or another program.

Matched by their addresses: a repeat changes nothing, and one that was stopped goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.i18n import _, ngettext
from config.model import Config
from omnitui.cli.access import config_of, writing
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.output import Progress, emit, one_line, progress, wants_json
from omnitui.cli.parser import add_json

if TYPE_CHECKING:
    from omnitui.desk.context import Desk
    from omnitui.desk.customers.csv_file import Layout
    from omnitui.desk.customers.importing import Import, Outcome
    from omnitui.desk.customers.record import Raw, Recognise, Trouble

BATCH = 200
"""Records in one transaction: screens wait for no more."""
SHOWN = 20
"""Problems that are printed; --json has all."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("a CSV or vCard file"))
    parser.add_argument(
        "--format", choices=("csv", "vcard"), help=_("what it is, where its content does not show")
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=FIELD",
        help=_(
            "what a column is: name, first-name, middle-name, last-name, email, phone, telegram,"
            " company, note, tags, language, timezone, a field's key, or - to leave it out"
        ),
    )
    parser.add_argument(
        "--charset", default="", metavar="NAME", help=_("of the file, where it is guessed wrong")
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help=_("the file's word goes before the card's; else it fills what is empty"),
    )
    parser.add_argument(
        "--dry-run", action="store_true", help=_("say what would come of it, and change nothing")
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    config = config_of(args)
    if not args.file.is_file():
        raise Failure(_("There is no file {path}.").format(path=args.file))
    meant = _meant(args.map)
    bar = Progress(args)
    with _desk(args, config) as desk:
        from omnitui.desk.command import CommandError
        from omnitui.desk.customers.importing import Import, Rehearsal

        kind = Rehearsal if args.dry_run else Import
        importing = kind(desk, args.file.name[:200], overwrite=args.overwrite)
        try:
            layout, records = _opened(args, config, meant)
            _take(desk, importing, records, _Lines(args, bar), dry=args.dry_run)
        except CommandError as error:
            raise Failure(str(error)) from error
        except OSError as error:
            raise Failure(
                _("{path} cannot be read: {why}.").format(path=args.file, why=error.strerror)
            ) from error
        except KeyboardInterrupt:
            bar.close()
            progress(_counts(importing.outcome), last=True)
            raise Failure(_("Stopped; the same command goes on from here.")) from None
        finally:
            bar.close()
    if wants_json(args):
        emit(args, _json(importing.outcome, layout, dry=args.dry_run))
    else:
        _print(importing.outcome, layout, dry=args.dry_run)
    return 0


def _meant(maps: list[str]) -> dict[str, str]:
    meant = {}
    for written in maps:
        # A column's name may have a “=” in it, a field's key has none.
        column, equals, target = written.rpartition("=")
        if not equals or not column.strip() or not target.strip():
            raise WrongUsage(_("--map takes COLUMN=FIELD, not “{text}”.").format(text=written))
        meant[column.strip()] = target.strip()
    return meant


@contextlib.contextmanager
def _desk(args: argparse.Namespace, config: Config) -> Iterator[Desk]:
    """The desk to change; for a rehearsal without a store, an empty one that is thrown away."""
    from dataclasses import replace

    if not args.dry_run or config.home.store_file.exists():
        with writing(config, create=True) as desk:
            yield desk
        return
    with tempfile.TemporaryDirectory() as directory:
        home = replace(config.home, data=Path(directory))
        # Nobody's but this process's, whoever serves the desk.
        with writing(replace(config, home=home, team=None), create=True) as desk:
            yield desk


def _opened(
    args: argparse.Namespace, config: Config, meant: dict[str, str]
) -> tuple[Layout | None, Iterator[Raw | Trouble]]:
    """How a CSV file is written, and the records of whichever it is."""
    from omnitui.desk.customers import columns, csv_file, vcard_file
    from omnitui.desk.customers.record import recogniser

    fields = [(one.key, one.label) for one in config.customers.fields.values()]
    if (args.format or _format(args.file)) == "vcard":
        recognise: Recognise = recogniser(meant, fields, vcard_file.known)
        return None, vcard_file.read(args.file, recognise, args.charset)
    recognise = recogniser(meant, fields, columns.known)
    layout = csv_file.layout(args.file, recognise, args.charset)
    _check(meant, layout)
    return layout, csv_file.read(args.file, layout)


def _format(path: Path) -> str:
    with path.open("rb") as file:
        begin = file.read(200).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t")
    return "vcard" if begin.upper().startswith(b"BEGIN:VCARD") else "csv"


def _check(meant: dict[str, str], layout: Layout) -> None:
    """A column that is mapped and not there was mistyped."""
    there = [name for name, _target in layout.columns]
    folded = {name.casefold() for name in there}
    for column in meant:
        if column.casefold() not in folded:
            from config.problems import nearest

            near = nearest(column, there)
            said = _("The file has no column “{name}”.").format(name=column)
            hint = _("Did you mean “{near}”?").format(near=near) if near else ""
            raise Failure(f"{said} {hint}".strip())


class _Lines:
    """How far in the file it is."""

    def __init__(self, args: argparse.Namespace, bar: Progress) -> None:
        with args.file.open("rb") as file:
            pieces = iter(lambda: file.read(1 << 20), b"")
            self._count = sum(piece.count(b"\n") or piece.count(b"\r") for piece in pieces)
        self._bar = bar

    def tell(self, line: int, words: str) -> None:
        self._bar.tell(min(line, self._count), self._count, words)


def _take(
    desk: Desk, importing: Import, records: Iterator[Raw | Trouble], lines: _Lines, *, dry: bool
) -> None:
    from store.database import transaction

    while batch := list(itertools.islice(records, BATCH)):
        if dry:
            importing.take(batch)
        else:
            with transaction(desk.db):
                importing.take(batch)
        lines.tell(batch[-1].line, _counts(importing.outcome))


def _counts(outcome: Outcome) -> str:
    return _("{made} made, {changed} changed, {unchanged} unchanged, {left} left out").format(
        made=outcome.made,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        left=outcome.left_out,
    )


def _print(outcome: Outcome, layout: Layout | None, *, dry: bool) -> None:
    print(_("Would be: {counts}.").format(counts=_counts(outcome)) if dry
          else f"{_counts(outcome)}.")  # fmt: skip
    if outcome.suggested:
        n = outcome.suggested
        print(
            ngettext(
                "{n} pair may be one person: their cards ask.",
                "{n} pairs may be one person: their cards ask.",
                n,
            ).format(n=n)
        )
    if ignored := layout.ignored if layout else list(outcome.unknown):
        names = one_line(", ".join(ignored)[:500])
        print(_("Not taken, since nobody here knows these: {names}.").format(names=names))
    for trouble in outcome.troubles[:SHOWN]:
        progress(one_line(str(trouble)), last=True)
    if outcome.troubled > SHOWN:
        n = outcome.troubled - SHOWN
        progress(ngettext("and {n} more", "and {n} more", n).format(n=n), last=True)


def _json(outcome: Outcome, layout: Layout | None, *, dry: bool) -> dict[str, Any]:
    return {
        "dry_run": dry,
        "made": outcome.made,
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "left_out": outcome.left_out,
        "suggested": outcome.suggested,
        "columns": (
            {name: target or None for name, target in layout.columns}
            if layout
            else dict.fromkeys(outcome.unknown)
        ),
        "problems": [{"line": one.line, "problem": one.sentence} for one in outcome.troubles],
        "more_problems": outcome.troubled - len(outcome.troubles),
    }
