"""Several commands as one: macros of the config, and what undoes them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from config.i18n import _
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.own_commands import filled_lines, registry_for, words_of
from omnitui.desk.permitted import DEEPEST
from omnitui.desk.session import Session

_NOTHING = Rest()


@REGISTRY.command("macro")
def macro(session: Session, name: str, arguments: Rest = _NOTHING) -> Done:
    """Run a macro: the list of commands under that name in the settings, with its arguments."""
    return run_macro(session, name, words_of(session.desk.config, name, arguments))


@REGISTRY.command("batch")
def batch(session: Session, lines: Rest) -> Done:
    """Run several command lines, given as a JSON list; what undoes a macro."""
    try:
        found = json.loads(lines)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
        raise CommandError(_("batch takes a JSON list of command lines."))
    return run_lines(session, found)


def run_macro(session: Session, name: str, given: tuple[str, ...] = ()) -> Done:
    """Raises `CommandError` for an unknown macro and for macros that call each other for ever."""
    config = session.desk.config
    lines = filled_lines(config, name, given, registry_for(config, REGISTRY))
    if session.depth >= DEEPEST:
        raise CommandError(_("The macro “{name}” calls itself.").format(name=name))
    session.depth += 1
    try:
        return run_lines(session, lines)
    finally:
        session.depth -= 1


def run_lines(session: Session, lines: Sequence[str]) -> Done:
    """One after the other; undone in reverse, as far as each can be."""
    from omnitui.desk.commands import run

    done = [run(session, line) for line in lines]
    messages = [one.message for one in done if one.message]
    return Done("  ".join(messages), together([one.undo for one in reversed(done)]))


def together(lines: Sequence[str]) -> str:
    """One line that runs these."""
    kept = [line for line in lines if line]
    if len(kept) < 2:
        return kept[0] if kept else ""
    return f"batch {shlex.quote(json.dumps(kept, ensure_ascii=False))}"
