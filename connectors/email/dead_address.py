"""Is an address dead, by the code and the words of the server that refused it?"""

from __future__ import annotations

import re

_DEAD_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.0.8"})
_ALIVE_CODES = re.compile(r"[45]\.(?:2\.[2-4]|3\.\d+|4\.[1-35-9]|6\.\d+|7\.\d+)\Z|4\.\d+\.\d+\Z")
_DEAD = re.compile(
    r"user (?:is )?unknown|unknown (?:user|recipient|address|local|mailbox|account)"
    r"|no such (?:user|recipient|mailbox|address|person|local|account|domain|host)"
    r"|(?:user|recipient|mailbox|account|address|email)(?: (?:name|address|account))?"
    r"(?: <?\S+@\S+>?)?(?: \S+)?(?: that you tried to reach)?"
    r" (?:does not|doesn't|doesnt|did not|not|isn't|is not|was not|wasn't|could not be|no longer"
    r"|is no longer)"
    r" (?:be )?(?:exist|found|known|valid|listed|recogni[sz]ed|available here|a valid|an? active"
    r"|there|on)"
    r"|not (?:a )?(?:known|valid|our) (?:user|recipient|mailbox|address|customer)"
    r"|(?:invalid|bad|illegal|incorrect|nonexistent|non-existent) (?:recipient|user|mailbox"
    r"|address|email)"
    r"|recipient (?:address )?rejected: (?:user|undeliverable|invalid|no such|mailbox)"
    r"|address (?:not found|unknown|error|no longer)|mailbox (?:not found|unavailable or)"
    r"|no mailbox"
    r"|(?:domain|host)(?: name)?(?: \S+)? (?:not found|does not exist|is unknown|unknown)"
    r"|unrouteable|unroutable|unknown (?:host|domain)|(?:host|domain) unknown|nxdomain"
    r"|not listed in|addressee unknown|recipient name is not recognized|recipnotfound"
    r"|user not found"
    r"|account (?:has been |is )?(?:closed|deleted|terminated|deactivated)|has moved"
    r"|is no longer (?:valid|with|at)"
    r"|not our customer|name or service not known|null ?mx|nullmx|does not accept (?:any )?mail"
    r"|invalidrecipient|deactivated (?:mailbox|account|user)|destination (?:user|mailbox) unknown"
    r"|this user doesn't have|can't find(?: \S+)? user|cannot find (?:your )?(?:recipient|user)"
    r"|(?:undeliverable|unknown) address|ユーザー.{0,80}見つかりません"
    r"|пользовател\w+ не (?:найден|существует)"
    r"|такого (?:пользователя|ящика|адреса) не|нет такого|адрес не (?:найден|существует)"
    r"|invalid mailbox|user .{1,40} does not exist|no mailbox here|inactive (?:e-?mail )?address"
    r"|recipient address rejected: access denied|recipient (?:address )?rejected[.\s]*$"
    r"|адреса не існує|не існує",
    re.I,
)
_SURELY = re.compile(
    # How Microsoft 365 and some Postfix set-ups say "no such user".
    r"recipient address rejected: access denied|recipient (?:address )?rejected\.?\s*\Z",
    re.I,
)
_SENDER = re.compile(
    r"sender address|address of the sender|domain of sender|sender (?:domain|verify|rejected"
    r"|denied)"
    r"|sender .{0,60}(?:does not exist|not found|unknown)|mail from.{0,20}(?:denied|rejected)",
    re.I,
)
_ALIVE = re.compile(
    r"(?:mailbox|quota|inbox|maildir|disk|storage|account|user|exceed\w*)[^\n]{0,40}"
    r"(?:full|exceed|over ?quota|limit|too large)"
    r"|over ?quota|quota exceeded|insufficient (?:system )?storage|too (?:big|large|many)|size"
    r"|spam|blacklist|blocklist|blocked|block list|\bdnsbl\b|\brbl\b|reputation|dmarc|\bspf\b"
    r"|\bdkim\b"
    r"|polic(?:y|ies)|relay(?:ing)? (?:denied|not|access)|not permitted|access denied|authenticat"
    r"|greylist|try again|temporar|timed? ?out|connection (?:refused|reset|lost)|expired|virus"
    r"|content"
    r"|ptr|reverse dns|rdns|suspicious|unsolicited|loop|hop count|suspended"
    r"|refused to talk|too long|throttl|rate limit|deferred|certificate|\btls\b|rejected by|syntax",
    re.I,
)


def is_dead(status: str, words: str, action: str) -> bool | None:
    """True: nobody is there. False: somebody is, or the fault is elsewhere. None: unknown.

    `status` is an enhanced code (RFC 3463) or empty; the words weigh more than a general
    code, since many servers answer 5.0.0 or 5.1.1 to everything."""
    dead = _DEAD.search(words) is not None and _SENDER.search(words) is None
    if _SURELY.search(words):
        return True
    alive = _ALIVE.search(words) is not None
    if action == "delayed":
        return False
    if status in _DEAD_CODES:
        return not (alive and not dead)
    if status[:2] == "4.":
        return dead and not alive
    if _ALIVE_CODES.match(status):
        return bool(dead and not alive)
    if dead and not alive:
        return True
    if dead and alive:
        return status[:4] == "5.1."
    if alive:
        return False
    return None
