"""The collections of hostile texts as names, subjects, messages, files, tags and notes, on every
screen of the real program, on a real pty: nothing of theirs reaches the terminal as a control,
nothing of theirs is markup, no column moves."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

import pytest

from connectors.contract import File
from store import customers
from store.driver import Connection
from store.model import CustomerId
from tests.tui.hostile import texts
from tests.tui.shell.shop import Shop
from tests.tui.shell.terminal import Terminal

pytestmark = pytest.mark.corpus

INJECTED = (
    "\x1b[7777m", "\x1b]0;PWNED\x07", "\x1b]52;c;UFdORUQ=\x07", "\x9b7777m", "\x1bP7777$q\x1b\\",
    "\x1b[7777;7777H", "\x1b[?7777h", "\x1b]8;;http://PWNED\x1b\\x", "\x07\x08\x7f\x0e\x0f",
    "\x1b_Gi=7777;UFdO\x1b\\",
    "[@click=app.quit]PWNED[/]", "[/b]", "[bold red]x", "[link=http://PWNED]x[/link]",
    "\u202ePWNED", "$x{y}%s{{ customer.name }}", "\r\nPWNED", "\u2066a\u2069\u200b\ufeff",
)  # fmt: skip
"""Put between the collected ones: what of it is obeyed differs from all that we draw."""
CUSTOMERS = 24

_CONFIG = """
[desk]
name = "Acme"
engine = "service"
[commands.told]
run = ["cat"]
output = "popup"
"""
_SEQUENCE = re.compile(
    r"\x1b\[[?>=<]?[0-9;:]*\$?[a-zA-Z@]"  # CSI
    r"|\x1b\](?P<title>2;[^\x00-\x1f\x7f-\x9f]*)\x07"  # OSC 2: the window's title
    r"|\x1b\](?:11;\?|9;[^\x00-\x1f\x7f-\x9f]*|777;[^\x00-\x1f\x7f-\x9f]*)(?:\x07|\x1b\\)"
    r"|\x1b\]22;[a-z-]*(?:\x07|\x1b\\\\)"  # Textual: the pointer's shape
    r"|\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"  # does it show pictures?
    r"|\x1b[=>78cM]|\x1b[()][0AB]"
)
_CONTROL = re.compile(
    r"[\x00-\x06\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


def hostile() -> list[str]:
    """All texts, what is injected between them; as a channel hands them over."""
    found = []
    injected = cycle(INJECTED)
    for number, text in enumerate(texts().values()):
        clean = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
        found.append(clean if number % 5 else f"{next(injected)}{clean}{next(injected)}")
    return found


def fill(shop: Shop) -> None:
    """Every text stands in some message; the shorter ones also as names and the like."""
    everything = hostile()
    short = cycle([text for text in everything if text.strip() and len(text) < 120])
    share = -(-len(everything) // CUSTOMERS)
    for n in range(CUSTOMERS):
        part = everything[n * share : (n + 1) * share]
        shop.arrive(
            next(short),
            "\n".join(text[:300] for text in part),
            address=f"c{n}@c{n}.example",
            subject=next(short),
            quoted="\n".join(f"> {text}" for text in islice(short, 5)),
            signature=next(short),
            files=[File(next(short), "image/png", b"x"), File(next(short), next(short), b"y")],
            minutes_ago=1000 + n,
        )

    def dress(db: Connection) -> None:
        for n in range(1, CUSTOMERS + 1):
            one = CustomerId(n)
            company, zone, *values = islice(short, 6)
            customers.update(
                db, one, company=company, fields=dict(zip("abcd", values, strict=True))
            )
            customers.add_note(db, one, zone, next(short), 1)
            for tag in islice(short, 3):
                customers.add_tag(db, one, tag)

    shop.write(dress)


def obeyed(raw: bytes) -> list[str]:
    """What a terminal would do that the program does not do by itself."""
    text = raw.decode("utf-8", "replace")
    found = [m[0] for m in _SEQUENCE.finditer(text) if "7777" in m[0] or "PWNED" in m[0]]
    rest = _SEQUENCE.sub("", text)
    return found + [
        repr(rest[max(0, m.start() - 20) : m.end() + 10]) for m in _CONTROL.finditer(rest)
    ]


def moved(terminal: Terminal, *, open_screen: bool) -> list[str]:
    """Rows in which a line between two columns, or an overlay's frame, is not where it is in
    the others. `open_screen`: nothing lies over the columns."""
    cells = terminal.screen.buffer
    rows, columns = terminal.screen.lines, terminal.screen.columns
    found = []
    lines = [[x for x in range(columns) if cells[y][x].data == "│"] for y in range(rows)]
    counts = Counter(x for line in lines for x in line)
    for x, times in counts.items():
        if open_screen and times >= 0.8 * (rows - 3):
            found += [row(terminal, y) for y in range(2, rows - 1) if x not in lines[y]]
    for y, x in ((y, x) for y in range(rows) for x in range(columns)):
        if cells[y][x].data == "╭" and cells[y][x + 1].data == "─":  # texts draw corners, too
            right = next(r for r in range(x, columns) if cells[y][r].data == "╮")
            bottom = next(b for b in range(y, rows) if cells[b][x].data == "╰")
            sides = ({cells[r][x].data, cells[r][right].data} for r in range(y + 1, bottom))
            found += [row(terminal, y)] * any(not side <= set("│├┤") for side in sides)
    return found


def row(terminal: Terminal, y: int) -> str:
    """pyte's own `display` stumbles over half of a wide character."""
    return "".join(terminal.screen.buffer[y][x].data for x in range(terminal.screen.columns))


