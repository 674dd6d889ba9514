"""A Telegram Bot API server on loopback for tests, built from the API's own specification.

    def test_an_answer(bot_api: BotApi) -> None:
        ann = bot_api.user("Ann", id=42, language="uk")
        question = ann.says("Where is my parcel?")          # the bot at bot_api.url is told
        bot_api.fault("lost", "sendMessage")                # sent, but the answer gets lost
        …
        assert [each.text for each in ann.hears()] == ["On its way."]

`BotApi` (server.py) is the server; `User` (people.py) a customer, `Group` and `Channel`
(groups.py) and `Business` (business.py) what there is besides; what they can do is in writer.py
and sender.py. `Fault` (faults.py) says what can go wrong. `methods/` is what bots call,
`strategies.py` generates every kind of update. Nothing here is kept when the server ends.
"""

from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.business import Business
from tests.servers.bot_api.faults import Fault
from tests.servers.bot_api.groups import Channel, Group
from tests.servers.bot_api.people import User
from tests.servers.bot_api.posted import Posted, Seen
from tests.servers.bot_api.server import TOKEN, BotApi

__all__ = [
    "TOKEN",
    "Bot",
    "BotApi",
    "Business",
    "Channel",
    "Fault",
    "Group",
    "Posted",
    "Seen",
    "User",
]
