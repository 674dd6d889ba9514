"""Customers made by hand."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.customers import addresses, making
from omnitui.desk.session import Session
from store.model import CustomerId


@REGISTRY.command("customer new")
def new(session: Session, who: Rest) -> Done:
    """Make a customer: a name, addresses, or both. `customer new Ann Lee ann@example.org
    +380671234567` says their number; `customer switch` gives them a conversation."""
    name: list[str] = []
    reached: list[addresses.Address] = []
    for word in _joined(who.split()):
        if addresses.channel_of(word):
            reached.append(addresses.written(session.desk, word))
        else:
            name.append(word)
    made = making.make(session.desk, " ".join(name), reached=reached)
    return Done(_("Customer {n} made.").format(n=made), f"customer discard {made}")


@REGISTRY.command("customer discard")
def discard(session: Session, customer: int) -> Done:
    """Take back that a customer was made, while nothing was written to or by them."""
    if session.conversation_id is None and session.customer == customer:
        raise CommandError(_("You are working on this customer: go to another one first."))
    making.discard(session.desk, CustomerId(customer))
    return Done(_("Customer {n} is no more.").format(n=customer))


def _joined(words: list[str]) -> list[str]:
    """With the pieces of a telephone number, which is written with blanks, as one word."""
    found: list[str] = []
    number = False
    for word in words:
        digits = word.strip("()-.")
        goes_on = number and digits.isascii() and digits.isdecimal()
        if goes_on:
            found[-1] += f" {word}"
        else:
            found.append(word)
        number = goes_on or word.startswith(("+", "(", "00"))
    return found
