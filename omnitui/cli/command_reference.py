"""docs/commands.md from the registry: `python -m omnitui.cli.command_reference > that`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from omnitui.desk.command import Command

_INTRODUCTION = """\
# Commands

Everything an agent can do is a command. A key runs one (`[keys]` in
[configuration.md](configuration.md)), the `:` line and the palette take any, a macro is a list
of them, and `omnitui do ID COMMAND…` runs desk commands without a screen. This page is
generated from the program (`python -m omnitui.cli.command_reference`).

Arguments in capitals are words, quoted as in a shell where they hold spaces; those in brackets
may be left out. A last argument that is a text takes the rest of the line as it is.
"""


def page(commands: Iterable[Command]) -> str:
    found = sorted(commands, key=lambda command: command.name)
    parts = [_INTRODUCTION]
    for kind, title in (
        ("desk", "Desk commands\n\nThey act on a conversation and need no screen."),
        ("screen", "Screen commands\n\nThey move the eye and the hand; `omnitui do` refuses them."),
    ):
        parts.append(f"## {title}\n")
        for command in found:
            if command.kind == kind:
                parts.append(f"### `{command.usage}`\n\n{command.help}\n")
    return "\n".join(parts)


def main() -> int:
    from omnitui.tui.commands import REGISTRY

    sys.stdout.write(page(REGISTRY))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
