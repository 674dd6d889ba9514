"""Customers of a scenario: what they say, when, where, and what an answer makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import i18n
from config.problems import ConfigError
from connectors.practice.play import Answer, Played, play, themselves
from connectors.practice.scenario import Scenario
from connectors.practice.scenario_file import read_scenario
from connectors.practice.scenario_settings import TABLES
from omnitui.demo.practice.scenarios import ORDER, SHIPPED, find, shipped
from omnitui.desk.templates import load
from tests.demo.rehearsal import scenario, written

SECOND = 1000
ANN = """
    [[customers]]
    id = "ann"
    name = "Ann Lee"
    email = "ann@lee.example"
    [[customers.matters]]
    id = "tent"
    at = "10s"
    channel = "email"
    subject = "Tent"
    says = ["The tent is torn.", "Order 480213."]
    [[customers.matters.reactions]]
    question = true
    says = ["It is green."]
    after = "5s"
    [[customers.matters.reactions]]
    to = ["refund"]
    says = ["Thank you!"]
    content = true
    after = "5s"
    [[customers.matters.waits]]
    after = "1m"
    says = ["Anybody?"]
    [[customers.matters.waits]]
    after = "2m"
    says = ["In the chat, then."]
    on = "webchat"
    [[customers.matters.waits]]
    after = "1m"
    says = ["Forget it."]
    leaves = true
"""


@pytest.fixture
def ann(tmp_path: Path) -> Scenario:
    return scenario(tmp_path, ANN)


def told(played: Played) -> list[tuple[int, str, str]]:
    """(second, channel, text)."""
    return [(s.utterance.at // SECOND, s.channel, s.utterance.text) for s in played.said]


def mail(at: int, text: str, n: int = 1) -> Answer:
    return Answer(at * SECOND, "ann@lee.example", text, f"ours.{n}@x", "email")


def at(who: Scenario, second: int, *answers: Answer, pace: float = 1.0) -> Played:
    return play(who, 0, pace, answers, second * SECOND)


def test_who_is_not_answered_asks_again_elsewhere_and_leaves(ann: Scenario) -> None:
    assert told(at(ann, 9)) == []
    assert at(ann, 9).next_due == 10 * SECOND
    opening = [(10, "email", "The tent is torn."), (14, "email", "Order 480213.")]
    assert told(at(ann, 73)) == opening
    asked = [*opening, (74, "email", "Anybody?"), (194, "webchat", "In the chat, then.")]
    assert told(at(ann, 200)) == asked
    end = at(ann, 1000)
    assert told(end) == [*asked, (254, "webchat", "Forget it.")]
    assert [course.outcome for course in end.courses] == ["left"]
    assert end.over
    assert end.next_due is None


def test_an_answer_calls_for_the_first_reaction_that_fits_once(ann: Scenario) -> None:
    asked = mail(20, "Which colour?")
    played = at(ann, 26, asked)
    assert told(played)[-1] == (25, "email", "It is green.")
    assert played.courses[0].outcome == "waits"
    settled = at(ann, 1000, asked, mail(40, "May I REFUND it?", 2))
    assert told(settled)[-1] == (45, "email", "Thank you!")
    assert settled.courses[0].outcome == "content"
    assert [(t.since, t.until) for t in settled.courses[0].turns] == [
        (10_000, 20_000),
        (25_000, 40_000),
    ]
    assert [said.content for said in settled.said] == [False, False, False, True]


def test_who_has_nothing_to_say_to_an_answer_is_content(ann: Scenario) -> None:
    played = at(ann, 1000, mail(20, "We look into it."))
    assert told(played)[2:] == []
    assert played.courses[0].outcome == "content"


def test_answers_in_a_row_are_one(ann: Scenario) -> None:
    played = at(ann, 1000, mail(20, "Which one? No matter:"), mail(22, "you get a refund.", 2))
    assert told(played)[2:3] == [(27, "email", "It is green.")]
    assert len(played.courses[0].answers) == 2


def test_an_answer_by_mail_ends_the_wait_on_every_channel(ann: Scenario) -> None:
    played = at(ann, 1000, mail(80, "refund"))
    assert "In the chat, then." not in [text for _at, _channel, text in told(played)]


def test_mails_are_a_thread_and_chats_are_not(ann: Scenario) -> None:
    said = at(ann, 1000, mail(20, "Which?")).said
    first, second, reaction = (one.utterance for one in said[:3])
    assert (first.subject, second.subject) == ("Tent", "Re: Tent")
    assert second.in_reply_to == said[0].key
    assert reaction.in_reply_to == "ours.1@x"
    chat = at(ann, 1000).said[3].utterance
    assert (chat.subject, chat.in_reply_to) == ("Tent", "")


def test_a_pace_divides_every_time(ann: Scenario) -> None:
    assert told(at(ann, 100, pace=2.0))[:3] == [
        (5, "email", "The tent is torn."),
        (7, "email", "Order 480213."),
        (37, "email", "Anybody?"),
    ]


TWO = """
    [[customers]]
    id = "bo"
    name = "Bo"
    [[customers.matters]]
    id = "one"
    at = "1s"
    channel = "email"
    subject = "One"
    says = "First."
    [[customers.matters]]
    id = "two"
    at = "2s"
    channel = "email"
    subject = "Two"
    says = "Second."
    [[customers.matters]]
    id = "stranger"
    at = "3s"
    channel = "email"
    address = "bo@office.example"
    says = "It is me."
