"""Work beside the screen. Given as something to call: a coroutine that is cancelled before it
started would never be awaited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from textual.dom import DOMNode
from textual.worker import Worker

Work = Callable[[], Awaitable[Any]]


def start(node: DOMNode, work: Work, group: str, *, exclusive: bool = False) -> Worker[None]:
    """Run `work` until `node` is gone; `exclusive` ends what runs in the same group."""
    called = cast("Callable[[], Coroutine[None, None, None]]", work)
    return node.run_worker(called, name=group, group=group, exclusive=exclusive)
