"""An engine whose loop finds no memory to go on: `python -m tests.engine.out_of_memory HOME`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import NoReturn

from config.home import find_home
from config.load import load
from omnitui.engine import supervisor
from omnitui.engine.main import serve


async def no_memory(_supervisor: object) -> None:
    """For anything, from now on; the loop is left with all that it had to do."""

    def none() -> NoReturn:
        raise MemoryError

    asyncio.get_running_loop().__dict__["_run_once"] = none


if __name__ == "__main__":
    setattr(supervisor.Supervisor, "run", no_memory)  # noqa: B010
    sys.exit(serve(load(find_home(Path(sys.argv[1])))))
