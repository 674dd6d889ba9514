"""`omnitui doctor`: what it finds, what it advises, how it exits."""

from __future__ import annotations

import json
import os
import time
from typing import Any

import pytest

from config.model import Home
from tests.config.conftest import email
from tests.config.piped import omnitui_at
from tests.config.terminal import Terminal
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpServer


def doctor(home: Home, *arguments: str, **env: str) -> tuple[int, dict[str, list[Any]]]:
    """The exit code, and for each name its (state, detail and advice)."""
    with pytest.MonkeyPatch.context() as around:
        for name, value in env.items():
            around.setenv(name, value)
        done = omnitui_at(home, "doctor", "--json", *arguments)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document["ok"] == (done.returncode == 0)
    found: dict[str, list[Any]] = {}
    for check in document["checks"]:
        assert set(check) == {"name", "state", "detail", "advice"}
        text = f"{check['detail']} {check['advice']}"
        found.setdefault(check["name"], []).append((check["state"], text))
    return done.returncode, found


def test_a_desk_that_is_not_set_up_is_told_how(home: Home) -> None:
    code, found = doctor(home)
    assert code == 0
    ((state, text),) = found["configuration"]
    assert state == "warn"
    assert "omnitui init" in text
    assert found["SQLite"][0][0] == "ok"
    assert found["store"][0][0] == "ok"
    assert not home.store_file.exists()


def test_every_mistake_of_the_file_is_a_failure(home: Home) -> None:
    home.config_file.write_text("[desk]\nnmae = 1\nlanguage = 'ua'\n")
    code, found = doctor(home)
    assert code == 1
    assert [state for state, _text in found["configuration"]] == ["fail", "fail"]
    assert f"{home.config_file}:2" in found["configuration"][0][1]
    assert found["store"][0][0] == "ok"


def test_a_missing_secret_fails_and_its_channel_is_not_tried(home: Home) -> None:
    home.config_file.write_text(email(imap='"imaps://mail.invalid"', password='"env:NOT_SET"'))
    code, found = doctor(home)
    assert code == 1
    ((state, text),) = found["secret of support"]
    assert state == "fail"
    assert "NOT_SET is not set" in text
    assert not [name for name in found if "IMAP" in name]


@pytest.mark.real
def test_channels_are_tried_both_ways(
    home: Home, mailbox: Mailbox, smtp_server: SmtpServer
) -> None:
    user = mailbox.address.replace("@", "%40")
    home.config_file.write_text(
        email(
            imap=f'"imaps://{user}@localhost:{mailbox.server.imaps_port}"',
            smtp=f'"smtp+starttls://{user}@localhost:{smtp_server.port}"',
            tls_ca=f'"{mailbox.server.certificate.cert}"',
        )
    )
    code, found = doctor(home, PW=mailbox.password)
    assert code == 0, found
    assert found["support IMAP log-in"][0][0] == "ok"
    assert found["support SMTP log-in"][0][0] == "ok"
    code, found = doctor(home, PW="hunter2")
    assert code == 1
    assert found["support IMAP log-in"][0][0] == "fail"
    assert "hunter2" not in str(found)
    code, found = doctor(home, "--offline", PW="hunter2")
    assert code == 0
    assert "support IMAP log-in" not in found


def test_a_store_is_opened_and_a_damaged_one_told(home: Home) -> None:
    from store.database import open_database

    open_database(home.store_file).close()
    code, found = doctor(home)
    assert code == 0
    assert "schema" in found["store"][0][1]
    home.store_file.write_bytes(b"this is no database" * 100)
    code, found = doctor(home)
    assert code == 1
    assert found["store"][0][0] == "fail"
    assert "Traceback" not in str(found)


def test_a_store_newer_than_the_program_is_told(home: Home) -> None:
    from store.database import open_database

    db = open_database(home.store_file)
    db.execute("PRAGMA user_version = 9999")
    db.close()
    code, found = doctor(home)
    assert code == 1
    assert "newer omnitui" in found["store"][0][1]


def test_an_engine_that_runs_is_seen(home: Home) -> None:
    from omnitui.engine.lock import EngineLock

    assert "does not run" in doctor(home)[1]["engine"][0][1]
    with EngineLock(home.lock_file):
        assert f"process {os.getpid()}" in doctor(home)[1]["engine"][0][1]


def test_an_engine_that_began_before_the_settings_were_changed_is_told(home: Home) -> None:
    from omnitui.engine.lock import EngineLock

    home.config_file.write_text('[desk]\nengine = "service"\n' + email())
    os.utime(home.config_file, (1, 1))
    with EngineLock(home.lock_file):
        assert doctor(home, "--offline", PW="x")[1]["engine"][0][0] == "ok"
        os.utime(home.config_file, (time.time() + 60,) * 2)
        ((state, text),) = doctor(home, "--offline", PW="x")[1]["engine"]
        assert (state, "changed since" in text) == ("warn", True)
        said = omnitui_at(home, "status")
        assert said.returncode == 1
        assert "support: added after the engine started: systemctl restart" in said.stdout
        os.utime(home.config_file, (1, 1))
        older = json.loads(home.lock_file.read_text()) | {"started_at": 1_000_000}
        home.lock_file.write_text(json.dumps(older))  # omnitui was installed anew since
        ((state, text),) = doctor(home, "--offline", PW="x")[1]["engine"]
        assert (state, "by a program that was changed since" in text) == ("warn", True)


