"""One matter over chat, e-mail and Telegram, by proof at both ends, and nobody asked twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail

import pytest
from playwright.sync_api import Browser, expect

from tests.servers.bot_api.server import BotApi
from tests.servers.dovecot import Dovecot, Mailbox, mail
from tests.servers.smtp import SmtpServer
from tests.webchat.chat import Visitor
from tests.webchat.conftest import Profile, Visits, hosts
from tests.webchat.pages import Pages
from tests.webchat.shop import Shop

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("webchat-going-on")]


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    made = Pages()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def support(dovecot: Dovecot) -> Mailbox:
    return dovecot.user()


@pytest.fixture(scope="module")
def bot() -> Iterator[BotApi]:
    server = BotApi()
    try:
        yield server.start()
    finally:
        server.close()
    assert not server.problems, server.problems


@pytest.fixture(scope="module")
def shop(
    tmp_path_factory: pytest.TempPathFactory, pages: Pages, dovecot: Dovecot, support: Mailbox,
    bot: BotApi,
) -> Iterator[Shop]:  # fmt: skip
    """With a mailbox and a bot, and mails that go after visitors within seconds."""
    smtp = SmtpServer(dovecot).start()
    user = support.address.replace("@", "%40")
    directory = tmp_path_factory.mktemp("shop")
    for name, value in (("mail-password", support.password), ("bot-token", bot.bot.token)):
        (directory / name).write_text(value)
        (directory / name).chmod(0o600)
    made = Shop(
        directory / "desk",
        [pages.origin],
        site=f'page = "{pages.url("csp")}"\nfollow_up_after = "1s"\nfollow_up_every = "1s"\n',
        more=f"""
[accounts.support]
channel = "email"
address = "{support.address}"
name = "Acme support"
imap = "imaps://{user}@localhost:{dovecot.imaps_port}"
smtp = "smtp+starttls://{user}@localhost:{smtp.port}"
password = "file:{directory / "mail-password"}"
tls_ca = "{dovecot.certificate.cert}"

