"""Keys: their names, what terminals can send, and clashes."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.default_keys import CONTEXTS, DEFAULTS
from config.keymap import MODAL, TEXT, check_keymap, merge
from config.keys import canonical, impossible, printable
from config.problems import BadValue


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("j", "j"),
        ("J", "J"),
        ("?", "?"),
        (" ", "space"),
        ("+", "+"),
        ("-", "-"),
        ("й", "й"),
        ("question_mark", "?"),
        ("ctrl+s", "ctrl+s"),
        ("Ctrl+S", "bad"),
        ("^S", "ctrl+s"),
        ("<c-s>", "ctrl+s"),
        ("C-s", "ctrl+s"),
        ("<C-s>", "ctrl+s"),
        ("<esc>", "escape"),
        ("Esc", "escape"),
        ("PgUp", "pageup"),
        ("Return", "enter"),
        ("F4", "f4"),
        ("shift+Tab", "shift+tab"),
        ("backtab", "shift+tab"),
        ("shift+ctrl+left", "ctrl+shift+left"),
        ("ctrl+\\", "ctrl+backslash"),
        ("ctrl+]", "ctrl+right_square_bracket"),
        ("alt++", "alt++"),
        ("M-x", "alt+x"),
        ("gg", "bad"),
        ("g g", "bad"),
        ("", "bad"),
        ("ctrl+A", "bad"),
        ("shift+a", "bad"),
        ("hyper", "bad"),
        ("ctrl+", "bad"),
        ("super+space", "super+space"),
        ("f25", "bad"),
    ],
)
def test_names_of_keys(written: str, name: str) -> None:
    if name == "bad":
        with pytest.raises(BadValue):
            canonical(written)
    else:
        assert canonical(written) == name
        assert canonical(name) == name


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_a_bad_value(text: str) -> None:
    try:
        name = canonical(text)
    except BadValue:
        return
    assert canonical(name) == name


def test_characters_go_by_the_names_textual_gives_them() -> None:
    from textual.keys import _character_to_key

    for character in string.punctuation:
        assert canonical(_character_to_key(character)) == character
        under_control = canonical(f"ctrl+{character}")
        assert under_control in (
            f"ctrl+{_character_to_key(character)}",
            f"ctrl+{character}",
        )


@pytest.mark.parametrize("key", ["ctrl+h", "ctrl+i", "ctrl+m", "ctrl+["])
def test_keys_that_are_another_key(key: str) -> None:
    (problem,) = check_keymap({"inbox": {key: "close"}})
    assert problem.severity == "error"
    assert "terminals send" in problem.sentence


@pytest.mark.parametrize(
    "key", ["ctrl+enter", "alt+enter", "shift+enter", "ctrl+1", "alt+1", "ctrl+shift+a", "super+a"]
)
def test_keys_that_only_some_terminals_send(key: str) -> None:
    (problem,) = check_keymap({"timeline": {key: "close"}})
    assert problem.severity == "warning"


@pytest.mark.parametrize("key", ["ctrl+a", "ctrl+b"])
def test_keys_that_multiplexers_keep(key: str) -> None:
    (problem,) = check_keymap({"inbox": {key: "close"}})
    assert problem.severity == "warning"


def test_the_shipped_keys_are_sound() -> None:
    for context, keys in DEFAULTS.items():
        for key, line in keys.items():
            assert canonical(key) == key
            assert impossible(key) == ("", "")
            assert line
            if context in TEXT:
                assert not printable(key)
    # The one shipped key that not every terminal sends has two others beside it.
    assert [p.key for p in check_keymap(DEFAULTS)] == ["ctrl+enter"]
    assert set(DEFAULTS["reply"]) >= {"ctrl+s", "ctrl+j"}


def test_a_text_context_takes_no_printable_key() -> None:
    for context in TEXT:
        (problem,) = check_keymap({context: {"x": "close"}})
        assert "types a character" in problem.sentence


def test_the_same_key_twice_is_an_error() -> None:
    (problem,) = check_keymap({"inbox": {"^X": "close", "ctrl+x": "open"}})
    assert "same key" in problem.sentence
    assert problem.severity == "error"


def test_hiding_a_global_key_is_told_at_both_ends() -> None:
    (hides,) = check_keymap({"inbox": {"?": "filter"}})
    assert (hides.severity, "“help”" in hides.sentence) == ("warning", True)
    (hidden,) = check_keymap({"global": {"x": "help"}})
    assert "inbox, timeline, card" in hidden.sentence
    assert check_keymap({"global": {"x": "help"}, **{c: {"x": ""} for c in CONTEXTS[1:4]}}) == []


def test_overlays_hide_nothing() -> None:
    for context in MODAL - TEXT:
        assert check_keymap({context: {"q": "choose accept"}}) == []


def test_an_unknown_context_is_told() -> None:
    (problem,) = check_keymap({"inbxo": {"x": "close"}})
    assert "inbox" in problem.hint


def test_merging_puts_the_users_keys_over_the_defaults() -> None:
    merged = merge({"inbox": {"question_mark": "filter", "x": "", "<c-x>": "close"}})
    assert merged["inbox"]["?"] == "filter"
    assert "x" not in merged["inbox"]
    assert merged["inbox"]["ctrl+x"] == "close"
    assert merged["global"] == dict(DEFAULTS["global"])


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(CONTEXTS), st.text(max_size=5)),
        st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5),
        max_size=4,
    )
)
def test_any_bindings_are_checked_and_merged(bindings: dict[str, dict[str, str]]) -> None:
    for problem in check_keymap(bindings):
        assert problem.sentence
        assert problem.context in bindings
    for keys in merge(bindings).values():
        assert all(line and canonical(key) == key for key, line in keys.items())