def test_a_service_that_does_not_run_is_a_failure(home: Home) -> None:
    home.config_file.write_text('[desk]\nengine = "service"\n')
    code, found = doctor(home)
    assert code == 1
    assert "omnitui serve" in found["engine"][0][1]


def test_doubtful_keys_and_bad_templates_are_warned_of(home: Home) -> None:
    home.config_file.write_text("[keys.reply]\n'alt+enter' = 'reply send'\n")
    home.templates.mkdir()
    (home.templates / "broken.md").write_text("---\ntitle: [\n---\nhi\n")
    (home.templates / "wrong.md").write_text("Hi {{ customer.nam }}\n")
    home.articles.mkdir()
    (home.articles / "odd.md").write_text("---\nurl: nowhere\n---\nhi\n")
    code, found = doctor(home)
    assert code == 0
    assert any("alt+enter" in text for _state, text in found["configuration"])
    assert "broken.md" in found["templates"][0][1]
    assert "wrong.md:1: There is no variable “customer.nam”" in found["templates"][1][1]
    assert "odd.md:2" in found["articles"][0][1]


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"TERM": "dumb"}, "no screen can be drawn"),
        ({"COLORTERM": "truecolor"}, "16 million"),
        ({"TERM": "vt220", "COLORTERM": ""}, "COLORTERM=truecolor"),
        ({"NO_COLOR": "1"}, "NO_COLOR"),
    ],
)
def test_the_terminal_is_looked_at(home: Home, env: dict[str, str], words: str) -> None:
    quiet = {"COLORTERM": "", "NO_COLOR": "", "TMUX": "", "STY": "", **env}
    with Terminal("--home", str(home.config), "doctor", env=quiet) as terminal:
        code = terminal.end()
    assert words in terminal.shown
    assert code == (1 if env.get("TERM") == "dumb" else 0)


def test_it_speaks_the_desks_language_and_no_other_errors(home: Home) -> None:
    home.config_file.write_text('[desk]\nlanguage = "eo"\n')
    _code, found = doctor(home)
    assert "“eo”" in found["language"][0][1]


def oauth_account(home: Home) -> None:
    home.config_file.write_text(
        email(password="") + "[accounts.support.oauth]\nprovider = 'microsoft'\nclient_id = 'x'\n"
    )


def test_tokens_are_told_without_being_shown(home: Home) -> None:
    from config.load import load
    from config.model import EmailAccount
    from config.token_store import Tokens, TokenStore

    oauth_account(home)
    code, found = doctor(home, "--offline")
    assert code == 1
    ((state, text),) = found["tokens of support"]
    assert state == "fail"
    assert f"omnitui --home {home.config} init --account support" in text
    support = load(home).accounts["support"]
    assert isinstance(support, EmailAccount)
    assert support.oauth is not None
    now = time.time()
    store = TokenStore(support.oauth)
    store.write(Tokens("rt-secret", "at-secret", now + 1800.5, now - 1800, ("mail.read",)))
    code, found = doctor(home, "--offline")
    assert code == 0
    ((state, text),) = found["tokens of support"]
    assert "30 min left" in text
    assert "mail.read" in text
    store.write(Tokens("rt-secret", "at-secret", now - 60, now - 3660))
    assert "renewed at the next log-in" in doctor(home, "--offline")[1]["tokens of support"][0][1]
    assert "-secret" not in str(found)
    support.oauth.token_file.chmod(0o644)
    code, found = doctor(home, "--offline")
    assert code == 1
    assert "chmod 600" in found["tokens of support"][0][1]


def test_how_the_engine_saw_an_account_is_told(home: Home) -> None:
    from omnitui.engine.lock import EngineLock
    from store import accounts
    from store.database import open_database, transaction

    home.config_file.write_text(email())
    db = open_database(home.store_file)
    try:
        assert "not served it yet" in doctor(home, "--offline", PW="x")[1]["state of support"][0][1]
        now = int(time.time() * 1000)
        with transaction(db):
            account = accounts.ensure(db, "support", "email")
            accounts.succeeded(db, account.id, now - 3 * 60_000)
            accounts.set_state(db, account.id, "online", "", now - 60_000)
        ((state, text),) = doctor(home, "--offline", PW="x")[1]["state of support"]
        assert state == "ok"
        assert "does not run" in text
        assert "3 min ago" in text
        with EngineLock(home.lock_file):
            ((state, text),) = doctor(home, "--offline", PW="x")[1]["state of support"]
            assert state == "ok"
            assert "online since" in text
            for name, shown in (("retrying", "warn"), ("failed", "fail")):
                with transaction(db):
                    accounts.set_state(db, account.id, name, "The server is away.", now)  # type: ignore[arg-type]
                code, found = doctor(home, "--offline", PW="x")
                ((state, text),) = found["state of support"]
                assert state == shown
                assert code == (shown == "fail")
                assert "The server is away." in text
                assert "last worked" in text
    finally:
        db.close()
