"""Links by which a customer goes on in another channel: whoever opens one read what was sent to
the customer's address, and so is the customer.

A link is worth that much only if it went to one address and nowhere else. It is made for a
draft, means nothing until a reply takes it along (`carried`, `bind`), and proves then the
address that this reply goes to. It is good once, for a day. The store has its digest alone.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from config.i18n import _
from connectors.contract import Address, Notice
from omnitui.desk import identity, journal, merging, suggest
from omnitui.desk.channel import capabilities
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.link_stops import LinkForSomebodyElse, LinkSpent, LinkToSeveral
from omnitui.desk.preflight import Preflight
from store import (
    accounts,
    conversations,
    customers,
    identities,
    messages,
    one_time_links,
    outbox,
)
from store.model import (
    Account,
    Conversation,
    ConversationId,
    CustomerId,
    Identity,
    MessageId,
    Millis,
)
from store.one_time_links import OneTimeLink

GOOD_FOR = 24 * 3600 * 1000
"""Milliseconds after the reply that carries it is due."""
_KEPT_UNSENT = 7 * 24 * 3600 * 1000

_PREFIX = "omni"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_RANDOM = 28
"""Letters of 62: 166 bits. No dash or underscore, which a text's markup might take."""
_PAYLOAD = re.compile(rf"(?<![A-Za-z0-9]){_PREFIX}[A-Za-z0-9]{{{_RANDOM}}}(?![A-Za-z0-9])")

Result = Literal["linked", "expired", "used", "unsent", "other-account", "withdrawn", "unknown"]
"""What became of an opening: docs/events.md, `link.opened`."""


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    account: Account
    """Where it leads."""
    expires_at: Millis
    """When it ends if the reply goes out now."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that holds: who opened it is this customer now."""

    customer_id: CustomerId
    conversation_id: ConversationId | None
    """What goes on in the chat; None where that has become somebody else's meanwhile."""
    again: bool = False
    """They had opened it before: nothing has changed."""


def is_ours(payload: str) -> bool:
    """Whether the payload of a `started` notice may be a one-time link: kept nowhere then."""
    return _PAYLOAD.fullmatch(payload.strip()) is not None


def linking(desk: Desk) -> list[Account]:
    """The accounts that such links can lead to."""
    return [one for one in accounts.all(desk.db) if "{payload}" in capabilities(one).link]


def create(desk: Desk, conversation_id: ConversationId, account: str | None = None) -> Link:
    """A link to go on with a conversation over `account`, an account's or a channel's name;
    without one, over the only account that has such links.

    Raises `CommandError` where there is none, or the customer is there already; `NotFound`.
    """
    conversation = conversations.get(desk.db, conversation_id)
    chosen = _choose(desk, account)
    _check_absent(desk, conversation, chosen)
    now = desk.now()
    one_time_links.forget_drafted(desk.db, now - _KEPT_UNSENT)
    payload = _PREFIX + "".join(secrets.choice(_LETTERS) for _letter in range(_RANDOM))
    one_time_links.add(
        desk.db,
        _digest(payload),
        conversation_id,
        conversation.customer_id,
        chosen.id,
        agent=desk.agent,
        at=now,
        expires_at=now + GOOD_FOR,
    )
    url = capabilities(chosen).link.replace("{payload}", payload)
    return Link(url, chosen, now + GOOD_FOR)


def _choose(desk: Desk, wanted: str | None) -> Account:
    known = linking(desk)
    if not known:
        raise CommandError(
            _(
                "No account has links to go on in: connect a Telegram bot first"
                " (docs/telegram.md), and let it come online once."
            )
        )
    fitting = known
    if wanted:
        fitting = [one for one in known if wanted == one.name] or [
            one for one in known if wanted == one.channel
        ]
        if not fitting:
            raise CommandError(
                _("“{name}” has no links to go on in; there is {names}.").format(
                    name=wanted, names=", ".join(one.name for one in known)
                )
            )
    if len(fitting) > 1:
        raise CommandError(
            _("Where to? {lines}").format(
                lines=_(" or ").join(f"“link {one.name}”" for one in fitting)
            )
        )
    return fitting[0]


def _check_absent(desk: Desk, conversation: Conversation, account: Account) -> None:
    """Whoever writes over the account already needs no link to it."""
    theirs = {
        one.address: one
        for one in identities.of(desk.db, conversation.customer_id)
        if one.channel == account.channel
    }
    for one in one_time_links.writers(desk.db, conversation.customer_id, account.id):
        found = theirs.get(identities.normalise(account.channel, one))
        if found is not None and not found.flag:
            raise CommandError(
                _(
                    "{name} writes over {account} already: “reply via {account}” answers there."
                ).format(name=conversation.customer_name or _("The customer"), account=account.name)
            )


