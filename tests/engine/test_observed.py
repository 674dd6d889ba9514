"""Watching the engine run: metrics, health, `omnitui status`, and what the log's lines are."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from omnitui.engine.backoff import Pace
from omnitui.engine.desk import EngineDesk
from omnitui.engine.observed import Observed
from store import accounts, conversations
from store.database import Store, transaction
from tests.desk.office import HOUR, Office, support_mailbox
from tests.engine.desk_home import DeskHome, until
from tests.servers.command import omnitui_at

SECRET = "The secret matter of joe@home.example"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def desk(tmp_path: Path) -> DeskHome:
    return DeskHome(tmp_path / "desk")


def set_up(desk: DeskHome, *lines: str) -> None:
    path = desk.directory / "config.toml"
    path.write_text(path.read_text().replace("[desk]", "\n".join(["[desk]", *lines]), 1))


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_health_and_status(desk: DeskHome) -> None:
    port = free_port()
    set_up(desk, f'metrics = "127.0.0.1:{port}"', 'log = "json"')
    engine = desk.start(wait=False)
    try:
        until(lambda: "/metrics" in desk.log, lambda: desk.log)
        url = f"http://127.0.0.1:{port}"
        desk.eventually(lambda d: accounts.get(d.db, "one").state == "online")
        first = samples(httpx.get(f"{url}/metrics").text)
        assert first["omnitui_account_state", "one", "online"] == 1
        assert first["omnitui_conversations_waiting",] == 0
        desk.place.deliver(SECRET)
        desk.eventually(lambda d: conversations.all(d.db))
        answer = httpx.get(f"{url}/metrics")
        told = samples(answer.text)
        assert told["omnitui_events_total", "message.received", "one"] == 1
        assert told["omnitui_conversations_waiting",] == 1
        assert told["omnitui_longest_wait_seconds",] > 0
        assert told["omnitui_free_bytes",] > 0
        assert "home.example" not in answer.text
        health = httpx.get(f"{url}/healthz")
        assert (health.status_code, health.json()["status"]) == (200, "ok")
        assert httpx.get(f"{url}/elsewhere").status_code == 404

        # A reply that did not get out, and an account that is down.
        def fail(d: object) -> None:
            account = accounts.get(d.db, "one")  # type: ignore[attr-defined]
            accounts.set_state(d.db, account.id, "failed", "password refused", 1)  # type: ignore[attr-defined]

        desk.write(fail)
        health = httpx.get(f"{url}/healthz")
        assert health.status_code == 200
        assert health.json() == {"status": "degraded", "failing": [], "accounts_down": ["one"]}
        status = omnitui_at(desk.directory, "status", "--json")
        said = json.loads(status.stdout)
        assert (status.returncode, said["ok"], said["waiting"]) == (1, False, 1)
        assert said["engine"]["pid"] == engine.pid
        plain = omnitui_at(desk.directory, "status")
        assert "! one is down: password refused" in plain.stdout
        short = omnitui_at(desk.directory, "status", "--short")
        assert short.stdout.splitlines() == ["1 waits · 0 mine · ! one is down: password refused"]
    finally:
        assert desk.stop(engine) == 0
        desk.close()
    lines = [json.loads(line) for line in desk.log.splitlines()]
    assert {"at", "level", "part", "message"} <= lines[0].keys()
    assert any(line["part"] == "metrics" for line in lines)
    assert "secret" not in desk.log
    assert "home.example" not in desk.log


def test_a_taken_address_ends_no_engine(desk: DeskHome) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        set_up(desk, f'metrics = "127.0.0.1:{taken.getsockname()[1]}"')
        engine = desk.start()
        try:
            desk.place.deliver("Hello")
            desk.eventually(lambda d: conversations.all(d.db))
            until(lambda: "metrics: cannot listen" in desk.log)
        finally:
            assert desk.stop(engine) == 0
            desk.close()


def test_status_of_a_desk_without_a_store(desk: DeskHome) -> None:
    result = omnitui_at(desk.directory, "status")
    assert result.returncode == 0
    assert "Engine: does not run" in result.stdout
    assert "No customer waits." in result.stdout


def test_every_metric_is_documented(tmp_path: Path) -> None:
    from omnitui.engine.metrics import Metrics

    document = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text()
    text = Metrics(tmp_path / "desk.sqlite").text().decode()
    names = {family.name for family in text_string_to_metric_families(text)}
    ours = {name.removesuffix("_created") for name in names if name.startswith("omnitui_")}
    assert len(ours) > 10
    assert [name for name in sorted(ours) if name not in document] == []


async def test_health_is_about_what_is_served_and_a_store_that_is_gone_is_told(
    tmp_path: Path,
) -> None:
    port = free_port()
    with Office.open(tmp_path) as office:
        conversation = office.got(office.letter()).conversation_id
        office.reply(conversation)
        with transaction(office.desk.db):
            accounts.set_state(office.desk.db, office.mail.id, "online", "", 1)
            # Both left config.toml long ago.
            for gone in (office.sales, office.chat):
                accounts.set_state(office.desk.db, gone.id, "stopped", "", 1)
        config = replace(office.desk.config, accounts={"support": support_mailbox()})
        store = await Store.open(config.home.store_file)
        observed = Observed(EngineDesk(store, config, Pace(), office.clock), ("127.0.0.1", port))
        watching = asyncio.create_task(observed.run())
        try:
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", transport=httpx.AsyncHTTPTransport(retries=9)
            ) as http:
                assert (await http.get("/healthz")).json()["status"] == "ok"
                office.clock.pass_(HOUR)
                stuck = await http.get("/healthz")
                assert stuck.status_code == 503
                assert stuck.json()["failing"] == ["replies are due and are not sent"]
                config.home.data.rename(tmp_path / "aside")
                lost = [await http.get(path) for path in ("/healthz", "/metrics")]
                assert [answer.status_code for answer in lost] == [503, 503]
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await store.close()


def test_what_a_web_server_s_own_log_quotes_is_not_in_the_engine_s() -> None:
    said = (
        "import logging; from omnitui.engine.log import log_to_stderr; log_to_stderr()\n"
        f"try: raise ValueError({SECRET!r})\n"
        "except ValueError: logging.getLogger('uvicorn.error').exception('in an application')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
