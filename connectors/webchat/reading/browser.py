"""A browser's own words about itself (User-Agent) in words for people."""

from __future__ import annotations

from functools import lru_cache

LONGEST = 400
"""Characters that are looked at: what is longer was written to take time."""
_OTHER = "Other"


@lru_cache(maxsize=4096)
def browser_of(user_agent: str) -> str:
    """`Firefox 140 on Linux`; "" when it cannot be told. The first call takes 200 ms, each with
    new words some more milliseconds: not for an event loop."""
    if not user_agent or len(user_agent) > LONGEST or not user_agent.isprintable():
        return ""
    from ua_parser import parse  # its tables are large

    found = parse(user_agent)
    browser, system = found.user_agent, found.os
    name = _named(browser.family, browser.major) if browser is not None else ""
    place = _named(system.family, system.major) if system is not None else ""
    return f"{name} on {place}" if name and place else name or place


def _named(family: str, version: str | None) -> str:
    if not family or family == _OTHER:
        return ""
    return f"{family} {version}" if version else family
