"""The customer card: its rows, their facts, the customers who belong together."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk.command import CommandError, Rest
from omnitui.tui.commands.registry import NOTHING, REGISTRY
from omnitui.tui.station.card_edits import What
from omnitui.tui.station.stage import Stage
from store.model import CustomerId


@REGISTRY.command("card", "screen")
def card(screen: Stage) -> None:
    """Show or hide the customer card."""
    screen.toggle_card()


@REGISTRY.command("card act", "screen")
def card_act(screen: Stage) -> None:
    """Act on the card's highlighted line: change it, open it, decide on it."""
    screen.cards.act()


@REGISTRY.command("card remove", "screen")
def card_remove(screen: Stage) -> None:
    """Take what the card's highlighted line shows away; undo brings it back."""
    screen.cards.remove()


@REGISTRY.command("card edit", "screen")
async def card_edit(screen: Stage, what: What, which: Rest = NOTHING) -> None:
    """Change a fact of the customer: a field by its key, a note by its number."""
    await screen.cards.edits.edit(what, which)


@REGISTRY.command("card accept", "screen")
async def card_accept(screen: Stage) -> None:
    """Take the suggestion on the card: they are one person."""
    await screen.cards.decide(accept=True)


@REGISTRY.command("card dismiss", "screen")
async def card_dismiss(screen: Stage) -> None:
    """Dismiss the suggestion on the card: they are two persons."""
    await screen.cards.decide(accept=False)


@REGISTRY.command("card suggestion", "screen")
def card_suggestion(screen: Stage, number: int) -> None:
    """Show what can be decided on a suggestion of the card."""
    screen.cards.suggestion(number)


@REGISTRY.command("card address", "screen")
def card_address(screen: Stage, channel: str, address: str) -> None:
    """Show what can be done with an address of the card."""
    screen.cards.address(channel, address)


@REGISTRY.command("card claim", "screen")
def card_claim(screen: Stage, kind: str, value: str) -> None:
    """Show what can be done with what the customer says of themselves."""
    screen.cards.claim(kind, value)


@REGISTRY.command("card write", "screen")
async def card_write(screen: Stage, channel: str, address: str) -> None:
    """Write to one address of the customer."""
    await screen.cards.write(channel, address)


@REGISTRY.command("card copy", "screen")
def card_copy(screen: Stage, text: str) -> None:
    """Copy a text to the clipboard."""
    screen.cards.copy(text)


@REGISTRY.command("card page", "screen")
async def card_page(screen: Stage) -> None:
    """Open the page that the visitor looks at."""
    await screen.cards.page()


@REGISTRY.command("card unmerge", "screen")
async def card_unmerge(screen: Stage, merge: int) -> None:
    """Ask whether a merge, by its number, is to be taken back."""
    await screen.cards.unmerge(merge)


@REGISTRY.command("customer merge", "screen")
async def customer_merge(screen: Stage, customer: Rest = NOTHING) -> None:
    """Make another customer and this one: choose who, and what stays where they differ.

    With `yes` after the number, and `NAME=theirs` for what is to be theirs, it asks nothing.
    """
    number, _blank, more = customer.strip().partition(" ")
    if more:
        _facts, target = await screen.cards.facts()
        await screen.commander.execute(f"customer merge {customer}", [target])
        return
    if number and not number.isdecimal():
        raise CommandError(_("“{word}” is no customer's number.").format(word=number))
    await screen.cards.merge(int(number) if number else None)


@REGISTRY.command("person", "screen")
async def person(screen: Stage, customer: int) -> None:
    """Show a customer's history and card, by their number; back returns."""
    await screen.people.visit(CustomerId(customer))


@REGISTRY.command("customers", "screen")
def customers(screen: Stage, query: Rest = NOTHING) -> None:
    """Find a customer by a few letters: name, address, company, phone number."""
    screen.people.find(query)
