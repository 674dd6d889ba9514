"""What the log says of a customer, without what it says of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omnitui.desk.context import Desk
from store import identities, merging
from store.model import CustomerId, Event

_ABOUT_ANOTHER = {
    "customer.suggested": ("suggestion", "reason"),
    "suggestion.decided": ("suggestion", "state"),
    "link.opened": ("result", "account", "channel", "at"),
    "customer.merged": ("merge", "reason"),
    "customer.unmerged": ("merge",),
}
"""What of such an event is about this customer, where the other one is somebody else."""


def own(desk: Desk, customer_id: CustomerId, event: Event) -> Mapping[str, Any]:
    """The data of an event that may be told to this customer: who else they might be, or were
    taken for until an agent took that back, is not theirs to know."""
    data = event.data
    if event.kind in ("customer.merged", "customer.unmerged") and "merge" in data:
        other = merging.get(desk.db, data["merge"]).undone_at is not None
    elif event.kind in ("customer.suggested", "suggestion.decided"):
        other = True
    else:
        other = _is_anothers(desk, customer_id, data)
    if not other:
        return data
    kept = _ABOUT_ANOTHER.get(event.kind, ())
    return {key: data[key] for key in kept if key in data}


def _is_anothers(desk: Desk, customer_id: CustomerId, data: Mapping[str, Any]) -> bool:
    """Whether it names an address that is somebody else's now."""
    address = data.get("address")
    told = [(data.get("channel"), address), ("email", data.get("email"))]
    ends = [data.get("sent_to"), data.get("opened_by")]
    told += [(end.get("channel"), end.get("address")) for end in ends if isinstance(end, dict)]
    for channel, one in told:
        if isinstance(channel, str) and isinstance(one, str) and one:
            known = identities.find(desk.db, channel, one)
            if known is not None and known.customer_id != customer_id:
                return True
    return False
