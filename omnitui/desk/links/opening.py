"""What the opening of a one-time link does: it links, or it does nothing and the agents see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from connectors.contract import Address, Notice
from omnitui.desk import journal
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from omnitui.desk.links.facts import digest_of, ends_at, has_left, is_group, is_ours
from omnitui.desk.persons import identity, merging, suggest
from store import conversations, customers, identities, messages, one_time_links
from store.model import Account, ConversationId, CustomerId, Identity, Millis
from store.one_time_links import OneTimeLink

Result = Literal[
    "linked", "expired", "used", "unsent", "other-account", "withdrawn", "somebody-else", "unknown"
]
"""What became of an opening: docs/events.md, `link.opened`."""


HandOver = Callable[[Identity, Identity], None]
"""Gives the chat of the first to the customer who has the second."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that holds: who opened it is this customer now."""

    customer_id: CustomerId
    conversation_id: ConversationId | None
    """What goes on in the chat; None where that has become somebody else's meanwhile."""
    again: bool = False
    """They had opened it before: nothing has changed."""


def opened(
    desk: Desk,
    account: Account,
    notice: Notice,
    customer_id: CustomerId | None = None,
    hand_over: HandOver | None = None,
) -> Opened | None:
    """Somebody started a chat with a payload. None: not by a link that holds, so that they
    start like everybody.

    `customer_id` is who they are known as; None: new here, and no customer is to be made for
    them before this. `hand_over` gives a chat in a shared browser to whom the link was sent to;
    without it the two become one. Afterwards their address may be on another customer than
    before, and customers may have become one: what a caller remembers of either is out of date.
    """
    who, payload = notice.who, notice.text.strip()
    if who is None or notice.direction != "in" or not notice.proofs or not is_ours(payload):
        return None
    if is_group(account.channel, who.address):
        return None
    found = one_time_links.find(desk.db, [digest_of(payload)])
    if not found:
        _tell(desk, account, notice, who, "unknown", customer_id, at=min(notice.at, desk.now()))
        return None
    return _Opening(desk, account, notice, who, found[0], customer_id, hand_over).settle()


