"""Files that are still with their channel: how a try to fetch one ended, and trying again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from config.i18n import _
from connectors.contract import ChannelError, Deferred, Rejected
from omnitui.desk import journal
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from store import attachments, contents
from store.attachments import Awaited
from store.blobs import Packed, Placed, for_database
from store.errors import NotFound
from store.model import ConversationId, MessageId

DELAYS = (5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 21600.0)
"""Seconds between tries; the last one repeats."""
TRIES = 20
"""With these delays: three days."""
LONGEST_WAIT = 6 * 3600.0
"""Seconds that a server may put a file off at a time."""


def arrived(desk: Desk, attachment_id: int, content: Packed | Placed) -> None:
    """Its content is here. One that came another way, or whose message is gone, is left."""
    try:
        file = attachments.get(desk.db, attachment_id)
    except NotFound:
        if isinstance(content, Placed):
            contents.doom(desk.db, content.hash)  # it was erased while it came
        return
    if file.blob:
        return
    blob = for_database(desk.db).put(desk.db, content)
    attachments.arrived(desk.db, file.id, blob, content.size)
    _tell(desk, "file.fetched", file, size=content.size)


def failed(
    desk: Desk, attachment_id: int, error: ChannelError, delays: Sequence[float] = DELAYS
) -> None:
    """A try failed: said with the file; the next one is later, or there is none."""
    try:
        file = attachments.get(desk.db, attachment_id)
    except NotFound:
        return
    if file.blob or file.due_at is None:
        return
    if isinstance(error, Rejected):
        attachments.never(desk.db, file.id, str(error))
        _tell(desk, "file.missing", file, reason=str(error))
        return
    if file.tries + 1 >= TRIES:
        reason = _("Not fetched within three days, given up. {reason}").format(reason=error)
        attachments.never(desk.db, file.id, reason)
        _tell(desk, "file.missing", file, reason=reason)
        return
    wait = delays[min(file.tries, len(delays) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311
    if isinstance(error, Deferred) and error.retry_after is not None:
        wait = max(wait, min(error.retry_after, LONGEST_WAIT))
    when = desk.now() + round(wait * 1000)
    attachments.later(desk.db, file.id, when, str(error))
    if file.problem != str(error):
        _tell(desk, "file.delayed", file, reason=str(error), until=when)


def retry(
    desk: Desk, conversation_id: ConversationId, message_id: MessageId | None = None
) -> list[Awaited]:
    """Fetch what is missing of a conversation, or of one message, at once: also what was given
    up or refused. What is tried then. Raises `CommandError` when nothing is missing."""
    missing = [
        file
        for file in attachments.missing(desk.db, conversation_id)
        if message_id in (None, file.message_id)
    ]
    if not missing:
        raise CommandError(_("No file is missing here."))
    for file in missing:
        attachments.again(desk.db, file.id, desk.now())
        _tell(desk, "file.wanted", file)
    return missing


def _tell(desk: Desk, kind: str, file: Awaited, **data: Any) -> None:
    journal.record(
        desk,
        kind,
        conversation=file.conversation_id,
        message=file.message_id,
        file=file.id,
        name=file.name,
        **data,
    )