def look(terminal: Terminal, keys: str) -> None:
    """Press, and wait until all of the answer is there."""
    before = len(terminal.raw)
    terminal.type(keys)
    for _moment in range(8):  # some keys have nothing to do
        if len(terminal.raw) == before:
            terminal._pump(0.05)
    size = -1
    while size != len(terminal.raw):  # until nothing more comes
        size = len(terminal.raw)
        terminal._pump(0.06)


def ages(terminal: Terminal) -> set[int]:
    """Where the times at the end of the inbox's rows end."""
    cells, columns = terminal.screen.buffer, terminal.screen.columns - 1  # the scroll bar
    ends = (
        max((x for x in range(columns) if cells[y][x].data.strip()), default=0)
        for y in range(2, terminal.screen.lines - 1)
    )
    return {end for end in ends if end}


@dataclass(frozen=True)
class Shown:
    """What is waited for before the next key."""

    text: str

    def on(self, terminal: Terminal) -> bool:
        return any(self.text in row(terminal, y) for y in range(terminal.screen.lines))


class Gone(Shown):
    """What must have closed: an Escape and a key are another key if they come together."""

    def on(self, terminal: Terminal) -> bool:
        return not super().on(terminal)


SCREENS: dict[str, list[str | Shown]] = {
    "inbox": ["j", "j", "\x1b[6~", "g"],
    "timeline": ["\r", "k", "k", "\x1b[5~", "Z", "\x1b[5~"],
    "details": ["D", "\x1b[6~", "\x1b"],
    "card": ["C", "j", "j", "j", "j", "\x1b"],
    "card line": ["E", "n", "\x1b"],
    "customers": ["w", "a", "\x1b"],
    "find": ["/", "test", "\r", "n"],
    "files": ["f", "l", "\x1b"],
    "links": ["o", "\x1b"],
    "merge": ["E", "m", "c", "\x1b"],
    "tags": ["t", "r", "\x1b"],
    "assign": ["a", "o", "\x1b"],
    "quote": [">", "\x1b"],
    "reply": ["r", "text", "\x1b"],
    "note": ["i", "text", "\x1b"],
    "channel": ["\x1bOQ", "\x1b"],
    "pieces": ["v", "\x1b"],
    "preview": ["r", "\x1b[20~", "\x1b", "\x1b"],
    "earlier": ["r", "\x12", "\x1b", "\x1b"],
    "spelling": ["r", " helo", "\x1b[18~", "\x1b", "\x1b"],
    "articles": ["\x1b[19~", "order", "\x1b"],
    "own menu": ["m"],
    "templates": ["T", "\x1b", "\x1b"],
    "log": ["L", "\x1b"],
    "compose": ["c", "\x1b"],
    "command": [":", "tag add ", "\x1b"],
    "palette": ["\x10", "cust", "\x1b"],
    "help": ["?", "\x1b"],
    "back": [Gone("─ Keys"), "\x1b", "K", "J"],
    "this list": ["O", "\x1b"],
    "mentions": ["6", "3"],
    "search": ["/", "a", "\x1b[B", "\x1b"],
    "filter": ["\\", "a", "\x1b"],
    "themes": [Gone("filter a"), ":theme\r", Shown("high contrast"), "\x1b"],
    "program popup": [Gone("high contrast"), ":told\r", Shown("─ told"), "\x1b[6~", "\x1b"],
    "picture": [
        Gone("─ told"),
        "\r",
        "o",
        Shown("show here"),
        "\x1b[6~\x1b[A\x1b[A\r",
        Shown("no pict"),
        "\x1b",
    ],
    "tour": [Gone("no pict"), ":tour\r", Shown("1 of 6"), ":tour end\r"],
}


OPEN = ("inbox", "timeline", "card", "back")


@pytest.mark.parametrize("size", [(80, 24), pytest.param((160, 45), marks=pytest.mark.slow)])
def test_no_text_is_obeyed_by_the_terminal_on_any_screen(shop: Shop, size: tuple[int, int]) -> None:
    fill(shop)
    home = shop.config.home.config
    (home / "config.toml").write_text(_CONFIG)
    with Terminal(home, *size) as terminal:
        terminal.sees("Enter")
        for name, keys in SCREENS.items():
            for key in keys:
                if isinstance(key, Shown):
                    terminal.until(partial(key.on, terminal), key.text)
                else:
                    look(terminal, key)
                assert not obeyed(bytes(terminal.raw)), name
                assert not moved(terminal, open_screen=name in OPEN), (name, key)
                terminal.raw.clear()
            if name == "inbox" and size[0] == 80:
                assert len(ages(terminal)) == 1, terminal.text
        assert "PWNED" not in terminal.screen.title
        look(terminal, "\x1b")
        terminal.type("\x11")
        assert terminal.wait(60) == 0
