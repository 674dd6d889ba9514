"""What an arriving message does to its conversation: the status rules, in one place."""

from __future__ import annotations

from connectors.contract import Inbound
from omnitui.desk.mail.automatic import Automatic, speaks
from store.message_keys import KnownConversation
from store.model import Status


def first_status(inbound: Inbound, automatic: Automatic) -> Status:
    """The status of a conversation that this message starts.

    Automatic mail and bounces that belong to nothing here are kept, closed: to be found, in
    nobody's way. The setting `open_automatic` names programs whose mail is work.
    """
    if inbound.history:
        return "open" if inbound.imported and speaks(inbound) else "closed"
    if inbound.direction == "out":
        return "pending"
    return "open" if speaks(inbound) or automatic.opens(inbound) else "closed"


def next_status(inbound: Inbound, before: KnownConversation, automatic: Automatic) -> Status | None:
    """The status that this message gives to a conversation; None: it stays as it is."""
    newest = inbound.arrived_at >= before.last_message_at
    if inbound.history:
        if not newest or not (speaks(inbound) or inbound.direction == "out"):
            return None
        wanted: Status = "open" if inbound.imported and speaks(inbound) else "closed"
        return wanted if before.status != wanted else None
    if speaks(inbound) or automatic.opens(inbound):
        return "open" if before.status != "open" else None
    # Else a forged sender would take a customer's question out of the agents' sight.
    ours = inbound.direction == "out" and not inbound.details.get("claims_to_be_ours")
    if ours and newest and before.status == "open":
        return "pending"
    return None
