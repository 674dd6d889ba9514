"""`omnitui init` and `omnitui doctor` for a web chat, on a terminal and in scripts."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from config.load import load
from config.model import Home, WebchatAccount
from config.secrets import resolve
from connectors.webchat.connector import WebchatConnector
from tests.config.piped import omnitui_at
from tests.config.terminal import Terminal
from tests.webchat_connector.conftest import AccountMaker, Shop
from tests.webchat_connector.odd_relay import Asked, http, odd_relay

WRONG = "not-the-token-of-anybody-0123456789"


@pytest.fixture
def home(bare_home: Home) -> Home:
    return bare_home


def site(home: Home, name: str = "site") -> WebchatAccount:
    found = load(home).accounts[name]
    assert isinstance(found, WebchatAccount)
    return found


def test_a_script_sets_a_site_up_and_doctor_looks_at_it(shop: Shop, home: Home) -> None:
    arguments = ["init", "--webchat", "--relay", shop.relay.url, "--token-from", "-", "--yes"]
    page = "https://acme.example/help"
    done = omnitui_at(home, *arguments, "--page", page, answers=WRONG + "\n")
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert "desk's token" in done.stdout
    assert not home.config_file.exists()
    done = omnitui_at(home, *arguments, "--page", page, answers=shop.token + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    account = site(home)
    assert (account.relay, account.address, account.page) == (shop.relay.url, shop.site, page)
    assert account.token.scheme == "file"
    assert resolve(account.token) == shop.token
    assert stat.S_IMODE(Path(account.token.value).stat().st_mode) == 0o600
    assert f'src="{shop.relay.url}/widget.js" data-site="{shop.site}"' in done.stdout
    doctor = omnitui_at(home, "doctor", "--json")
    found = {check["name"]: check for check in json.loads(doctor.stdout)["checks"]}
    assert found["site relay"]["state"] == "ok"
    assert shop.site in found["site relay"]["detail"]
    assert found["site widget"]["state"] == "ok", found["site widget"]
    for secret in (shop.token, WRONG):
        assert secret not in done.stdout + done.stderr + doctor.stdout + doctor.stderr
        assert secret not in home.config_file.read_text()


def test_on_a_terminal_the_token_is_asked_for_and_not_shown(shop: Shop, home: Home) -> None:
    with Terminal("--home", str(home.config), "init") as terminal:
        terminal.answer("E-mail address", "webchat")
        terminal.answer("Address of the relay", "chat.acme.example")
        terminal.wait_for("https://")
        terminal.answer("Address of the relay", shop.relay.url)
        terminal.answer("Desk token", "no token")
        terminal.wait_for("That is no token")
        terminal.answer("Desk token", WRONG)
        terminal.wait_for("✗ relay")
        terminal.answer("[p]:", "p")
        terminal.answer("Desk token", shop.token)
        terminal.wait_for("✓ relay")
        assert terminal.end() == 0, terminal.shown
    for secret in ("no token", WRONG, shop.token):
        assert f"{secret}\r" not in terminal.shown
    assert resolve(site(home).token) == shop.token
    # A new token of the same site goes where the old one is.
    text = home.config_file.read_text() + "follow_up = false  # ours\n"
    home.config_file.write_text(text)
    done = omnitui_at(home, "init", "--account", "site", "--token-from", "-", "--yes",
                   answers=shop.token + "\n")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert home.config_file.read_text() == text


async def test_a_web_server_that_passes_on_too_little_is_seen(account: AccountMaker) -> None:
    def answer(asked: Asked) -> bytes:
        if asked.path == "/v1/status":
            return http(200, {"site": "acme", "version": "1", "pending": 3})
        return http(404, b"<h1>nginx</h1>")

    with odd_relay(answer) as relay:
        connector = WebchatConnector("site", account(relay.url))
        checks = await connector.check()
        await connector.close()
    assert [check.ok for check in checks] == [True, False]
    assert "3 events wait" in checks[0].detail
    assert "widget.js" in checks[1].detail
