"""Words that are right in a reply to somebody whatever a dictionary says: names, and their own."""

from __future__ import annotations

from omnitui.desk.context import Desk
from omnitui.tui.text.spelled_words import spelled_words
from store import accounts, conversations, customers, identities, messages
from store.model import ConversationId

MESSAGES = 30
"""The newest of the conversation."""
MOST = 4000
"""Characters of one text."""


def familiar_words(desk: Desk, conversation_id: ConversationId) -> frozenset[str]:
    """The customer's name and addresses, what they wrote, our own names; without capitals.

    Raises `NotFound`.
    """
    conversation = conversations.get(desk.db, conversation_id)
    customer = customers.get(desk.db, conversation.customer_id)
    texts = [customer.name, customer.company, conversation.subject, desk.agent]
    texts += [desk.config.desk.name, *(str(value) for value in customer.fields.values())]
    for identity in identities.of(desk.db, customer.id):
        texts += [identity.name, _pieces(identity.address)]
    for account in accounts.all(desk.db):
        texts += [account.name, account.display_name, _pieces(account.address)]
    for message in messages.of_conversation(desk.db, conversation_id, last=MESSAGES):
        texts += [message.author, message.signature[:MOST]]
        if message.direction == "in":
            texts.append(message.text[:MOST])
    return frozenset(
        found.word.casefold()
        for text in texts
        for line in (text or "").splitlines()
        for found in spelled_words(line.lstrip("> "))
    )


def _pieces(address: str) -> str:
    """`ann.lee@acme.example` → its words."""
    return "".join(c if c.isalpha() else " " for c in address)
