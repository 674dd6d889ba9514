"""The palette: every command by a few letters of its name or of what it does."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from config.i18n import _
from omnitui.desk.command import Command, Registry
from omnitui.tui.keys.keymap import Keymap
from omnitui.tui.keys.summary import summary_of
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.screens.lists import fuzzy
from omnitui.tui.widgets.choice_list import Choice

HIDDEN = frozenset({"choose", "palette", "command", "keys"})


class Palette(Chooser):
    """Dismissed with a command line; one that ends in a blank wants arguments."""

    def __init__(self, registry: Registry, keymap: Keymap, contexts: Sequence[str]) -> None:
        super().__init__()
        self.title_text = _("Commands")
        self.placeholder = _("what do you want to do?")
        commands = {c.name: c for c in registry if c.name not in HIDDEN}
        self._entries = [_entry(c, keymap, contexts) for c in commands.values()]

    async def find(self, query: str) -> Sequence[Choice]:
        found = fuzzy(query, [entry[3] for entry in self._entries])
        return [Choice(*self._entries[i][:3]) for i in found]


def _entry(
    command: Command, keymap: Keymap, contexts: Sequence[str]
) -> tuple[str, Content, str, str]:
    """What it runs, what is shown, its key, and what the typed letters are sought in."""
    summary = summary_of(command)
    required = any(parameter.required for parameter in command.parameters)
    shown = Content.assemble(
        Content(f"{command.usage:<28.60} ").stylize("bold"), Content(summary).stylize("dim")
    )
    line = command.name + (" " if required else "")
    key = keymap.key_for(command.name, contexts)
    return line, shown, key, f"{command.name} {summary}"
