"""Why mail was not delivered, in words for people (`Bounce.cause`, docs/email.md)."""

from __future__ import annotations

from config.i18n import _


def in_words(cause: str) -> str:
    """`user-unknown` → "the mailbox does not exist"; empty for "" and for names not known."""
    known = {
        "user-unknown": _("the mailbox does not exist"),
        "host-unknown": _("the domain of the address does not exist"),
        "takes-no-mail": _("that domain takes no mail"),
        "moved": _("the mailbox has moved elsewhere"),
        "mailbox-full": _("the mailbox is full"),
        "suspended": _("the mailbox is out of use"),
        "filtered": _("the recipient's filter turned the mail away"),
        "too-big": _("the mail is too big for the server"),
        "spam": _("the server calls the mail spam"),
        "virus": _("the server calls the mail dangerous"),
        "policy": _("the server's rules do not allow the mail"),
        "malformed": _("the server does not accept the mail's format"),
        "blocked": _("the server blocks our mail server"),
        "bad-reputation": _("the server distrusts where our mail comes from"),
        "rate-limited": _("the server wants our mail later or more slowly"),
        "no-reverse-name": _("our mail server has no name in DNS that fits its address"),
        "unauthenticated": _("nothing proves to the server that the mail is ours"),
        "sender-refused": _("the server does not accept our address as the sender"),
        "not-permitted": _("the server does not let us write to this address"),
        "no-relaying": _("the server is not in charge of this address"),
        "refused": _("the server refused the mail"),
        "unreachable": _("the server could not be reached"),
        "expired": _("the server did not take the mail in time"),
        "server-error": _("the server had trouble of its own"),
        "syntax": _("the two servers did not understand each other"),
    }
    return known.get(cause, "")


def explained(cause: str, reason: str) -> str:
    """`the mailbox does not exist (550 5.1.1 User unknown)`; the server's words alone while
    their cause is not known."""
    words = in_words(cause)
    if not words or not reason:
        return words or reason
    return f"{words} ({reason})"