[accounts.bot]
channel = "telegram"
token = "file:{directory / "bot-token"}"
base_url = "{bot.base_url}"
greeting = ""
poll_timeout = 5
""",
    )
    pages.relay = made.url
    try:
        yield made.start()
    finally:
        made.close()
        smtp.close()


def _mails(shop: Shop, mailbox: Mailbox, count: int) -> list[Mail]:
    """Wait for so many, and read them."""
    found = shop.eventually(lambda: len(mailbox.messages()) >= count and mailbox.messages())
    assert found
    assert len(found) == count
    return [message_from_bytes(raw) for raw in found]


def _text(letter: Mail) -> str:
    part = next(part for part in letter.walk() if part.get_content_type() == "text/plain")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()


def _answered(letter: Mail, by: Mailbox, text: str) -> bytes:
    return mail(
        f"Olena <{by.address}>", str(letter["From"]), f"Re: {letter['Subject']}", text,
        In_Reply_To=str(letter["Message-ID"]), References=str(letter["Message-ID"]),
    )  # fmt: skip


@dataclass(frozen=True)
class Gone:
    """Somebody who has left the page while the agent was writing to them."""

    visitor: Visitor
    mailbox: Mailbox
    conversation: int
    customer: int
    answers: tuple[int, ...]


@pytest.fixture(scope="module", autouse=True)
def gone(browser: Browser, pages: Pages, shop: Shop, dovecot: Dovecot) -> Iterator[Gone]:
    """The relay waits ten seconds whether a visitor comes back: meanwhile the others run."""
    olena = dovecot.user()
    url = pages.url(jwt=shop.identity("olena", email=olena.address, name="Olena"))
    profile = Profile.new(browser)
    with closing(profile.context) as context:
        watch = profile.watch
        watch.begin(*hosts(pages, shop))
        visitor = Visitor(context, watch, profile.page, shop, url)
        visitor.page.goto(url)
        visitor.chat.open().says("Is the shed in stock?")
        message = shop.arrived("Is the shed in stock?")
        conversation = message.conversation_id
        # Seen in the chat: not mailed.
        seen = shop.answers(conversation, "Let me look.")
        visitor.chat.sees("Let me look.")
        shop.eventually(lambda: shop.details(seen).get("read_at"))
        visitor.page.close()
        answers = [
            shop.answers(conversation, text)
            for text in ("Yes, **two** of them.", "Shall I reserve one?")
        ]
        yield Gone(visitor, olena, conversation, message.customer_id, tuple(answers))
        watch.check()


def test_a_one_time_code_proves_an_address(visits: Visits, shop: Shop, dovecot: Dovecot) -> None:
    petro = dovecot.user()
    visitor = visits()
    visitor.chat.open().says("I am Petro.")
    message = shop.arrived("I am Petro.")
    visitor.chat.chooses("notify")
    visitor.chat.fills_in("code_send", email=petro.address)
    (letter,) = _mails(shop, petro, 1)
    (code,) = set(re.findall(r"\b\d{6}\b", _text(letter)))
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    visitor.chat.fills_in("code_check", code=wrong)
    expect(visitor.chat.window.locator(".panel").get_by_role("alert")).to_be_visible()
    assert not [one for one in shop.identities(message.customer_id) if one[0] == "email"]
    visitor.chat.fills_in("code_check", code=code)
    expect(visitor.chat.window.get_by_role("alert").filter(has_text="@")).to_be_visible()
    shop.eventually(
        lambda: ("email", petro.address, "code") in shop.identities(message.customer_id)
    )
    assert "verified" in shop.chat_events(message.conversation_id)
    # Spent: nobody proves anything with it any more.
    thief = visits()
    thief.chat.open().says("I am Petro, too.")
    other = shop.arrived("I am Petro, too.")
    thief.chat.chooses("notify")
    thief.chat.fills_in("code_send", email=petro.address)
    thief.chat.fills_in("code_check", code=code)
    expect(thief.chat.window.locator(".panel").get_by_role("alert")).to_be_visible()
    assert not [one for one in shop.identities(other.customer_id) if one[0] == "email"]
    # The chat's text, to the proven address.
    before = len(petro.messages())
    visitor.chat.chooses("transcript")
    copy = _mails(shop, petro, before + 1)[-1]
    assert "I am Petro." in _text(copy)
    assert "I am Petro, too." not in _text(copy)


def test_from_the_chat_to_telegram(visits: Visits, shop: Shop, bot: BotApi) -> None:
    visitor = visits()
    visitor.chat.open().says("Can we go on in Telegram?")
    message = shop.arrived("Can we go on in Telegram?")
    shop.eventually(lambda: shop.capability("bot", "link"))
    shop.command(message.conversation_id, "link bot", "reply send")
    link = visitor.chat.sees("t.me/").get_by_role("link")
    payload = str(link.get_attribute("href")).partition("?start=")[2]
    phone = bot.user("Marko")
    phone.starts(payload)
    phone.says("Here I am.")
    arrived = shop.arrived("Here I am.")
    assert (arrived.conversation_id, arrived.customer_id) == (
        message.conversation_id, message.customer_id)  # fmt: skip
    # A second opening of the same link is somebody else.
    thief = bot.user("Eve")
    thief.starts(payload)
    thief.says("Me too!")
    assert shop.arrived("Me too!").customer_id != message.customer_id


def test_from_telegram_to_the_chat(visits: Visits, shop: Shop, bot: BotApi) -> None:
    phone = bot.user("Nadia")
    phone.starts()
    phone.says("I am at a computer now.")
    message = shop.arrived("I am at a computer now.")
    shop.eventually(lambda: shop.capability("site", "link"))
    shop.command(message.conversation_id, "link site", "reply send")
    shop.eventually(lambda: phone.hears())
    url = re.search(r"http://\S+#omnitui=[\w-]+", phone.hears()[-1].text)
    assert url, phone.hears()[-1].text
    visitor = visits("csp")
    visitor.page.goto("about:blank")
    visitor.page.goto(url[0])
    expect(visitor.chat.box).to_be_visible()  # it opens by itself
    assert "omnitui" not in visitor.page.url
    visitor.chat.says("Now by keyboard.")
    arrived = shop.arrived("Now by keyboard.")
    assert (arrived.conversation_id, arrived.customer_id) == (
        message.conversation_id, message.customer_id)  # fmt: skip
    # They see their own chat, never what they said elsewhere.
    visitor.chat.shows(["Now by keyboard."])
    shop.answers(message.conversation_id, "Welcome here, too.")
    visitor.chat.sees("Welcome here, too.")


def test_who_has_left_is_answered_by_mail_and_answers_by_mail(
    shop: Shop, support: Mailbox, gone: Gone
) -> None:
    olena, known = gone.mailbox, (gone.conversation, gone.customer)
    shop.eventually(lambda: not shop.visit(gone.customer).online)
    (letter,) = _mails(shop, olena, 1)
    assert "two" in _text(letter)
    assert "Shall I reserve one?" in _text(letter)
    assert "Let me look." not in _text(letter)
    assert olena.address in str(letter["To"])
    for one in gone.answers:
        assert shop.details(one).get("followed_up")
    support.deliver(_answered(letter, olena, "Please do.\n"), sender=olena.address)
    answer = shop.arrived("Please do.")
    assert (answer.conversation_id, answer.customer_id) == known
    # Back in the chat they see all that was said there, and go on; nothing is mailed again.
    tab = gone.visitor.second_tab(gone.visitor.address)
    tab.opened().sees("Shall I reserve one?")
    tab.says("I am back in the chat.")
    again = shop.arrived("I am back in the chat.")
    assert (again.conversation_id, again.customer_id) == known
    assert len(olena.messages()) == 1
