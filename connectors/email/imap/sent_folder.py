"""The Sent folder: our copy goes there, and proof of what went out is found there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from connectors.email.imap.folder_names import everything_folder, sent_folder
from connectors.email.imap.folder_patterns import choose
from connectors.email.imap.session import ImapSession, Refused

LOOKED_THROUGH = 20
"""Folders that are read and searched for a mail or an answer to it, the first ones: there may be
thousands, and on a server that grants one connection nothing comes in meanwhile."""


class NoSentFolder(Exception):
    """The mailbox has no folder for sent mail."""


async def save_copy(
    session: ImapSession, setting: str, key: str, raw: bytes, *, looks: Sequence[float] = ()
) -> bool:
    """Put a sent mail into the Sent folder; False when the server had done so by itself.

    `looks`: seconds to wait between looks for a copy that is expected to appear by itself.
    Raises `NoSentFolder`, `Refused` and `ChannelError`.
    """
    folder = sent_folder(setting, await session.folders())
    if folder is None:
        raise NoSentFolder
    for wait in (*looks, 0.0):
        # Selected anew: a folder that is not watched may hide what came since.
        await session.select(folder)
        if await session.search_header("Message-ID", f"<{key}>"):
            return False
        if wait:
            await asyncio.sleep(wait)
    await session.append(folder, raw, "\\Seen")
    return True


async def is_proven(session: ImapSession, setting: str, folders: Sequence[str], key: str) -> bool:
    """Whether the mailbox shows that the mail with this Message-ID went out: a copy of it in
    the Sent folder or another, or somebody's answer to it. Raises `ChannelError`."""
    there = await session.folders()
    names = [sent_folder(setting, there), everything_folder(there)]
    names += choose(folders, there).names[:LOOKED_THROUGH]
    for name in dict.fromkeys(name for name in names if name is not None):
        try:
            await session.select(name)
            for header in ("Message-ID", "In-Reply-To", "References"):
                if await session.search_header(header, f"<{key}>"):
                    return True
        except Refused:
            continue
    return False
