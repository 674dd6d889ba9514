"""What may follow in a query of the search language: filters, then their values."""

from __future__ import annotations

import re
from collections.abc import Sequence

from config.i18n import _
from omnitui.tui.keys.completion import Candidate
from omnitui.tui.link.desk_link import DeskLink
from store import customers
from store.errors import StoreError
from store.query import FILTERS

MOST = 50
_LAST = re.compile(r"""(?P<minus>-?)(?:(?P<key>[A-Za-z]+):)?(?P<value>"[^"]*|[^\s"]*)\Z""")


def filter_words() -> dict[str, str]:
    """Each filter of the search language and what it asks for, the most wanted first."""
    return {
        "tag": _("tagged with"),
        "from": _("who wrote it: name or address"),
        "assignee": _("assigned to: me, none, a name"),
        "is": _("waiting, unread, mine, watched, silent …"),
        "customer": _("a customer's name, address, number"),
        "channel": _("on this channel"),
        "account": _("by this account"),
        "priority": _("low, normal, high, urgent"),
        "subject": _("in the subject"),
        "before": _("earlier than a day"),
        "after": _("since a day"),
        "on": _("on a day, in a month or year"),
        "has": _("with an attachment"),
        "file": _("name of an attachment"),
        "to": _("who else got it"),
        "status": _("open, pending, snoozed, closed"),
        "mentions": _("a note names: me, a name"),
        "sort": _("order of this list"),
        "conversation": _("a conversation by its number"),
    }


class QueryCompletion:
    """Completes the last word of a query; names of tags, agents and accounts come from the
    desk."""

    def __init__(self, link: DeskLink) -> None:
        self._link = link

    async def candidates(self, text: str) -> list[Candidate]:
        """Ways to go on, in the order they are shown; none inside a plain word of its own."""
        found = _LAST.search(text)
        if found is None or not (found["key"] or found["value"]):
            return []
        head = text[: found.start()] + found["minus"]
        key = (found["key"] or "").lower()
        typed = found["value"].lstrip('"').casefold()
        if not key:
            return [
                Candidate(f"{head}{name}:", f"{name}:", words)
                for name, words in filter_words().items()
                if name.startswith(typed) and not found["value"].startswith('"')
            ]
        values = await self._values(key, typed)
        return [
            Candidate(f"{head}{key}:{_quoted(value)} ", value)
            for value in dict.fromkeys(values)
            if typed in value.casefold()
            and (key == "customer" or _begins(value, typed))
            # On the `:` line it would be read as another command, in quotes, too.
            and " ; " not in value
        ][:MOST]

    async def _values(self, key: str, typed: str) -> Sequence[str]:
        link = self._link
        if fixed := FILTERS.get(key, ""):
            return fixed.split()
        try:
            match key:
                case "tag":
                    return await link.tags()
                case "assignee":
                    return ["me", "none", *await link.agents()]
                case "mentions":
                    return ["me", *await link.agents()]
                case "account":
                    return [account.name for account in await link.accounts()]
                case "channel":
                    return [account.channel for account in await link.accounts()]
                case "before" | "after" | "on":
                    return ["today", "yesterday", "7d", "30d", "1y"]
                case "customer" if typed:
                    rows = await link.store.read(customers.find, typed, limit=10)
                    return [one.name for one in rows if one.name]
        except StoreError:
            return []
        return []


def _begins(value: str, typed: str) -> bool:
    """Some word of the value begins so."""
    lower = value.casefold()
    return lower.startswith(typed) or any(
        part.startswith(typed) for part in re.split(r"[\s._-]+", lower)
    )


def _quoted(value: str) -> str:
    """A value with blanks as one of the query's; quotes cannot stand in one."""
    plain = value.replace('"', " ")
    return f'"{plain}"' if re.search(r"\s", plain) else plain
