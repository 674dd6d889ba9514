"""Secrets that stand in config.toml itself: find them and move them to where they belong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config import relay_settings, settings, values
from config.edit import ConfigFile
from config.model import Home
from config.oauth_settings import OAUTH
from config.problems import BadValue
from config.secret_ref import SecretRef
from config.secret_syntax import SCHEMES, parse_ref
from config.setting import Setting
from config.source import Source

KeyPath = tuple[str, ...]


def find(data: Mapping[str, Any]) -> list[KeyPath]:
    """The settings that hold a secret where a reference should be."""
    found = []
    tables: list[tuple[KeyPath, Mapping[str, Any], tuple[Setting, ...]]] = []
    for name, table in _tables(data, "accounts").items():
        known = settings.CHANNELS.get(str(table.get("channel")), ())
        tables.append((("accounts", name), table, known))
        if isinstance(oauth := table.get("oauth"), dict):
            tables.append((("accounts", name, "oauth"), oauth, OAUTH))
    for name, table in _tables(data.get("relay"), "sites").items():
        tables.append((("relay", "sites", name), table, relay_settings.RELAY_SITE))
    for path, values_here, known in tables:
        for setting in known:
            value = values_here.get(setting.key)
            if setting.read is values.secret and isinstance(value, str) and _is_plain(value):
                found.append((*path, setting.key))
    return found


def move(home: Home, source: Source) -> list[SecretRef]:
    """Keep each plain secret elsewhere and write the reference instead, or change nothing."""
    from omnitui.cli.secret_place import Placed, place

    file = ConfigFile(source.path, source.text)
    placed: list[Placed] = []
    try:
        for path in find(source.data):
            value: Any = source.data
            for part in path:
                value = value[part]
            owner = path[1] if path[0] == "accounts" else path[-2]
            name = owner if path[-1] in ("password", "token") else f"{owner}-{path[-1]}"
            placed.append(place(home, name, value))
            file.set(path, str(placed[-1].ref))
        file.save()
    except BaseException:
        for kept in reversed(placed):
            kept.take_back()
        raise
    return [kept.ref for kept in placed]


def _tables(data: Any, key: str) -> dict[str, dict[str, Any]]:
    found: Any = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(found, dict):
        return {}
    return {name: table for name, table in found.items() if isinstance(table, dict)}


def _is_plain(value: str) -> bool:
    if not value.strip() or value.partition(":")[0] in SCHEMES:
        return False
    try:
        parse_ref(value)
    except BadValue:
        return True
    return False
