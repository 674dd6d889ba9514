"""A Telegram Bot API server on loopback for tests, built from the API's own specification."""

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
