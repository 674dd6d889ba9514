"""All that is known about one message beside its text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence

from config.i18n import _, ngettext
from omnitui.tui.screens.pager import Pager
from omnitui.tui.text.cells import crop
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.facts_pane import Fact, FactsPane
from omnitui.tui.widgets.file_words import size, whereabouts
from omnitui.tui.words import chat_facts, mail_facts
from omnitui.tui.words.channels import channel_name
from omnitui.tui.words.moments import DAY, MINUTE, ago, clock, local, short_date
from store.model import Message, Millis
from store.readers import Reader

TITLE = 60
"""Cells of a chat message's first words, which stand for the subject that it has not."""


class Details(Pager):
    """Shows a message's facts."""

    def __init__(
        self,
        message: Message,
        now: Millis,
        tz: dt.tzinfo | None,
        keys: str,
        not_mailed: Callable[[], Awaitable[str]] | None = None,
        seen: Callable[[], Awaitable[Sequence[Reader]]] | None = None,
    ) -> None:
        """`not_mailed` says why no mail goes after the customer with it, if that is so; `seen`
        who of the desk has looked at its conversation, and up to where."""
        pane = FactsPane(id="facts")
        super().__init__(_("Details of this message"), pane)
        self._keys = keys
        self._facts = facts(message, now, tz)
        self._pane = pane
        self._not_mailed = not_mailed
        self._seen = seen
        self._message, self._now, self._tz = message, now, tz

    async def load(self) -> None:
        shown = self._facts
        self._pane.show(shown)
        if self._not_mailed is not None and (why := await self._not_mailed()):
            shown = [*shown, Fact(_("not mailed"), one_line(why))]
            self._pane.show(shown)
        if self._seen is not None:
            more = seen_by(self._message, await self._seen(), self._now, self._tz)
            if more:
                self._pane.show([*shown, *more])

    def hints(self) -> str:
        return self._keys


def facts(message: Message, now: Millis, tz: dt.tzinfo | None) -> list[Fact]:
    """In the order in which an agent asks: who, when, is it true, why here, what was odd."""
    title = one_line(message.subject)
    if not title and message.channel != "email":
        title = crop(chat_facts.quoted_words(message), TITLE)
    found = [Fact("", title or _("(no subject)"), "strong"), Fact("", "")]
    found += _people(message)
    found += _times(message, now, tz)
    found += _trust(message)
    found += _place(message)
    found += _reports(message)
    found += _changes(message, now, tz)
    found += _files(message)
    return found


def _people(message: Message) -> list[Fact]:
    sender = mail_facts.people(message, "from")
    author = [mail_facts.full(one) for one in sender] or [one_line(message.author)]
    found = [Fact(_("from"), who) for who in author if who]
    if message.direction == "in" and sender:
        written = sender[0].address.casefold()
        if message.author_address and message.author_address.casefold() != written:
            found.append(Fact(_("customer"), one_line(message.author_address)))
    labels = {"to": _("to"), "cc": _("cc"), "bcc": _("bcc"), "reply_to": _("reply to")}
    for name, label in labels.items():
        for number, who in enumerate(mail_facts.people(message, name)):
            found.append(Fact(label if not number else " ", mail_facts.full(who)))
    if not mail_facts.people(message, "to"):
        for number, to in enumerate(message.recipients):
            found.append(Fact(_("to") if not number else " ", mail_facts.full(to)))
    original = mail_facts.forwarded(message)
    if original is not None:
        found.append(Fact(_("forwarded from"), mail_facts.full(original.sender)))
        if original.subject:
            found.append(Fact(_("its subject"), original.subject))
    return found


def _times(message: Message, now: Millis, tz: dt.tzinfo | None) -> list[Fact]:
    arrived = Fact(_("arrived"), _moment(message.arrived_at, now, tz))
    if message.direction != "in":
        return [Fact(_("written"), _moment(message.sent_at, now, tz))]
    gap = message.arrived_at - message.sent_at
    if abs(gap) < MINUTE:
        return [arrived]
    words = _moment(message.sent_at, now, tz)
    if gap < 0:
        words += " · " + _("its clock is ahead by {time}").format(time=ago(-gap))
    else:
        words += " · " + _("{time} before it arrived").format(time=ago(gap))
    return [arrived, Fact(_("dated"), words, "loud" if gap < 0 or gap > DAY else "text")]


def _moment(at: Millis, now: Millis, tz: dt.tzinfo | None) -> str:
    moment = local(at, tz)
    return f"{short_date(moment.date(), local(now, tz).date())} {clock(at, tz)}"


def _trust(message: Message) -> list[Fact]:
    if message.direction != "in":
        return []
    proven = bool(message.details.get("proofs"))
    found = [Fact(_("sender"), mail_facts.proof(message), "good" if proven else "text")]
    for words in mail_facts.security(message):
        found.append(Fact(_("sealed"), words + " · " + _("not checked by omnitui")))
    return found


