"""Customers from vCards: 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350).

The file is cut into cards here, line by line, so that its length costs no memory and a broken
card only itself; vobject reads each. Pictures are passed over before it sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from config.i18n import _
from omnitui.desk.customers.csv_file import charset_of, opened
from omnitui.desk.customers.record import Raw, Recognise, Target, Trouble

LARGEST = 200_000
"""Characters of one card, without its pictures."""
_LONGEST_LINE = 1 << 20
_PASSED = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|X-WAB-GAL\w*)[;:]", re.IGNORECASE)
_BEGIN = re.compile(r"\s*BEGIN\s*:\s*VCARD\s*$", re.IGNORECASE)
_END = re.compile(r"\s*END\s*:\s*VCARD\s*$", re.IGNORECASE)
_QUOTED = re.compile(r"^[^:]*QUOTED-PRINTABLE[^:]*:", re.IGNORECASE)
_LINE = re.compile(r"(?:[\w-]++\.)?[\w-]++[^:\r\n]*+:")
"""Without giving anything back: a picture's line of a megabyte is looked at once."""
_VALUE = r'(?:"[^"]*+"|[^";:,]*+)'
_PLAIN = re.compile(
    rf"(?:[\w-]++\.)?[\w-]++(?:;[\w-]++(?:={_VALUE}(?:,{_VALUE}){{0,20}})?){{0,40}}:"
)
"""A property's name and parameters as the standards have them (RFC 6350 section 3.3)."""
_FEW = 8
"""Signs between parameters that a head may have which is not quite so."""
_HEAD = 1_000
"""Characters in which a line says how it is written."""
_KNOWN: dict[str, Target] = {
    "fn": "name", "email": "email", "tel": "phone", "org": "company", "note": "note",
    "categories": "tags", "lang": "language", "tz": "timezone", "bday": "field:birthday",
    "title": "field:title", "url": "field:website", "x-telegram": "telegram",
    "x-telegram-id": "telegram",
}  # fmt: skip
_PASSED_OVER = frozenset(
    """
    adr agent anniversary begin calscale caladruri caluri class clientpidmap end fburl gender geo
    impp interests kind label mailer member n nickname prodid profile related rev role
    sort-string source uid version x-ablabel x-abuid x-ablrelatednames x-abadr x-abshowas
    x-phonetic-first-name x-phonetic-last-name x-socialprofile x-evolution-file-as
    """.split()  # noqa: SIM905 - a list of words
)


def read(path: Path, recognise: Recognise, charset: str = "") -> Iterator[Raw | Trouble]:
    """The records of the file, in order. Raises `CommandError` for a charset that is none,
    `OSError`."""
    with opened(path, charset or charset_of(path), newline=None) as file:
        yield from cards(iter(lambda: file.readline(_LONGEST_LINE), ""), recognise)


def known(name: str) -> Target:
    """What a property of that name holds; "" when no standard or program here calls one so."""
    folded = name.strip().casefold()
    return "-" if folded in _PASSED_OVER else _KNOWN.get(folded, "")


def cards(lines: Iterable[str], recognise: Recognise) -> Iterator[Raw | Trouble]:
    """What the lines of a file tell."""
    card: list[str] = []
    begun = size = 0
    passing = too_long = False
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        if _BEGIN.match(text):
            if begun:
                yield Trouble(begun, _("the card does not end before the next one begins."))
            card, begun, size, passing, too_long = [text], number, 0, False, False
        elif begun and _END.match(text):
            if too_long:
                yield Trouble(begun, _("the card is too long to be somebody's."))
            else:
                yield _read(begun, "\r\n".join([*card, "END:VCARD"]) + "\r\n", recognise)
            begun = 0
        elif begun:
            # A picture goes on in lines that begin with a blank, or (2.1) until an empty one.
            if passing and (not text or text[0] in " \t" or not _LINE.match(text)):
                continue
            passing = bool(_PASSED.match(text))
            size += 0 if passing else len(text)
            too_long = too_long or size > LARGEST
            if text and not passing and not too_long:
                card.append(text)
    if begun:
        yield Trouble(begun, _("the file ends before the card does."))


def _read(line: int, text: str, recognise: Recognise) -> Raw | Trouble:
    import vobject  # type: ignore[import-untyped]

    try:
        parsed = vobject.readOne(_blameless(text), allowQP=True)
        return _record(line, parsed, recognise)
    except RecursionError:
        raise
    except Exception as error:  # what the library raises is documented nowhere: told by line
        why = " ".join(str(error).split())[:120] or type(error).__name__
        return Trouble(line, _("the card cannot be read: {why}.").format(why=why.rstrip(".")))


def _blameless(text: str) -> str:
    """Without lines that are no property, or have so odd a head that the library would read it
    for hours: one of those should not cost the card."""
    kept: list[list[str]] = [["BEGIN:VCARD"]]
    soft = False
    for line in text.split("\r\n")[1:]:
        if soft or line[:1] in (" ", "\t"):
            kept[-1].append(line)
        else:
            kept.append([line])
        soft = line.endswith("=") and (soft or bool(_QUOTED.match(line[:_HEAD])))
    return "".join("\r\n".join(lines) + "\r\n" for lines in kept if _has_plain_head(lines))


def _has_plain_head(lines: Sequence[str]) -> bool:
    whole = "".join([lines[0], *(line[1:] for line in lines[1:])])
    if lines[0] == "BEGIN:VCARD" or _PLAIN.match(whole):
        return True
    head, colon, _value = whole.partition(":")
    return (
        bool(colon and _LINE.match(whole))
        and len(head) <= _HEAD
        and sum(map(head.count, ";,=")) <= _FEW
    )


def _record(line: int, card: Any, recognise: Recognise) -> Raw | Trouble:
    record = Raw(line)
    if _text(getattr(getattr(card, "kind", None), "value", "")).casefold() == "group":
        return record
    for child in card.getChildren():
        name = str(child.name)
        value = child.value
        if name == "N":
            for part in ("given", "additional", "family"):
                target = {"given": "first", "additional": "middle", "family": "last"}[part]
                record.add(f"{target}-name", _text(getattr(value, part, "")))
            continue
        target = recognise(name) or recognise(name.removeprefix("X-"))
        if name == "ORG" and isinstance(value, list):
            value = value[0] if value else ""
        if name == "IMPP" and str(value).lower().startswith("telegram:"):
            target, value = "telegram", str(value).partition(":")[2]
        if not target:
            record.values.setdefault("", []).append(name)
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            text = _text(one)
            for part in re.split(r"[,;]", text) if target == "tags" else [text]:
                record.add(target, part)
    return record


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(_text(one) for one in value if one)
    return str(value) if value is not None else ""
