"""The popup menus: groups of command lines behind one key, shown as they are pressed.

A line that ends in a blank is not complete: it goes to the `:` line, to be finished there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.i18n import _
from omnitui.tui.screens.menu import Item
from omnitui.tui.words.channels import channel_name
from store.model import Account


@dataclass(frozen=True, slots=True)
class Menu:
    title: str
    items: tuple[Item, ...]


def names() -> list[str]:
    return [*_MENUS, "channel", "link"]


def find(name: str, accounts: Sequence[Account] = (), claimed: str = "") -> Menu | None:
    """The menu called `name`, in the interface's language; None when there is none. `claimed`:
    the e-mail address that the customer says is theirs."""
    if name == "channel":
        return _channel(accounts)
    if name == "link":
        return Menu(
            _("Where to? A link for this customer alone, in the reply"), tuple(_links(accounts))
        )
    if name == "customer":
        return _customer(claimed)
    build = _MENUS.get(name)
    return build() if build else None


def _assign() -> Menu:
    return Menu(
        _("Assign"),
        (
            Item("a", "assign me", _("to me")),
            Item("n", "unassign", _("to nobody")),
            Item("o", "choose-agent", _("to somebody else …")),
        ),
    )


def _status() -> Menu:
    return Menu(
        _("Status"),
        (
            Item("o", "status open", _("open: our turn")),
            Item("1", "snooze 1h", _("snooze for an hour")),
            Item("p", "status pending", _("pending: the customer's turn")),
            Item("4", "snooze 4h", _("snooze for 4 hours")),
            Item("x", "close", _("closed")),
            Item("t", "snooze tomorrow 9", _("snooze until tomorrow 9:00")),
            Item("r", "reopen", _("reopen")),
            Item("m", "snooze mon 9", _("snooze until Monday 9:00")),
            Item("u", "mark unread", _("mark as unread")),
            Item("z", "snooze ", _("snooze until …")),
        ),
    )


def _tags() -> Menu:
    return Menu(
        _("Tags"),
        (
            Item("t", "choose-tag", _("add a tag …")),
            Item("r", "choose-tag remove", _("remove a tag …")),
            Item("c", "customer tag ", _("tag the customer …")),
        ),
    )


def _priority() -> Menu:
    return Menu(
        _("Priority"),
        (
            Item("u", "priority urgent", _("urgent")),
            Item("n", "priority normal", _("normal")),
            Item("h", "priority high", _("high")),
            Item("l", "priority low", _("low")),
        ),
    )


def _presence() -> Menu:
    return Menu(
        _("Are you there? And the web chat:"),
        (
            Item("a", "presence away", _("I am away")),
            Item("n", "attendance online", _("chat: online, whoever is there")),
            Item("b", "presence back", _("I am back")),
            Item("w", "attendance away", _("chat: away")),
            Item("u", "attendance auto", _("chat: by who is there")),
            Item("h", "attendance hidden", _("chat: hidden")),
        ),
    )


def _customer(claimed: str = "") -> Menu:
    return Menu(
        _("Customer"),
        (
            Item("n", "card edit name", _("name …")),
            Item("i", "card edit note", _("note about the customer …")),
            Item("o", "card edit company", _("company …")),
            Item("t", "card edit tag", _("add a tag …")),
            Item("l", "card edit language", _("language …")),
            Item("r", "card edit untag", _("remove a tag …")),
            Item("z", "card edit timezone", _("time zone …")),
            Item("f", "card edit field", _("details …")),
            Item("h", "card edit channel", _("best reached by …")),
            Item("p", "card edit person", _("belongs to somebody …")),
            Item("a", "card edit address", _("add an address …")),
            Item("m", "customer merge", _("is the same person as …")),
            Item("c", f"customer code {claimed}".rstrip() + " ", _("prove an e-mail by a code …")),
            Item("s", "customer unmerge", _("take the last merge back")),
            Item("k", "menu link", _("go on elsewhere: a link …")),
            Item("b", "customer bar", _("keep out of the chat …")),
            Item("u", "customer unbar", _("let in again")),
            Item("x", "card edit export", _("export everything of them …")),
            Item("e", "card edit erase", _("erase them for good …")),
        ),
    )


def _filter() -> Menu:
    return Menu(
        _("Show of this history"),
        (
            Item("a", "only everything", _("everything")),
            Item("f", "only attachments", _("only what has attachments")),
            Item("c", "only channel", _("only the channel of this one")),
            Item("n", "only notes", _("only internal notes")),
            Item("m", "only conversation", _("only the conversation of this one")),
            Item("l", "files", _("list of all attachments …")),
        ),
    )


def _send() -> Menu:
    return Menu(
        _("Send"),
        (
            Item("n", "reply send", _("now")),
            Item("t", "reply send tomorrow 9", _("tomorrow 9:00")),
            Item("1", "reply send 1h", _("in an hour")),
            Item("m", "reply send mon 9", _("Monday 9:00")),
            Item("4", "reply send 4h", _("in 4 hours")),
            Item("o", "reply send ", _("at …")),
            Item("d", "reply discard", _("discard the draft")),
        ),
    )


def _delivery() -> Menu:
    return Menu(
        _("To whom, and how"),
        (
            Item("c", "reply cc ", _("copy to …")),
            Item("t", "reply to ", _("to others instead …")),
            Item("b", "reply bcc ", _("hidden copy to …")),
            Item("u", "reply to", _("to whom it usually goes")),
            Item("x", "choose-recipient", _("take somebody off …")),
            Item("q", "reply quote", _("quote their message: on, off")),
            Item("o", "reply trim", _("only to the customer")),
            Item("s", "reply signature", _("signature: on, off")),
            Item("n", "reply silent", _("without a sound: on, off")),
            Item("a", "reply answer none", _("answer no single message")),
        ),
    )


def _channel(accounts: Sequence[Account]) -> Menu:
    items = [Item("0", "reply via", _("where they are, or wrote last"))]
    for number, account in enumerate(accounts[:9], 1):
        shown = f"{account.name} · {account.channel} {account.address}".strip()
        items.append(Item(str(number), f"reply via {account.name}", shown))
    return Menu(_("Answer through"), (*items, *_links(accounts)))


_LINKS = "lkjh"


def _links(accounts: Sequence[Account]) -> list[Item]:
    """One-time links to where the customer can go on, for the reply that is being written."""
    able = [one for one in accounts if "{payload}" in str(one.capabilities.get("link", ""))]
    return [
        Item(
            letter,
            f"link {account.name}",
            _("go on in {channel}: a link in the reply ({account})").format(
                channel=channel_name(account.channel), account=account.name
            ),
        )
        for letter, account in zip(_LINKS, able, strict=False)
    ]


_MENUS: dict[str, Callable[[], Menu]] = {
    "assign": _assign,
    "status": _status,
    "tags": _tags,
    "priority": _priority,
    "customer": _customer,
    "presence": _presence,
    "filter": _filter,
    "send": _send,
    "delivery": _delivery,
}
            Item("e", "subject ", _("another subject …")),