def _place(message: Message) -> list[Fact]:
    channel = f"{channel_name(message.channel)} · {one_line(message.account)}".strip(" ·")
    found = [Fact(_("came by"), channel)]
    if words := mail_facts.placed(message):
        found.append(Fact(_("why here"), words))
    if listed := mail_facts.mailing_list(message):
        found.append(Fact(_("list"), listed))
    if message.details.get("message_id_missing"):
        found.append(Fact(_("message id"), _("none given"), "quiet"))
    elif message.external_id:
        found.append(Fact(_("message id"), one_line(message.external_id), "quiet"))
    answers = one_line(str(message.details.get("in_reply_to") or ""))
    if answers:
        found.append(Fact(_("answers"), answers, "quiet"))
    return found


def _reports(message: Message) -> list[Fact]:
    found = []
    if kind := mail_facts.automatic(message):
        auto = message.details.get("auto_reply")
        evidence = one_line(str(auto.get("evidence") or "")) if isinstance(auto, dict) else ""
        found.append(Fact(_("automatic"), f"{kind} ({evidence})" if evidence else kind))
    for report in mail_facts.bounces(message):
        words = mail_facts.bounce_words(report)
        status = f" ({report.status})" if report.status else ""
        found.append(Fact(_("delivery"), words + status, "loud"))
    lost = mail_facts.undelivered(message)
    for report in lost:
        found.append(Fact(_("delivery"), mail_facts.bounce_words(report), "loud"))
    if message.error and not lost:
        found.append(Fact(_("trouble"), one_line(message.error), "loud"))
    for line in mail_facts.calendar(message):
        found.append(Fact(_("calendar"), line))
    broken = mail_facts.defects(message)
    if broken:
        found += [Fact("", ""), Fact("", _("What was odd in the mail as it came"), "strong")]
        found += [Fact("⚠", words) for words in broken]
    return found


def _changes(message: Message, now: Millis, tz: dt.tzinfo | None) -> list[Fact]:
    """What became of it: edits with what it said before, who took it back, who reacted."""
    found = []
    if edits := mail_facts.edits(message):
        words = ngettext("edited once", "edited {n} times", edits).format(n=edits)
        found.append(Fact(_("changed"), words))
    for one in chat_facts.earlier_texts(message):
        words = one_line(one.text)
        if one.until is not None:
            time = _moment(one.until, now, tz)
            words = _("until {time}: {text}").format(time=time, text=words)
        found.append(Fact(" ", words, "quiet"))
    if (at := chat_facts.deleted_at(message)) is not None:
        words = f"{chat_facts.deleted_by(message)} · {_moment(at, now, tz)}"
        found.append(Fact(_("deleted by"), words, "loud"))
    if shown := chat_facts.reactions(message):
        found.append(Fact(_("reactions"), shown))
    if (until := chat_facts.answer_until(message)) is not None:
        found.append(Fact(_("answer until"), _moment(until, now, tz)))
    if (at := chat_facts.delivered_at(message)) is not None:
        found.append(Fact(_("delivered"), _moment(at, now, tz)))
    if (at := chat_facts.read_at(message)) is not None:
        found.append(Fact(_("read"), _moment(at, now, tz)))
    if chat_facts.followed_up(message) is not None:
        found.append(Fact(_("went out again"), _("by mail: they had left the chat")))
    if n := len(chat_facts.follows(message)):
        words = ngettext("{n} message of the chat", "{n} messages of the chat", n).format(n=n)
        found.append(Fact(_("repeats"), words))
    if (parts := chat_facts.parts(message)) > 1:
        found.append(Fact(_("went out as"), _("{n} messages").format(n=parts)))
    return found


def seen_by(
    message: Message, readers: Sequence[Reader], now: Millis, tz: dt.tzinfo | None
) -> list[Fact]:
    """Which agents have seen it. When they saw one that came after it, they may have seen it
    before."""
    found: list[Fact] = []
    for reader in readers:
        if reader.message_id < message.id:
            continue
        time = _moment(reader.at, now, tz)
        exact = reader.message_id == message.id
        words = _("{name} · {time}") if exact else _("{name} · by {time}")
        label = " " if found else _("seen by")
        found.append(Fact(label, words.format(name=one_line(reader.agent), time=time)))
    return found


def _files(message: Message) -> list[Fact]:
    if not message.attachments:
        return []
    n = len(message.attachments)
    title = ngettext("{n} attachment", "{n} attachments", n).format(n=n)
    found = [Fact("", ""), Fact("", title, "strong")]
    for file in message.attachments:
        inline = " · " + _("in the text") if file.inline else ""
        name = one_line(file.name) or _("(no name)")
        state = whereabouts(file)[0]
        told = f"{size(file.size)} · " if file.size else ""
        words = f"{name} · {told}{one_line(file.type)}{inline}"
        found.append(Fact("▤", f"{words} · {state}" if state else words))
    return found
