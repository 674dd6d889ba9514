"""The agent's own settings, `agent.toml`: laid over the desk's, and changed by program.

Keys, views, macros, commands and menus, and `[agent]` for what of `[desk]` is a matter of
taste. Never hooks and never accounts: the engine does not read this file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.i18n import _
from config.model import Config, Keymap
from config.own_settings import OWN_AGENT, PERSONAL
from config.own_tables import TABLES, read_own
from config.problems import BadValue, ConfigError, Problem
from config.source import Source, read_source
from config.tables import Tables

SECTIONS = ("agent", *TABLES)


def laid_over(config: Config) -> Config:
    """The desk's settings with those of its agent's own file over them.

    Never raises: what is wrong in that file is left out, and told in `warnings`.
    """
    try:
        source = read_source(config.home.agent_file)
    except ConfigError as error:
        return replace(config, warnings=(*config.warnings, *error.problems))
    if source is None:
        return config
    if why := _untrusted(source.path):
        problem = Problem(why, _("Until then it is not used."), file=source.path)
        return replace(config, warnings=(*config.warnings, problem))
    own = read_own(source, config.keys)
    if config.access.locked:  # what names programs is for the desk's own files alone
        own = replace(own, filters={}, commands={})
    desk = replace(config.desk, **_Agent(source).settings())
    found = sorted(source.problems, key=lambda p: (p.line or 0, p.key))
    contexts = {*config.keys.bindings, *own.keys.bindings}
    both = (config.keys.bindings, own.keys.bindings)
    keys = {
        context: {key: line for one in both for key, line in one.get(context, {}).items()}
        for context in contexts
    }
    return replace(
        config,
        desk=desk,
        keys=Keymap(keys),
        views=_over(config.views, own.views),
        macros=_over(config.macros, own.macros),
        filters=_over(config.filters, own.filters),
        commands=_over(config.commands, own.commands),
        menus=_over(config.menus, own.menus),
        written=(*config.written, *own.written),
        warnings=(*config.warnings, *found),
    )


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    return {**below, **above}


def _untrusted(path: Path) -> str:
    """Why a file that names programs to run as this user is not to be believed; "" when it is."""
    found = path.stat()
    if found.st_uid not in (0, os.geteuid()):
        return _("this file belongs to somebody else: make it yours.")
    if found.st_mode & stat.S_IWOTH:
        return _("everybody may write this file, which names programs to run: chmod o-w does it.")
    return ""


class _Agent(Tables):
    MAIN = "agent"

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        for key in source.data:
            if key in SECTIONS:
                continue
            if key == "hooks":
                source.report(
                    (key,),
                    _("hooks run in the engine, so they are for the desk's config.toml alone."),
                )
            elif key in ("accounts", "agents", "customers", "desk", "relay", "retention"):
                source.report(
                    (key,),
                    _("this belongs into the desk's config.toml."),
                    _("What of [desk] an agent may decide stands under [agent].")
                    if key == "desk"
                    else "",
                )
            else:
                self.unknown((), {key: source.data[key]}, SECTIONS, also=PERSONAL)

    def settings(self) -> dict[str, Any]:
        """[agent], by field of `DeskSettings`; one that is wrong leaves the others."""
        table = self.table(("agent",)) or {}
        self.unknown(("agent",), table, [setting.key for setting in OWN_AGENT])
        read: dict[str, Any] = {}
        for setting in OWN_AGENT:
            if setting.key not in table:
                continue
            try:
                read[setting.into] = setting.read(table[setting.key])
            except BadValue as bad:
                self.source.report(("agent", setting.key), bad.sentence, bad.hint)
        return read


def save_view(config: Config, name: str, query: str) -> Config:
    """Keep a saved search in the agent's own file; returns `config` with it.

    Raises `ConfigError` when the file cannot be changed.
    """
    _change(config, ("views", name), query)
    return replace(config, views={**config.views, name: query})


def remove_view(config: Config, name: str) -> Config:
    """Take a saved search out of the agent's own file; returns `config` without it.

    Raises `ConfigError`, also for one that the desk's config.toml has.
    """
    if name not in own_views(config):
        raise ConfigError(
            [
                Problem(
                    _("the view “{name}” is not in this file.").format(name=name),
                    _("One that is in the desk's config.toml is there for everybody.")
                    if name in config.views
                    else "",
                    file=config.home.agent_file,
                )
            ]
        )
    _change(config, ("views", name), None)
    return replace(config, views={n: q for n, q in config.views.items() if n != name})


def own_views(config: Config) -> dict[str, str]:
    """The saved searches in the agent's own file, as they stand there now."""
    source = read_source(config.home.agent_file)
    found = source.data.get("views") if source else None
    return {n: q for n, q in found.items() if isinstance(q, str)} if isinstance(found, dict) else {}


def save_setting(config: Config, key: str, value: str | int | bool) -> None:
    """Keep one of `[agent]`'s settings. Raises `ConfigError`."""
    _change(config, ("agent", key), value)


def _change(config: Config, key: tuple[str, ...], value: str | int | bool | None) -> None:
    """`None` takes the key out."""
    from config.edit import ConfigFile

    path = config.home.agent_file
    file = ConfigFile(path, _text(path))
    if value is None:
        file.remove(key)
    else:
        file.set(key, value)
    file.save()


def _text(path: Path) -> str:
    source = read_source(path)
    return source.text if source else ""
