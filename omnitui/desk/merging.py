"""Customers that turn out to be one person, and those that turn out not to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omnitui.desk.context import Desk
from store.model import ConversationId, CustomerId

MergeId = int


def merge(
    desk: Desk,
    source: CustomerId,
    target: CustomerId,
    reason: str,
    evidence: Mapping[str, Any],
    *,
    conversation: ConversationId | None = None,
) -> MergeId:
    """Make two customers one: `target`, who gets everything that is `source`'s."""
    raise NotImplementedError


def unmerge(desk: Desk, merge_id: MergeId) -> CustomerId:
    """Take a merge back; the customer that is there again."""
    raise NotImplementedError
