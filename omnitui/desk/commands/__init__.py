"""Desk commands: what an agent does to a conversation, by key, palette, script or test.

`run(session, line)` runs one line inside the caller's transaction.
"""

from __future__ import annotations

from config.i18n import _
from omnitui.desk import rights
from omnitui.desk.command import CommandError, Done, Invocation
from omnitui.desk.commands import (  # noqa: F401 (they register themselves)
    altering,
    attending,
    barring,
    canned,
    composing,
    contacts,
    customer,
    customer_addresses,
    customer_making,
    customer_notes,
    customer_people,
    data_rights,
    delivering,
    drafting,
    files,
    linking,
    macros,
    merging,
    notes,
    organising,
    outbox,
    persons,
    status,
    tags,
    together,
)
from omnitui.desk.commands.macros import run_macro
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.own_commands import registry_for
from omnitui.desk.session import NeedsConfirmation, Session
from omnitui.desk.together import taking_back

__all__ = ["REGISTRY", "NeedsConfirmation", "run"]


def run(session: Session, line: str) -> Done:
    """Run one command line, or the macro of that name.

    Raises `CommandError` (`NotPermitted`, `ReplyStopped` and `NeedsConfirmation` are some) and
    `StoreError`; the caller's transaction must then be rolled back.
    """
    invocation = registry_for(session.desk.config, REGISTRY).parse(line)
    command = invocation.command
    if command.kind == "macro":  # with what it can do here
        return run_macro(session, command.name, invocation.arguments)
    if session.many and command.name in rights.GIVES_AWAY:
        _may_give_away(session)
    if command.kind == "screen":
        raise CommandError(_("“{name}” needs the screen.").format(name=command.name))
    if session.undoing:
        _unchanged(session, invocation)
    done = invocation.command.run(session, *invocation.arguments)
    return done if isinstance(done, Done) else Done()


def _unchanged(session: Session, invocation: Invocation) -> None:
    """Raises `TakenSince`."""
    name, here = invocation.command.name, session.conversation_id
    if name in taking_back.OF_CONVERSATION or name.startswith("customer "):
        of = session.customer_id
        taking_back.require_unchanged(session.desk, name, invocation.arguments, here, of)


def _may_give_away(session: Session) -> None:
    """Raises `NotPermitted`."""
    if session.conversation().assignee not in ("", session.desk.agent):
        rights.require(session.desk, "give away")
