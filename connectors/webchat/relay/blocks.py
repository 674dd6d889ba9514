"""Who is kept out: visitors and networks, by the configuration or by an agent."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

from config.relay import Network
from connectors.webchat.protocol import VISITOR
from connectors.webchat.relay.client_address import Address, parse

WIDEST = {4: 8, 6: 16}
"""The shortest prefix that a desk may block: more is half the world, by a slip."""


def is_visitor(text: str) -> bool:
    return VISITOR.fullmatch(text) is not None


def parse_network(text: str) -> Network | None:
    """`203.0.113.7`, `203.0.113.0/24`, `2001:db8::/64`; None when it is none, or far too wide."""
    try:
        found = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Network) and found.network_address.ipv4_mapped:
        if found.prefixlen < 96:
            return None
        found = ipaddress.ip_network(
            (found.network_address.ipv4_mapped, found.prefixlen - 96), strict=False
        )
    return found if found.prefixlen >= WIDEST[found.version] else None


class Blocks:
    """The blocks of one site in memory, fast to ask for every request: a look-up for each length
    of prefix that there is, however many networks.

    `until` is in milliseconds; None: for ever. Durable in the journal; loaded from there.
    """

    def __init__(self, configured: Iterable[Network] = ()) -> None:
        self._configured = tuple(configured)
        self._networks: dict[tuple[int, int], dict[int, int | None]] = {}
        """IP version and length of the prefix → the prefix → until."""
        self._visitors: dict[str, int | None] = {}
        self.load({})

    def load(self, blocks: Mapping[str, int | None]) -> None:
        """Put these in place of what was there: visitor ids and networks."""
        self._networks.clear()
        self._visitors.clear()
        for who, until in blocks.items():
            self.add(who, until)
        for network in self._configured:
            self._put(network, None)

    def add(self, who: str, until: int | None) -> None:
        if is_visitor(who):
            self._visitors[who] = until
        elif (found := parse_network(who)) is not None and found not in self._configured:
            self._put(found, until)

    def remove(self, who: str) -> None:
        """What the configuration blocks stays."""
        self._visitors.pop(who, None)
        found = parse_network(who)
        if found is not None and found not in self._configured:
            prefixes = self._networks.get((found.version, found.prefixlen), {})
            prefixes.pop(_prefix(found.network_address, found.prefixlen), None)

    def visitor(self, visitor: str, now: int) -> bool:
        """Whether this visitor is kept out."""
        if visitor not in self._visitors:
            return False
        return _holds(self._visitors[visitor], now)

    def address(self, address: str, now: int) -> bool:
        """Whether this address is in a network that is kept out."""
        if not self._networks:
            return False
        found = parse(address)
        if found is None:
            return False
        for (version, length), prefixes in self._networks.items():
            if version == found.version:
                prefix = _prefix(found, length)
                if prefix in prefixes and _holds(prefixes[prefix], now):
                    return True
        return False

    def _put(self, network: Network, until: int | None) -> None:
        prefixes = self._networks.setdefault((network.version, network.prefixlen), {})
        prefixes[_prefix(network.network_address, network.prefixlen)] = until


def _prefix(address: Address, length: int) -> int:
    return int(address) >> (address.max_prefixlen - length)


def _holds(until: int | None, now: int) -> bool:
    return until is None or until > now
