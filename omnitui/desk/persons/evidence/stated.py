"""What somebody says of themselves in a text: addresses, telephone numbers, order numbers, a name.

Only what is likely to be their own counts: who lists addresses speaks of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from omnitui.desk.addresses import normalised
from omnitui.desk.context import Desk
from omnitui.desk.persons.evidence import names, phones
from store.claims import Kind

LONGEST = 4_000
"""Characters of a text that are looked at."""
SEVERAL = 2
"""Different addresses, or numbers, in one text that may be one person's: more are a list."""
_ORDERS = 3
_DIGITS = re.compile(r"\d(?:[ \u00a0().\-–]{0,3}\d){3}")
_EMAIL = re.compile(
    r"(?<![\w.%+@'-])[\w.%+'-]{1,64}+@[\w-]{1,63}+(?:\.[\w-]{1,63}+){1,6}(?!\.?[\w@-])"
)
_ONE_EMAIL = re.compile(r"[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+\.[^\s@<>,;:\"\\]+")
_MINE = re.compile(
    r"(?:\b(?:my|me|mine|moj|mój|mnie)|(?<!\w)(?:мій|моя|мо[юєї]|мене|мой|меня|мне))(?!\w)[^\n]{0,40}$",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"(?:\b(?:order|purchase|invoice)s?(?:[ \t]{1,3}(?:number|num|id))?"
    r"|замовлен(?:ня|ню|ні|ням)|заказ(?:а|у|е|ом)?|zam[oó]wieni(?:e|a|u|em)|№|#)"
    r"[ \t:.=–-]{0,4}(?:(?:№|#|no|nr|номер(?:ом)?|numer)[ \t:.]{0,3})?"
    r"((?:[A-Z]{1,5}[-/]?)?\d{4,20})(?![\w@])",
    re.IGNORECASE,
)
"""A word for an order, or a number sign, before four digits or more."""
_RUN = re.compile(r"\d{4,}")
_LED_UP = 60
"""More characters than `_ORDER` has before its digits."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One thing that somebody says: `value` as it is compared, `shown` as they wrote it."""

    kind: Kind
    value: str
    shown: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a desk reads what people state."""

    region: str = ""
    """Whose telephone numbers are written without the country's code (ISO 3166)."""
    order: re.Pattern[str] = _ORDER

    @classmethod
    def of(cls, desk: Desk) -> Reading:
        return cls(phones.region(desk), desk.config.customers.order_number or _ORDER)

    def chat(self, text: str) -> list[Stated]:
        """What a message in a chat states."""
        if not self._is_worth(text):
            return []
        text = text[:LONGEST]
        emails = (found[0] for found in _emails(text))
        return [
            *_few(self.email(one) for one in emails),
            *_few(self._phones(text)),
            *self.orders(text),
            *self.name(names.told_in(text)),
        ]

    def mail(self, subject: str, text: str, signature: str) -> list[Stated]:
        """What a mail states: a body speaks of others, too, a signature of who signs."""
        if not self._is_worth(f"{subject}\n{text[:LONGEST]}\n{signature[:LONGEST]}"):
            return []
        text, signature = text[:LONGEST], signature[:LONGEST]
        theirs = [
            found[0]
            for found in _emails(text)
            if _MINE.search(text[max(0, found.start() - 60) : found.start()])
        ]
        signed = [found[0] for found in _emails(signature)]
        return [
            *_few(self.email(one) for one in (*theirs, *signed)),
            *_few([*self._phones(text), *self._phones(signature)]),
            *self.orders(f"{subject[:400]}\n{text}"),
            *self.name(names.told_in(text)),
        ]

    def form(self, fields: Mapping[str, str]) -> list[Stated]:
        """What was filled in: a field is an address or a number when all of it is."""
        found: list[Stated] = []
        for label, value in fields.items():
            value = value.strip()
            if not value or len(value) > LONGEST:
                continue
            if _ONE_EMAIL.fullmatch(value) and len(value) <= 320:
                found.append(self.email(value))
            elif len(value) <= 40 and (number := phones.international(value, self.region)):
                found.append(Stated("phone", number, value))
            elif label.strip().lower() == "name":
                found += self.name(value)
            else:
                found += self.orders(f"{label[:60]} {value}")
        return list(dict.fromkeys(found))

    def email(self, written: str) -> Stated:
        return Stated("email", normalised("email", written), written)

    def phone(self, written: str) -> list[Stated]:
        number = phones.international(written, self.region)
        return [Stated("phone", number, written)] if number else []

    def name(self, written: str) -> list[Stated]:
        words = names.folded(written)
        return [Stated("name", " ".join(sorted(words)), written[:200])] if words else []

    def orders(self, text: str) -> list[Stated]:
        found: dict[str, Stated] = {}
        for one in self._named(text[:LONGEST]):
            written = next((group for group in one.groups() if group), one[0])
            value = "".join(filter(str.isalnum, written)).upper()
            if value:
                found.setdefault(value, Stated("order", value, written[:60]))
        return list(found.values())[:_ORDERS]

    def _phones(self, text: str) -> Iterable[Stated]:
        named: set[tuple[int, int]] | None = None
        for number, written in phones.in_text(text, self.region):
            if named is None:
                named = {one.span(1) for one in self._named(text) if one.re.groups}
            at = text.find(written)
            if not any(start < at + len(written) and at < end for start, end in named):
                yield Stated("phone", number, written)

    def _named(self, text: str) -> Iterator[re.Match[str]]:
        """Where the text names orders. Of our own pattern only what leads up to digits is looked
        at: most of a text does not."""
        if self.order is not _ORDER:
            yield from self.order.finditer(text)
            return
        upto = 0
        for digits in _RUN.finditer(text):
            start = max(upto, digits.start() - _LED_UP)
            upto = digits.end()
            # And the next character, which may forbid it.
            yield from _ORDER.finditer(text, start, upto + 1)

    def _is_worth(self, text: str) -> bool:
        """Whether a closer look is: most texts state nothing."""
        if self.order is not _ORDER:
            return True
        if "@" in text or _DIGITS.search(text, 0, 2 * LONGEST):
            return True
        lower = text.lower()
        return any(words in lower for words in names.BEGINNINGS)


def _emails(text: str) -> Iterator[re.Match[str]]:
    return _EMAIL.finditer(text) if "@" in text else iter(())


def _few(stated: Iterable[Stated]) -> list[Stated]:
    """Those of one kind, unless they are a list of others'."""
    found = list({one.value: one for one in stated}.values())
    return found if len(found) <= SEVERAL else []
