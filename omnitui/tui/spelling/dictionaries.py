"""Which dictionaries this machine has, and which one a text is checked with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from omnitui.tui.text.spelled_words import Script, script_of

PLACES = (
    "/usr/share/hunspell",
    "/usr/local/share/hunspell",
    "/opt/homebrew/share/hunspell",
    "/usr/share/myspell/dicts",
    "/usr/share/myspell",
    "/Library/Spelling",
)
"""Where hunspell's dictionaries are, besides `$DICPATH` and the agent's own."""

_USUAL = ("en_US", "en_GB", "uk_UA", "ru_RU", "pl_PL", "de_DE", "fr_FR", "es_ES", "pt_PT")
"""Where a language has several."""
_CYRILLIC = ("uk", "ru", "be", "bg", "mk", "sr")
_OWN_LETTERS = {"uk": "їєґі", "ru": "ыэёъ", "pl": "ąęłńśźżćó"}
"""Letters that the other languages of the same script do without."""
_TELLING = 2
"""So many of them in a text tell its language against the customer's."""
_ENCODING = re.compile(rb"^\s*SET\s+(\S+)", re.MULTILINE)
_ASPELL = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_ASPELL_TIME = 5.0
"""Seconds that aspell gets to say what it has."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """One dictionary and the program that reads it."""

    name: str
    """`uk_UA`, `en`."""
    argv: tuple[str, ...]
    """The program, to be talked to as ispell (`-a`), in UTF-8."""
    encoding: str = "utf-8"
    """What cannot be written in it is not in the dictionary."""

    @property
    def language(self) -> str:
        return self.name.partition("_")[0].partition("-")[0].lower()


def installed(environment: Mapping[str, str] | None = None) -> tuple[Dictionary, ...]:
    """All of them, hunspell's first. Reads directories and may run a program: not on the loop."""
    env = os.environ if environment is None else environment
    path = env.get("PATH")
    found: dict[str, Dictionary] = {}
    if program := shutil.which("hunspell", path=path):
        for file in _files(env):
            if file.stem not in found:
                argv = (program, "-a", "-i", "utf-8", "-d", str(file.with_suffix("")))
                found[file.stem] = Dictionary(file.stem, argv, _encoding(file.with_suffix(".aff")))
    if program := shutil.which("aspell", path=path):
        languages = {one.language for one in found.values()}
        for name in _aspell_names(program):
            if name.partition("_")[0] not in languages:
                options = ("-a", f"--lang={name}", "--encoding=utf-8", "--sug-mode=fast")
                found[name] = Dictionary(name, (program, *options))
    return tuple(found.values())


def choose(
    dictionaries: Sequence[Dictionary], language: str, preferred: Iterable[str] = ()
) -> Dictionary | None:
    """The dictionary for a language (`uk`, `en-GB`): a preferred one, else the usual one."""
    wanted = language.replace("-", "_")
    base = wanted.partition("_")[0].lower()
    fitting = [one for one in dictionaries if one.language == base]
    if not fitting:
        return None
    order = [wanted, *preferred, *_USUAL]
    ranks = {name.casefold(): rank for rank, name in reversed(list(enumerate(order)))}
    return min(fitting, key=lambda one: (ranks.get(one.name.casefold(), 99), one.name))


def language_of(text: str, customer: str, desk: str = "") -> str:
    """The language that a reply is checked in: the customer's, unless its letters say that it is
    another. `desk`: what people here write where nothing tells. "" while there are no letters."""
    script = script_of(text)
    if script == "other":
        return ""
    lower = text.casefold()
    counts = {code: sum(map(lower.count, own)) for code, own in _OWN_LETTERS.items()}
    likely, most = max(counts.items(), key=lambda item: item[1])
    base = _base(customer)
    if base and _script(base) == script:
        told = most >= _TELLING and not counts.get(base) and _script(likely) == script
        return likely if told and base in ("en", *_OWN_LETTERS) else customer
    if most and _script(likely) == script:
        return likely
    if desk and _script(_base(desk)) == script:
        return desk
    return "uk" if script == "cyrillic" else "en"


def same_script(one: str, other: str) -> bool:
    """Two languages (`uk`, `en-GB`) are written in the same letters."""
    return _script(_base(one)) == _script(_base(other))


def _base(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()


def _script(language: str) -> Script:
    return "cyrillic" if language in _CYRILLIC else "latin"


def _files(env: Mapping[str, str]) -> list[Path]:
    data = env.get("XDG_DATA_HOME", "")
    own = Path(data) if data else Path(env.get("HOME", "/"), ".local", "share")
    named = [place for place in env.get("DICPATH", "").split(os.pathsep) if place]
    places = [*map(Path, named), own / "hunspell", *map(Path, PLACES)]
    found = []
    for place in places:
        try:
            files = sorted(place.glob("*.dic"))
        except OSError:
            continue
        found += [
            file
            for file in files
            if file.with_suffix(".aff").is_file() and not file.stem.startswith("hyph_")
        ]
    return found


def _encoding(affixes: Path) -> str:
    try:
        with affixes.open("rb") as file:
            found = _ENCODING.search(file.read(4096))
        name = found[1].decode("ascii", "replace") if found else "iso-8859-1"
        name = {"microsoft-cp1251": "cp1251"}.get(name.lower(), name)
        "".encode(name)
    except (OSError, LookupError):
        return "utf-8"
    return name


def _aspell_names(program: str) -> list[str]:
    try:
        shown = subprocess.run(
            [program, "dicts"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ASPELL_TIME,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    names = shown.stdout.decode("utf-8", "replace").split()
    return [name for name in names if _ASPELL.fullmatch(name)]
