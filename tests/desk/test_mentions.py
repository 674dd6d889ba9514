"""Agents named in notes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.model import AgentSettings
from omnitui.desk import mentions
from omnitui.desk.command import CommandError
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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("olena@acme.example", "Look, @olena@acme.example."),
        ("ACME\\olena", "(@acme\\olena)"),
        ("4711", "@4711, please"),
        ("олена", "це для @Олена!"),
        ("build$", "@build$: look"),
        ("ACME\\ann lee", "(@acme\\Ann Lee)"),
        ("ann lee", '@"Ann Lee"s'),
    ],
)
def test_names_that_only_a_directory_service_gives(office: Office, name: str, text: str) -> None:
    config = replace(office.desk.config, agents={name: AgentSettings(), "ole": AgentSettings()})
    office.desk = replace(office.desk, config=config)
    assert mentions.named(office.desk, text) == (name,)
    assert mentions.named(office.desk, "@olen @ole-na @ole.na x@ole") == ()


@pytest.mark.parametrize(
    ("text", "agents"),
    [
        ("@Olena Bondar, look, and @olena bondar", ("ob",)),
        ('@"Olena Bondar" and @ivan', ("ob", "ip")),
        ("@Ivan P. knows", ("ip",)),
        ('@Olena and @"olena" are two, @Bondar nobody, @Ivanka neither', ()),
    ],
)
def test_what_colleagues_are_called_will_do(
    office: Office, text: str, agents: tuple[str, ...]
) -> None:
    called = {"ob": "Olena Bondar", "ok": "Olena Koval", "ip": "Ivan P.", "ann": "Ivan Writes"}
    config = replace(
        office.desk.config, agents={one: AgentSettings(name=name) for one, name in called.items()}
    )
    office.desk = replace(office.desk, config=config)
    assert mentions.named(office.desk, text) == agents


def test_who_has_a_conversation_can_be_named(office: Office) -> None:
    here = office.got(office.letter()).conversation_id
    office.do(here, "assign petro yes", "note @petro please")
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


def test_a_note_is_struck_out_and_stands_again(office: Office) -> None:
    team(office)
    here = office.got(office.letter(text="Hello")).conversation_id
    done = office.do(here, "note @olena look at this")
    assert office.conversation(here).preview == "@olena look at this"
    back = office.do(here, done.undo)
    assert office.conversation(here).preview == "Hello"
    assert store_mentions.unseen(office.desk.db, "olena") == 0
    assert messages.of_conversation(office.desk.db, here)[-1].state == "cancelled"
    office.do(here, back.undo)
    assert store_mentions.unseen(office.desk.db, "olena") == 1
    number = messages.of_conversation(office.desk.db, here)[-1].id
    for line, words in (
        (f"note discard {number}", "only they"),
        ("note discard 1", "no note"),
        (f"note restore {number}", "only they"),
    ):
        with pytest.raises(CommandError, match=words):
            office.do(here, line, agent="bob")


def test_handing_over_assigns_and_tells_why(office: Office) -> None:
    team(office)
    here = office.got(office.letter()).conversation_id
    office.do(here, "assign me")
    done = office.do(here, "hand over olena Please call her.")
    assert office.conversation(here).assignee == "olena"
    assert office.texts(here)[-1] == "@olena Please call her."
    assert store_mentions.unseen(office.desk.db, "olena") == 1
    office.do(here, done.undo)
    assert office.conversation(here).assignee == "ann"
    assert store_mentions.unseen(office.desk.db, "olena") == 0
    office.do(here, "hand over jan.nowak '@Jan.Nowak: it is yours'")
    assert office.texts(here)[-1] == "@Jan.Nowak: it is yours"
    assert office.do(here, "hand over jan.nowak").undo == ""
    with pytest.raises(CommandError, match="To whom"):
        office.do(here, "hand over none x")
