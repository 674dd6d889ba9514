"""`type/subtype; name=value` headers with RFC 2231 continuations and real senders' slips."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from connectors.email.mime import charset, words

_NAME = r";\s*([^\s=;\"<>,()]{1,100})\s*=\s*"
_PARAMETER = re.compile(_NAME + r"(\"(?:[^\"\\]|\\.)*\\?(?:\"|\Z)|[^;]*)", re.DOTALL)
_UNQUOTED = re.compile(_NAME + r"([^;]*)", re.DOTALL)
_NO_SEMICOLON = re.compile(r"\s*([^\s;=]+/[^\s;=]+)\s+([A-Za-z*0-9-]+\s*=)")
_SECTION = re.compile(r"(.+?)\*(\d{1,3})?(\*)?\Z")
MAX_HEADER = 16 << 10


def read_parameters(value: bytes) -> tuple[str, dict[str, str]]:
    """The first word in lower case, and the parameters by lower-case name, decoded."""
    return _read(value) if len(value) > 200 else _remembered(value)


@lru_cache(maxsize=1024)
def _remembered(value: bytes) -> tuple[str, dict[str, str]]:
    # Most mails share a handful of Content-Type lines. Callers only read the dict.
    return _read(value)


def _read(value: bytes) -> tuple[str, dict[str, str]]:
    text = words.plain(value[:MAX_HEADER])
    slip = _NO_SEMICOLON.match(text)
    if slip:
        text = f"{slip.group(1)};{text[slip.start(2) :]}"
    main = re.sub(r"\([^)]*\)", "", text.partition(";")[0]).strip().strip("\"'<>").lower()
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    at = text.find(";")
    pattern = _PARAMETER
    while at >= 0 and (match := pattern.search(text, at)):
        at = match.end()
        name, value_text = match.group(1).lower(), match.group(2).strip()
        if (
            value_text[:1] == '"'
            and pattern is _PARAMETER
            and (len(value_text) == 1 or value_text[-1] != '"')
        ):
            # The quote never ends: up to the next `;`, and no quotes from here on.
            pattern = _UNQUOTED
            value_text = value_text.partition(";")[0]
            at = match.start(2) + len(value_text)
        content = _unquoted(value_text)
        section = _SECTION.match(name) if "*" in name else None
        if section:
            number = int(section.group(2) or 0)
            extended = section.group(3) is not None or section.group(2) is None
            sections.setdefault(section.group(1), {}).setdefault(number, (content, extended))
        else:
            plain.setdefault(name, words.decode(content))
    for name, pieces in sections.items():
        plain[name] = _joined(pieces)
    return main, plain


def _unquoted(value: str) -> str:
    if value[:1] == '"':
        inner = value[1:-1] if len(value) > 1 and value[-1] == '"' else value[1:]
        # A lone backslash is a Windows path, not an escape.
        return re.sub(r'\\(["\\])', r"\1", inner)
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == "'" else value


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 §4.1: sections in order; the first extended one names the charset."""
    label = ""
    out = bytearray()
    for position, number in enumerate(sorted(pieces)):
        content, extended = pieces[number]
        if extended:
            if position == 0 and content.count("'") >= 2:
                label, _, content = content.split("'", 2)
            out += unquote_to_bytes(content)
        else:
            out += content.encode("utf-8", "replace")
    return words.decode(charset.decode(bytes(out), label)[0])
