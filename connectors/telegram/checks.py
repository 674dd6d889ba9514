"""What `doctor` says of a bot: who it is, and whether it is set up for what it shall do."""

from __future__ import annotations

from config.i18n import _
from config.model import TelegramAccount
from connectors.contract import ChannelError, Check
from connectors.telegram import webhook_state
from connectors.telegram.bot import Line, Me
from connectors.telegram.failures import NoSuchMethod


async def of(account: TelegramAccount, line: Line, me: Me) -> list[Check]:
    """Never asks for news: that would end the poll of the engine that runs."""
    return [
        Check(_("bot"), True, f"{me.address} ({me.name})"),
        *_groups(account, me),
        *_business(account, me),
        await _webhook(account, line),
    ]


def privacy_mode() -> str:
    """What a bot with privacy mode on does not see, and how to change that, one sentence."""
    return _(
        "in groups the bot sees only commands and answers to itself (privacy mode); to see all,"
        " write /setprivacy to @BotFather, choose Disable, and add the bot to its groups anew, or"
        " make it an administrator there"
    )


def _groups(account: TelegramAccount, me: Me) -> list[Check]:
    if not account.groups:
        return []
    seen = _("the bot sees all that is written in its groups")
    return [Check(_("groups"), True, seen if me.sees_groups else privacy_mode())]


def _business(account: TelegramAccount, me: Me) -> list[Check]:
    if not account.business or not me.for_business:
        return []
    return [Check(_("business"), True, _("Telegram Business accounts can connect the bot"))]


async def _webhook(account: TelegramAccount, line: Line) -> Check:
    try:
        info = await line.bot.raw("getWebhookInfo")
    except NoSuchMethod:
        return Check(_("webhook"), True, _("this server does not tell whether one is set"))
    except ChannelError as error:
        return Check(_("webhook"), False, str(error), error)
    return webhook_state.check(account, info)
