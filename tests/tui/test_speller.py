"""The real hunspell and aspell, and programs that misbehave."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from omnitui.tui.spelling import speller as spellers
from omnitui.tui.spelling.dictionaries import Dictionary, choose, installed
from omnitui.tui.spelling.own_words import OwnWords
from omnitui.tui.spelling.speller import Speller, SpellerFailed


@asynccontextmanager
async def speller_of(dictionary: Dictionary) -> AsyncIterator[Speller]:
    found = Speller(dictionary)
    try:
        yield found
    finally:
        await found.close()


def dictionary_of(language: str) -> Dictionary:
    found = choose(installed(), language)
    if found is None:
        pytest.skip(f"no dictionary for {language}: run scripts/test-servers as root")
    return found


@pytest.mark.real
@pytest.mark.parametrize(
    ("language", "right", "wrong", "meant"),
    [
        ("en", ["received", "Don't", "well-known"], "recieved", "received"),
        ("uk", ["замовлення", "п'ять", "будь-який"], "замовленя", "замовлення"),
        ("ru", ["получили", "кто-нибудь", "заказ"], "палучили", "получили"),
        ("pl", ["zamówienie", "dziękuję", "mogłem"], "zamuwienie", "zamówienie"),
    ],
)
async def test_four_languages(language: str, right: list[str], wrong: str, meant: str) -> None:
    async with speller_of(dictionary_of(language)) as speller:
        await speller.look_up([*right, wrong])
        assert speller.known_wrong([*right, wrong]) == {wrong}
        assert meant in speller.suggestions(wrong)
        assert speller.unknown([wrong, "new", "new"]) == ["new"]


@pytest.mark.real
async def test_aspell_where_there_is_no_hunspell(tmp_path: Path) -> None:
    program = shutil.which("aspell")
    if program is None:
        pytest.skip("no aspell: run scripts/test-servers as root")
    (tmp_path / "aspell").symlink_to(program)
    found = choose(installed({"PATH": str(tmp_path), "HOME": str(tmp_path)}), "en")
    assert found is not None
    async with speller_of(found) as speller:
        await speller.look_up(["recieved", "received", "ґедзь"])
        assert "recieved" in speller.known_wrong(["recieved", "received"])
        assert "received" in speller.suggestions("recieved")


@pytest.mark.real
async def test_a_program_that_is_killed_starts_again(tmp_path: Path) -> None:
    async with speller_of(dictionary_of("en")) as speller:
        await speller.look_up(["parcel"])
        before = speller.pid
        assert before is not None
        os.kill(before, 9)
        await speller.look_up(["recieved", "teh", "parcle"])
        assert {"teh", "parcle"} <= speller.known_wrong(["teh", "parcle"])
        assert speller.pid not in (None, before)


def fake(tmp_path: Path, code: str) -> Dictionary:
    script = tmp_path / "speller.py"
    script.write_text(f"import sys, time\nprint('@(#) Ispell', flush=True)\n{code}\n")
    return Dictionary("en", (sys.executable, str(script)))


async def test_one_that_always_dies_is_left_alone(tmp_path: Path) -> None:
    async with speller_of(fake(tmp_path, "sys.stdin.readline()")) as speller:
        with pytest.raises(SpellerFailed, match="does not work"):
            await speller.look_up(["one", "two", "three", "four"])


async def test_one_that_works_again_is_found_to(tmp_path: Path) -> None:
    """Left alone for longer and longer, by a clock that the test moves."""
    moment = 0.0
    good = (
        "for line in sys.stdin:\n"
        "    if line[0] == '^': print('# x 0\\n' if 'teh' in line else '', flush=True)"
    )
    dictionary = fake(tmp_path, "sys.stdin.readline()")
    speller = Speller(dictionary, lambda: moment)
    try:
        with pytest.raises(SpellerFailed, match="does not work with “en”"):
            await speller.look_up(["one", "two", "three", "teh"])
        for rest in (30, 120, 600, 600):
            moment += rest - 1
            await speller.look_up(["teh"])
            assert (speller.unknown(["teh"]), bool(speller.trouble)) == (["teh"], True)
            moment += 1
            with pytest.raises(SpellerFailed):
                await speller.look_up([f"word{rest}{moment}"])
        moment += 600
        fake(tmp_path, good)
        await speller.look_up(["teh", "the"])
        assert (speller.known_wrong(["teh", "the"]), speller.trouble) == ({"teh"}, "")
    finally:
        await speller.close()


async def test_one_that_never_answers_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spellers, "ANSWER_TIME", 0.05)
    async with speller_of(fake(tmp_path, "time.sleep(600)")) as speller:
        await speller.look_up(["slow"])
        assert speller.pid is None
        assert speller.known_wrong(["slow"]) == frozenset()


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    async with speller_of(Dictionary("en", (str(tmp_path / "none"),))) as speller:
        with pytest.raises(SpellerFailed, match="none does not work"):
            await speller.look_up(["one", "two", "three"])


def test_own_words_are_a_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "words.txt"
    own = OwnWords(path)
    own.read()
    assert "Kowalska" not in own
    own.add("Kowalska")
    own.add("kowalska")
    assert "KOWALSKA" in own
    assert path.read_text() == "Kowalska\n"
    path.write_text("Kowalska\nп’ята\n")
    other = OwnWords(path)
    other.read()
    assert "п'ята" in other
