"""Whose address is it: the desk's own, or somebody else's."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from config.model import EmailAccount
from omnitui.desk.context import Desk
from store import accounts, identities
from store.model import AccountId


class HasAddress(Protocol):
    @property
    def address(self) -> str: ...

    @property
    def name(self) -> str: ...


A = TypeVar("A", bound=HasAddress)


normalised = functools.lru_cache(maxsize=20_000)(identities.normalise)
"""`identities.normalise`, remembered: a batch asks for the same few addresses again and again."""


class OwnAddresses:
    """Every address that this desk receives or sends under, over all its accounts."""

    def __init__(self, desk: Desk) -> None:
        self._of, self._own = _own_addresses(
            tuple(accounts.addresses(desk.db)),
            tuple(
                (a.name, a.channel, a.address, a.aliases if isinstance(a, EmailAccount) else ())
                for a in desk.config.accounts.values()
            ),
        )

    def __contains__(self, key: tuple[str, str]) -> bool:
        channel, address = key[0], normalised(*key)
        return (channel, address) in self._own or (channel, without_detail(address)) in self._own

    def of(self, account: AccountId) -> frozenset[tuple[str, str]]:
        """The addresses of one account, as (channel, normalised address)."""
        return self._of.get(account, frozenset())

    def domains(self) -> set[str]:
        """The domains of the e-mail addresses."""
        return {domain_of(address) for channel, address in self._own if channel == "email"}


@functools.lru_cache(maxsize=16)
def _own_addresses(
    known: tuple[tuple[AccountId, str, str, str], ...],
    settings: tuple[tuple[str, str, str, tuple[str, ...]], ...],
) -> tuple[dict[AccountId, frozenset[tuple[str, str]]], frozenset[tuple[str, str]]]:
    """Of each account (id, name, channel, address) its addresses, and those of all of them; of
    `settings` (name, channel, address, aliases), too. Each batch that comes in asks."""
    aliases = {name: others for name, _channel, _address, others in settings}
    of = {
        id_: _normalised(channel, address, *aliases.get(name, ()))
        for id_, name, channel, address in known
    }
    own: set[tuple[str, str]] = set().union(*of.values())
    for _name, channel, address, others in settings:
        own |= _normalised(channel, address, *others)
    return of, frozenset(own)


def _normalised(channel: str, *addresses: str) -> frozenset[tuple[str, str]]:
    return frozenset((channel, normalised(channel, one)) for one in addresses if one)


def without_detail(address: str) -> str:
    """`support+x@acme.example` → `support@acme.example` (RFC 5233 sub-addressing)."""
    local, at, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}{at}{domain}" if at else address


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].strip().lower() if "@" in address else ""


def distinct(channel: str, people: Iterable[A]) -> list[A]:
    """Without empty addresses and repeats; the first of each stays."""
    seen: dict[str, A] = {}
    for person in people:
        if person.address.strip():
            seen.setdefault(normalised(channel, person.address), person)
    return list(seen.values())


def outside(own: OwnAddresses, channel: str, people: Sequence[A]) -> list[A]:
    """Those that are not the desk itself, each once."""
    return [p for p in distinct(channel, people) if (channel, p.address) not in own]
