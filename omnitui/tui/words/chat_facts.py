"""What a chat tells of a message beside its text, in words for people: what it answers, what
became of it, who reacted.

Everything is read from `Message.details`, which another program may have written: what does
not have the expected shape is left out, never an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from config.i18n import _
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.words.media_words import (
    MAP,
    entries,
    in_a_line,
    kind_name,
    mapping,
    with_sign,
    word,
)
from store.model import Message, MessageId, Millis

_MARKS = ("*", "_", "`", "~~", "||", "](")

MOST_NAMES = 2
"""Of those who reacted alike, named; more are counted."""


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """The message that this one visibly answers."""

    author: str
    text: str
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A change to what was sent, which the channel has not made."""

    kind: Literal["edit", "delete"]
    failed: bool
    error: str
    """Why, or why not yet."""
    text: str
    """The new one."""


def formatted(message: Message) -> bool:
    """Whether the writer's text is light Markdown: ours always, a customer's where it says so."""
    return message.direction != "in" or message.details.get("format") == "markdown"


def reply_to(message: Message) -> ReplyTo | None:
    """The message that the sender answered with this one, as the channel told."""
    found = mapping(message.details.get("reply_to"))
    if found is None:
        return None
    kind = word(found, "kind")
    text = word(found, "quote") or word(found, "text")
    text = text or (with_sign(kind, kind_name(kind)) if kind else "")
    author = word(found, "author")
    if not text and not author:
        return None
    return ReplyTo(author, text, bool(found.get("ours")))


def answered(message: Message) -> MessageId | None:
    """The number of the stored message that this reply of ours visibly answers."""
    return _number(message.details.get("answers"))


def quoted_words(message: Message) -> str:
    """The first words of a message, or what it is instead: what a reply shows of it."""
    words = one_line(message.text[:300])
    if not says_nothing(words):
        return without_marks(words) if formatted(message) else words
    types = [file.type for file in message.attachments]
    return in_a_line(message.details, types, message.text) or words or one_line(message.subject)


def marked(words: str) -> bool:
    """Whether there is anything in it that may be markup."""
    return any(mark in words for mark in _MARKS)


def without_marks(words: str) -> str:
    """One line of light Markdown as it is read, for where there is no room for bold."""
    if not marked(words):
        return words
    from omnitui.tui.text.inline import parse

    return parse(words, formatted=True).text


def says_nothing(words: str) -> bool:
    """Whether a message's first words tell a reader nothing: none, or the link of a place."""
    return not words or MAP in words


def edited_at(message: Message) -> Millis | None:
    """When its text was changed last; None: never, or nobody says when."""
    edits = entries(message.details.get("edits"))
    last = mapping(edits[-1]) if edits else None
    return moment(last.get("until")) if last else None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a message said before it was changed."""

    text: str
    until: Millis | None
    formatted: bool
    """Whether that text is light Markdown, whatever the one after it is."""


def earlier_texts(message: Message) -> list[Earlier]:
    """What it said before each change, oldest first."""
    ours = message.direction != "in"
    return [
        Earlier(
            str(entry.get("text") or ""),
            moment(entry.get("until")),
            ours or entry.get("format") == "markdown",
        )
        for one in entries(message.details.get("edits"))
        if (entry := mapping(one)) is not None
    ]


def deleted_at(message: Message) -> Millis | None:
    """When it was taken back; None: it was not."""
    return moment(message.details.get("deleted_at"))


def deleted_by(message: Message) -> str:
    """`the customer`, or the name of one of us."""
    who = one_line(str(message.details.get("deleted_by") or ""))
    return _("the customer") if who in ("", "customer") else who


def topic(message: Message) -> str:
    """The topic of a group that it was written in; empty: none."""
    return word(message.details, "topic")


def business(message: Message) -> str | None:
    """The name of the Business account that the customer sees instead of the bot; empty when
    nobody told it; None: the chat is not with such an account."""
    found = mapping(message.details.get("business"))
    if found is None:
        chat = message.details.get("chat")
        # Ours tell no more than where they went: `b<owner>:<customer>`.
        ours = isinstance(chat, str) and chat[:1] == "b" and chat[1:].partition(":")[0].isdecimal()
        return "" if ours and message.channel == "telegram" else None
    owner = message.direction == "out" and not word(found, "bot")
    return word(found, "name") or (one_line(message.author) if owner else "")


def reactions(message: Message) -> str:
    """`👍 Ann  ❤ 2`: by whom as long as they are few; empty when there are none."""
    named: dict[str, list[str]] = {}
    by_address = mapping(message.details.get("reactions")) or {}
    for one in by_address.values():
        entry = mapping(one) or {}
        name = one_line(str(entry.get("name") or ""))
        for emoji in entries(entry.get("emoji")):
            named.setdefault(_emoji(emoji), []).append(name)
    counts = mapping(message.details.get("reaction_counts")) or {}
    pieces = []
    for emoji, names in named.items():
        few = len(names) <= MOST_NAMES and all(names)
        pieces.append(f"{emoji} {', '.join(names) if few else len(names)}")
    for emoji, count in counts.items():
        shown = _emoji(emoji)
        if isinstance(count, int) and count > 0 and shown not in named:
            pieces.append(f"{shown} {count}")
    return "  ".join(pieces)


def _emoji(found: object) -> str:
    shown = one_line(str(found))
    return "☆" if shown == "custom" else shown


def silent(message: Message) -> bool:
    """It went out without a sound."""
    delivery = mapping(message.details.get("delivery")) or {}
    return bool(message.details.get("silent") or delivery.get("silent"))


def answer_until(message: Message) -> Millis | None:
    """Until when the channel takes answers to it; None: always."""
    return moment(message.details.get("answer_until"))


def change(message: Message) -> Change | None:
    """An edit or deletion of what was sent that the channel has not made (yet)."""
    found = mapping(message.details.get("alteration"))
    if found is None or found.get("kind") not in ("edit", "delete"):
        return None
    failed = found.get("state") == "failed"
    return Change(found["kind"], failed, word(found, "error"), str(found.get("text") or ""))


def delivered_at(message: Message) -> Millis | None:
    """When what we wrote was on the customer's own screen or device; None: not told."""
    return moment(message.details.get("delivered_at"))


def read_at(message: Message) -> Millis | None:
    """When the customer had what we wrote before their eyes; None: not told."""
    return moment(message.details.get("read_at"))


def followed_up(message: Message) -> MessageId | None:
    """The mail that took this reply after a customer who had left the chat."""
    return _number(message.details.get("followed_up"))


def follows(message: Message) -> tuple[MessageId, ...]:
    """The replies of a chat that this mail takes after the customer, in their order."""
    found = [_number(one) for one in entries(message.details.get("follows"))]
    return tuple(one for one in found if one is not None)


def parts(message: Message) -> int:
    """How many messages of the channel it is, or as many as are out so far; 0: not told."""
    return len(entries(message.details.get("parts")))


def _number(found: object) -> MessageId | None:
    number = moment(found)
    return None if number is None else MessageId(number)


def moment(found: object) -> Millis | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None
