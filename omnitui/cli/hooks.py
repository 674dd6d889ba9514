"""`omnitui hooks`: what the desk's hooks are, what they have run, and how that ended."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from config.i18n import _, ngettext
from config.model import HookSettings
from omnitui.cli.access import config_of, reading, writing
from omnitui.cli.failure import Failure
from omnitui.cli.output import emit_list, local_time, one_line, table, wants_json
from omnitui.cli.parser import add_json, number
from omnitui.desk.context import Desk
from omnitui.desk.view import rfc3339
from store.hooks import Run, State


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "hook", nargs="?", metavar="HOOK", help=_("show what this one has run, the latest first")
    )
    parser.add_argument(
        "--failed",
        action="store_true",
        help=_("what failed, and what may or may not have been done, of all hooks"),
    )
    parser.add_argument(
        "--again",
        type=number,
        metavar="RUN",
        help=_("have the engine do a run once more that failed or is unknown"),
    )
    parser.add_argument(
        "--limit", type=number, default=100, metavar="N", help=_("so many runs at most")
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    if args.again is not None:
        return _again(args)
    config = config_of(args, personal=False)
    known = {hook.name: hook for hook in config.hooks}
    with reading(args) as own:
        # Hooks know nothing of an agent's own macros.
        desk = replace(own, config=config) if own else None
        if args.hook or args.failed:
            _show_runs(args, desk, list(known))
        else:
            _show_hooks(args, desk, config.hooks)
    return 0


def _again(args: argparse.Namespace) -> int:
    from store import hooks
    from store.database import transaction

    config = config_of(args, personal=False)
    with writing(config) as desk:
        wanted = hooks.get(desk.db, args.again)
        if all(hook.name != wanted.hook for hook in config.hooks):
            raise Failure(_("There is no hook “{name}” any more.").format(name=wanted.hook))
        with transaction(desk.db):
            asked = hooks.ask_again(desk.db, args.again)
    print(_("The engine runs “{name}” once more.").format(name=asked.hook))
    return 0


def _show_runs(args: argparse.Namespace, desk: Desk | None, known: Sequence[str]) -> None:
    from store import hooks

    states: tuple[State, ...] = ("failed", "unknown") if args.failed else ()
    found = (
        hooks.runs(desk.db, hook=args.hook or "", states=states, limit=args.limit) if desk else []
    )
    if args.hook and not found and args.hook not in known:
        raise Failure(
            _("There is no hook “{name}”; there is: {known}.").format(
                name=args.hook, known=", ".join(known) or _("none yet")
            )
        )
    if wants_json(args):
        emit_list(args, map(run_json, found))
        return
    table(
        [
            f"#{run.id}",
            run.hook,
            local_time(run.begun_at),
            run.kind,
            f"→ {run.conversation_id}" if run.conversation_id else "",
            run.state,
            run.error,
        ]
        for run in found
    )


def _show_hooks(args: argparse.Namespace, desk: Desk | None, found: Sequence[HookSettings]) -> None:
    from omnitui.desk.hooks.checking import problems

    shown = [hook_json(desk, hook) for hook in found] if desk else []
    wrong = problems(desk.config) if desk else []
    for one in shown:
        one["problems"] = [p.sentence for p in wrong if p.hook == one["name"]]
    if wants_json(args):
        emit_list(args, shown)
        return
    table(_row(one) for one in shown)


def _row(one: dict[str, Any]) -> list[str]:
    runs = one["runs"]
    words = [ngettext("{n} run", "{n} runs", runs["done"]).format(n=runs["done"])]
    if runs["failed"]:
        words.append(_("{n} failed").format(n=runs["failed"]))
    if runs["unknown"]:
        words.append(_("{n} unknown").format(n=runs["unknown"]))
    if runs["running"]:
        words.append(_("{n} running").format(n=runs["running"]))
    if one["waiting"]:
        words.append(_("{n} waiting").format(n=one["waiting"]))
    on = ", ".join(one["on"][:3]) + ("…" if len(one["on"]) > 3 else "")
    return [one["name"], on, " · ".join(words), one_line(" ".join(one["problems"]))]


def hook_json(desk: Desk, hook: HookSettings) -> dict[str, Any]:
    from store import hooks

    counted = hooks.counts(desk.db).get(hook.name, {})
    states: tuple[State, ...] = ("done", "failed", "unknown", "running", "queued")
    return {
        "name": hook.name,
        "on": list(hook.on),
        "when": {key: list(wanted) for key, wanted in hook.when.items()},
        "where": hook.where or None,
        "do": list(hook.do),
        "run": list(hook.run),
        "timeout": hook.timeout,
        "chain": hook.chain,
        "runs": {state: counted.get(state, 0) for state in states},
        "last_at": rfc3339(hooks.last_at(desk.db).get(hook.name)),
        "waiting": hooks.waiting(desk.db, hook.name, hook.on),
    }


def run_json(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "hook": run.hook,
        "event_id": run.event_id,
        "event": run.kind,
        "customer_id": run.customer_id,
        "conversation_id": run.conversation_id,
        "message_id": run.message_id,
        "state": run.state,
        "attempts": run.attempts,
        "begun_at": rfc3339(run.begun_at),
        "ended_at": rfc3339(run.ended_at),
        "error": run.error or None,
    }