@dataclass(frozen=True, slots=True)
class _Opening:
    """One link that exists, opened by somebody who wrote through an account."""

    desk: Desk
    account: Account
    notice: Notice
    who: Address
    link: OneTimeLink
    known_as: CustomerId | None
    hand_over: HandOver | None

    def settle(self) -> Opened | None:
        at = min(self.notice.at, self.desk.now())
        owner = identities.find(self.desk.db, self.link.channel, self.link.address)
        if self.link.used_at is not None and (before := self._before(owner)) is not None:
            return before
        result = self._objection(owner, at)
        if result is not None or owner is None:
            self._refused(result or "withdrawn", owner)
            return None
        return self._holds(owner, at)

    def _objection(self, owner: Identity | None, at: Millis) -> Result | None:
        """Why the link proves nothing."""
        if self.link.used_at is not None:
            return "used"
        if self.link.account_id != self.account.id:
            return "other-account"
        if not has_left(self.desk, self.link):
            return "unsent"
        if owner is None:
            return "withdrawn"
        if self._is_somebody_else(owner):
            return "somebody-else"
        return "expired" if at > ends_at(self.desk, self.link) else None

    def _is_somebody_else(self, owner: Identity) -> bool:
        """The site has signed another address for who opened it. Whoever gets a link may pass it
        on, and would be told by mail what the other one talks about with us from then on."""
        theirs = {
            (channel, identities.normalise(channel, address))
            for channel, address in self.notice.aliases
        }
        if "jwt" not in self.notice.proofs or not theirs or self.known_as == owner.customer_id:
            return False
        known = identities.of(self.desk.db, owner.customer_id)
        return not any((one.channel, one.address) in theirs for one in known)

    def _before(self, owner: Identity | None) -> Opened | None:
        """Whoever opened it once may open it again."""
        channel, address = self.account.channel, self.who.address
        known = identities.find(self.desk.db, channel, address)
        if (
            owner is None
            or known is None
            or known.customer_id != owner.customer_id
            or known.address != self.link.used_by
            or self.account.id != self.link.account_id
        ):
            return None
        return Opened(known.customer_id, self._conversation(known.customer_id), again=True)

    def _holds(self, owner: Identity, at: Millis) -> Opened:
        desk, channel = self.desk, self.account.channel
        address = identities.normalise(channel, self.who.address)
        one_time_links.use(desk.db, self.link.digest, by=address, chat=self.notice.chat, at=at)
        proved = not owner.proof
        if proved:
            identities.prove(desk.db, owner.id, "link")
            self._say("identity.proven", owner.customer_id, owner.channel, owner.address, at)
        conversation_id = self._conversation(owner.customer_id)
        known = identities.find(desk.db, channel, address)
        merged: dict[str, Any] = {}
        if known is not None and self.hand_over is not None and self._is_shared(known, owner):
            merged["before"] = known.customer_id
            self.hand_over(known, owner)
        elif known is None or known.customer_id != owner.customer_id:
            merged["merge"] = merging.merge(
                desk,
                known.customer_id if known else self._newcomer("link"),
                owner.customer_id,
                "link",
                {
                    "channel": owner.channel,
                    "address": owner.address,
                    "opened_by": {"channel": channel, "address": address},
                    "proved": [owner.id] if proved else [],
                },
                conversation=conversation_id,
                quietly=known is None,
            )
        if known is None:
            self._say("identity.linked", owner.customer_id, channel, address, at, **merged)
        elif not known.proof:
            identities.prove(desk.db, known.id, "link")
            self._say("identity.proven", owner.customer_id, channel, address, at)
        _tell(
            desk,
            self.account,
            self.notice,
            self.who,
            "linked",
            owner.customer_id,
            conversation_id,
            at=at,
            sent_to={"channel": owner.channel, "address": owner.address},
            **merged,
        )
        return Opened(owner.customer_id, conversation_id)

    def _is_shared(self, known: Identity, owner: Identity) -> bool:
        """A browser in which somebody proved to be another one than who got the link; other
        channels' chats are one person's."""
        from omnitui.desk.chats.handing_over import is_somebody_else

        return capabilities(self.account).presence and is_somebody_else(
            self.desk, known, owner.customer_id, [(owner.channel, owner.address)]
        )

    def _conversation(self, customer_id: CustomerId) -> ConversationId | None:
        """Where the message with the link is now, if that is still this customer's."""
        if self.link.message_id is None:
            return None
        carrier = messages.get(self.desk.db, self.link.message_id)
        return carrier.conversation_id if carrier.customer_id == customer_id else None

    def _refused(self, result: Result, owner: Identity | None) -> None:
        """Nothing is linked, and who opened it is told nothing. The agents are: it may well be
        the customer, too late or by another account of theirs."""
        desk = self.desk
        carrier = self.link.message_id
        conversation_id = self.link.conversation_id
        if carrier is not None:
            conversation_id = messages.get(desk.db, carrier).conversation_id
        customer_id = conversations.get(desk.db, conversation_id).customer_id
        sent_to = {"channel": self.link.channel, "address": self.link.address}
        _tell(
            desk,
            self.account,
            self.notice,
            self.who,
            result,
            customer_id,
            conversation_id,
            at=min(self.notice.at, desk.now()),
            **({"sent_to": sent_to} if carrier is not None else {}),
        )
        if owner is None or result not in ("expired", "used", "somebody-else"):
            return
        known_as = customers.current(
            desk.db, self.known_as or self._newcomer(self.notice.proofs[0])
        )
        if known_as != owner.customer_id:
            suggest.same_person(
                desk,
                known_as,
                owner.customer_id,
                "opened-link",
                conversation=conversation_id,
                message=carrier,
                channel=owner.channel,
                address=owner.address,
                opened_by={"channel": self.account.channel, "address": self.who.address},
                result=result,
            )

    def _newcomer(self, proof: str) -> CustomerId:
        """A customer of their own for somebody new: linked to another, it can be taken back;
        suggested, it can be pointed at."""
        desk, channel = self.desk, self.account.channel
        known = identities.find(desk.db, channel, self.who.address)
        if known is not None:
            return known.customer_id
        name, at = identity.display_name(self.who.name), desk.now()
        language = str(self.notice.details.get("language") or "").partition("-")[0].lower()[:8]
        made = customers.create(desk.db, name=name, language=language, at=at)
        journal.record(desk, "customer.created", actor=journal.CUSTOMER, customer=made, name=name)
        identities.add(desk.db, made, channel, self.who.address, name=name, proof=proof, at=at)
        return made

    def _say(
        self,
        kind: str,
        customer_id: CustomerId,
        channel: str,
        address: str,
        at: Millis,
        **more: Any,
    ) -> None:
        journal.record(
            self.desk,
            kind,
            actor=journal.CUSTOMER,
            customer=customer_id,
            conversation=self._conversation(customer_id),
            channel=channel,
            address=address,
            proof="link",
            happened=at,
            **more,
        )


def _tell(
    desk: Desk,
    account: Account,
    notice: Notice,
    who: Address,
    result: Result,
    customer_id: CustomerId | None,
    conversation_id: ConversationId | None = None,
    *,
    at: Millis,
    **data: Any,
) -> None:
    """`link.opened`: who opened which link with what result."""
    journal.record(
        desk,
        "link.opened",
        actor=journal.CUSTOMER,
        happened=at,
        customer=customer_id,
        conversation=conversation_id,
        result=result,
        account=account.name,
        channel=account.channel,
        address=identities.normalise(account.channel, who.address),
        name=identity.display_name(who.name),
        username=str(notice.details.get("username") or "").lstrip("@"),
        **{key: value for key, value in data.items() if value},
    )
