"""A throw-away desk: its settings and its past, ready for the screen and the engine."""

from __future__ import annotations

import getpass
import json
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from config.access import ENGINE
from config.home import find_home
from config.load import load
from config.model import Config, Home
from connectors.contract import Received
from connectors.practice.scenario import Scenario
from omnitui.demo import cards, relay
from omnitui.demo.past import AGENTS, DESK_ADDRESS, SHOP, PastMessage, past
from omnitui.demo.returning import returning
from omnitui.desk.arriving import intake
from omnitui.desk.context import Desk
from omnitui.desk.templates import directories as template_directories
from omnitui.desk.templates import load as load_templates
from store import accounts
from store.clock import now
from store.database import open_database, transaction
from store.driver import Connection

ARTICLES = Path(__file__).with_name("articles")
"""The practice shop's knowledge base."""
BATCH = 500
FEWER = 120
"""Customers of the past where a scenario is played: it starts at once."""

# Account name and the channel it poses as are one and the same here.
ACCOUNTS = {
    "email": DESK_ADDRESS,
    "telegram": "@northwind_help_bot",
    "webchat": "northwind.example",
}


def prepare(directory: Path, *, speed: float, scenario: Scenario | None = None) -> Config:
    """Make the desk under `directory`, or go on with the one that is there. With a scenario its
    customers write, and nobody else.

    Raises `config.load.ConfigError` and `store.errors.StoreError`.
    """
    home = find_home(directory)
    if not home.config_file.exists():
        home.config.mkdir(parents=True, exist_ok=True)
        home.config_file.write_text(_settings(home, speed, scenario), encoding="utf-8")
    if not home.articles.exists():
        shutil.copytree(ARTICLES, home.articles)
    config = load(home, personal=True)
    if not home.store_file.exists():
        db = open_database(home.store_file)
        try:
            fill(db, config, scenario)
        finally:
            db.close()
    return config


def fill(db: Connection, config: Config, scenario: Scenario | None = None) -> None:
    """Write the past through the same intake that a channel's messages take."""
    templates = load_templates(template_directories(config))
    answers = {
        (template.name, language): body
        for template in templates.all
        for language, body in template.variants.items()
    }
    desk = Desk(db, config, agent=ENGINE)
    messages = past(now(), answers) if scenario is None else _before(scenario, answers)
    for name, address in ACCOUNTS.items():
        items: list[Received] = [m.inbound for m in messages if m.account == name]
        for start in range(0, len(items), BATCH):
            with transaction(db):
                account = accounts.ensure(db, name, name, address=address, display_name=SHOP)
                intake.accept(desk, account, items[start : start + BATCH])
    for told in returning(now()) if scenario is None else ():
        with transaction(db):
            intake.accept(desk, accounts.get(db, told.account), [told.inbound])
    with transaction(db):
        cards.fill_in(desk, AGENTS)


def _before(scenario: Scenario, answers: Mapping[tuple[str, str], str]) -> list[PastMessage]:
    """A past in which nobody waits, and that of the scenario's customers."""
    from omnitui.demo.practice.past import earlier

    whole = past(now(), answers, customers=FEWER, conversations=2 * FEWER, waiting=False)
    return sorted([*whole, *earlier(scenario, now())], key=lambda message: message.at)


def _settings(home: Home, speed: float, scenario: Scenario | None) -> str:
    lines = [
        "# A practice desk. Nothing here reaches a real person.",
        "[desk]",
        f'name = "{SHOP}"',
        'engine = "auto"',
        "",
        f"[agents.{json.dumps(getpass.getuser())}]",
        "# What customers read you are called.",
        'name = "Alex"',
        *(f"[agents.{json.dumps(colleague)}]" for colleague in AGENTS),
    ]
    for name, address in ACCOUNTS.items():
        lines += [
            "",
            f"[accounts.{name}]",
            'channel = "practice"',
            f'as = "{name}"',
            f'address = "{address}"',
            f'name = "{SHOP}"',
            f'directory = "{home.state / "practice"}"',
            f"speed = {speed}",
        ]
        if scenario is not None:
            lines.append(f"scenario = {json.dumps(str(scenario.path), ensure_ascii=False)}")
    if scenario is None:
        lines += ["", *_own_chat(home)]
    lines += ["", cards.SETTINGS]
    return "\n".join(lines) + "\n"


def _own_chat(home: Home) -> list[str]:
    """The chat on a page of this machine, by which one writes to oneself."""
    token, identity = (_secret(home, name) for name in ("desk-token", "identity"))
    return [
        "# A real relay with a page to chat from; what is written there comes from nobody else.",
        f"[accounts.{relay.ACCOUNT}]",
        'channel = "webchat"',
        'relay = "http://127.0.0.1:8800"',
        f'token = "file:{token}"',
        f'name = "{SHOP}"',
        "",
        "[relay]",
        'listen = "127.0.0.1:0"',
        "",
        "[relay.sites.northwind]",
        f'title = "{SHOP}"',
        f'desk_token = "file:{token}"',
        f'identity_secret = "file:{identity}"',
        'allowed_origins = ["http://127.0.0.1"]',
        "# A practice desk sends no mail.",
        "verify = false",
        "transcript = false",
    ]


def _secret(home: Home, name: str) -> Path:
    path = home.state / "secrets" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return path
