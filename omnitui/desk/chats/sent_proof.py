"""A customer answers a message of whose sending nobody knew: so it went out.

No channel of chats has a folder of what was sent. But an answer names what it answers, and that
is proof where exactly one message of unknown fate in that chat has those words.
"""

from __future__ import annotations

from connectors.contract import Inbound
from omnitui.desk.channel import capabilities
from omnitui.desk.chats.talk import Talk
from omnitui.desk.chats.words import plain_words
from omnitui.desk.replying import outbox
from store import message_keys, messages
from store.model import Message

_TOLD = 180
"""Characters from which on the told text may be only the beginning (docs: at most 200)."""


def look(talk: Talk, inbound: Inbound) -> None:
    """See whether a message proves one of ours to have been sent."""
    told = inbound.details.get("reply_to")
    key = inbound.in_reply_to
    if not isinstance(told, dict) or not told.get("ours") or not key or talk.find(key):
        return
    words = plain_words(str(told.get("text") or ""))
    if not words:
        return
    talk.settle()
    whole = len(str(told["text"])) < _TOLD
    alike = [
        message
        for message in messages.many(
            talk.desk.db, message_keys.unknown_in(talk.desk.db, talk.account.id, inbound.chat)
        )
        if _says(message, words, whole) and _is_one(talk, message)
    ]
    if len(alike) != 1:
        return
    outbox.proven(talk.desk, alike[0].id, key)
    for known in message_keys.find_in(talk.desk.db, talk.account.id, [key]).get(key, ()):
        talk.known.setdefault(key, []).append(known)


def _says(message: Message, words: str, whole: bool) -> bool:
    mine = plain_words(message.text)
    return mine == words if whole else mine.startswith(words)


def _is_one(talk: Talk, message: Message) -> bool:
    """Not sent in several parts, of which only one would be proven."""
    limit = capabilities(talk.account).part_limit
    units = len(message.text.encode("utf-16-le", "surrogatepass")) // 2
    files = len(message.attachments)
    return (limit is None or units <= limit) and files <= 1
