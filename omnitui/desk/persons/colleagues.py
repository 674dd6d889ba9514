"""Our own people, as addresses tell: no customers."""

from __future__ import annotations

from omnitui.desk.addresses import OwnAddresses, domain_of, normalised
from omnitui.desk.context import Desk
from omnitui.desk.domains import is_provider


def is_colleague(desk: Desk, own: OwnAddresses, address: str) -> bool:
    """One of us: an own address, or who the setting `colleagues` names; without it anybody in
    the accounts' domains, unless those are public providers'."""
    if ("email", address) in own:
        return True
    address, domain = normalised("email", address), domain_of(address)
    named = desk.config.desk.colleagues
    if named:
        known = {
            normalised("email", name) if "@" in name[1:] else name.lstrip("@") for name in named
        }
        return address in known or domain in known
    return bool(domain) and domain in own.domains() and not is_provider(domain)
