"""`omnitui init` against real servers, on a terminal and in scripts."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from config.model import EmailAccount, Home, ServerUrl
from config.secrets import resolve
from omnitui.cli.init_questions import complete
from tests.config.conftest import email
from tests.config.piped import omnitui
from tests.config.terminal import Terminal
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.usefixtures("no_keyring")

Flags = Callable[..., list[str]]


@pytest.fixture
def flags(home: Home, mailbox: Mailbox, smtp_server: SmtpServer) -> Flags:
    """The command line that sets the mailbox up, with `changes` to single options."""

    def make(**changes: str) -> list[str]:
        user = mailbox.address.replace("@", "%40")
        options = {
            "address": mailbox.address,
            "name": "Acme support",
            "imap": f"imaps://{user}@localhost:{mailbox.server.imaps_port}",
            "smtp": f"smtp+starttls://{user}@localhost:{smtp_server.port}",
            "tls-ca": str(mailbox.server.certificate.cert),
            "password-from": "-",
            **changes,
        }
        given = [part for key, value in options.items() if value for part in (f"--{key}", value)]
        return ["--home", str(home.config), "init", *given]

    return make


def files(home: Home) -> set[str]:
    return {str(p.relative_to(home.config)) for p in home.config.rglob("*") if p.is_file()}


@pytest.mark.real
def test_a_script_sets_a_desk_up(flags: Flags, home: Home, mailbox: Mailbox) -> None:
    done = omnitui(*flags(), "--yes", answers=mailbox.password + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    account = load(home).accounts["user" + mailbox.address[4:].partition("@")[0]]
    assert isinstance(account, EmailAccount)
    assert account.address == mailbox.address
    assert account.display_name == "Acme support"
    assert account.imap.user == mailbox.address
    assert account.tls_ca == mailbox.server.certificate.cert
    assert account.password is not None
    assert resolve(account.password) == mailbox.password
    kept = Path(account.password.value)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert str(kept) in done.stdout
    assert mailbox.password not in (done.stdout + done.stderr).replace(str(kept), "")
    assert f'"{mailbox.password}"' not in home.config_file.read_text()
    assert stat.S_IMODE(home.config_file.stat().st_mode) == 0o600
    doctor = omnitui("--home", str(home.config), "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "IMAP" in doctor.stdout


@pytest.mark.real
def test_a_reference_is_kept_as_it_is(flags: Flags, home: Home, mailbox: Mailbox) -> None:
    os.environ["SUPPORT_PW"] = mailbox.password
    try:
        done = omnitui(*flags(**{"password-from": "env:SUPPORT_PW"}), "--account", "x", "--yes")
    finally:
        del os.environ["SUPPORT_PW"]
    assert done.returncode == 0, done.stderr
    assert str(load(home).accounts["x"].password) == "env:SUPPORT_PW"  # type: ignore[union-attr]
    assert files(home) == {"config.toml"}


@pytest.mark.real
def test_a_wrong_password_stops_a_script_and_writes_nothing(flags: Flags, home: Home) -> None:
    done = omnitui(*flags(), "--yes", answers="hunter2\n")
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert "✗" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert files(home) == set()


@pytest.mark.real
def test_what_others_wrote_is_kept(flags: Flags, home: Home, mailbox: Mailbox) -> None:
    before = "# ours, by hand\n[desk]\nname = 'Acme' # short\n\n" + email()
    home.config_file.write_text(before, encoding="utf-8")
    home.config_file.chmod(0o640)
    done = omnitui(*flags(), "--account", "second", "--yes", answers=mailbox.password + "\n")
    assert done.returncode == 0, done.stderr
    text = home.config_file.read_text(encoding="utf-8")
    assert text.startswith(before)
    assert set(load(home).accounts) == {"support", "second"}
    assert stat.S_IMODE(home.config_file.stat().st_mode) == 0o640


@pytest.mark.real
def test_on_a_terminal_a_wrong_password_is_asked_again(
    flags: Flags, home: Home, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    arguments = flags(address="", name="", imap="", smtp="", **{"password-from": ""})
    with Terminal(*arguments) as terminal:
        terminal.answer("E-mail address", "support")
        terminal.wait_for("is no e-mail address")
        terminal.answer("E-mail address", mailbox.address)
        terminal.answer("Name that customers see [Example]")
        terminal.answer("IMAP server", f"localhost:{mailbox.server.imaps_port}")
        terminal.answer("SMTP server", "smtps://a:b@localhost")
        terminal.wait_for("must not stand in a URL")
        user = mailbox.address.replace("@", "%40")
        terminal.answer("SMTP server", f"smtp+starttls://{user}@localhost:{smtp_server.port}")
        terminal.answer("Password of", "hunter2")
        terminal.wait_for("✗ IMAP")
        terminal.answer("[p]:", "p")
        terminal.answer("Password of", mailbox.password)
        terminal.wait_for("✓ SMTP")
        assert terminal.end() == 0, terminal.shown
    assert "hunter2" not in terminal.shown
    assert f"{mailbox.password}\r" not in terminal.shown
    (account,) = load(home).accounts.values()
    assert isinstance(account, EmailAccount)
    assert account.imap == ServerUrl(
        "imaps", "localhost", mailbox.server.imaps_port, mailbox.address
    )


@pytest.mark.parametrize("question", ["E-mail address", "Name that", "IMAP server", "Password of"])
def test_ctrl_c_leaves_nothing_behind(home: Home, question: str) -> None:
    with Terminal("--home", str(home.config), "init", "--no-check") as terminal:
        for asked, answer in (
            ("E-mail address", "support@gmail.com"),
            ("Name that", "Acme"),
            ("IMAP server", ""),
            ("SMTP server", ""),
            ("[p]:", "p"),
            ("Password of", "hunter2"),
        ):
            if asked == question:
                break
            terminal.answer(asked, answer)
        terminal.wait_for(question)
        assert terminal.interrupt() == 130
    assert "nothing was changed" in terminal.shown
    assert files(home) == set()


def test_when_the_file_cannot_be_written_the_secret_is_taken_back(home: Home) -> None:
    home.config_file.write_text("accounts = {}\n")  # an inline table cannot be grown
    done = omnitui(
        "--home", str(home.config), "init", "--no-check", "--yes", "--address", "a@gmail.com",
        "--password-from", "-", answers="hunter2\n",
    )  # fmt: skip
    assert done.returncode == 1
    assert "by hand" in done.stderr
    assert files(home) == {"config.toml"}
    assert home.config_file.read_text() == "accounts = {}\n"


def test_a_plain_password_in_the_file_is_moved_out_of_it(home: Home) -> None:
    home.config_file.write_text("# kept\n" + email(password='"hunter2"'))
    done = omnitui(
        "--home", str(home.config), "init", "--no-check", "--yes", "--address", "b@gmail.com",
        "--password-from", "-", answers="other\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = home.config_file.read_text()
    assert text.startswith("# kept\n")
    assert "hunter2" not in text + done.stdout + done.stderr
    support = load(home).accounts["support"]
    assert isinstance(support, EmailAccount)
    assert support.password is not None
    assert resolve(support.password) == "hunter2"


def test_another_mistake_in_the_file_is_told_and_nothing_done(home: Home) -> None:
    home.config_file.write_text("[dsek]\n")
    done = omnitui("--home", str(home.config), "init", "--yes", "--address", "a@gmail.com")
    assert done.returncode == 1
    assert f"{home.config_file}:1: dsek" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--address must be given"),
        (["--address", "x"], "no e-mail address"),
        (["--address", "a@gmail.com"], "--password-from must be given"),
        (["--address", "a@gmail.com", "--password-from", "hunter2"], "never the secret itself"),
        (["--address", "a@gmail.com", "--imap", "imap://x.example"], "loopback only"),
        (["--address", "a@gmail.com", "--account", "a b"], "--account"),
    ],
)
def test_wrong_usage_is_told(home: Home, arguments: list[str], words: str) -> None:
    done = omnitui("--home", str(home.config), "init", "--yes", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr
    assert files(home) == set()


def test_answers_that_end_early_change_nothing(home: Home) -> None:
    done = omnitui("--home", str(home.config), "init", answers="a@gmail.com\n")
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert files(home) == set()


def test_a_desk_is_named_and_a_mailbox_s_servers_are_known(home: Home) -> None:
    done = omnitui(
        "--home", str(home.config), "init", "--no-check", "--yes", "--desk", 'Ann "A"',
        "--address", "a@gmail.com", "--password-from", "-", answers="pw\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    config = load(home)
    assert config.desk.name == 'Ann "A"'
    (account,) = config.accounts.values()
    assert isinstance(account, EmailAccount)
    assert account.imap == ServerUrl("imaps", "imap.gmail.com", 993, "a@gmail.com")
    assert not account.save_sent
    assert "app password" in done.stdout


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("mail.x.example", ServerUrl("imaps", "mail.x.example", 993, "a@x.example")),
        ("mail.x.example:143", ServerUrl("imap+starttls", "mail.x.example", 143, "a@x.example")),
        ("imaps://b@mail.x.example", ServerUrl("imaps", "mail.x.example", 993, "b")),
        ("imaps://mail.x.example", ServerUrl("imaps", "mail.x.example", 993, "a@x.example")),
    ],
)
def test_a_server_may_be_given_by_its_host(text: str, url: ServerUrl) -> None:
    assert complete(text, "imap", "a@x.example") == url


def test_the_usual_home_is_used_without_an_option() -> None:
    assert str(find_home().config) in omnitui("init", "--yes").stdout
