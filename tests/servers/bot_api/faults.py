"""What goes wrong between a bot and Telegram, to order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FaultKind = Literal[
    "too_many", "error", "bad_gateway", "conflict", "unauthorized", "slow", "hang", "half", "lost",
    "cut", "garbage",
]  # fmt: skip
_AFTER_THE_EFFECT = {"half", "lost", "garbage"}


@dataclass(eq=False)
class Fault:
    """A fault that waits for its calls.

    too_many: 429. error: 500 in JSON. bad_gateway: 502 in HTML. conflict: 409. unauthorized: 401.
    slow: answers `seconds` later. hang: no answer before `BotApi.release`, or never. half: headers
    and a part of the answer, then the connection ends. lost: the connection ends without a byte.
    cut: the same, before anything took effect. garbage: 200 with what is no JSON.
    """

    kind: FaultKind
    method: str = "*"
    times: int = 1
    skip: int = 0
    """So many calls pass before."""
    seconds: float = 0.5
    retry_after: int = 1
    where: Mapping[str, object] = field(default_factory=dict)
    """Only calls with these arguments."""
    after: bool | None = None
    """The call takes effect nevertheless. None: as the kind says (half, lost, garbage: yes)."""
    met: int = 0
    """Calls it has hit."""

    def __post_init__(self) -> None:
        if self.after is None:
            self.after = self.kind in _AFTER_THE_EFFECT

    def hits(self, method: str, arguments: Mapping[str, object]) -> bool:
        """Whether this call is meant; counts it."""
        if self.method not in ("*", method) or not self.times:
            return False
        if any(str(arguments.get(name)) != str(value) for name, value in self.where.items()):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        self.met += 1
        return True
