"""Days and months by name in the interface's language."""

from __future__ import annotations

from functools import lru_cache

from config.i18n import _, language


def weekday(index: int) -> str:
    """`Monday` for 0."""
    return _named(language(), "weekday")[index]


def short_weekday(index: int) -> str:
    """`Mon` for 0."""
    return _named(language(), "short")[index]


def day_of_month(day: int, month: int) -> str:
    """`3 May`, in the language's order and case; `month` from 1."""
    return _named(language(), "month")[month - 1].format(day=day)


@lru_cache(12)
def _named(_language: str, kind: str) -> tuple[str, ...]:
    if kind == "weekday":
        return (
            _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"),
            _("Friday"), _("Saturday"), _("Sunday"),
        )  # fmt: skip
    if kind == "short":
        return _("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")
    return (
        _("{day} January"), _("{day} February"), _("{day} March"), _("{day} April"),
        _("{day} May"), _("{day} June"), _("{day} July"), _("{day} August"),
        _("{day} September"), _("{day} October"), _("{day} November"), _("{day} December"),
    )  # fmt: skip
