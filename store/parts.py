"""Long lists of values in the few sizes that SQL has to be compiled for.

A statement with one mark a value is another statement for each number of values: a screen that
reads lists of all lengths compiles it each time, and keeps hundreds of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

MOST = 500
"""Values in a part."""
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, MOST)


def padded(values: list[T]) -> list[T]:
    """The same values, the last of them as often as it takes to have one of the few sizes: for
    `IN (…)`, to which that is all one. At most `MOST`, at least one."""
    size = next(one for one in _SIZES if one >= len(values))
    return values + values[-1:] * (size - len(values))


def in_parts(values: Iterable[T]) -> Iterator[tuple[str, list[T]]]:
    """The marks for `IN (…)` and what they stand for, part by part."""
    every = list(values)
    for start in range(0, len(every), MOST):
        part = padded(every[start : start + MOST])
        yield ",".join("?" * len(part)), part
