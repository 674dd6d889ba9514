"""Prices of invoices and payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.telegram.reading.values import one_line, string, whole

# https://core.telegram.org/bots/payments/currencies.json, field `exp`; the others have two.
_PLACES = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}


def money(found: Mapping[str, Any]) -> dict[str, Any]:
    """`price` for people, and `currency` and `amount` (in its smallest units) as told."""
    currency, amount = one_line(string(found.get("currency"))), whole(found.get("total_amount"))
    if not currency or amount is None:
        return {}
    places = _PLACES.get(currency, 2)
    price = f"{amount} ⭐" if currency == "XTR" else f"{amount / 10**places:.{places}f} {currency}"
    return {"price": price, "currency": currency, "amount": amount}
