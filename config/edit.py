"""Change config.toml by program, keeping what people wrote: comments, order, blank lines."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from config.i18n import _
from config.problems import ConfigError, Problem


class ConfigFile:
    """config.toml being changed. Nothing touches the disk before `save`."""

    def __init__(self, path: Path, text: str = "") -> None:
        import tomlkit

        self.path = path
        self._document = tomlkit.parse(text)
        self._expected: dict[str, Any] = tomllib.loads(text)

    @property
    def text(self) -> str:
        import tomlkit

        return tomlkit.dumps(self._document).rstrip("\n") + "\n"

    @property
    def accounts(self) -> Mapping[str, Any]:
        found = self._expected.get("accounts")
        return found if isinstance(found, dict) else {}

    def set(self, path: Sequence[str], value: Any) -> None:
        """Set one key, opening the tables around it."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        table: Any = self._document
        expected: Any = self._expected
        try:
            for part in path[:-1]:
                if part not in table:
                    # A table that only holds tables needs no line of its own.
                    table[part] = tomlkit.table(is_super_table=part in ("accounts", "sites"))
                table = table[part]
                expected = expected.setdefault(part, {})
            trailing = [] if path[-1] in table else _trailing(table)
            table[path[-1]] = value
            for item in trailing:
                table.add(item)
        except (TOMLKitError, ValueError, TypeError) as error:  # inline tables cannot grow
            raise self._refused() from error
        expected[path[-1]] = value

    def set_account(self, name: str, settings: Mapping[str, Any]) -> None:
        """Write [accounts.NAME]; of an account that is there, settings not given are kept."""
        new = name not in self.accounts
        for key, value in settings.items():
            self.set(("accounts", name, key), value)
        if new:  # tomlkit leaves no blank line before the table that follows
            import tomlkit

            table: Any = self._document["accounts"]
            table[name].add(tomlkit.nl())

    def set_table(self, path: Sequence[str], settings: Mapping[str, Any]) -> None:
        """Write a table under a heading of its own, at the end of the one around it."""
        for key, value in settings.items():
            self.set((*path, key), value)

    def remove(self, path: Sequence[str]) -> None:
        """Take one key or table out; nothing happens when it is not there."""
        from tomlkit.exceptions import TOMLKitError

        table: Any = self._document
        expected: Any = self._expected
        try:
            for part in path[:-1]:
                if part not in expected:
                    return
                table, expected = table[part], expected[part]
            if path[-1] in expected:
                table.remove(path[-1])
                del expected[path[-1]]
        except (TOMLKitError, ValueError, TypeError) as error:
            raise self._refused() from error

    def save(self) -> None:
        """Write the file whole or not at all, 0600 when it is new. Raises `ConfigError`."""
        text = self.text
        if tomllib.loads(text) != self._expected:
            raise self._refused()
        write_whole(self.path, text)

    def _refused(self) -> ConfigError:
        return ConfigError(
            [
                Problem(
                    _("this file is written in a way that omnitui cannot change safely."),
                    _("Nothing was changed; add the account by hand."),
                    file=self.path,
                )
            ]
        )


def _trailing(table: Any) -> list[Any]:
    """Blank lines and comments at the end of a table, taken off: they are about what follows."""
    from tomlkit.items import Null, Table

    taken: list[Any] = []
    body = table.value.body if isinstance(table, Table) else []
    while body and body[-1][0] is None:
        taken.append(body.pop()[1])
    return [item for item in taken[::-1] if not isinstance(item, Null)]  # what was removed


def write_whole(path: Path, text: str) -> None:
    """Replace a file so that a crash leaves the old one or the new one. Raises `ConfigError`."""
    # A config.toml that is a link into someone's dotfiles stays one.
    target = path.resolve()
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                if target.exists():
                    found = target.stat()
                    os.fchmod(file.fileno(), found.st_mode & 0o777)
                    if os.geteuid() == 0:
                        os.fchown(file.fileno(), found.st_uid, found.st_gid)
                os.fsync(file.fileno())
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        directory = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise ConfigError(
            [
                Problem(
                    _("the file cannot be written: {why}.").format(why=error.strerror),
                    file=path,
                )
            ]
        ) from None
