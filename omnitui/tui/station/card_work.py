"""What the keys do on the customer card: act on a row, take something away, decide, write a note.

All changes are lines of the desk's command language, so that each can be typed, bound and undone.
"""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError, as_rest
from omnitui.desk.customers.card import CardFacts
from omnitui.tui.link.target import OfCustomer, Target
from omnitui.tui.station.card_edits import CardEdits, Seen
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.card_people import called
from omnitui.tui.words.channels import channel_name
from store.errors import NotFound
from store.model import Account, CustomerId, Identity

if TYPE_CHECKING:
    from omnitui.tui.screens.menu import Item
    from omnitui.tui.station.stage import Stage


class CardWork:
    """Acts on the customer of the conversation that is chosen, or who is looked at."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen
        self.edits = CardEdits(screen, self)

    # -- rows ----------------------------------------------------------------

    def act(self) -> None:
        """Enter on a row of the card."""
        row = self._screen.card.selected
        if row is None or not row.enter:
            self._screen.say(_("There is nothing to do with this line."))
        else:
            self._screen.commander.press(row.enter)

    def remove(self) -> None:
        """Take away what the row shows."""
        row = self._screen.card.selected
        if row is None or not row.remove:
            self._screen.say(
                _("There is nothing to take away here; Enter changes or opens it.")
                if row is not None and row.enter
                else _("There is nothing to take away here.")
            )
        else:
            self._screen.commander.press(row.remove)

    def address(self, channel: str, address: str) -> None:
        """What may be done with an address: a menu."""
        from omnitui.tui.screens.menu import Item

        facts = self._screen.card.facts
        known = facts.identities if facts else ()
        found = next((i for i in known if (i.channel, i.address) == (channel, address)), None)
        if found is None:
            raise CommandError(_("The customer has no address {address}.").format(address=address))
        word = shlex.quote(address)
        items = [Item("w", f"card write {channel} {word}", _("write to it"))]
        items.append(Item("c", f"card copy {word}", _("copy it")))
        items += _proving(found, word)
        items.append(
            Item("d", f"customer address remove {word} {channel}", _("remove it from the card"))
        )
        self._menu(one_line(address), items)

    def claim(self, kind: str, value: str) -> None:
        """What may be done with what they say of themselves."""
        from omnitui.tui.screens.menu import Item

        word = shlex.quote(value)
        items = [Item("c", f"card copy {word}", _("copy it"))]
        if kind == "email":
            items.append(Item("v", f"customer code {word}", _("send a code that proves it")))
            line = f"customer address email {word}"
            items.append(Item("a", line, _("it is theirs, on your word")))
        if kind == "name":
            items.append(Item("n", f"customer name {word}", _("take it as the name")))
        items.append(Item("f", f"customers {as_rest(one_line(value))}", _("find customers by it")))
        self._menu(one_line(value), items)

    def suggestion(self, number: int) -> None:
        """Who may be the same person: decide, or look at them first."""
        from omnitui.tui.screens.menu import Item

        facts = self._screen.card.facts
        known = facts.maybe if facts else ()
        found = next((one for one in known if one.suggestion.id == number), None)
        if found is None:
            raise CommandError(_("This was decided already."))
        items = [
            Item("+", f"suggestion accept {number}", _("one person: make them one")),
            Item("o", f"person {found.other.id}", _("look at the other first")),
            Item("-", f"suggestion dismiss {number}", _("two persons: never ask again")),
            Item("m", f"customer merge {found.other.id}", _("one person: choose what stays")),
        ]
        self._menu(_("Is {name} the same person?").format(name=called(found.other)), items)

    async def unmerge(self, number: int) -> None:
        """Ask whether somebody is to be a customer of their own again."""
        facts = self._screen.card.facts
        name = next((one.name for one in facts.merges if one.id == number), "") if facts else ""
        question = _("Make {name} a customer of their own again?")
        name = one_line(name) or f"#{number}"
        line = f"customer unmerge {number}"
        await self._screen.commander.if_meant(question.format(name=name), line)

    def copy(self, text: str) -> None:
        """To the clipboard."""
        self._screen.app.copy_to_clipboard(one_line(text))
        self._screen.say(_("Copied: {text}").format(text=one_line(text)))

    async def page(self) -> None:
        """Open the page that the visitor looks at."""
        from omnitui.tui.station.links import open_url

        facts = self._screen.card.facts
        visit = facts.visit if facts else None
        page = str(visit.details.get("page") or "") if visit else ""
        if not page:
            raise CommandError(_("Nobody knows what page they look at."))
        await open_url(self._screen, page)

    async def write(self, channel: str, address: str) -> None:
        """Open the reply box with an answer that goes to one address."""
        screen = self._screen
        conversation = screen.reading.current
        account = _account_for(channel, screen.live.accounts)
        if account is None:
            words = _("The desk has no account that writes by {channel}.")
            raise CommandError(words.format(channel=channel_name(channel)))
        if conversation is None:
            await screen.composing.to(f"{channel}:{address}", account.name)
            return
        await screen.writing.start("reply")
        await screen.writing.choose_account(account.name)
        if channel == "email":
            await screen.commander.execute(f"reply to {shlex.quote(address)}", [conversation])

    # -- deciding ------------------------------------------------------------

    async def decide(self, *, accept: bool) -> None:
        """On the suggestion under the cursor, else the first one of the customer."""
        screen = self._screen
        facts, target = await self.facts()
        row = screen.card.selected if screen.focused_pane == "card" else None
        number = row.suggestion if row is not None else 0
        if not number and facts.maybe:
            number = facts.maybe[0].suggestion.id
        if not number:
            screen.say(_("Nobody is suggested to be the same person as this customer."))
            return
        verb = "accept" if accept else "dismiss"
        await screen.commander.execute(f"suggestion {verb} {number}", [target])

    async def merge(self, other: int | None) -> None:
        """Find another customer, see both side by side, and make them one."""
        from omnitui.tui.screens.customers import CustomerChooser

        screen = self._screen
        facts, target = await self.facts()
        here = facts.customer.id
        if other is not None:
            await self._merge_with(CustomerId(other), here, target)
            return

        async def chosen(values: list[str] | None) -> None:
            if values:
                await self._merge_with(CustomerId(int(values[0])), here, target)

        title = _("Who is the same person as {name}?").format(name=called(facts.customer))
        chooser = CustomerChooser(screen.link.store, title, without=here)
        screen.desk_app.show_overlay(chooser, chosen)

    async def _merge_with(self, other: CustomerId, here: CustomerId, target: Target) -> None:
        from omnitui.tui.screens.merge import MergeDialog

        screen = self._screen
        try:
            sides = await screen.link.merge_sides(other, here)
        except NotFound as error:
            raise CommandError(str(error)) from None
        run = partial(self.run, target=target)
        screen.desk_app.show_overlay(MergeDialog(sides, run), lambda _nothing: None)

    # -- what all need -------------------------------------------------------

    async def facts(self) -> tuple[CardFacts, Target]:
        """The customer whom a key means, and what commands about them are for.

        Raises `CommandError` when there is none, `StoreError`.
        """
        screen = self._screen
        if screen.focused_pane == "inbox":
            await screen.reading.ensure(screen.chosen)
        reading = screen.reading
        shown = screen.card.facts
        if reading.customer_id is None or screen.card.data is None:
            raise CommandError(_("No customer is selected."))
        if shown is None or shown.customer.id != reading.customer_id:
            shown = await screen.card.data.card(reading.customer_id)
        target = reading.current
        return shown, OfCustomer(reading.customer_id) if target is None else target

    async def run(self, line: str, *, target: Target, seen: Seen | None = None) -> str:
        """One desk command; why it could not be done, a sentence; empty when it was. `seen`: what
        stood there when the agent began to change it."""
        from omnitui.desk.session import ChangedMeanwhile
        from store.errors import StoreError

        options = {} if seen is None else {"was": seen.text}
        try:
            await self._screen.commander.execute(line, [target], **options)
        except ChangedMeanwhile as changed:
            if seen is not None:
                seen.text = changed.value  # they have read it now
            return str(changed)
        except (CommandError, StoreError) as error:
            return str(error)
        return ""

    def _menu(self, title: str, items: list[Item]) -> None:
        from omnitui.tui.screens.menu import MenuScreen

        def pressed(line: str | None) -> None:
            if line:
                self._screen.commander.press(line)

        self._screen.desk_app.show_overlay(MenuScreen(title, items), pressed)


def _proving(found: Identity, word: str) -> list[Item]:
    from omnitui.tui.screens.menu import Item

    if found.proof:
        return [Item("u", f"customer unverify {word}", _("it is not proven after all"))]
    items = [Item("v", f"customer verify {word}", _("it is theirs, on your word"))]
    if found.channel == "email":
        items.append(Item("p", f"customer code {word}", _("have it proven by a code")))
    return items


def _account_for(channel: str, accounts: list[Account]) -> Account | None:
    able = [one for one in accounts if one.channel == channel]
    return next((one for one in able if one.state == "online"), able[0] if able else None)
