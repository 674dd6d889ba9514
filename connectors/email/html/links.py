"""Where a link really goes."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

MAX_URL = 4_000
# Services that stand between a mail and its links, and where they keep the true address.
_REDIRECTORS = (
    (re.compile(r"(?:\w+\.)?safelinks\.protection\.outlook\.(?:com|\w+)\Z"), "url"),
    (re.compile(r"(?:www\.)?google\.[a-z.]{2,6}\Z"), "q"),
    (re.compile(r"urldefense(?:\.proofpoint)?\.com\Z"), "u"),
    (re.compile(r"l\.(?:facebook|instagram)\.com\Z"), "u"),
    (re.compile(r"(?:deref-(?:gmx|web(?:-02)?)|deref-mail)\.\w+\Z"), "redirectUrl"),
    (re.compile(r"(?:click\.mail\.ru|go\.mail\.ru|checklink\.mail\.ru)\Z"), "url"),
)
_TRACKING = re.compile(
    r"(?:utm_\w+|mc_[ce]id|fbclid|gclid|yclid|_hs(?:enc|mi)|mkt_tok|vero_\w+|oly_\w+_id)=[^&]*&?"
)


def link_target(href: str, shown: str) -> str:
    """Where a link really goes, unless its text says so already."""
    try:
        url = urlsplit(href[:MAX_URL])
        host = (url.hostname or "").removeprefix("www.")
    except ValueError:
        return href[:200]
    if url.scheme in ("http", "https", "ftp"):
        href = plain_url(href[:MAX_URL])
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
        address = unquote(url.path)
        return "" if address.lower() in shown.lower() or not address else address
    if not url.scheme and href[:1] != "#" and href not in ("", "/"):
        # A place within the sender's site, or a template that was not filled in.
        return "" if href.lower() in shown.lower() else href[:200]
    return ""


def plain_url(href: str) -> str:
    """Without redirectors that name the true address, and without counters of clicks."""
    for _ in range(3):
        target = _behind(href)
        if not target:
            break
        href = target
    if "=" in href and _TRACKING.search(href):
        head, mark, query = href.partition("?")
        query, hash_, fragment = query.partition("#")
        query = _TRACKING.sub("", query).rstrip("&")
        href = head + (mark + query if query else "") + hash_ + fragment
    return href


def _behind(href: str) -> str:
    try:
        url = urlsplit(href)
        host = (url.hostname or "").lower()
    except ValueError:
        return ""
    for pattern, parameter in _REDIRECTORS:
        if not pattern.match(host):
            continue
        if "google." in host and url.path != "/url":
            return ""
        if host.startswith("urldefense") and url.path.startswith("/v3/__"):
            target = url.path.removeprefix("/v3/__").partition("__;")[0]
            return target if target.startswith(("http://", "https://")) else ""
        value = parse_qs(url.query).get(parameter, [""])[0]
        if host.startswith("urldefense") and "/v2/" in url.path:
            value = unquote(value.replace("-", "%").replace("_", "/"))
        return value if value.startswith(("http://", "https://")) else ""
    return ""


def host_only(href: str) -> str:
    """`https://example.org/…`: enough to know whose link it is."""
    try:
        url = urlsplit(href)
    except ValueError:
        return href[:60]
    return urlunsplit((url.scheme, url.netloc, "/…", "", ""))
