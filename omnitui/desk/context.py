"""What every desk function gets: the store, the settings, who acts, what time it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from config.model import Config
from store.clock import now as wall_clock
from store.driver import Connection
from store.model import Millis


@dataclass(frozen=True, slots=True)
class Desk:
    """Desk functions are plain functions of a `Desk`, run inside one store transaction.

    Screens run them in the store's thread (`await store.write(...)`), the CLI and the
    engine the same way; nothing here awaits, so nothing here can wait for a network.
    """

    db: Connection
    config: Config
    agent: str
    """The Unix user who acts; "engine" for the engine."""
    clock: Callable[[], Millis] = field(default=wall_clock)
    hook: str = ""
    """The names of the hooks that brought this about, the first one first; empty: a person did."""

    source: str = ""
    """Where they sit, for the audit log; empty: a program acts."""

    def now(self) -> Millis:
        return self.clock()

    def on(self, db: Connection) -> Desk:
        return replace(self, db=db)
