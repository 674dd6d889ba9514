"""Addresses of customers as agents write them down."""

from __future__ import annotations

import re
from dataclasses import dataclass

from config.i18n import _
from config.problems import nearest
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.customers import field_types
from omnitui.desk.mail import typed_address
from store import accounts, customers, events, identities
from store.model import CustomerId, Identity, IdentityId, Millis

_PHONE = re.compile(r"\+?[\d\s().\u00a0-]{6,25}")
ALWAYS = ("email", "phone", "telegram", "webchat")
"""Channels whose addresses may be noted though the desk has no account there."""


@dataclass(frozen=True, slots=True)
class Address:
    channel: str
    address: str
    """As identities have it."""


@dataclass(frozen=True, slots=True)
class Removed(Address):
    """One that was on a card, as it was."""

    proof: str = ""
    name: str = ""
    flag: str = ""
    used: Millis | None = None
    number: IdentityId | None = None


class AddressTaken(CommandError):
    """Somebody has the address already."""

    def __init__(self, sentence: str, owner: CustomerId) -> None:
        super().__init__(sentence)
        self.owner = owner


def written(desk: Desk, channel: str, address: str = "") -> Address:
    """What an agent wrote, `email ann@example.org` or the address alone, as identities have it.

    Raises `CommandError` for what is no address of that channel.
    """
    if not address:
        address, channel = channel, channel_of(channel)
        if not channel:
            raise CommandError(
                _("Which channel is “{address}” in? Write it before it: “telegram {address}”.")
                .format(address=address[:60])
            )  # fmt: skip
    else:
        known = list(dict.fromkeys((*ALWAYS, *(one.channel for one in accounts.all(desk.db)))))
        if channel.lower() not in known:
            if "@" in channel or _PHONE.fullmatch(f"{channel} {address}"):
                return written(desk, f"{channel} {address}".replace(" ", ""))
            near = nearest(channel, known)
            said = _("There is no channel “{channel}”.").format(channel=channel[:60])
            more = (
                _("Did you mean “{near}”?").format(near=near)
                if near
                else _("Write ann@example.org, +380 67 123 4567 or telegram 12345.")
            )
            raise CommandError(f"{said} {more}")
        channel = channel.lower()
    match channel:
        case "email":
            return Address(channel, typed_address.checked(desk, address))
        case "phone":
            return Address(channel, field_types.phone(desk, address))
        case "telegram":
            if not re.fullmatch(r"-?[0-9]{1,20}", address.strip()):
                raise CommandError(
                    _("An address in Telegram is the number of its user, which the bot learns when"
                      " they write to it; a name like @ann goes into a field.")
                )  # fmt: skip
    found = identities.normalise(channel, address)
    if not found or len(found) > 300 or not found.isprintable():
        raise CommandError(_("The address is empty."))
    return Address(channel, found)


def channel_of(address: str) -> str:
    """The channel that an address shows by itself; "" when it does not."""
    if "@" in address.strip("@ "):
        return "email"
    return "phone" if _PHONE.fullmatch(address.strip()) else ""


def check_free(desk: Desk, wanted: Address) -> None:
    """Raises `AddressTaken`, which names who has it and says what to do."""
    owner = identities.find(desk.db, wanted.channel, wanted.address)
    if owner is None:
        return
    known = customers.get(desk.db, owner.customer_id)
    raise AddressTaken(
        _("{address} is on the card of {name}: if they are one person, “customer merge {n}” makes"
          " them one.").format(
            address=wanted.address,
            name=f"{known.name} (#{known.id})" if known.name else f"#{known.id}",
            n=known.id,
        ),
        known.id,
    )  # fmt: skip


def removed(desk: Desk, customer_id: CustomerId, address: str, channel: str) -> Removed | None:
    """The address as it was when it was last taken off a customer's card."""
    for event in events.latest(desk.db, customer_id, "identity.removed", 200):
        data = event.data
        of = str(data.get("channel", ""))
        same = identities.normalise(of, address) == data.get("address")
        if same and channel in ("", of):
            used = data.get("used")
            return Removed(
                of,
                str(data["address"]),
                str(data.get("proof", "")),
                str(data.get("name", "")),
                str(data.get("flag", "")),
                used if isinstance(used, int) else None,
                data.get("number"),
            )
    return None


def proof_before(desk: Desk, customer_id: CustomerId, identity: Identity) -> str:
    """What proved an address until that was last taken back; an agent's word if nothing did."""
    for event in events.latest(desk.db, customer_id, "identity.unproven", 200):
        if (event.data.get("channel"), event.data.get("address")) == (
            identity.channel,
            identity.address,
        ):
            return str(event.data.get("proof") or "agent")
    return "agent"
