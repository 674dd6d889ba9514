"""What goes to visitors: messages by their key, changes, and what is shown for the moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote

from config.i18n import _
from connectors.contract import (
    Attendance,
    Misconfigured,
    Outgoing,
    Rejected,
    Sent,
    Unreachable,
)
from connectors.webchat import failures, files
from connectors.webchat.client import Line, message_path
from connectors.webchat.protocol import MOST_FILES

TRIES = (0.3,)
"""Seconds before each further try of a message whose answer did not come: the key makes it one
message, so an agent need not hear of a connection that broke."""
SHORTEST_PAUSE = 2.0
LONGEST_PAUSE = 1800.0


async def send(line: Line, message: Outgoing, name: str) -> Sent:
    """Raises `ChannelError`, none of them with `maybe_sent`: see `failures`."""
    for pause in TRIES:
        try:
            return await _send(line, message, name)
        except Unreachable:
            await asyncio.sleep(pause)
    try:
        return await _send(line, message, name)
    except Unreachable as error:
        raise failures.Unreached(str(error), _soon(message)) from error


def _soon(message: Outgoing) -> float:
    """Seconds until the next try, a quarter of those since the first one: somebody may be looking
    at the chat, and a relay that is started anew is back in no time."""
    first = message.first_attempt_at
    gone = time.time() - first / 1000 if first else 0.0
    return min(LONGEST_PAUSE, max(SHORTEST_PAUSE, gone / 4))


async def _send(line: Line, message: Outgoing, name: str) -> Sent:
    visitor = _visitor(message)
    if len(message.files) > MOST_FILES:
        raise Rejected(
            _("The web chat takes at most {n} files in one message; send the others in another"
              " one.").format(n=MOST_FILES)
        )  # fmt: skip
    if message.files and (there := await find(line, message)) is not None:
        return there  # its files would be others in the relay's eyes if they went up once more
    try:
        uploaded = [await files.upload(line, each) for each in message.files]
        answer = await line.call(
            "POST",
            "/v1/messages",
            {
                "visitor": visitor,
                "text": message.text,
                "key": message.key,
                "name": name,
                "format": "markdown",
                "files": uploaded,
            },
        )
    except failures.NoSuchThing as error:
        # There is no visitor in that answer: the relay does not know the path.
        raise Misconfigured(
            _("The relay does not know this way to send; it is older than this omnitui.")
        ) from error
    return _sent(visitor, answer)


async def find(line: Line, message: Outgoing) -> Sent | None:
    """What the relay has under this message's key. Raises `ChannelError`."""
    try:
        answer = await line.call("GET", message_path(message.key))
    except failures.NoSuchThing:
        return None
    return _sent(_visitor(message), answer)


async def edit(line: Line, message: Outgoing) -> None:
    """Raises `ChannelError`."""
    await line.call("PATCH", message_path(message.key), {"text": message.text})


async def delete(line: Line, message: Outgoing) -> None:
    """Raises `ChannelError`. One that is gone is deleted."""
    try:
        await line.call("DELETE", message_path(message.key))
    except failures.NoSuchThing:
        return


async def typing(line: Line, chat: str, name: str) -> None:
    await line.call("POST", "/v1/typing", {"visitor": chat, "name": name, "stopped": False})


async def seen(line: Line, chat: str, key: str) -> None:
    """Raises `ChannelError`."""
    visitor, _colon, seq = key.rpartition(":")
    if visitor != chat or not seq.isdecimal() or len(seq) > 16:
        return  # another channel's, or from before they signed in: it is counted otherwise here
    await line.call("POST", "/v1/read", {"visitor": chat, "seq": int(seq)})


async def attend(line: Line, attendance: Attendance) -> None:
    await line.call(
        "PUT",
        "/v1/availability",
        {"availability": attendance.state, "queue": dict(attendance.queue), "wait": None},
    )


async def bar(line: Line, address: str, *, barred: bool) -> None:
    if barred:
        await line.call("POST", "/v1/blocks", {"visitor": address, "until": None})
        return
    try:
        await line.call("DELETE", f"/v1/blocks/{quote(address, safe='')}")
    except failures.NoSuchThing:
        return


async def forget(line: Line, address: str) -> None:
    """Raises `ChannelError`. Who is not there is forgotten."""
    await bar(line, address, barred=False)
    try:
        await line.call("DELETE", f"/v1/visitors/{quote(address, safe='')}")
    except failures.NoSuchVisitor:
        return


async def verification(
    line: Line,
    chat: str,
    state: Literal["sent", "proven", "wrong", "expired", "refused"],
    email: str,
) -> None:
    await line.call("POST", "/v1/verification", {"visitor": chat, "state": state, "email": email})


def _visitor(message: Outgoing) -> str:
    found = message.chat or next((each.address for each in message.to), "")
    if not found:
        raise Rejected(_("It is not known which visitor this goes to."))
    return found


def _sent(visitor: str, answer: Mapping[str, Any]) -> Sent:
    seq = answer.get("seq")
    if type(seq) is not int:
        raise failures.unreadable()
    # Who has signed in meanwhile is another visitor, and has it.
    has_it = answer.get("visitor")
    return Sent(f"{has_it if isinstance(has_it, str) and has_it else visitor}:{seq}")
