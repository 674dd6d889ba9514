"""Authentication-Results (RFC 8601) of the account's own server as proof of the sender."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.contract import Address
from connectors.email import words
from connectors.email.headers import Headers

_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_DMARC = re.compile(r"\s*dmarc\s*=\s*([a-z]+)", re.I)
_FROM = re.compile(r"\bheader\.from\s*=\s*\"?([^\s;\"]+)", re.I)
MAX_RESULTS = 20


def proofs(headers: Headers, senders: Sequence[Address], trusted_authserv: str) -> tuple[str, ...]:
    """`("dmarc",)` when the trusted server says that From's domain passed DMARC.

    Only the topmost run of the server's own results counts: what stands below was in the
    mail when it came, and anybody can write it. Disagreeing results prove nothing."""
    trusted = trusted_authserv.strip().rstrip(".").lower()
    if not trusted or len(senders) != 1 or len(headers.all("from")) != 1:
        return ()
    domain = senders[0].address.rpartition("@")[2].rstrip(".").lower()
    if not domain:
        return ()
    verdicts = []
    for result in _own_results(headers, trusted):
        for statement in result.split(";")[1:]:
            verdict = _DMARC.match(statement)
            if verdict is None:
                continue
            named = _FROM.search(statement)
            same = named is None or named.group(1).rpartition("@")[2].rstrip(".").lower() == domain
            verdicts.append(verdict.group(1).lower() == "pass" and same)
    return ("dmarc",) if verdicts and all(verdicts) else ()


def failed(headers: Headers, trusted_authserv: str) -> bool:
    """True when the trusted server says that DMARC failed: From is forged."""
    trusted = trusted_authserv.strip().rstrip(".").lower()
    return bool(trusted) and any(
        (verdict := _DMARC.match(statement)) is not None and verdict.group(1).lower() == "fail"
        for result in _own_results(headers, trusted)
        for statement in result.split(";")[1:]
    )


def _own_results(headers: Headers, trusted: str) -> list[str]:
    found: list[str] = []
    for name, value in headers:
        if name != "authentication-results":
            if found and name == "received":
                break
            continue
        text = words.plain(value[:8192])
        for _ in range(4):
            text = _COMMENT.sub(" ", text)
        server = text.partition(";")[0].split()
        if server and server[0].strip('"').rstrip(".").lower() == trusted:
            found.append(text)
            if len(found) >= MAX_RESULTS:
                break
        elif found:
            break
    return found
