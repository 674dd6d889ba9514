"""config.toml → Config: what is right is understood, what is wrong is named with its place."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from config import relay_settings, settings
from config.home import find_home
from config.load import load
from config.model import (
    AgentSettings,
    DeskSettings,
    EmailAccount,
    Home,
    OAuthSettings,
    OtherAccount,
    ServerUrl,
    TelegramAccount,
)
from config.oauth_settings import OAUTH
from config.problems import ConfigError, Problem
from config.relay import RelayLimits, RelaySite
from config.secret_ref import SecretRef
from config.setting import Setting
from config.telegram_settings import TELEGRAM
from tests.config.conftest import Load, email

Problems = Callable[[str], tuple[Problem, ...]]


def test_without_a_file_there_are_defaults_and_no_accounts(tmp_path: Path) -> None:
    config = load(find_home(tmp_path / "nowhere"))
    assert config.path is None
    assert config.desk == DeskSettings()
    assert config.accounts == {}


def test_a_whole_file_is_understood(read: Load, home: Home) -> None:
    config = read(
        """
        [desk]
        name = "Acme support"
        engine = "service"
        language = "uk"
        timezone = "Europe/Kyiv"
        reopen_window = "1d 12h"
        undo_send = 0

        [accounts.support]
        channel = "email"
        address = "support@acme.example"
        name = "Acme"
        imap = "imap+starttls://support%40acme.example@mail.acme.example"
        smtp = "smtp://127.0.0.1:2525"
        password = "keyring:omnitui/support"
        folders = ["INBOX", "Orders"]
        tls_ca = "ca.pem"
        history = "2w"

        [accounts.bot]
        channel = "telegram"
        token = "env:TOKEN"
        base_url = "http://127.0.0.1:8081/bot/"

        [accounts.site]
        channel = "webchat"
        relay = "https://chat.acme.example"
        token = "file:/run/credentials/x"

        [accounts.pager]
        channel = "pager"
        address = "112"
        beeps = 3

        [views]
        "Refunds now" = "tag:refund"

        [macros]
        hello = "note hi"
        refund = ["tag add refund", "assign me"]

        [filters]
        shout = "tr 'a z' A"

        [keys.inbox]
        "<c-x>" = "close"

        [relay]
        listen = "[::1]:8800"
        [relay.limits]
        messages_per_minute = 5
        [relay.sites.acme]
        desk_token = "env:DESK"
        allowed_origins = ["https://Acme.example:8443"]
        """
    )
    assert config.desk.reopen_window == 36 * 3600
    assert config.desk.undo_send == 0
    support = config.accounts["support"]
    assert isinstance(support, EmailAccount)
    assert support.imap == ServerUrl(
        "imap+starttls", "mail.acme.example", 143, "support@acme.example"
    )
    assert support.imap.security == "starttls"
    assert support.smtp == ServerUrl("smtp", "127.0.0.1", 2525, "")
    assert support.password == SecretRef("keyring", "omnitui/support")
    assert support.folders == ("INBOX", "Orders")
    assert support.tls_ca == home.config / "ca.pem"
    assert support.history == 14 * 86400
    bot = config.accounts["bot"]
    assert bot == TelegramAccount(
        "bot",
        SecretRef("env", "TOKEN"),
        home.state / "telegram" / "bot.webhook",
        base_url="http://127.0.0.1:8081/bot",
    )
    assert bot.own_server
    assert config.accounts["pager"] == OtherAccount("pager", "pager", "112", options={"beeps": 3})
    assert config.views == {"Refunds now": "tag:refund"}
    assert config.macros == {"hello": ("note hi",), "refund": ("tag add refund", "assign me")}
    assert config.filters == {"shout": ("tr", "a z", "A")}
    assert config.keys.bindings == {"inbox": {"ctrl+x": "close"}}
    assert config.relay is not None
    assert config.relay.listen == ("::1", 8800)
    assert config.relay.limits == RelayLimits(messages_per_minute=5)
    assert config.relay.sites["acme"] == RelaySite(
        "acme", SecretRef("env", "DESK"), ("https://acme.example:8443",)
    )


def test_an_imap_url_without_a_user_uses_the_address(read: Load) -> None:
    config = read(email(imap='"imaps://mail.acme.example"', smtp='"smtps://mail.acme.example"'))
    support = config.accounts["support"]
    assert isinstance(support, EmailAccount)
    assert support.imap.user == "support@acme.example"
    assert support.smtp.user == ""


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("[desk]\nnmae = 'x'", 2, "desk.nmae", "Did you mean “name”"),
        ("[dsek]\nname = 'x'", 1, "dsek", "Did you mean “desk”"),
        ("name = 'x'", 1, "name", "[desk]"),
        ("desk = 3", 1, "desk", "needs a table, not a number"),
        ("[desk]\nundo_send = '5 parsecs'", 2, "desk.undo_send", "“5 parsecs” is no duration"),
        ("[desk]\nreopen_window = 72", 2, "desk.reopen_window", "unit"),
        ("[desk]\nreopen_window = '-1h'", 2, "desk.reopen_window", "no duration"),
        ("[desk]\nreopen_window = true", 2, "desk.reopen_window", "true or false"),
        ("[desk]\nreopen_window = '99999999999999999999999d'", 2, "desk.reopen_window", "hundred"),
        ("[desk]\nname = 5", 2, "desk.name", "needs a text in quotes, not a number"),
        ("[desk]\nname = 2020-01-01", 2, "desk.name", "not a date or time"),
        ("[desk]\nsend_on_enter = 'yes'", 2, "desk.send_on_enter", "without quotes"),
        ("[desk]\nengine = 'Service'", 2, "desk.engine", "Did you mean “service”"),
        ("[desk]\ntimezone = 'Europe/Kyev'", 2, "desk.timezone", "Did you mean “Europe/Kyiv”"),
        ("[desk]\ntimezone = '../etc/passwd'", 2, "desk.timezone", "is no time zone"),
        ("[desk]\ntimezone = 'Kyiv'", 2, "desk.timezone", "Europe/Kyiv"),
        ("[desk]\nlanguage = 'ua'", 2, "desk.language", "Did you mean “uk”"),
        ("[desk]\nlanguage = 'Polski'", 2, "desk.language", "Did you mean “pl”"),
        ("[accounts.x]\nchannel = 'emial'", 2, "accounts.x.channel", "Did you mean “email”"),
        ("[accounts.x]\naddress = 'a@b'", 1, "accounts.x", "“channel” is missing"),
        ("[accounts.'a b']\nchannel = 'sms'", 1, 'accounts."a b"', "letters"),
        ("accounts.x = 3", 1, "accounts.x", "needs a table"),
        ("[accounts.t]\nchannel='telegram'\ntokn='env:A'", 3, "accounts.t.tokn", "“token”"),
        ("[views]\nA = ''", 2, "views.A", "empty"),
        ("[macros]\n'a b' = 'close'", 2, 'macros."a b"', "letters"),
        ("[macros]\na = [1]", 2, "macros.a", "not a number"),
        ('[filters]\na = "tr \'a"', 2, "filters.a", "quote that does not end"),
        ("[filters]\na = []", 2, "filters.a", "empty"),
        ("[keys.inbxo]\nx = 'close'", 1, "keys.inbxo", "Did you mean “inbox”"),
        ("[keys.inbox]\nx = 4", 2, "keys.inbox.x", "needs a text"),
        ("[relay]\nlisten = 'here'", 2, "relay.listen", "127.0.0.1:8800"),
        ("[relay.limits]\nmessages_per_minute = 0", 2, "relay.limits.messages_per_minute", "1 to"),
        (
            "[relay.limits]\nmessage_per_minute = 9",
            2,
            "relay.limits.message_per_minute",
            "messages_",
        ),
        ("[relay.sites.a]\ndesk_token = 'env:A'", 1, "relay.sites.a", "allowed_origins"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    problems: Problems, home: Home, text: str, line: int, key: str, words: str
) -> None:
    (problem, *_rest) = found = problems(text)
    assert (problem.file, problem.line, problem.key) == (home.config_file, line, key)
    assert words in str(problem)
    assert len(found) <= 2
    assert "\n" not in str(problem)


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("imap", "imap://support@mail.acme.example", "loopback only"),
        ("imap", "http://mail.acme.example", "imap+starttls"),
        ("imap", "imap+ssl://mail.acme.example", "Did you mean imaps://"),
        ("imap", "imapss://mail.acme.example", "Did you mean imaps://"),
        ("imap", "mail.acme.example", "not a URL"),
        ("imap", "imaps://support@acme@mail.acme.example:x", "port"),
        ("imap", "imaps://mail.acme.example:0", "port 0"),
        ("imap", "imaps://", "no host"),
        ("imap", "imaps://mail.acme.example/INBOX", "after the host"),
        ("imap", "imaps://a b@mail.acme.example", "space"),
        ("imap", "imaps://[::1", "host or the port"),
        ("imap", "imaps://a%ff@mail.acme.example", "percent-encoded"),
        ("smtp", "imaps://mail.acme.example", "smtps://"),
        ("smtp", "smtp://127.0.0.1.evil.example", "unencrypted"),
        ("address", "support", "no e-mail address"),
        ("address", "Acme <support@acme.example>", "goes into `name`"),
        ("folders", "", "empty"),
    ],
)
def test_a_wrong_mail_setting_is_explained(
    problems: Problems, setting: str, value: str, words: str
) -> None:
    literal = f'"{value}"' if setting != "folders" else "[]"
    (problem,) = problems(email(**{setting: literal}))
    assert problem.key == f"accounts.support.{setting}"
    assert words in str(problem)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "[::1]", "x.localhost"])
def test_plain_connections_are_for_loopback(read: Load, host: str) -> None:
    config = read(email(imap=f'"imap://a@{host}:1143"', smtp=f'"smtp://{host}:1025"'))
    support = config.accounts["support"]
    assert isinstance(support, EmailAccount)
    assert support.imap.security == support.smtp.security == "plain"


@pytest.mark.parametrize(
    ("scheme", "port", "security"),
    [
        ("imaps", 993, "tls"),
        ("imap+starttls", 143, "starttls"),
        ("smtps", 465, "tls"),
        ("smtp+starttls", 587, "starttls"),
    ],
)
def test_a_scheme_has_its_port_and_security(
    read: Load, scheme: str, port: int, security: str
) -> None:
    setting = scheme[:4]
    support = read(email(**{setting: f'"{scheme}://u@h.example"'})).accounts["support"]
    url = getattr(support, setting)
    assert (url.port, url.security) == (port, security)


PLAIN = "hunter2-Очень-секретно"


@pytest.mark.parametrize(
    "text",
    [
        email(password=f'"{PLAIN}"'),
        email(smtp_password=f'"{PLAIN}"'),
        email(imap=f'"imaps://support:{PLAIN}@mail.acme.example"'),
        email(imap=f'"imaps://{PLAIN}@ @mail.acme.example"'),
        email(password=f'["{PLAIN}"]'),
        f"[accounts.b]\nchannel='telegram'\ntoken='{PLAIN}'",
        f"[relay.sites.a]\ndesk_token='{PLAIN}'\nallowed_origins=['https://a.example']",
        email(password='"env:hunter2 Очень-секретно"'),
    ],
)
def test_a_plain_secret_is_refused_and_never_repeated(problems: Problems, text: str) -> None:
    found = problems(text)
    shown = " ".join(f"{p} {p!r}" for p in found)
    assert "hunter2" not in shown
    assert "секретно" not in shown


def test_a_plain_password_is_told_how_to_move(problems: Problems) -> None:
    (problem,) = problems(email(password='"hunter2"'))
    assert problem.line == 6
    for way in ("omnitui init", "keyring set omnitui", "env:", "file:", "command:"):
        assert way in problem.hint


def test_everything_wrong_is_said_at_once_in_the_order_of_the_file(problems: Problems) -> None:
    found = problems(
        "[desk]\nnmae = 1\nundo_send = 'x'\n\n"
        + email(password="", imap='"x"', folders="1")
        + "[keys.inbox]\n'ctrl+h' = 'close'\n"
    )
    assert [p.line for p in found] == [2, 3, 5, 8, 10, 12]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[desk]\nname = x", 2, "quotes"),
        ("[desk]\nname", 2, "= is missing"),
        ("[desk]\nname = 'a'\nname = 'b'", 3, "given twice"),
        ("[desk]\n[desk]", 2, "opened twice"),
        ("[desk]\nname = 'a' 'b'", 2, "more on the line"),
        ("[desk]\nname = 'a", 2, "quote"),
        ("a = " + "[" * 5000, None, "nested too deeply"),
        ("a = " + "9" * 5000, None, "too long"),
    ],
)
def test_bad_toml_is_told_with_its_line(
    problems: Problems, text: str, line: int | None, words: str
) -> None:
    (problem,) = problems(text)
    assert problem.line == line
    assert words in str(problem)


def test_a_file_that_is_not_utf8_is_told_with_its_place(home: Home) -> None:
    home.config_file.write_bytes("[desk]\nname = 'Київ'".encode("cp1251"))
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        load(home)
    assert (caught.value.line, caught.value.first.column) == (2, 9)


def test_a_byte_order_mark_and_dos_lines_do_no_harm(home: Home) -> None:
    home.config_file.write_bytes(b"\xef\xbb\xbf[desk]\r\nname = 'a'\r\nnmae = 1\r\n")
    with pytest.raises(ConfigError) as caught:
        load(home)
    assert (caught.value.line, caught.value.key) == (3, "desk.nmae")


def test_a_directory_in_its_place_is_told(home: Home) -> None:
    home.config_file.mkdir()
    with pytest.raises(ConfigError, match="is a directory"):
        load(home)


def test_a_pipe_in_its_place_does_not_hang(home: Home) -> None:
    os.mkfifo(home.config_file)
    with pytest.raises(ConfigError, match="not a plain file"):
        load(home)


def test_an_unreadable_file_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.config_file.write_text("")
    home.config_file.chmod(0)
    if os.geteuid() == 0:  # root reads anything: let somebody else try
        home.config.chmod(0o755)
        for parent in list(home.config.parents)[:-1]:
            parent.chmod(parent.stat().st_mode | 0o011)
        os.seteuid(65534)
    try:
        with pytest.raises(ConfigError, match="may not read"):
            load(home)
    finally:
        if os.getuid() == 0:
            os.seteuid(0)


def test_a_file_where_the_home_should_be_is_like_no_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    assert load(find_home(tmp_path / "f")).path is None


def test_doubtful_keys_are_warnings(read: Load) -> None:
    config = read("[keys.reply]\n'alt+enter' = 'reply send'\n")
    (warning,) = config.warnings
    assert (warning.line, warning.severity) == (2, "warning")
    assert config.keys.bindings == {"reply": {"alt+enter": "reply send"}}


def test_every_field_has_its_setting() -> None:
    def keys(table: tuple[Setting, ...]) -> set[str]:
        return {setting.into for setting in table}

    names = {f.name for f in fields(DeskSettings)}
    assert names == keys(settings.DESK)
    own = {"name", "channel", "oauth"}
    assert {f.name for f in fields(OAuthSettings)} - {"token_file"} == keys(OAUTH)
    assert {f.name for f in fields(EmailAccount)} - own == keys(settings.EMAIL) - {"channel"}
    own = {"name", "channel", "webhook_secret_file"}
    assert {f.name for f in fields(TelegramAccount)} - own == keys(TELEGRAM) - {"channel"}
    assert {f.name for f in fields(RelayLimits)} == keys(relay_settings.RELAY_LIMITS)
    assert {f.name for f in fields(RelaySite)} - {"name"} == keys(relay_settings.RELAY_SITE)


def test_documented_defaults_are_the_real_ones() -> None:
    import tomllib

    for table, kind in ((settings.DESK, DeskSettings), (relay_settings.RELAY_LIMITS, RelayLimits)):
        for setting in table:
            if setting.default and not setting.required:
                value = tomllib.loads(f"v = {setting.example}")["v"]
                assert setting.read(value) == getattr(kind(), setting.into), setting.key
    for table, account in ((settings.EMAIL, EmailAccount), (TELEGRAM, TelegramAccount)):
        defaults = {f.name: f.default for f in fields(account)}
        for setting in table:
            if setting.default and not setting.required:
                value = tomllib.loads(f"v = {setting.example}")["v"]
                assert setting.read(value) == defaults[setting.into], setting.key


# -- who writes ------------------------------------------------------------------------------


def test_how_replies_are_written_is_per_account_and_agent(read: Load) -> None:
    config = read(
        email(
            sender_name='"{company}"',
            signature=r'"{signature}\n{company} · {desk}"',
            quote='"last"',
            plus_address="true",
            delivery_reports="false",
        )
        + '[agents.ivan]\nname = "Іван П."\nsignature = "{agent}\\nсервіс"\n[agents.bea]\n'
    )
    account = config.accounts["support"]
    assert isinstance(account, EmailAccount)
    assert (account.sender_name, account.quote) == ("{company}", "last")
    assert (account.plus_address, account.delivery_reports) == (True, False)
    assert config.agents["ivan"] == AgentSettings("Іван П.", "{agent}\nсервіс")
    assert config.agents["bea"] == AgentSettings()
    usual = read(email()).accounts["support"]
    assert isinstance(usual, EmailAccount)
    assert (usual.sender_name, usual.quote) == ("{agent} via {company}", "none")
    assert (usual.plus_address, usual.delivery_reports) == (False, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (email(sender_name='"{agnet} via us"'), "{agnet} stands for nothing here.* “{agent}”"),
        (email(sender_name=r'"a\nb"'), "one line"),
        (email(quote='"all"'), "all"),
        ('[agents.ivan]\nsignature = "{signature}"\n', "{signature} stands for nothing here"),
        ("[agents.ivan]\nsignatur = 'x'\n", "Did you mean “signature”"),
        ("[agents]\nivan = 'x'\n", "needs a table"),
    ],
)
def test_what_stands_for_nothing_is_named(problems: Problems, text: str, words: str) -> None:
    (problem,) = problems(text)
    assert re.search(words, f"{problem.sentence} {problem.hint}")
