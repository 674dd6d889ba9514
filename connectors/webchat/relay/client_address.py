"""Who is at the other end of a connection, behind as many reverse proxies as were announced."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable

UNKNOWN = "unknown"
"""The address of a client that has none (a Unix socket) or whose proxy says nonsense."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(
    headers: Iterable[tuple[bytes, bytes]], peer: str | None, trusted_proxies: int
) -> str:
    """The visitor's IP address as text.

    Each proxy appends to X-Forwarded-For the address that it was called from, so with N proxies
    of ours the Nth entry from the right was written by the outermost one of them; whatever
    stands left of it anybody may have made up. With 0 the header is not looked at.
    """
    here = parse(peer or "")
    if trusted_proxies <= 0:
        return str(here) if here else UNKNOWN
    values = [value for name, value in headers if name == b"x-forwarded-for"]
    entries = b",".join(values).decode("latin-1").split(",") if values else []
    # Fewer entries than proxies: the leftmost was still written by one of ours.
    for entry in entries[-trusted_proxies:]:
        found = parse(entry)
        if found is not None:
            return str(found)
    return str(here) if here else UNKNOWN


def forwarded(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether some proxy has handed the request on."""
    known = (b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via")
    return any(name in known for name, _value in headers)


def parse(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, with a zone, IPv4 within IPv6."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


@functools.lru_cache(maxsize=10_000)
def limit_key(address: str) -> str:
    """What limits are counted by: the IPv4 address, or the /64 that one IPv6 customer has."""
    found = parse(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found) if found else UNKNOWN
