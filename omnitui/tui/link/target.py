"""What a desk command is for: a conversation, or a customer whether or not they have one."""

from __future__ import annotations

from dataclasses import dataclass

from store.model import ConversationId, CustomerId


@dataclass(frozen=True, slots=True)
class OfCustomer:
    """The customer alone: they are looked at without a conversation."""

    id: CustomerId


Target = ConversationId | OfCustomer


def conversations_of(targets: list[Target]) -> list[ConversationId]:
    """Those of them that are conversations."""
    return [one for one in targets if not isinstance(one, OfCustomer)]
