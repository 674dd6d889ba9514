"""A working day, or many: everything runs for hours at the pace of a day, and a line a minute says
whether anything grows, is lost or hangs.

python -m bench.soak --hours 24 --screens 20           a day and a night
python -m bench.soak --minutes 15 --day 10             a day in ten minutes
python -m bench.soak --directory DIR …                 go on with the desk of another run

Ctrl-C ends it cleanly, with the verdict on what there was until then.
"""

from __future__ import annotations

import argparse
import math
import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from bench import desks
from tests.team_load.audit import Findings, audit
from tests.team_load.figures import MB, Figures, figures, slope
from tests.team_load.office import Office, Probe, Sample

DAY = 24 * 60.0
"""Minutes."""
PEAK = 3.0
"""Messages a second in the busiest hour, of twenty agents' desk."""
NIGHT = 0.03
"""Of that, in the night."""
FLAT = 2.0
"""MB an hour that a process may grow in the second half of the run; what it learns of new
customers and conversations is a little."""
LONG = 2 * 3600.0
"""Seconds of a run that can tell whether memory grows: before, parts are used for the first
time, and caches fill."""


def share(of_day: float) -> float:
    """How busy it is, of the busiest: `of_day` from 0 to 1, from midnight on. The morning's rush, a
    dip at noon, a longer afternoon, and little in the night."""
    hour = of_day * 24
    morning = math.exp(-(((hour - 10) / 1.8) ** 2))
    afternoon = 0.85 * math.exp(-(((hour - 15.5) / 2.6) ** 2))
    return min(1.0, NIGHT + morning + afternoon)


class Soak:
    def __init__(self, office: Office, *, day: float, peak: float, every: float) -> None:
        """`day`: minutes that a day takes. `every`: seconds between two lines."""
        self._office = office
        self._day = day * 60
        self._peak = peak
        self._every = every
        self._begun = time.monotonic()
        self._told = 0.0

    def rate(self, at: float) -> float:
        # It begins in the morning, whenever that is.
        return self._peak * share((at / self._day + 7 / 24) % 1)

    def minute(self) -> None:
        """Called about every second: look, and now and then say what is seen."""
        office, at = self._office, time.monotonic() - self._begun
        if at - self._told < self._every:
            return
        self._told = at
        busy = share((at / self._day + 7 / 24) % 1)
        for agent in office.agents:
            agent.think = min(60.0, 2.0 / max(busy, 0.02) * min(1.0, self._day / 86400 * 2 + 0.5))
        office.sample()
        print(self._line(at), flush=True)

    def _line(self, at: float) -> str:
        office = self._office
        now = {name: samples[-1] for name, samples in office.samples.items()}
        engine = now.pop("engine")
        deeds = sum(agent.deeds for agent in office.agents)
        silent = sum(len(screen.silent) for screen in office.screens)
        ended = sum(screen.poll() is not None for screen in office.screens)
        stored = office.stored()
        return (
            f"{at / 3600:6.2f} h  in {office.delivered:>7,} (to come {office.delivered - stored})"
            f"  deeds {deeds:>6,}  keys unseen {silent}  ended {ended}"
            f"  screens {_mean(now.values()):.1f} MB (largest"
            f" {max(s.resident for s in now.values()) / MB:.1f})"
            f"  engine {engine.resident / MB:.1f} MB"
            f"  descriptors {max(s.descriptors for s in now.values())}/{engine.descriptors}"
            f"  threads {max(s.threads for s in now.values())}/{engine.threads}"
            f"  log {office.wal[-1][1] / MB:.1f} MB"
            f"  store {office.store.stat().st_size / MB:.0f} MB"
        )


def _mean(samples: Iterable[Sample]) -> float:
    values = [one.resident / MB for one in samples]
    return sum(values) / max(1, len(values))


def verdict(office: Office, found: Findings, measured: Figures) -> list[str]:
    """What is wrong; nothing: it is sound."""
    wrong = found.all
    long = measured.seconds >= LONG
    if long and measured.slopes[0] > FLAT:
        wrong.append(f"screens grow by {measured.slopes[0]:.1f} MB an hour")
    if long and measured.slopes[1] > 4 * FLAT:
        wrong.append(f"the engine grows by {measured.slopes[1]:.1f} MB an hour")
    for name, samples in office.samples.items():
        half = samples[len(samples) // 2 :]
        for what in ("descriptors", "threads"):
            growth = slope([(one.at, getattr(one, what) * 3600.0) for one in half])
            spread = max((getattr(o, what) for o in half), default=0) - min(
                (getattr(o, what) for o in half), default=0
            )
            if growth > 1 and spread > 10:
                wrong.append(f"{name}: {growth:.1f} more {what} an hour")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--minutes", type=float, help="instead of --hours")
    parser.add_argument("--screens", type=int, default=20)
    parser.add_argument("--day", type=float, default=DAY, help="minutes that a day takes")
    parser.add_argument("--peak", type=float, default=PEAK, help="messages a second at most")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two lines")
    parser.add_argument("--directory", type=Path, help="kept; default: one that goes afterwards")
    given = parser.parse_args()
    place = given.directory or Path(desks.cache()) / f"soak-{time.time_ns()}"
    try:
        return _soak(given, place)
    finally:
        if given.directory is None:
            shutil.rmtree(place, ignore_errors=True)


def _soak(given: argparse.Namespace, place: Path) -> int:
    seconds = (given.minutes or given.hours * 60) * 60
    with Office(place, given.screens, forked=False) as office:
        # Told to end, it counts what there was; told twice, it ends.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: _halt(office))
        office.start()
        office.work()
        probe = Probe(office, every=10.0)
        probe.start()
        soak = Soak(office, day=given.day, peak=given.peak, every=given.every)
        # The first minutes fill caches; what counts is what comes then.
        since = time.monotonic()
        office.storm(seconds, soak.rate, soak.minute)
        until = time.monotonic()
        office.sample()
        measured = figures(office, probe, since, until)
        print("ending …", flush=True)
        office.rest()
        probe.end()
        unsettled = office.hanging() + office.settle()
        found = audit(office, probe, office.stop())
        found.stuck += unsettled
        wrong = verdict(office, found, measured)
    print(*measured.lines(), found, *found.said.most_common(8), *wrong[:20], sep="\n")
    if measured.seconds < LONG:
        print("too short to tell whether memory grows")
    print("SOUND" if not wrong else f"NOT SOUND: {len(wrong)} findings")
    return 1 if wrong else 0


def _halt(office: Office) -> None:
    office.halt()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main())
