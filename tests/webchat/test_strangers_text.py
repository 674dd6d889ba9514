"""What strangers write is text, in every field and on both ends: nothing of it ever runs, and it
arrives as it was written."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from connectors.webchat.relay.file_names import clean_name
from tests import corpora
from tests.webchat.conftest import Visits
from tests.webchat.pages import Pages
from tests.webchat.shop import Shop

pytestmark = [
    pytest.mark.real,
    pytest.mark.corpus,
    pytest.mark.xdist_group("webchat-chatting"),
]

PART = 12_000
"""Bytes of the strings that go into one message."""


def naughty() -> list[str]:
    """As they are, but for what no text field holds: a carriage return is a line's end there, and
    NUL is no character of a text."""
    found = json.loads(corpora.named("terminal", "blns.json").read_text("utf-8"))
    assert len(found) > 500
    return [text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "") for text in found]


def dangerous() -> list[str]:
    """Those that would run where text is taken for something else."""
    marks = ("<script", "javascript:", "onerror", "onload", "<img", "<svg", "alert(")
    return [text for text in naughty() if any(mark in text.lower() for mark in marks)]


def _parts(texts: list[str]) -> list[str]:
    parts, size = [[]], 0
    for text in texts:
        if size + len(text.encode()) > PART:
            parts.append([])
            size = 0
        parts[-1].append(text)
        size += len(text.encode()) + 1
    return ["\n".join(part) for part in parts]


def test_the_whole_list_as_messages(visits: Visits, shop: Shop) -> None:
    visitor = visits("csp")
    visitor.chat.open()
    parts = [f"part {number}\n{text}." for number, text in enumerate(_parts(naughty()))]
    for number, text in enumerate(parts):
        visitor.chat.writes(text)
        visitor.chat.is_sent(f"part {number}\n")
        assert visitor.chat.texts()[number] == text
    conversation = shop.arrived(parts[-1]).conversation_id
    assert [message.text for message in shop.messages(conversation)] == parts
    # Once more from the relay's history.
    visitor.page.reload()
    expect(visitor.chat.messages).to_have_count(len(parts))
    assert visitor.chat.texts() == parts


def test_the_whole_list_as_answers(visits: Visits, shop: Shop) -> None:
    """The agent's text is Markdown; in a code block it stands as it is."""
    visitor = visits("csp")
    visitor.chat.open().says("Show me strange strings.")
    conversation = shop.arrived("Show me strange strings.").conversation_id
    texts = [text for text in naughty() if "`" not in text and "{{" not in text]
    for number, text in enumerate(_parts(texts)):
        shop.answers(conversation, f"answer {number}\n\n```\n{text}\n.\n```")
        block = visitor.chat.message(f"answer {number}").locator("pre")
        expect(block).to_be_visible()
        assert block.evaluate("e => e.textContent").rstrip("\n") == f"{text}\n."
    # And as Markdown: links only to where links may lead.
    for number, text in enumerate(_parts(dangerous())):
        shop.answers(conversation, f"plain {number}\n\n{text.replace('{{', '{ {')}")
        visitor.chat.sees(f"plain {number}")
    shop.answers(conversation, "[a](javascript:alert(1)) [b](data:text/html,x) [c](vbscript:x)")
    visitor.chat.sees("a b c")
    for link in visitor.chat.log.get_by_role("link").all():
        assert str(link.get_attribute("href")).startswith(("http://", "https://", "mailto:"))
    assert visitor.chat.foreign_elements() == []


WORST = ("<script>alert(123)</script>", "<img src=x onerror=alert(123) />", "<svg><script>")


def test_names_titles_and_files(visits: Visits, shop: Shop, pages: Pages) -> None:
    worst = [next(text for text in dangerous() if text.startswith(start)) for start in WORST]
    _in_every_field(visits, shop, pages, worst)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_list_as_names_titles_and_files(visits: Visits, shop: Shop, pages: Pages) -> None:
    _in_every_field(visits, shop, pages, dangerous())


def _in_every_field(visits: Visits, shop: Shop, pages: Pages, found: list[str]) -> None:
    visitor = visits()
    for number, text in enumerate(found):
        title = " ".join(text.split())[:150]
        signed = shop.identity(f"naughty{number}", name=title)
        visitor.page.goto(pages.url(title=title, jwt=signed))
        visitor.chat.opened().says(f"My name is odd {number}.")
        message = shop.arrived(f"My name is odd {number}.")
        assert message.author == title
        shop.eventually(
            lambda customer=message.customer_id, title=title:
            shop.visit(customer).details.get("title") == title
        )  # fmt: skip
        name = text.replace("/", "⁄").replace("\\", "⁄").replace("\n", " ")[:60] + ".txt"
        file = {"name": name, "mimeType": "text/plain", "buffer": b"just text"}
        visitor.chat.attaches(file)
        visitor.chat.says(f"See file {number}.")
        attached = shop.arrived(f"See file {number}.").attachments
        # Without what file systems take for something else; the ending stays.
        assert [one.name for one in attached] == [clean_name(name)]
        assert visitor.chat.foreign_elements() == []
