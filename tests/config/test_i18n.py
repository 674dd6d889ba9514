"""Texts in the reader's language: choice, fallback, plurals, and the catalogs' own making."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import catalogs, i18n
from config.i18n import (
    _,
    choose_language,
    environment_language,
    ngettext,
    pgettext,
    set_language,
)

PO = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: {code}\\n"
"Plural-Forms: {plural}\\n"

msgid "Nothing here."
msgstr "{nothing}"

msgid "{{n}} message"
msgid_plural "{{n}} messages"
{forms}

msgid "only in English"
msgstr ""

#, fuzzy
msgid "a guess"
msgstr "не те"

msgid "to {{name}}"
msgstr "до {{nmae}}"

msgctxt "key"
msgid "open"
msgstr "відкрити"

msgctxt "status"
msgid "open"
msgstr "відкрито"

msgid "for {{name}}"
msgstr "для нього"

msgid "one row of {{name}}"
msgid_plural "{{n}} rows of {{name}}"
msgstr[0] "рядок {{name}}"
msgstr[1] "{{n}} рядки {{name}}"
msgstr[2] "{{n}} рядків {{name}}"

msgid "{{n}} file"
msgid_plural "{{n}} files"
msgstr[0] "{{n}} файл"
msgstr[1] ""
msgstr[2] "{{n}} файлів"
"""
SLAVIC = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 &&"
    " (n%100<10 || n%100>=20) ? 1 : 2);"
)
POLISH = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"


def forms(*words: str) -> str:
    return "\n".join(f'msgstr[{i}] "{{n}} {word}"' for i, word in enumerate(words))


