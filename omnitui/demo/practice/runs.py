"""Earlier runs of a scenario, in the agent's own state directory: one JSON object a line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from omnitui.demo.practice.debrief import Debrief, EarlierRun

KEPT = 20
"""Runs of a scenario that are compared with."""


def history_file() -> Path:
    import platformdirs

    return platformdirs.PlatformDirs("omnitui", appauthor=False).user_state_path / "practice.jsonl"


def earlier(file: Path, scenario: str) -> tuple[EarlierRun, ...]:
    """Oldest first; what cannot be read is passed over."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            told = json.loads(line)
            if told.pop("scenario") == scenario:
                found.append(EarlierRun(**told))
        except (ValueError, TypeError, KeyError, AttributeError):
            continue  # cut short, or of another version
    return tuple(found[-KEPT:])


def keep(file: Path, debrief: Debrief) -> None:
    """Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {"scenario": debrief.scenario, **dataclasses.asdict(debrief.as_run())}
    with file.open("a", encoding="utf-8") as lines:
        lines.write(f"{json.dumps(told, ensure_ascii=False)}\n")
