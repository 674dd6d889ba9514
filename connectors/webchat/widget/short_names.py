"""Gives the widget's own names one or two letters, which rjsmin leaves as they are.

A name that a file declares at its top means the same everywhere and gets one short name for
all; what is declared within one top declaration gets short names of that declaration alone.
Finer scopes need not be told apart, since the same name stays the same one. Names of properties
stay: a shorthand `{ text }` becomes `{ text: a }`. What this relies on is how our sources are
written (one name or pattern a declaration, no labels, classes or `with`); the browser tests run
the result.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
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
_WITHIN = "abcdefghijklmnopqrstuvwxyz"
_TOP = _WITHIN.upper() + "$_"
_LETTERS = _WITHIN + _TOP
_WORDS = frozenset(
    [
        "as", "async", "await", "break", "case", "catch", "const", "continue", "delete", "do",
        "else", "false", "finally", "for", "function", "if", "in", "instanceof", "let", "new",
        "null", "of", "return", "this", "throw", "true", "try", "typeof", "undefined", "void",
        "while",
    ]
)  # fmt: skip
_SHORTER = {"const": "let", "true": "!0", "false": "!1"}
_DECLARES = frozenset({"const", "let"})
_BEFORE_OBJECT = frozenset(
    ["=", "(", ",", ":", "[", "return", "?", "...", "const", "let", "&&", "||", "??"]
)

Token = tuple[str, str]
"""Its kind (a group of `_TOKEN`) and its text."""


def shorten(source: str) -> str:
    """The same program with short names; text, properties and the world's names are untouched."""
    tokens = list(_tokens(source))
    solid = [index for index, (kind, _) in enumerate(tokens) if kind != "space"]
    code = [tokens[index] for index in solid]
    roles = _roles(code)
    chunks = _chunks(code)
    found = _declared(code, roles)
    ours = [{name for at, name in found if start <= at < end} for start, end in chunks]
    heads = {start + (code[start][1] == "async") + 1 for start, _ in chunks}
    top = {name for at, name in found if at in heads}
    names = [
        code[index][1] if roles[index] in ("value", "shorthand") else ""
        for index in range(len(code))
    ]
    world = _WORDS | {name for name in names if name}.difference(top, *ours)
    short_top = _short_names(Counter(name for name in names if name in top), world, _TOP)
    for (start, end), declared in zip(chunks, ours, strict=True):
        uses = Counter(name for name in names[start:end] if name in declared - top)
        short = {**short_top, **_short_names(uses, world, _WITHIN)}
        for index in range(start, end):
            if name := short.get(names[index], ""):
                before = f"{names[index]}:" if roles[index] == "shorthand" else ""
                tokens[solid[index]] = ("name", before + name)
    _respell(tokens, solid)
    return "".join(text for _, text in tokens)


def _respell(tokens: list[Token], solid: Sequence[int]) -> None:
    """What is shorter said otherwise: `let a,b`, `!0`, `a=>…`, nothing before a closing mark."""
    texts = [*_code([tokens[index] for index in solid]), "", "", ""]
    beginnings = [""]
    for index, text in enumerate(texts[:-3]):
        after = texts[index + 1]
        if text in _SHORTER and tokens[solid[index]][1]:
            tokens[solid[index]] = ("mark", _SHORTER[text])
        elif (text == ";" and after == "}") or (text == "," and after and after in ")]}"):
            tokens[solid[index]] = ("mark", "")
        elif text == ";" and _DECLARES.issuperset((beginnings[-1], after)):
            tokens[solid[index]] = ("mark", ",")
            tokens[solid[index + 1]] = ("mark", "")
            texts[index + 1] = "let"
        elif (
            text == "("
            and texts[index + 2 : index + 4] == [")", "=>"]
            and tokens[solid[index + 1]][0] == "name"
        ):
            tokens[solid[index]] = tokens[solid[index + 2]] = ("mark", "")
        if not beginnings[-1]:
            beginnings[-1] = text
        if text in ("(", "[", "{", "${"):
            beginnings.append("")
        elif text in (")", "]", "}"):
            beginnings.pop()
        if text == ";" or (text == "}" and beginnings[-1] not in _DECLARES):
            beginnings[-1] = ""


def names_of_the_world(source: str) -> set[str]:
    """Those that the source uses and does not declare: the browser's, or mistakes."""
    code = [token for token in _tokens(source) if token[0] != "space"]
    roles = _roles(code)
    named = {
        text for (_, text), role in zip(code, roles, strict=True) if role in ("value", "shorthand")
    }
    return named.difference(name for _, name in _declared(code, roles))


def _short_names(uses: Counter[str], taken: Set[str], letters: str) -> dict[str, str]:
    """The most used get one letter. All begin with one of `letters`, none is taken."""
    made = (
        first + rest
        for length in count()
        for first in letters
        for rest in map("".join, product(_LETTERS, repeat=length))
        if first + rest not in taken
    )
    return {name: next(made) for name, _ in uses.most_common()}


def _chunks(code: Sequence[Token]) -> list[tuple[int, int]]:
    """Where each top declaration or statement begins and ends."""
    chunks, start, depth = [], 0, 0
    texts = _code(code)
    for index, text in enumerate(texts):
        depth += (text in ("(", "[", "{", "${")) - (text in (")", "]", "}"))
        following = texts[index + 1] if index + 1 < len(texts) else ";"
        whole = text == ";" or (
            text == "}" and following in ("const", "let", "function", "async", "if", ";")
        )
        if depth == 0 and whole and following != ";":
            chunks.append((start, index + 1))
            start = index + 1
    return [*chunks, (start, len(texts))]


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
            is_method = after == "(" and texts[partner[index + 1] + 1] == "{"
            if before in (".", "?.") or (in_object and (after == ":" or is_method)):
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


def _declared(tokens: Sequence[Token], roles: Sequence[str]) -> list[tuple[int, str]]:
    """Names that a declaration (of one name or pattern), a function or a parameter gives, and
    where."""
    texts = _code(tokens)
    pairs = _pairs(texts)
    back = {end: start for start, end in pairs.items()}
    declared: list[tuple[int, str]] = []

    def bind(index: int, stop: int) -> None:
        """Names bound between two places; the default after a `=` binds nothing."""
        while index < stop:
            if texts[index] == "=":
                while index < stop and texts[index] != ",":
                    index = pairs.get(index, index) + 1
            elif roles[index] in ("value", "shorthand"):
                declared.append((index, texts[index]))
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
