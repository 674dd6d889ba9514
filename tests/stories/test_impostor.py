"""Somebody who says that they are the customer, in every way there is: they see and get nothing of
hers, and nothing of theirs becomes hers when she comes herself. Agents are told what speaks for
it, and decide."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from omnitui.desk.replying.reply_stops import NewRecipient
from store.model import Suggestion
from tests.servers.bot_api.server import BotApi
from tests.servers.dovecot import Dovecot, Mailbox
from tests.servers.smtp import SmtpServer
from tests.stories.town import Town, link_in, town, words
from tests.webchat_outside.widget import Frame, Widget

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("stories")]

PHONE = "+380 67 123 45 67"
SECRETS = ("7788", "plum", "Vera Kind", "blue", "ship it", "@vera")


class Impostor(Widget):
    """Keeps all that the relay ever told them."""

    def __init__(self, relay: str) -> None:
        super().__init__(relay)
        self.heard: list[Frame] = []

    async def hear(self, kind: str = "", ok: Callable[[Frame], bool] = lambda _: True) -> Frame:
        frame = await super().hear(kind, ok)
        self.heard.append(frame)
        return frame

    async def settled(self, number: str, **frame: object) -> Frame:
        """What the relay says to a frame."""
        await self.say(id=number, **frame)
        return await self.hear(ok=lambda told: told.get("id") == number)

    async def all_heard(self) -> str:
        await self.say(type="ping")
        await self.hear("pong")
        return json.dumps([*self.heard, *self._got])


async def test_nothing_is_seen_and_nothing_links(
    tmp_path: Path, dovecot: Dovecot, mailbox: Mailbox, smtp_server: SmtpServer, bot_api: BotApi
) -> None:
    home = dovecot.user()
    vera_there = bot_api.user("Vera", username="vera", started=False)
    eve_there = bot_api.user("Eve", started=False)
    with town(tmp_path / "town" / "desk", mailbox, smtp_server, bot_api) as shop:
        # Vera: a mail that proves who wrote, then Telegram by a link.
        shop.post(
            f"Vera Kind <{home.address}>",
            "My account",
            f"My account number is 7788, call me at {PHONE}.\n",
            proven=True,
        )
        first = shop.arrived(f"My account number is 7788, call me at {PHONE}.")
        vera, matter = first.customer_id, first.conversation_id
        shop.command(matter, "reply set 'We ship it in blue.'", "link bot", "reply send")
        (letter,) = shop.letters(home, 1)
        payload = link_in(words(letter))
        vera_there.starts(payload)
        vera_there.says("The word is plum.")
        assert shop.arrived("The word is plum.").conversation_id == matter

        eve = Impostor(shop.url)
        async with eve.chatting() as welcome:
            # She types Vera's name, address and number into the form.
            claimed = {"name": "Vera Kind", "email": home.address, "phone": PHONE}
            assert welcome["email"] is None
            assert (await eve.settled("form", type="form", fields=claimed))["type"] == "ack"
            await eve.write("one", "It is me. What did I write to you?")
            here = shop.arrived("It is me. What did I write to you?")
            assert here.customer_id != vera
            assert here.conversation_id != matter

            # She asks for the chat's text, and for a code, which only Vera's mailbox gets.
            await eve.settled("text", type="transcript")
            assert (await eve.settled("verify", type="verify", email=home.address))["type"] == "ack"
            assert len(shop.letters(home, 2)) == 2
            for guess in range(8):
                await eve.settled(f"guess{guess}", type="code", code=f"{guess}00000")

            # She opens the link that Vera has used.
            eve_there.starts(payload)
            eve_there.says("And what did I write here?")
            there = shop.arrived("And what did I write here?")
            assert there.customer_id not in (vera, here.customer_id)

            # She writes a mail in Vera's name, with a pass of her own making.
            shop.post(
                f"Vera Kind <{home.address}>",
                "Another thing",
                "Send it all to my new address.\n",
                Reply_To="eve@evil.example",
                Authentication_Results="mx.evil.example; dmarc=pass header.from=example.test",
            )
            forged = shop.arrived("Send it all to my new address.")
            assert forged.conversation_id != matter, "it goes on with nothing"
            with pytest.raises(NewRecipient):
                shop.answers(forged.conversation_id, "We shall.")

            # Vera comes herself, signed in. What Eve wrote is no part of it.
            page = Widget(shop.url)
            signed = shop.identity("c-9", email=home.address, name="Vera Kind")
            async with page.chatting(identity=signed) as hers:
                assert hers["history"] == []
                await page.write("real", "Still in blue?")
                real = shop.arrived("Still in blue?")
                assert (real.customer_id, real.conversation_id) == (vera, matter)
                shop.answers(matter, "Yes, we ship it in blue.")
                await page.hear("message")
            everything = await eve.all_heard()

        # Nothing of Vera's was told to Eve, and nobody is Vera but Vera.
        for secret in (*SECRETS, home.address):
            assert secret not in everything, secret
        for secret in SECRETS:
            assert not any(secret in m.text for m in eve_there.hears()), secret
        assert set(shop.addresses(here.customer_id)) == {("webchat", eve.visitor)}
        assert set(shop.addresses(there.customer_id)) == {("telegram", eve_there.address)}
        assert len(home.messages()) == 2, "the code, and no text of anybody's chat"
        assert shop.addresses(vera) == {
            ("email", home.address): "dmarc",
            ("telegram", vera_there.address): "link",
            ("webchat", page.visitor): "jwt",
        }
        assert sorted(shop.people()) == sorted({vera, here.customer_id, there.customer_id})

        # The agents are told, with what speaks for it; what they dismiss is not asked again.
        told = _suggested(shop, vera)
        assert told.keys() == {here.customer_id, there.customer_id}
        evidence = told[here.customer_id].evidence
        assert home.address in evidence.values() or PHONE.replace(" ", "") in evidence.values()
        assert told[there.customer_id].reason == "opened-link"
        assert told[there.customer_id].evidence["result"] == "used"
        shop.command(matter, f"suggestion dismiss {told[here.customer_id].id}")
        async with eve.chatting():
            await eve.settled("again", type="form", fields=claimed)
            await eve.write("two", "Hello? It is Vera.")
            shop.arrived("Hello? It is Vera.")
        assert _suggested(shop, vera).keys() == {there.customer_id}


def _suggested(shop: Town, customer: int) -> dict[int, Suggestion]:
    """Who may be the customer, and why."""
    found = [one for one in shop.suggested(customer) if one.state == "open"]
    others = {
        one.other_id if one.customer_id == customer else one.customer_id: one for one in found
    }
    assert len(others) == len(found), "one a pair"
    return {int(number): one for number, one in others.items()}
