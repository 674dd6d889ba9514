"""Whatever a command does can be undone, or it asks first: every command of the desk, one by one.

A command that is neither in `UNDONE` nor in `ASKS` nor among the exceptions fails here, so that a
new one says which it is.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from omnitui.desk.command import CommandError
from omnitui.desk.commands import REGISTRY, NeedsConfirmation
from omnitui.desk.view import conversation_json, customer_json
from store import conversations, customers, drafts, messages
from store.model import ConversationId
from tests.desk.office import Office

UNDONE: dict[str, tuple[str, ...]] = {
    # name: command lines; the last one is undone, those before it make it possible
    "assign": ("assign bea",),
    "assign back": ("assign bea", "assign back bea none"),
    "attach": ("attach {file}",),
    "batch": ('batch \'["tag add a", "assign me"]\'',),
    "claim": ("claim",),
    "close": ("close",),
    "customer address": ("customer address joe@work.example",),
    "customer address remove": (
        "customer address joe@work.example",
        "customer address remove joe@work.example",
    ),
    "customer address restore": (
        "customer address joe@work.example",
        "customer address remove joe@work.example",
        "customer address restore joe@work.example",
    ),
    "customer company": ("customer company Parts, Inc.",),
    "customer field": ("customer field order 12 34",),
    "customer language": ("customer language uk",),
    "customer merge": ("customer merge 2 yes",),
    "customer name": ("customer name Joe O'Neil",),
    "customer new": ("customer new Ann Lee ann@lee.example",),
    "customer note": ("customer note Calls are best",),
    "customer note delete": ("customer note Calls are best", "customer note delete 1"),
    "customer note edit": ("customer note Calls are best", "customer note edit 1 Mails"),
    "customer note restore": (
        "customer note Calls are best",
        "customer note delete 1",
        "customer note restore 1",
    ),
    "customer relate": ("customer relate 2 assistant",),
    "customer related-by": ("customer related-by 2 assistant",),
    "customer set-field": ("customer set-field order 3",),
    "customer switch": ("customer switch 2",),
    "customer tag": ("customer tag vip",),
    "customer timezone": ("customer timezone Europe/Warsaw",),
    "customer unmerge": ("customer merge 2 yes", "customer unmerge"),
    "customer unrelate": ("customer relate 2 assistant", "customer unrelate 2"),
    "customer untag": ("customer tag vip", "customer untag vip"),
    "customer unverify": ("customer verify joe@home.example", "customer unverify joe@home.example"),
    "customer verify": ("customer verify joe@home.example",),
    "detach": ("attach {file}", "detach {file}"),
    "hand over": ("hand over bea Please look",),
    "join": ("join 2 yes",),
    "log": ("log call out 12m Wants the invoice",),
    "log discard": ("log call out 12m Wants the invoice", "log discard {last}"),
    "log restore": ("log call hello", "log discard {last}", "log restore {last}"),
    "mark read": ("mark read",),
    "mark unread": ("mark read", "mark unread"),
    "move": ("move 2 2 yes",),
    "note": ("note Look here",),
    "note discard": ("note Look here", "note discard {last}"),
    "note restore": ("note Look here", "note discard {last}", "note restore {last}"),
    "priority": ("priority urgent",),
    "reclaim": ("assign bea", "reclaim bea"),
    "reclaim back": ("assign bea", "reclaim bea", "reclaim back bea 1"),
    "reopen": ("close", "reopen"),
    "reply bcc": ("reply bcc boss@acme.example",),
    "reply cc": ("reply cc boss@acme.example",),
    "reply delivery": ('reply delivery \'{"quote": "last"}\'',),
    "reply discard": ("reply set Hello", "reply discard"),
    "reply quote": ("reply quote last",),
    "reply send": ("reply set Hello there", "reply send"),
    "reply set": ("reply set Hello", 'reply set It\'s "done" ; close'),
    "reply signature": ("reply signature off",),
    "reply to": ("reply to boss@acme.example",),
    "reply trim": ("reply cc boss@acme.example", "reply trim boss@acme.example"),
    "reply via": ("reply via sales",),
    "snooze": ("snooze 2d",),
    "split": ("split 2",),
    "status": ("status pending",),
    "subject": ("subject It's about the refund",),
    "tag add": ("tag add Refund",),
    "tag remove": ("tag add Refund", "tag remove refund"),
    "template insert": ("reply set Hello", "template insert apology"),
    "unassign": ("assign bea", "unassign"),
    "unsnooze": ("snooze 2d", "unsnooze"),
    "unwatch": ("watch", "unwatch"),
    "watch": ("watch",),
}
"""Done, then taken back: everything is as it was."""

ASKS = {
    "customer bar": "customer bar",
    "customer erase": "customer erase",
    "join": "join 2",
    "move": "move 2 2",
}
"""These ask before they do anything that somebody else sees, or that is for good."""


EXCEPTIONS = {
    "reply with": "undone as a send is: what was to go out is the draft then",
    "unmove": "is itself what undoes a move (test_organise)",
    "alteration cancel": "is itself what undoes an edit or deletion (test_alterations)",
    "alteration retry": "tries again what an agent has asked for (test_alterations)",
    "alteration undo": "is itself what undoes one (test_alterations)",
    "message edit": "undone by “alteration undo”, where a channel can (test_alterations)",
    "message delete": "undone by “alteration undo”, where a channel can (test_alterations)",
    "article insert": "changes the draft as “template insert” does (test_knowledge)",
    "article link": "changes the draft as “template insert” does (test_knowledge)",
    "attendance": "undone where there is a web chat (test_presence)",
    "presence away": "undone by “presence back” (test_presence)",
    "presence back": "undone by “presence away” (test_presence)",
    "compose": "begins a matter that does not stay while nothing is written (test_composing)",
    "compose discard": "takes away only what nothing was written in (test_composing)",
    "customer channel": "needs a customer on two channels (test_customer_commands)",
    "customer code": "sends a code, which only the customer can make use of (test_one_time_codes)",
    "customer conflicts": "only tells something",
    "customer discard": "is itself what undoes “customer new”",
    "customer export": "writes a file of its own, and nothing over another (data_rights)",
    "customer from-forwarded": "needs a forwarded mail (test_customer_commands)",
    "customer unbar": "undone where somebody is barred (webchat)",
    "file retry": "fetches what is to be fetched anyway",
    "link": "changes the draft, where a channel has links (test_one_time_link)",
    "macro": "undone as its lines are (test_commands)",
    "outbox cancel": "is itself what undoes a send",
    "outbox retry": "sends what an agent has sent before; “outbox cancel” takes it back",
    "outbox failed": "says what became of a message that nobody can know (test_undoing)",
    "outbox sent": "says what became of a message that nobody can know (test_undoing)",
    "reply answer": "needs a chat that shows answers (test_answering)",
    "reply silent": "needs a chat that has silent messages (test_delivery)",
    "suggestion accept": "undone by “customer unmerge” (test_hearsay)",
    "suggestion dismiss": "undone by “suggestion reopen” (test_hearsay)",
    "suggestion reopen": "undone by “suggestion dismiss” (test_hearsay)",
    "template from-message": "as “template from-reply” (test_templates)",
    "template from-reply": "writes a template file, which “template remove” takes away",
    "template save": "keeps what was there for its undoing (test_templates)",
    "template remove": "undone by “template save” (test_templates)",
}
"""What is not gone through here, and why that is no loss to anybody."""

TRACES = {"merged", "message_count", "conversation_count", "conversations", "account_id"}
"""What an undone deed may leave in JSON: counts with what was taken back, a merge's number."""


