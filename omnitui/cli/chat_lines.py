"""What `omnitui show` says around a message of a chat: what it answers, what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from config.i18n import _
from omnitui.cli.output import local_time
from omnitui.tui.words import chat_facts, mail_facts
from omnitui.tui.words.media_words import in_a_line, media, says_no_more
from store.model import Message


def above(message: Message) -> Iterator[str]:
    """Whose message it is, which one it answers, what was sent besides words."""
    passed_on = mail_facts.forwarded(message)
    if passed_on is not None:
        chat = message.channel != "email"
        who = mail_facts.shown(passed_on.sender) if chat else mail_facts.full(passed_on.sender)
        yield _("⤷ forwarded from {who}").format(who=who)
    answers = chat_facts.reply_to(message)
    if answers is not None:
        yield f"↩ {answers.author}: {answers.text}" if answers.author else f"↩ {answers.text}"
    if media(message) is not None:
        yield _media(message)


def told_already(message: Message) -> bool:
    """Whether the line about a sticker or dice says what the text says."""
    found = media(message)
    if found is None or found.get("kind") not in ("sticker", "dice"):
        return False
    return says_no_more(message.text, _media(message))


def _media(message: Message) -> str:
    return in_a_line(message.details, [file.type for file in message.attachments], message.text)


def below(message: Message) -> Iterator[str]:
    """Edits, deletion, reactions, and a change of it that is under way."""
    for one in chat_facts.earlier_texts(message):
        when = "" if one.until is None else local_time(one.until)
        yield _("until {time}: {text}").format(time=when, text=one.text)
    at = chat_facts.deleted_at(message)
    if at is not None:
        words = _("✗ deleted by {who} {time}")
        yield words.format(who=chat_facts.deleted_by(message), time=local_time(at))
    if shown := chat_facts.reactions(message):
        yield shown
    found = chat_facts.change(message)
    if found is not None and found.failed:
        words = _("edit failed") if found.kind == "edit" else _("deletion failed")
        yield f"✗ {words}: {found.error}"
    elif found is not None:
        yield "… " + (_("edit waits") if found.kind == "edit" else _("deletion waits"))
