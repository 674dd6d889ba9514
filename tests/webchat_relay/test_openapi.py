"""docs/relay-openapi.json has every path of the relay, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.routing import Route, WebSocketRoute

from config.relay import RelaySettings, RelaySite
from config.secret_ref import SecretRef
from connectors.webchat.relay.app import create_app
from connectors.webchat.relay.errors import STATUS

SPECIFICATION = Path(__file__).parents[2] / "docs" / "relay-openapi.json"


@pytest.fixture(scope="module")
def specification() -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    found: dict[str, dict[str, dict[str, dict[str, object]]]] = json.loads(
        SPECIFICATION.read_text("utf-8")
    )
    return found


def test_it_has_every_route(specification: dict[str, dict[str, object]], tmp_path: Path) -> None:
    site = RelaySite("acme", SecretRef("env", "X"), ("https://acme.example",))
    app = create_app(
        RelaySettings(sites={"acme": site}),
        directory=tmp_path,
        key_file=tmp_path / "key",
        secret=lambda _ref: "x" * 40,
    )
    served = set()
    for route in app.routes:
        assert isinstance(route, Route | WebSocketRoute)
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: "{" + found[1] + "}", route.path)
        methods = route.methods if isinstance(route, Route) else {"GET"}
        served |= {(path.replace("{file}", "{id}"), each) for each in methods or ()}
    served = {(path, method) for path, method in served if method not in ("HEAD", "OPTIONS")}
    told = {
        (path, method.upper()) for path, each in specification["paths"].items() for method in each
    }
    assert told == served


def test_every_refusal_is_told(specification: dict[str, dict[str, object]]) -> None:
    text = json.dumps(specification["components"]["responses"])
    for code, status in STATUS.items():
        if status not in (500,):
            assert f"`{code}`" in text, code
