"""Texts and their entities: UTF-16 offsets, limits, and what Telegram makes of them."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from tests.servers.bot_api import errors
from tests.servers.bot_api.parse_modes import parsed

Entity = dict[str, Any]
_FOUND_BY_TELEGRAM = (
    ("url", re.compile(r"\bhttps?://[^\s<>\"]*[^\s<>\".,:;!?)\]]")),
    ("email", re.compile(r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{4,31}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{5,32})?\b")),
)
_ACCEPTED = {
    "bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link",
    "text_mention", "custom_emoji", "blockquote", "expandable_blockquote", "date_time",
}  # fmt: skip
"""What a bot may set; Telegram finds the others itself, whatever a bot says."""
_LINK = re.compile(r"(?:https?|tg|ton|mailto|tel):\S+", re.IGNORECASE)
_SPLITTABLE = {"bold", "italic", "underline", "strikethrough", "spoiler"}
_WHOLE = {"code", "pre"}
_DROPPED = re.compile("[\r\u2028-\u202e]")
_SPACED = re.compile("[\x00-\x09\x0b-\x1f]")


def units(text: str) -> int:
    """UTF-16 code units: what every offset, length and limit is counted in."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def detected(text: str) -> list[Entity]:
    """What Telegram finds in a text by itself: links, addresses, names, commands."""
    found: list[Entity] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in _FOUND_BY_TELEGRAM:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other < end for other, other_end in taken):
                continue
            taken.append((start, end))
            found.append({"type": kind, "offset": units(text[:start]), "length": units(match[0])})
    return sorted(found, key=lambda each: each["offset"])


def formatted(
    text: str,
    parse_mode: str | None,
    entities: list[Entity] | None,
    *,
    limit: int,
    words: str,
    field: str = "text",
    may_be_empty: bool = False,
) -> dict[str, Any]:
    """`text` and `entities` (or `caption` and `caption_entities`) as the message will show them.
    Raises `Refusal`."""
    if len(text.encode()) > 1 << 15:
        raise errors.bad_request("text is too long")
    if parse_mode and parse_mode.lower() != "none" and text:
        text, entities = parsed(text, parse_mode.lower())
    accepted = [each for each in map(_with_url, entities or []) if each is not None]
    text, given = _cleaned(text, accepted)
    if not text and not may_be_empty:
        raise errors.bad_request("text must be non-empty")
    if units(text) > limit:
        raise errors.bad_request(words)
    found = _settled(text, given)
    covered = [(each["offset"], each["offset"] + each["length"]) for each in found]
    for each in detected(text):
        start, end = each["offset"], each["offset"] + each["length"]
        inside = (kept for kept in found if kept["type"] not in _SPLITTABLE | {"blockquote"})
        if not any(
            start < kept["offset"] + kept["length"] and kept["offset"] < end for kept in inside
        ):
            covered.append((start, end))
            found.append(each)
    found.sort(key=lambda each: (each["offset"], -each["length"]))
    name = "entities" if field == "text" else "caption_entities"
    return ({field: text} if text else {}) | ({name: found} if found else {})


