"""Is the address itself dead, or did something else keep the mail out?

Dead is: nobody there, no such host, moved away, or a host that takes no mail at all. Servers
answer "user unknown" for other reasons too: from a filter after DATA, to a sender they do not
like, or for a full mailbox. So such words count when their code, the step of the dialogue or
the reporting program's own directory confirms them (RFC 3463 §3.2 for the codes).
"""

from __future__ import annotations

import re

from connectors.email.reports.failure_causes import (
    AFTER,
    BEFORE,
    MOVED_OUT,
    NO_HOST,
    NO_MAIL,
    NOBODY,
    OWN_DIRECTORY,
    first,
    plain_words,
    says,
)
from connectors.email.reports.failure_stage import Stage

DEAD = frozenset({"user-unknown", "host-unknown", "moved", "takes-no-mail"})

_NO_USER_CODE = re.compile(r"5\.1\.(?:0|1|3|10)\Z")
_CODES = (
    # RFC 3463 and the IANA registry, for reports whose words tell nothing.
    (r"[245]\.1\.2\Z", "host-unknown"),
    (r"5\.1\.4\Z", "filtered"),
    (r"[45]\.1\.[578]\Z", "refused"),
    (r"[45]\.1\.9\Z", "server-error"),
    (r"[45]\.2\.2\Z", "mailbox-full"),
    (r"[45]\.2\.3\Z|5\.3\.4\Z", "too-big"),
    (r"[45]\.2\.[014]\Z", "filtered"),
    (r"5\.3\.2\Z", "takes-no-mail"),
    (r"[45]\.3\.\d+\Z", "server-error"),
    (r"5\.4\.4\Z", "host-unknown"),
    (r"[45]\.4\.(?:1|7|316)\Z", "expired"),
    (r"[45]\.4\.\d+\Z", "unreachable"),
    (r"[45]\.5\.\d+\Z", "syntax"),
    (r"[45]\.6\.\d+\Z", "malformed"),
    (r"5\.7\.13\Z", "suspended"),
    (r"5\.7\.27\Z", "takes-no-mail"),
    (r"[45]\.7\.25\Z", "no-reverse-name"),
    (r"[45]\.7\.(?:2[0-46]|509)\Z", "unauthenticated"),
    (r"[45]\.7\.\d+\Z", "not-permitted"),
)
# After DATA, au/KDDI answer for their subscribers' filters with these words.
_FILTERED = r"filter(?:ed)?\b|550 ?: user unknown|recipient not found$|cannot route mail to user"
# Microsoft 365 answers this for every address it does not have; La Poste and Orange by number.
_HOUSE_WORDS = (
    r"5\.4\.1 .{0,40}recipient address rejected: access denied|lpn00[57]_4\d\d|ofr_?(?:416|550)"
    r"|recipient address rejected\.$|5\.1\.351|recipient address rejected: access denied \["
)
_RECEIVED_BY_SES = re.compile(r"inbound-smtp\.[\w-]+\.amazonaws\.com", re.I)


def cause(
    status: str,
    words: str,
    action: str,
    stage: Stage,
    reporter: str = "",
    *,
    for_itself: bool = False,
) -> str:
    """Why a mail failed (`Bounce.cause`), by the words of the server, then by its
    code; "" when neither tells.

    Args:
        status: Enhanced code (RFC 3463) or empty.
        words: What the server said about this recipient.
        action: `failed` or `delayed`.
        stage: The step at which it was said.
        reporter: The Reporting-MTA, if named.
        for_itself: The reporting program says it of its own users.
    """
    said = plain_words(words)
    nobody = says(NOBODY, said)
    own = says(OWN_DIRECTORY, said) or (for_itself and nobody)
    nobody = nobody or own
    if action == "delayed":
        found = first(BEFORE, said) or first(AFTER, said) or _by_code(status, "")
        return "" if found == "expired" else found  # not yet
    if re.fullmatch(MOVED_OUT, status):
        return "moved"
    if says(_HOUSE_WORDS, said) and not says(_FILTERED, said):
        return "user-unknown"
    before = first(BEFORE, said)
    if before:
        return before
    if stage in ("connect", "helo", "mail"):
        # Nobody has been named yet: only a host that takes no mail is dead at this point.
        if says(NO_MAIL, said) and status[:1] != "4":
            return "takes-no-mail"
        return first(AFTER, said) or _by_code(status, "blocked")
    if says(NO_MAIL, said):
        return "takes-no-mail"
    if says(_FILTERED, said) and not own and not _NO_USER_CODE.match(status):
        return "filtered"
    if reporter and _RECEIVED_BY_SES.search(reporter):
        # Amazon bounces after it has taken the mail, as the owner's rules say.
        return "filtered" if nobody or not said else first(AFTER, said) or "filtered"
    after = first(AFTER, said)
    if says(NO_HOST, said) and not (nobody and stage == "rcpt"):
        if status[:1] == "4" or after == "unreachable" or "try again" in said:
            return "unreachable"
        return "host-unknown"
    if _NO_USER_CODE.match(status):
        return "user-unknown" if nobody or not after else after
    if own or (nobody and (stage == "rcpt" or status == "5.5.0")):
        return "user-unknown"
    if nobody and stage == "data":
        return "filtered"
    if after:
        return after
    return "filtered" if nobody else _by_code(status, "")


def is_dead(
    status: str,
    words: str,
    action: str,
    stage: Stage,
    reporter: str = "",
    *,
    for_itself: bool = False,
) -> bool | None:
    """True: nobody is there. False: somebody is, or the fault is elsewhere. None: neither a
    word nor a code."""
    if not words.strip() and not status:
        return None
    if action == "delayed":
        return False
    found = cause(status, words, action, stage, reporter, for_itself=for_itself)
    if found == "takes-no-mail":
        return status[:1] != "4"
    return found in DEAD


def _by_code(status: str, default: str) -> str:
    return next((name for code, name in _CODES if re.match(code, status)), default)
