"""Try an account's connection through its own connector, for `init` and `doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from config.i18n import _
from config.model import AccountSettings
from config.secrets import SecretError
from connectors.contract import ChannelError, Check

TIMEOUT = 60.0
"""Seconds for all checks of one account."""


class NotInstalled(Exception):
    """No connector can be loaded for the channel; `str()` says which."""


def check_account(settings: AccountSettings) -> list[Check]:
    """The connector's own checks; what it raises is a failed check. Raises `NotInstalled`."""
    return asyncio.run(_check(settings))


def check_accounts(accounts: Sequence[AccountSettings]) -> list[list[Check]]:
    """All accounts at once, in their order."""

    async def every() -> list[list[Check]]:
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_or_missing(account), name=f"check {account.name}")
                for account in accounts
            ]
        return [task.result() for task in tasks]

    return asyncio.run(every())


async def _or_missing(settings: AccountSettings) -> list[Check]:
    try:
        return await _check(settings)
    except NotInstalled as error:
        return [Check(settings.channel, ok=False, detail=str(error))]


async def _check(settings: AccountSettings) -> list[Check]:
    from omnitui.engine.registry import Connectors

    name = settings.channel
    try:
        connector = Connectors().build(settings)
    except ImportError as error:
        raise NotInstalled(
            _("The connector for “{channel}” cannot be loaded: {why}.").format(
                channel=settings.channel, why=error
            )
        ) from None
    except ChannelError as error:
        return [Check(name, ok=False, detail=str(error), error=error)]
    try:
        async with asyncio.timeout(TIMEOUT):
            return await connector.check()
    except TimeoutError:
        detail = _("There was no answer within {n} seconds.").format(n=int(TIMEOUT))
        return [Check(name, ok=False, detail=detail)]
    except ChannelError as error:
        return [Check(name, ok=False, detail=str(error), error=error)]
    except SecretError as error:
        return [Check(name, ok=False, detail=str(error))]
    finally:
        async with asyncio.timeout(10):
            await connector.close()
