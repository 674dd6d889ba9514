"""Where a link really goes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


def link_target(href: str, shown: str) -> str:
    """Where a link really goes, unless its text says so already."""
    try:
        url = urlsplit(href)
        host = (url.hostname or "").removeprefix("www.")
    except ValueError:
        return href[:200]
    if url.scheme in ("http", "https", "ftp"):
        lower = shown.lower().replace(" ", "")
        bare = href.partition("://")[2].rstrip("/").lower()
        if bare in lower or lower in (href.lower(), bare):
            return ""
        if host and "/" not in bare.partition("?")[0] and lower.endswith(host):
            return ""
        if host and re.match(rf"(?:https?://)?(?:www\.)?{re.escape(host)}(?:[/?#]|$)", lower):
            return ""
        return href
    if url.scheme in ("mailto", "tel"):
        address = url.path
        return "" if address.lower() in shown.lower() or not address else address
    return ""
