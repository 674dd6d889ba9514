"""The popup menus: groups of command lines behind one key, shown as they are pressed.

A line that ends in a blank is not complete: it goes to the `:` line, to be finished there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from config.i18n import _, pgettext
from config.model import Config, OwnMenu
from omnitui.desk.command import CommandError, Registry
from omnitui.tui.keys.key_words import said
from omnitui.tui.keys.summary import summary_of
from omnitui.tui.screens.menu import Item
from omnitui.tui.words.channels import channel_name, glyph
from store.model import Account

OWN = "own"
"""The menu of the agent's own macros, commands and menus."""
_LETTERS = "abcdefghijklmnoprstuvwxyzABCDEFGHIJKLMNOPRSTUVWXYZ1234567890"
"""Keys of what has none of its own; `q` closes menus."""


_LINE_OF = {"channel": "reply via", "link": "link"}
"""What the lines of menus begin with that are made of accounts."""
UNLESS = "unless-answered"
"""Of `reply send`: not if the customer writes before the time."""


@dataclass(frozen=True, slots=True)
class Menu:
    title: str
    items: tuple[Item, ...]


def names(config: Config | None = None) -> list[str]:
    """Those that are built in, and those of the settings."""
    return list(
        dict.fromkeys(
            [*_MENUS, "channel", "language", "link", OWN, *(config.menus if config else ())]
        )
    )


def find(
    name: str,
    accounts: Sequence[Account] = (),
    claimed: str = "",
    config: Config | None = None,
    registry: Registry | None = None,
) -> Menu | None:
    """The menu called `name`, in the interface's language, with the keys of the settings over its
    own; None when there is none. `claimed`: the e-mail address that the customer says is theirs;
    `registry` knows what own commands do."""
    if name == OWN:
        own = tuple(_own(config, registry)) if config else ()
        built_in: Menu | None = Menu(_("Your macros and commands"), own)
    else:
        built_in = _built_in(name, accounts, claimed)
    written = config.menus.get(name) if config else None
    menu = with_lines(built_in, written, registry) if written else built_in
    if menu is None or registry is None:
        return menu
    offered = tuple(item for item in menu.items if registry.offers(item.line))
    return menu if len(offered) == len(menu.items) else Menu(menu.title, offered)


def is_offered(name: str, offers: Callable[[str], bool]) -> bool:
    """Whether there is anything in a menu for who may run only some lines."""
    build = {**_MENUS, "customer": _customer}.get(name)
    if build is not None:
        return any(offers(item.line) for item in build().items)
    return name not in _LINE_OF or offers(_LINE_OF[name])


def with_lines(menu: Menu | None, written: OwnMenu, registry: Registry | None) -> Menu:
    """The keys of the settings over those of a menu."""
    items = {item.key: item for item in (menu.items if menu else ())}
    for one in written.lines:
        items.pop(one.key, None)
        if one.line:
            items[one.key] = Item(one.key, one.line, one.label or meaning(one.line, registry))
    return Menu(written.title or (menu.title if menu else written.name), tuple(items.values()))


def meaning(line: str, registry: Registry | None) -> str:
    """What a command line does, for a menu: a few words of its help, else itself."""
    if known := said(line):
        return known
    try:
        command, rest = registry.find(line) if registry else (None, "")
    except CommandError:
        return line
    return summary_of(command) if command and not rest.strip() else line


def _own(config: Config, registry: Registry | None) -> list[Item]:
    """A letter of its name for each macro, command and menu of the settings."""
    written = config.menus.get(OWN)
    taken = {one.key for one in written.lines} if written else set()
    placed = {one.line for one in written.lines} if written else set()
    known = {command.name for command in registry or () if command.own}
    wanted = [
        # What could not become a command, its name being taken, would run the other one.
        *((name, name, one.help or name) for name, one in config.commands.items()
          if registry is None or name in known),
        *((name, name if name in known else f"macro {name}", name) for name in config.macros),
        *((name, f"menu {name}", f"{one.title or name} …")
          for name, one in config.menus.items() if name not in _MENUS and name != OWN),
    ]  # fmt: skip
    items = []
    for name, line, shown in wanted:
        if line in placed:
            continue
        key = next((k for k in (*name.lower(), *_LETTERS) if k in _LETTERS and k not in taken), "")
        if key:
            taken.add(key)
            items.append(Item(key, line, shown))
    return items