"""


def test_an_answer_is_about_the_mail_that_it_answers(tmp_path: Path) -> None:
    bo = scenario(tmp_path, TWO)
    who = themselves(bo.customers[0]).email
    key = at(bo, 2).said[0].key
    played = at(bo, 9, Answer(4 * SECOND, who, "Yes.", "k", "email", about=key))
    assert [course.outcome for course in played.courses] == ["content", "waits", "waits"]
    played = at(bo, 9, Answer(4 * SECOND, who, "Yes.", "k", "email"))
    assert [course.outcome for course in played.courses] == ["waits", "content", "waits"]
    played = at(bo, 9, Answer(4 * SECOND, "nobody@x.example", "Yes.", "k", "email"))
    assert [course.outcome for course in played.courses] == ["waits", "waits", "waits"]
    assert [said.utterance.signed_in for said in played.said] == [True, True, False]
    assert len({said.utterance.person.email for said in played.said}) == 2


@settings(max_examples=30, deadline=None)
@given(
    answers=st.lists(st.tuples(st.integers(1, 600), st.sampled_from(["?", "refund", "yes"]))),
    early=st.integers(0, 700),
    late=st.integers(0, 700),
    name=st.sampled_from(ORDER),
)
def test_what_was_said_stays_said(
    answers: list[tuple[int, str]], early: int, late: int, name: str
) -> None:
    """Asked later, it begins with what was said before; and no two words have one number."""
    early, late = sorted((early, late))
    found = find(name)
    people = [
        (themselves(customer), matter.channel) for customer in found.customers
        for matter in customer.matters
    ]  # fmt: skip
    sent = []
    for n, (second, text) in enumerate(answers):
        person, channel = people[n % len(people)]
        who = person.email if channel == "email" else person.chat
        sent.append(Answer(second * SECOND, who, text, f"k{n}", channel))
    before = play(found, 0, 1.0, sent, early * SECOND)
    after = play(found, 0, 1.0, sent, late * SECOND)
    assert after.said[: len(before.said)] == before.said
    assert all(said.utterance.at > early * SECOND for said in after.said[len(before.said) :])
    numbers = [(said.channel, said.utterance.number) for said in after.said]
    assert len(set(numbers)) == len(numbers)


# -- files -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('[[customers]]\nid = "a"\n', 3, "“name” is missing"),
        ('[[customers]]\nid = "a"\nname = "A"\nmaters = 1\n', 6, "Did you mean “matters”?"),
        ('titel = "x"\n', 3, "Did you mean “title”?"),
        ('[[customers]]\nid = "a"\nname = "A"\n', 3, "a scenario needs a matter"),
        ("customers = 3\n", 3, "[[customers]]"),
        (ANN.replace('"10s"', '"soon"'), 10, "“soon” is no duration"),
        (ANN.replace('channel = "email"', 'channel = "fax"'), 11, "“fax” is not one of"),
        (ANN + '[customers.matters.expect]\nmerged_with = "bob"\n', 35, "no customer “bob”"),
        (ANN + '[customers.matters.expect]\nwithn = "3m"\n', 35, "Did you mean “within”?"),
        (ANN.replace('    after = "1m"\n    says = ["Any', '    says = ["Any'), 23, "“after”"),
        (ANN + '[customers.matters.expect]\nhint = { xx = "?" }\n', 35, "is no language code"),
        (ANN + ANN, 36, "“ann” is there already, in line 5"),
        ('[[customers]]\nid = "a"\nname = "A"\nmatters = ["x"]\n', 6, "needs a table, not"),
        ("title = ", 3, ""),
    ],
)
def test_what_is_wrong_in_a_file_is_said_by_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_scenario(path)
    assert words in str(caught.value)
    assert (path, line) in {(p.file, p.line) for p in caught.value.problems}


def test_scenarios_are_found_by_name_and_path(tmp_path: Path) -> None:
    assert find("rush").name == "rush"
    assert str(find(str(written(tmp_path, ANN))).title) == "Mine"
    with pytest.raises(ConfigError, match="Did you mean “rush”"):
        find("rusch")
    with pytest.raises(ConfigError, match="there is no such file"):
        find(str(tmp_path / "none.toml"))


def test_what_the_agent_reads_is_in_their_language(tmp_path: Path) -> None:
    text = (
        ANN
        + """
    [customers.matters.expect.hint]
    uk = "Подивіться в минуле."
    en = "Look into the past."
    """
    )
    hint = scenario(tmp_path, text).matters[0][1].expect.hint
    spoken = i18n.language()
    try:
        for code, words in (("uk", "Подивіться в минуле."), ("pl", "Look into the past.")):
            i18n.set_language(code)
            assert str(hint) == words
    finally:
        i18n.set_language(spoken)
    for one in shipped():
        hints = [matter.expect.hint for _customer, matter in one.matters if str(matter.expect.hint)]
        for wording in (one.title, one.about, *hints):
            assert set(wording.variants) == {"en", "uk", "ru", "pl"}


def test_the_shipped_ones_are_all_listed() -> None:
    assert sorted(path.stem for path in SHIPPED.glob("*.toml")) == sorted(ORDER)
    assert [one.name for one in shipped()] == list(ORDER)
    languages = {customer.language for one in shipped() for customer in one.customers}
    assert languages == {"en", "uk", "ru", "pl"}


@pytest.mark.parametrize("name", ORDER)
def test_a_good_agent_can_content_everybody(name: str) -> None:
    """Who answers at once, with the first template expected and what is to be said, is done in no
    more answers than expected, and says nothing that is not to be said."""
    import config

    found = find(name)
    templates = load([Path(config.__file__).parent / "templates"])
    sent: list[Answer] = []
    given = dict.fromkeys(range(len(found.matters)), 0)
    for second in range(0, 1800, 2):
        played = at(found, second, *sent)
        if played.over:
            break
        for number, course in enumerate(played.courses):
            customer, matter = found.matters[number]
            if course.outcome != "waits":
                continue
            wanted = matter.expect
            names = wanted.templates or ()
            parts = [templates.get(one).body(customer.language) for one in names]
            text = parts[min(given[number], len(parts) - 1)] if parts else "Certainly."
            text += "".join(f" {each.split('|')[0]}" for each in wanted.says)
            if given[number] and not parts:
                text += " In three to five days; larger, L."
            elif given[number]:
                text += " Take the larger one, L."
            assert not any(bad.casefold() in text.casefold() for bad in wanted.avoids)
            last = [said for said in played.said if said.matter == number][-1]
            person = last.utterance.person
            who = person.email if last.channel == "email" else person.chat
            key = f"k{number}.{given[number]}"
            sent.append(Answer(second * SECOND, who, text, key, last.channel, about=last.key))
            given[number] += 1
    outcomes = {m.id: c.outcome for (_c, m), c in zip(found.matters, played.courses, strict=True)}
    assert set(outcomes.values()) == {"content"}, outcomes
    for number, (_customer, matter) in enumerate(found.matters):
        assert not matter.expect.answers or given[number] <= matter.expect.answers


def test_every_key_of_a_file_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "practice.md").read_text(encoding="utf-8")
    for table, settings_ in TABLES.items():
        for setting in settings_:
            named = f"`{setting.key}`" in text or f"\n{setting.key} = " in text
            assert named, f"{table}: {setting.key}"


def test_the_example_of_the_documentation_can_be_played(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "practice.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    path = tmp_path / "torn.toml"
    path.write_text(example, encoding="utf-8")
    found = read_scenario(path)
    assert str(found.title) == "A torn tent"
    assert told(at(found, 1000))[-1][1:] == ("email", "I wrote you in Telegram, too.")
