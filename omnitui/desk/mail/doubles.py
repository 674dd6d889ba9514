"""Whether a message that arrives is one that is stored already."""

from __future__ import annotations

import re

from connectors.contract import Address, Inbound
from omnitui.desk.addresses import OwnAddresses, normalised
from omnitui.desk.context import Desk
from omnitui.desk.mail.subjects import base_subject
from store import messages
from store.message_keys import KnownMessage
from store.model import Account, Message

_MARKS = re.compile(r"[\W_]+")
_FOOTER = 1_500
"""Characters that a list puts under a mail at most."""
_LISTED = re.compile(r"_{5,}|-{2,}|={5,}|https?://|mailto:|\blist", re.IGNORECASE)


def same_message(
    desk: Desk,
    account: Account,
    own: OwnAddresses,
    inbound: Inbound,
    who: Address,
    earlier: KnownMessage,
) -> bool:
    """Same key and same content, in whatever folder or account.

    A chat's message numbers are its account's own: two bots count alike. What we sent
    ourselves has no hash of the mail as it went out: a copy in our Sent folder is known by its
    key alone, a copy that came back to us in our own name by its text too. Copies of a
    customer's mail may differ in what was done to them on their ways.
    """
    if inbound.chat and earlier.account_id != account.id:
        return False
    if earlier.content_hash:
        if earlier.content_hash == inbound.content_hash:
            return True
        return not inbound.chat and _same_letter(desk, account, inbound, who, earlier)
    if earlier.direction != "out":
        return False
    if inbound.direction == "out" and "claims_to_be_ours" not in inbound.details:
        return True
    if (account.channel, inbound.sender.address) not in own:
        return False
    return _letters(messages.get(desk.db, earlier.id).text) in _letters(_whole(inbound))


def _same_letter(
    desk: Desk, account: Account, inbound: Inbound, who: Address, earlier: KnownMessage
) -> bool:
    """The same author, date, subject, words and files: one copy was only encoded anew, or came
    through a list that put its name before the subject and its footer under the text."""
    if inbound.sent_at is None or inbound.direction != earlier.direction:
        return False
    stored = messages.get(desk.db, earlier.id)
    if (
        stored.sent_at != inbound.sent_at
        or normalised(account.channel, stored.author_address)
        != normalised(account.channel, who.address)
        or base_subject(stored.subject) != base_subject(inbound.subject)
        or _files(stored) != sorted(file.name for file in inbound.files)
    ):
        return False
    there, here = _whole(stored), _whole(inbound)
    if _words(there) == _words(here):
        return True
    if bool(stored.details.get("list_id")) == bool(inbound.details.get("list_id")):
        return False
    listed, direct = (there, here) if stored.details.get("list_id") else (here, there)
    return _is_footer(_words(listed), _words(direct))


def _is_footer(listed: str, direct: str) -> bool:
    """Whether a list's copy is the direct one with something under it that lists write."""
    if not direct or not listed.startswith(direct):
        return False
    footer = listed[len(direct) :]
    return len(footer) <= _FOOTER and _LISTED.search(footer) is not None


def _files(message: Message) -> list[str]:
    return sorted(file.name for file in message.attachments)


def _whole(message: Inbound | Message) -> str:
    return f"{message.text} {message.signature} {message.quoted}"


def _letters(text: str) -> str:
    """Without marks: `[here](https://…)` went out as `here <https://…>`."""
    return " ".join(_MARKS.split(text)).strip()


def _words(text: str) -> str:
    return " ".join(text.split())
