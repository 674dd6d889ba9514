"""We write first, on real servers: a mail to an address that nobody knew, a message in a bot's
chat and one in a web chat, long after the last word there. The answers join what we began."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import conversations
from store.model import Conversation, ConversationId
from tests.servers.bot_api.server import BotApi
from tests.servers.command import omnitui_at
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.smtp import SmtpServer
from tests.stories.town import Town, town, words
from tests.webchat_outside.widget import Widget

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("stories")]


def compose(shop: Town, text: str, *arguments: str) -> int:
    """By the command line; the conversation that it began."""
    done = omnitui_at(shop.directory, "compose", *arguments, stdin=text)
    assert done.returncode == 0, done.stderr
    message = int(done.stdout)
    query = "SELECT conversation_id FROM messages WHERE id = ?"
    return int(shop.look(lambda db: db.execute(query, (message,)).fetchone())[0])


def room(shop: Town, number: int) -> Conversation:
    return shop.look(lambda db: conversations.get(db, ConversationId(number)))


async def test_the_answers_join_what_we_began(
    tmp_path: Path, dovecot: Dovecot, mailbox: Mailbox, smtp_server: SmtpServer, bot_api: BotApi
) -> None:
    home = dovecot.user()
    petro = bot_api.user("Petro")
    with town(tmp_path / "town" / "desk", mailbox, smtp_server, bot_api) as shop:
        # A mail to somebody whom nobody knew.
        told = compose(
            shop, "Your lamp is here.", home.address, "--subject", "Your lamp", "--assign", "ann"
        )
        (letter,) = shop.letters(home, 1)
        assert letter["Subject"] == "Your lamp"
        assert letter["In-Reply-To"] is None
        assert "Your lamp is here." in words(letter)
        shop.eventually(lambda: room(shop, told).status == "pending")
        shop.post(
            f"Ann Lee <{home.address}>", "Re: Your lamp", "I come tomorrow.\n", answers=letter
        )
        answer = shop.arrived("I come tomorrow.")
        assert answer.conversation_id == told
        found = room(shop, told)
        assert (found.status, found.assignee, found.customer_name) == ("open", "ann", "Ann Lee")
        shop.answers(told, "Good, until then.")
        assert shop.letters(home, 2)[-1]["In-Reply-To"] == f"<{answer.external_id}>"

        # In the bot's chat, a month after the last word there.
        petro.says("Do you have lamps?")
        asked = shop.arrived("Do you have lamps?")
        shop.command(asked.conversation_id, "close")
        shop.a_month_passes(asked.conversation_id)
        again = compose(shop, "Now we have lamps.", f"#{asked.customer_id}")
        assert again != asked.conversation_id
        shop.eventually(lambda: "Now we have lamps." in [m.text for m in petro.hears()])
        shop.a_second_passes()
        petro.says("Send me two.")
        assert shop.arrived("Send me two.").conversation_id == again

        # In the web chat, to a visitor who has left: there when they come back.
        browser = Widget(shop.url)
        async with browser.chatting():
            await browser.write("one", "Red or blue?")
            first = shop.arrived("Red or blue?")
        shop.command(first.conversation_id, "close")
        shop.a_month_passes(first.conversation_id)
        third = compose(shop, "Red is back.", f"#{first.customer_id}", "--account", "site")
        async with browser.chatting() as welcome:
            seen = [frame["text"] for frame in welcome["history"]]
            if "Red is back." not in seen:
                assert (await browser.hear("message"))["text"] == "Red is back."
            await browser.write("two", "Then red.")
            assert shop.arrived("Then red.").conversation_id == third
        assert room(shop, third).status == "open"

        # Who never wrote to the bot gets nothing there, and nothing is left of the try.
        before = len(shop.people())
        refused = omnitui_at(
            shop.directory, "compose", "telegram:424242", "--account", "bot", stdin="Hello"
        )
        assert refused.returncode == 1
        assert "nobody can write first there" in refused.stderr
        assert len(shop.people()) == before
