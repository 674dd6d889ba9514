"""The HTTP API does what docs/relay-openapi.json says, for requests that fit it and for others."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.webchat.shop import ROOT, Shop
from tests.webchat_security.conftest import ORIGIN

pytestmark = pytest.mark.xdist_group("webchat-security")

SPECIFICATION = Path(ROOT, "docs", "relay-openapi.json")
# A stream of events has no end; tests/webchat_relay reads it.
API = schemathesis.openapi.from_path(SPECIFICATION).exclude(path="/v1/events")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                           HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip


def ask(case: schemathesis.Case, shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {shop.desk_token}", "Origin": ORIGIN}
    case.call_and_validate(base_url=shop.own_url, headers=headers, checks=CHECKS, timeout=40)


@API.parametrize()
@FEW
def test_it_does_what_it_says(case: schemathesis.Case, shop: Shop) -> None:
    ask(case, shop)
