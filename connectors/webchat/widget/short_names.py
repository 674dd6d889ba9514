"""Gives the widget's own names one or two letters, which rjsmin leaves as they are.

Every name that the sources declare (`const`, `let`, `function`, `catch`, parameters) becomes
the same short one everywhere, so that no scopes have to be told apart. Names of properties
stay: a shorthand `{ text }` becomes `{ text: a }`. What this relies on is how our sources are
written (ES modules' style, no labels, no classes, no `with`); the browser tests run the result.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count, product

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<name>[A-Za-z_$][\w$]*)
    |(?P<number>\d[\w.]*)
    |(?P<mark>=>|\.{3}|\?\.|[=!]==?|\*\*|[<>]=|&&|\|\||\?\?|\+\+|--|[-+*/%]=|[^\w\s])""",
    re.S | re.X,
)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/[a-z]*")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PARTNERS = {"(": ")", "[": "]", "{": "}"}
_WORDS = frozenset(
    "as async await break case catch const continue delete do else false finally for function if"
    " in instanceof let new null of return this throw true try typeof undefined void while".split()
)
_BEFORE_OBJECT = frozenset(
    ["=", "(", ",", ":", "[", "return", "?", "...", "const", "let", "&&", "||", "??"]
)

Token = tuple[str, str]
"""Its kind (a group of `_TOKEN`) and its text."""


def shorten(source: str) -> str:
    """The same program with short names; text, properties and the world's names are untouched."""
    tokens = list(_tokens(source))
    solid = [index for index, (kind, _) in enumerate(tokens) if kind != "space"]
    roles = _roles([tokens[index] for index in solid])
    declared = _declared([tokens[index] for index in solid], roles)
    uses: Counter[str] = Counter()
    taken: set[str] = set(_WORDS)
    for index, role in zip(solid, roles, strict=True):
        name = tokens[index][1]
        if role in ("value", "shorthand"):
            if name in declared:
                uses[name] += 1
            else:
                taken.add(name)
    short = _short_names(uses, taken)
    for index, role in zip(solid, roles, strict=True):
        name = tokens[index][1]
        if name not in short:
            continue
        if role == "value":
            tokens[index] = ("name", short[name])
        elif role == "shorthand":
            tokens[index] = ("name", f"{name}:{short[name]}")
    return "".join(text for _, text in tokens)


def _short_names(uses: Counter[str], taken: set[str]) -> dict[str, str]:
    letters = (
        "".join(chosen)
        for length in count(1)
        for chosen in product(_LETTERS, repeat=length)
        if "".join(chosen) not in taken
    )
    return {name: next(letters) for name, _ in uses.most_common()}


def _tokens(source: str) -> Iterator[Token]:
    """Words, marks and whole literals; the inside of `${…}` is told apart as well."""
    at = 0
    before = ""
    while at < len(source):
        if source[at] == "`":
            end, pieces = _template(source, at)
            yield from pieces
            at, before = end, "`"
            continue
        regex = _REGEX.match(source, at) if source[at] == "/" else None
        if regex and not source.startswith(("//", "/*"), at) and _value_may_follow(before):
            yield "string", regex.group()
            at, before = regex.end(), "/"
            continue
        match = _TOKEN.match(source, at)
        if match is None:
            raise ValueError(f"not JavaScript that this reads: {source[at : at + 40]!r}")
        kind = match.lastgroup or ""
        yield kind, match.group()
        at = match.end()
        if kind != "space":
            before = match.group()


def _value_may_follow(before: str) -> bool:
    return before in ("", "return") or (
        not re.match(r"[\w$\"'`/]", before) and before not in (")", "]", "}")
    )


def _template(source: str, start: int) -> tuple[int, list[Token]]:
    pieces: list[Token] = []
    text = "`"
    at = start + 1
    while source[at] != "`":
        if source.startswith("${", at):
            end = _closing(source, at + 2)
            pieces += [("string", text), ("mark", "${"), *_tokens(source[at + 2 : end])]
            text, at = "", end
            pieces.append(("mark", "}"))
            at += 1
        else:
            step = 2 if source[at] == "\\" else 1
            text += source[at : at + step]
            at += step
    return at + 1, [*pieces, ("string", text + "`")]


def _closing(source: str, at: int) -> int:
    """Where the `}` of a `${` stands; templates within it are skipped whole."""
    depth = 0
    while depth or source[at] != "}":
        if source[at] == "`":
            at = _template(source, at)[0]
            continue
        depth += {"{": 1, "}": -1}.get(source[at], 0)
        at += 1
    return at


def _roles(tokens: Sequence[Token]) -> list[str]:
    """Of each token: `value` (a name that may be ours), `shorthand`, `key` or nothing."""
    texts = _code(tokens)
    partner = _pairs(texts)
    around: list[str] = []
    roles = []
    for index, (kind, text) in enumerate(tokens):
        before = texts[index - 1] if index else ""
        after = texts[index + 1] if index + 1 < len(texts) else ""
        role = ""
        if kind == "name" and text not in _WORDS:
            in_object = around[-1:] == ["object"] and before in ("{", ",", "async")
            if before in (".", "?."):
                role = "key"
            elif in_object and after == ":":
                role = "key"
            elif in_object and after == "(" and texts[partner[index + 1] + 1] == "{":
                role = "key"
            elif in_object and after in (",", "}", "="):
                role = "shorthand"
            else:
                role = "value"
        roles.append(role)
        if texts[index] == "{":
            around.append("object" if before in _BEFORE_OBJECT else "block")
        elif texts[index] in ("(", "[", "${"):
            around.append(text)
        elif texts[index] in (")", "]", "}"):
            around.pop()
    return roles


def _code(tokens: Sequence[Token]) -> list[str]:
    """The texts, without those of literals, which may look like code."""
    return [text if kind in ("name", "mark") else "" for kind, text in tokens]


def _pairs(texts: Sequence[str]) -> dict[int, int]:
    """Where each opening bracket is closed."""
    pairs, opened = {}, []
    for index, text in enumerate(texts):
        if text in ("(", "[", "{", "${"):
            opened.append(index)
        elif text in (")", "]", "}"):
            pairs[opened.pop()] = index
    return pairs


def _declared(tokens: Sequence[Token], roles: Sequence[str]) -> set[str]:
    """Names that a declaration (of one name or pattern), a function or a parameter gives."""
    texts = _code(tokens)
    pairs = _pairs(texts)
    back = {end: start for start, end in pairs.items()}
    declared: set[str] = set()

    def bind(start: int, end: int) -> None:
        """Names bound between two places; the default after a `=` binds nothing."""
        index = start
        while index < end:
            if texts[index] == "=":
                while index < end and texts[index] != ",":
                    index = pairs.get(index, index) + 1
            elif roles[index] in ("value", "shorthand"):
                declared.add(texts[index])
            index += 1

    for index, text in enumerate(texts):
        if text in ("const", "let") and not roles[index]:
            bind(index + 1, pairs.get(index + 1, index + 2))
        elif text == "function":
            bind(index + 1, pairs[index + 2])
        elif text == "=>":
            bind(back.get(index - 1, index - 1), index)
        elif text == "(" and roles[index - 1] == "key" and texts[pairs[index] + 1] == "{":
            bind(index + 1, pairs[index])
    return declared
