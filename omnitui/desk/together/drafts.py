"""What colleagues are writing: for supervisors, where `[team] drafts = "supervisors"`, and every
agent is told so. Nothing else in the program reads a draft of somebody else's; that there is one,
is told as it is told that somebody types."""

from __future__ import annotations

from omnitui.desk.context import Desk
from omnitui.desk.rights import may, require
from store import drafts
from store.model import ConversationId, Draft


def are_visible(desk: Desk) -> bool:
    """Whether what agents write is seen by supervisors before it is sent."""
    team = desk.config.team
    return team is not None and team.drafts == "supervisors"


def visible(desk: Desk, conversation_id: ConversationId) -> list[Draft]:
    """Drafts of others in a conversation; none for whoever may not see them."""
    if not are_visible(desk) or not may(desk, "drafts"):
        return []
    return drafts.of_others(desk.db, conversation_id, desk.agent)


def begun_by(desk: Desk, conversation_id: ConversationId) -> frozenset[str]:
    """Which others have begun a reply there: not what it says, as with who types."""
    return drafts.writers(desk.db, conversation_id) - {desk.agent}


def of(desk: Desk, conversation_id: ConversationId) -> list[Draft]:
    """The same for one who asks. Raises `NotPermitted`."""
    require(desk, "drafts")
    return visible(desk, conversation_id)
