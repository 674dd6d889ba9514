"""The HTTP API, asked fifty times as much: thinking that up costs seconds before the first test
runs, so this is collected only where `make prove` asks for it."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import settings

from tests.webchat.shop import Shop
from tests.webchat_security.test_http_api import API, FEW, ask

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("webchat-security")]


@API.parametrize()
@settings(FEW, max_examples=400)
def test_it_does_what_it_says_whatever_is_asked(case: schemathesis.Case, shop: Shop) -> None:
    ask(case, shop)
