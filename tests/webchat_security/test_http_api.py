"""The HTTP API does what docs/relay-openapi.json says, for requests that fit it and for others."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.schemas import BaseSchema
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
OPERATIONS = [
    (path, method)
    for path, methods in json.loads(SPECIFICATION.read_text("utf-8"))["paths"].items()
    for method in methods
    if method in ("get", "post", "put", "patch", "delete") and path != "/v1/events"
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
FEW = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                           HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip


@cache
def _api() -> BaseSchema:
    return schemathesis.openapi.from_path(SPECIFICATION)


def ask(path: str, method: str, shop: Shop, how: settings) -> None:
    """Ask one operation; what is asked is thought out here, not by each worker at collection."""
    headers = {"Authorization": f"Bearer {shop.desk_token}", "Origin": ORIGIN}

    def test(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=shop.own_url, headers=headers, checks=CHECKS, timeout=40)

    asked: Callable[[], None] = build_operation_test(
        config=_api().config,
        operation=_api()[path][method.upper()],
        test_func=test,
        given_kwargs={},
        feedback=FeedbackSources(),
        explicit_settings=how,
    )
    asked()


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_it_does_what_it_says(path: str, method: str, shop: Shop) -> None:
    ask(path, method, shop, FEW)
