"""Agents named in notes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.model import AgentSettings
from omnitui.desk import mentions
from omnitui.desk.view import conversation_json
from store import conversations, messages
from store import mentions as store_mentions
from tests.desk.office import Office


def team(office: Office) -> None:
    config = replace(
        office.desk.config, agents={name: AgentSettings() for name in ("olena", "jan.nowak", "ann")}
    )
    office.desk = replace(office.desk, config=config)


def test_a_note_names_agents_and_they_are_told(office: Office) -> None:
    team(office)
    here = office.got(office.letter()).conversation_id
    office.do(here, "note Look, @olena and @Jan.Nowak. Not @nobody, ann@olena.example, @ann")
    [event] = office.log("agent.mentioned")
    assert event.data == {"agents": ["olena", "jan.nowak"]}
    found = store_mentions.of_agent(office.desk.db, "olena", unseen=True)
    assert [(one.conversation_id, one.message_id) for one in found] == [(here, event.message_id)]
    shown = conversation_json(
        office.desk,
        conversations.get(office.desk.db, here),
        messages=messages.of_conversation(office.desk.db, here),
    )
    assert shown["messages"][-1]["mentions"] == [
        {"agent": "jan.nowak", "seen_at": None},
        {"agent": "olena", "seen_at": None},
    ]
    assert "mentions" not in shown["messages"][0]


def test_who_has_a_conversation_can_be_named(office: Office) -> None:
    here = office.got(office.letter()).conversation_id
    office.do(here, "assign petro", "note @petro please")
    assert store_mentions.unseen(office.desk.db, "petro") == 1
    office.do(here, "note Nobody is named here, x@petro.example")
    assert len(office.log("agent.mentioned")) == 1


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text("@olenaj.nwk,- \n:(x", max_size=60))
def test_any_text_names_only_who_stands_there(office: Office, text: str) -> None:
    team(office)
    for agent in mentions.named(office.desk, text):
        assert f"@{agent}" in text
        assert agent in ("olena", "jan.nowak")