def _built_in(name: str, accounts: Sequence[Account], claimed: str) -> Menu | None:
    if name == "channel":
        return channels(accounts, {})
    if name == "link":
        return Menu(
            _("Where to? A link for this customer alone, in the reply"), tuple(_links(accounts))
        )
    if name == "customer":
        return _customer(claimed)
    if name == "language":
        return _languages()
    build = _MENUS.get(name)
    return build() if build else None


def _languages() -> Menu:
    """Each by its own name; its key is the first letter of its code."""
    from config.i18n import languages
    from omnitui.tui.words.languages import OWN_NAMES

    items: dict[str, Item] = {}
    for code in languages():
        key = next(k for k in (*code, *_LETTERS) if k not in items)
        items[key] = Item(key, f"language {code}", OWN_NAMES.get(code, code))
    return Menu(_("Language of the interface"), tuple(items.values()))


def _assign() -> Menu:
    return Menu(
        _("Assign"),
        (
            Item("a", "assign me", _("to me")),
            Item("c", "claim", _("claim: to me if nobody has it")),
            Item("o", "choose-agent", _("to somebody else …")),
            Item("h", "hand over ", _("hand over, with a note …")),
            Item("n", "unassign", _("to nobody")),
            Item("w", "watch", _("watch: be told what happens here")),
            Item("u", "unwatch", _("watch no longer")),
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
            Item("x", "close", pgettext("status", "closed")),
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
            Item("p", "who", _("who is here …")),
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
            Item("w", f"reply send tomorrow 9 {UNLESS}", _("tomorrow unless they answer")),
            Item("2", f"reply send 2d {UNLESS}", _("in 2 days unless they answer")),
            Item("a", f"reply send {UNLESS} ", _("unless they answer until …")),
            Item("p", "preview", _("look at it first")),
            Item("d", "reply discard", _("discard the draft")),
            Item("h", "reply hand-over", _("as a note, and hand over")),
        ),
    )


def _list() -> Menu:
    return Menu(
        _("This list"),
        (
            Item("w", "sort waiting", _("who waits longest first")),
            Item("n", "sort newest", _("newest first")),
            Item("p", "sort priority", _("urgent first")),
            Item("o", "sort oldest", _("oldest first")),
            Item("u", "sort usual", _("in its usual order")),
            Item("f", "filter", _("filter …")),
            Item("s", "view save ", _("save it as a view …")),
            Item("c", "filter clear", _("no filter")),
            Item("x", "view remove", _("remove this saved view …")),
            Item("a", "mark all", _("mark all")),
            Item("v", "mark invert", _("mark the others instead")),
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
            Item("e", "subject ", _("another subject …")),
            Item("a", "reply answer none", _("answer no single message")),
            Item("l", "quote part", _("quote some lines of it …")),
            Item("f", "reply attach", _("attach a file …")),
            Item("d", "choose-attachment", _("take a file off …")),
        ),
    )


def channels(accounts: Sequence[Account], reach: Mapping[str, str]) -> Menu:
    """Where one can answer. `reach`: of accounts by name, where they write to; empty: nowhere."""
    items = [Item("0", "reply via", _("where they are, or wrote last"))]
    for number, account in enumerate(accounts[:9], 1):
        shown = f"{glyph(account.channel)} {channel_name(account.channel)} ({account.name})"
        if account.name in reach:
            address = reach[account.name]
            shown += f" → {address}" if address else f": {_('they never wrote there')}"
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
    "list": _list,
    "send": _send,
    "delivery": _delivery,
}
