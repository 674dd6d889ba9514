"""Agents named in a note: `@olena` is told, and finds it in the view of mentions.

That is the Unix user's name. Where it is nobody's, what agents are called will do: `@Olena Bondar`,
and `@Olena` where only one colleague's name begins so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from omnitui.desk import journal
from omnitui.desk.agents import known
from omnitui.desk.context import Desk
from omnitui.desk.mail.letterhead import name_of
from store import mentions
from store.model import ConversationId, MessageId

_AT = re.compile(r"(?<![\w@./+-])@(?=\S)")
_GOES_ON = re.compile(r"[.-]*\w")
"""After a name: then it was another one's."""
MOST = 50
"""Agents that one note names."""


def named(desk: Desk, text: str) -> tuple[str, ...]:
    """The agents that a text names, each once, without who writes it. `@olena.` at the end of a
    sentence is olena; an address like ann@example.org names nobody."""
    places = [match.end() for match in _AT.finditer(text)]
    if not places:
        return ()
    agents = known(desk)
    users = {agent.casefold(): agent for agent in agents}
    names: Mapping[str, str] | None = None
    found: dict[str, None] = {}
    for at in places:
        agent = _longest(text, at, users)
        if not agent:
            if names is None:
                names = _called(desk, agents)
            agent = _longest(text, at, names)
        if agent not in ("", desk.agent):
            found[agent] = None
    return tuple(found)[:MOST]


def _called(desk: Desk, agents: Sequence[str]) -> Mapping[str, str]:
    """Colleagues by their names and by how those begin, where that is one's alone. Who writes does
    not mean themselves by it."""
    full = {
        one: " ".join(name_of(desk.config, one).casefold().split())
        for one in agents
        if one != desk.agent
    }
    first = {one: name.partition(" ")[0] for one, name in full.items()}
    return {**_by_name(first), **_by_name(full)}


def _by_name(names: Mapping[str, str]) -> dict[str, str]:
    many = Counter(names.values())
    return {name: agent for agent, name in names.items() if name and many[name] == 1}


def _longest(text: str, at: int, agents: Mapping[str, str]) -> str:
    """The agent whose name stands there, perhaps in quotes; "" for none. Names from LDAP have more
    signs than those of useradd(8), blanks among them: `olena@acme.example`, `ACME\\olena`."""
    quoted = text[at] == '"'
    begins = at + quoted
    longest = max(map(len, agents), default=0)
    for end in range(min(len(text), begins + longest), begins, -1):
        agent = agents.get(text[begins:end].casefold())
        ends = text[end : end + 1] == '"' if quoted else not _GOES_ON.match(text, end)
        if agent is not None and ends:
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
