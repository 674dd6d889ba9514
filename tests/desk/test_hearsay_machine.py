"""Whatever anybody types, in whatever order: no message and no address ever becomes another
customer's, and what an agent dismissed does not come back."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from connectors.contract import Address, Inbound, Received
from omnitui.desk.persons import suggest
from store import accounts, identities, suggestions
from store.blobs import for_database
from store.check import check
from store.model import Account, CustomerId
from tests.desk.leaving import Shop
from tests.desk.office import DAY, MINUTE
from tests.desk.visiting import Visitor

NAMES = ["Ann Lee", "Анна Лі", "Bob Stone"]
MAILS = ["ann@home.example", "bob@work.example", "аnn@home.example"]
PHONES = ["+380 67 123 45 67", "0671234568"]
TYPED = st.lists(
    st.sampled_from(
        [*MAILS, *PHONES, "order 12345", "№54321", *(f"my name is {name}" for name in NAMES)]
    ),
    max_size=4,
)
VISITORS = ["v_ann", "v_bob", "v_mallory"]
CHATS = ["77", "78", "-100"]


class Hearsay(RuleBasedStateMachine):
    """People write under their own addresses, forge others', and type whatever they like."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.context = Shop.opened(Path(self.directory.name))
        self.shop = self.context.__enter__()
        self.office = self.shop.office
        self.db = self.office.desk.db
        self.db.execute("PRAGMA synchronous = OFF")
        self.visitors = {name: Visitor(self.shop, name) for name in VISITORS}
        self.owners: dict[tuple[str, str], CustomerId] = {}
        self.messages: dict[int, CustomerId] = {}
        self.dismissed: set[int] = set()
        self.waiting: list[tuple[Account, Received]] = []
        self.one_by_one = True

    @initialize(one_by_one=st.booleans())
    def two_are_known(self, one_by_one: bool) -> None:
        self.one_by_one = one_by_one
        for sender in MAILS[:2]:
            self.take(self.office.letter(f"{NAMES[0]} <{sender}>", proofs=("dmarc",)))

    def teardown(self) -> None:
        self.together()
        assert check(self.db, for_database(self.db)) == []
        self.context.__exit__(None, None, None)
        self.directory.cleanup()

    def take(self, item: Received, account: Account | None = None) -> None:
        self.office.clock.pass_(MINUTE)
        home = account or self.office.mail
        if isinstance(item, Inbound) and item.chat and account is None:
            home = self.office.chat
        self.waiting.append((home, item))
        if self.one_by_one:
            self.together()

    def visit(self, item: Received) -> None:
        self.take(item, self.shop.account)

    @rule()
    def together(self) -> None:
        """What waits comes in batches, as the channels bring it."""
        batches: dict[int, list[Received]] = {}
        for account, item in self.waiting:
            batches.setdefault(account.id, []).append(item)
        self.waiting.clear()
        known = {one.id: one for one in accounts.all(self.db)}
        for id_, batch in batches.items():
            self.office.take(*batch, account=next(a for a in known.values() if a.id == id_))

    # -- what people do

    @rule(
        sender=st.sampled_from(MAILS), name=st.sampled_from(NAMES), typed=TYPED, signed=TYPED,
        proven=st.booleans(), elsewhere=st.sampled_from(["", *MAILS]),
    )  # fmt: skip
    def mails(
        self, sender: str, name: str, typed: list[str], signed: list[str], proven: bool,
        elsewhere: str,
    ) -> None:  # fmt: skip
        self.take(
            self.office.letter(
                f"{name} <{sender}>",
                " ".join(typed),
                signature="\n".join(signed),
                proofs=("dmarc",) if proven else (),
                reply_to=(Address(elsewhere),) if elsewhere else (),
            )
        )

    @rule(who=st.sampled_from(VISITORS), typed=TYPED)
    def chats(self, who: str, typed: list[str]) -> None:
        self.visit(self.visitors[who].says(" ".join(typed) or "hello"))

    @rule(who=st.sampled_from(VISITORS), typed=TYPED, name=st.sampled_from(NAMES))
    def fills_in(self, who: str, typed: list[str], name: str) -> None:
        fields = {f"f{n}": value for n, value in enumerate(typed)}
        self.visit(self.visitors[who].notice("form", fields={"name": name, **fields}))

    @rule(chat=st.sampled_from(CHATS), typed=TYPED, name=st.sampled_from(NAMES))
    def writes_in_telegram(self, chat: str, typed: list[str], name: str) -> None:
        line = self.office.line(chat, " ".join(typed) or "hi", proofs=("platform",))
        self.take(replace(line, sender=Address(chat, name)))

    @rule(chat=st.sampled_from(CHATS[:2]), phone=st.sampled_from(PHONES))
    def sends_a_card(self, chat: str, phone: str) -> None:
        media = {"kind": "contact", "phone": phone, "own": False}
        line = self.office.line(chat, phone, proofs=("platform",))
        self.take(replace(line, details={"media": media}))

    @rule(who=st.sampled_from(VISITORS), mail=st.sampled_from(MAILS))
    def asks_for_a_code(self, who: str, mail: str) -> None:
        self.visit(self.visitors[who].notice("verify", email=mail))

    @rule(who=st.sampled_from(VISITORS), code=st.sampled_from(["123456", "000000", "x"]))
    def guesses(self, who: str, code: str) -> None:
        self.visit(self.visitors[who].notice("verify", code=code))

    @rule(who=st.sampled_from(VISITORS))
    def opens_a_link_that_is_none(self, who: str) -> None:
        started = replace(self.visitors[who].notice("started"), text="omni" + "a" * 28)
        self.visit(started)

    @rule(days=st.sampled_from([0, 1, 40]))
    def time_passes(self, days: int) -> None:
        self.office.clock.pass_(days * DAY)

    @rule(data=st.data())
    def an_agent_says_that_they_are_two(self, data: st.DataObject) -> None:
        self.together()
        rows = self.db.execute("SELECT id FROM suggestions WHERE state = 'open'").fetchall()
        if not rows:
            return
        chosen = data.draw(st.sampled_from([row[0] for row in rows]))
        found = suggestions.get(self.db, chosen)
        rooms = self.db.execute(
            "SELECT id FROM conversations WHERE customer_id IN (?, ?)",
            (found.customer_id, found.other_id),
        ).fetchone()
        if rooms is not None:
            self.office.do(rooms[0], f"suggestion dismiss {chosen}")
            self.dismissed.add(chosen)

    # -- what never happens

    @invariant()
    def nobody_becomes_another(self) -> None:
        for channel, address, customer in self.db.execute(
            "SELECT channel, address, customer_id FROM identities"
        ):
            assert self.owners.setdefault((channel, address), customer) == customer
        for message, customer in self.db.execute("SELECT id, customer_id FROM messages"):
            assert self.messages.setdefault(message, customer) == customer
        assert self.db.execute("SELECT count(*) FROM merges").fetchone() == (0,)
        for message, channel, author in self.db.execute(
            "SELECT id, channel, author_address FROM messages WHERE direction = 'in'"
        ):
            known = identities.find(self.db, channel, author)
            assert known is not None
            assert known.customer_id == self.messages[message]

    @invariant()
    def agents_are_not_flooded_nor_asked_twice(self) -> None:
        asked: dict[frozenset[int], list[tuple[int, str]]] = {}
        for id_, one, other, state, reason in self.db.execute(
            "SELECT id, customer_id, other_id, state, reason FROM suggestions ORDER BY id"
        ):
            assert id_ not in self.dismissed or state == "dismissed"
            pair = asked.setdefault(frozenset((one, other)), [])
            pair.append((suggest.strength(reason, {}), state))
        for pair in asked.values():
            assert [state for _strength, state in pair].count("open") <= 1
            # What comes after an agent's no is better than what they said it to.
            weights = [strength for strength, _state in pair]
            assert weights == sorted(set(weights))
        for customer in set(self.owners.values()):
            made = suggestions.made_by(self.db, customer, suggest.HEARSAY)
            assert made <= suggest.MOST_CLAIMS


TestHearsay = Hearsay.TestCase
TestHearsay.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
