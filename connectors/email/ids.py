"""Message-IDs (RFC 5322 §3.6.4): read without brackets, however they were written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from connectors.email.mime import words

_BRACKETED = re.compile(r"<\s*([^<>]+?)\s*>")
_COMMENT = re.compile(r"(?:^|(?<=[\s>]))\([^()]*\)(?=[\s<]|$)")
_TOKEN = re.compile(r"omnitui\.([A-Za-z0-9._~=-]+)@")
_PLUS = re.compile(r"\+omnitui\.([A-Za-z0-9._~=-]+)@", re.IGNORECASE)
MAX_ID = 1_000
MAX_IDS = 1_000


def read_id(value: bytes) -> str:
    """The one id of Message-ID or In-Reply-To; empty when there is none.

    In-Reply-To may be prose (RFC 822 §4.6.2): the first id that looks like one is taken."""
    if not value:
        return ""
    text = _text(value)
    found = ["".join(each.split())[:MAX_ID] for each in _BRACKETED.findall(text)]
    found = [each for each in found if _means_something(each)]
    if found:
        return next((each for each in found if "@" in each), found[0])
    bare = text.strip().strip("<>").strip()
    return bare[:MAX_ID] if _means_something(bare) and not re.search(r"\s", bare) else ""


def read_ids(value: bytes) -> list[str]:
    """The ids of References in order, doubles dropped; the first and the newest when
    there are more than MAX_IDS."""
    if not value:
        return []
    text = _text(value)
    found = ["".join(each.split())[:MAX_ID] for each in _BRACKETED.findall(text)]
    if not found:
        found = [each.strip("<>,;") for each in text.split() if "@" in each]
    ids = [each for each in dict.fromkeys(found) if _means_something(each)]
    return ids if len(ids) <= MAX_IDS else ids[:1] + ids[1 - MAX_IDS :]


def _means_something(name: str) -> bool:
    """`<>` and `<@>` name no mail; whole crowds of mails carry them."""
    return name[:1].isalnum() or any(char.isalnum() for char in name)


def reply_tokens(ids: Iterable[str], addresses: Iterable[str]) -> list[str]:
    """Reply tokens (`omnitui.TOKEN@`) in our own quoted ids and in plus-addresses."""
    found: dict[str, None] = {}
    for each in ids:
        if each[:8].lower() == "omnitui.":
            match = _TOKEN.match("omnitui." + each[8:])
            if match:
                found[match.group(1)] = None
    for address in addresses:
        if "+" in address:
            match = _PLUS.search(address)
            if match:
                found[match.group(1)] = None
    return list(found)


def _text(value: bytes) -> str:
    text = words.plain(value[: 1 << 18])
    if "=?" in text:
        text = words.decode(text)
    return _COMMENT.sub(" ", text) if "(" in text else text
