"""`omnitui hooks`: what the desk's hooks are, what they have run, and how that ended; what one
would have done."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from config.i18n import _, ngettext
from config.model import HookSettings
from omnitui.cli.access import config_of, reading, writing
from omnitui.cli.failure import Failure
from omnitui.cli.output import emit_list, local_time, one_line, table, to_json, wants_json
from omnitui.cli.parser import add_json, number, span
from omnitui.desk.context import Desk
from omnitui.desk.view import rfc3339
from store.hooks import Run, State

if TYPE_CHECKING:
    from omnitui.desk.hooks.trying import Trial

TRY = "try"
"""The first word of a question what a hook would have done."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "hook",
        nargs="?",
        metavar="HOOK",
        help=_("show what this one has run, the latest first; “try HOOK”: what it would have done"),
    )
    parser.add_argument("tried", nargs="?", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument(
        "--event", type=number, metavar="ID", help=_("with “try”: at this event alone")
    )
    parser.add_argument(
        "--since",
        type=span,
        default=86_400_000,
        metavar="SPAN",
        help=_("with “try”: at the events of so long, as in “12h” or “7d” (1d)"),
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
    if args.tried:
        if args.hook != TRY:
            raise Failure(_("Only one hook can be named, or “try” and one."))
        return _try(args)
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
    from omnitui.desk.rights import require
    from store import hooks
    from store.database import transaction

    config = config_of(args, personal=False)
    require(config.access, "keep")
    with writing(config) as desk:
        wanted = hooks.get(desk.db, args.again)
        if all(hook.name != wanted.hook for hook in config.hooks):
            raise Failure(_("There is no hook “{name}” any more.").format(name=wanted.hook))
        with transaction(desk.db):
            asked = hooks.ask_again(desk.db, args.again)
    print(_("The engine runs “{name}” once more.").format(name=asked.hook))
    return 0


def _try(args: argparse.Namespace) -> int:
    from omnitui.desk.hooks.trying import attempt, events_since
    from store import events

    config = config_of(args, personal=False)
    hook = next((one for one in config.hooks if one.name == args.tried), None)
    if hook is None:
        raise _unknown(args.tried, [one.name for one in config.hooks])
    with writing(config) as desk:
        if args.event is not None:
            event = events.get(desk.db, args.event)
            if event.kind not in hook.on:
                raise Failure(
                    _("Event {id} is “{kind}”, and “{name}” is not about those.").format(
                        id=event.id, kind=event.kind, name=hook.name
                    )
                )
            looked = iter([event])
        else:
            first = events.first_since(desk.db, desk.now() - args.since)
            looked = events_since(desk, hook, first - 1)
        tried = (one for event in looked if (one := attempt(desk, hook, event)) is not None)
        shown = islice(tried, args.limit)
        if wants_json(args):
            emit_list(args, (trial_json(hook, one) for one in shown))
            return 0
        found = False
        for one in shown:
            found = True
            _show_trial(hook, one, whole=args.event is not None)
        if not found:
            print(_("“{name}” would have done nothing.").format(name=hook.name))
    return 0


def _show_trial(hook: HookSettings, one: Trial, *, whole: bool) -> None:
    event = one.event
    about = f"  → {event.conversation_id}" if event.conversation_id else ""
    ran = "  " + _("(it has run)") if one.has_run else ""
    print(f"{event.id}  {local_time(event.at)}  {event.kind}{about}{ran}")
    for step in one.steps:
        words = _("fails: {why}").format(why=step.error) if step.error else step.said
        print(f"    {one_line(step.line)}" + (f"  – {one_line(words)}" if words else ""))
    if one.given is not None:
        print(f"    {one_line(shlex.join(hook.run))}")
        if whole:
            print(to_json(one.given, indent=2))


def trial_json(hook: HookSettings, one: Trial) -> dict[str, Any]:
    from omnitui.desk.view import event_json

    return {
        "event": event_json(one.event),
        "has_run": one.has_run,
        "do": [
            {"line": step.line, "said": step.said or None, "error": step.error or None}
            for step in one.steps
        ],
        "run": list(hook.run),
        "given": one.given,
    }


def _unknown(name: str, known: Sequence[str]) -> Failure:
    return Failure(
        _("There is no hook “{name}”; there is: {known}.").format(
            name=name, known=", ".join(known) or _("none yet")
        )
    )


def _show_runs(args: argparse.Namespace, desk: Desk | None, known: Sequence[str]) -> None:
    from store import hooks

    states: tuple[State, ...] = ("failed", "unknown") if args.failed else ()
    found = (
        hooks.runs(desk.db, hook=args.hook or "", states=states, limit=args.limit) if desk else []
    )
    if args.hook and not found and args.hook not in known:
        raise _unknown(args.hook, known)
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
    if waiting := one["waiting"] + runs["queued"]:
        words.append(_("{n} waiting").format(n=waiting))
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
        "at_once": hook.at_once,
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
