"""What `doctor` finds in [locked] of team.toml: names that come to nothing, and doors left open."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from config.i18n import _
from config.model import Config
from omnitui.cli.finding import Finding, ok, warn
from omnitui.cli.locked import cage
from omnitui.cli.locked.clean_environment import is_never

_WIDE = ("", "~", "/etc", "/home", "/root", "/usr", "/var", "/tmp")  # noqa: S108


def findings(config: Config) -> Iterator[Finding]:
    """Nothing where the desk is no team's."""
    if config.team is None:
        return
    name = _("locked sessions")
    found = [*_environment(config, name), *_doors(config, name), *_directories(config, name)]
    yield from found
    if not found:
        kernel = (
            _("the kernel holds them, too (Landlock {n})").format(n=cage.version())
            if cage.version()
            else _("this kernel has no Landlock: they are held by the program alone")
        )
        yield ok(name, kernel)


def _environment(config: Config, name: str) -> Iterator[Finding]:
    for one in config.team.locked_environment if config.team else ():
        if is_never(one):
            yield warn(
                name,
                _("[locked] environment names {name}, which never comes in.").format(name=one),
                _("Take it out."),
            )


def _doors(config: Config, name: str) -> Iterator[Finding]:
    if "shell" in config.access.commands:
        yield warn(
            name,
            _("“shell” is allowed: every agent has a shell, whatever sshd says."),
            _("Take it out of [locked] commands, or give shells to those who need one."),
        )


def _directories(config: Config, name: str) -> Iterator[Finding]:
    for one in config.team.locked_directories if config.team else ():
        if one.rstrip("/") in _WIDE:
            yield warn(
                name,
                _("[locked] directories names {path}, which has more than files to send.").format(
                    path=one or "/"
                ),
                _("Name a directory made for it: ~/files."),
            )
        elif not one.startswith("~") and _open_to_all(Path(one)):
            yield warn(
                name,
                _("Everybody on the machine may write in {path}.").format(path=one),
                f"chmod o-w {one}",
            )


def _open_to_all(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False
