"""What chats show around a message's text: what it answers, what became of it, who reacted."""

from __future__ import annotations

from collections.abc import Iterable

from config.i18n import _, ngettext
from omnitui.tui.text.cells import crop
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.message_look import MessageLook
from omnitui.tui.widgets.text_flow import Flow, Piece, flow, fold, marked, plain, sliced
from omnitui.tui.words import chat_facts
from omnitui.tui.words.media_words import Part
from omnitui.tui.words.moments import HOUR, stamp
from store.model import Message

NEAR = 2 * HOUR
"""From this much before a channel stops taking answers it is said."""

GLANCE = 60
"""Characters of an earlier text shown while it is folded."""


def answers_line(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    """`↩ Ann: first words…`: one line, whatever it answers."""
    found = chat_facts.reply_to(message)
    if look.answers is not None and (found is None or not found.text):
        author = one_line(look.answers.author)
        found = chat_facts.ReplyTo(author, chat_facts.quoted_words(look.answers))
    if found is None:
        return
    who = found.author or (_("we") if found.ours else "")
    words = f"↩ {who}: {found.text}" if who else f"↩ {found.text}"
    yield Piece(crop(words, cells), "timeline--reply")


def taken_back(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    """That it was deleted, by whom and when; its text stays readable below."""
    at = chat_facts.deleted_at(message)
    if at is None:
        return
    words = _("✗ deleted by {who} {time}")
    words = words.format(who=chat_facts.deleted_by(message), time=stamp(at, look.now, look.tz))
    yield from plain(words, cells, "timeline--label")


def earlier(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    """What it said before it was edited, folded to one line."""
    texts = chat_facts.earlier_texts(message)
    if not texts:
        return
    if "edits" not in look.unfolded:
        last = one_line(texts[-1].text[: GLANCE * 4])
        last = chat_facts.without_marks(last) if texts[-1].formatted else last
        glance = crop(last, min(GLANCE, max(8, cells - 24)))
        words = _("▸ before: {text}").format(text=glance) if glance else _("▸ before the edit")
        if len(texts) > 1:
            more = len(texts) - 1
            words += ngettext(" · {n} more edit", " · {n} more edits", more).format(n=more)
        yield fold(words, look.fold_key, "edits")
        return
    yield Piece(_("▾ before it was edited"), "timeline--fold", None, "edits")
    for one in texts:
        how = Flow(max(1, cells - 2), "timeline--quoted", look.needle, one.formatted)
        if one.until is not None:
            words = _("until {time}").format(time=stamp(one.until, look.now, look.tz))
            yield Piece(f"  {words}", "timeline--fold", None, "edits")
        for words, style, inline, part in flow(one.text, how):
            moved = sliced(inline, 0, len(inline.text), 2) if inline is not None else None
            yield Piece(f"  {words}", style, moved, part)


def below(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    """Reactions; until when it can be answered; changes that are under way; the mail that took
    it after who had left."""
    if shown := chat_facts.reactions(message):
        yield from plain(shown, cells, "timeline--reaction")
    yield from _answerable(message, cells, look)
    yield from _parts(message, cells)
    yield from _change(message, cells)
    yield from _after_them(message, cells, look)


def _after_them(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    """`↪ went after them by mail 12:30`, under the last of the replies that it took."""
    mail = look.mail
    if mail is None or mail.state == "cancelled":
        return
    taken = chat_facts.follows(mail)
    if taken and taken[-1] != message.id:
        return
    if mail.state in ("failed", "unknown"):
        words = _("✗ it is not sure that they have it: see the mail that went after them")
        yield from plain(words, cells, "timeline--error")
    elif mail.state == "sent":
        time = stamp(mail.arrived_at, look.now, look.tz)
        words = _("↪ went after them by mail {time}").format(time=time)
        yield from plain(words, cells, "timeline--fact")
    else:
        yield from plain(_("↪ goes after them by mail"), cells, "timeline--fact")


def _answerable(message: Message, cells: int, look: MessageLook) -> Iterable[Piece]:
    until = chat_facts.answer_until(message)
    if until is None or not look.waits or until - look.now > NEAR:
        return
    time = stamp(until, look.now, look.tz)
    if until > look.now:
        words = _("⧗ answer until {time}: the channel takes none later").format(time=time)
        yield from plain(words, cells, "timeline--label")
    else:
        words = _("✗ no answer since {time}: the channel takes them until then").format(time=time)
        yield from plain(words, cells, "timeline--error")


def _parts(message: Message, cells: int) -> Iterable[Piece]:
    """A long reply of which only the beginning is out."""
    out = chat_facts.parts(message)
    if message.direction != "out" or not out or message.state in ("sent", "cancelled"):
        return
    words = ngettext(
        "{n} part of it is out, the rest is not", "{n} parts of it are out, the rest is not", out
    )
    yield from plain(words.format(n=out), cells, "timeline--label")


def _change(message: Message, cells: int) -> Iterable[Piece]:
    found = chat_facts.change(message)
    if found is None:
        return
    if found.failed:
        words = _("edit failed") if found.kind == "edit" else _("deletion failed")
        sentence = f"✗ {words}: {found.error}" if found.error else f"✗ {words}"
        yield from plain(sentence, cells, "timeline--error")
        return
    words = _("edit waits") if found.kind == "edit" else _("deletion waits")
    if found.kind == "edit":
        words += f": {one_line(found.text[: GLANCE * 4])}"
    more: Part = (f"  {found.error}" if found.error else "", "quiet")
    yield from marked([(f"… {words}", None), more], cells, "timeline--label")
