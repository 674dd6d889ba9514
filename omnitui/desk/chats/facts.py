"""What the JSON of a message says beyond its text, where it is a chat's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from store.model import Message, Millis


def chat_json(message: Message, time: Callable[[Millis | None], str | None]) -> dict[str, Any]:
    """The facts that a message has; `time` writes a time."""
    details = message.details
    facts: dict[str, Any] = {
        name: details.get(name)
        for name in (
            "chat",
            "topic",
            "format",
            "media",
            "album",
            "reply_to",
            "forward",
            "business",
            "via_bot",
            "from_offline",
            "username",
            "reactions",
            "reaction_counts",
            "start_payload",
            "answers",
            "silent",
            "parts",
            "alteration",
            "followed_up",
            "follows",
        )
    }
    if isinstance(facts["forward"], dict) and isinstance(facts["forward"].get("sent_at"), int):
        facts["forward"] = {**facts["forward"], "sent_at": time(facts["forward"]["sent_at"])}
    for name in ("edited_at", "deleted_at", "answer_until", "delivered_at", "read_at"):
        at = details.get(name)
        facts[name] = time(at) if isinstance(at, int) else None
    if facts["deleted_at"]:
        facts["deleted_by"] = details.get("deleted_by")
    facts["edits"] = [
        {
            "text": entry.get("text", ""),
            "until": time(entry.get("until")),
            **{
                name: entry[name]
                for name in ("key", "format", "media", "files", "agent")
                if name in entry
            },
        }
        for entry in details.get("edits", ())
        if isinstance(entry, dict)
    ]
    return {name: value for name, value in facts.items() if value}
