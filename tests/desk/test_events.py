"""The log's kinds are documented, all of them."""

from __future__ import annotations

import re
from pathlib import Path

from tests.desk.office import Office

ROOT = Path(__file__).parents[2]
KIND = re.compile(
    r'"((?:message|messages|conversation|customer|identity|suggestion|chat|file|link|agent|session'
    r'|retention|desk|hook|contact|note)\.(?!json")[a-z]+)"'
)
VARIABLES = {
    f"{scope}.{name}"
    for scope, names in {
        "customer": "name company language",
        "link": "url name",
        "conversation": "id",
        "agent": "name",
        "desk": "name",
    }.items()
    for name in names.split()
}


def test_every_kind_is_in_the_manual() -> None:
    manual = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"`([a-z]+\.[a-z]+)`", manual))
    used = {
        kind
        for path in (ROOT / "omnitui" / "desk").rglob("*.py")
        for kind in KIND.findall(path.read_text(encoding="utf-8"))
    }
    assert used - VARIABLES <= documented
    assert {kind for kind in documented if not kind.startswith("account.")} <= used


def test_what_happens_to_a_conversation_happens_to_its_customer(office: Office) -> None:
    first = office.got(office.letter())
    office.do(first.conversation_id, "assign me", "close")
    for kind in ("conversation.assigned", "conversation.status", "message.received"):
        assert office.log(kind)[-1].customer_id == first.customer_id
