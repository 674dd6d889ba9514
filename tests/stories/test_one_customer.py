"""One customer, whichever channel, on real servers: chat, the mail that goes after her, Telegram
by a link, and a month later a mail from another address. One card, one timeline, one person."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.bot_api.server import BotApi
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.smtp import SmtpServer
from tests.stories.town import link_in, town, words
from tests.webchat_outside.widget import Widget

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("stories")]


async def test_she_comes_back_on_every_channel(
    tmp_path: Path, dovecot: Dovecot, mailbox: Mailbox, smtp_server: SmtpServer, bot_api: BotApi
) -> None:
    home, work = dovecot.user(), dovecot.user()
    telegram = bot_api.user("Ann", username="annlee", started=False)
    with town(tmp_path / "town" / "desk", mailbox, smtp_server, bot_api) as shop:
        signed = shop.identity("c-17", email=home.address, name="Ann Lee")
        browser = Widget(shop.url)

        # She chats, signed in at the shop, and is answered there.
        async with browser.chatting(identity=signed) as welcome:
            assert welcome["identity"] == {"name": "Ann Lee"}
            await browser.write("one", "Where is order 1042?")
            first = shop.arrived("Where is order 1042?")
            ann, matter = first.customer_id, first.conversation_id
            assert shop.goes_to(matter) == "site"
            shop.answers(matter, "I am looking for it, one moment.")
            assert (await browser.hear("message"))["text"] == "I am looking for it, one moment."
        shop.eventually(lambda: not shop.visit(ann).online)

        # She has left: what she has not seen goes after her by mail, and she answers that.
        assert shop.goes_to(matter) == "site"
        shop.answers(matter, "It left on Monday, by the slow ship.")
        (after_her,) = shop.letters(home, 1)
        assert "It left on Monday" in words(after_her)
        shop.post(
            f"Ann Lee <{home.address}>",
            f"Re: {after_her['Subject']}",
            "By ship? It was to come by air.\n",
            answers=after_her,
            proven=True,
        )
        answer = shop.arrived("By ship? It was to come by air.")
        assert (answer.conversation_id, answer.customer_id) == (matter, ann)
        assert shop.addresses(ann)["email", home.address] in ("jwt", "dmarc")

        # The reply goes by mail now, with a link to Telegram, which she opens.
        assert shop.goes_to(matter) == "support"
        shop.command(matter, "reply set 'We send another one by air.'", "link bot", "reply send")
        by_mail = shop.letters(home, 2)[-1]
        telegram.starts(link_in(words(by_mail)))
        shop.a_second_passes()
        telegram.says("Thank you! Telegram is easier for me.")
        here = shop.arrived("Thank you! Telegram is easier for me.")
        assert (here.conversation_id, here.customer_id) == (matter, ann)
        assert here.details["placed"] == "link"
        assert shop.goes_to(matter) == "bot"
        shop.answers(matter, "Good. It is on the plane.")
        shop.eventually(lambda: "Good. It is on the plane." in [m.text for m in telegram.hears()])
        assert len(home.messages()) == 2, "nothing went twice"

        # A month later, from the address at work, in answer to our mail.
        shop.command(matter, "close")
        shop.a_month_passes(matter)
        shop.post(
            f"Ann Lee <{work.address}>",
            "Re: Acme support",
            "It never came. What now?\n",
            answers=by_mail,
        )
        back = shop.arrived("It never came. What now?")
        assert back.customer_id != ann, "nothing proves that it is her"
        assert back.conversation_id != matter
        (suggestion,) = [one for one in shop.suggested(back.customer_id) if one.state == "open"]
        assert suggestion.reason == "answered-our-mail"
        assert suggestion.evidence["address"] == work.address
        shop.command(back.conversation_id, "suggestion accept")
        ann = shop.now(ann)

        # One customer, one timeline, nothing asked twice.
        assert [one.id for one in shop.rooms(ann)] == [back.conversation_id, matter]
        card = shop.card(ann)
        assert card.customer.name == "Ann Lee"
        assert card.maybe == ()
        assert [one.id for one in card.matters] == [back.conversation_id]
        assert not [one for one in shop.suggested(ann) if one.state == "open"]
        assert {channel for channel, _ in shop.addresses(ann)} == {"webchat", "email", "telegram"}
        talk = [m.text.split("\n")[0] for m in shop.life(ann) if not m.details.get("follows")]
        assert talk == [
            "Where is order 1042?",
            "I am looking for it, one moment.",
            "It left on Monday, by the slow ship.",
            "By ship? It was to come by air.",
            "We send another one by air.",
            "Thank you! Telegram is easier for me.",
            "Good. It is on the plane.",
            "It never came. What now?",
        ]
        positions = [m.position for m in shop.life(ann)]
        assert positions == sorted(positions)

        # The answer goes to where she wrote from, and she may go on in the chat.
        assert shop.goes_to(back.conversation_id) == "support"
        shop.answers(back.conversation_id, "We give you your money back.")
        (last,) = shop.letters(work, 1)
        assert "We give you your money back." in words(last)
        async with browser.chatting(identity=signed) as welcome:
            assert welcome["visitor"] == browser.visitor
            shop.eventually(lambda: shop.visit(ann).online)
            proposed = shop.proposal(back.conversation_id)
            assert (proposed.account.name, proposed.said) == ("site", "Ann Lee is in the chat now")
            await browser.write("two", "Thank you, that is fair.")
            end = shop.arrived("Thank you, that is fair.")
            assert (end.customer_id, end.conversation_id) == (ann, back.conversation_id)
            shop.answers(end.conversation_id, "Come again!")
            assert (await browser.hear("message", lambda f: f["from"] == "agent"))["text"] == (
                "Come again!"
            )
        assert shop.people() == [ann]
        assert len(work.messages()) == 1
