"""What stands under a message's header: what it is, what it says, what is folded away.

New text is never hidden but past `FOLDED_LINES`; what is hidden has a line that says so and
how much it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from config.i18n import _, ngettext
from omnitui.tui.text.inline import Inline, Span
from omnitui.tui.text.quoted_mails import header_blocks, set_apart
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.text.wrap import wrap
from omnitui.tui.widgets import message_chat, message_media
from omnitui.tui.widgets.message_files import file_lines
from omnitui.tui.widgets.message_look import MessageLook
from omnitui.tui.widgets.text_flow import (
    Flow,
    Piece,
    answers_in_place,
    flow,
    fold,
    plain,
    sliced,
)
from omnitui.tui.words import chat_facts, form_facts, mail_facts
from omnitui.tui.words.moments import DAY, stamp
from store.model import Message

FOLDED_LINES = 60
"""Lines of a text shown before the rest is folded."""

GENERATED_LINES = 20
"""The same, of what a program wrote."""

PASSED_ON_LINES = 30
"""The same, of a mail that somebody passed on, or quoted without a word."""

SIGNATURE_LINES = 2
"""A signature of up to this many lines is shown, dim; a longer one is folded."""

_MARKER = re.compile(r"\A-{3,}[^\n]{1,60}-{3,}\s*\n")
"""`---------- Forwarded message ---------`: said already by the line above."""

QUOTED_SCANNED = 40_000
"""Characters of a quote in which its mails are counted."""

LATE = DAY // 2
"""From this much between the sender's clock and the arrival both are shown."""


