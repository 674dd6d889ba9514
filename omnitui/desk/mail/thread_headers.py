"""What ties a mail of ours to the one before it."""

from __future__ import annotations

from typing import Any

from store.model import Message

REFERENCES = 40


def of_answer(parent: Message) -> dict[str, Any]:
    """In-Reply-To and References (RFC 5322 §3.6.4) of a mail after `parent`, as details."""
    chain = [*parent.details.get("references", ()), parent.external_id]
    if parent.details.get("in_reply_to") and len(chain) == 1:
        chain.insert(0, parent.details["in_reply_to"])
    chain = list(dict.fromkeys(chain))
    # The first keeps the thread together, the last ones order it.
    kept = chain if len(chain) <= REFERENCES else [chain[0], *chain[-REFERENCES + 1 :]]
    return {"in_reply_to": parent.external_id, "references": kept}
