"""The DATA command with its point of no return in plain sight.

aiosmtplib writes the mail and the final dot in one go, so a lost connection leaves open what
the server has. Here the dot goes out by itself, after everything before it has left our
buffers: until then the server must throw away what it got (RFC 5321 §4.1.1.4), and trying
again is safe; from then on only its answer tells.
"""

from __future__ import annotations

import asyncio
import re

from aiosmtplib import SMTPException, SMTPResponse, SMTPResponseException
from aiosmtplib.protocol import SMTPProtocol

from config.i18n import _
from connectors.contract import MaybeSent

PIECE = 32 * 1024
"""Bytes written before waiting for the line."""
LARGE = 1 << 20
"""Bytes whose preparation would hold up what else runs."""
LINE_PATIENCE = 120.0
"""Seconds the line may take for one piece."""
ANSWER_PATIENCE = 600.0
"""Seconds for the answer to the final dot (RFC 5321 §4.5.3.2.6)."""

_LINE_ENDS = re.compile(rb"\r\n|\n|\r")


def wire_form(raw: bytes) -> bytes:
    """CRLF line ends and dots doubled at line starts (RFC 5321 §4.5.2), without the final dot."""
    text = _LINE_ENDS.sub(b"\r\n", raw)
    if not text.endswith(b"\r\n"):
        text += b"\r\n"
    text = text.replace(b"\r\n.", b"\r\n..")
    return b"." + text if text.startswith(b".") else text


async def send_data(protocol: SMTPProtocol, raw: bytes, where: str) -> SMTPResponse:
    """The server's answer, whatever its code: to DATA, to an early end, or to the final dot.

    Raises `MaybeSent` when it ends without an answer after the dot; before it
    `aiosmtplib.SMTPException` and `OSError`, after which trying again is safe.
    """
    text = wire_form(raw) if len(raw) < LARGE else await asyncio.to_thread(wire_form, raw)
    begun = await protocol.execute_command(b"DATA", timeout=LINE_PATIENCE)
    if begun.code != 354:
        return _early(begun)
    # Listening from now on: a server may refuse in the middle, and aiosmtplib drops
    # whatever comes while nobody waits for it.
    answer = asyncio.create_task(protocol.read_response(), name="smtp answer")
    try:
        for start in range(0, len(text), PIECE):
            if answer.done():
                return _early(answer.result())
            protocol.write(text[start : start + PIECE])
            async with asyncio.timeout(LINE_PATIENCE):
                await protocol._drain_helper()
        await asyncio.sleep(0)  # what the loop already knows about the line comes first
        if answer.done():
            return _early(answer.result())
        protocol.write(b".\r\n")
        return await _answer_to_the_dot(answer, where)
    finally:
        answer.cancel()
        await asyncio.wait({answer})
        if not answer.cancelled():
            answer.exception()


async def _answer_to_the_dot(answer: asyncio.Task[SMTPResponse], where: str) -> SMTPResponse:
    try:
        async with asyncio.timeout(ANSWER_PATIENCE):
            response = await asyncio.shield(answer)
    except (SMTPException, OSError) as error:
        raise _unanswered(where) from error
    if not 200 <= response.code < 600 or 300 <= response.code < 400:
        raise _unanswered(where)
    return response


def _early(response: SMTPResponse) -> SMTPResponse:
    """A refusal may come at any time; a yes before the dot took nothing over."""
    if 200 <= response.code < 400:
        raise SMTPResponseException(response.code, response.message)
    return response


def _unanswered(where: str) -> MaybeSent:
    return MaybeSent(
        _(
            "{where} was given the whole message and did not say whether it took it; look into"
            " the Sent folder or ask the customer before sending it again."
        ).format(where=where)
    )
