"""One customer as a file tells of them, whatever the file's format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from config.i18n import _

Target = str
"""What a column or a property is: one of `TARGETS`, "field:KEY", "-" (known and left out), or ""
(not known)."""

TARGETS = (
    "name", "first-name", "middle-name", "last-name", "email", "phone", "telegram", "company",
    "note", "tags", "language", "timezone",
)  # fmt: skip
"""What a record has; anything else is a field."""

MANY = 50
"""Values of one kind that one record may have."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What could not be taken in, or not all of it."""

    line: int
    """Where it begins in the file, from 1."""
    sentence: str

    def __str__(self) -> str:
        return _("line {n}: {sentence}").format(n=self.line, sentence=self.sentence)


@dataclass(slots=True)
class Raw:
    """A record as written: what stands under each target, in the order of the file."""

    line: int
    values: dict[Target, list[str]] = field(default_factory=dict)

    def add(self, target: Target, value: str) -> None:
        value = value.replace("\0", "").strip()
        there = self.values.setdefault(target, [])
        if value and target not in ("", "-") and len(there) < MANY and value not in there:
            there.append(value)

    def all(self, target: Target) -> list[str]:
        return self.values.get(target, [])

    def first(self, target: Target) -> str:
        return next(iter(self.all(target)), "")

    def fields(self) -> Iterator[tuple[str, str]]:
        for target, values in self.values.items():
            if target.startswith("field:") and values:
                yield target.removeprefix("field:"), ", ".join(values)

    @property
    def is_empty(self) -> bool:
        return not any(self.values.values())


Recognise = Callable[[str], Target]
"""What a column or property of that name is."""


def recogniser(
    meant: Mapping[str, str], keys: Iterable[tuple[str, str]], known: Recognise
) -> Recognise:
    """What `known` says of a name, unless the person who imports, or the desk's settings, say
    otherwise.

    Args:
        meant: name → one of `TARGETS`, "-", or a field's key.
        keys: the key and the label of each field in the settings.
    """
    told = {name.strip().casefold(): _target(target) for name, target in meant.items()}
    own = {name.strip().casefold(): f"field:{key}" for key, label in keys for name in (key, label)}

    def recognise(name: str) -> Target:
        folded = name.strip().casefold()
        last = folded.rpartition(".")[2]  # `custom_fields.plan`
        return told.get(folded) or own.get(folded) or own.get(last) or known(name)

    return recognise


def _target(word: str) -> Target:
    return word if word in TARGETS or word == "-" else f"field:{word}"
