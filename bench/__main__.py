"""`python -m bench [NAMES] [--quick] [--mails N] [--messages N] [--rounds N]`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from dataclasses import replace

from bench.report import QUICK, Report, Sizes

BENCHES = {
    "start": "exec → first full screen, against bare Textual, aerc, neomutt",
    "memory": "resident memory of screen and engine, against bare Textual",
    "store": "search, pages, commits and the change feed, against notmuch and the disk",
    "customers": "card and timeline on a desk of 200,000 customers, against a bare refresh",
    "history": "one customer's 100,000 messages: pages, parts, days, hits, against a refresh",
    "panes": "each pane alone: key → frame, against a bare widget's refresh",
    "keys": "key → frame while a mailbox syncs, against a bare widget's refresh",
    "reading": "raw mail → what is shown, against the standard library's parser",
    "delivery": "mail delivered → on the screen, against a raw IDLE client",
    "telegram": "queued updates → ledger and search, against python-telegram-bot's Application",
    "webchat": "visitor → durable ack → screen and back, against a bare echo and Node's ws",
    "articles": "knowledge base of 10,000 articles: search as one types, against grep",
    "team": "twenty screens, an engine and a storm: keys, repaints, memory, what is lost",
    "sync": "mailbox → ledger and search, against mbsync + notmuch, mbsync + mu, SQLite alone",
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Ratios against peers and limits that are measured in the same run.",
        epilog="\n".join(f"{name:10}{what}" for name, what in BENCHES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; default: all")
    parser.add_argument("--quick", action="store_true", help="small: only to see that it runs")
    for option, what in (
        ("messages", "messages in the big desk"),
        ("mails", "mails synced against mbsync (20000: the full one, 20 minutes)"),
        ("rounds", "interleaved rounds"),
    ):
        parser.add_argument(f"--{option}", type=int, metavar="N", help=what)
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHES)
    if unknown:
        parser.error(
            f"there is no bench {', '.join(sorted(unknown))}; there is {', '.join(BENCHES)}"
        )
    # Without their bytecode every start would be a compilation.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.pop("OMNITUI_HOME", None)
    sizes = QUICK if given.quick else Sizes()
    wanted = {name: getattr(given, name) for name in ("messages", "mails", "rounds")}
    sizes = replace(sizes, **{name: value for name, value in wanted.items() if value})
    report = Report()
    started = time.perf_counter()
    failed = 0
    for name in given.names or BENCHES:
        try:
            importlib.import_module(f"bench.{name}").run(report, sizes)
        except (TimeoutError, RuntimeError) as error:
            # The other figures are worth having all the same.
            report.say(f"FAILED: {name}: {error}")
            failed = 1
    minutes = (time.perf_counter() - started) / 60
    report.say(f"\n{minutes:.1f} minutes on {os.cpu_count()} cores; each line is one run's ratio.")
    return failed


if __name__ == "__main__":
    sys.exit(main())
