"""Templates are files: found, filled in, and told about when they are broken."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from omnitui.desk import templates
from omnitui.desk.command import CommandError
from omnitui.desk.session import NeedsConfirmation
from omnitui.desk.template_text import TemplateBroken, fill, mistakes
from tests.desk.office import Office

VALUES = {
    "customer": {"name": "Ann Lee", "first_name": "Ann", "company": "", "fields": {"x": "7"}},
    "agent": {"name": "Bea"},
    "evil": {"name": "{{ agent.name }} {% for %}"},
}


def shelf(folder: Path, **files: str) -> templates.Templates:
    for name, text in files.items():
        (folder / f"{name.replace('__', '.')}.md").write_text(text, encoding="utf-8")
    return templates.load([folder])


def test_the_shipped_ones_are_all_sound(office: Office) -> None:
    shipped = templates.load(templates.directories(office.desk.config))
    assert shipped.problems == ()
    assert len(shipped.all) > 10
    id_ = office.got(office.letter("Ann Lee <ann@x.example>")).conversation_id
    for template in shipped.all:
        for language in template.variants:
            assert templates.render(office.desk, id_, template, language).unfilled == ()


def test_front_matter_variants_and_overriding(tmp_path: Path) -> None:
    ours, desk = tmp_path / "a", tmp_path / "b"
    ours.mkdir()
    desk.mkdir()
    (ours / "refund.md").write_text("---\ntitle: Refund\ntags: [money]\n---\nBack it goes.\n")
    (ours / "refund.uk.md").write_text("---\ntitle: Повернення\n---\nПовертаємо.")
    (desk / "refund.md").write_text(
        "---\ntitle: Our refund\nchannels: [email]\ntags: a, b\n---\nOurs"
    )
    found = templates.load([ours, desk]).get("refund")
    assert (found.title, found.channels, found.tags) == ("Our refund", ("email",), ("a", "b"))
    assert found.variants == {"en": "Ours", "uk": "Повертаємо."}
    assert found.title_in("uk") == "Повернення"
    assert found.body("de", "uk") == "Повертаємо."
    assert found.body("de") == "Ours"


@pytest.mark.parametrize(
    ("name", "text", "line", "words"),
    [
        ("a.md", "---\ntitle: x\nno end", 1, "no closing"),
        ("a.md", "---\ntitle: x\ntag: [a\n---\n", 4, ""),
        ("a.md", "---\ntitle: x\ntgas: [a]\n---\n", 3, "unknown key “tgas”"),
        ("a.md", "---\ntitle: x\ntags: {a: b}\n---\n", 3, "list of words"),
        ("a.md", "---\n- x\n---\n", 2, "key: value"),
        ("a.b.c.md", "x", 1, "NAME.LANGUAGE.md"),
    ],
)
def test_a_broken_file_is_told_with_its_line(
    tmp_path: Path, name: str, text: str, line: int, words: str
) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "good.md").write_text("Good")
    found = templates.load([tmp_path])
    (problem,) = found.problems
    assert (problem.path.name, problem.line) == (name, line)
    assert words in problem.reason
    assert [t.name for t in found.all] == ["good"]


def test_files_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_bytes(b"ok\nstill\n\xff\xfe")
    (tmp_path / "huge.md").write_bytes(b"x" * 200_000)
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    problems = {p.path.name: p.line for p in templates.load([tmp_path, tmp_path / "no"]).problems}
    assert problems == {"bad.md": 3, "huge.md": 1}


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    found = shelf(tmp_path, hello="one")
    assert found.fresh() is found
    (tmp_path / "hello.md").write_text("two")
    os.utime(tmp_path / "hello.md", (1, 1))
    assert found.fresh().get("hello").body() == "two"
    (tmp_path / "hello.md").unlink()
    assert found.fresh().all == []


def test_the_nearest_name_is_offered(tmp_path: Path) -> None:
    found = shelf(tmp_path, refund="x")
    with pytest.raises(CommandError, match="Did you mean “refund”"):
        found.get("refnud")


def test_search(tmp_path: Path) -> None:
    found = shelf(
        tmp_path,
        refund="---\ntitle: Refund approved\ntags: [money]\n---\nThe sum is on its way",
        refund__uk="---\ntitle: Повернення схвалено\n---\nКошти вже в дорозі",
        delay="---\ntitle: Delivery is late\n---\nThe parcel waits at customs",
        chat="---\ntitle: Hello\nchannels: [telegram]\n---\nHi",
    )

    def names(query: str, **more: object) -> list[str]:
        return [m.template.name for m in found.search(query, **more)]  # type: ignore[arg-type]

    assert names("refund")[0] == "refund"
    assert names("rfund")[0] == "refund"
    assert names("повер", language="uk")[0] == "refund"
    assert found.search("повер", "uk")[0].title == "Повернення схвалено"
    assert names("money") == ["refund"]
    assert names("customs") == ["delay"]
    assert names("zzzzqq") == []
    assert names("", channel="email", ranks={"delay": 3}) == ["delay", "refund"]
    assert set(names("", channel="telegram")) == {"refund", "delay", "chat"}


@pytest.mark.parametrize(
    ("body", "text", "unfilled"),
    [
        ("Hi {{ customer.first_name }}!", "Hi Ann!", ()),
        ("{{customer.fields.x}}", "7", ()),
        ("{{ customer.company }}", "{{ customer.company }}", ("customer.company",)),
        ("{{ customer.fields.y.z }}", "{{ customer.fields.y.z }}", ("customer.fields.y.z",)),
        ("{{ nobody }}", "{{ nobody }}", ("nobody",)),
        ("{{ customer.company | default('you') }}", "you", ()),
        ("{% if customer.company %}C{% else %}P{% endif %}", "P", ()),
        ("{{ agent.name | upper }}", "BEA", ()),
        ("no braces", "no braces", ()),
    ],
)
def test_filling_in(body: str, text: str, unfilled: tuple[str, ...]) -> None:
    rendered = fill(body, VALUES)
    assert (rendered.text, rendered.unfilled) == (text, unfilled)


@pytest.mark.parametrize(
    "body",
    [
        "{% for i in range(10**9) %}x{% endfor %}",
        "{{ 'x' * 10**9 }}",
        "{{ customer.name.center(10**9) }}",
        "{% include '/etc/passwd' %}",
        "{% set x = 1 %}",
        "{{ customer.name | replace('a', 'b') }}",
        "{{ unclosed",
        "{% if %}",
    ],
)
def test_a_template_is_no_program(body: str) -> None:
    with pytest.raises(TemplateBroken, match=r"x\.md:1: "):
        fill(body, VALUES, "x.md")


@pytest.mark.parametrize("body", ["{{ ''.__class__.__mro__ }}", "{{ x.__init__.__globals__ }}"])
def test_a_template_sees_no_python(body: str) -> None:
    assert "__" in fill(body, VALUES).unfilled[0]


def test_values_are_data() -> None:
    rendered = fill("Dear {{ evil.name }}", VALUES)
    assert rendered.text == "Dear {{ agent.name }} {% for %}"


def own(office: Office, name: str) -> Path:
    return office.desk.config.home.templates / name


def test_a_template_is_made_of_a_reply(office: Office) -> None:
    id_ = office.got(office.letter("Ann Lee <ann@x.example>")).conversation_id
    office.do(id_, "customer field order A-1077")
    text = "Hello Ann,\n\norder A-1077 (Ann Lee) is at the Annex: {% 5 off %}."
    office.do(id_, f"reply set {shlex.quote(text)}")
    done = office.do(id_, "template from-reply Order at the depot!")
    written = own(office, "order-at-the-depot.md").read_text()
    assert written == (
        "---\ntitle: \"Order at the depot!\"\n---\nHello {{ customer.first_name }},\n\n"
        "order {{ customer.fields.order }} ({{ customer.name }}) is at the Annex:"
        " {{ '{%' }} 5 off %}.\n"
    )  # fmt: skip
    office.do(id_, "reply set ''", "template insert order-at-the-depot")
    assert office.session(id_).draft.get().text == text
    with pytest.raises(NeedsConfirmation, match="write over it"):
        office.do(id_, "template from-reply order-at-the-depot")
    over = office.do(id_, "template from-reply order-at-the-depot", confirmed=True)
    office.do(id_, over.undo)
    assert own(office, "order-at-the-depot.md").read_text() == written
    office.do(id_, done.undo)
    assert not own(office, "order-at-the-depot.md").exists()


def test_without_a_draft_the_last_reply_is_taken(office: Office) -> None:
    id_ = office.got(office.letter("Олена <o@x.example>")).conversation_id
    office.do(id_, "customer language uk")
    with pytest.raises(CommandError, match="no reply yet"):
        office.do(id_, "template from-reply вітання")
    office.sent(id_, "Вітаю, Олена!")
    office.do(id_, "template from-reply вітання")
    assert "Вітаю, {{ customer.first_name }}!" in own(office, "вітання.uk.md").read_text()
    done = office.do(id_, "template from-message 1 Listen")
    assert own(office, "listen.uk.md").exists()
    office.do(id_, done.undo)
    assert not own(office, "listen.uk.md").exists()
    with pytest.raises(CommandError, match="Message 99 is not in this conversation"):
        office.do(id_, "template from-message 99 Listen")


def test_templates_are_deleted_and_come_back(office: Office) -> None:
    id_ = office.got(office.letter()).conversation_id
    text = "---\ntitle: Hats\n---\nA “hat” isn't a cap.\n"
    office.do(id_, f"template save hats en {shlex.quote(text)}")
    gone = office.do(id_, "template remove hats")
    assert not own(office, "hats.md").exists()
    office.do(id_, gone.undo)
    assert own(office, "hats.md").read_text() == text
    with pytest.raises(CommandError, match="comes with omnitui"):
        office.do(id_, "template remove refund-approved")
    with pytest.raises(CommandError, match="not in “pl”"):
        office.do(id_, "template remove hats pl")
    for line in ("template save ../x en y", "template save x ../y z"):
        with pytest.raises(CommandError):
            office.do(id_, line)
    said = office.do(id_, f"template save hats en {shlex.quote('Hi {{ customer.nam }}')}")
    assert said.message.endswith("hats.md:1: There is no variable “customer.nam”. Did you mean"
                                 " “customer.name”?")  # fmt: skip


def test_mistakes_are_told_before_they_are_met(tmp_path: Path) -> None:
    found = shelf(
        tmp_path,
        a="---\ntitle: A\n---\n\nHi {{ customer.fields.x }} {{ amount }}\n{{ custmer.name }}",
        b="---\ntitle: B\n---\nx\n{% for x in y %}",
    )
    told = [str(m) for one in found.all for m in mistakes(one)]
    assert [line.partition(tmp_path.name)[2][:8] for line in told] == ["/a.md:6:", "/b.md:5:"]
    assert "customer.name" in told[0]


def test_tags_and_uses(tmp_path: Path) -> None:
    found = shelf(
        tmp_path,
        a="---\ntags: [money]\n---\nRefund a",
        b="---\ntags: [money, late]\n---\nRefund b",
        c="Refund c",
    )

    def names(query: str, **more: object) -> list[str]:
        return [m.template.name for m in found.search(query, **more)]  # type: ignore[arg-type]

    assert names("#mon") == ["a", "b"]
    assert names("#money #late refund") == ["b"]
    assert names("", ranks={"c": 30, "b": 31}, desk_ranks={"a": 99}) == ["b", "c", "a"]
    assert names("refund", ranks={"c": 3})[0] == "c"
    assert [(m.uses, m.desk_uses) for m in found.search("#late", desk_ranks={"b": 4})] == [(0, 4)]


def test_the_agents_own_folder_is_used_where_the_desks_is_closed(office: Office) -> None:
    home = replace(office.desk.config.home, own=office.desk.config.home.config / "me/agent.toml")
    office.desk = replace(office.desk, config=replace(office.desk.config, home=home))
    id_ = office.got(office.letter()).conversation_id
    home.config.mkdir()
    home.templates.write_text("no folder")
    office.do(id_, "reply set Hello", "template from-reply hello-you")
    assert (home.config / "me/templates/hello-you.md").is_file()
    office.do(id_, "reply set ''", "template insert hello-you")
    assert office.session(id_).draft.get().text == "Hello"
