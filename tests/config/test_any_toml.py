"""Whatever stands in config.toml, the answer is a Config or a ConfigError with places."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import settings as schema
from config.home import find_home
from config.load import load
from config.model import Home
from config.positions import positions
from config.problems import ConfigError, Problem
from config.relay_settings import RELAY

KNOWN = [s.key for table in (schema.DESK, schema.EMAIL, RELAY) for s in table]
WORDS = st.sampled_from(
    [*schema.SECTIONS, *KNOWN, "support", "inbox", "sites", "limits", "ctrl+h", "x", "channel"]
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from(["email", "telegram", "imaps://a@b", "env:X", "2d", "uk", "a@b.c", "gg", "é"]),
)
KEYS = st.one_of(WORDS, TEXTS)
VALUES = st.recursive(
    st.one_of(
        TEXTS,
        st.integers(-(2**63), 2**63 - 1),
        st.floats(),
        st.booleans(),
        st.datetimes(),
        st.dates(),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(
    st.one_of(st.sampled_from(schema.SECTIONS), KEYS),
    st.dictionaries(KEYS, st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=5)), max_size=4),
    max_size=5,
)
RELAXED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def problems_of(home: Home) -> tuple[Problem, ...]:
    """What is wrong with the file; nothing when it loads. Any other exception is a failure."""
    try:
        load(home)
    except ConfigError as error:
        return error.problems
    return ()


@RELAXED
@given(DOCUMENTS)
def test_any_valid_toml_is_loaded_or_refused_with_lines(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    text = tomlkit.dumps(document)
    home = find_home(tmp_path)
    home.config_file.write_text(text, encoding="utf-8")
    for problem in problems_of(home):
        assert problem.line is not None
        assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.sentence
        assert "\n" not in str(problem)


@RELAXED
@given(st.binary(max_size=200))
def test_any_bytes_are_loaded_or_refused(tmp_path: Path, content: bytes) -> None:
    home = find_home(tmp_path)
    home.config_file.write_bytes(content)
    assert all(problem.file == home.config_file for problem in problems_of(home))


@RELAXED
@given(st.text(st.sampled_from("[]{}=\"'\\.,#\n\r ab1\t-"), max_size=60))
def test_any_text_of_toml_signs_is_loaded_or_refused(tmp_path: Path, text: str) -> None:
    home = find_home(tmp_path)
    home.config_file.write_text(text, encoding="utf-8", newline="")
    assert all(problem.sentence for problem in problems_of(home))


def key_paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path} if path else set()
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= key_paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found |= key_paths(inner, (*path, index))
    return found


@RELAXED
@given(DOCUMENTS)
def test_every_key_is_found_where_it_stands(document: dict[str, Any]) -> None:
    text = tomlkit.dumps(document)
    found = positions(text)
    rows = text.split("\n")
    for path in key_paths(tomllib.loads(text)):
        line, column = found[path]
        key = path[-1]
        if isinstance(key, str) and key.isascii() and key.isidentifier():
            assert key in rows[line - 1][column - 1 :], (path, text)


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("[a]\nb = 1", ("a", "b"), (2, 1)),
        ("[a.b]\nc = 1\n[a]\nd = 2", ("a",), (3, 2)),
        ("a.b.c = 1", ("a", "b"), (1, 3)),
        ("a = { b = 1, c = [ { d = 2 } ] }", ("a", "c", 0, "d"), (1, 22)),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", ("a", 1, "b"), (4, 1)),
        ("[[a]]\n[a.x]\nb = 1\n[[a]]\n[a.x]\nb = 2", ("a", 1, "x", "b"), (6, 1)),
        ("s = '''\n[x]\ny = 1\n'''\nz = 2", ("z",), (5, 1)),
        ('s = """\n"" \\" x = 1 """""\nz = 2', ("z",), (3, 1)),
        ('"a\\u0062" = 1', ("ab",), (1, 1)),
        ("a = [ # ] x\n 1,\n 2 ]\nb = 1", ("b",), (4, 1)),
        ("a = [\n 1,\n 2 ]", ("a", 1), (3, 2)),
        ("[ a . 'b c' ] # x = 1\nd = 1", ("a", "b c", "d"), (2, 1)),
        ("a = 2020-01-01 10:00:00 # b = 1\nb = 1", ("b",), (2, 1)),
    ],
)
def test_places(text: str, path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    tomllib.loads(text)
    assert positions(text)[path] == place


@given(st.text(st.sampled_from("[]{}=\"'\\.,#\n ab1"), max_size=80))
def test_positions_of_what_is_no_toml_do_not_raise(text: str) -> None:
    positions(text)
