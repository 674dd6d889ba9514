"""The desk's key is the engine's: an agent's reply gets its token when the engine claims it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from config.model import Home, TeamSettings
from omnitui.desk.context import Desk
from omnitui.desk.replying import outbox, reply_token
from omnitui.desk.replying.reply import queue
from store import accounts, conversations, messages
from store import outbox as store_outbox
from store.database import transaction
from store.model import ConversationId, CustomerId, OutboxEntry
from tests.desk.office import Office


def two_sides(office: Office, directory: Path) -> tuple[Desk, Desk]:
    """The same desk as the engine has it, and as an agent's process has it."""
    engine_home = office.desk.config.home
    team = TeamSettings(state=engine_home.state)
    engine = replace(office.desk, agent="engine", config=replace(office.desk.config, team=team))
    own = Home(engine_home.config, engine_home.data, directory / "ann" / "omnitui")
    return engine, replace(engine, agent="ann", config=replace(engine.config, home=own))


def claimed(engine: Desk) -> list[OutboxEntry]:
    account = accounts.get(engine.db, "support").id
    found = store_outbox.claim_heads(engine.db, account, engine.now(), by_recipient=False, limit=9)
    return [reply_token.signed(engine, entry) for entry in found]


def test_an_agent_of_a_team_has_no_key_and_makes_none(office: Office, tmp_path: Path) -> None:
    engine, agent = two_sides(office, tmp_path)
    token = reply_token.sign(engine, ConversationId(7))
    assert token
    assert reply_token.sign(agent, ConversationId(7)) == ""
    assert reply_token.verify(agent, token) is None
    assert reply_token.derived_key(agent, "one-time codes") == b""
    assert not agent.config.home.state.exists()


def test_the_engine_signs_what_it_claims(office: Office, tmp_path: Path) -> None:
    engine, agent = two_sides(office, tmp_path)
    first = office.got(office.letter())
    with transaction(agent.db):
        message_id = queue(agent, first.conversation_id, "Dear Joe", undo_delay=0)
    waiting = store_outbox.get(agent.db, message_id)
    assert waiting.key.startswith("omnitui.unsigned.")
    assert reply_token.token_of(waiting.key) == ""
    with transaction(engine.db):
        (entry,) = claimed(engine)
    token = reply_token.token_of(entry.key)
    assert reply_token.verify(engine, token) == first.conversation_id
    # Stored as it leaves, with the claim.
    stored = store_outbox.get(engine.db, message_id)
    assert (stored.key, stored.state) == (entry.key, "sending")
    assert messages.get(engine.db, message_id).external_id == entry.key
    out = outbox.outgoing(engine, stored)
    assert (out.key, out.reply_token) == (entry.key, token)
    # Once: another try of it goes by the same id.
    with transaction(engine.db):
        store_outbox.retry_at(engine.db, message_id, office.clock.at, "later")
        assert [one.key for one in claimed(engine)] == [entry.key]


def test_a_claim_that_is_rolled_back_leaves_the_id_as_it_was(
    office: Office, tmp_path: Path
) -> None:
    engine, agent = two_sides(office, tmp_path)
    first = office.got(office.letter())
    with transaction(agent.db):
        message_id = queue(agent, first.conversation_id, "Dear Joe", undo_delay=0)
    before = store_outbox.get(agent.db, message_id).key
    engine.db.execute("BEGIN IMMEDIATE")
    assert claimed(engine)[0].key != before
    engine.db.execute("ROLLBACK")
    assert store_outbox.get(engine.db, message_id).key == before


def test_a_mail_that_waits_behind_it_answers_the_id_that_left(
    office: Office, tmp_path: Path
) -> None:
    engine, agent = two_sides(office, tmp_path)
    first = office.got(office.letter())
    conversation = _written_first(agent, office.conversation(first.conversation_id).customer_id)
    with transaction(agent.db):
        one = queue(agent, conversation, "One", to=["joe@home.example"], undo_delay=0,
                    confirm_new=True, account="support")  # fmt: skip
        two = queue(agent, conversation, "Two", to=["joe@home.example"], undo_delay=60,
                    confirm_new=True, account="support")  # fmt: skip
    unsigned = store_outbox.get(agent.db, one).key
    assert messages.get(agent.db, two).details["in_reply_to"] == unsigned
    with transaction(engine.db):
        (entry,) = claimed(engine)
    details = messages.get(engine.db, two).details
    assert details["in_reply_to"] == entry.key
    assert details["references"][-1] == entry.key


def _written_first(agent: Desk, customer: CustomerId) -> ConversationId:
    with transaction(agent.db):
        return conversations.create(
            agent.db,
            customer,
            subject="Your order",
            account_id=accounts.get(agent.db, "support").id,
            at=agent.now(),
        )


def test_a_mail_whose_answer_finds_no_conversation_is_never_signed(office: Office) -> None:
    first = office.got(office.letter())
    entry = office.entry(office.reply(first.conversation_id, "Hello"))
    bare = replace(entry, key=reply_token.message_id(office.desk, None, "acme.example"))
    assert reply_token.signed(office.desk, bare) == bare
