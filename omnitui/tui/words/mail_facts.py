"""What a mail says about itself beside its text, in words for people.

Everything is read from `Message.details`, which another program may have written: what does
not have the expected shape is left out, never an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.i18n import _
from omnitui.desk.mail.failure_words import explained, in_words
from omnitui.tui.text.safe_text import one_line
from store.model import Address, Message, Millis

_CODES = re.compile(
    r"^(?:smtp; *)?(?:[245]\d\d[ -])?(?:#?[245]\.\d{1,3}\.\d{1,3}:? *)?(?:<[^<>\s]*>[:,]? *)?"
)
"""What servers put before their words, and everybody sees twice."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that something of ours did not reach somebody."""

    recipient: str
    failed: bool
    """For good; else it is only late."""
    reason: str
    status: str
    """Enhanced status code (RFC 3463); empty when unknown."""
    cause: str = ""
    """Its name (`omnitui.desk.mail.failure_words`); empty when unknown."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Whose mail somebody passed on, as the mail itself says: hearsay."""

    sender: Address
    subject: str
    sent_at: Millis | None
    offered: bool
    """One of us passed it on, so that its sender is likely to be the customer."""


def people(message: Message, name: str) -> list[Address]:
    """The addresses of one header field: from, to, cc, reply_to."""
    found = message.details.get(name)
    if not isinstance(found, Sequence) or isinstance(found, str):
        found = [found]
    return [address for entry in found if (address := _address(entry)) is not None]


def copied(message: Message) -> str:
    """`cc: Bob Marsh, Eve Long`, of more than two `cc: Bob Marsh, +3`; empty when nobody got
    a copy."""
    found = people(message, "cc")
    if not found:
        return ""
    more = f", +{len(found) - 1}" if len(found) > 2 else ""
    names = ", ".join(shown(one) for one in found[: 1 if more else 2])
    return _("cc: {name}").format(name=names) + more


def shown(person: Address) -> str:
    """A person's name, or the address while there is none."""
    return one_line(person.name) or one_line(person.address)


def full(person: Address) -> str:
    """`Ann Smith <ann@example.org>`."""
    name, address = one_line(person.name), one_line(person.address)
    return f"{name} <{address}>" if name and name != address else address or name


def automatic(message: Message) -> str:
    """What kind of automatic mail it is, in two words; empty when a person may have written."""
    if message.direction == "out":
        return _("written by a program of ours") if message.details.get("automatic") else ""
    auto = message.details.get("auto_reply")
    if not isinstance(auto, Mapping):
        return ""
    times = message.details.get("loop")
    if isinstance(times, int) and times > 1:
        return _("machine that repeats itself, {n} times").format(n=times)
    reports = {"read-receipt": _("read receipt"), "abuse": _("abuse report")}
    kinds = {"out-of-office": _("out-of-office reply"), "bulk": _("bulk mail")}
    report = reports.get(str(auto.get("report") or ""))
    return report or kinds.get(str(auto.get("kind"))) or _("automatic reply")


def bounce(message: Message) -> Bounce | None:
    """The delivery report that this mail is."""
    found = message.details.get("bounce")
    return _bounce(found) if isinstance(found, Mapping) else None


def bounces(message: Message) -> list[Bounce]:
    """All recipients that this delivery report tells of, the gravest first."""
    found = [message.details.get("bounce"), *_entries(message.details.get("further_bounces"))]
    return [_bounce(one) for one in found if isinstance(one, Mapping)]


def _bounce(found: Mapping[str, Any]) -> Bounce:
    return Bounce(
        one_line(str(found.get("recipient") or "")),
        str(found.get("action") or "failed") != "delayed",
        one_line(str(found.get("reason") or "")),
        one_line(str(found.get("status") or "")),
        str(found.get("cause") or ""),
    )


def bounce_words(found: Bounce) -> str:
    """`✗ Not delivered to ann@example.org: the mailbox is full (552 5.2.2 Over quota)`,
    `… delayed`; the server's words alone, without their codes, while nobody knows the cause."""
    who = found.recipient or _("somebody")
    reason = found.reason or found.status
    if in_words(found.cause):
        reason = explained(found.cause, reason)
    else:
        reason = _CODES.sub("", reason) or reason
    if found.failed:
        words = _("✗ Not delivered to {who}").format(who=who)
    else:
        words = _("… delayed to {who}").format(who=who)
    return f"{words}: {reason}" if reason else words


def undelivered(message: Message) -> list[Bounce]:
    """Who did not get this message of ours, or not yet, and why: what our server refused and
    what delivery reports told, failures first."""
    causes = message.details.get("causes")
    named = causes if isinstance(causes, Mapping) else {}
    found = [
        Bounce(one_line(str(who)), failed, one_line(str(why)), "", str(named.get(who) or ""))
        for name, failed in (("refused", True), ("delayed", False))
        if isinstance(told := message.details.get(name), Mapping)
        for who, why in told.items()
    ]
    lost = {one.recipient.casefold() for one in found if one.failed}
    return [one for one in found if one.failed or one.recipient.casefold() not in lost]


