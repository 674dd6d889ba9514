"""In which language, and by which clock, a customer is written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from omnitui.desk.context import Desk
from store import customers, visits
from store.model import Account, CustomerId, Millis

T = TypeVar("T")
_DAYS = {"en": "%Y-%m-%d", "uk": "%d.%m.%Y", "ru": "%d.%m.%Y", "pl": "%d.%m.%Y"}
"""Also the languages that letters are written in."""


@dataclass(frozen=True, slots=True)
class Tongue:
    """How somebody is written to."""

    language: str
    """`en`, `uk`, `ru` or `pl`."""
    timezone: str
    """IANA; empty: the desk machine's own."""

    def of(self, texts: Mapping[str, T]) -> T:
        """The one in this language."""
        return texts[self.language]

    def moment(self, at: Millis) -> str:
        """Day and minute, as the customer's clock had it."""
        try:
            zone = ZoneInfo(self.timezone) if self.timezone else None
        except (ZoneInfoNotFoundError, ValueError):
            zone = None
        shown = datetime.fromtimestamp(at / 1000, zone)
        return shown.strftime(f"{_DAYS[self.language]} %H:%M")


def tongue_of(
    desk: Desk, customer_id: CustomerId | None, account: Account, address: str, told: str = ""
) -> Tongue:
    """Of somebody in a chat: what their card says, else what they `told` now, else what their
    browser said, else the desk's."""
    card = customers.get(desk.db, customer_id) if customer_id is not None else None
    visit = visits.get(desk.db, account.id, address)
    browser = visit.details if visit else {}
    languages = (
        card.language if card else "",
        told,
        str(browser.get("language") or ""),
        desk.config.desk.language,
    )
    spoken = [one.replace("_", "-").partition("-")[0].lower() for one in languages]
    zones = (
        card.timezone if card else "",
        str(browser.get("timezone") or ""),
        desk.config.desk.timezone,
    )
    return Tongue(
        next((one for one in spoken if one in _DAYS), "en"), next((z for z in zones if z), "")
    )
