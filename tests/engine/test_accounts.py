"""What one account does, no other notices; and everybody can see how it is."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable

import pytest

from omnitui.desk.context import Desk
from store import accounts, conversations, ledger, messages
from store.model import Account
from tests.engine.desk_home import DeskHome, until


def state(name: str = "one") -> Callable[[Desk], Account]:
    return lambda desk: accounts.get(desk.db, name)


def is_in(name: str, wanted: str) -> Callable[[Desk], bool]:
    return lambda desk: accounts.get(desk.db, name).state == wanted


def received(desk: Desk) -> list[str]:
    return [
        message.text
        for conversation in conversations.all(desk.db)
        for message in messages.of_conversation(desk.db, conversation.id)
        if message.direction == "in"
    ]


def test_state_is_online_then_stopped(desk: DeskHome) -> None:
    process = desk.start()
    desk.eventually(is_in("one", "online"))
    assert desk.read(state()).state_reason == "scripted"
    assert desk.read(state()).capabilities["write_first"] is True
    desk.stop(process)
    assert desk.read(state()).state == "stopped"


def test_an_unreachable_server_is_tried_again(desk: DeskHome) -> None:
    desk.place.fault("run unreachable")
    desk.start()
    desk.eventually(is_in("one", "retrying"))
    assert desk.read(state()).state_reason == "The script cut the line."
    until(lambda: desk.place.starts() >= 3)
    desk.place.fault()
    desk.place.deliver("after the outage")
    desk.eventually(lambda d: received(d) == ["after the outage"])
    desk.eventually(is_in("one", "online"))


def test_a_refused_password_is_tried_slowly_and_at_once_on_sighup(desk: DeskHome) -> None:
    desk.place.fault("run auth")
    process = desk.start()
    desk.eventually(is_in("one", "failed"))
    assert desk.read(state()).state_reason == "The script knows no such password."
    desk.place.fault()
    process.send_signal(signal.SIGHUP)
    desk.eventually(is_in("one", "online"))


def test_a_connectors_bug_harms_no_other_account(make_desk: Callable[..., DeskHome]) -> None:
    desk = make_desk("one", "two")
    desk.places["one"].fault("run crash")
    desk.start()
    desk.eventually(is_in("one", "failed"))
    desk.places["two"].deliver("I am well")
    desk.eventually(lambda d: received(d) == ["I am well"])
    reason = desk.read(state()).state_reason
    assert "ZeroDivisionError" in reason
    # Each screen says it in its own language.
    source = json.loads(desk.read(state()).state_source)
    assert source["v"] == {"error": "ZeroDivisionError"}
    assert "customer secret words" not in reason
    assert "scripted.py" in desk.log
    assert "customer secret words" not in desk.log
    desk.places["one"].fault()
    desk.eventually(is_in("one", "online"))


@pytest.mark.parametrize(
    ("fault", "words"), [("cancelled", "without saying why"), ("group", "Cut in a group.")]
)
def test_odd_ways_to_fail_are_failures_too(desk: DeskHome, fault: str, words: str) -> None:
    desk.place.fault(f"run {fault}")
    desk.start()
    desk.eventually(lambda d: words in accounts.get(d.db, "one").state_reason)
    desk.place.fault()
    desk.eventually(is_in("one", "online"))


def test_a_line_that_breaks_while_the_engine_ends_does_not_keep_it(desk: DeskHome) -> None:
    process = desk.start()
    desk.eventually(is_in("one", "online"))
    desk.place.fault("end unreachable")
    assert desk.stop(process) == 0
    assert desk.read(state()).state == "stopped"


def test_every_connector_is_closed_once(desk: DeskHome) -> None:
    desk.place.fault("run unreachable")
    process = desk.start()
    until(lambda: desk.place.starts() >= 3)
    desk.stop(process)
    closed = (desk.place.directory / "closed.jsonl").read_text().count("\n")
    # One more was built and waited when the engine ended.
    assert closed in (desk.place.starts(), desk.place.starts() + 1)


def test_a_channel_nobody_serves_is_said(desk: DeskHome) -> None:
    file = desk.directory / "config.toml"
    file.write_text(file.read_text() + '[accounts.odd]\nchannel = "smoke-signals"\n')
    desk.start()
    desk.eventually(is_in("odd", "failed"))
    reason = desk.read(state("odd")).state_reason
    assert "smoke-signals" in reason
    assert "email" in reason
    desk.eventually(is_in("one", "online"))


def test_settings_that_cannot_work_are_said(desk: DeskHome) -> None:
    desk.place.fault("build misconfigured")
    desk.start()
    desk.eventually(is_in("one", "failed"))
    assert desk.read(state()).state_reason == "The script says that these settings cannot work."
    desk.place.fault()
    desk.eventually(is_in("one", "online"))


def test_an_account_that_left_the_configuration_is_shown_stopped(desk: DeskHome) -> None:
    desk.kill(desk.start())
    file = desk.directory / "config.toml"
    file.write_text('[desk]\nname = "Test"\n')
    desk.start()
    desk.eventually(is_in("one", "stopped"))
    assert "config.toml" in desk.read(state()).state_reason


def test_a_poisonous_item_is_quarantined_and_the_rest_goes_in(desk: DeskHome) -> None:
    texts = [f"message {n}" for n in range(20)]
    texts[7], texts[13] = "poison 7", "poison 13"
    desk.place.deliver(*texts)
    desk.start()
    desk.eventually(lambda d: len(ledger.all(d.db)) == 20)
    bad = desk.read(lambda d: ledger.quarantined(d.db))
    assert {receipt.external_id for receipt in bad} == {"line/000000007", "line/000000013"}
    assert all(receipt.raw for receipt in bad)
    assert len(desk.read(received)) == 18
    assert desk.read(lambda d: accounts.cursor(d.db, accounts.get(d.db, "one").id)) == {"lines": 20}
    assert "poison 7" not in desk.log


def test_mail_taken_in_survives_kills_and_is_never_doubled(desk: DeskHome) -> None:
    total = 1500
    desk.place.deliver(*(f"message {n}" for n in range(total)))
    for share in (0.1, 0.35, 0.6, 0.85):
        process = desk.start()
        desk.eventually(lambda d, share=share: len(ledger.all(d.db)) >= total * share)
        desk.kill(process)
    process = desk.start()
    desk.eventually(lambda d: len(ledger.all(d.db)) == total)
    assert sorted(desk.read(received)) == sorted(f"message {n}" for n in range(total))
    assert {r.outcome for r in desk.read(lambda d: ledger.all(d.db))} == {"accepted"}
    assert desk.stop(process) == 0


def test_the_last_success_is_kept_and_an_idle_desk_stays_idle(desk: DeskHome) -> None:
    started = time.time() * 1000
    process = desk.start()
    desk.eventually(is_in("one", "online"))
    first = desk.read(lambda d: accounts.get(d.db, "one").last_success_at)
    assert first is not None
    assert started - 1000 <= first <= time.time() * 1000
    desk.place.deliver("one", "two")
    desk.eventually(lambda d: len(ledger.all(d.db)) == 2)
    assert desk.read(lambda d: accounts.get(d.db, "one").last_success_at) == first, "once a minute"
    desk.place.fault("run unreachable")
    desk.eventually(is_in("one", "retrying"))
    assert desk.stop(process) == 0
    account = desk.read(lambda d: accounts.get(d.db, "one"))
    assert account.state == "stopped"
    assert account.last_success_at == first, "what went wrong since is no success"
