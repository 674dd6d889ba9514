"""What agents make their own: [keys], [views], [macros], [filters], [commands], [menus].

The desk's config.toml has them for everybody, an agent's own agent.toml for one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config import values
from config.i18n import _
from config.model import Keymap, MenuLine, OwnCommand, OwnMenu, Prompt, Written
from config.problems import BadValue, nearest
from config.source import Source
from config.tables import NAME, Tables

PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
"""`{name}`; `{{name}}` is no placeholder."""
TABLES = ("keys", "views", "macros", "filters", "commands", "menus")
_MENU_LINE = ("run", "label")


@dataclass(frozen=True, slots=True)
class Own:
    """What one file says."""

    keys: Keymap = field(default_factory=Keymap)
    views: Mapping[str, str] = field(default_factory=dict)
    macros: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    commands: Mapping[str, OwnCommand] = field(default_factory=dict)
    menus: Mapping[str, OwnMenu] = field(default_factory=dict)
    written: tuple[Written, ...] = ()


def read_own(source: Source, under: Keymap | None = None) -> Own:
    """Wrong parts are left out and reported to `source`. `under`: bindings that these go over."""
    return _Reader(source).read(under or Keymap())


class _Reader(Tables):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.written: list[Written] = []

    def read(self, under: Keymap) -> Own:
        keys = self.keys(under)
        views = self.named(("views",), values.filled, strict=False)
        macros = self.named(("macros",), values.command_lines)
        for name, lines in macros.items():
            one = isinstance(self.source.data["macros"][name], str)
            for number, each in enumerate(lines):
                place: tuple[str | int, ...] = ("macros", name)
                self.note(place if one else (*place, number), each)
        commands = {
            name: found
            for name in self.tables(("commands",))
            if (found := self.command(name)) is not None
        }
        menus = {name: self.menu(name) for name in self.tables(("menus",))}
        filters = self.named(("filters",), values.argv)
        return Own(keys, views, macros, filters, commands, menus, tuple(self.written))

    def note(self, key: tuple[str | int, ...], line: str) -> None:
        if line:
            self.written.append(Written(self.source.path, key, line))

    def keys(self, under: Keymap) -> Keymap:
        """The user's own bindings, with canonical keys; not merged with the defaults."""
        written: dict[str, dict[str, str]] = {}
        for context in self.tables(("keys",)):
            written[context] = self.named(("keys", context), values.one_line, strict=False)
        if not written:
            return Keymap()
        from config.keymap import check_keymap, merge
        from config.keys import sequence

        problems = check_keymap(written, merge(under.bindings))
        for found in problems:
            path = ("keys", found.context, *([found.key] if found.key else []))
            self.source.report(path, found.sentence, found.hint, found.severity)
        wrong = {(p.context, p.key) for p in problems if p.severity == "error"}
        bindings: dict[str, dict[str, str]] = {}
        for context, keys in written.items():
            if (context, "") in wrong:
                continue
            right = {key: line for key, line in keys.items() if (context, key) not in wrong}
            for key, line in right.items():
                self.note(("keys", context, key), line)
            bindings[context] = {" ".join(sequence(key)): line for key, line in right.items()}
        return Keymap(bindings)

    # Commands

    def command(self, name: str) -> OwnCommand | None:
        from config.own_settings import COMMAND

        path = ("commands", name)
        before = len(self.source.problems)
        if not NAME.fullmatch(name):
            self.source.report(path, _("a name is made of letters, digits, “-”, “_” and “.” only."))
        read = self.section(path, COMMAND, also=("prompts",))
        prompts = self.prompts(path)
        if read is None or len(self.source.problems) > before:
            return None
        self.placeholders(path, read["run"], prompts)
        if len(self.source.problems) > before:
            return None
        program, *arguments = read.pop("run")
        run = (self.program(program), *arguments)
        return OwnCommand(name=name, run=run, prompts=prompts, **read)

    def program(self, word: str) -> str:
        """A program of one's own is found from the file, never from wherever omnitui runs."""
        if word.startswith("~"):
            return os.path.expanduser(word)  # noqa: PTH111 - keeps `//` and the like as they are
        return str(self.source.path.parent / word) if "/" in word else word

    def prompts(self, path: tuple[str, ...]) -> tuple[Prompt, ...]:
        from config.own_settings import PROMPT

        given = self.source.data[path[0]][path[1]].get("prompts", [])
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            self.source.report(
                (*path, "prompts"),
                _("needs a list of tables."),
                _("Begin each prompt with a line [[commands.{name}.prompts]].").format(
                    name=path[1]
                ),
            )
            return ()
        found: list[Prompt] = []
        for number, one in enumerate(given):
            at: tuple[str | int, ...] = (*path, "prompts", number)
            read = self.values_of(at, one, PROMPT)
            if read is None:
                continue
            prompt = Prompt(**read)
            if any(prompt.name == known.name for known in found):
                self.source.report(
                    at, _("there are two prompts “{name}”.").format(name=prompt.name)
                )
            if prompt.default and prompt.choices and prompt.default not in prompt.choices:
                self.source.report((*at, "default"), _("this is none of the choices."))
            found.append(prompt)
        return tuple(found)

    def placeholders(
        self, path: tuple[str, ...], argv: tuple[str, ...], prompts: tuple[Prompt, ...]
    ) -> None:
        from config.own_settings import FACTS

        known = [*(prompt.name for prompt in prompts), *FACTS]
        if PLACEHOLDER.search(argv[0]):
            self.source.report(
                (*path, "run"), _("which program runs must not depend on a conversation.")
            )
        for word in argv[1:]:
            for found in PLACEHOLDER.findall(word):
                if found in known:
                    continue
                near = nearest(found, known)
                self.source.report(
                    (*path, "run"),
                    _("{found} stands for nothing here.").format(found=f"{{{found}}}"),
                    _("Did you mean “{near}”?").format(near=f"{{{near}}}")
                    if near
                    else _("Make a prompt of that name, or write {{{{{name}}}}} for the text"
                           " itself.").format(name=found),
                )  # fmt: skip

    # Menus

    def menu(self, name: str) -> OwnMenu:
        path = ("menus", name)
        if not NAME.fullmatch(name):
            self.source.report(path, _("a name is made of letters, digits, “-”, “_” and “.” only."))
        table = self.table(path) or {}
        title = ""
        lines: list[MenuLine] = []
        for key, given in table.items():
            if key == "title":
                title = self.value((*path, key), values.one_line) or ""
                continue
            line = self.menu_line((*path, key), key, given)
            if line is None:
                continue
            if any(line.key == known.key for known in lines):
                self.source.report((*path, key), _("“{key}” is here twice.").format(key=line.key))
                continue
            self.note((*path, key), line.line)
            lines.append(line)
        return OwnMenu(name, title, tuple(lines))

    def menu_line(self, path: tuple[str, ...], key: str, given: Any) -> MenuLine | None:
        from config.keys import canonical, impossible

        try:
            name = canonical(key)
        except BadValue as bad:
            self.source.report(path, bad.sentence, bad.hint)
            return None
        why, hint = impossible(name)
        if not why and name == "escape":
            why, hint = _("this key closes every menu."), _("Choose another key.")
        if why:
            self.source.report(path, why, hint)
            return None
        if not isinstance(given, dict):
            line = self.value(path, values.one_line)
            return None if line is None else MenuLine(name, line)
        self.unknown(path, given, _MENU_LINE)
        if "run" not in given:
            self.source.report(
                path,
                _("“{key}” is missing.").format(key="run"),
                _("Add for example: {line}").format(line='run = "assign me"'),
            )
            return None
        line = self.value((*path, "run"), values.one_line)
        label = self.value((*path, "label"), values.one_line) if "label" in given else ""
        return None if line is None or label is None else MenuLine(name, line, label)
