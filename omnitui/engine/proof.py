"""Looks for proof that a message of unknown fate went out: the Sent folder, the relay's key."""

from __future__ import annotations

import asyncio

from connectors.contract import ChannelError, Sent
from omnitui.desk.context import Desk
from omnitui.desk.replying import outbox as desk_outbox
from omnitui.engine.channel import Channel
from omnitui.engine.desk import EngineDesk, Passing
from omnitui.engine.log import LOGGER, failure
from omnitui.engine.pulse import Pulse, until
from store import outbox
from store.errors import StoreError, is_shortage
from store.model import MessageId, OutboxEntry

LOOK_LIMIT = 60.0


class ProofSeeker:
    """A few looks at growing intervals; then it stays `unknown` until the agent decides."""

    def __init__(self, desk: EngineDesk, pulse: Pulse, channel: Channel) -> None:
        self._desk = desk
        self._pulse = pulse
        self._channel = channel
        self._looks: dict[MessageId, tuple[int, int]] = {}
        """Message → how often it was looked for, when to look next (UTC ms)."""

    async def run(self) -> None:
        """Until cancelled."""
        beat = self._pulse.subscribe(f"proof {self._channel.name}")
        while True:
            try:
                due_at = await self._round()
            except StoreError as error:
                LOGGER.warning("%s: outbox: %s", self._channel.name, error)
                due_at = self._desk.now() + 5_000
            await until(beat, due_at, self._desk.now())

    async def _round(self) -> int | None:
        entries = [e for e in await self._desk.read(_unknown) if e.account == self._channel.name]
        kept = {entry.message_id for entry in entries}
        self._looks = {m: look for m, look in self._looks.items() if m in kept}
        proofs = self._desk.pace.proofs
        for entry in entries:
            first = self._desk.now() + int(proofs[0] * 1000)
            count, due_at = self._looks.setdefault(entry.message_id, (0, first))
            if count >= len(proofs) or due_at > self._desk.now():
                continue
            # An unreachable server proves nothing: that look does not count.
            if await self._look(entry):
                count += 1
            pause = proofs[min(max(count, 1), len(proofs) - 1)]
            self._looks[entry.message_id] = (count, self._desk.now() + int(pause * 1000))
        waiting = [due for count, due in self._looks.values() if count < len(proofs)]
        return min(waiting, default=None)

    async def _look(self, entry: OutboxEntry) -> bool:
        """True when the channel could be asked."""
        try:
            outgoing = await self._desk.read(desk_outbox.outgoing, entry)
            async with asyncio.timeout(LOOK_LIMIT), self._channel.in_use() as connector:
                proof = await connector.find_sent(outgoing)
        except (ChannelError, TimeoutError):
            return False
        except Exception as error:
            # Quarantined: the message stays unknown, which is the truth.
            failure(f"{self._channel.name}: looking for proof", error)
            return not isinstance(error, Passing) and not is_shortage(error)
        if proof is not None:
            await self._settle(entry, proof)
        return True

    async def _settle(self, entry: OutboxEntry, proof: Sent) -> None:
        def settle(desk: Desk) -> None:
            now = outbox.get(desk.db, entry.message_id)
            if now.state == "unknown":  # the agent may have decided meanwhile
                desk_outbox.settle(desk, now, proof)

        await self._desk.write_patiently(settle)
        LOGGER.info("%s: message %d was sent: proof found", self._channel.name, entry.message_id)


def _unknown(desk: Desk) -> list[OutboxEntry]:
    return outbox.unknown(desk.db)
