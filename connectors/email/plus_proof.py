"""Whether a host delivers plus-addresses: a mail to one of the account's own, and a look for it.

RFC 5233 calls them sub-addresses. Hosts differ: some deliver them beside the rest, some into a
folder of their own, some not at all, and some take them and throw them away. Only a mail that
comes back in a folder that is read shows that answers will, too.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Sequence

from config.i18n import _
from connectors.contract import Address, Outgoing
from connectors.email.imap.folder_names import sent_folder
from connectors.email.imap.folder_patterns import choose
from connectors.email.imap.session import ImapSession, Refused
from connectors.email.writing.compose import with_token


def proof_mail(account: str, address: str) -> Outgoing:
    """From the account to its own plus-address (`own_mail` knows it), like no other mail; as
    long as one with a reply token, since hosts limit what stands before the @."""
    token = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    domain = address.rpartition("@")[2]
    return Outgoing(
        key=f"omnitui.proof.{secrets.token_hex(16)}@{_ascii(domain)}",
        account=account,
        to=(Address(with_token(address, f"proof-{token}")),),
        subject=_("Do plus-addresses arrive?"),
        text=_(
            "omnitui sent this mail to itself, to find out whether mail to such an address"
            " arrives. It can be deleted."
        ),
        automatic=True,
        created_at=int(time.time() * 1000),
    )


async def find(
    session: ImapSession, folders: Sequence[str], sent: str, message_id: str
) -> str | None:
    """The folder, of those that are read, into which the mail was delivered; None: none yet.
    A copy that the provider puts into the Sent folder shows nothing. Raises `ChannelError`."""
    there = await session.folders()
    for name in choose(folders, there).names:
        if name == sent_folder(sent, there):
            continue
        try:
            # Selected anew: a folder that is not watched may hide what came since.
            await session.select(name)
            if await session.search_header("Message-ID", f"<{message_id}>"):
                return name
        except Refused:
            continue
    return None


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return "omnitui.invalid"
