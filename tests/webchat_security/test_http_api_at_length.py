"""The HTTP API, asked fifty times as much."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.webchat.shop import Shop
from tests.webchat_security.test_http_api import FEW, OPERATIONS, ask

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("webchat-security")]


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_it_does_what_it_says_whatever_is_asked(path: str, method: str, shop: Shop) -> None:
    ask(path, method, shop, settings(FEW, max_examples=400))
