"""`omnitui init` with OAuth: a real terminal, a real authorisation server, a real mail host."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.load import load
from config.model import EmailAccount, Home
from config.secret_ref import SecretRef
from config.secrets import resolve
from config.token_store import Tokens, TokenStore
from tests.config.terminal import ROOT, Terminal
from tests.config.test_init import files, omnitui
from tests.config.test_keyring import UNLOCKED
from tests.servers.authorisation import CLIENT, SCOPE, AuthorisationServer
from tests.servers.dovecot import Mailbox
from tests.servers.oauth_mail import OAuthMailHost
from tests.servers.process import require

pytestmark = pytest.mark.real

Flags = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def box(mail_host: OAuthMailHost) -> Mailbox:
    return mail_host.dovecot.user()


@pytest.fixture
def flags(home: Home, mail_host: OAuthMailHost, box: Mailbox) -> Flags:
    """Everything but the log-in itself; the user of a device."""

    def make(**changes: str) -> list[str]:
        server = mail_host.authorisation
        user = box.address.replace("@", "%40")
        options = {
            "address": box.address,
            "account": "support",
            "name": "Acme support",
            "imap": f"imaps://{user}@localhost:{box.server.imaps_port}",
            "smtp": f"smtp+starttls://{user}@localhost:{mail_host.submission_port}",
            "tls-ca": str(box.server.certificate.cert),
            "oauth": "custom",
            "client-id": CLIENT,
            "device-url": f"{server.url}/device",
            "token-url": f"{server.url}/token",
            "authorize-url": f"{server.url}/authorize",
            "scope": SCOPE,
            **changes,
        }
        given = [part for key, value in options.items() if value for part in (f"--{key}", value)]
        return ["--home", str(home.config), "init", *given]

    return make


def account(home: Home) -> EmailAccount:
    found = load(home).accounts["support"]
    assert isinstance(found, EmailAccount)
    return found


def kept(home: Home) -> Tokens:
    oauth = account(home).oauth
    assert oauth is not None
    found = TokenStore(oauth).read()
    assert found is not None
    return found


def code_in(terminal: Terminal) -> str:
    terminal.wait_for("type the code ")
    terminal.wait_for("Waiting")
    found = re.search(r"type the code (\S+)", terminal.shown)
    assert found is not None
    return found[1]


def url_in(terminal: Terminal) -> str:
    terminal.wait_for("Waiting")
    found = re.search(r"^(http\S+/authorize\S+)\r?$", terminal.shown, re.M)
    assert found is not None, terminal.shown
    return found[1]


def no_token_in(text: str, server: AuthorisationServer) -> None:
    for token in server.secrets():
        assert token not in text


def test_a_code_typed_on_another_device_logs_in(
    flags: Flags, home: Home, box: Mailbox, authorisation: AuthorisationServer
) -> None:
    with Terminal(*flags()) as terminal:
        terminal.answer("have a secret?", "n")
        authorisation.allow(code_in(terminal), box.address)
        terminal.wait_for("✓ OAuth")
        terminal.wait_for("✓ IMAP")
        terminal.wait_for("✓ SMTP")
        assert terminal.end() == 0, terminal.shown
    support = account(home)
    assert support.password is None
    assert support.oauth is not None
    assert support.oauth.scopes == (SCOPE,)
    path = home.state / "oauth" / "support.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert kept(home).refresh_token in authorisation.refresh
    no_token_in(terminal.shown + home.config_file.read_text(), authorisation)
    doctor = omnitui("--home", str(home.config), "doctor", "--json")
    assert doctor.returncode == 0, doctor.stdout
    checks = {check["name"]: check for check in json.loads(doctor.stdout)["checks"]}
    for name in ("support OAuth", "support IMAP log-in", "support SMTP log-in"):
        assert checks[name]["state"] == "ok", checks
    assert SCOPE in checks["support OAuth"]["detail"]
    no_token_in(doctor.stdout + doctor.stderr, authorisation)


def test_a_browser_comes_back_to_the_program(
    flags: Flags, home: Home, box: Mailbox, authorisation: AuthorisationServer
) -> None:
    with Terminal(*flags(**{"device-url": ""}), "--yes") as terminal:
        page = authorisation.visit(url_in(terminal), box.address)
        assert terminal.end() == 0, terminal.shown
    assert "logged in" in page
    assert kept(home).refresh_token in authorisation.refresh
    no_token_in(terminal.shown, authorisation)


def test_a_browser_elsewhere_is_answered_by_pasting(
    flags: Flags, home: Home, box: Mailbox, authorisation: AuthorisationServer
) -> None:
    with Terminal(*flags(), "--browser") as terminal:
        terminal.answer("have a secret?", "n")
        back = authorisation.redirected(url_in(terminal), box.address)
        terminal.press("https://example.org/?code=1&state=2\r")
        terminal.wait_for("not the address of this log-in")
        terminal.press(back + "\r")
        assert terminal.end() == 0, terminal.shown
    assert kept(home).refresh_token in authorisation.refresh


@pytest.mark.parametrize("way", ["code", "browser"])
def test_a_refusal_is_one_sentence_and_changes_nothing(
    flags: Flags, home: Home, box: Mailbox, authorisation: AuthorisationServer, way: str
) -> None:
    with Terminal(*flags(), "--yes", *(["--browser"] if way == "browser" else [])) as terminal:
        if way == "code":
            authorisation.deny(code_in(terminal))
        else:
            import urllib.request

            back = authorisation.redirected(url_in(terminal), box.address, denied=True)
            urllib.request.urlopen(back, timeout=10).close()
        assert terminal.end() == 1
    assert "refused in the browser" in terminal.shown
    assert "Traceback" not in terminal.shown
    assert files(home) == set()


def test_ctrl_c_while_waiting_leaves_nothing_behind(flags: Flags, home: Home) -> None:
    for more in ([], ["--browser"]):
        with Terminal(*flags(), "--yes", *more) as terminal:
            terminal.wait_for("Waiting")
            assert terminal.interrupt() == 130
        assert "nothing was changed" in terminal.shown
        assert files(home) == set()


def test_the_wrong_person_may_log_in_again(
    flags: Flags, home: Home, box: Mailbox, authorisation: AuthorisationServer
) -> None:
    with Terminal(*flags()) as terminal:
        terminal.answer("have a secret?", "n")
        authorisation.allow(code_in(terminal), "somebody.else@example.test")
        terminal.wait_for("✗ IMAP")
        terminal.answer("[l]:", "l")
        terminal.wait_for("type the code ")
        terminal.wait_for("Waiting")
        authorisation.allow(authorisation.waiting()[-1], box.address)
        terminal.wait_for("✓ SMTP")
        assert terminal.end() == 0, terminal.shown
    assert authorisation.refresh[kept(home).refresh_token][0] == box.address


def test_a_log_in_that_allows_too_little_is_told(
    flags: Flags, home: Home, box: Mailbox, authorisation: AuthorisationServer
) -> None:
    authorisation.scope = "profile"
    try:
        with Terminal(*flags(), "--yes") as terminal:
            authorisation.allow(code_in(terminal), box.address)
            assert terminal.end() == 1
    finally:
        authorisation.scope = None
    assert f"does not allow {SCOPE}" in terminal.shown
    assert files(home) == set()


@pytest.fixture
def confidential() -> Iterator[AuthorisationServer]:
    server = AuthorisationServer(client_secret="client-secret-77").start()
    try:
        yield server
    finally:
        server.close()


def test_a_clients_secret_is_kept_apart(
    flags: Flags, home: Home, box: Mailbox, confidential: AuthorisationServer
) -> None:
    arguments = flags(
        **{"device-url": f"{confidential.url}/device", "token-url": f"{confidential.url}/token"}
    )
    with Terminal(*arguments, "--no-check") as terminal:
        terminal.answer("have a secret?", "y")
        terminal.answer("Client secret", "client-secret-77")
        confidential.allow(code_in(terminal), box.address)
        assert terminal.end() == 0, terminal.shown
    assert "client-secret-77" not in terminal.shown + home.config_file.read_text()
    oauth = account(home).oauth
    assert oauth is not None
    assert oauth.client_secret is not None
    assert resolve(oauth.client_secret) == "client-secret-77"
    assert confidential.requests[-1]["basic"] == CLIENT


def write_account(home: Home, flags: Flags, *, oauth: bool) -> str:
    """An account as a person wrote it, with a comment and settings of their own."""
    options = dict(zip(*[iter(flags()[3:])] * 2, strict=True))
    own = 'folders = ["INBOX"] # ours\nsignature = "Bye"\n'
    table = (
        "[accounts.support.oauth] # by hand\n"
        f'provider = "custom"\nclient_id = "{CLIENT}"\ntoken_url = "{options["--token-url"]}"\n'
        f'device_url = "{options["--device-url"]}"\nscopes = ["{SCOPE}"]\n'
    )
    secret = home.config / "password"
    secret.write_text("secret\n")
    secret.chmod(0o600)
    text = (
        '[accounts.support]\nchannel = "email"\n'
        f'address = "{options["--address"]}"\nname = "Acme support"\n'
        f'imap = "{options["--imap"]}"\nsmtp = "{options["--smtp"]}"\n'
        f'tls_ca = "{options["--tls-ca"]}"\n{own}'
        + (table if oauth else f'password = "file:{secret}"\n')
    )
    home.config_file.write_text(text)
    return text


def test_only_the_log_in_is_done_again(
    flags: Flags, home: Home, box: Mailbox, authorisation: AuthorisationServer
) -> None:
    text = write_account(home, flags, oauth=True)
    again = ("--home", str(home.config), "init", "--account", "support")
    doctor = omnitui("--home", str(home.config), "doctor")
    assert doctor.returncode == 1
    assert "init --account support" in doctor.stdout
    for options in ((), ("--no-check",)):
        with Terminal(*again, *options) as terminal:
            authorisation.allow(code_in(terminal), box.address)
            assert terminal.end() == 0, terminal.shown
        assert home.config_file.read_text() == text
        assert kept(home).refresh_token in authorisation.refresh
    assert omnitui("--home", str(home.config), "doctor").returncode == 0


def test_an_account_goes_over_from_a_password_to_oauth_and_back(
    flags: Flags, home: Home, box: Mailbox, authorisation: AuthorisationServer
) -> None:
    write_account(home, flags, oauth=False)
    to_oauth = [f for f in flags() if f not in ("--address", box.address)]
    with Terminal(*to_oauth, "--yes") as terminal:
        authorisation.allow(code_in(terminal), box.address)
        assert terminal.end() == 0, terminal.shown
    support = account(home)
    assert support.password is None
    assert support.oauth is not None
    assert support.signature == "Bye"
    assert "# ours" in home.config_file.read_text()
    back = omnitui(
        "--home", str(home.config), "init", "--account", "support", "--yes", "--password-from",
        f"file:{home.config / 'password'}",
    )  # fmt: skip
    assert back.returncode == 0, back.stdout + back.stderr
    support = account(home)
    assert support.oauth is None
    assert support.password == SecretRef("file", str(home.config / "password"))


def test_a_password_is_typed_again_where_it_is_kept(flags: Flags, home: Home, box: Mailbox) -> None:
    text = write_account(home, flags, oauth=False)
    (home.config / "password").write_text("old\n")
    with Terminal("--home", str(home.config), "init", "--account", "support") as terminal:
        terminal.answer("Password of", box.password)
        terminal.wait_for("✓ SMTP")
        assert terminal.end() == 0, terminal.shown
    assert (home.config / "password").read_text() == f"{box.password}\n"
    assert home.config_file.read_text() == text


def test_a_failed_write_takes_the_tokens_back(
    flags: Flags, home: Home, box: Mailbox, authorisation: AuthorisationServer
) -> None:
    home.config_file.write_text("accounts = {}\n")  # an inline table cannot be grown
    with Terminal(*flags(), "--yes") as terminal:
        authorisation.allow(code_in(terminal), box.address)
        assert terminal.end() == 1
    assert "by hand" in terminal.shown
    for path in home.config.rglob("*"):
        if path.is_file():
            no_token_in(path.read_text(), authorisation)


def test_the_code_is_waited_for_as_long_as_it_lives(
    flags: Flags, home: Home, authorisation: AuthorisationServer
) -> None:
    with Terminal(*flags(), "--yes") as terminal:
        authorisation.expire(code_in(terminal))
        started = time.monotonic()
        assert terminal.end() == 1
    assert time.monotonic() - started < 20
    assert "in time; begin again" in terminal.shown
    assert files(home) == set()


def test_wrong_usage_is_told(home: Home, tmp_path: Path) -> None:
    base = ["--home", str(home.config), "init", "--yes", "--address", "a@acme.example",
            "--imap", "imap.acme.example", "--smtp", "smtp.acme.example"]  # fmt: skip
    for arguments, words in (
        (["--oauth", "gogle"], "--oauth"),
        (["--oauth", "microsoft"], "--client-id must be given"),
        (["--oauth", "microsoft", "--client-id", "x", "--tenant", "a/b"], "--tenant"),
        (["--oauth", "google", "--client-id", "x"], "--client-secret-from must be given"),
        (["--oauth", "google", "--client-id", "x", "--client-secret-from", "GOCSPX-very-secret"],
         "never the secret itself"),
        (["--oauth", "custom", "--client-id", "x", "--token-url", "http://a.example"],
         "--authorize-url must be given"),
        (["--oauth", "custom", "--client-id", "x", "--device-url", "http://a.example"],
         "loopback only"),
    ):  # fmt: skip
        done = omnitui(*base, *arguments)
        assert done.returncode == 2, (arguments, done.stdout, done.stderr)
        assert words in done.stderr, (arguments, done.stderr)
        assert "very-secret" not in done.stderr
        assert files(home) == set()


def test_a_plain_token_in_the_file_is_moved_out_of_it(home: Home) -> None:
    home.config_file.write_text(
        '[accounts.old]\nchannel = "email"\naddress = "a@acme.example"\n'
        'imap = "imaps://a@mail.acme.example"\nsmtp = "smtps://a@mail.acme.example"\n'
        '[accounts.old.oauth]\nprovider = "google"\nclient_id = "x"\n'
        'client_secret = "GOCSPX-hunter2"\nrefresh_token = "1//hunter2"\n'
    )
    done = omnitui(
        "--home", str(home.config), "init", "--no-check", "--yes", "--address", "b@gmail.com",
        "--password-from", "-", answers="other\n",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in home.config_file.read_text() + done.stdout + done.stderr
    old = load(home).accounts["old"]
    assert isinstance(old, EmailAccount)
    assert old.oauth is not None
    assert old.oauth.client_secret is not None
    assert resolve(old.oauth.client_secret) == "GOCSPX-hunter2"
    first = TokenStore(old.oauth).read()
    assert first is not None
    assert first.refresh_token == "1//hunter2"


def test_only_a_mailbox_is_logged_into_again(home: Home) -> None:
    home.config_file.write_text('[accounts.site]\nchannel = "practice"\nas = "webchat"\n')
    done = omnitui("--home", str(home.config), "init", "--yes", "--account", "site")
    assert done.returncode == 2
    assert "site is no mailbox" in done.stderr


def test_in_a_real_keyring_nothing_secret_is_on_disk(
    flags: Flags,
    home: Home,
    box: Mailbox,
    authorisation: AuthorisationServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    require("dbus-run-session", package="dbus-daemon")
    require("gnome-keyring-daemon", package="gnome-keyring")
    (tmp_path / "runtime").mkdir(mode=0o700)
    for name, value in {
        "HOME": tmp_path, "XDG_DATA_HOME": tmp_path / "data", "PYTHONPATH": ROOT,
        "XDG_RUNTIME_DIR": tmp_path / "runtime",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, str(value))
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)

    def in_session(*arguments: str) -> subprocess.Popen[str]:
        command = ["dbus-run-session", "--", "sh", "-c", f'{UNLOCKED}exec "$0" "$@"']
        return subprocess.Popen(
            [*command, sys.executable, "-m", "omnitui.cli.main", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    known = set(authorisation.waiting())
    with in_session(*flags(), "--yes") as process:
        while not (new := set(authorisation.waiting()) - known):
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        authorisation.allow(new.pop(), box.address)
        said, _error = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "in the keyring (keyring:omnitui/support-oauth)" in said
    oauth = account(home).oauth
    assert oauth is not None
    assert oauth.refresh_token == SecretRef("keyring", "omnitui/support-oauth")
    for path in home.config.rglob("*"):
        if path.is_file():
            no_token_in(path.read_text(), authorisation)
    with in_session("--home", str(home.config), "doctor") as process:
        said, _error = process.communicate(timeout=60)
    assert "✓ support OAuth" in said, said
    assert "✓ support SMTP log-in" in said
    no_token_in(said, authorisation)
