"""Header text: raw 8-bit bytes and RFC 2047 encoded words, also the broken forms.

Seen in real mail and read: characters split across words, spaces inside a word, lower
case `q` and `b`, missing padding, words glued to text or inside quotes, unknown charsets.
"""

from __future__ import annotations

import binascii
import re

from connectors.email.mime import charset

_WORD = re.compile(
    r"=\?\s{0,3}([^?\s*]{1,64})(?:\*[^?]*)?\s{0,3}\?\s?([bBqQ])\s?"
    # No other word begins within one: else each of many unfinished ones is read to the end.
    r"\?((?:[^?=]|\?(?!=)|=(?!\?[^=])){0,4000})\?=",
    re.DOTALL,
)
_UNFINISHED = re.compile(
    r"=\?([^?\s*]{1,64})(?:\*[^?]{0,40})?\?(?:([bB])\?([A-Za-z0-9+/=_-]{2,4000})"
    r"|([qQ])\?([^?\s]{1,4000}))\??\s*\Z"
)
MAX_DECODED = 64 << 10
"""Characters of one value in which encoded words are looked for."""
_CONTROL = re.compile(r"[\r\n\t\0]+[ ]*")


def plain(value: bytes, fallback: str = "") -> str:
    """A raw header value as text, encoded words left alone.

    `fallback` is the charset to try for raw 8-bit bytes that are not UTF-8."""
    if value.isascii():
        return value.decode("ascii")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return charset.decode(value, fallback)[0]


def text(value: bytes, fallback: str = "") -> str:
    """A raw header value decoded for people: one line, no NUL, outer spaces gone."""
    return decode(plain(value, fallback))


def decode(value: str) -> str:
    """RFC 2047 §6.2 with leniency. White space between encoded words vanishes."""
    if "=?" in value:
        value = _decode_words(value[:MAX_DECODED]) + value[MAX_DECODED:]
    if not value.isprintable():
        value = _CONTROL.sub(" ", value)
    return value.strip()


def _finished(value: str) -> str:
    """The last word with the end that the sender cut off or forgot."""
    at = value.rfind("=?")
    while at > 0 and value[at - 1] == "?" and value.rfind("=?", 0, at) >= 0:
        at = value.rfind("=?", 0, at)  # `?=?`: the text of a word begins with `=`
    match = _UNFINISHED.match(value, max(at, 0))
    if match is None:
        return value
    name, b, digits, q, text = match.groups()
    return f"{value[: match.start()]}=?{name}?{b or q}?{digits or text}?="


def _decode_words(value: str) -> str:
    if not value.rstrip().endswith("?="):
        value = _finished(value)
    out: list[str] = []
    pending = b""
    tail = ""  # base64 digits of a quantum that the sender split across words
    label = ""
    at = 0
    for match in _WORD.finditer(value):
        between = value[at : match.start()]
        charset_name, kind, content = match.group(1), match.group(2).lower(), match.group(3)
        joined = at > 0 and not between.strip()
        if not joined:
            out.append(_flush(pending, tail, label))
            out.append(between)
            pending, tail = b"", ""
        elif charset_name.lower() != label.lower():
            out.append(_flush(pending, tail, label))
            pending, tail = b"", ""
        label = charset_name
        if kind == "q":
            pending += _base64(tail) + binascii.a2b_qp(
                content.replace("\n", "").encode("utf-8", "replace"), header=True
            )
            tail = ""
        else:
            if "_" in content or "-" in content:
                content = content.replace("-", "+").replace("_", "/")  # of URLs (RFC 4648 §5)
            digits = tail + re.sub(r"[^A-Za-z0-9+/=]", "", content)
            whole = len(digits) - len(digits) % 4 if "=" not in digits else len(digits)
            pending += _base64(digits[:whole])
            tail = digits[whole:]
        at = match.end()
    if at == 0:
        return value
    out.append(_flush(pending, tail, label))
    out.append(value[at:])
    return "".join(out)


def _flush(pending: bytes, tail: str, label: str) -> str:
    data = pending + _base64(tail)
    return charset.decode(data, label)[0] if data else ""


def _base64(digits: str) -> bytes:
    digits = digits.rstrip("=")
    if not digits:
        return b""
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    try:
        return binascii.a2b_base64(digits.replace("=", "") + "==")
    except binascii.Error:
        return b""
