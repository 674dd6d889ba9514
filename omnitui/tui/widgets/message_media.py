"""A photo, a voice message, a place: one line that says what it is and whether it is here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from config.i18n import _
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.file_words import size, whereabouts
from omnitui.tui.widgets.text_flow import Piece, marked
from omnitui.tui.words.media_words import (
    WORDLESS,
    Part,
    album,
    album_words,
    media,
    media_parts,
    options,
    says_no_more,
    told_files,
    with_sign,
)
from store.model import Attachment, Message

HANGING = 3
"""Cells by which what follows the sign's line stands in."""


def media_lines(message: Message, cells: int) -> Iterable[Piece]:
    """What was sent instead of a text, or above it; nothing for a document: its file tells."""
    found = media(message)
    if found is None:
        return
    kind = str(found.get("kind") or "")
    files = told_files(message)
    if kind == "document" and message.attachments:
        return
    if album(message) and len(files) > 1:
        parts: list[Part] = [(with_sign(kind, album_words([file.type for file in files])), None)]
    else:
        first, *rest = media_parts(found, message.text)
        parts = [(with_sign(kind, first[0]), first[1]), *rest]
    yield from marked([*parts, *_state(kind, files)], cells, "timeline--file", hanging=HANGING)
    if kind == "poll":
        for answer, votes in options(found):
            counted = "" if votes is None else f"  {votes}"
            line: list[Part] = [(f"   ○ {answer}", None), (counted, "quiet")]
            yield from marked(line, cells, "timeline--text", hanging=HANGING + 2)


def wordless(message: Message) -> bool:
    """Whether the message's text only says what the line about its media says already."""
    found = media(message)
    if found is None or found.get("kind") not in WORDLESS:
        return False
    said = [text for text, _kind in media_parts(found, message.text)]
    said += [answer for answer, _votes in options(found)]
    return says_no_more(message.text, " ".join(said))


def _state(kind: str, files: Sequence[Attachment]) -> list[Part]:
    """`  34 kB`, `  2 of 3 fetching…`, `  ✗ too large`: one for all files."""
    if not files or (kind == "sticker" and not files[0].problem):
        return []
    awaited = [file for file in files if file.awaited]
    lost = [file for file in files if not file.blob and not file.awaited and file.problem]
    total = sum(file.size for file in files)
    parts: list[Part] = []
    if total:
        parts.append((f"  {size(total)}", "quiet"))
    if len(files) == 1:
        state, how = whereabouts(files[0])
        return [*parts, (f"  {state}", how)] if state else parts
    if awaited:
        words = _("fetching…")
        if len(awaited) < len(files):
            words = _("fetching {n} of {all}…").format(n=len(awaited), all=len(files))
        parts.append((f"  {words}", "waiting"))
        if awaited[0].problem:
            parts.append((f"  {one_line(awaited[0].problem)}", "quiet"))
    if lost:
        words = _("{n} of {all} not here: {why}")
        words = words.format(n=len(lost), all=len(files), why=one_line(lost[0].problem))
        parts.append((f"  ✗ {words}", "error"))
    return parts
