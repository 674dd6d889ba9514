"""What an argument may be: names that the desk knows, times, conversations, customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omnitui.desk.command import Command, When
from omnitui.tui.keys import menus
from omnitui.tui.link.desk_link import DeskLink
from omnitui.tui.text.safe_text import one_line
from store import conversations, customers
from store.errors import StoreError

MOST = 50
"""Conversations or customers that are offered."""
TIMES = ("1h", "4h", "tomorrow 9", "mon 9", "2d", "1w")
_TIMES_OF = frozenset({"reply send"})
_CONVERSATIONS_OF = frozenset({"go", "join", "move"})
LANGUAGES = ("en", "uk", "ru", "pl", "de", "cs", "sk", "ro", "bg", "lt", "fr", "es", "it")
SPOKEN = ("auto", "en", "uk", "ru", "pl")
"""The languages that words are checked in."""


@dataclass(frozen=True, slots=True)
class Value:
    value: str
    hint: str = ""
    bare: bool = False
    """Its blanks need no quotes: it is understood as several words."""

    def begins_with(self, typed: str) -> bool:
        """By itself, or by a word of what it stands for."""
        words = [self.value, *(self.hint.split() if self.hint else ())]
        return any(word.casefold().startswith(typed) for word in words)


class ArgumentValues:
    """Asks the desk; an unanswered question offers nothing."""

    def __init__(self, link: DeskLink, views: Sequence[str]) -> None:
        self._link = link
        self._views = views

    async def of(self, command: Command, position: int, rest: str) -> list[Value]:
        """What may stand at `position` of `command`, whose arguments so far are `rest`."""
        parameter = command.parameters[position]
        typed = rest.rpartition(" ")[2]
        if parameter.choices:
            return _plain(parameter.choices)
        if command.name in ("view", "view save", "view remove"):
            own = list(self._link.config.views)
            names = self._views if command.name == "view" else own
            return [Value(name, bare=True) for name in names]
        try:
            if command.name in _CONVERSATIONS_OF and parameter.name == "conversation":
                return await self._conversations()
            if parameter.name == "customer" or command.name == "person":
                return await self._customers(typed)
            if parameter.type is When or command.name in _TIMES_OF:
                unless = ("2d unless-answered",) if command.name in _TIMES_OF else ()
                return [Value(time, bare=True) for time in (*TIMES, *unless)]
            return _plain(await self._names(command.name, parameter.name, rest))
        except StoreError:
            return []

    async def _names(self, command: str, parameter: str, rest: str) -> Sequence[str]:
        link = self._link
        match command, parameter:
            case "menu", _any:
                return menus.names(link.config)
            case "theme", _any:
                from omnitui.tui.look.themes import theme_names

                return theme_names()
            case "language", _any:
                from config.i18n import languages

                return languages()
            case "macro", "name":
                return list(link.config.macros)
            case "pipe", _any:
                return list(link.config.filters)
            case "template insert" | "template remove" | "template edit" | "template save", "name":
                return await link.template_names()
            case "reply with", _any:
                return await link.template_names()
            case "article insert" | "article link", "name":
                return await link.article_names()
            case "template insert" | "template edit" | "template save", "language":
                return LANGUAGES
            case "spelling language", _any:
                return SPOKEN
            case "customer field", "key":
                return list(link.config.customers.fields)
            case "customer field", "value":
                return self._field_values(rest)
            case "customer channel", _any:
                return ["auto", *dict.fromkeys(a.channel for a in await link.accounts())]
            case "customer address", "channel":
                return ["email", "phone", "telegram", "webchat"]
            case "customer language", "code":
                return ["auto", *LANGUAGES]
            case "customer timezone", "zone":
                import zoneinfo

                return sorted(zoneinfo.available_timezones())
            case "customer tag" | "customer untag", "tag":
                return await link.customer_tags()
            case "only channel", "name":
                return list(dict.fromkeys(a.channel for a in await link.accounts()))
            case _name, "account":
                return [account.name for account in await link.accounts()]
            case _name, "tag":
                return await link.tags()
            case "hand over", "agent":
                return await link.receivers()
            case "assign", "agent":
                return ["me", "none", *await link.receivers()]
            case _name, "agent":
                return await link.agents()
        return []

    def _field_values(self, rest: str) -> Sequence[str]:
        """What the field named before may hold, where the settings list it."""
        key = rest.partition(" ")[0].strip("'\"")
        field = self._link.config.customers.fields.get(key)
        if field is None:
            return []
        return ("yes", "no") if field.type == "yes-no" else field.choices

    async def _conversations(self) -> list[Value]:
        found = await self._link.store.read(conversations.all, "-status:closed", MOST)
        return [
            Value(str(one.id), one_line(f"{one.customer_name} · {one.subject}")) for one in found
        ]

    async def _customers(self, typed: str) -> list[Value]:
        query = "" if typed.isdecimal() else typed
        found = await self._link.store.read(customers.find, query, MOST)
        return [Value(str(one.id), one_line(f"{one.name} {one.company}".strip())) for one in found]


def _plain(values: Sequence[str]) -> list[Value]:
    return [Value(value) for value in values]
