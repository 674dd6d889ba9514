"""Domain values as JSON: for the CLI's `--json`, and for filters and hooks on their stdin.

Plain dictionaries; times are RFC 3339 in UTC, what is unknown is null. Outside programs
rely on the keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from omnitui.desk.chats.facts import chat_json
from omnitui.desk.context import Desk
from omnitui.desk.customers.card import CardFacts, card
from omnitui.desk.persons import suggest
from omnitui.desk.visiting import visits
from store import accounts, conversations, mentions, merging, watches
from store.mentions import Mention
from store.merging import Standing
from store.model import (
    Attachment,
    Conversation,
    Customer,
    CustomerId,
    CustomerNote,
    Event,
    Identity,
    Message,
    Millis,
    SearchHit,
    Suggestion,
)

PRIORITIES = {-1: "low", 0: "normal", 1: "high", 2: "urgent"}


def event_json(event: Event) -> dict[str, Any]:
    """An event of the log, as hooks are told it and `audit` exports it."""
    return {
        "id": event.id,
        "at": rfc3339(event.at),
        "actor": event.actor,
        "kind": event.kind,
        "customer_id": event.customer_id,
        "conversation_id": event.conversation_id,
        "message_id": event.message_id,
        "data": dict(event.data),
    }


def rfc3339(at: Millis | None) -> str | None:
    """`2026-12-01T09:30:00Z`, with milliseconds where there are any."""
    if at is None:
        return None
    try:
        moment = datetime.fromtimestamp(at / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    spec = "milliseconds" if at % 1000 else "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


def conversation_json(
    desk: Desk, conversation: Conversation, *, messages: Sequence[Message] | None = None
) -> dict[str, Any]:
    """A conversation; with its messages, oldest first, when they are given."""
    shown: dict[str, Any] = {
        "id": conversation.id,
        "customer_id": conversation.customer_id,
        "customer": conversation.customer_name,
        "subject": conversation.subject,
        "status": conversation.status,
        "assignee": conversation.assignee or None,
        "priority": PRIORITIES.get(conversation.priority, "normal"),
        "tags": list(conversation.tags),
        "channels": list(conversation.channels),
        "created_at": rfc3339(conversation.created_at),
        "last_message_at": rfc3339(conversation.last_message_at),
        "waiting_since": rfc3339(conversation.waiting_since),
        "snoozed_until": rfc3339(conversation.snoozed_until),
        "related_id": conversation.related_id,
        "preview": conversation.preview,
        "failed": conversation.failed,
        "bounced": conversation.bounced,
        "watchers": list(watches.of_conversation(desk.db, conversation.id)),
    }
    if messages is None:
        shown["message_count"] = conversation.messages
    else:
        named = mentions.of_messages(desk.db, [m.id for m in messages if m.direction == "note"])
        shown["messages"] = [
            {
                **message_json(message),
                **_not_followed(desk, message),
                **_mentions(named.get(message.id, ())),
            }
            for message in messages
        ]
    return shown


def _mentions(found: Sequence[Mention]) -> dict[str, Any]:
    """Whom a note names, and when each had it on the screen."""
    if not found:
        return {}
    return {"mentions": [{"agent": one.agent, "seen_at": rfc3339(one.seen_at)} for one in found]}


def _not_followed(desk: Desk, message: Message) -> dict[str, str]:
    """Why a reply that its customer has not seen in the chat does not go after them by mail."""
    if message.direction != "out" or not message.details.get("chat"):
        return {}
    from omnitui.desk.follow_ups import why_not  # only chats need it

    why = why_not(desk, message)
    return {"not_followed_up": why} if why else {}


def message_json(message: Message) -> dict[str, Any]:
    """A message as `show` has it."""
    details = message.details
    return {
        "id": message.id,
        "conversation_id": message.conversation_id,
        "customer_id": message.customer_id,
        "direction": message.direction,
        "channel": message.channel,
        "account": message.account or None,
        "external_id": message.external_id or None,
        "author": message.author,
        "author_address": message.author_address or None,
        "recipients": [a.address for a in message.recipients],
        "subject": message.subject,
        "text": message.text,
        "quoted": message.quoted,
        "signature": message.signature or None,
        "sent_at": rfc3339(message.sent_at),
        "arrived_at": rfc3339(message.arrived_at),
        "state": message.state,
        "error": message.error or None,
        "in_reply_to": details.get("in_reply_to") or None,
        "references": list(details.get("references", ())),
        "auto_reply": details.get("auto_reply"),
        "bounce": details.get("bounce"),
        "defects": list(details.get("defects", ())),
        "attachments": [attachment_json(file) for file in message.attachments],
        **_logged(message),
        **chat_json(message, rfc3339),
    }


def _logged(message: Message) -> dict[str, Any]:
    """A contact that was noted by hand."""
    facts = message.details.get("logged")
    if not isinstance(facts, dict):
        return {}
    return {
        "contact": {
            "kind": facts.get("kind"),
            "minutes": facts.get("minutes"),
            "by": facts.get("by"),
            "address": message.details.get("address"),
        }
    }


def attachment_json(file: Attachment) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "type": file.type,
        "size": file.size,
        "inline": file.inline,
        "content_id": file.content_id or None,
        "hash": file.blob or None,
        "state": "here" if file.blob else "awaited" if file.awaited else "missing",
        "problem": file.problem or None,
    }


def customer_json(desk: Desk, customer: Customer, *, full: bool = False) -> dict[str, Any]:
    """A customer; `full` adds identities, notes and conversations."""
    shown: dict[str, Any] = {
        "id": customer.id,
        "name": customer.name,
        "company": customer.company,
        "language": customer.language or None,
        "timezone": customer.timezone or None,
        "tags": list(customer.tags),
        "fields": dict(customer.fields),
        "created_at": rfc3339(customer.created_at),
        "first_contact_at": rfc3339(customer.first_contact_at),
        "last_contact_at": rfc3339(customer.last_contact_at),
        "conversation_count": customer.conversations,
    }
    if full:
        facts = card(desk, customer.id)
        shown["identities"] = [identity_json(one) for one in facts.identities]
        shown["visit"] = visit_json(desk, customer.id)
        shown["barred"] = [
            {"account": accounts.get(desk.db, one.account_id).name, "address": one.address}
            for one in facts.barred
        ]
        shown["notes"] = [note_json(one) for one in facts.notes]
        shown["conversations"] = [
            conversation_json(desk, one) for one in conversations.of_customer(desk.db, customer.id)
        ]
        shown["suggestions"] = [
            suggestion_json(one, customer.id) for one in suggest.waiting(desk, customer.id)
        ]
        shown["merged"] = [
            merge_json(one) for one in merging.into(desk.db, customer.id, limit=1000)
        ]
        shown |= _of_card(facts)
    return shown


def _of_card(facts: CardFacts) -> dict[str, Any]:
    """What the card knows by putting things together."""
    preferred = facts.preferred
    return {
        "language_by": facts.language_by or None,
        "preferred_channel": preferred
        and {
            "channel": preferred.channel,
            "by_hand": preferred.by_hand,
            "share": round(preferred.share, 3),
        },
        "card_fields": [
            {
                "key": one.key,
                "label": one.label,
                "type": one.type or None,
                "value": one.value,
                "problem": one.problem or None,
                "required": one.required,
            }
            for one in facts.fields
        ],
        "claims": [
            {
                "kind": one.kind,
                "value": one.value,
                "shown": one.shown,
                "source": one.source,
                "message_id": one.message_id,
                "at": rfc3339(one.at),
            }
            for one in facts.claims
        ],
        "people": [
            {
                "customer": one.customer.id,
                "name": one.customer.name,
                "company": one.customer.company,
                "label": one.label,
                "why": one.why,
                "last_contact_at": rfc3339(one.customer.last_contact_at),
            }
            for one in facts.people
        ],
        "more_people": facts.more_people,
    }


def note_json(note: CustomerNote) -> dict[str, Any]:
    return {
        "id": note.id,
        "author": note.author,
        "text": note.text,
        "at": rfc3339(note.at),
        "edited_at": rfc3339(note.edited_at),
        "edited_by": note.edited_by or None,
    }


def visit_json(desk: Desk, customer_id: CustomerId) -> dict[str, Any] | None:
    """Where a customer is in a chat, or was last; what they filled in there is hearsay."""
    visit = visits.visit_of(desk, customer_id)
    if visit is None:
        return None
    return {
        "account": accounts.get(desk.db, visit.account_id).name,
        "address": visit.address,
        "online": visit.online,
        "since": rfc3339(visit.at),
        "seen_at": rfc3339(visit.seen_at),
        **{name: visit.details.get(name) for name in visits.FACTS},
        "form": dict(visit.form),
    }


def merge_json(merge: Standing) -> dict[str, Any]:
    """Who became part of a customer."""
    return {
        "merge": merge.id,
        "customer": merge.source_id,
        "name": merge.name,
        "reason": merge.reason,
        "at": rfc3339(merge.at),
    }


def suggestion_json(suggestion: Suggestion, seen_from: CustomerId) -> dict[str, Any]:
    """What may be so of a customer: `other` is the one who may be the same person."""
    same = suggestion.customer_id == seen_from
    return {
        "id": suggestion.id,
        "kind": suggestion.kind,
        "other": suggestion.other_id if same else suggestion.customer_id,
        "reason": suggestion.reason,
        "evidence": dict(suggestion.evidence),
        "message_id": suggestion.message_id,
        "state": suggestion.state,
        "created_at": rfc3339(suggestion.created_at),
    }


def identity_json(identity: Identity) -> dict[str, Any]:
    return {
        "channel": identity.channel,
        "address": identity.address,
        "name": identity.name,
        "verified": bool(identity.proof),
        "proof": identity.proof or None,
        "flag": identity.flag or None,
        "last_used_at": rfc3339(identity.last_used_at),
    }


def hit_json(hit: SearchHit) -> dict[str, Any]:
    """A found message; the snippet without its marks."""
    return {
        "message_id": hit.message_id,
        "conversation_id": hit.conversation_id,
        "customer_id": hit.customer_id,
        "snippet": hit.snippet.replace("\x02", "").replace("\x03", ""),
        "at": rfc3339(hit.at),
        "direction": hit.direction,
        "author": hit.author,
        "subject": hit.subject,
    }
