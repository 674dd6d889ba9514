"""What a mailing list or group says about a mail that went through it (RFC 2369, RFC 2919)."""

from __future__ import annotations

import re
from typing import Any

from connectors.email.mime import words
from connectors.email.mime.addresses import read_addresses
from connectors.email.mime.headers import Headers

_MAILTO = re.compile(r"<\s*mailto:\s*([^\s<>?]+@[^\s<>?]+)", re.IGNORECASE)
_AUTHORS = ("x-original-from", "x-original-sender", "original-from")


def list_facts(headers: Headers) -> dict[str, Any]:
    """`list_id`; `list_post`, the address to which one writes to all; `original_from`, the
    author whom a list that writes in its own name has put aside. What is unknown is left out.
    """
    facts: dict[str, Any] = {}
    if "list-id" in headers:
        facts["list_id"] = headers.text("list-id")[:200]
    if "list-post" in headers:
        found = _MAILTO.search(words.plain(headers.raw("list-post")[:2000]))
        if found:
            facts["list_post"] = found[1][:320]
    for name in _AUTHORS:
        if name in headers:
            people, _defect = read_addresses(headers.raw(name)[:4096])
            if people and "@" in people[0].address:
                author = people[0]
                facts["original_from"] = {"address": author.address[:320], "name": author.name}
                break
    return facts
