"""A desk that has something of everything: files, mails, templates, articles, own commands."""

from __future__ import annotations

from pathlib import Path

from config.load import load
from connectors.contract import File
from store import suggestions
from store.clock import now
from store.driver import Connection
from store.model import CustomerId
from tests.tui.shell.shop import Shop

SETTINGS = """
[desk]
name = "Acme"
engine = "service"
after_close = "stay"
after_send = "stay"
undo_send = 30
[macros]
thanks = ["tag add thanks", "priority low"]
look = ["tag add seen", "view all"]
[commands.greet]
run = ["printf", "%s", "A word from outside"]
output = "popup"
help = "Print a word"
[filters]
polite = ["printf", "Dear Olena,"]
[views]
Refunds = "tag:refund"
[agents.ann]
[agents.olena]
[keys.inbox]
"ctrl+x a" = "assign me"
"""
ARTICLE = """---
title: Returns and refunds
url: https://help.acme.example/returns
---
Send it back within 30 days.

## How long a refund takes

Three working days.
"""
SIZES = "---\ntitle: Sizes of boots\n---\nMeasure in the evening.\n\n" + "More of it.\n\n" * 60
GREETING = "---\ntitle: Greeting\n---\nGood day to you!\n"
RAW = b"From: Dana Fox <dana@dana.example>\r\nX-Odd: yes\r\n\r\nThe zipper broke.\r\n"


def settled(tmp_path: Path) -> Shop:
    """A desk with all that commands need: files, mails, templates, articles, own commands."""
    shop = Shop.at(tmp_path / "desk")
    home = shop.config.home
    home.config_file.write_text(SETTINGS, encoding="utf-8")
    for path, text in (
        (home.articles / "returns.md", ARTICLE),
        (home.articles / "sizes.md", SIZES),
        (home.config / "templates" / "greeting.md", GREETING),
        (tmp_path / "list.pdf", "%PDF-1.4"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shop.config = load(home)
    shop.arrive(
        "Olena Koval", "Where is my order 17?\nhttps://acme.example/17",
        subject="Order 17", minutes_ago=180, raw=RAW, quoted="> yesterday\n> you wrote",
        signature="Olena, Kyiv", files=[File("plan.png", "image/png", b"x")],
    )  # fmt: skip
    shop.arrive("Piotr Lis", "Does the jacket come in blue?", subject="Colour", minutes_ago=120)
    shop.arrive("Ben Hughes", "The cup arrived broken.", subject="Broken cup", minutes_ago=30)
    shop.arrive("Olena Koval", "Two weeks ago.", subject="Re: Order 17", minutes_ago=20)
    shop.write(_suggest)
    return shop


def _suggest(db: Connection) -> None:
    suggestions.same_person(
        db, CustomerId(1), CustomerId(3), "answered-our-mail", evidence={"address": "o@x.example"},
        at=now(),
    )  # fmt: skip