def bounced(message: Message) -> bool:
    """Our server took this message, and another one did not."""
    return bool(_entries(message.details.get("bounced")))


def forwarded(message: Message) -> Forward | None:
    """The mail or message that was passed on, if its sender is known: in a chat, those who
    hide who they are have a name alone."""
    found = message.details.get("forwarded") or message.details.get("forward")
    if not isinstance(found, Mapping):
        return None
    sender = _address(found)
    if sender is None:
        return None
    at = found.get("sent_at")
    when = at if isinstance(at, int) and not isinstance(at, bool) else None
    subject = one_line(str(found.get("subject") or ""))
    return Forward(sender, subject, when, bool(found.get("offered")))


def calendar(message: Message) -> list[str]:
    """A line for each invitation in the mail."""
    found = [one_line(str(line)) for line in _entries(message.details.get("calendar")) if line]
    return list(dict.fromkeys(found))  # often once in the mail and once as its file


def security(message: Message) -> list[str]:
    """`signed (S/MIME)`, `encrypted (PGP)`: that it is, not that it is right."""
    words = []
    for name, text in (("encrypted", _("encrypted ({how})")), ("signed", _("signed ({how})"))):
        how = message.details.get(name)
        if how:
            known = {"smime": "S/MIME", "pgp": "PGP"}
            words.append(text.format(how=known.get(str(how), one_line(str(how))[:20])))
    return words


def mailing_list(message: Message) -> str:
    """`via list news.example.org`; empty for mail that came straight."""
    found = one_line(str(message.details.get("list_id") or ""))
    if not found:
        return ""
    name, bracket, identifier = found.rpartition("<")
    if bracket:
        found = identifier.rstrip("> ") or name
    return _("via list {name}").format(name=found[:60])


def interleaved(message: Message) -> str:
    """The whole text with the answers between what they answer; empty when they follow it."""
    found = message.details.get("interleaved")
    return found if isinstance(found, str) else ""


def edits(message: Message) -> int:
    """How often the sender changed the text."""
    return len(_entries(message.details.get("edits")))


def defects(message: Message) -> list[str]:
    """What was broken in the mail as it came, a sentence each."""
    known = {
        "message-id-reused": _("its Message-ID was used before, by another mail"),
        "from-own-address": _("it says it is from our own address, and nothing proves that"),
    }
    found = [one_line(str(one)) for one in _entries(message.details.get("defects"))]
    return [known.get(one, one) for one in found if one]


def proof(message: Message) -> str:
    """Whether anything proves that the sender is who the mail says."""
    found = [one_line(str(one)) for one in _entries(message.details.get("proofs"))]
    known = {
        "dmarc": _("DMARC passed"),
        "jwt": _("signed in on our site"),
        "platform": _("the channel itself vouches for the account"),
        "contact": _("they shared their own contact"),
        "link": _("they opened the one-time link that was sent to them"),
        "code": _("they typed the code that was sent to them"),
    }
    if not found:
        return _("nothing proves the sender's address")
    return ", ".join(known.get(one, one) for one in found)


def placed(message: Message) -> str:
    """Why the message stands in this conversation."""
    reason = str(message.details.get("placed") or "")
    known = {
        "in-reply-to": _("it answers a message of this conversation"),
        "references": _("it quotes a message of this conversation"),
        "reply-token": _("it carries this conversation's signed mark"),
        "siblings": _("it answers the same mail as another one here"),
        "thread-index": _("Outlook counts it to this thread"),
        "quoted-our-text": _("it quotes what we wrote in this conversation"),
        "subject": _("“Re:” stands before this conversation's subject; nothing else tells"),
        "newest-with-subject": _("it answers this subject; of several it is the newest one"),
        "form": _("it came from a web form of ours"),
        "quoted": _("it quotes another conversation, whose customers its sender is not one of"),
        "bounce": _("it reports on a message of this conversation"),
        "bounce-of-ours?": _("it reports on no message of ours by name; we wrote to that address"),
        "bounce-of-nothing-here": _("it reports on no message that was sent from here"),
        "chat": _("it came in the same chat"),
        "reopened": _("it came in the same chat, soon after it was closed"),
        "continued": _("the same customer went on, on another channel"),
        "continued-last": _(
            "the same customer went on, on another channel: of several open conversations it is"
            " the last touched"
        ),
        "link": _("they came by the link that was sent in this conversation"),
    }
    return known.get(reason, one_line(reason).replace("-", " "))


def _entries(found: object) -> Sequence[Any]:
    if isinstance(found, str) or not isinstance(found, Sequence):
        return ()
    return found


def _address(found: object) -> Address | None:
    if not isinstance(found, Mapping):
        return None
    address, name = str(found.get("address") or ""), str(found.get("name") or "")
    return Address(address, name) if address or name else None
