"""Agents named in a note: `@olena` is told, and finds it in the view of mentions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from omnitui.desk import journal
from omnitui.desk.agents import known
from omnitui.desk.context import Desk
from store import mentions
from store.model import ConversationId, MessageId

_NAME = re.compile(r"(?<![\w@./+-])@(\S{1,80})")
_GOES_ON = re.compile(r"[.-]*\w")
"""After a name: then it was another one's."""
MOST = 50
"""Agents that one note names."""


def named(desk: Desk, text: str) -> tuple[str, ...]:
    """The agents that a text names, each once, without who writes it. `@olena.` at the end of a
    sentence is olena; an address like ann@example.org names nobody."""
    words = [match[1] for match in _NAME.finditer(text)]
    if not words:
        return ()
    by_case = {agent.casefold(): agent for agent in known(desk)}
    found: dict[str, None] = {}
    for word in words:
        agent = _longest(word, by_case)
        if agent not in ("", desk.agent):
            found[agent] = None
    return tuple(found)[:MOST]


def _longest(word: str, by_case: Mapping[str, str]) -> str:
    """The agent whose name a word begins with; "" for none. Names from LDAP have more signs than
    those of useradd(8): `olena@acme.example`, `ACME\\olena`."""
    for end in range(len(word), 0, -1):
        agent = by_case.get(word[:end].casefold())
        if agent is not None and not _GOES_ON.match(word, end):
            return agent
    return ""


def note(desk: Desk, conversation_id: ConversationId, message_id: MessageId, text: str) -> None:
    """A note was written: tell whom it names."""
    found = named(desk, text)
    if not found:
        return
    mentions.add(desk.db, conversation_id, message_id, found, desk.now())
    journal.record(
        desk,
        "agent.mentioned",
        conversation=conversation_id,
        message=message_id,
        agents=list(found),
    )
