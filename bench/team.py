"""A team on one server: twenty screens, an engine, and a storm of messages; then nobody at all.

Every screen is a process of its own on a terminal of its own; agents work on all but two, with
keys at the pace of hands (tests/team_load). What is lost or comes twice is counted, too.
"""

from __future__ import annotations

from bench import desks
from bench.report import QUICK, Report, Sizes
from tests.team_load import storm as team

SECONDS = 120.0
QUIET = 30.0
REACH = (
    "to reach: nothing lost, 4 repaints a second and screen, key p99 ≤ 150 ms; an idle screen"
    " ≤ 0.5 % of a processor"
)


def run_storm(report: Report, storm: team.Storm) -> None:
    with desks.scratch() as place:
        found, measured = team.run(place / "office", storm)
    for line in (*measured.lines(), str(found), *found.all[:10]):
        report.say(line)


def run_idle(report: Report, screens: int, seconds: float) -> None:
    with desks.scratch() as place:
        measured = team.idle(place / "office", screens, seconds)
    for line in measured.lines():
        report.say(line)


def run(report: Report, sizes: Sizes) -> None:
    quick = sizes.rounds <= QUICK.rounds
    storm = team.Storm(10 if quick else SECONDS, screens=4 if quick else 20)
    report.title(f"{storm.screens} screens, {storm.rate:.0f} messages a second; {REACH}")
    run_storm(report, storm)
    report.title(f"{storm.screens} screens, nobody writes")
    run_idle(report, storm.screens, 5 if quick else QUIET)
