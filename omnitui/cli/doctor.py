"""`omnitui doctor`: whether everything the desk needs works, and what to do where it doesn't."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from config.home import find_home
from config.i18n import _, ngettext, set_language
from config.model import Home
from omnitui.cli import secret_place
from omnitui.cli.finding import Finding

_MARKS = {"ok": ("✓", "32"), "warn": ("!", "33"), "fail": ("✗", "31")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))
    parser.add_argument(
        "--offline", action="store_true", help=_("do not connect to the channels' servers")
    )


def run(args: argparse.Namespace) -> int:
    """Print one line a check. Returns 1 when something failed; warnings are not failures."""
    set_language("")
    home = find_home(Path(args.home) if args.home else None)
    secret_place.as_root(home)
    findings: list[Finding] = []
    try:
        for finding in _examine(args, home):
            findings.append(finding)
            if not args.json:
                print(_line(finding), flush=True)
    except KeyboardInterrupt:
        return 130
    failed = sum(finding.state == "fail" for finding in findings)
    if args.json:
        document = {"ok": not failed, "checks": [finding.json() for finding in findings]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
    elif failed:
        print("\n" + ngettext("{n} check failed.", "{n} checks failed.", failed).format(n=failed))
    return 1 if failed else 0


def _examine(args: argparse.Namespace, home: Home) -> Iterator[Finding]:
    from omnitui.cli import desk_findings, terminal_findings

    yield from desk_findings.findings(home, connect=not args.offline)
    yield from terminal_findings.findings()


def _line(finding: Finding) -> str:
    mark, colour = _MARKS[finding.state]
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        mark = f"\x1b[{colour}m{mark}\x1b[0m"
    text = f"{mark} {finding.name}: {finding.detail}"
    return f"{text}\n    → {finding.advice}" if finding.advice else text