def face(office: Office) -> dict[str, Any]:
    """Everything that an agent could miss afterwards; not what was taken back, nor a matter with
    nothing in it."""
    desk = office.desk
    found: dict[str, Any] = {}
    for customer in customers.find(desk.db):
        shown = customer_json(desk, customer, full=True)
        for id_ in [one["id"] for one in shown["conversations"]]:
            known = messages.of_conversation(desk.db, id_)
            matter = conversation_json(desk, office.conversation(id_), messages=known)
            matter["messages"] = [m for m in matter["messages"] if m["state"] != "cancelled"]
            draft = drafts.get(desk.db, id_, "ann")
            held = asdict(draft) | {"updated_at": 0} if draft else None
            matter["unread"] = bool(conversations.unread(desk.db, "ann", [id_]))
            if matter["messages"]:
                found[f"conversation {id_}"] = matter
                found[f"draft {id_}"] = _without(held) if held else None
        for note in shown["notes"]:
            note.update(edited_at=None, edited_by=None)
        found[f"customer {customer.id}"] = _without(shown)
    return found


def _without(shown: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shown.items() if key not in TRACES}


@pytest.fixture
def busy(office: Office) -> Office:
    """Two customers; the first has written twice."""
    office.got(office.letter("Joe <joe@home.example>", "One"))
    office.got(office.letter("Joe <joe@home.example>", "Two", in_reply_to="m1@home.example"))
    office.got(office.letter("Bea <bea@work.example>", "Three", subject="Other"))
    return office


def filled(office: Office, line: str, file: Path) -> str:
    both = (ConversationId(1), ConversationId(2))
    known = [m.id for one in both for m in messages.of_conversation(office.desk.db, one)]
    return line.replace("{file}", str(file)).replace("{last}", str(max(known)))


def test_every_command_is_looked_at() -> None:
    names = {command.name for command in REGISTRY}
    assert names == set(UNDONE) | set(ASKS) | set(EXCEPTIONS)
    assert not set(EXCEPTIONS) & (set(UNDONE) | set(ASKS))


@pytest.mark.parametrize("name", UNDONE)
def test_what_it_does_can_be_undone(busy: Office, name: str, tmp_path: Path) -> None:
    file = tmp_path / "a file's name.txt"
    file.write_text("x")
    *before_it, line = UNDONE[name]
    assert line.startswith(name)
    for each in before_it:
        busy.do(1, filled(busy, each, file))
    before = face(busy)
    done = busy.do(1, filled(busy, line, file))
    assert done.undo
    assert face(busy) != before
    busy.do(1, done.undo)
    assert face(busy) == before


@pytest.mark.parametrize("name", ASKS)
def test_what_it_does_is_asked_about_first(busy: Office, name: str) -> None:
    before = face(busy)
    with pytest.raises((NeedsConfirmation, CommandError)):
        busy.do(1, ASKS[name])
    assert face(busy) == before
