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
        settings = desk.config.accounts.values()
        known = accounts.all(desk.db)
        aliases = {a.name: a.aliases for a in settings if isinstance(a, EmailAccount)}
        self._of = {
            account.id: {
                (account.channel, normalised(account.channel, address))
                for address in (account.address, *aliases.get(account.name, ()))
                if address
            }
            for account in known
        }
        self._own = {
            (a.channel, normalised(a.channel, address))
            for a in settings
            for address in (a.address, *aliases.get(a.name, ()))
            if address
        }.union(*self._of.values())

    def __contains__(self, key: tuple[str, str]) -> bool:
        channel, address = key[0], normalised(*key)
        return (channel, address) in self._own or (channel, without_detail(address)) in self._own

    def of(self, account: AccountId) -> set[tuple[str, str]]:
        """The addresses of one account, as (channel, normalised address)."""
        return self._of.get(account, set())

    def domains(self) -> set[str]:
        """The domains of the e-mail addresses."""
        return {domain_of(address) for channel, address in self._own if channel == "email"}


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
