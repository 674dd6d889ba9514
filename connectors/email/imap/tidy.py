"""What is done in the mailbox with the mails of a closed conversation: flags, then a move.

Only the mails that were named are touched, by UID in a mailbox of the same UIDVALIDITY, and
nothing is ever expunged but them: without MOVE (RFC 6851) it is COPY, \\Deleted and UID EXPUNGE
(RFC 4315); without UIDPLUS the original stays, marked as deleted. Doing it twice changes
nothing: who is gone was moved, and before a COPY the target is searched for the mail.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from config.i18n import _
from config.model import CloseAction
from connectors.contract import Misconfigured
from connectors.email.imap import folder_names
from connectors.email.imap.parse import Fetched, Folder
from connectors.email.imap.session import ImapSession, Refused

AT_ONCE = 100
"""Mails a command: a UID set of them stays far under every server's line length."""


_HEADERS = 16_384
"""Bytes in which Message-ID is looked for, and by which copies are compared."""
_LONGEST_ID = 500
_LOOKED_AT = 50
"""Possible copies of a mail that are compared with it, the newest ones."""
_ITEMS = f"(UID RFC822.SIZE BODY.PEEK[]<0.{_HEADERS}>)"
_MESSAGE_ID = re.compile(rb"^message-id:\s*<([^<>\s]+)>", re.I | re.M)


async def tidy(
    session: ImapSession, actions: Sequence[CloseAction], external_ids: Sequence[str]
) -> None:
    """Raises `Misconfigured` when the server refuses, else `ChannelError`."""
    folders = await session.folders()
    move = next((action for action in actions if action.kind == "move"), None)
    target = "" if move is None else await _target(session, move.name, folders)
    there = {folder.name for folder in folders}
    for (folder, uidvalidity), uids in _by_mailbox(external_ids).items():
        if folder not in there:
            continue
        try:
            selected = await session.select(folder, writable=True)
            if selected.uidvalidity != uidvalidity:
                continue  # made anew: the numbers mean other mails now
            for start in range(0, len(uids), AT_ONCE):
                await _treat(session, actions, target, folder, uids[start : start + AT_ONCE])
        except Refused as refusal:
            raise Misconfigured(
                _(
                    "Closed mail in {folder} cannot be put away ({said}); correct on_close or the"
                    " folder's rights."
                ).format(folder=folder, said=refusal.said.rstrip("."))
            ) from None


async def _treat(
    session: ImapSession,
    actions: Sequence[CloseAction],
    target: str,
    folder: str,
    uids: Sequence[int],
) -> None:
    found = {mail.uid: mail for mail in await session.fetch(uids, "(UID FLAGS)")}
    for action in actions:
        if action.kind == "flag":
            lacking = sorted(uid for uid, mail in found.items() if action.name not in mail.flags)
            if lacking:
                await session.add_flag(lacking, action.name)
    if not found or not target or target == folder:
        return
    if "MOVE" in session.capabilities:
        await session.move(sorted(found), target)
        return
    await _copy_away(session, target, folder, sorted(found))


async def _copy_away(session: ImapSession, target: str, folder: str, uids: Sequence[int]) -> None:
    """A crash between the steps must not leave two copies: each is looked for first."""
    mails = [mail for mail in await session.fetch(uids, _ITEMS) if mail.body is not None]
    await session.select(target)
    copied = {mail.uid for mail in mails if await _is_here(session, mail)}
    await session.select(folder, writable=True)
    if missing := [mail.uid for mail in mails if mail.uid not in copied]:
        await session.copy(missing, target)
    if not (done := [mail.uid for mail in mails]):
        return
    await session.add_flag(done, "\\Deleted")
    if "UIDPLUS" in session.capabilities:
        await session.expunge(done)


async def _is_here(session: ImapSession, mail: Fetched) -> bool:
    """Whether a copy of it lies in the open folder: its Message-ID alone does not tell, for
    other mails may bear it, or one that it is a part of (a search finds parts)."""
    key = _message_id(mail.body or b"")
    if key:
        found = await session.search_header("Message-ID", key)
    elif mail.size:
        found = await session.search(f"LARGER {mail.size - 1} SMALLER {mail.size + 1}")
    else:
        return False
    copies = await session.fetch(found[-_LOOKED_AT:], _ITEMS) if found else []
    return any((copy.size, copy.body) == (mail.size, mail.body) for copy in copies)


async def _target(session: ImapSession, wanted: str, folders: Sequence[Folder]) -> str:
    """The folder that mails are moved to; made when it is not there."""
    found = folder_names.resolve(wanted, folders)
    if found is not None:
        return found
    if wanted.startswith("\\"):
        raise Misconfigured(
            _("The server marks no folder as {use}; name the folder in on_close.").format(
                use=wanted
            )
        )
    name = folder_names.name_for_new(wanted, folders)
    try:
        await session.create(name)
    except Refused as refusal:
        raise Misconfigured(
            _("The folder {folder} of on_close cannot be made ({said}); make it yourself.").format(
                folder=name, said=refusal.said.rstrip(".")
            )
        ) from None
    return name


def _by_mailbox(external_ids: Sequence[str]) -> dict[tuple[str, int], list[int]]:
    """UIDs by folder and UIDVALIDITY; what is no receipt of a mailbox is left out."""
    found: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for name in external_ids:
        folder, *numbers = name.rsplit("/", 2)
        if len(numbers) == 2 and all(n.isascii() and n.isdigit() for n in numbers):
            found[folder, int(numbers[0])].add(int(numbers[1]))
    return {mailbox: sorted(uids) for mailbox, uids in found.items()}


def _message_id(head: bytes) -> str:
    """Empty when there is none that can be searched for."""
    found = _MESSAGE_ID.search(head.partition(b"\r\n\r\n")[0])
    if found is None or not found[1].isascii() or len(found[1]) > _LONGEST_ID:
        return ""
    return found[1].decode("ascii")
