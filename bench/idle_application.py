"""`python -m bench.idle_application BASE_URL TOKEN N`: python-telegram-bot's own Application takes
N updates and does nothing with them. Prints the seconds from its first to its last."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from typing import Any

from telegram.ext import Application, ApplicationBuilder


async def main(base_url: str, token: str, count: int) -> None:
    logging.disable(logging.CRITICAL)
    times: list[float] = []
    done = asyncio.Event()

    class Idle(Application[Any, Any, Any, Any, Any, Any]):
        async def process_update(self, update: object) -> None:
            await super().process_update(update)
            times.append(time.perf_counter())
            if len(times) == count:
                done.set()

    builder = ApplicationBuilder().application_class(Idle).token(token).base_url(base_url)
    application = builder.build()
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling()
        await done.wait()
        print(times[-1] - times[0], flush=True)
        await application.updater.stop()
        await application.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
