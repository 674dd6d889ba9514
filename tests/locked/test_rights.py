"""What a role may do is asked wherever a command line is run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.access import Access, Role
from config.model import TeamSettings
from omnitui.desk.commands import run
from omnitui.desk.context import Desk
from omnitui.desk.rights import NotPermitted, require_verb
from omnitui.desk.session import OwnDraft, Session
from omnitui.desk.visiting import presence
from store.driver import Connection
from store.model import ConversationId
from tests.tui.shell.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop.at(tmp_path, macros={"done": ("tag add done", "close")})
    shop.arrive("Olena Koval", "Where is my order 17?")
    return shop


def do(
    shop: Shop, role: Role | Access, *lines: str, agent: str = "ann", many: bool = False
) -> None:
    access = role if isinstance(role, Access) else Access(role=role)
    config = replace(shop.config, access=access)

    def work(db: Connection) -> None:
        for line in lines:
            run(
                Session(
                    Desk(db, config, agent),
                    ConversationId(1),
                    OwnDraft(),
                    many=many,
                    confirmed=True,
                ),
                line,
            )

    shop.write(work)


@pytest.mark.parametrize("line", ["close", "tag add x", "note Hello", "mark read", "done",
                                  "macro done", "batch '[\"close\"]'", "reply set x"])  # fmt: skip
def test_a_reader_changes_nothing(shop: Shop, line: str) -> None:
    with pytest.raises(NotPermitted, match="You may look, not write"):
        do(shop, "reader", line)
    do(shop, "agent", line)


def test_what_cannot_be_taken_back_is_a_supervisor_s(shop: Shop) -> None:
    for line in ("customer erase Olena Koval", "customer export x.zip"):
        with pytest.raises(NotPermitted, match="Only a supervisor may"):
            do(shop, "agent", line)
    do(shop, "supervisor", "customer erase Olena Koval")


def test_others_conversations_are_given_away_one_by_one(shop: Shop) -> None:
    do(shop, "agent", "assign ann", many=True)
    do(shop, "agent", "assign bob", many=True)
    for line in ("unassign", "assign back bob none", "assign back bob carol"):
        with pytest.raises(NotPermitted, match="give away several"):
            do(shop, "agent", line, many=True)
    do(shop, "supervisor", "unassign", many=True)


def test_verbs_ask_too() -> None:
    require_verb(Access(role="reader"), "show")
    with pytest.raises(NotPermitted):
        require_verb(Access(role="reader"), "do")
    with pytest.raises(NotPermitted):
        require_verb(Access(role="agent"), "retention")
    require_verb(Access(role="supervisor"), "audit")


def test_who_only_looks_is_not_there_for_customers(shop: Shop) -> None:
    config = replace(shop.config, team=TeamSettings(readers=("eye",)))

    def there(db: Connection) -> list[str]:
        for agent in ("eye", "ann"):
            desk = Desk(db, config, agent)
            presence.beat(desk, "screen", desk.now())
        return presence.there(Desk(db, config, "engine"))

    assert shop.write(there) == ["ann"]


def test_who_may_send_no_reply_sends_none_by_another_command(shop: Shop) -> None:
    templates = shop.config.home.templates
    templates.mkdir(parents=True, exist_ok=True)
    (templates / "thanks.md").write_text("Thank you.")
    trainee = Access(role="agent", locked=True, without=frozenset({"reply send"}))
    for lines in (("reply set Good day", "reply send"), ("reply with thanks",)):
        with pytest.raises(NotPermitted, match="“reply send” is off here"):
            do(shop, trainee, *lines)
    do(shop, replace(trainee, without=frozenset()), "reply with thanks")
