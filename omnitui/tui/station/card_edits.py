"""Changing one fact of the card: in a line, in a list to choose from, or as a note."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.desk.customers.card import CardFacts, FieldValue
from omnitui.tui.link.target import Target
from omnitui.tui.text.safe_text import one_line
from omnitui.tui.words.channels import channel_name
from omnitui.tui.words.languages import language_name, languages
from omnitui.tui.words.moments import clock, zone
from omnitui.tui.work import start
from store.clock import now
from store.errors import StoreError
from store.model import CustomerId

if TYPE_CHECKING:
    from omnitui.tui.station.card_work import CardWork
    from omnitui.tui.station.stage import Stage

What = Literal[
    "name",
    "company",
    "language",
    "timezone",
    "channel",
    "tag",
    "untag",
    "field",
    "note",
    "address",
    "person",
    "export",
    "erase",
]
NEW_NOTE = "new"
"""The place of a note's number, for one that is not written yet."""


@dataclass(slots=True)
class Seen:
    """What the agent was shown of a fact that they change."""

    text: str


class CardEdits:
    """Opens what a fact is changed in, with what it is now."""

    def __init__(self, screen: Stage, work: CardWork) -> None:
        self._screen = screen
        self._work = work
        self._unfinished: dict[tuple[CustomerId, str], str] = {}
        """Notes that were left before they were kept, by customer and number."""

    async def edit(self, what: What, which: str = "") -> None:
        """Change a fact of the customer. Raises `CommandError`, `StoreError`."""
        facts, target = await self._work.facts()
        customer = facts.customer
        match what:
            case "name":
                self._line(_("Name"), "customer name", customer.name, target)
            case "company":
                self._line(_("Company"), "customer company", customer.company, target)
            case "language":
                self._language(facts, target)
            case "timezone":
                self._timezone(facts, target)
            case "channel":
                self._channel(facts, target)
            case "tag":
                await self._tag(facts)
            case "untag":
                self._untag(facts)
            case "field":
                self._field(facts, which, target)
            case "note":
                self._note(facts, which or NEW_NOTE, target)
            case "address":
                self._address(target)
            case "person":
                self._person(facts, target)
            case "export":
                path = f"~/customer-{customer.id}.zip"
                line = "customer export"
                title = _("Write everything of them to")
                self._line(title, line, path, target, same=True, accepts=_("write it"))
            case "erase":
                await self._erase(facts, target)

    # -- one line ------------------------------------------------------------

    def _line(
        self,
        title: str,
        command: str,
        text: str,
        target: Target,
        *,
        placeholder: str = "",
        words: bool = False,
        same: bool = False,
        accepts: str = "",
    ) -> None:
        """`words`: what is typed are several words of the command line. `same`: what stands
        there is meant also unchanged. `accepts`: what Enter does, if not to keep it."""
        from omnitui.tui.screens.line_editor import LineEditor

        seen = None if words or same else Seen(text)

        async def submit(typed: str) -> str:
            if typed == text.strip() and not same:
                return ""
            line = f"{command} {typed if words else rest(typed)}".rstrip()
            return await self._work.run(line, target=target, seen=seen)

        editor = LineEditor(title, text, submit, placeholder=placeholder, accepts=accepts)
        self._screen.desk_app.show_overlay(editor, lambda _nothing: None)

    def _field(self, facts: CardFacts, key: str, target: Target) -> None:
        if not key:
            self._choose_field(facts)
            return
        field = next((one for one in facts.fields if one.key == key), None)
        known = self._screen.link.config.customers.fields.get(key)
        line = f"customer field {shlex.quote(key)}"
        label = field.label if field else known.label if known else key
        kind = known.type if known else ""
        text = _typed(field)
        if kind in ("choice", "yes-no"):
            options = known.choices if known and kind == "choice" else ("yes", "no")
            names = {"yes": _("yes"), "no": _("no")}
            values = [(one, names.get(one, one) if kind == "yes-no" else one) for one in options]
            if text:
                values.append(("", _("(nothing)")))
            self._values(label, values, f"{line} {{}}", text, target)
            return
        hints = {
            "date": _("a day: 2026-12-31"),
            "number": _("a number"),
            "url": _("an address that begins with https://"),
            "email": _("an e-mail address"),
            "phone": _("a phone number with its country: +48 …"),
        }
        self._line(label, line, text, target, placeholder=hints.get(kind, ""))

    def _choose_field(self, facts: CardFacts) -> None:
        known = {key: one.label for key, one in self._screen.link.config.customers.fields.items()}
        known |= {one.key: one.label for one in facts.fields if one.key not in known}
        if not known:
            self._screen.ask_line("customer field ")
            return
        self._values(_("Details"), list(known.items()), "card edit field {}")

    def _address(self, target: Target) -> None:
        line = "customer address"
        hint = _("ann@example.org, +48 600 700 800, telegram 12345")
        title = _("Add an address")
        self._line(title, line, "", target, placeholder=hint, words=True)

    def _person(self, facts: CardFacts, target: Target) -> None:
        """Choose another customer, then say what they are to this one."""
        from omnitui.tui.screens.customers import CustomerChooser

        def chosen(values: list[str] | None) -> None:
            if values:
                hint = _("what they are to the customer: assistant, spouse, accountant …")
                line = f"customer relate {values[0]}"
                self._screen.call_later(partial(self._relate, line, target, hint))

        title = _("Who belongs to this customer?")
        chooser = CustomerChooser(self._screen.link.store, title, without=facts.customer.id)
        self._screen.desk_app.show_overlay(chooser, chosen)

    def _relate(self, line: str, target: Target, hint: str) -> None:
        from omnitui.tui.screens.line_editor import LineEditor

        async def submit(typed: str) -> str:
            return await self._work.run(f"{line} {rest(typed)}".rstrip(), target=target)

        editor = LineEditor(_("Who are they to the customer?"), "", submit, placeholder=hint)
        self._screen.desk_app.show_overlay(editor, lambda _nothing: None)

    async def _erase(self, facts: CardFacts, target: Target) -> None:
        """Say what would go, and ask for the name. Raises `CommandError`."""
        from omnitui.tui.screens.line_editor import LineEditor

        shown = await self._screen.link.erasing(facts.customer.id)
        if shown.refused:
            raise CommandError(shown.refused)

        async def submit(typed: str) -> str:
            if not typed:
                return _("Nothing is erased until you type their name.")
            return await self._work.run(f"customer erase {rest(typed)}", target=target)

        editor = LineEditor(
            _("Erase {name} for good?").format(name=shown.name),
            "",
            submit,
            placeholder=_("type their name: {name}").format(name=one_line(shown.name)),
            above="\n".join(shown.sentences),
            accepts=_("erase"),
        )
        self._screen.desk_app.show_overlay(editor, lambda _nothing: None)

    # -- lists ---------------------------------------------------------------

    def _language(self, facts: CardFacts, target: Target) -> None:
        values = sorted(languages().items(), key=lambda one: one[1].casefold())
        code = facts.customer.language
        if code and code not in dict(values):
            values.append((code, language_name(code)))
        if facts.language_by == "agent":
            values.insert(0, ("auto", _("learned from their messages")))
        self._values(_("Language"), values, "customer language {}", code, target)

    def _timezone(self, facts: CardFacts, target: Target) -> None:
        from zoneinfo import available_timezones

        moment = now()
        told = str(facts.visit.details.get("timezone") or "") if facts.visit else ""
        known = sorted(one for one in available_timezones() if "/" in one and one[:3] != "Etc")
        first = [one for one in dict.fromkeys([told, facts.customer.timezone]) if one in known]
        names = [*first, *(one for one in known if one not in first)]
        values = [(one, f"{clock(moment, zone(one))}  {one.replace('_', ' ')}") for one in names]
        chosen = facts.customer.timezone
        self._values(_("Time zone"), values, "customer timezone {}", chosen, target)

    def _channel(self, facts: CardFacts, target: Target) -> None:
        used = dict.fromkeys(one.channel for one in facts.identities)
        values = [(one, channel_name(one)) for one in used]
        by_hand = facts.preferred is not None and facts.preferred.by_hand
        if by_hand:
            values.insert(0, ("auto", _("learned from what they use")))
        if not values:
            raise CommandError(_("The customer has no address yet."))
        chosen = facts.preferred.channel if facts.preferred else ""
        line = "customer channel {}"
        title, by_whom = _("They are best reached by"), chosen if by_hand else ""
        self._values(title, values, line, chosen, target, was=by_whom)

    async def _tag(self, facts: CardFacts) -> None:
        known = await self._screen.link.customer_tags()
        there = set(facts.customer.tags)
        free = [one for one in known if one not in there]
        self._screen.overlays.choose(_("Tag the customer"), free, "customer tag {}", new=True)

    def _untag(self, facts: CardFacts) -> None:
        there = list(facts.customer.tags)
        if not there:
            raise CommandError(_("The customer has no tag."))
        self._screen.overlays.choose(_("Remove a tag"), there, "customer untag {}")

    def _values(
        self,
        title: str,
        values: list[tuple[str, str]],
        line: str,
        chosen: str = "",
        target: Target | None = None,
        *,
        was: str | None = None,
    ) -> None:
        """Choose one; `line` runs with it in the place of `{}`. `target`: whose fact it is, which
        is `was`, or `chosen`, as the agent sees it."""
        from omnitui.tui.screens.lists import ValueChooser

        def taken(found: list[str] | None) -> None:
            if not found:
                return
            filled = line.replace("{}", shlex.quote(found[0]))
            if target is None:
                self._screen.commander.press(filled)
            else:
                seen = chosen if was is None else was
                start(self._screen, partial(self._put, filled, target, seen), "card")

        chooser = ValueChooser(title, values, chosen)
        self._screen.desk_app.show_overlay(chooser, taken)

    async def _put(self, line: str, target: Target, was: str) -> None:
        """Change a fact that was chosen from a list; what a colleague has put there meanwhile is
        asked about."""
        from omnitui.desk.session import ChangedMeanwhile

        screen = self._screen
        try:
            await screen.commander.execute(line, [target], was=was)
        except ChangedMeanwhile as changed:
            await screen.commander.if_meant(changed.question, line, [target])
        except (CommandError, StoreError) as error:
            screen.say(str(error), "error")

    # -- notes ---------------------------------------------------------------

    def _note(self, facts: CardFacts, which: str, target: Target) -> None:
        from omnitui.tui.screens.note_editor import NoteEditor

        note = next((one for one in facts.notes if str(one.id) == which), None)
        if which != NEW_NOTE and note is None:
            raise CommandError(_("There is no note {id} on this card.").format(id=which))
        command = f"customer note edit {which}" if note else "customer note"
        key = (facts.customer.id, which)
        before = note.text if note else ""
        seen = Seen(before) if note else None
        title = _("Note, changed") if note else _("Note about {name}, which only your team sees")

        async def submit(typed: str) -> str:
            if note is not None and typed == before.strip():
                return ""
            line = f"{command} {rest(typed)}".rstrip()
            return await self._work.run(line, target=target, seen=seen)

        text = self._unfinished.get(key, before)
        left: Callable[[str], None] = partial(self._leave, key, before)
        name = facts.customer.name or f"#{facts.customer.id}"
        editor = NoteEditor(title.format(name=name), text, submit, left)
        self._screen.desk_app.show_overlay(editor, lambda _nothing: None)

    def _leave(self, key: tuple[CustomerId, str], before: str, text: str) -> None:
        if text.strip() and text != before:
            self._unfinished[key] = text
            self._screen.say(_("The note is not kept yet: open it again to go on."))
        else:
            self._unfinished.pop(key, None)


def rest(text: str) -> str:
    """`text` as the rest of a command line, whatever it begins with."""
    return shlex.quote(text) if text else ""


def _typed(field: FieldValue | None) -> str:
    """A field's value as one would type it."""
    if field is None or field.value is None:
        return ""
    if isinstance(field.value, bool):
        return "yes" if field.value else "no"
    return str(field.value)
