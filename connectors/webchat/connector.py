"""The web chat: one site at a relay."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from config.i18n import _
from config.model import WebchatAccount
from connectors.contract import (
    Attendance,
    Capabilities,
    ChannelError,
    Check,
    Intake,
    Misconfigured,
    Outgoing,
    Sent,
)
from connectors.webchat import checks, files, sending
from connectors.webchat.client import Line, open_line
from connectors.webchat.receiving import Hello, Receiving

PARALLEL = 20

_RECEIVING: dict[str, str] = {}
"""Which account of this process receives for a site: by `Line.site`."""

log = logging.getLogger(__name__)


class WebchatConnector:
    """One site. Built as `WebchatConnector(name, settings)`; no connection until used."""

    channel = "webchat"

    def __init__(self, name: str, settings: WebchatAccount) -> None:
        self.name = name
        self.account = settings
        self.capabilities = Capabilities(
            formatting="markdown",
            edit=True,
            delete=True,
            typing=True,
            read_marks=True,
            link=f"{settings.page}#omnitui={{payload}}" if settings.page else "",
            attends=True,
            presence=True,
            bars=True,
            forgets=True,
            parallel=PARALLEL,
        )
        self._line: Line | None = None
        self._opening = asyncio.Lock()

    async def run(self, intake: Intake) -> None:
        """Receive until cancelled. Raises `ChannelError` and what the intake raises."""
        line = await self._opened()
        with self._alone(line):
            await Receiving(self.name, line, self._detail).run(intake, self._greeted)

    async def send(self, message: Outgoing) -> Sent:
        """Raises `ChannelError`. A retry with the same key is always safe."""
        sender = message.sender.name if message.sender is not None else ""
        name = message.author or sender or self.account.display_name
        return await sending.send(await self._opened(), message, name)

    async def find_sent(self, message: Outgoing) -> Sent | None:
        """The relay knows every message by its key. Raises `ChannelError`."""
        return await sending.find(await self._opened(), message)

    async def edit(self, message: Outgoing, parts: Sequence[str]) -> None:
        """Raises `ChannelError`."""
        await sending.edit(await self._opened(), message)

    async def delete(self, message: Outgoing, parts: Sequence[str]) -> None:
        """Raises `ChannelError`."""
        await sending.delete(await self._opened(), message)

    async def fetch(self, reference: str, into: Path) -> None:
        """Raises `ChannelError`."""
        line = await self._opened()
        await files.fetch(line, reference, into, self.capabilities.each_file_limit)

    async def typing(self, chat: str) -> None:
        """Raises `ChannelError`."""
        await sending.typing(await self._opened(), chat, self.account.display_name)

    async def seen(self, chat: str, key: str) -> None:
        """Raises `ChannelError`."""
        await sending.seen(await self._opened(), chat, key)

    async def attend(self, attendance: Attendance) -> None:
        """Raises `ChannelError`."""
        await sending.attend(await self._opened(), attendance)

    async def bar(self, address: str, barred: bool) -> None:
        """Raises `ChannelError`."""
        await sending.bar(await self._opened(), address, barred=barred)

    async def forget(self, address: str) -> None:
        """Raises `ChannelError`."""
        await sending.forget(await self._opened(), address)

    async def verification(
        self,
        chat: str,
        state: Literal["sent", "proven", "wrong", "expired", "refused"],
        email: str,
    ) -> None:
        """Raises `ChannelError`."""
        await sending.verification(await self._opened(), chat, state, email)

    async def check(self) -> list[Check]:
        """Ask the relay whose chat this is; nothing is received or sent."""
        try:
            line = await self._opened()
        except ChannelError as error:
            return [Check(_("relay"), False, str(error), error)]
        return await checks.of(self.account, line)

    async def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def _opened(self) -> Line:
        async with self._opening:
            if self._line is None:
                self._line = await open_line(self.account)
            return self._line

    @contextmanager
    def _alone(self, line: Line) -> Iterator[None]:
        """Two accounts with one site would take its stream from each other for ever."""
        other = _RECEIVING.setdefault(line.site, self.name)
        if other != self.name:
            raise Misconfigured(
                _("This is the site of the account {other}, too; take one of the two accounts out,"
                  " or give it a site of its own at the relay.").format(other=other)
            )  # fmt: skip
        try:
            yield
        finally:
            _RECEIVING.pop(line.site, None)

    def _detail(self, hello: Hello) -> str:
        return hello.site

    async def _greeted(self, hello: Hello) -> None:
        """What the relay takes may be another thing since it was last asked."""
        try:
            told = await checks.status(await self._opened())
        except ChannelError as error:
            log.info("%s: %s", self.name, error)
            return
        self.capabilities = dataclasses.replace(
            self.capabilities, each_file_limit=told.upload_bytes
        )