def body(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    """All lines under the header."""
    yield from message_chat.answers_line(message, cells, look)
    yield from _what_it_is(message, cells, look)
    yield from message_chat.taken_back(message, cells, look)
    yield from message_media.media_lines(message, cells)
    if not message_media.wordless(message):
        yield from _text(message, cells, look)
    yield from message_chat.earlier(message, cells, look)
    yield from _signature(message, cells, look)
    yield from _quoted(message, cells, look)
    yield from file_lines(message, cells, look)
    yield from message_chat.below(message, cells, look)
    yield from _trouble(message, cells)


def summary(message: Message) -> tuple[str, str]:
    """A folded message in one line: what it is, and how it begins."""
    report = mail_facts.bounce(message)
    if report is not None:
        return mail_facts.bounce_words(report), ""
    words = f"↻ {mail_facts.automatic(message)}"
    begins = one_line(message.text[:300]) or one_line(message.subject)
    return words, begins


def _what_it_is(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    for report in mail_facts.bounces(message):
        style = "timeline--error" if report.failed else "timeline--label"
        yield from plain(mail_facts.bounce_words(report), cells, style, "mail")
    kind = mail_facts.automatic(message)
    facts = [f"↻ {kind}"] if kind else []
    facts += _facts(message, look)
    if facts:
        yield from plain(" · ".join(facts), cells, "timeline--fact", "mail" if kind else "")
    subject = one_line(message.subject)
    if subject and message.channel == "email" and not _same_subject(subject, look.subject):
        yield from plain(subject, cells, "timeline--subject")
    cards = [*_forwarded(message, cells, look)]
    if filled := form_facts.filled_in(message):
        cards += plain(" · ".join(filled), cells, "timeline--label")
    for line in mail_facts.calendar(message):
        cards += plain(f"▦ {line}", cells, "timeline--invite")
    yield from cards
    # A mail's own header ends before its text; in a chat the line above is all there is.
    if cards and message.text.strip() and message.channel == "email":
        yield Piece("", "timeline--text")


def _facts(message: Message, look: MessageLook) -> list[str]:
    """Who else got it, where answers go, what vouches for it: only what is unusual."""
    facts = [mail_facts.copied(message)]
    if message.direction == "in":
        elsewhere = [
            mail_facts.full(one)
            for one in mail_facts.people(message, "reply_to")
            if one.address.casefold() != message.author_address.casefold()
        ]
        if elsewhere:
            facts.append(_("answers go to {who}").format(who=elsewhere[0]))
        facts.append(mail_facts.mailing_list(message))
        if abs(message.arrived_at - message.sent_at) >= LATE:
            facts.append(_("dated {time}").format(time=stamp(message.sent_at, look.now, look.tz)))
    facts += mail_facts.security(message)
    return [fact for fact in facts if fact]


def _forwarded(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    found = mail_facts.forwarded(message)
    if found is None:
        return
    # A chat's number says nothing to a person.
    who = mail_facts.full if message.channel == "email" else mail_facts.shown
    words = _("⤷ forwarded from {who}").format(who=who(found.sender))
    if found.sent_at is not None:
        words += f" · {stamp(found.sent_at, look.now, look.tz)}"
    yield from plain(words, cells, "timeline--label")
    theirs = look.customer and look.customer in (found.sender.name, found.sender.address)
    if look.adopt_key and found.offered and not theirs:
        offer = _("{key} makes {who} the customer of this conversation")
        offer = offer.format(key=look.adopt_key, who=mail_facts.shown(found.sender))
        key = Inline(offer, (Span(0, len(look.adopt_key), "key"),))
        for start, end in wrap(offer, cells):
            marked = sliced(key, start, end, 0)
            yield Piece(offer[start:end], "timeline--fold", marked, "adopt")


def _text(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    gone = message.state == "cancelled" or chat_facts.deleted_at(message) is not None
    style = "timeline--gone" if gone else "timeline--text"
    generated = bool(mail_facts.automatic(message)) or mail_facts.bounce(message) is not None
    most = GENERATED_LINES if generated else FOLDED_LINES
    unfolded = "text" in look.unfolded
    formatted = chat_facts.formatted(message)
    how = Flow(
        cells,
        style,
        look.needle,
        formatted,
        None if unfolded else most,
        "text",
        look.fold_key,
        dense=generated and not unfolded and message.text.count("\n") > most,
    )
    whole = mail_facts.interleaved(message)
    if (n := len(chat_facts.follows(message))) and not unfolded:
        words = ngettext(
            "▸ repeats {n} message of the chat that they had not seen",
            "▸ repeats {n} messages of the chat that they had not seen",
            n,
        )
        yield fold(words.format(n=n), look.fold_key, "text")
    elif whole:
        yield from _answers(whole, how, look)
    elif message.text.strip() and message.text.strip() not in _said_above(message):
        yield from flow(message.text, how)


def _answers(whole: str, how: Flow, look: MessageLook) -> Iterable[Piece]:
    """Answers between what they answer: apart from it nobody understands them."""
    text, cut = (whole, False) if "original" in look.unfolded else answers_in_place(whole)
    yield from flow(text, how)
    if cut:
        yield fold(_("▸ all that is quoted between"), look.fold_key, "original")


def _signature(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    signature = message.signature.strip()
    if not signature or mail_facts.interleaved(message):
        return
    count = signature.count("\n") + 1
    if "signature" in look.unfolded or count <= SIGNATURE_LINES:
        yield from flow(signature, Flow(cells, "timeline--signature", look.needle))
    else:
        words = ngettext("▸ signature, {n} line", "▸ signature, {n} lines", count)
        yield fold(words.format(n=count), look.fold_key, "signature")


def _quoted(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    quoted = message.quoted.strip("\n\r")
    if not quoted or mail_facts.interleaved(message):
        return
    passed_on = mail_facts.forwarded(message) is not None
    wordless = not message.text.strip()
    whole_form = form_facts.is_form(message)
    count = quoted.count("\n") + 1
    unfolded = "quoted" in look.unfolded
    if not unfolded and not passed_on and not wordless:
        words = ngettext("▸ quoted, {n} line", "▸ quoted, {n} lines", count)
        if whole_form:
            words = ngettext("▸ the whole form, {n} line", "▸ the whole form, {n} lines", count)
        words = words.format(n=count)
        mails = len(header_blocks(quoted[:QUOTED_SCANNED].split("\n")))
        if mails > 1:
            words += " · " + ngettext("{n} mail", "{n} mails", mails).format(n=mails)
        yield fold(words, look.fold_key, "quoted")
        return
    if passed_on:
        yield Piece(_("▾ forwarded mail"), "timeline--fold", None, "quoted")
    elif wordless:
        yield Piece(_("▾ nothing new written; it quotes:"), "timeline--fold", None, "quoted")
    else:
        words = _("▾ the whole form") if whole_form else _("▾ quoted")
        yield Piece(words, "timeline--fold", None, "quoted")
    most = None if unfolded else PASSED_ON_LINES
    style = "timeline--text" if passed_on else "timeline--quoted"
    how = Flow(max(1, cells - 2), style, look.needle, most=most, part="quoted", key=look.fold_key)
    for text, own, inline, part in flow(set_apart(_MARKER.sub("", quoted, count=1)), how):
        if inline is not None:
            inline = sliced(inline, 0, len(inline.text), 2)
        yield Piece(f"  {text}", own, inline, part)


def _trouble(message: Message, cells: int) -> Iterable[Piece]:
    """What went wrong with what we sent, loud."""
    if message.direction != "out":
        return
    lost = mail_facts.undelivered(message)
    for report in lost:
        style = "timeline--error" if report.failed else "timeline--label"
        yield from plain(mail_facts.bounce_words(report), cells, style)
    if lost and message.state in ("sent", "failed"):
        return  # the error says the same
    if message.state in ("failed", "unknown"):
        unknown = _(
            "Nobody knows whether it went out: look in the Sent folder, then send it again or not."
        )
        otherwise = unknown if message.state == "unknown" else _("It was not sent.")
        sentence = one_line(message.error) or otherwise
        yield from plain(f"✗ {sentence}", cells, "timeline--error")
    elif message.state == "sent" and message.error:
        yield from plain(f"✗ {one_line(message.error)}", cells, "timeline--error")


def _said_above(message: Message) -> list[str]:
    """What stands for a text where a mail has none: the lines before it say the same."""
    found = message.details.get("calendar")
    said = ["\n".join(str(line) for line in found)] if isinstance(found, list) else []
    if message.details.get("encrypted"):
        said += ["[encrypted with PGP]", "[encrypted with S/MIME]"]
    return said


def _same_subject(one: str, other: str) -> bool:
    return _bare_subject(one) == _bare_subject(one_line(other))


def _bare_subject(subject: str) -> str:
    while True:
        head, sep, rest = subject.partition(":")
        if not sep or len(head) > 4 or not head.strip().isalpha():
            return subject.strip().casefold()
        subject = rest
