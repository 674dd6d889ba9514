"""A Telegram Bot API server on loopback for tests, built from the API's own specification."""

from tests.servers.bot_api.bots import Bot
from tests.servers.bot_api.faults import Fault
from tests.servers.bot_api.people import Posted, User
from tests.servers.bot_api.server import TOKEN, BotApi

__all__ = ["TOKEN", "Bot", "BotApi", "Fault", "Posted", "User"]
