"""Updates in the light of an account: as they come, and once more out of the quarantine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from config.model import TelegramAccount
from connectors.contract import Received
from connectors.telegram.cursor import Cursor
from connectors.telegram.reading import DOWNLOAD_LIMIT, ReadingContext, read_update


def reading_context(
    account: TelegramAccount, cursor: Cursor, bot: int, username: str, prefix: str
) -> ReadingContext:
    return ReadingContext(
        bot,
        username,
        prefix=prefix,
        groups=account.groups,
        channels=account.channels,
        business=account.business,
        file_limit=None if account.own_server else DOWNLOAD_LIMIT,
        connections=cursor.connections,
    )


def read_again(
    raw: bytes, external_id: str, account: TelegramAccount, kept: Mapping[str, Any]
) -> Received:
    """An update that was kept as it came; `kept` is the account's cursor. Never raises for what
    the JSON is."""
    try:
        update: Any = json.loads(raw)
    except ValueError:
        update = None
    cursor = Cursor(kept)
    username = account.address.removeprefix("@")
    context = reading_context(account, cursor, cursor.bot_of(external_id), username, "")
    return replace(read_update(update, context), external_id=external_id)
