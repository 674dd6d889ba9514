"""Where a reply goes and what with it, as the reply box shows it before it is sent."""

from __future__ import annotations

from typing import Literal

from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.tui.widgets.reply_header import Recipient, Route
from omnitui.tui.words.channels import visitor
from store import accounts, conversations, messages
from store.driver import Connection
from store.errors import NotFound
from store.model import Account, AccountId, Address, ConversationId, Delivery, MessageId


def route(
    desk: Desk,
    conversation_id: ConversationId,
    account_id: AccountId | None,
    delivery: Delivery,
    shown: str,
) -> Route:
    """See `DeskLink.route`."""
    from omnitui.desk.channel import capabilities
    from omnitui.desk.mail.letterhead import signature_of
    from omnitui.desk.replying.proposal import propose
    from omnitui.desk.replying.reply import preflight
    from omnitui.desk.together.drafts import are_visible
    from omnitui.tui.words.channels import channel_name, glyph

    db = desk.db
    known = accounts.all(db)
    chosen = next((a.name for a in known if a.id == account_id), None)
    stays = next((a.name for a in known if a.name == shown and not chosen), None)
    try:
        found = preflight(desk, conversation_id, account=chosen or stays, delivery=delivery)
        why = found.why
        if stays:
            proposed = propose(desk, conversations.get(db, conversation_id))
            why = proposed.said if proposed.reason != "last" else ""
    except CommandError as error:
        return Route("reply", problems=(str(error),), choices=len(known))
    new = set(found.new_recipients)
    able = capabilities(found.account)
    begun = not conversations.get(db, conversation_id).messages
    groups: tuple[tuple[Literal["to", "cc", "bcc"], tuple[Address, ...]], ...] = (
        ("to", found.to),
        ("cc", found.cc),
        ("bcc", found.bcc),
    )
    return Route(
        "reply",
        channel=f"{glyph(found.channel)} {channel_name(found.channel)}",
        account=found.account.name,
        why=why,
        sender=_full(found.sender, found.channel),
        recipients=[
            Recipient(
                _full(person, found.channel) + _says(db, found.account, person),
                kind,
                person.address in new,
                person.address,
            )
            for kind, group in groups
            for person in group
        ],
        problems=found.problems,
        limit=found.text_limit,
        choices=len(known),
        signature=found.signature,
        unsigned=not found.signature and bool(signature_of(desk, found.account)),
        quote=found.quote.attribution if found.quote else "",
        quote_lines=found.quote.text.count("\n") + 1 if found.quote else 0,
        part_limit=able.part_limit,
        answers=_answered(db, delivery.answers) if able.answers else "",
        silent=delivery.silent and able.silent,
        typing=able.typing,
        formatting=able.formatting != "none",
        subject_line=found.subject,
        first=begun,
        subject=found.subject if begun else "",
        matter="" if begun else _matter(db, conversation_id),
        supervised=are_visible(desk),
    )


def reach(desk: Desk, conversation_id: ConversationId) -> dict[str, str]:
    """See `DeskLink.reach_of`."""
    from omnitui.desk.replying import ways
    from omnitui.tui.text.safe_text import one_line

    customer_id = conversations.get(desk.db, conversation_id).customer_id
    found: dict[str, str] = {}
    for account in accounts.all(desk.db):
        able = [way for way in ways.to(desk, account, customer_id) if not way.why_not]
        shown = able[0].identity if able else None
        address = _full(Address(shown.address, shown.name), account.channel) if shown else ""
        found[account.name] = one_line(address)
    return found


def _matter(db: Connection, conversation_id: ConversationId) -> str:
    """What a conversation is about, where the customer has others that it could be taken for."""
    found = conversations.get(db, conversation_id)
    if not conversations.has_others(db, found.customer_id, conversation_id):
        return ""
    return found.subject or found.preview


def _full(person: Address, channel: str) -> str:
    if channel == "webchat":
        known = person.name and person.name != person.address
        return person.name if known else visitor(person.address)
    if person.name and person.address.lstrip("-").isdigit():
        return person.name  # a chat's number says nothing to a person
    if not person.name or not person.address:
        return person.name or person.address
    return f"{person.name} <{person.address}>"


def _says(db: Connection, account: Account, person: Address) -> str:
    """` (says: Ann)` of a visitor whose name nobody vouches for."""
    from config.i18n import _
    from omnitui.desk.chats.forms import name_in
    from store import visits

    if account.channel != "webchat" or (person.name and person.name != person.address):
        return ""
    visit = visits.get(db, account.id, person.address)
    name = name_in({key: str(value) for key, value in visit.form.items()}) if visit else ""
    return " " + _("(says: {name})").format(name=name) if name else ""


def _answered(db: Connection, message_id: MessageId | None) -> str:
    """`Ann: first words…` of the message that a reply visibly answers."""
    from omnitui.tui.text.safe_text import one_line
    from omnitui.tui.words.chat_facts import quoted_words

    if message_id is None:
        return ""
    try:
        found = messages.get(db, message_id)
    except NotFound:
        return ""
    return f"{one_line(found.author)}: {quoted_words(found)}".removeprefix(": ")
