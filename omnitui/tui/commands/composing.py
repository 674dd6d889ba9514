"""Writing first, and noting calls and visits."""

from __future__ import annotations

from typing import Literal

from omnitui.desk.command import Rest
from omnitui.tui.commands.registry import NOTHING, REGISTRY
from omnitui.tui.station.stage import Stage


@REGISTRY.command("compose", "screen")
async def compose(screen: Stage, who: str = "", account: str = "", subject: Rest = NOTHING) -> None:
    """Write first: to this customer, to anybody known, or to a new address. WHO is an address,
    `#12`, a name or `this`; without it, choose."""
    if who:
        await screen.composing.write(who, account, subject)
    else:
        await screen.composing.ask()


@REGISTRY.command("log", "screen")
async def log(
    screen: Stage,
    kind: Literal["call", "missed", "visit", "letter", "other", ""] = "",
    text: Rest = NOTHING,
) -> None:
    """Note a call, a visit, a letter of this customer: `log call out 12m Wants the invoice`.
    Without a kind, asks."""
    if kind:
        await screen.commander.execute(f"log {kind} {text}".rstrip(), screen.customers()[:1])
    else:
        await screen.composing.log()
