"""What was measured while they worked, in words and numbers."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.team_load.office import WATCHERS, Office, Probe, Sample

MB = 1_000_000
COMMIT = "commit"
"""What the colleague without a screen waits for the store."""


def quantile(values: Sequence[float], share: float) -> float:
    """0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """The line through them: units a second."""
    if len(samples) < 2 or samples[0][0] == samples[-1][0]:
        return 0.0
    return statistics.linear_regression(*zip(*samples, strict=True)).slope


@dataclass
class Figures:
    """Between two moments, of all screens."""

    seconds: float
    load: float
    keys: dict[str, tuple[int, float, float, float]] = field(default_factory=dict)
    """By kind: how many; p50, p99, the longest, milliseconds."""
    repaints: tuple[float, float] = (0.0, 0.0)
    """A second and screen, where agents only look: on average, and of the busiest screen."""
    repaints_working: tuple[float, float] = (0.0, 0.0)
    """The same of the screens on which keys are pressed, whose frames count, too."""
    screen_cpu: tuple[float, float] = (0.0, 0.0)
    """Share of one processor: on average, and of the busiest screen."""
    engine_cpu: float = 0.0
    screen_resident: tuple[float, float] = (0.0, 0.0)
    engine_resident: float = 0.0
    slopes: tuple[float, float] = (0.0, 0.0)
    """MB an hour in the second half: screens on average, engine."""
    steepest: float = 0.0
    wal: tuple[float, float] = (0.0, 0.0)
    """MB at most and at the end."""
    descriptors: int = 0
    threads: int = 0
    behind: int = 0
    """Messages that were due and not yet stored at the end."""

    def lines(self) -> list[str]:
        said = [f"{self.seconds:.0f} s, load {self.load:.1f} on {os.cpu_count()} processors"]
        said += [
            f"{name}: {number} times; p50 {p50:.0f} p99 {p99:.0f} longest {most:.0f} ms"
            for name, (number, p50, p99, most) in self.keys.items()
        ]
        return [
            *said,
            f"repaints a second and screen: {self.repaints[0]:.2f} (busiest"
            f" {self.repaints[1]:.2f}) where nobody types, {self.repaints_working[0]:.2f}"
            f" (busiest {self.repaints_working[1]:.2f}) with the frames of keys",
            f"processor: a screen {self.screen_cpu[0]:.1%} (busiest {self.screen_cpu[1]:.1%}),"
            f" engine {self.engine_cpu:.1%} of one",
            f"resident: a screen {self.screen_resident[0]:.1f} MB (largest"
            f" {self.screen_resident[1]:.1f}), engine {self.engine_resident:.1f} MB",
            f"growing: screens {self.slopes[0]:+.2f} MB/h (steepest {self.steepest:+.2f}), engine"
            f" {self.slopes[1]:+.2f} MB/h; at most {self.descriptors} descriptors and"
            f" {self.threads} threads in a process",
            f"write-ahead log: at most {self.wal[0]:.1f} MB, {self.wal[1]:.1f} at the end;"
            f" {self.behind} messages were on their way in then",
        ]


def figures(office: Office, probe: Probe | None, since: float, until: float) -> Figures:
    """What happened between two moments of the monotonic clock. Frames still come meanwhile, so
    what they go into is copied first."""
    found = Figures(until - since, os.getloadavg()[0])
    took: dict[str, list[float]] = {}
    for screen in office.screens:
        for kind, times in screen.took.items():
            took.setdefault(kind, []).extend(t for at, t in tuple(times) if since <= at <= until)
    if probe is not None:
        took[COMMIT] = list(probe.commits)
    for kind, values in took.items():
        ms = [value * 1000 for value in values]
        found.keys[kind] = (len(ms), quantile(ms, 0.5), quantile(ms, 0.99), max(ms, default=0.0))
    rates = [
        sum(since <= at <= until for at in tuple(screen.frame_times)) / (until - since)
        for screen in office.screens
    ]
    watchers = WATCHERS if probe is not None else len(rates)
    found.repaints = _mean_and_most(rates[:watchers])
    found.repaints_working = _mean_and_most(rates[watchers:])
    within = {
        name: [one for one in samples if since <= one.at <= until]
        for name, samples in office.samples.items()
    }
    engine = within.pop("engine", [])
    found.engine_cpu = _share(engine)
    found.engine_resident = max((one.resident for one in engine), default=0) / MB
    found.screen_cpu = _mean_and_most([_share(samples) for samples in within.values()])
    found.screen_resident = _mean_and_most(
        [samples[-1].resident / MB for samples in within.values() if samples]
    )
    growing = [_growth(samples) for samples in within.values()]
    found.slopes = _mean_and_most(growing)[0], _growth(engine)
    found.steepest = max(growing, default=0.0)
    every = [one for samples in (*within.values(), engine) for one in samples]
    found.descriptors = max((one.descriptors for one in every), default=0)
    found.threads = max((one.threads for one in every), default=0)
    sizes = [size / MB for at, size in office.wal if since <= at <= until]
    found.wal = max(sizes, default=0.0), sizes[-1] if sizes else 0.0
    return found


def _mean_and_most(values: Sequence[float]) -> tuple[float, float]:
    return (statistics.fmean(values), max(values)) if values else (0.0, 0.0)


def _share(samples: Sequence[Sample]) -> float:
    if len(samples) < 2:
        return 0.0
    return (samples[-1].cpu - samples[0].cpu) / (samples[-1].at - samples[0].at)


def _growth(samples: Sequence[Sample]) -> float:
    """MB an hour, in the second half."""
    half = samples[len(samples) // 2 :]
    return slope([(one.at, one.resident / MB * 3600) for one in half])
