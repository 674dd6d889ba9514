"""Authentication-Results (RFC 8601) of the account's own server as proof of the sender.

A server must remove results that come in under its own name (RFC 8601 §5) and write its own
on every mail; one that does not must not be named in `trusted_authserv`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.contract import Address
from connectors.email.mime import words
from connectors.email.mime.headers import Headers

_DMARC = re.compile(r"\s*dmarc(?:\s*/\s*\d+)?\s*=\s*([a-z]+)", re.I)
_FROM = re.compile(r"(?:^|\s)header\.from\s*=\s*\"?([^\s;\"]+)", re.I)
_PLAIN_ADDRESS = re.compile(
    r"[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f-\x9f]+@([^\W_](?:[\w.-]*[^\W_])?)\.?"
)
MAX_RESULTS = 20


def proofs(headers: Headers, senders: Sequence[Address], trusted_authserv: str) -> tuple[str, ...]:
    """`("dmarc",)` when the trusted server says that From's domain passed DMARC.

    Only the topmost run of the server's own results counts: what stands below was in the
    mail when it came, and anybody can write it. Disagreeing results prove nothing."""
    trusted = _host(trusted_authserv)
    domain = _shown_domain(headers, senders) if trusted else ""
    if not domain:
        return ()
    verdicts = [
        verdict == "pass" and named == domain for verdict, named in _dmarc(headers, trusted)
    ]
    return ("dmarc",) if verdicts and all(verdicts) else ()


def failed(headers: Headers, trusted_authserv: str) -> bool:
    """True when the trusted server says that DMARC failed: From is forged."""
    trusted = _host(trusted_authserv)
    return bool(trusted) and any(verdict == "fail" for verdict, _ in _dmarc(headers, trusted))


def _shown_domain(headers: Headers, senders: Sequence[Address]) -> str:
    """The domain of the one author in From; empty when our server may have seen another one
    than we do: several authors, a group (RFC 6854), an address made of encoded words."""
    fields = headers.all("from")
    if len(senders) != 1 or len(fields) != 1:
        return ""
    address = senders[0].address
    plain = _PLAIN_ADDRESS.fullmatch(address)
    written = words.plain(fields[0][:8192])
    if plain is None or address not in written:
        return ""
    outside = _outside(written)
    if ":" in outside or ";" in outside or address not in outside:
        return ""
    return _host(plain[1])


def _dmarc(headers: Headers, trusted: str) -> list[tuple[str, str]]:
    """What the trusted server's results say of DMARC: the verdict and for which domain."""
    found: list[tuple[str, str]] = []
    for result in _own_results(headers, trusted):
        for statement in result[1:]:
            verdict = _DMARC.match(statement)
            if verdict is not None:
                named = _FROM.search(statement)
                domain = _host(named[1].rpartition("@")[2]) if named else ""
                found.append((verdict[1].lower(), domain))
    return found


def _own_results(headers: Headers, trusted: str) -> list[list[str]]:
    """The topmost run of the trusted server's results, each split at its `;`."""
    found: list[list[str]] = []
    for name, value in headers:
        if name != "authentication-results":
            if found and name == "received":
                break
            continue
        statements = _outside(words.plain(value[:8192]), "\0").split("\0")
        server = statements[0].split()
        if server and _host(server[0].strip('"')) == trusted:
            found.append(statements)
            if len(found) >= MAX_RESULTS:
                break
        elif found:
            break
    return found


def _outside(text: str, semicolon: str = ";") -> str:
    """Without comments; a `;` outside quoted strings becomes `semicolon`. A sender may choose
    the text inside both, by the address they write from."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in text.replace("\0", " "):
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or depth):
            escaped = True
            continue
        elif quoted:
            quoted = char != '"'
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
            char = " "
        elif char == '"' and not depth:
            quoted = True
        elif char == ";" and not depth:
            char = semicolon
        if not depth:
            kept.append(" " if quoted and char in ";:=" else char)
    return "".join(kept)


def _host(name: str) -> str:
    return name.strip().rstrip(".").lower()
