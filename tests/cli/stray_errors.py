"""A process whose screen leaves errors behind that nobody is there to catch.

`python -m tests.cli.stray_errors STATE`, with more arguments on a terminal that is gone by then.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

from textual.drivers._writer_thread import WriterThread

from omnitui.cli.strays import keep_off_the_terminal
from omnitui.tui import app


class Late:
    """Ends with the process, when there is nowhere to write it down any more."""

    def __del__(self) -> None:
        fail(KeyError("what the customer wrote"))


def fail(error: Exception) -> NoReturn:
    raise error


async def fail_later(error: Exception) -> NoReturn:
    fail(error)


async def leave_much_behind(*_given: object) -> int:
    for error in (LookupError("what the customer wrote"), MemoryError()):
        await asyncio.wait([asyncio.create_task(fail_later(error))])
        thread = threading.Thread(target=fail, args=(error,))
        thread.start()
        thread.join()
    ours, its = os.openpty()
    os.close(ours)
    screen = WriterThread(os.fdopen(its, "w"))
    screen.start()
    screen.write("what the customer wrote")
    screen.stop()
    fail_later(LookupError())  # type: ignore[unused-coroutine]
    logging.getLogger("asyncio").error("what the customer wrote")
    # As Python does itself where it has no memory for a hook.
    print("Exception ignored: what the customer wrote", file=sys.stderr)
    if sys.argv[2:]:
        ours, its = os.openpty()
        os.dup2(its, 2)
        os.close(ours)
    sys.stderr.write("omnitui: Goodbye.\n")
    return 0


def main() -> int:
    nothing: Any = None
    keep_off_the_terminal(Path(sys.argv[1]))
    app.__dict__["_run"] = leave_much_behind
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(2)
    os.close(free)
    for more in range(3):  # an event loop opens three
        resource.setrlimit(resource.RLIMIT_NOFILE, (free + more, most[1]))
        try:
            app.run(nothing)
        except OSError as error:
            print(error.strerror)
    resource.setrlimit(resource.RLIMIT_NOFILE, most)
    globals()["late"] = Late()
    return app.run(nothing)


if __name__ == "__main__":
    sys.exit(main())