def in_text(desk: Desk, text: str) -> list[OneTimeLink]:
    """The links that stand in a text."""
    payloads = _PAYLOAD.findall(text)
    if not payloads:
        return []
    return one_time_links.find(desk.db, [_digest(one) for one in payloads])


def carried(
    desk: Desk, conversation: Conversation, text: str, flight: Preflight
) -> list[OneTimeLink]:
    """The links that a reply is about to take along.

    Raises `LinkToSeveral`, `LinkForSomebodyElse` and `LinkSpent`, which are `ReplyStopped`.
    """
    found = in_text(desk, text)
    quoted = in_text(desk, flight.quote.text) if flight.quote is not None else []
    alive = [one for one in quoted if one.used_at is None and one not in found]
    if not found and not alive:
        return []
    if any(one.used_at is not None or _over(desk, one) for one in found):
        raise LinkSpent
    everybody = flight.recipients
    if len(everybody) != 1:
        raise LinkToSeveral(len(everybody))
    address = identities.normalise(flight.channel, everybody[0].address)
    for one in (*found, *alive):
        _check_recipient(desk, one, conversation, flight.channel, address)
    return found


def _check_recipient(
    desk: Desk, link: OneTimeLink, conversation: Conversation, channel: str, address: str
) -> None:
    """A link goes to the customer that it was made for, and to one address of theirs."""
    known = identities.find(desk.db, channel, address)
    made_for = customers.current(desk.db, link.customer_id)
    if (
        known is None
        or known.customer_id != conversation.customer_id
        or made_for != conversation.customer_id
        or _is_group(channel, address)
        or (_out(desk, link) and (link.channel, link.address) != (channel, address))
    ):
        raise LinkForSomebodyElse


def bind(
    desk: Desk,
    links: Sequence[OneTimeLink],
    message_id: MessageId,
    channel: str,
    address: str,
    due_at: Millis,
) -> None:
    """A reply that `carried` them is queued: from when it is due they prove its address."""
    address = identities.normalise(channel, address)
    for link in links:
        if _out(desk, link):
            continue
        one_time_links.carry(
            desk.db, link.digest, message_id, channel, address, expires_at=due_at + GOOD_FOR
        )
        journal.record(
            desk,
            "link.created",
            conversation=messages.get(desk.db, message_id).conversation_id,
            message=message_id,
            account=accounts.get(desk.db, link.account_id).name,
            channel=channel,
            address=address,
            expires_at=due_at + GOOD_FOR,
        )


def opened(
    desk: Desk, account: Account, notice: Notice, customer_id: CustomerId | None = None
) -> Opened | None:
    """Somebody started a chat with a payload. None: not by a link that holds, so that they
    start like everybody.

    `customer_id` is who they are known as; None: new here, and no customer is to be made for
    them before this. Afterwards their address may be on another customer than before, and
    customers may have become one: what a caller remembers of either is out of date.
    """
    who, payload = notice.who, notice.text.strip()
    if who is None or notice.direction != "in" or not notice.proofs or not is_ours(payload):
        return None
    if _is_group(account.channel, who.address):
        return None
    found = one_time_links.find(desk.db, [_digest(payload)])
    if not found:
        _tell(desk, account, notice, who, "unknown", customer_id, at=min(notice.at, desk.now()))
        return None
    return _Opening(desk, account, notice, who, found[0], customer_id).settle()


@dataclass(frozen=True, slots=True)
class _Opening:
    """One link that exists, opened by somebody who wrote through an account."""

    desk: Desk
    account: Account
    notice: Notice
    who: Address
    link: OneTimeLink
    known_as: CustomerId | None

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
        if not _out(self.desk, self.link):
            return "unsent"
        if owner is None:
            return "withdrawn"
        return "expired" if at > self.link.expires_at else None

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
        if known is None or known.customer_id != owner.customer_id:
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
        if owner is None or result not in ("expired", "used"):
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


def _out(desk: Desk, link: OneTimeLink) -> bool:
    """Whether the reply that carries it may have reached anybody."""
    if link.message_id is None:
        return False
    state = messages.state(desk.db, link.message_id)
    if state == "queued":
        return outbox.get(desk.db, link.message_id).attempts > 0
    return state != "cancelled"


def _over(desk: Desk, link: OneTimeLink) -> bool:
    return _out(desk, link) and desk.now() > link.expires_at


def _is_group(channel: str, address: str) -> bool:
    """What is sent to a group says nothing of who reads it there."""
    return channel == "telegram" and address.startswith("-")


def _digest(payload: str) -> str:
    return hashlib.sha256(payload.encode("ascii")).hexdigest()
