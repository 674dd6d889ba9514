"""Whether the keys, macros, menus and commands of the settings can do what they say."""

from __future__ import annotations

from config.i18n import _, ngettext
from config.model import Config
from config.problems import Problem
from omnitui.desk import own_checks
from omnitui.desk.command import Registry
from omnitui.tui.keys import menus


def problems(config: Config, registry: Registry) -> list[Problem]:
    """Errors first; `registry` has the screen's commands and the desk's."""
    written = config.written or config.commands or config.macros or config.filters
    found = own_checks.problems(config, registry, menus.names(config)) if written else []
    return sorted([*config.warnings, *found], key=lambda one: one.severity != "error")


def listing(found: list[Problem]) -> str:
    """All of them, under the names of their files."""
    lines: list[str] = []
    for file in dict.fromkeys(one.file for one in found):
        lines += [str(file), ""] if file else []
        lines += [f"{_short(one)} {one.hint}".rstrip() for one in found if one.file == file]
        lines.append("")
    return "\n".join(lines).rstrip("\n")


def greeting(found: list[Problem]) -> str:
    """One sentence at start about what is wrong; "" when nothing is but what merely may be."""
    wrong = [one for one in found if one.severity == "error"]
    if not wrong:
        return ""
    n = len(wrong)
    return ngettext(
        "{problem} (:problems)", "{problem} ({n} things are wrong: :problems)", n
    ).format(problem=_short(wrong[0]), n=n)


def _short(problem: Problem) -> str:
    """With the file's name alone: a line has little room."""
    place = f"{problem.file.name}:{problem.line}" if problem.file and problem.line else ""
    sentence = problem.sentence or _("something is wrong.")
    return ": ".join(part for part in (place, problem.key, sentence) if part)
