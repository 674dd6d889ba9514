"""One line of `omnitui doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    state: Literal["ok", "warn", "fail"]
    detail: str
    """What was found, one sentence."""
    advice: str = ""
    """What to do; empty when nothing is wrong or `detail` says it."""

    def json(self) -> dict[str, str]:
        return {
            "name": self.name,
            "state": self.state,
            "detail": self.detail,
            "advice": self.advice,
        }


def ok(name: str, detail: str) -> Finding:
    return Finding(name, "ok", detail)


def warn(name: str, detail: str, advice: str = "") -> Finding:
    return Finding(name, "warn", detail, advice)


def fail(name: str, detail: str, advice: str = "") -> Finding:
    return Finding(name, "fail", detail, advice)