@pytest.fixture
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Catalogs of two languages, compiled; afterwards everything is English again."""
    for code, plural, nothing, words in (
        ("uk", SLAVIC, "Тут порожньо.", ("лист", "листи", "листів")),
        ("pl", POLISH, "Nic tu nie ma.", ("wiadomość", "wiadomości", "wiadomości!")),
    ):
        po = catalogs.po_file(code, tmp_path)
        po.parent.mkdir(parents=True)
        text = PO.format(code=code, plural=plural, nothing=nothing, forms=forms(*words))
        po.write_text(text, encoding="utf-8")
    catalogs.compile_all(tmp_path)
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    yield tmp_path
    set_language("en")


@pytest.mark.usefixtures("locale")
def test_texts_are_translated_and_fall_back_to_english() -> None:
    assert set_language("uk") == "uk"
    assert _("Nothing here.") == "Тут порожньо."
    assert _("only in English") == "only in English"
    assert _("not in the catalog") == "not in the catalog"
    assert _("a guess") == "a guess"
    assert _("") == ""
    assert set_language("xx") == "en"
    assert _("Nothing here.") == "Nothing here."


@pytest.mark.usefixtures("locale")
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("uk", {1: "лист", 2: "листи", 5: "листів", 11: "листів", 21: "лист", 102: "листи"}),
        ("pl", {1: "wiadomość", 2: "wiadomości", 5: "wiadomości!", 21: "wiadomości!"}),
        ("en", {0: "messages", 1: "message", 2: "messages", 21: "messages"}),
    ],
)
def test_plural_forms(language: str, expected: dict[int, str]) -> None:
    set_language(language)
    for n, word in expected.items():
        text = ngettext("{n} message", "{n} messages", n).format(n=n)
        assert text == f"{n} {word}"


@pytest.mark.usefixtures("locale")
def test_a_plural_without_all_its_forms_and_a_wrong_placeholder_stay_english() -> None:
    set_language("uk")
    for n in range(120):
        assert ngettext("{n} file", "{n} files", n).format(n=n)
    assert ngettext("{n} file", "{n} files", 5) == "{n} files"
    assert _("to {name}").format(name="Ann") == "to Ann"


@pytest.mark.usefixtures("locale")
def test_a_text_with_two_meanings_has_a_translation_for_each() -> None:
    set_language("uk")
    assert pgettext("key", "open") == "відкрити"
    assert pgettext("status", "open") == "відкрито"
    assert pgettext("elsewhere", "open") == _("open") == "open"
    set_language("en")
    assert pgettext("key", "open") == "open"


@pytest.mark.usefixtures("locale")
def test_a_lost_placeholder_stays_english_but_a_form_may_spell_its_number_out() -> None:
    set_language("uk")
    assert _("for {name}").format(name="Ann") == "for Ann"
    assert ngettext("one row of {name}", "{n} rows of {name}", 1) == "рядок {name}"


@pytest.mark.usefixtures("locale")
@pytest.mark.parametrize("code", ["uk_UA.UTF-8", "uk-UA", "UK", "uk@latin"])
def test_a_region_finds_its_language(code: str) -> None:
    assert set_language(code) == "uk"


@pytest.mark.usefixtures("locale")
@pytest.mark.parametrize("code", ["../uk", "uk/LC", "C", "POSIX", "C.UTF-8", "\0", "x" * 500])
def test_what_is_no_language_is_english(code: str) -> None:
    assert set_language(code) == "en"


@pytest.mark.usefixtures("locale")
@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "uk_UA.UTF-8"}, "uk_UA"),
        ({"LANG": "uk_UA.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "uk_UA.UTF-8", "LC_MESSAGES": "pl_PL"}, "pl_PL"),
        ({"LANG": "uk_UA.UTF-8", "LANGUAGE": "xx:pl"}, "pl"),
        ({"LANG": "uk_UA.UTF-8", "LANGUAGE": "en"}, "en"),
        ({"LANG": "C", "LANGUAGE": "pl"}, "en"),
    ],
)
def test_the_environments_language(environment: dict[str, str], expected: str) -> None:
    assert environment_language(environment) == expected


def test_the_agents_choice_comes_before_the_desks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.delenv("LC_ALL", raising=False)
    assert choose_language("", "") == "de_DE"
    assert choose_language("", "uk") == "uk"
    monkeypatch.setenv("OMNITUI_LANGUAGE", "pl")
    assert choose_language("", "uk") == "pl"
    assert choose_language("en", "uk") == "en"


def test_english_costs_no_gettext() -> None:
    code = (
        "import sys; from config.i18n import _, ngettext; _('x'); ngettext('a', 'b', 2);"
        "print([m for m in ('gettext', 'babel', 'locale') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=catalogs.ROOT, env={"LANG": "C.UTF-8"},
    )  # fmt: skip
    assert done.stdout == "[]\n"


SOURCE = '''
from config.i18n import N_, _, ngettext, pgettext
TABLE = {"a": N_("from a table")}
def shown(n, name):
    # Translators: the button
    hello = _("Hello, {name}").format(name=name) + ngettext("{n} day", "{n} days", n)
    return hello + _(name) + pgettext("key", "open")
@REGISTRY.command("tag add")
def tag_add(session, tag):
    """Add a tag.

    TAG is one word.
    """
'''


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    root = tmp_path / "sources"
    for package in catalogs.PACKAGES:
        (root / package).mkdir(parents=True)
    (root / "omnitui" / "a.py").write_text(SOURCE)
    return root


def test_texts_are_read_out_of_the_sources(sources: Path) -> None:
    template = catalogs.extract(sources)
    assert {m.id for m in template if m.id} == {
        "from a table",
        "open",
        "Hello, {name}",
        ("{n} day", "{n} days"),
        "Add a tag.",
        "Add a tag.\n\nTAG is one word.",
    }
    assert template.get("open", "key") is not None
    hello = template.get("Hello, {name}")
    assert hello is not None
    assert hello.auto_comments == ["Translators: the button"]


def test_updating_keeps_translations_and_compiling_is_repeatable(
    sources: Path, tmp_path: Path
) -> None:
    locale = tmp_path / "locale"
    catalogs.update("uk", catalogs.extract(sources), locale)
    po = catalogs.po_file("uk", locale)
    text = po.read_text("utf-8").replace(
        'msgid "from a table"\nmsgstr ""', 'msgid "from a table"\nmsgstr "з таблиці"'
    )
    po.write_text(text, encoding="utf-8")
    catalogs.update("uk", catalogs.extract(sources), locale)
    assert "з таблиці" in po.read_text("utf-8")
    (mo,) = catalogs.compile_all(locale)
    first = mo.stat().st_mtime_ns
    catalogs.compile_all(locale)
    assert mo.stat().st_mtime_ns == first
    assert any(
        "not translated" in line for line in catalogs.check(catalogs.extract(sources), locale)
    )


def test_the_check_finds_what_would_go_wrong(locale: Path, sources: Path) -> None:
    found = "\n".join(catalogs.check(catalogs.extract(sources), locale))
    assert "'from a table' is missing" in found
    assert "placeholder {nmae}" in found
    assert "'for {name}' lacks the placeholder {name}" in found
    assert "one row" not in found.replace("missing", "")
    assert "out of date" not in found
    (catalogs.po_file("pl", locale)).with_suffix(".mo").unlink()
    assert "out of date" in "\n".join(catalogs.check(catalogs.extract(sources), locale))


def test_the_catalogs_in_the_repository_are_compiled_and_sound() -> None:
    """Untranslated texts are allowed between releases; wrong or stale ones never are."""
    from babel.messages import Catalog

    problems = list(catalogs.check(Catalog()))
    assert problems == []


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext's own tools are not installed")
def test_the_po_files_are_valid_for_gettext() -> None:
    for language in catalogs.languages():
        po = catalogs.po_file(language)
        subprocess.run(["msgfmt", "-c", "-o", "/dev/null", str(po)], check=True)
