"""The screen as it is, of an agent who need not be a Unix user, with a book of what it does.

`python -m tests.team_load.run_screen HOME AGENT BOOK`: into the file BOOK goes a line for each
command that the store has taken, each sentence of trouble that was said, each error of a locked
store that was made, and at the end what was asked of the store how often, and how it ended.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config import access
from config.home import find_home
from config.i18n import set_language
from config.load import load
from omnitui.tui.without_openssl import leave_openssl_out

leave_openssl_out()  # as `omnitui.cli.screen` does

from omnitui.tui import app  # noqa: E402
from omnitui.tui.link.desk_link import DeskLink  # noqa: E402
from omnitui.tui.screens.workstation import Workstation  # noqa: E402
from store.database import Store  # noqa: E402
from store.errors import StoreLocked  # noqa: E402


class Book:
    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.asked: defaultdict[str, list[float]] = defaultdict(lambda: [0, 0.0])

    def note(self, kind: str, **facts: Any) -> None:
        os.write(self._file, (json.dumps({"kind": kind, **facts}) + "\n").encode())


def _keep(book: Book) -> None:
    run, say = DeskLink.run, Workstation.say

    async def accepted(self: DeskLink, line: str, targets: Sequence[Any], **options: Any) -> Any:
        outcomes = await run(self, line, targets, **options)
        book.note("accepted", line=line, on=[repr(one) for one in targets])
        return outcomes

    def said(self: Workstation, sentence: str, level: Any = "info") -> None:
        if level != "info":
            book.note("said", level=level, sentence=sentence)
        say(self, sentence, level)

    def locked(self: StoreLocked, *args: Any) -> None:
        Exception.__init__(self, *args)
        book.note("locked", sentence=str(self), at=traceback.format_stack(limit=8))

    DeskLink.run = accepted  # type: ignore[method-assign]
    Workstation.say = said  # type: ignore[method-assign]
    StoreLocked.__init__ = locked  # type: ignore[method-assign]
    for way in ("read", "write"):
        _count(book, way)


def _count(book: Book, way: str) -> None:
    original = getattr(Store, way)

    async def counted(self: Store, function: Any, *args: Any, **kwargs: Any) -> Any:
        name = f"{way} {getattr(function, '__qualname__', repr(function))}"
        began = time.perf_counter()
        try:
            return await original(self, function, *args, **kwargs)
        finally:
            entry = book.asked[name]
            entry[0] += 1
            entry[1] += time.perf_counter() - began

    setattr(Store, way, counted)


def main() -> int:
    home, agent, path = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    book = Book(path)
    _keep(book)
    for module in (access, app):
        module.unix_user = lambda: agent  # type: ignore[attr-defined]
    config = load(find_home(home), personal=True)
    set_language("en")
    try:
        code = app.run(config)
    except BaseException as error:
        book.note("exception", trace=traceback.format_exception(error))
        raise
    finally:
        book.note("asked", of=book.asked)
    book.note("ended", code=code)
    return code


if __name__ == "__main__":
    sys.exit(main())
