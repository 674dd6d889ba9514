"""What a message in a chat says beside its words: where who wrote it is, and what they speak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract import Inbound, Notice, Received
from omnitui.desk.arriving.encodable import clean
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from omnitui.desk.visiting import visits
from store import barred, identities, typing
from store.model import Account, ConversationId, CustomerId


@dataclass(frozen=True, slots=True)
class Visiting:
    """One account's visitors while a batch is taken in."""

    desk: Desk
    account: Account
    tells: bool
    """The channel tells whether they are there."""
    out: frozenset[str]
    """Addresses that agents keep out."""

    @classmethod
    def of(cls, desk: Desk, account: Account, batch: Sequence[Received]) -> Visiting:
        able = capabilities(account)
        out: set[str] = set()
        if able.bars:
            writers = {_writer(account, item) for item in batch}
            out = barred.among(desk.db, account.id, sorted(writers - {""}))
        return cls(desk, account, able.presence, frozenset(out))

    def keeps_out(self, item: Received) -> bool:
        """Whether an agent wants nothing of who sent it."""
        return bool(self.out) and _writer(self.account, item) in self.out

    def wrote(
        self, inbound: Inbound, conversation_id: ConversationId, customer_id: CustomerId
    ) -> None:
        """Somebody has written: they type no more, and are where they say."""
        if not self.tells or inbound.direction == "out":
            return
        typing.clear(self.desk.db, conversation_id, "")
        address, at = inbound.sender.address, inbound.arrived_at
        visits.wrote(self.desk, self.account, address, inbound.chat, at, inbound.details)
        visits.learn(self.desk, customer_id, inbound.details)


def _writer(account: Account, item: Received) -> str:
    """The address of the customer who sent something; "" where it was none."""
    who = None
    if isinstance(item, Inbound) and item.chat:
        who = item.sender
    elif isinstance(item, Notice):
        who = item.who
    if who is None or getattr(item, "direction", "in") == "out":
        return ""
    return identities.normalise(account.channel, str(clean(who.address)))
