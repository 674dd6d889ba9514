"""Reading a scenario file; what is wrong in it is said by file and line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from config import values
from config.i18n import _
from config.problems import ConfigError, Problem
from config.setting import Setting
from config.source import KeyPath, Source, read_source
from config.tables import Tables
from connectors.practice import scenario_settings as known
from connectors.practice.scenario import (
    Customer,
    Earlier,
    Expectation,
    Matter,
    Reaction,
    Scenario,
    Waiting,
    Words,
)

MOST = 20
"""Matters of a customer, and reactions and waits of a matter, at most."""


def read_scenario(path: Path) -> Scenario:
    """Raises `ConfigError` with everything that is wrong in the file."""
    source = read_source(path)
    if source is None:
        raise ConfigError([Problem(_("there is no such file."), file=path)])
    read = _Reader(source).scenario()
    if source.problems or read is None:
        raise ConfigError(sorted(source.problems, key=lambda p: (p.line or 0, p.key)))
    return read


class _Reader(Tables):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._ids: dict[str, KeyPath] = {}
        self._matters: dict[str, KeyPath] = {}
        self._merged: list[tuple[KeyPath, str]] = []

    def scenario(self) -> Scenario | None:
        data, path = self.source.data, self.source.path
        settings = known.SCENARIO
        meant = self.unknown((), data, [*(setting.key for setting in settings), "customers"])
        written = [one for one in settings if one.key in data or one.key not in meant]
        top = self.values_of((), data, written, open_ended=True)
        customers = tuple(self._customers())
        for where, other in self._merged:
            if other not in self._ids:
                self.source.report(where, _("there is no customer “{id}”.").format(id=other))
        if not any(customer.matters for customer in customers) and not self.source.problems:
            self.source.report(("customers",), _("nobody writes: a scenario needs a matter."))
        if top is None or self.source.problems:
            return None
        return Scenario(path.stem, path, customers=customers, **top)

    def _customers(self) -> Iterator[Customer]:
        for path, table in self._rows((), "customers", self.source.data):
            read = self._read(path, table, known.CUSTOMER, ["past", "matters"])
            past = tuple(
                Earlier(**one)
                for where, row in self._rows(path, "past", table)
                if (one := self._read(where, row, known.EARLIER)) is not None
            )
            matters = tuple(self._of_customer(path, table))
            if read is not None:
                self._only_once(self._ids, path, read["id"])
                yield Customer(past=past, matters=matters, **read)

    def _of_customer(self, path: KeyPath, table: dict[str, Any]) -> Iterator[Matter]:
        for where, row in self._rows(path, "matters", table):
            read = self._read(where, row, known.MATTER, ["reactions", "waits", "expect"])
            reactions = tuple(self._reactions(where, row))
            waits = tuple(self._waits(where, row))
            expect = self._expectation(where, row)
            if read is None:
                continue
            self._only_once(self._matters, where, read["id"])
            words = Words(read.pop("says"), float(read.pop("at")), "", read.pop("photo", False))
            yield Matter(words=words, reactions=reactions, waits=waits, expect=expect, **read)

    def _reactions(self, path: KeyPath, table: dict[str, Any]) -> Iterator[Reaction]:
        for where, row in self._rows(path, "reactions", table):
            read = self._read(where, row, known.REACTION)
            if read is not None:
                if not row.get("says") and not row.get("content"):
                    self.source.report(where, _("needs “says”, or “content = true”."))
                yield Reaction(_words(read), **read)

    def _waits(self, path: KeyPath, table: dict[str, Any]) -> Iterator[Waiting]:
        for where, row in self._rows(path, "waits", table):
            read = self._read(where, row, known.WAITING)
            if read is not None:
                if "after" not in row:
                    self.source.report(where, _("“after” is missing: how long they wait."))
                yield Waiting(_words(read), **read)

    def _expectation(self, path: KeyPath, table: dict[str, Any]) -> Expectation:
        if "expect" not in table:
            return Expectation()
        where = (*path, "expect")
        if not self._is_table(where, table["expect"]):
            return Expectation()
        read = self._read(where, table["expect"], known.EXPECTATION) or {}
        if other := read.get("merged_with"):
            self._merged.append(((*where, "merged_with"), other))
        return Expectation(**read)

    # -- tables ----------------------------------------------------------------
    def _read(
        self,
        path: KeyPath,
        table: dict[str, Any],
        settings: Sequence[Setting],
        also: Sequence[str] = (),
    ) -> dict[str, Any] | None:
        return self.values_of(path, table, settings, also=also)

    def _rows(
        self, path: KeyPath, key: str, table: dict[str, Any]
    ) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
        rows = table.get(key, [])
        where = (*path, key)
        if not isinstance(rows, list):
            heading = ".".join(part for part in where if isinstance(part, str))
            self.source.report(
                where,
                _("needs a list of tables, not {kind}.").format(kind=values.kind_of(rows)),
                _("Begin each with a line [[{heading}]].").format(heading=heading),
            )
            return
        if path and len(rows) > MOST:
            self.source.report(where, _("must not be more than {n}.").format(n=MOST))
        for number, row in enumerate(rows):
            if self._is_table((*where, number), row):
                yield (*where, number), row

    def _is_table(self, path: KeyPath, value: Any) -> bool:
        if isinstance(value, dict):
            return True
        self.source.report(path, _("needs a table, not {kind}.").format(kind=values.kind_of(value)))
        return False

    def _only_once(self, seen: dict[str, KeyPath], path: KeyPath, id_: str) -> None:
        if id_ in seen:
            words = _("“{id}” is there already, in line {line}.")
            line = self.source.line(seen[id_])
            self.source.report((*path, "id"), words.format(id=id_, line=line))
        seen.setdefault(id_, (*path, "id"))


def _words(read: dict[str, Any]) -> Words:
    """Takes what makes them up out of what was read."""
    after = read.pop("after", None)
    return Words(
        read.pop("says", ()),
        None if after is None else float(after),
        read.pop("on", ""),
        read.pop("photo", False),
    )
