"""The table of everyday tasks in docs/agents.md: exactly its keys are pressed, and do it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from config.model import AgentSettings
from omnitui.tui.keys import menus
from omnitui.tui.text.cells import width
from store import conversations, customers, identities, messages, suggestions
from store.clock import now
from store.driver import Connection
from store.model import ConversationId, Customer, CustomerId, CustomerNote
from tests.tui.shell.shop import Shop, Ui

DOCS = Path(__file__).parents[3] / "docs" / "agents.md"
OLENA, PIOTR = CustomerId(1), CustomerId(2)
MONTH = 31 * 24 * 60
TYPED = "…"
_NAMES = {
    "Enter": "enter",
    "Esc": "escape",
    "Space": "space",
    "Ctrl+S": "ctrl+s",
    "F2": "f2",
    "F3": "f3",
    "Tab": "tab",
    "↓": "down",
    "@": "at",
    "+": "plus",
    "\\": "backslash",
}


def tasks() -> dict[str, list[str]]:
    """Task → its keys, `TYPED` where words are typed. What is told of their number is true."""
    _before, _rule, table = DOCS.read_text(encoding="utf-8").partition("| task | keys |")
    found = {}
    for row in re.findall(r"^\| ([a-z].*?) \| (`.*?) \| (\d+) \|$", table, re.MULTILINE):
        keys = re.findall(r"`([^`]+)`|(…)", row[1])
        assert sum(bool(key) for key, _typed in keys) == int(row[2]), row
        found[row[0]] = [key or typed for key, typed in keys]
    return found


async def do(ui: Ui, keys: list[str], *words: str) -> None:
    """`words`: what is typed where the table says so, one after the other; the last repeats."""
    left = list(words) or [""]
    for key in keys:
        if key == TYPED:
            await ui.type(left.pop(0) if len(left) > 1 else left[0])
        else:
            await ui.press(_NAMES.get(key, key))


def task(found: dict[str, list[str]], begin: str) -> list[str]:
    (keys,) = [keys for name, keys in found.items() if name.startswith(begin)]
    return keys


def prepare(db: Connection) -> None:
    identities.add(db, OLENA, "telegram", "777", proof="contact", at=now())
    for one in (OLENA, PIOTR):
        customers.update(db, one, company="ACME")
    suggestions.same_person(
        db, OLENA, CustomerId(3), "answered-our-mail", evidence={"address": "o@x.example"}, at=now()
    )


async def test_the_table_of_everyday_tasks_is_true(shop: Shop) -> None:
    found = tasks()
    shop.arrive("Olena Koval", "The invoice has another name.", minutes_ago=2 * MONTH)
    shop.write(prepare)
    async with shop.screen((80, 24)) as ui:
        await ui.press("enter")
        await ui.sees("Where is my order 17?")

        def newest() -> bool:
            message = ui.station.timeline.selected_message
            return message is not None and "order 17" in message.text

        await do(ui, task(found, "correct the name"), " (Kyiv)")
        await ui.until(lambda: card(shop).name == "Olena Koval (Kyiv)")
        await do(ui, task(found, "keep a note"), "Calls are best")
        await ui.until(lambda: [n.text for n in notes(shop)] == ["Calls are best"])
        await do(ui, task(found, "tag them"), "vip")
        await ui.until(lambda: card(shop).tags == ("vip",))
        await do(ui, task(found, "undo"))
        await ui.until(lambda: card(shop).tags == ())
        await do(ui, task(found, "take the suggestion"))
        await ui.until(lambda: now_is(shop, 3) == OLENA)
        await ui.press("u")
        await ui.until(lambda: now_is(shop, 3) == 3)
        for begin, words in (("find a mail", "invoice"), ("go to last month", "3 months ago")):
            *there, back = task(found, begin)
            await do(ui, there, words)
            await ui.until(lambda: not newest(), begin)
            await do(ui, [back])
            await ui.until(newest, begin)
        for begin in ("look at the history", "the same from the card"):
            *there, back = task(found, begin)
            await do(ui, there, "piotr")
            await ui.until(lambda: ui.station.reading.customer_id == PIOTR, begin)
            await do(ui, [back])
            await ui.until(lambda: ui.station.reading.customer_id == OLENA, begin)
        await do(ui, task(found, "answer on another"), "On its way")
        await ui.until(lambda: "On its way" in answers(shop))
        await do(ui, task(found, "say that two are one"), "piotr")
        await ui.until(lambda: now_is(shop, PIOTR) == OLENA)


async def test_the_inbox_is_tidied_by_the_keys_of_the_table(shop: Shop) -> None:
    found = tasks()
    for number in range(4):
        shop.arrive(f"Guest{number}", "Are you open today?", minutes_ago=20 - number)

    def with_status(status: str) -> list[int]:
        return shop.read(lambda db: sorted(one.id for one in conversations.all(db, f"is:{status}")))

    async with shop.screen((80, 24)) as ui:
        await do(ui, task(found, "close it"))
        await ui.until(lambda: with_status("closed") == [1])
        assert ui.station.inbox.selected == 2
        await do(ui, task(found, "snooze it"))
        await ui.until(lambda: with_status("snoozed") == [2])
        await do(ui, task(found, "close five"))
        await ui.until(lambda: with_status("closed") == [1, 3, 4, 5, 6, 7])
        await ui.press("u", "u")
        await ui.until(lambda: with_status("open") == [2, 3, 4, 5, 6, 7])
        await do(ui, task(found, "filter the list"), "cup")
        await ui.until(lambda: ui.station.views.filter == "cup")
        await do(ui, task(found, "save that list"), "Cups")
        await ui.sees("7 Cups 1")


async def test_what_begins_with_us_takes_the_keys_of_the_table(shop: Shop) -> None:
    found = tasks()
    agents = {name: AgentSettings() for name in ("ann", "olena")}
    team = Shop(replace(shop.config, agents=agents), shop.numbers)
    async with team.screen((80, 24)) as ui:
        await do(ui, task(found, "log a call"), "12m Wants the invoice")
        await ui.until(lambda: shop.messages(ConversationId(1))[-1].channel == "phone")
        await do(ui, task(found, "a note with a mention"), "olena", "call her back")
        await ui.until(lambda: shop.conversation(ConversationId(1)).assignee == "olena")
        assert shop.messages(ConversationId(1))[-1].text == "@olena call her back"
        await ui.press("escape")
        keys = task(found, "write first to a new address")
        await do(ui, keys, "eve@new.example", "Your parcel", "It is here")
        await ui.until(lambda: len(shop.messages(ConversationId(4))) == 1)
        assert shop.messages(ConversationId(4))[0].subject == "Your parcel"


TEN = (
    "send a template", "join two templates", "name a colleague", "put it off", "accept the sug",
    "look up last", "reply on another", "finish it", "finish five", "note a call",
)  # fmt: skip


def test_the_ten_tasks_take_37_keys_at_most() -> None:
    """docs/agents.md says the number, too."""
    assert sum(key != TYPED for name in TEN for key in task(tasks(), name)) == 32


async def test_the_ten_tasks_are_done_by_exactly_these_keys(shop: Shop) -> None:
    found = tasks()
    shop.arrive("Olena Koval", "The invoice has another name.", minutes_ago=2 * MONTH)
    shop.write(prepare)
    for number in range(9):
        shop.arrive(f"Guest{number}", "Are you open today?", minutes_ago=20 - number)
    folder = shop.config.home.config / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("aaa", "bbb"):
        text = f"---\ntitle: {name}\n---\nWords of {name}.\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    agents = {name: AgentSettings() for name in ("ann", "olena")}
    team = Shop(replace(shop.config, agents=agents), shop.numbers)

    def said(conversation: int | None) -> str:
        return shop.messages(ConversationId(conversation or 0))[-1].text

    async with team.screen((80, 24)) as ui:
        await ui.press("3", "g", "enter")
        await ui.sees("Where is my order 17?")
        here = ui.station.reading.current
        await do(ui, task(found, "accept the sug"))
        await ui.until(lambda: now_is(shop, 3) == OLENA)
        *there, back = task(found, "look up last")
        await do(ui, there, "invoice")
        await ui.sees("The invoice has another name.")
        await do(ui, [back])
        await do(ui, task(found, "reply on another"), "On its way")
        await ui.until(lambda: "On its way" in answers(shop))
        await ui.until(lambda: ui.station.reading.current != here, "the next")
        await ui.press("escape", "escape", "g")
        for begin, words in (("send a template", "aaa"), ("join two templates", " Bye!")):
            here = ui.station.inbox.selected
            await do(ui, task(found, begin), words)
            await ui.until(lambda here=here: "Words of" in said(here), begin)
            await ui.until(lambda here=here: ui.station.reading.current != here, "the next")
            await ui.press("escape", "escape")
        await do(ui, task(found, "note a call"), "12m Wants the invoice")
        called = ui.station.inbox.selected
        await ui.until(lambda: said(called) == "Wants the invoice")
        await do(ui, task(found, "name a colleague"), "olena", "call them back")
        await ui.until(lambda: said(called) == "@olena call them back")
        await ui.press("escape", "escape")
        for begin, status, number in (
            ("put it off", "snoozed", 1), ("finish it", "closed", 1), ("finish five", "closed", 6),
        ):  # fmt: skip
            await ui.press("g")
            await do(ui, task(found, begin))
            await ui.until(
                lambda status=status, number=number: len(
                    shop.read(lambda db: conversations.all(db, f"is:{status}"))
                ) == number,
                begin,
            )  # fmt: skip


def test_no_menu_is_cut_off_at_80_columns() -> None:
    """Two columns of 34 cells; menus with longer words stand in one, if they are short enough."""
    for name in menus.names():
        menu = menus.find(name)
        assert menu is not None
        longest = max((width(item.label) for item in menu.items), default=0)
        assert longest <= (29 if len(menu.items) > 18 else 60), name


def card(shop: Shop) -> Customer:
    return shop.read(lambda db: customers.get(db, OLENA))


def notes(shop: Shop) -> list[CustomerNote]:
    return shop.read(lambda db: customers.notes(db, OLENA))


def now_is(shop: Shop, id_: int) -> int:
    return shop.read(lambda db: customers.current(db, CustomerId(id_)))


def answers(shop: Shop) -> list[str]:
    """What went out in Telegram."""
    found = shop.read(lambda db: messages.timeline(db, OLENA, limit=20))
    return [one.text for one in found if one.direction == "out" and one.channel == "telegram"]
