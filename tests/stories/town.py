"""A shop with every channel it has, each on its real server: a mailbox, a bot, a web chat."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from omnitui.desk.context import Desk
from omnitui.desk.customers import card
from omnitui.desk.replying.proposal import Proposal, propose
from store import conversations, customers, identities, messages, suggestions
from store.model import Conversation, ConversationId, CustomerId, Message, Suggestion
from tests.servers.bot_api.server import BotApi
from tests.servers.dovecot import Mailbox, mail
from tests.servers.forked import Forked, fork
from tests.servers.smtp import SmtpServer
from tests.webchat.shop import Shop
from tests.webchat_outside.widget import ORIGIN

AUTHSERV = "mx.example.test"
"""Who writes the Authentication-Results that the desk believes."""
A_MONTH = 31 * 24 * 3600 * 1000

_MORE = """
[accounts.support]
channel = "email"
address = "{address}"
name = "Acme support"
imap = "imaps://{user}@localhost:{imap}"
smtp = "smtp+starttls://{user}@localhost:{smtp}"
password = "file:{password}"
tls_ca = "{ca}"
trusted_authserv = "{authserv}"
poll = 1

[accounts.bot]
channel = "telegram"
token = "file:{token}"
base_url = "{bot}"
"""
_FORM = '[{ name = "name" }, { name = "email", type = "email" }, { name = "phone", type = "tel" }]'
PRELOAD = (
    "connectors.email.connector",
    "connectors.telegram.connector",
    "connectors.webchat.connector",
    "connectors.webchat.relay.app",
    "omnitui.cli.relay",
)
_SITE = """
follow_up_after = "1s"
follow_up_every = "1s"
"""


class Town(Shop):
    """The desk, its engine and its relay as processes; who lives here are the tests' people."""

    def __init__(self, directory: Path, mailbox: Mailbox, smtp: SmtpServer, bot: BotApi) -> None:
        self.mailbox = mailbox
        self.bot = bot
        directory.parent.mkdir(parents=True, exist_ok=True)
        secrets = {"password": mailbox.password, "bot-token": bot.token}
        for name, value in secrets.items():
            path = directory.parent / name
            path.write_text(value)
            path.chmod(0o600)
        more = _MORE.format(
            address=mailbox.address,
            user=mailbox.address.replace("@", "%40"),
            imap=mailbox.server.imaps_port,
            smtp=smtp.port,
            password=directory.parent / "password",
            ca=mailbox.server.certificate.cert,
            authserv=AUTHSERV,
            token=directory.parent / "bot-token",
            bot=bot.base_url,
        )
        super().__init__(directory, [ORIGIN], site=_SITE, more=more)
        config = directory / "config.toml"
        config.write_text(
            config.read_text().replace("offline_form = []", f"offline_form = []\nform = {_FORM}", 1)
        )

    def _process(self, verb: str) -> Forked:
        with (self.directory / f"{verb}.log").open("ab") as log:
            return fork(
                "tests.stories.hurried", str(self.directory), verb,
                stdout=log.fileno(), stderr=log.fileno(), start_new_session=True, preload=PRELOAD,
            )  # fmt: skip

    def opened(self) -> Town:
        """All channels work."""
        self.start()
        names = {"site", "support", "bot"}

        def online() -> bool:
            found = self.look(lambda db: db.execute("SELECT name, state FROM accounts").fetchall())
            return names <= {name for name, state in found if state == "online"}

        self.eventually(lambda: (self.directory / "desk.sqlite").exists())
        self.eventually(online)
        return self

    # What the people of the town do

    def post(
        self,
        sender: str,
        subject: str,
        text: str,
        *,
        answers: EmailMessage | None = None,
        proven: bool = False,
        **headers: str,
    ) -> None:
        """A mail to the shop. `proven`: as our own server saw it, DMARC passes."""
        self.a_second_passes()
        address = sender.rpartition("<")[2].strip(">")
        if proven:
            domain = address.partition("@")[2]
            headers["Authentication_Results"] = f"{AUTHSERV}; dmarc=pass header.from={domain}"
        if answers is not None:
            headers["In_Reply_To"] = headers["References"] = str(answers["Message-ID"])
        raw = mail(sender, self.mailbox.address, subject, text, **headers)
        self.mailbox.deliver(raw, sender=address)

    def letters(self, mailbox: Mailbox, count: int) -> list[EmailMessage]:
        """What came to somebody, once there are so many."""
        self.eventually(lambda: len(mailbox.messages()) >= count)
        return [message_from_bytes(raw, policy=policy.default) for raw in mailbox.messages()]

    # What is on the agent's screen

    def proposal(self, conversation: int) -> Proposal:
        room = ConversationId(conversation)
        return self.write(lambda desk: propose(desk, conversations.get(desk.db, room)))

    def goes_to(self, conversation: int) -> str:
        return self.proposal(conversation).account.name

    def life(self, customer: int) -> list[Message]:
        """The customer's whole timeline."""
        return self.look(lambda db: messages.timeline(db, CustomerId(customer), limit=200))

    def rooms(self, customer: int) -> list[Conversation]:
        return self.look(lambda db: conversations.of_customer(db, CustomerId(customer)))

    def now(self, customer: int) -> CustomerId:
        """Who a customer has become part of, if anybody."""
        return self.look(lambda db: customers.current(db, CustomerId(customer)))

    def people(self) -> list[int]:
        return [one.id for one in self.look(lambda db: customers.find(db, ""))]

    def addresses(self, customer: int) -> dict[tuple[str, str], str]:
        """Each with its proof."""
        found = self.look(lambda db: identities.of(db, CustomerId(customer)))
        return {(one.channel, one.address): one.proof for one in found}

    def suggested(self, customer: int) -> list[Suggestion]:
        return self.look(lambda db: suggestions.of_customer(db, CustomerId(customer)))

    def card(self, customer: int) -> card.CardFacts:
        return self.write(lambda desk: card.card(desk, CustomerId(customer)))

    def a_second_passes(self) -> None:
        """IMAP and Telegram tell whole seconds: who answers us within ours is shown before us."""
        ours = int(time.time())
        self.eventually(lambda: int(time.time()) > ours)

    def a_month_passes(self, conversation: int) -> None:
        """Since it was closed."""

        def age(desk: Desk) -> None:
            desk.db.execute(
                "UPDATE conversations SET closed_at = closed_at - ? WHERE id = ?",
                (A_MONTH, conversation),
            )

        self.write(age)


def words(letter: EmailMessage) -> str:
    """A mail's plain text."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(text: str) -> str:
    """The payload of the one-time link in a text."""
    found = re.search(r"omni[A-Za-z0-9]{28}", text)
    assert found, text
    return found[0]


@contextmanager
def town(directory: Path, mailbox: Mailbox, smtp: SmtpServer, bot: BotApi) -> Iterator[Town]:
    made = Town(directory, mailbox, smtp, bot)
    try:
        yield made.opened()
    finally:
        made.close()