def _with_url(entity: Entity) -> Entity | None:
    """With the URL as Telegram keeps it; None: not an entity that a bot can set."""
    if entity["type"] not in _ACCEPTED:
        return None
    if entity["type"] != "text_link":
        return entity
    url = str(entity.get("url", "")).strip()
    if "://" not in url and re.match(r"[^\s/:?#]+\.[^\s/:?#]{2,}(?:[/:?#]|$)", url):
        url = f"http://{url}"
    if not _LINK.fullmatch(url):
        return None
    if re.fullmatch(r"https?://[^/?#]+", url):
        url += "/"
    return entity | {"url": url}


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the characters that Telegram does not keep, and without white space around it."""
    raw = text.encode("utf-16-le")
    total = len(raw) // 2
    marks: list[tuple[Entity, int, int]] = []
    for each in entities:
        start, end = each["offset"], each["offset"] + each["length"]
        if start < 0 or each["length"] < 0:
            raise errors.bad_request("receive an entity with incorrect offset or length")
        if end > total:
            raise errors.bad_request(
                f"entity beginning at UTF-16 offset {start} ends after the end of the text "
                f"at UTF-16 offset {end}"
            )
        for unit, verb in ((start, "begins"), (end, "ends")):
            if unit < total and _is_low_surrogate(raw, unit):
                raise errors.bad_request(
                    f"entity {verb} in a middle of a UTF-16 symbol at byte offset {unit}"
                )
        marks.append((each, _characters(raw, start), _characters(raw, end)))
    places: list[int] = []
    kept: list[str] = []
    for character in text:
        places.append(len(kept))
        if not _DROPPED.match(character):
            kept.append(_SPACED.sub(" ", character))
    places.append(len(kept))
    clean = "".join(kept)
    last = len(clean.rstrip())
    begins = (
        places[start] for _each, start, end in marks if clean[places[start] : places[end]].strip()
    )
    first_entity = min(begins, default=len(clean))
    lead = min(len(clean) - len(clean.lstrip()), first_entity, last)
    clean_text = clean[lead:last]

    def at(index: int) -> int:
        return units(clean[lead : max(lead, min(places[index], last))])

    moved = [
        each | {"offset": at(start), "length": at(end) - at(start)} for each, start, end in marks
    ]
    return clean_text, [each for each in moved if each["length"] > 0]


def _is_low_surrogate(raw: bytes, unit: int) -> bool:
    return 0xDC <= raw[unit * 2 + 1] <= 0xDF


def _characters(raw: bytes, unit: int) -> int:
    return len(raw[: unit * 2].decode("utf-16-le"))


def _settled(text: str, entities: list[Entity]) -> list[Entity]:
    """Without what covers only white space, without styles in code, overlapping styles merged
    where they are the same and split where they are not, so that all are nested."""
    entities = _not_blank(text, entities)
    whole = _without_overlaps([each for each in entities if each["type"] not in _SPLITTABLE])
    holes = [
        (each["offset"], each["offset"] + each["length"])
        for each in whole
        if each["type"] in _WHOLE
    ]
    edges = sorted(
        {edge for each in whole for edge in (each["offset"], each["offset"] + each["length"])}
    )
    styles: list[Entity] = []
    for kind in sorted(_SPLITTABLE):
        spans = _merged([each for each in entities if each["type"] == kind])
        for start, end in _minus(spans, holes):
            # A style may hold an entity or be held by it, but not lie across its border.
            cuts = [edge for edge in edges if start < edge < end and _crosses(start, end, whole)]
            bounds = [start, *cuts, end]
            styles += [
                {"type": kind, "offset": low, "length": high - low}
                for low, high in pairwise(bounds)
            ]
    return whole + _not_blank(text, _nested(styles))


def _not_blank(text: str, entities: list[Entity]) -> list[Entity]:
    raw = text.encode("utf-16-le")
    return [
        each for each in entities
        if raw[each["offset"] * 2 : (each["offset"] + each["length"]) * 2]
        .decode("utf-16-le").strip()
    ]  # fmt: skip


def _crosses(start: int, end: int, whole: list[Entity]) -> bool:
    for each in whole:
        low, high = each["offset"], each["offset"] + each["length"]
        if (
            start < high
            and low < end
            and not (start <= low and high <= end)
            and not (low <= start and end <= high)
        ):
            return True
    return False


def _without_overlaps(entities: list[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    for each in sorted(entities, key=lambda each: (each["offset"], -each["length"])):
        low, high = each["offset"], each["offset"] + each["length"]
        fine = all(
            low >= other["offset"] + other["length"]
            or (
                {"blockquote", "expandable_blockquote"} & {other["type"]}
                and high <= other["offset"] + other["length"]
            )
            for other in kept
        )
        if fine:
            kept.append(each)
    return kept


def _merged(entities: list[Entity]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for each in sorted(entities, key=lambda each: int(each["offset"])):
        low, high = each["offset"], each["offset"] + each["length"]
        if spans and low <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], high))
        else:
            spans.append((low, high))
    return spans


def _minus(spans: list[tuple[int, int]], holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    for low, high in holes:
        spans = [
            piece
            for start, end in spans
            for piece in ((start, min(end, low)), (max(start, high), end))
            if piece[0] < piece[1]
        ] if any(start < high and low < end for start, end in spans) else spans  # fmt: skip
    return spans


def _nested(styles: list[Entity]) -> list[Entity]:
    """Styles that overlap in part are split where the other one ends."""
    kept: list[Entity] = []
    for each in sorted(styles, key=lambda each: (each["offset"], -each["length"], each["type"])):
        pieces = [(each["offset"], each["offset"] + each["length"])]
        for other in kept:
            end = other["offset"] + other["length"]
            pieces = [
                part
                for low, high in pieces
                for part in (
                    [(low, end), (end, high)]
                    if other["offset"] <= low < end < high
                    else [(low, high)]
                )
            ]
        kept += [
            {"type": each["type"], "offset": low, "length": high - low} for low, high in pieces
        ]
    return kept
