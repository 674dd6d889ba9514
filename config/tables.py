"""Reading the tables of a settings file by the tables of settings there are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from config import values
from config.home import absolute
from config.i18n import _
from config.problems import BadValue, nearest
from config.setting import Setting
from config.source import KeyPath, Source, dotted
from config.values import Read

Path_ = tuple[str, ...]
NAME = re.compile(r"[\w.+-]+")
"""What users may call accounts, macros and the like."""


class Tables:
    """One file's tables; what is wrong with them is reported to its `Source`."""

    MAIN: ClassVar[str] = "desk"
    """The table into which a setting that stands under no heading probably belongs."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def section(
        self,
        path: Path_,
        known: Sequence[Setting],
        *,
        also: Sequence[str] = (),
        open_ended: bool = False,
    ) -> dict[str, Any] | None:
        """The settings of one table, by field; None when one of them is wrong or missing."""
        table = self.table(path)
        if table is None:
            return None
        return self.values_of(path, table, known, also=also, open_ended=open_ended)

    def values_of(
        self,
        path: KeyPath,
        table: Mapping[str, Any],
        known: Sequence[Setting],
        *,
        also: Sequence[str] = (),
        open_ended: bool = False,
    ) -> dict[str, Any] | None:
        """The same of a table that stands at `path`, perhaps in a list."""
        before = len(self.source.problems)
        meant: set[str] = set()
        if not open_ended:
            meant = self.unknown(path, table, [s.key for s in known], also=also)
        read: dict[str, Any] = {}
        for setting in known:
            if setting.key in table:
                value = self.value((*path, setting.key), setting.read)
                read[setting.into] = self.anchored(value)
            elif setting.required and setting.key not in meant:
                self.source.report(
                    path,
                    _("“{key}” is missing.").format(key=setting.key),
                    _("Add for example: {line}").format(line=f"{setting.key} = {setting.example}"),
                )
        return read if len(self.source.problems) == before else None

    def value(self, path: KeyPath, read: Read) -> Any:
        found: Any = self.source.data
        for part in path:
            found = found[part]
        try:
            return read(found)
        except BadValue as bad:
            for number, one in bad.each:
                self.source.report((*path, number), one.sentence, one.hint)
            if not bad.each:
                self.source.report(path, bad.sentence, bad.hint)
            return None

    def anchored(self, value: Any) -> Any:
        """A relative path is relative to the file that names it, wherever the program runs."""
        if isinstance(value, Path) and not str(value).startswith("~"):
            return absolute(self.source.path.parent / value)
        return absolute(value) if isinstance(value, Path) else value

    def named(self, path: Path_, read: Read, *, strict: bool = True) -> dict[str, Any]:
        """A table of names that the user chose, all read alike."""
        found = {}
        for name in self.table(path) or {}:
            before = len(self.source.problems)
            if strict and not NAME.fullmatch(name):
                self.source.report(
                    (*path, name), _("a name is made of letters, digits, “-”, “_” and “.” only.")
                )
            value = self.value((*path, name), read)
            if len(self.source.problems) == before:
                found[name] = value
        return found

    def tables(self, path: Path_) -> list[str]:
        """The names of the tables under `path`; what is no table is reported."""
        return [name for name in self.table(path) or {} if self.table((*path, name)) is not None]

    def table(self, path: Path_) -> dict[str, Any] | None:
        found: Any = self.source.data
        for number, part in enumerate(path):
            if part not in found:
                return None if number else {}
            found = found[part]
            if not isinstance(found, dict):
                if number == len(path) - 1:
                    heading = dotted(path)
                    self.source.report(
                        path,
                        _("needs a table, not {kind}.").format(kind=values.kind_of(found)),
                        _("Begin it with a line [{heading}].").format(heading=heading),
                    )
                return None
        return dict(found)

    def unknown(
        self,
        path: KeyPath,
        table: Mapping[str, Any],
        known: Sequence[str],
        also: Sequence[str] = (),
    ) -> set[str]:
        """Report the keys that are not known; returns those that were probably meant."""
        meant = set()
        for key in table:
            if key in known or (path and key in also):
                continue
            if not path and key in also:
                self.source.report(
                    (key,),
                    _("this setting belongs under a heading."),
                    _("Move it below a line [{heading}].").format(heading=self.MAIN),
                )
                continue
            near = nearest(key, [*known, *(also if path else ())])
            meant.add(near)
            self.source.report(
                (*path, key),
                _("there is no such setting."),
                _("Did you mean “{near}”?").format(near=near)
                if near
                else _("Known here: {known}.").format(known=", ".join(known)),
            )
        return meant
