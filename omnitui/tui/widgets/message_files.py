"""A message's attachments, a line each; pictures in the text and long lists under one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from config.i18n import _, ngettext
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.file_words import size, whereabouts
from omnitui.tui.widgets.message_look import MessageLook
from omnitui.tui.widgets.text_flow import Piece, fold, marked
from omnitui.tui.words.media_words import Part, told_files
from store.model import Attachment, Message

MOST_FILES = 8
"""Attachments listed one by one; of more the first ones, and how many there are."""

CALENDAR = frozenset({"text/calendar", "application/ics"})
REPORT = frozenset({"message/delivery-status", "text/rfc822-headers", "message/rfc822"})

MOST_INLINE = 2
"""Pictures inside the text listed one by one."""


def attached(message: Message) -> Sequence[Attachment]:
    """What was attached, without what is shown already: pictures in the text, invitations, the
    voice of a voice message."""
    told = told_files(message)
    return [
        file
        for file in message.attachments
        if file not in told and not _shown_already(file, message)
    ]


def file_lines(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    files = attached(message)
    inline = [file for file in message.attachments if _in_text(file)]
    others = [
        file for file in message.attachments if not _in_text(file) and _shown_already(file, message)
    ]
    unfolded = "files" in look.unfolded
    folded = len(files) > MOST_FILES + 1 and not unfolded
    for file in files[: MOST_FILES if folded else None]:
        yield from marked(_words(file), cells, "timeline--file")
    if folded:
        rest = len(files) - MOST_FILES
        words = ngettext("▸ {n} more file", "▸ {n} more files", rest).format(n=rest)
        yield fold(words, look.fold_key, "files")
    if len(inline) > MOST_INLINE and not unfolded:
        count, total = len(inline), size(sum(file.size for file in inline))
        words = ngettext(
            "▸ {n} picture in the text, {size}", "▸ {n} pictures in the text, {size}", count
        ).format(n=count, size=total)
        yield fold(words, look.fold_key, "files")
        inline = []
    for file in [*inline, *(others if unfolded else [])]:
        yield from marked(_words(file), cells, "timeline--fold")


def _in_text(file: Attachment) -> bool:
    return file.inline and bool(file.content_id) and file.type.startswith("image/")


def _shown_already(file: Attachment, message: Message) -> bool:
    if _in_text(file):
        return True
    invitation = file.type in CALENDAR or file.name.casefold().endswith(".ics")
    report = file.type in REPORT
    return (invitation and bool(message.details.get("calendar"))) or (
        report and message.details.get("bounce") is not None
    )


def _words(file: Attachment) -> list[Part]:
    name = one_line(file.name) or _("attachment without a name")
    state, how = whereabouts(file)
    told = f"  {size(file.size)}" if file.size or not file.awaited else ""
    parts: list[Part] = [(f"▤ {name}{told}", None)]
    if state:
        parts.append((f" {state}" if how is None else f"  {state}", how))
    return parts
