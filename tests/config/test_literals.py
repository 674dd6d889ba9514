"""What a person reads is not written down in English without `_()`, and what stands there is in
the catalogs' template: read off the sources, once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache

import pytest

from config import catalogs

pytestmark = pytest.mark.xdist_group("sources")

SAYS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(
        ("say", "Failure", "BadValue", "QueryError", "CommandError", "NeedsConfirmation", "Done",
         "Static", "Content", "Fact", "print", "StoreError", "ReplyStopped"),
        (0,),
    ),
    **dict.fromkeys(("Problem", "NewProblem", "confirm"), (0, 1)),
    **dict.fromkeys(("Finding", "ok", "warn", "fail", "Check"), (0, 1, 2, 3)),
    "Choice": (2,), "Item": (2,), "Tab": (1,),
}  # fmt: skip
"""Functions and classes whose texts somebody reads, and which of their arguments those are."""
TITLES = frozenset({"help", "title", "placeholder", "description", "hint", "sentence", "label"})
"""Arguments by name that are read."""
WORDS = re.compile(r"[A-Za-z]{2,} +[A-Za-z]{2,}|^[A-Z][a-z]{2,}")
"""More than one word, or one that begins as a sentence does."""
NOT_READ = {
    "omnitui/cli/command_reference.py", "omnitui/cli/reference.py", "config/reference.py",
    "config/catalogs.py", "config/examples/spell.py",
}  # fmt: skip
"""What writes the manual, which is in English."""
TYPED = re.compile(
    r" *(apt|chgrp|chmod|export|gpasswd|mkdir|omnitui|sshd|systemctl|tmux|customer|message"
    r"|<script) "
)
"""Beginnings of what is typed into a shell or copied into a page."""


@cache
def calls() -> dict[str, list[ast.Call]]:
    """All that the program's sources call, by path."""
    return {
        source.relative_to(catalogs.ROOT).as_posix(): calls_in(source.read_bytes())
        for package in catalogs.PACKAGES
        for source in sorted((catalogs.ROOT / package).rglob("*.py"))
    }


def calls_in(source: bytes) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]


def plain_texts(called: Sequence[ast.Call]) -> Iterator[tuple[int, str]]:
    """(line, text) of what is told without being translated."""
    for node in called:
        said = [node.args[at] for at in SAYS.get(_name(node), ()) if at < len(node.args)]
        said += [one.value for one in node.keywords if one.arg in TITLES]
        for argument in said:
            for text in _literals(argument):
                if WORDS.search(text):
                    yield node.lineno, text


def _name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _literals(node: ast.AST) -> Iterator[str]:
    """The texts that an expression becomes, not those inside other calls."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield " ".join(v.value for v in values if isinstance(v, ast.Constant))
        case ast.BinOp(left=left, right=right):
            yield from _literals(left)
            yield from _literals(right)
        case ast.IfExp(body=body, orelse=other):
            yield from _literals(body)
            yield from _literals(other)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _literals(value)
        case ast.Call(func=ast.Attribute(value=value, attr="format" | "strip")):
            yield from _literals(value)
        case _:
            return


def test_what_is_said_is_translated() -> None:
    found = [
        f"{path}:{line}: {text}"
        for path, called in calls().items()
        if path not in NOT_READ
        for line, text in plain_texts(called)
        if not TYPED.match(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('screen.say("Not sent.")', ["Not sent."]),
        ('screen.say(_("Not sent."))', []),
        ('raise CommandError(f"There is no {name}.")', ["There is no  ."]),
        ('Done("Closed." if one else _("All closed."))', ["Closed."]),
        ('print("{n} texts here".format(n=1))', ["{n} texts here"]),
        ('parser.add_argument("--json", help="one document")', ["one document"]),
        ('item("r", "reply")', []),
        ('Item("r", "reply", title)', []),
    ],
)
def test_the_check_sees_them(source: str, found: list[str]) -> None:
    assert [text for _line, text in plain_texts(calls_in(source.encode()))] == found


def test_no_text_is_alone_and_the_first_form_of_a_plural() -> None:
    """Its translation is one message: alone, it would be shown with the number's place open."""
    said: dict[str, set[str]] = {"_": set(), "ngettext": set()}
    for called in calls().values():
        for node in called:
            if (texts := said.get(_name(node))) is not None:
                texts.update(_literals(node.args[0]))
    assert said["ngettext"]
    assert not said["_"] & said["ngettext"]


CALLS = {"_": 0, "N_": 0, "ngettext": 0, "pgettext": 1}
"""Which argument is the text."""


def asked() -> Iterator[tuple[str, str]]:
    """(where, text): by the syntax tree, which also knows what stands inside an f-string."""
    for path, called in calls().items():
        for node in called:
            place = CALLS.get(node.func.id) if isinstance(node.func, ast.Name) else None
            if place is not None and len(node.args) > place:
                text = node.args[place]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield f"{path}:{node.lineno}", text.value


def test_every_text_that_is_asked_for_is_extracted() -> None:
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in catalogs.extract() if m.id}
    found = list(asked())
    assert len(found) > 1000
    lost = [where for where, text in found if text and text not in known]
    assert not lost, "not extracted: " + ", ".join(lost)
