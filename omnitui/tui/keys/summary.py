"""What a command does, in one sentence for lists."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.command import Command


def summary_of(command: Command) -> str:
    """The first line of a command's help, in the interface's language."""
    return _(command.help).partition("\n")[0].replace("`", "")
