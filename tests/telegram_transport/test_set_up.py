"""`omnitui init` and `omnitui doctor` for a bot, on a terminal and in scripts."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest

from config.load import load
from config.model import Home, TelegramAccount
from config.secret_ref import SecretRef
from config.secrets import resolve
from tests.config.piped import omnitui_at
from tests.config.terminal import Terminal
from tests.servers.bot_api.server import BotApi


@pytest.fixture
def home(bare_home: Home) -> Home:
    return bare_home


def init(
    home: Home, bot_api: BotApi, *arguments: str, answers: str = ""
) -> subprocess.CompletedProcess[str]:
    return omnitui_at(
        home, "init", "--telegram", "--base-url", bot_api.base_url, *arguments, answers=answers
    )


def bot(home: Home, name: str = "bot") -> TelegramAccount:
    found = load(home).accounts[name]
    assert isinstance(found, TelegramAccount)
    return found


def test_a_script_sets_a_bot_up(bot_api: BotApi, home: Home) -> None:
    done = init(home, bot_api, "--token-from", "-", "--yes", answers=bot_api.token + "\n")
    assert done.returncode == 0, done.stdout + done.stderr
    account = bot(home)
    assert account.address == f"@{bot_api.bot.username}"
    assert account.display_name == "Acme support"
    assert account.base_url == bot_api.base_url
    assert not account.groups
    assert account.token.scheme == "file"
    assert resolve(account.token) == bot_api.token
    assert stat.S_IMODE(Path(account.token.value).stat().st_mode) == 0o600
    assert f"https://t.me/{bot_api.bot.username}" in done.stdout
    secret = bot_api.token.partition(":")[2]
    assert secret not in done.stdout + done.stderr + home.config_file.read_text()
    assert {call.method for call in bot_api.calls} == {"getMe", "getWebhookInfo"}
    doctor = omnitui_at(home, "doctor", "--json")
    found = {check["name"]: check for check in json.loads(doctor.stdout)["checks"]}
    assert found["bot bot"]["state"] == "ok"
    assert bot_api.bot.username in found["bot bot"]["detail"]
    assert secret not in doctor.stdout + doctor.stderr


def test_a_reference_is_kept_as_it_is(
    bot_api: BotApi, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", bot_api.token)
    arguments = ["--token-from", "env:BOT_TOKEN", "--account", "shop", "--groups", "--yes"]
    done = init(home, bot_api, *arguments, "--name", "Shop")
    assert done.returncode == 0, done.stderr
    account = bot(home, "shop")
    assert (account.token, account.display_name) == (SecretRef("env", "BOT_TOKEN"), "Shop")
    assert account.groups


def test_a_wrong_token_stops_a_script_and_writes_nothing(bot_api: BotApi, home: Home) -> None:
    wrong = "7000001:AAH-this_one_is_made_up-000000000000"
    done = init(home, bot_api, "--token-from", "-", "--yes", answers=wrong + "\n")
    assert done.returncode == 1
    assert "nothing was changed" in done.stderr
    assert "@BotFather" in done.stdout
    assert wrong.partition(":")[2] not in done.stdout + done.stderr
    assert not home.config_file.exists()


def test_on_a_terminal_the_token_is_asked_for_and_not_shown(bot_api: BotApi, home: Home) -> None:
    wrong = "7000001:AAH-this_one_is_made_up-000000000000"
    me = bot_api.bot.me() | {"can_read_all_group_messages": False}
    bot_api.bot.me = lambda: me  # type: ignore[method-assign]
    arguments = ["--home", str(home.config), "init", "--base-url", bot_api.base_url]
    with Terminal(*arguments) as terminal:
        terminal.answer("E-mail address", "telegram")
        terminal.wait_for("/newbot to @BotFather")
        terminal.answer("Token of the bot", "no-token-at-all")
        terminal.wait_for("That is no token")
        terminal.answer("Token of the bot", wrong)
        terminal.wait_for("✗ bot")
        terminal.answer("[p]:", "p")
        terminal.answer("Token of the bot", bot_api.token)
        terminal.wait_for(f"✓ bot: @{bot_api.bot.username}")
        terminal.answer("groups that the bot is added to?", "y")
        terminal.wait_for("/setprivacy")
        assert terminal.end() == 0, terminal.shown
    for secret in ("no-token-at-all", wrong, bot_api.token):
        assert secret not in terminal.shown
    assert bot(home).groups
    assert resolve(bot(home).token) == bot_api.token


def test_a_new_token_of_the_same_bot_goes_where_the_old_one_is(bot_api: BotApi, home: Home) -> None:
    init(home, bot_api, "--token-from", "-", "--yes", answers=bot_api.token + "\n")
    text = home.config_file.read_text() + 'greeting = "Hi!"  # ours\n'
    home.config_file.write_text(text)
    new = "7000001:AAH-the_new_token_of_the_bot-00000000"
    bot_api.revoke(bot_api.bot, new)
    doctor = omnitui_at(home, "doctor")
    assert doctor.returncode == 1
    assert "does not accept this bot's token" in doctor.stdout
    for arguments in (["init", "--account", "bot"], ["init", "--telegram"]):
        done = omnitui_at(home, *arguments, "--token-from", "-", "--yes", "--base-url",
                       bot_api.base_url, answers=new + "\n")  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        assert set(load(home).accounts) == {"bot"}
        assert resolve(bot(home).token) == new
        assert home.config_file.read_text() == text
    assert omnitui_at(home, "doctor").returncode == 0


def test_a_second_bot_gets_a_name_of_its_own(bot_api: BotApi, home: Home) -> None:
    other = bot_api.add_bot("7000002:AAH-the_other_bots-token-0000000000", username="Shop_bot")
    for token in (bot_api.token, other.token):
        done = init(home, bot_api, "--token-from", "-", "--yes", answers=token + "\n")
        assert done.returncode == 0, done.stderr
    assert set(load(home).accounts) == {"bot", "shop_bot"}
    assert resolve(bot(home).token) == bot_api.token
    assert resolve(bot(home, "shop_bot").token) == other.token


def test_another_poller_is_not_disturbed_by_the_doctor(bot_api: BotApi, home: Home) -> None:
    init(home, bot_api, "--token-from", "-", "--yes", answers=bot_api.token + "\n")
    assert omnitui_at(home, "doctor").returncode == 0
    assert not bot_api.calls_of("getUpdates", "setWebhook", "deleteWebhook")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--token-from", "123:abc", "--yes"], "--token-from"),
        (["--yes"], "--token-from"),
        (["--base-url", "https://x.example", "--token-from", "-", "--yes"], "/bot"),
        (["--proxy", "socks5://a:b@x", "--token-from", "-", "--yes"], "--proxy"),
        (["--account", "a b", "--token-from", "-", "--yes"], "--account"),
    ],
)
def test_wrong_usage_is_told(home: Home, arguments: list[str], words: str) -> None:
    done = omnitui_at(home, "init", "--telegram", *arguments, answers="1:a\n")
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert not home.config_file.exists()
