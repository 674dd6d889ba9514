"""How many arguments a callback takes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from textual.message_pump import MessagePump

from omnitui.tui.callbacks import parameters


class _Some:
    def plain(self, one: int, /, two: int = 2, *, three: int = 3) -> None: ...

    def all(self, *those: int, **named: int) -> None: ...

    def bare(*those: int) -> None: ...

    @classmethod
    def whole(cls, one: int) -> None: ...

    @staticmethod
    def alone(one: int) -> None: ...

    def __call__(self, one: int) -> None: ...


_bare: Callable[..., Any] = getattr(_Some(), "bare")  # noqa: B009


@functools.wraps(_Some.plain)
def _wrapped(*those: Any, **named: Any) -> None: ...


@pytest.mark.parametrize(
    "function",
    [
        _Some.plain, _Some().plain, _Some().all, _bare, _Some.whole, _Some.alone, _Some(),
        _Some, _wrapped, functools.partial(_Some().plain, 1), lambda: None, len,
        MessagePump().call_next,
    ],
)  # fmt: skip
def test_as_many_as_the_signature_says(function: Callable[..., Any]) -> None:
    assert parameters(function) == len(inspect.signature(function).parameters)
