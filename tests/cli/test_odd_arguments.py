"""Numbers without end, bytes that are no text, JSON that goes too deep: each is one sentence."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run, SmallDesk

ENDLESS = "9" * 20
DEEP = "[" * 5000


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", ENDLESS],
        ["customer", ENDLESS],
        ["do", ENDLESS, "close"],
        ["hooks", "--again", ENDLESS],
        ["do", "1", f"message delete {ENDLESS}"],
        ["do", "1", f"outbox retry {ENDLESS}"],
        ["do", "1", f"customer merge {ENDLESS}"],
        ["do", "1", f"reply answer {ENDLESS}"],
        ["do", "1", f"reply delivery '{DEEP}'"],
        ["do", "1", f"batch '{DEEP}'"],
        ["do", "1", f"customer set-field x '{DEEP}'"],
        ["do", "1", "customer set-field x 1e999"],
        ["do", "1", "customer set-field x NaN"],
        ["do", "1", "tag add \udcff"],
        ["search", f"after:{ENDLESS}-01-01"],
    ],
    ids=lambda arguments: " ".join(arguments)[:24].encode("ascii", "replace").decode(),
)
def test_it_is_said_in_one_sentence(run: Run, desk: SmallDesk, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.code in (1, 2)
    assert "unexpectedly" not in result.err
    assert len(result.err.strip().splitlines()) == 1
