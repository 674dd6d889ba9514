"""What the relay serves: small, whole, and the same in all languages."""

from __future__ import annotations

import gzip
import re

import pytest

from connectors.webchat.widget import HERE, LANGUAGES, SOURCES, bundle, texts
from connectors.webchat.widget.packing import pack
from connectors.webchat.widget.short_names import names_of_the_world, shorten

MOST = 15 * 1024

WORLD = {
    "AbortController", "AbortSignal", "Array", "AudioContext", "Boolean", "BroadcastChannel",
    "CSS", "CSSStyleSheet", "Date", "Error", "FormData", "Infinity", "Intl", "JSON", "LETTERS",
    "Map", "Math", "Object", "PACKED", "Promise", "RegExp", "String", "TextEncoder", "URL",
    "URLSearchParams", "Uint8Array", "WeakMap", "WebSocket", "XMLHttpRequest", "addEventListener",
    "btoa", "clearTimeout", "console", "crypto", "decodeURIComponent", "document", "error",
    "fetch", "getComputedStyle", "history", "innerHeight", "location", "localStorage",
    "matchMedia", "navigator", "queueMicrotask", "setTimeout", "window",
}  # fmt: skip


def _sources() -> dict[str, str]:
    return {path.stem: path.read_text("utf-8") for path in (HERE / "source").glob("*.js")}


def test_it_fits_into_fifteen_kilobytes_with_styles_and_languages() -> None:
    assert len(gzip.compress(bundle().source, 9)) <= MOST
    assert len(bundle().gzip) <= MOST


def test_the_compressed_one_is_the_same() -> None:
    assert gzip.decompress(bundle().gzip) == bundle().source
    assert bundle() is bundle()
    assert re.fullmatch(r'"[0-9a-f]{20}"', bundle().etag)


def test_every_source_is_joined() -> None:
    assert set(SOURCES) == set(_sources())


def test_every_name_is_declared_or_the_browser_s() -> None:
    assert names_of_the_world("\n".join(_sources().values())) <= WORLD


def test_nothing_that_makes_html_or_code_of_text() -> None:
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|\.style\b"
    )
    for name, source in _sources().items():
        assert not re.search(forbidden, source), name


def test_all_languages_say_the_same_things() -> None:
    english = texts()["en"]
    for language in LANGUAGES:
        said = texts()[language]
        assert list(said) == list(english)
        for key, text in said.items():
            assert text.strip()
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[key])), key


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    sources = "\n".join(_sources().values())
    used = {key for key in texts()["en"] if re.search(rf'"{key}"', sources)}
    made = {key for key in texts()["en"] if re.match(r"(field|code)_", key)}
    assert set(texts()["en"]) == used | made
    asked = set(re.findall(r'\bt\("(\w+)"', sources))
    assert asked <= set(texts()["en"])


def test_a_text_that_cannot_be_packed_is_refused() -> None:
    with pytest.raises(ValueError, match="Latin"):
        pack({"en": {"a": "x"}, "uk": {"a": "слово word"}}, ["en", "uk"])


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("const size = { size: 1 }.size;", "let A = { size: 1 }.size;"),
        ("function join(one) { return { one }; }", "function A(a) { return { one:a } }"),
        ("const say = (word) => `${word} word ${`in ${word}`}`;",
         "let A = a => `${a} word ${`in ${a}`}`;"),
        ("const take = ({ seq, more = [] }) => f(seq ? more : seq);",
         "let A = ({ seq:a, more:b = [] }) => f(a ? b : a);"),
        ("const it = { run(one) { one(); } };", "let A = { run(a) { a() } };"),
        (r"const it = /[/'`]it/.test(it);", r"let A = /[/'`]it/.test(A);"),
    ],
)  # fmt: skip
def test_names_are_shortened_and_nothing_else(source: str, short: str) -> None:
    assert shorten(source) == short
