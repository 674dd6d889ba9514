"""Whether something that comes in was erased: it is not taken in again, wherever it lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.contract import Inbound, Notice
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.context import Desk
from store import erased, erasing
from store.message_keys import KnownMessage
from store.model import Account, CustomerId

_ABOUT_A_MESSAGE = frozenset({"reaction", "deleted", "pinned"})


class Erased:
    """What one batch has to know of what was erased."""

    def __init__(self, desk: Desk, account: Account, own: OwnAddresses) -> None:
        self._desk = desk
        self._account = account
        self._own = own
        self._any = erased.any_is(desk.db)
        self.going: frozenset[CustomerId] = frozenset(erasing.being_emptied(desk.db))
        """Customers whose conversations nothing can join any more."""

    def was(
        self, item: Inbound | Notice, known: Mapping[str, Sequence[KnownMessage]], author: str = ""
    ) -> bool:
        """Whether it is a message that was erased, or tells of one.

        Args:
            known: the messages that are here, by their keys.
            author: the address of who wrote a mail.
        """
        if not self._any:
            return False
        if isinstance(item, Notice):
            if item.kind not in _ABOUT_A_MESSAGE or any(known.get(key) for key in item.keys):
                return False
            return bool(self._found([erased.spoken(self._account.id, key) for key in item.keys]))
        if item.chat:
            return self._spoken(item, known)
        return self._mail(item, author)

    def _spoken(self, item: Inbound, known: Mapping[str, Sequence[KnownMessage]]) -> bool:
        if item.edit_of and not known.get(item.edit_of):
            return bool(self._found([erased.spoken(self._account.id, item.edit_of)]))
        if known.get(item.message_key):
            return False
        found = self._found([erased.spoken(self._account.id, item.message_key)])
        sent_at = item.arrived_at if item.sent_at is None else item.sent_at
        return any(sent_at <= until for until in found.values())

    def _mail(self, item: Inbound, author: str) -> bool:
        digests = [erased.mail(item.message_key, item.content_hash)]
        if item.sent_at is not None:
            for address in {author, item.sender.address}:
                digests.append(
                    erased.letter(item.message_key, self._account.channel, address, item.sent_at)
                )
        if item.direction == "out" or (self._account.channel, item.sender.address) in self._own:
            digests.append(erased.ours(item.message_key))
        if item.bounce is not None and item.bounce.original_message_id:
            digests.append(erased.ours(item.bounce.original_message_id))
        return bool(self._found(digests))

    def _found(self, digests: Sequence[str]) -> dict[str, int]:
        return erased.among(self._desk.db, digests)
