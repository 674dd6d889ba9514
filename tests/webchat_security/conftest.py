"""The relay as a process, with two sites and nobody at the desk; strangers knock at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.webchat.shop import Shop
from tests.webchat_security.talker import Talker

ORIGIN = "https://shop.test"

Talks = Callable[..., Talker]


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("shop") / "desk", [ORIGIN])
    try:
        made.start_relay()
        yield made
        assert "Traceback" not in made.log("relay"), made.log("relay")[-4000:]
    finally:
        made.close()


@pytest.fixture(autouse=True)
def _relay_lives(shop: Shop) -> Iterator[None]:
    """Whatever is done to it, it goes on, and takes a message of somebody else."""
    yield
    assert shop.relay is not None
    assert shop.relay.poll() is None, shop.log("relay")[-4000:]
    with Talker(shop.port, ORIGIN) as other:
        assert other.writes("still here")["seq"] == 1


@pytest.fixture
def talks(shop: Shop) -> Iterator[Talks]:
    """`talks()`: a new visitor; `talks(token=…)` one who comes again."""
    made: list[Talker] = []

    def talk(**fields: object) -> Talker:
        made.append(Talker(shop.port, ORIGIN, **fields))  # type: ignore[arg-type]
        return made[-1]

    yield talk
    for talker in made:
        talker.connection.close()
