"""`omnitui demo`: the screen on a throw-away desk where practice customers write and answer."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from config.i18n import _

if TYPE_CHECKING:
    from connectors.practice.scenario import Scenario
    from omnitui.demo.practice.run import PracticeRun
    from store.driver import Connection

ENDINGS = (signal.SIGHUP, signal.SIGTERM)
PACES = {"calm": 0.5, "normal": 1.0, "fast": 2.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keep", metavar="DIR", type=Path, help=_("keep the desk in DIR and go on with it later")
    )
    parser.add_argument(
        "--speed",
        metavar="X",
        type=_speed,
        default=1.0,
        help=_("how many times faster than on a real day the customers write (default 1)"),
    )
    parser.add_argument(
        "--practice",
        metavar="SCENARIO",
        nargs="?",
        const="first-hour",
        help=_("play a scenario, by its name or its file, and be told how it went"),
    )
    parser.add_argument(
        "--pace",
        metavar="X",
        type=_pace,
        help=_("how fast a scenario goes: calm, normal, fast or a number (default 1)"),
    )
    parser.add_argument(
        "--debrief",
        metavar="FILE",
        type=Path,
        help=_("write the debrief of a scenario to FILE, as JSON where that ends in .json"),
    )
    parser.add_argument(
        "--json", action="store_true", help=_("print the debrief or the scenarios as JSON")
    )
    parser.add_argument("--scenarios", action="store_true", help=_("list the scenarios"))


def _end_tidily() -> None:
    """A dropped connection or a kill, outside of the screen, too, ends it as leaving does: neither
    a desk nor a process stays behind."""

    def end(number: int, _frame: object) -> None:
        for one in ENDINGS:
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for one in ENDINGS:
        signal.signal(one, end)


def run(args: argparse.Namespace) -> int:
    if args.scenarios:
        return _list(args.json)
    if args.practice is None and (args.pace is not None or args.debrief or args.json):
        return _refuse(_("--pace, --debrief and --json belong to --practice."))
    from config.problems import ConfigError

    scenario = None
    if args.practice is not None:
        from omnitui.demo.practice.scenarios import find

        if args.keep is not None and (args.keep / "config.toml").exists():
            return _refuse(
                _("There is a desk in {directory}: a scenario needs a new one.").format(
                    directory=args.keep
                )
            )
        try:
            scenario = find(args.practice)
        except ConfigError as error:
            for problem in error.problems:
                sys.stderr.write(f"omnitui: {problem}\n")
            return 1
    if args.keep is not None:
        return _play(args.keep, args, scenario)
    with tempfile.TemporaryDirectory(
        prefix="omnitui-demo-", ignore_cleanup_errors=True
    ) as directory:
        return _play(Path(directory), args, scenario)


def _play(directory: Path, args: argparse.Namespace, scenario: Scenario | None) -> int:
    from omnitui.demo.desk import prepare

    _end_tidily()
    print(_("Setting up a practice desk…"), file=sys.stderr)
    if scenario is not None:
        return _practise(directory, args, scenario)
    config = prepare(directory, speed=args.speed)
    from omnitui.cli.screen import show
    from omnitui.demo.relay import log_file, running

    with running(config.home) as page:
        # Where the relay listens is in the file now.
        config = prepare(directory, speed=args.speed)
        if not page:
            told = log_file(config.home).read_text("utf-8", "replace").strip().rpartition("\n")[2]
            why = told.removeprefix("omnitui: ") or log_file(config.home)
            words = _("No page to chat from: {why}").format(why=why)
        else:
            words = _("Chat with yourself: {page}").format(page=page)
        code = show(config, words=words)
        _end_tidily()  # the screen had its own way
        return code


def _practise(directory: Path, args: argparse.Namespace, scenario: Scenario) -> int:
    from config.access import unix_user
    from omnitui.cli.screen import show
    from omnitui.demo.desk import prepare
    from omnitui.demo.practice.run import PracticeRun
    from omnitui.demo.practice.runs import history_file
    from store.database import open_database

    pace = args.pace or args.speed
    config = prepare(directory, speed=pace, scenario=scenario)
    practice = PracticeRun(scenario, config, unix_user(), pace, history_file())
    code = show(config, practice=practice)
    _end_tidily()
    if not practice.begun:
        if args.json or args.debrief is not None:
            return code or _refuse(_("There is no debrief: it was not begun."), 1)
        return code
    db = open_database(config.home.store_file, create=False)
    try:
        return code or _tell(practice, db, args)
    finally:
        db.close()


def _tell(practice: PracticeRun, db: Connection, args: argparse.Namespace) -> int:
    """Print how it went, and write it where it is wanted."""
    from omnitui.demo.practice import telling

    code = 0
    try:
        debrief = practice.finish(db)
    except OSError as error:
        sys.stderr.write(
            "omnitui: {}\n".format(
                _("This run could not be kept to compare the next one with: {why}").format(
                    why=error
                )
            )
        )
        debrief = practice.debrief(db)
    told = json.dumps(debrief.as_json(), ensure_ascii=False, indent=2) + "\n"
    width = shutil.get_terminal_size().columns
    text = telling.as_text(telling.told(debrief), debrief.title, min(width, 100))
    if args.debrief is not None:
        try:
            args.debrief.write_text(
                told if args.debrief.suffix == ".json" else text, encoding="utf-8"
            )
        except OSError as error:
            sentence = _("The debrief could not be written to {path}: {why}.")
            code = _refuse(sentence.format(path=args.debrief, why=os.strerror(error.errno or 0)), 1)
    try:
        sys.stdout.write(told if args.json else text)
        sys.stdout.flush()
    except OSError:
        # The terminal is gone; what is still to be flushed at the end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _list(as_json: bool) -> int:
    from omnitui.demo.practice.scenarios import shipped

    found = shipped()
    if as_json:
        rows = [
            {
                "name": one.name,
                "title": str(one.title),
                "about": str(one.about),
                "customers": len(one.customers),
                "languages": sorted({customer.language for customer in one.customers}),
                "file": str(one.path),
            }
            for one in found
        ]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    width = max(len(one.name) for one in found)
    for one in found:
        print(f"{one.name:<{width}}  {one.title}")
        indent = " " * (width + 2)
        for part in str(one.about).split("\n\n"):
            print(textwrap.fill(part, 80, initial_indent=indent, subsequent_indent=indent))
    return 0


def _refuse(sentence: str, code: int = 2) -> int:
    sys.stderr.write(f"omnitui: {sentence}\n")
    return code


def _pace(text: str) -> float:
    return PACES[text] if text in PACES else _speed(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0
    if not 0.01 <= speed <= 1000:
        raise argparse.ArgumentTypeError(_("a number from 0.01 to 1000, not “{}”").format(text))
    return speed
