"""What a message's lines depend on besides the message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from rich.style import Style

from omnitui.tui.words import mail_facts
from store.model import Message, Millis

Part = Literal["mail", "text", "quoted", "signature", "original", "files", "edits"]
"""What of a message folds: all of an automatic one, the rest of a long text, what it quotes,
the signature, the text with answers in place, a long list of files, what it said before."""

PARTS: frozenset[Part] = frozenset(get_args(Part))


@dataclass(frozen=True, slots=True)
class MessageLook:
    style: Callable[..., Style]
    agent: str
    now: Millis
    tz: dt.tzinfo | None
    due: Millis | None
    """When it leaves, if it is queued."""
    unfolded: frozenset[Part]
    """What the agent opened."""
    subject: str
    """The conversation's: one that differs is shown."""
    needle: str
    """What was searched for, marked where it stands."""
    first: bool = False
    """It began its conversation: there is nothing else to tell what the matter is."""
    customer: str = ""
    """The conversation's, by name."""
    fold_key: str = ""
    """The key that unfolds, as shown on what is folded; empty when there is none."""
    adopt_key: str = ""
    """The key that makes the sender of a forwarded mail the customer."""
    answers: Message | None = None
    """The message that a reply of ours visibly answers."""
    mail: Message | None = None
    """The mail that took this reply after a customer who had left."""
    waits: bool = False
    """It is the last that the customer wrote in its conversation, and it waits for an answer."""
    follows: bool = False
    """It goes on in the block of the message above it."""
    followed: bool = False
    """The message below it goes on in its block."""


def is_one_line(message: Message, look: MessageLook) -> bool:
    """Whether a message that a program wrote is folded to a single line."""
    if message.direction != "in" or look.first or "mail" in look.unfolded:
        return False
    return bool(mail_facts.automatic(message)) or mail_facts.bounce(message) is not None
