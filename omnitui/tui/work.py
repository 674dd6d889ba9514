"""Work beside the screen. Given as something to call: a coroutine that is cancelled before it
started would never be awaited."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, Literal, Protocol, cast

from textual.app import App
from textual.css.query import NoMatches
from textual.dom import DOMNode, NoScreen
from textual.screen import Screen
from textual.worker import Worker, WorkerCancelled

from store.errors import StoreError

Work = Callable[[], Awaitable[Any]]


class _Station(Protocol):
    def say(self, sentence: str, level: Literal["error"]) -> None: ...


class _App(Protocol):
    """What is needed of the program, which stands above everything that works here."""

    workstation: _Station


def start(node: DOMNode, work: Work, group: str, *, exclusive: bool = False) -> Worker[None]:
    """Run `work` until `node` is gone; `exclusive` ends what runs in the same group. A store that
    fails is said where nobody said it; anything else is a bug."""

    async def told() -> None:
        try:
            await work()
        except StoreError as error:
            cast("_App", node.app).workstation.say(str(error), "error")
        except Exception as error:
            # What a node is made of goes before its work is cancelled.
            if isinstance(error, NoMatches | NoScreen) and not _is_there(node):
                return
            # Before Textual writes a report for nobody: there may be no memory for that.
            node.app._handle_exception(error)
            raise

    called = cast("Callable[[], Coroutine[None, None, None]]", told)
    return node.run_worker(called, name=group, group=group, exclusive=exclusive)


@contextlib.contextmanager
def unless_gone(node: DOMNode) -> Iterator[None]:
    """What a node is made of goes before its work is cancelled: that is no bug."""
    try:
        yield
    except (NoMatches, NoScreen):
        if _is_there(node):
            raise


def _is_there(node: DOMNode) -> bool:
    if not node.app.is_running:
        return False  # a program that ends takes its screens apart from within
    if isinstance(node, Screen):
        return node.is_active
    return isinstance(node, App) or node.is_attached


async def over(newest: Callable[[], Worker[None] | None]) -> None:
    """Wait until the newest of a row of workers is over; one that another took the place of is
    waited for no longer."""
    while (worker := newest()) is not None and not worker.is_finished:
        with contextlib.suppress(WorkerCancelled):
            await worker.wait()
