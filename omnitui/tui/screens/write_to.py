"""Whom to write to: the customer in view, anybody known, or an address that is typed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from textual.content import Content

from config.i18n import _
from omnitui.desk.replying.ways import Way
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.link.write_to import Addressee, addressees
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.text.cells import crop, width
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.widgets.choice_list import Choice
from omnitui.tui.words.channels import glyph, visitor
from store.errors import StoreError
from store.model import CustomerId

NAME = 20
"""Cells for a name."""


class WriteTo(Chooser):
    """Dismissed with `WHO ACCOUNT` as the command `compose` takes them, quoted; of a way that is
    barred with a blank and the sentence why."""

    def __init__(self, link: DeskLink, here: CustomerId | None, query: str = "") -> None:
        super().__init__(query)
        self._link = link
        self._here = here
        self.title_text = _("Write to")
        self.placeholder = _("a name, or an address that may be new")

    def nothing_yet(self) -> str:
        return _("Type a name, an address or a telephone number.")

    def no_match(self) -> str:
        return _("Nobody is found. A whole address, like ann@example.org, can be written to.")

    async def find(self, query: str) -> Sequence[Choice]:
        try:
            found = await self._link.ask(addressees, query, self._here)
        except StoreError as error:
            self.say(str(error))
            return []
        able: list[Choice] = []
        barred: list[Choice] = []
        for one in found:
            if one.customer is None:
                able += self._new(one)
                continue
            name = one_line(one.customer.name) or f"#{one.customer.id}"
            for way in one.ways:
                (barred if way.why_not else able).append(_choice(name, way))
            if not one.ways:
                words = _("no address that an account of this desk writes to")
                barred.append(_barred(name, words, words))
        return [*able, *barred]

    def _new(self, one: Addressee) -> list[Choice]:
        words = _("new address “{address}”").format(address=one_line(one.typed))
        return [
            Choice(
                f"{shlex.quote(one.typed)} {shlex.quote(account.name)}",
                Content.assemble(f"{glyph(account.channel)} ", Content(words)),
                one_line(account.name),
            )
            for account in one.accounts
        ]


def _choice(name: str, way: Way) -> Choice:
    identity = way.identity
    shown = visitor(identity.address) if identity.channel == "webchat" else identity.address
    if identity.channel == "telegram" and identity.name:
        shown = identity.name
    if way.why_not:
        words = f"{glyph(identity.channel)} {_('has to write first')}"
        return _barred(name, words, way.why_not)
    parts = f"{glyph(way.account.channel)} {one_line(shown)}"
    if way.problem:
        parts = f"{parts} · {one_line(way.problem)}"
    who = shlex.quote(f"{identity.channel}:{identity.address}")
    return Choice(
        f"{who} {shlex.quote(way.account.name)}",
        Content.assemble(_name(name), Content(parts)),
        one_line(way.account.name),
    )


def _barred(name: str, words: str, why: str) -> Choice:
    return Choice(f" {why}", Content.assemble(_name(name), Content(words)), "✗")


def _name(name: str) -> Content:
    shown = crop(name, NAME)
    return Content.assemble(Content(shown).stylize("bold"), " " * (NAME - width(shown) + 2))
