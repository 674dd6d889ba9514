from __future__ import annotations

from omnitui.tui.text.tables import fitted

TABLE = [
    "Article             Pieces     Price",
    "Linen shirt, blue        2     98.00",
    "Linen trousers           1    120.00",
]


def test_a_table_that_fits_keeps_its_columns() -> None:
    assert fitted(TABLE, 40) == TABLE


def test_a_table_that_does_not_fit_is_taken_apart_by_row() -> None:
    assert list(fitted(["Your order:", *TABLE, "Thanks"], 30)) == [
        "Your order:",
        "Article · Pieces · Price",
        "Linen shirt, blue · 2 · 98.00",
        "Linen trousers · 1 · 120.00",
        "Thanks",
    ]


def test_bars_and_rules_are_a_table_too() -> None:
    lines = ["Size | Chest | Waist", "-----|-------|------", "S    | 88 cm | 74 cm"]
    assert list(fitted(lines, 18)) == ["Size · Chest · Waist", "S · 88 cm · 74 cm"]


def test_two_blanks_after_a_full_stop_are_no_table() -> None:
    prose = ["It came on Monday.  The box was wet.", "Can you send another one?  Thanks."]
    assert list(fitted(prose, 20)) == prose
    assert list(fitted(prose[:1], 20)) == prose[:1]
