"""Hostile and difficult texts that others collected: naughty strings, Trojan Source, and what
Unicode's own tables test with."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import cache

from tests.corpora import corpora, files


def unicode_lines(name: str) -> Iterator[list[str]]:
    """The fields of the data lines of one of Unicode's files."""
    for line in (corpora("terminal") / "unicode-15" / name).read_text("utf-8").splitlines():
        data = line.partition("#")[0].strip()
        if data:
            yield [field.strip() for field in data.split(";")]


def characters(codes: str) -> str:
    return "".join(chr(int(code, 16)) for code in codes.split())


def code_range(codes: str) -> range:
    first, _dots, last = codes.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


@cache
def texts() -> dict[str, str]:
    """Everything hostile in the collections, by where it stands."""
    found: dict[str, str] = {}
    for path in files("terminal"):
        if path.suffix == ".json":
            for number, text in enumerate(json.loads(path.read_bytes())):
                if "base64" in path.name:
                    text = base64.b64decode(text).decode("utf-8", "surrogateescape")
                found[f"{path.name}:{number}"] = text
        elif path.parent.name != "unicode-15":
            found[path.name + "/" + path.parent.name] = path.read_bytes().decode(
                "utf-8", "surrogateescape"
            )
    for field in unicode_lines("emoji-test.txt"):
        found[f"emoji {field[0]}"] = characters(field[0])
    for field in unicode_lines("emoji-zwj-sequences.txt"):
        found[f"zwj {field[0]}"] = characters(field[0])
    for field in unicode_lines("GraphemeBreakTest.txt"):
        found[f"break {field[0]}"] = characters(re.sub("[÷×]", " ", field[0]))
    for field in unicode_lines("EastAsianWidth.txt"):
        codes = code_range(field[0])
        found[f"width {field[0]}"] = "".join(map(chr, codes[:2000]))
    return found
