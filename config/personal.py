"""The agent's own settings, `agent.toml`: laid over the desk's, and changed by program.

Keys, views, macros, commands and menus, and `[agent]` for what of `[desk]` is a matter of
taste. Never hooks and never accounts: the engine does not read this file.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from config.i18n import _
from config.model import Config
from config.problems import ConfigError, Problem


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
    from config.source import read_source

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
    from config.source import read_source

    source = read_source(path)
    return source.text if source else ""
