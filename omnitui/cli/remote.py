"""`omnitui remote`: a running screen does what its keys do, for a script or a tmux binding."""

from __future__ import annotations

import argparse
from typing import Any

from config.i18n import _
from omnitui.cli.access import config_of, home_of
from omnitui.cli.failure import Failure
from omnitui.cli.output import emit_list, one_line, table, to_json
from omnitui.cli.parser import number
from omnitui.tui.link import screens


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "commands",
        nargs="*",
        metavar="COMMAND",
        help=_("each a whole command line: 'view mine' 'next' 'tag add paid'; none: what is shown"),
    )
    parser.add_argument(
        "--screen",
        type=number,
        metavar="N",
        help=_("the screen of this number; else the one last used"),
    )
    parser.add_argument("--list", action="store_true", help=_("the screens that are open"))
    parser.add_argument(
        "--yes", action="store_true", help=_("confirm what the screen would ask about")
    )
    parser.add_argument("--json", action="store_true", help=_("one JSON document"))


def run(args: argparse.Namespace) -> int:
    config_of(args)
    home = home_of(args)
    if args.list:
        return _list(args, screens.running(home))
    try:
        chosen = screens.choose(home, args.screen)
        answer = (
            screens.ask(chosen.path, {"commands": args.commands, "yes": args.yes})
            if args.commands
            else {"results": [], "state": dict(chosen.state)}
        )
    except screens.NoScreen as error:
        raise Failure(str(error)) from None
    return tell(args, answer, state=not args.commands)


def tell(args: argparse.Namespace, answer: dict[str, Any], *, state: bool = False) -> int:
    """Print what the screen answered. Raises `Failure` for the command that did not run."""
    results = answer["results"]
    if args.json:
        print(to_json(answer if results else answer["state"], indent=2))
        return 0 if all(result["ok"] for result in results) else 1
    if state:
        table([key, _shown(value)] for key, value in answer["state"].items())
    for result in results:
        for sentence in result["said"]:
            if not (result["error"] and sentence in result["error"]):
                print(one_line(sentence))
        if not result["ok"]:
            why = result["error"] or _("the screen asks: {question}").format(
                question=result["asks"]
            )
            raise Failure(one_line(f"{result['command']}: {why}"))
    return 0


def _list(args: argparse.Namespace, found: list[screens.Screen]) -> int:
    if args.json:
        args.jsonl = False
        emit_list(args, [dict(screen.state) for screen in found])
        return 0
    table(
        [
            str(screen.number),
            _shown(screen.state.get("view")),
            f"→ {screen.state['conversation']}" if screen.state.get("conversation") else "",
            _shown(screen.state.get("pane")),
            _shown(screen.state.get("last_key_at")),
        ]
        for screen in found
    )
    return 0


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)
