"""Whole messages out of a mailbox, with bounded memory and in spite of damaged ones."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.i18n import _
from connectors.contract import ChannelError, Millis, Unreachable
from connectors.email.imap.parse import Fetched
from connectors.email.imap.session import ImapSession, Refused
from connectors.email.spool import Spool

BATCH = 100
"""Messages fetched, read and stored together. More are not faster."""
FIRST_PIECE = 128 * 1024
"""Bytes fetched of every message at once: nearly all are smaller."""
NEXT_PIECE = 2**20
"""Bytes a further fetch of a large one."""
IN_MEMORY = 4 * 2**20
"""Bytes above which a message is written to a file."""
GIVEN_UP = 9
"""A message is given up at so many points: breaking the connection at its start costs 3, in
the middle of its bytes 1, since a large one on a bad line deserves more patience."""


@dataclass(frozen=True, slots=True)
class Message:
    uid: int
    flags: frozenset[str]
    arrived_at: Millis
    raw: bytes | Path


@dataclass(frozen=True, slots=True)
class Unfetchable:
    """The server has it and does not hand it over."""

    uid: int
    reason: str


@dataclass(slots=True)
class _Trouble:
    """What broke connections to one account."""

    sizes: dict[str, int] = field(default_factory=dict)
    suspects: Counter[tuple[str, int]] = field(default_factory=Counter)


_troubles: defaultdict[str, _Trouble] = defaultdict(_Trouble)
# Outlives the connector: after a failure the engine builds a new one.


class MessageFetch:
    """Remembers between connections what broke them. `account` names whose they are.

    After a loss in the middle of a fetch the next ones are smaller, so that there is progress
    between two losses, and so that a message which the server cannot hand over is in the end
    fetched alone, found out and given up; each success makes them larger again.
    """

    def __init__(self, spool: Spool, account: str) -> None:
        self._spool = spool
        self._sizes = _troubles[account].sizes
        self._suspects = _troubles[account].suspects
        self._halfway = False

    def size(self, key: str) -> int:
        """How many messages of this mailbox to fetch at once."""
        return self._sizes.get(key, BATCH)

    async def fetch(
        self, session: ImapSession, key: str, uids: Sequence[int]
    ) -> list[Message | Unfetchable]:
        """By UID, ascending; messages expunged meanwhile are left out. `key` names the mailbox.

        Raises `ChannelError` when the connection ends.
        """
        given_up = [uid for uid in uids if self._suspects[key, uid] >= GIVEN_UP]
        found: list[Message | Unfetchable] = [
            Unfetchable(uid, _("the server breaks off while sending it")) for uid in given_up
        ]
        wanted = [uid for uid in uids if uid not in given_up]
        if not wanted:
            return found
        try:
            found += await self._fetch(session, wanted)
        except Refused:
            found += await self._one_by_one(session, wanted)
        except ChannelError:
            if len(wanted) == 1:
                self._suspects[key, wanted[0]] += 1 if self._halfway else 3
            self._sizes[key] = max(1, len(wanted) // 4)
            raise
        self._sizes[key] = min(BATCH, self.size(key) * 2)
        return sorted(found, key=lambda message: message.uid)

    async def _one_by_one(
        self, session: ImapSession, uids: Sequence[int]
    ) -> list[Message | Unfetchable]:
        """Which one is it that the server says no to?"""
        found: list[Message | Unfetchable] = []
        for uid in uids:
            try:
                found += await self._fetch(session, [uid])
            except Refused as refusal:
                reason = _("the server does not send it: {said}").format(said=refusal.said)
                found.append(Unfetchable(uid, reason))
            except BaseException:
                discard(message.raw for message in found if isinstance(message, Message))
                raise
        return found

    async def _fetch(self, session: ImapSession, uids: Sequence[int]) -> list[Message]:
        items = f"(UID INTERNALDATE FLAGS RFC822.SIZE BODY.PEEK[]<0.{FIRST_PIECE}>)"
        best: dict[int, Fetched] = {}
        self._halfway = False
        for message in await session.fetch(uids, items):
            # Flag changes by others arrive as further FETCH responses, without a body.
            if message.body is not None or message.uid not in best:
                best[message.uid] = message
        found: list[Message] = []
        for uid in sorted(best):
            first = best[uid]
            if first.body is None:
                continue
            try:
                raw = await self._whole(session, first, first.body)
            except BaseException:
                discard(message.raw for message in found)
                raise
            if raw is not None:
                arrived = first.arrived_at
                found.append(
                    Message(
                        uid,
                        first.flags,
                        int(time.time() * 1000) if arrived is None else arrived,
                        raw,
                    )
                )
        return found

    async def _whole(
        self, session: ImapSession, first: Fetched, body: bytes
    ) -> bytes | Path | None:
        """The first piece and the rest; None when the message vanished meanwhile.

        The end is where a piece comes short; RFC822.SIZE, which some servers only estimate,
        is asked for a reason to look once more.
        """
        if first.whole or not _more(len(body), FIRST_PIECE, len(body), first.size):
            return body
        self._halfway = True
        path = self._spool.new_file() if (first.size or IN_MEMORY) >= IN_MEMORY else None
        memory = bytearray(body)
        try:
            done = len(body)
            while True:
                piece = await self._piece(session, first.uid, done)
                if piece is None:
                    if path is not None:
                        path.unlink(missing_ok=True)
                    return None
                done += len(piece)
                memory += piece
                if path is not None:
                    _append(path, memory)
                    memory.clear()
                if not piece or not _more(len(piece), NEXT_PIECE, done, first.size):
                    return path if path is not None else bytes(memory)
        except BaseException:
            if path is not None:
                path.unlink(missing_ok=True)
            raise

    async def _piece(self, session: ImapSession, uid: int, start: int) -> bytes | None:
        items = f"(UID BODY.PEEK[]<{start}.{NEXT_PIECE}>)"
        for message in await session.fetch([uid], items):
            if message.body is not None:
                return message.body
        return None


def _more(came: int, asked: int, done: int, size: int | None) -> bool:
    return came >= asked or (size is not None and done < size and came > 0)


def discard(mails: Iterable[bytes | Path]) -> None:
    """Files of mails that nobody will take over any more."""
    for raw in mails:
        if isinstance(raw, Path):
            raw.unlink(missing_ok=True)


def _append(path: Path, data: bytes | bytearray) -> None:
    try:
        with path.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise Unreachable(
            _("A large mail cannot be stored in {directory} ({why}); make room there.").format(
                directory=path.parent, why=error.strerror
            )
        ) from error
