"""How many arguments a callback takes, read off its code.

Textual asks `inspect.signature` for it whenever a timer goes off or something is called later: it
keeps the answer at the callback, and most of those are made for the one call.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from textual import _callback

_OTHERWISE = ("__wrapped__", "__signature__", "__text_signature__")
"""What makes `inspect.signature` say something else than the code does."""


def parameters(function: Callable[..., Any]) -> int:
    """How many parameters a callable has, without what it is bound to. Raises as
    `inspect.signature`."""
    code = getattr(function, "__func__", function)
    if not isinstance(code, FunctionType) or any(name in code.__dict__ for name in _OTHERWISE):
        return len(inspect.signature(function).parameters)
    of = code.__code__
    count = of.co_argcount + of.co_kwonlyargcount
    count += bool(of.co_flags & inspect.CO_VARARGS) + bool(of.co_flags & inspect.CO_VARKEYWORDS)
    return count - (code is not function and of.co_argcount > 0)


def count_quickly() -> None:
    """From now on, in this process."""
    _callback._count_parameters = parameters  # type: ignore[assignment]
