"""A sentence of one process is read in the language of another."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator

import pytest

from config import i18n, told
from config.i18n import _, ngettext, pgettext
from config.numbers import Number
from config.told import in_own_language, joined, source_of, words_of


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(i18n, "_keeper", None)
    monkeypatch.setattr(i18n, "_catalog", None)
    i18n.set_language("en")
    told.keep()
    yield
    monkeypatch.undo()
    i18n.set_language("en")


def test_it_is_made_anew_with_its_values() -> None:
    why = OSError(_("The log-in was refused."))
    made: tuple[Callable[[], str], ...] = (
        lambda: _("The engine cannot start: {why}.").format(why="no room"),
        lambda: _("The engine cannot start: {why}.").format(why=words_of(why)),
        lambda: ngettext("{n} message", "{n} messages", 3).format(n=3),
        lambda: pgettext("key", "open"),
        lambda: _("{path} written, {size:.1f} MB.").format(path="/x", size=Number(2.5)),
        lambda: joined([_("Stopped."), "", "Customer {n} said so"]),
    )
    for make in made:
        source = source_of(make())
        for language in ("uk", "ru", "pl", "en"):
            i18n.set_language(language)
            assert in_own_language(source, "the old text") == str(make()), language
        i18n.set_language("en")


def test_a_sentence_within_a_sentence_is_translated_too() -> None:
    inner = _("The engine ended while it ran.")
    error = ValueError(inner)
    outer = _("fails: {why}").format(why=error)
    i18n.set_language("uk")
    expected = _("fails: {why}").format(why=_("The engine ended while it ran."))
    assert in_own_language(source_of(outer), "the old text") == expected


def test_what_is_only_a_text_stays_one() -> None:
    assert source_of("plain") == source_of(_("Stopped.") + " more") == ""
    assert in_own_language("", "plain") == "plain"
    assert words_of(OSError("two\n lines")) == "two lines"
    # Of another version, or damaged: what the engine said is better than nothing.
    for source in ("{", '{"m": "{n:x}", "v": {"n": "a"}}', '{"m": "{gone}", "v": {}}', '{"x": 1}'):
        assert in_own_language(source, "plain") == "plain"
    assert type(pickle.loads(pickle.dumps(_("Stopped.")))) is str


def test_without_keeping_it_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "_keeper", None)
    assert type(_("Stopped.")) is str
