"""How long to wait before trying an account again, by the kind of failure."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from config.problems import ConfigError
from config.secrets import SecretError
from connectors.contract import ChannelError, Deferred
from omnitui.desk.replying.files import DELAYS


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. The engine's tests use a quicker one."""

    first: float = 1.0
    cap: float = 300.0
    """Unreachable servers are tried again at least this often."""
    slow_first: float = 60.0
    slow_cap: float = 1800.0
    """Where trying again hammers a server that said no (wrong password, bad certificate)."""
    longest: float = 4 * 3600.0
    """Where a server names the time: it may mean well and write nonsense."""
    stable: float = 30.0
    """An account online for so long starts its delays anew."""
    send_limit: float = 600.0
    """A send that has not ended by then is taken for one of unknown outcome."""
    send_grace: float = 10.0
    """How long a send in flight may go on when the engine is told to end."""
    close_limit: float = 8.0
    proofs: tuple[float, ...] = (0.0, 15.0, 60.0, 300.0, 1800.0)
    """When to look for proof of a message of unknown fate, after the look before."""
    fetches: tuple[float, ...] = DELAYS
    """Delays between tries to fetch a file."""
    fetch_stall: float = 60.0
    """A fetch whose file does not grow for so long is given up for now."""
    fetch_look: float = 0.5
    """How often the size of a file that is being fetched is looked at."""
    follow_up_settle: float = 10.0
    """How long an account is online before it is believed who is there and what they have read:
    what happened before is told by and by."""
    store_first: float = 0.1
    store_cap: float = 30.0
    store_patience: float = 20.0
    """How long a batch waits for a full or locked store before the connector is told."""


@dataclass(slots=True)
class Backoff:
    """Growing delays with jitter: engines that lost one server don't come back as one."""

    pace: Pace
    failures: int = field(default=0)

    def after(self, error: Exception) -> float:
        """Seconds to wait after `error`."""
        self.failures += 1
        slow = isinstance(error, (ConfigError, SecretError)) or (
            isinstance(error, ChannelError) and not error.retry
        )
        first, cap = (
            (self.pace.slow_first, self.pace.slow_cap) if slow else (self.pace.first, self.pace.cap)
        )
        delay = min(cap, first * 2.0 ** min(self.failures - 1, 30))
        delay *= random.uniform(0.75, 1.25)  # noqa: S311
        if isinstance(error, Deferred) and error.retry_after is not None:
            delay = max(delay, min(error.retry_after, self.pace.longest))
        return delay

    def reset(self) -> None:
        self.failures = 0
