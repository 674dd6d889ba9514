"""Everything an agent can do is a line, and most lines can be taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from omnitui.desk.command import CommandError, Registry, Rest
from omnitui.desk.commands import REGISTRY, NeedsConfirmation
from omnitui.desk.replying.reply import NewMessageArrived, NewRecipient, UnfilledVariable
from omnitui.desk.session import OwnDraft, Session
from store import conversations, customers, drafts, identities, messages
from store import outbox as store_outbox
from store.model import Conversation, ConversationId
from tests.desk.office import DAY, HOUR, MINUTE, Office


def face(office: Office, id_: int) -> tuple[Any, ...]:
    """What undo has to bring back."""
    c: Conversation = office.conversation(id_)
    customer = customers.get(office.desk.db, c.customer_id)
    return (
        c.status, c.assignee, c.priority, c.tags, c.subject, c.snoozed_until, c.waiting_since,
        customer.name, customer.company, customer.language, customer.timezone, customer.tags,
        dict(customer.fields), tuple(office.texts(id_)),
        tuple((i.address, i.proof) for i in identities.of(office.desk.db, customer.id)),
        id_ in conversations.unread(office.desk.db, "ann", [ConversationId(id_)]),
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "assign me",
        "assign bea",
        "status pending",
        "status close",
        "close",
        "snooze 2d",
        "snooze tomorrow 9",
        "priority urgent",
        "tag add Refund now",
        "subject It's about the refund",
        "mark read",
        "customer name Joe O'Neil",
        "customer company Parts, Inc.",
        "customer language uk",
        "customer timezone Europe/Warsaw",
        "customer tag vip",
        "customer field order 12 34",
        "customer verify joe@home.example",
        'batch \'["tag add a", "assign me", "subject x ; y"]\'',
    ],
)
def test_it_does_something_and_undo_brings_all_of_it_back(office: Office, line: str) -> None:
    id_ = office.got(office.letter("Joe <joe@home.example>")).conversation_id
    before = face(office, id_)
    done = office.do(id_, line)
    assert face(office, id_) != before
    assert done.undo
    redo = office.do(id_, done.undo)
    assert face(office, id_) == before
    assert redo.undo


def test_undo_after_snooze_and_close_restores_the_time(office: Office) -> None:
    id_ = office.got(office.letter()).conversation_id
    office.do(id_, "snooze 2d")
    until = office.conversation(id_).snoozed_until
    done = office.do(id_, "close")
    office.do(id_, done.undo)
    conversation = office.conversation(id_)
    assert (conversation.status, conversation.snoozed_until) == ("snoozed", until)


def test_snoozed_conversations_wake(office: Office) -> None:
    from omnitui.desk import timers
    from store.database import transaction

    id_ = office.got(office.letter()).conversation_id
    office.do(id_, "snooze 4h")
    assert timers.next_wake(office.desk) == office.clock.at + 4 * HOUR
    with transaction(office.desk.db):
        assert timers.wake_snoozed(office.desk) == 0
    office.clock.pass_(4 * HOUR)
    with transaction(office.desk.db):
        assert timers.wake_snoozed(office.desk) == 1
    assert office.conversation(id_).status == "open"
    assert timers.next_wake(office.desk) is None


def test_a_name_that_nobody_has_is_asked_about(office: Office) -> None:
    here = office.got(office.letter()).conversation_id
    office.do(here, "mark read", agent="kate")
    for line in ("assign kat", "hand over kat Please look"):
        with pytest.raises(NeedsConfirmation, match="did you mean “kate”") as asked:
            office.do(here, line)
        assert "Is “kat” meant?" in asked.value.question
    with pytest.raises(NeedsConfirmation, match="Nobody called “zzyzx” has worked here"):
        office.do(here, "assign zzyzx")
    assert office.conversation(here).assignee == ""
    office.do(here, "assign KATE")
    assert office.conversation(here).assignee == "kate"
    done = office.do(here, "assign zzyzx yes")
    back = office.do(here, done.undo)
    office.do(here, back.undo)  # nobody has had that name since
    assert office.conversation(here).assignee == "zzyzx"
    office.do(here, "assign root", "assign none")  # a Unix user of this machine
    assert office.conversation(here).assignee == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "No command"),
        ("fly away", "no command “fly”"),
        ("asign me", "Did you mean “assign”?"),
        ("assign", "AGENT is missing: assign AGENT"),
        ("assign me yes now", "Too many arguments"),
        ("priority huge", "not one of low, normal, high, urgent"),
        ("snooze whenever", "is no time"),
        ("snooze 2020-01-01", "already passed"),
        ("outbox cancel many", "does not fit"),
        ("outbox cancel", "Nothing here waits to be sent"),
        ("outbox cancel 999", "no message 999"),
        ("tag add #", "A tag needs a name"),
        ("tag remove nothing", "has no tag"),
        ("template insert nothing", "no template “nothing”"),
        ("attach /no/such", "no file"),
        ("split 999", "not in this conversation"),
        ("join 999", "no conversation 999"),
        ("move x 1", "no list of message ids"),
        ("macro nothing", "no macro “nothing”"),
        ("assign 'me", "a quote that does not end"),
        ("customer timezone Europe/Kyiv please", "Too many"),
        ("customer timezone Mars", "no time zone"),
    ],
)
def test_a_line_that_cannot_run_says_why(office: Office, line: str, words: str) -> None:
    from store.errors import StoreError

    id_ = office.got(office.letter()).conversation_id
    before = face(office, id_)
    with pytest.raises((CommandError, StoreError)) as error:
        office.do(id_, line)
    assert words in str(error.value)
    assert face(office, id_) == before


def test_every_command_has_help_and_a_usage() -> None:
    names = [command.name for command in REGISTRY]
    assert len(names) == len(set(names))
    for command in REGISTRY:
        assert command.kind == "desk"
        assert len(command.summary) > 10
        assert command.usage.startswith(command.name)


class TestLines:
    @pytest.fixture
    def seen(self) -> list[tuple[str, str]]:
        return []

    @pytest.fixture
    def registry(self, seen: list[tuple[str, str]]) -> Registry:
        registry = Registry()

        @registry.command("say")
        def say(session: object, who: str, text: Rest) -> None:
            """Say something to somebody."""
            seen.append((who, text))

        return registry

    @pytest.mark.parametrize(
        ("line", "who", "text"),
        [
            ("say ann don't worry", "ann", "don't worry"),
            ("say ann 'quoted whole'", "ann", "quoted whole"),
            ("say 'ann lee' \"she said\" so", "ann lee", '"she said" so'),
            ("say ann a\nb\n\nc", "ann", "a\nb\n\nc"),
            ("say ann C:\\new\\table", "ann", "C:\\new\\table"),
            ("say ann 'it'\"'\"'s'", "ann", "it's"),
            ("  say   ann   spaced   out ", "ann", "spaced   out"),
            ("say ann ''", "ann", ""),
        ],
    )
    def test_the_rest_is_taken_as_it_is(
        self,
        registry: Registry,
        seen: list[tuple[str, str]],
        line: str,
        who: str,
        text: str,
    ) -> None:
        found = registry.parse(line)
        found.command.run(None, *found.arguments)
        assert seen == [(who, text)]


class TestWriting:
    def test_a_template_goes_into_the_draft_in_the_customers_language(self, office: Office) -> None:
        id_ = office.got(
            office.letter("Олена <o@x.example>", "Добрий день! Коли буде моє замовлення?")
        ).conversation_id
        folder = office.desk.config.home.templates
        folder.mkdir(parents=True)
        (folder / "hello.md").write_text("Hello {{ customer.first_name }}")
        (folder / "hello.uk.md").write_text("Вітаю, {{ customer.first_name }}")
        done = office.do(id_, "template insert hello")
        draft = drafts.get(office.desk.db, ConversationId(id_), "ann")
        assert draft is not None
        assert draft.text == "Вітаю, Олена"
        office.do(id_, "template insert hello en")
        draft = drafts.get(office.desk.db, ConversationId(id_), "ann")
        assert draft is not None
        assert draft.text == "Вітаю, Олена\n\nHello Олена"
        office.do(id_, done.undo)
        assert drafts.get(office.desk.db, ConversationId(id_), "ann") is None

    def test_an_unfilled_variable_stops_the_send(self, office: Office) -> None:
        id_ = office.got(office.letter()).conversation_id
        folder = office.desk.config.home.templates
        folder.mkdir(parents=True)
        (folder / "order.md").write_text("Your order {{ customer.fields.order }} is here")
        done = office.do(id_, "template insert order")
        assert "customer.fields.order" in done.message
        with pytest.raises(UnfilledVariable):
            office.do(id_, "reply send")
        office.do(id_, "reply discard", "customer field order 77", "template insert order")
        office.do(id_, "reply send")
        assert office.texts(id_)[-1] == "Your order 77 is here"

    def test_send_takes_the_draft_and_undo_gives_it_back(self, office: Office) -> None:
        id_ = office.got(office.letter()).conversation_id
        done = office.do(id_, "reply set Dear Joe", "reply send")
        assert drafts.get(office.desk.db, ConversationId(id_), "ann") is None
        assert office.conversation(id_).status == "pending"
        office.do(id_, done.undo)
        draft = drafts.get(office.desk.db, ConversationId(id_), "ann")
        assert draft is not None
        assert draft.text == "Dear Joe"
        assert office.conversation(id_).status == "open"

    def test_send_later(self, office: Office) -> None:
        id_ = office.got(office.letter()).conversation_id
        office.do(id_, "reply set Still there?", "reply send 2d unless-answered")
        (entry,) = store_outbox.all(office.desk.db)
        assert entry.due_at == office.clock.at + 2 * DAY
        office.clock.pass_(HOUR)
        office.got(office.letter(in_reply_to=office_last(office, id_)))
        assert office.entry(entry.message_id).state == "cancelled"

    def test_a_stop_changes_nothing(self, office: Office) -> None:
        first = office.got(office.letter())
        second = office.got(office.letter(in_reply_to=first.external_id))
        id_ = first.conversation_id
        office.do(id_, "reply set Dear Joe")
        with pytest.raises(NewMessageArrived):
            office.do(id_, "reply send", if_last=first.id)
        draft = drafts.get(office.desk.db, id_, "ann")
        assert draft is not None
        assert draft.text == "Dear Joe"
        office.do(id_, "reply send", if_last=second.id)

    def test_recipients_by_name(self, office: Office) -> None:
        id_ = office.got(office.letter()).conversation_id
        office.do(id_, "reply set Hi", "reply to boss@work.example, joe@home.example", "reply send")
        (entry,) = store_outbox.all(office.desk.db)
        assert entry.recipients == ("boss@work.example", "joe@home.example")
        office.do(id_, "reply set Hi")
        with pytest.raises(NewRecipient):
            office.do(id_, "reply send", to=("stranger@work.example",))

    def test_a_draft_of_its_own_leaves_the_agents_alone(self, office: Office) -> None:
        from omnitui.desk import commands
        from store.database import transaction

        id_ = office.got(office.letter()).conversation_id
        office.do(id_, "reply set My long letter")
        session = Session(office.desk, id_, OwnDraft())
        for line in ("reply set From a script", "reply send"):
            with transaction(office.desk.db):
                commands.run(session, line)
        draft = drafts.get(office.desk.db, id_, "ann")
        assert draft is not None
        assert draft.text == "My long letter"
        assert office.texts(id_)[-1] == "From a script"

    def test_files(self, office: Office, tmp_path: Path) -> None:
        id_ = office.got(office.letter()).conversation_id
        path = tmp_path / "it's a photo.png"
        path.write_bytes(b"png")
        done = office.do(id_, f"attach {path}")
        office.do(id_, done.undo)
        draft = drafts.get(office.desk.db, id_, "ann")
        assert draft is None
        office.do(id_, f"attach {path}", "reply send")
        (sent,) = [m for m in messages.of_conversation(office.desk.db, id_) if m.direction == "out"]
        assert [a.name for a in sent.attachments] == ["it's a photo.png"]

    def test_over_another_channel(self, office: Office) -> None:
        id_ = office.got(office.letter(proofs=("dmarc",))).conversation_id
        office.do(id_, "customer address telegram 77", "reply via telegram", "reply set Hi")
        with pytest.raises(CommandError):
            office.do(id_, "reply via fax")
        office.do(id_, "reply send")
        (entry,) = store_outbox.all(office.desk.db)
        assert (entry.channel, entry.recipients) == ("telegram", ("77",))


class TestOrganising:
    def thread(self, office: Office, n: int = 3) -> tuple[ConversationId, list[int]]:
        first = office.got(office.letter(text="0"))
        ids = [int(first.id)]
        for i in range(1, n):
            office.clock.pass_(MINUTE)
            more = office.letter(text=str(i), in_reply_to=first.external_id)
            ids.append(int(office.got(more).id))
        return first.conversation_id, ids

    def test_split_and_back(self, office: Office) -> None:
        id_, ids = self.thread(office)
        done = office.do(id_, f"split {ids[1]} 'The other matter'")
        new = conversations.all(office.desk.db)[0]
        assert (new.subject, new.related_id, new.status) == ("The other matter", id_, "open")
        assert (office.texts(id_), office.texts(new.id)) == (["0"], ["1", "2"])
        later = office.got(
            office.letter(text="3", in_reply_to=messages.get(office.desk.db, ids[2]).external_id)  # type: ignore[arg-type]
        )
        assert later.conversation_id == new.id
        office.do(id_, done.undo)
        assert office.texts(id_) == ["0", "1", "2"]

    def test_nothing_stays_is_refused(self, office: Office) -> None:
        id_, ids = self.thread(office)
        with pytest.raises(CommandError):
            office.do(id_, f"split {ids[0]}")

    def test_join_and_back(self, office: Office) -> None:
        one, _ = self.thread(office, 2)
        two, _ = self.thread(office, 2)
        assert one != two
        done = office.do(two, f"join {one}")
        assert office.texts(one) == ["0", "1", "0", "1"]
        gone = office.conversation(two)
        assert (gone.status, gone.messages, gone.related_id) == ("closed", 0, one)
        office.do(two, done.undo)
        assert (office.texts(one), office.texts(two)) == (["0", "1"], ["0", "1"])
        assert office.conversation(two).status == "open"

    def test_mail_to_a_joined_conversation_goes_where_it_went(self, office: Office) -> None:
        from omnitui.desk.replying.reply_token import message_id

        one, _ = self.thread(office, 1)
        two, _ = self.thread(office, 1)
        lost = message_id(office.desk, two, "acme.example")
        office.do(two, f"join {one}")
        assert office.got(office.letter(in_reply_to=lost)).conversation_id == one

    def test_another_customers_conversation_is_asked_about(self, office: Office) -> None:
        one, _ = self.thread(office, 1)
        other = office.got(office.letter("eve@other.example")).conversation_id
        with pytest.raises(NeedsConfirmation):
            office.do(one, f"join {other}")
        assert office.texts(one) == ["0"]
        done = office.do(one, f"join {other} yes")
        assert len(office.texts(other)) == 2
        office.do(one, done.undo)
        assert office.texts(one) == ["0"]
        assert messages.of_conversation(office.desk.db, one)[0].customer_id == 1


class TestMacros:
    def macros(self, office: Office, **macros: tuple[str, ...]) -> None:
        office.desk = replace(office.desk, config=replace(office.desk.config, macros=macros))

    def test_a_macro_is_its_commands_and_one_undo(self, office: Office) -> None:
        self.macros(office, refund=("tag add refund ; assign me", "status pending"))
        id_ = office.got(office.letter()).conversation_id
        before = face(office, id_)
        done = office.do(id_, "refund")
        now = office.conversation(id_)
        assert (now.tags, now.assignee, now.status) == (("refund",), "ann", "pending")
        office.do(id_, done.undo)
        assert face(office, id_) == before
        office.do(id_, "macro refund")
        assert office.conversation(id_).assignee == "ann"

    def test_one_that_calls_itself_ends(self, office: Office) -> None:
        self.macros(office, loop=("macro loop",))
        id_ = office.got(office.letter()).conversation_id
        with pytest.raises(CommandError, match="calls itself"):
            office.do(id_, "loop")

    def test_a_mistake_in_the_middle_undoes_the_whole(self, office: Office) -> None:
        self.macros(office, half=("tag add x", "fly"))
        id_ = office.got(office.letter()).conversation_id
        with pytest.raises(CommandError):
            office.do(id_, "half")
        assert office.conversation(id_).tags == ()


def office_last(office: Office, id_: int) -> str:
    return messages.of_conversation(office.desk.db, ConversationId(id_))[-1].external_id
