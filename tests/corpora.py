"""Mail, replies and terminal text written by others.

They are kept beside the repository, each under its own licence, and never copied into it.
A test that reads them is marked `corpus`: it is skipped where they are absent, but may not
be in CI (see conftest.py). Call these functions inside tests only, never while collecting.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(
    os.environ.get("OMNITUI_CORPORA") or Path(__file__).resolve().parents[2] / "shared" / "corpora"
)
MISSING = "corpora missing: set OMNITUI_CORPORA or put them in ../shared/corpora"


def corpora(kind: str) -> Path:
    """The folder of one kind: mime, bounces, reply, html, expected, terminal or dialogues."""
    folder = ROOT / kind
    if not folder.is_dir():
        pytest.skip(MISSING)
    return folder


@cache
def files(*kinds: str, suffix: str = "") -> list[Path]:
    """Every file of these kinds, in a fixed order; those ending in `suffix` when one is given."""
    found = sorted(
        path
        for kind in kinds
        for path in corpora(kind).rglob("*")
        if path.is_file() and path.name.endswith(suffix)
    )
    assert found, f"no file in {kinds}"
    return found


def mails() -> list[Path]:
    """The files that are raw mails or pieces of one, broken ones included."""
    return [
        path
        for path in files("mime", "bounces")
        if path.suffix in (".eml", ".raw", ".msg", ".txt") and path.name[0] != "_"
    ]


def named(kind: str, name: str) -> Path:
    """The one file of that name."""
    (path,) = (path for path in files(kind) if path.name == name)
    return path


def expected(name: str) -> list[dict[str, Any]]:
    """What others expect of a corpus, one object a case."""
    lines = (corpora("expected") / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def hold(outcomes: Mapping[str, bool], floor: float) -> None:
    """At least the part `floor` of the cases came out as expected; else name those that did not."""
    missed = [case for case, fine in outcomes.items() if not fine]
    share = 1 - len(missed) / len(outcomes)
    print(f"{len(outcomes) - len(missed)} of {len(outcomes)} ({share:.2%}), floor {floor:.2%}")
    assert share >= floor, missed
