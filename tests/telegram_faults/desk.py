"""A desk whose engine meets its Bot API server through a proxy that breaks connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from config.home import find_home
from config.load import load
from omnitui.desk.context import Desk
from omnitui.desk.replying import alterations, outbox, reply
from store.database import open_database, transaction
from store.model import Delivery
from tests.servers.bot_api.control import RemoteBotApi
from tests.servers.command import ENGINE
from tests.servers.forked import Forked, fork
from tests.telegram_transport.desk import TelegramDesk

T = TypeVar("T")


@dataclass
class _Bot:
    token: str


@dataclass
class _Through:
    """What a desk has to know of its server."""

    base_url: str
    bot: _Bot


class FaultyDesk(TelegramDesk):
    def __init__(self, directory: Path, api: RemoteBotApi, port: int, settings: str = "") -> None:
        server: Any = _Through(f"http://127.0.0.1:{port}/bot", _Bot(api.get("token")))
        more = 'greeting = ""\npace_per_second = 1000\n' + settings
        super().__init__(directory, server, settings=more)
        self.token = server.bot.token
        self.engine: Forked | None = None

    def serve(self) -> Forked:
        with (self.directory / "serve.log").open("ab") as log:
            self.engine = fork(
                "tests.telegram_faults.run_engine", str(self.directory), preload=ENGINE,
                stdout=log.fileno(), stderr=log.fileno(), start_new_session=True,
            )  # fmt: skip
        self.processes.append(self.engine)
        return self.engine

    # The agent

    def write(self, work: Callable[[Desk], T]) -> T:
        """What a screen or a command of the agent does: one transaction."""
        db = open_database(self.directory / "desk.sqlite")
        try:
            with transaction(db):
                return work(Desk(db, load(find_home(self.directory)), "ann"))
        finally:
            db.close()

    def answers(
        self, conversation: int, text: str, files: Sequence[Path] = (), *, silent: bool = False
    ) -> int:
        delivery = Delivery(silent=silent)
        return int(
            self.write(
                lambda desk: reply.queue(
                    desk, conversation, text, files=files, delivery=delivery, undo_delay=0
                )
            )
        )

    def edits(self, message: int, text: str) -> None:
        self.write(lambda desk: alterations.queue(desk, message, "edit", text))

    def retries(self, message: int) -> None:
        self.write(lambda desk: outbox.retry(desk, message))
