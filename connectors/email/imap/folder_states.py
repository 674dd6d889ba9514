"""What is shown with an e-mail account: folders that are not there, back-fill, that it works."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.i18n import _
from config.told import joined, words_of
from connectors.contract import Intake, Misconfigured

WORTH_TELLING = 1.0
"""Seconds that a back-fill takes at least before its progress is shown."""
TELL_EVERY = 2.0
"""Seconds between two figures; and at least a percent: each is a line in the event log."""
STILL_WELL = 60.0
"""Seconds after which it is told again that all is well."""

log = logging.getLogger(__name__)


class FolderGone(Misconfigured):
    """The folder is not there (any more); the account's other folders go on."""


@dataclass(slots=True)
class _Progress:
    since: float
    told_at: float
    told: float = 0.0
    words: str = ""
    done: int = 0
    total: int = 0


class FolderStates:
    """Keeps the account's shown state right. Every sentence goes into the log once."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._folders: frozenset[str] = frozenset()
        self._gone: dict[str, str] = {}
        self._notices: tuple[str, ...] = ()
        self._crowded = ""
        self._progress: dict[str, _Progress] = {}
        self._told: str | None = None
        self._told_at = 0.0

    async def listed(self, folders: Iterable[str], notices: Sequence[str]) -> None:
        """These are read; `notices`: what of the settings is not on the server."""
        self._folders = frozenset(folders)
        for mapping in (self._gone, self._progress):
            for folder in mapping.keys() - self._folders:
                del mapping[folder]
        for notice in notices:
            if notice not in self._notices:
                log.warning("%s", notice)
        self._notices = tuple(notices)
        if self._told is not None or not self._folders:
            await self._tell()

    async def found(self, folder: str) -> None:
        self._gone.pop(folder, None)
        await self._tell()

    async def gone(self, folder: str, error: FolderGone) -> bool:
        """Whether that is news."""
        new = folder not in self._gone
        if new:
            log.warning("%s", error)
        self._gone[folder] = words_of(error)
        self._progress.pop(folder, None)
        if self._gone.keys() < self._folders:
            await self._tell()
        return new

    def nothing_left(self) -> FolderGone | None:
        """When none of the folders can be opened: what is to be said."""
        if self._folders and self._gone.keys() >= self._folders:
            return FolderGone(joined(self._gone.values()))
        return None

    @property
    def is_crowded(self) -> bool:
        return bool(self._crowded)

    async def crowded(self, sentence: str) -> None:
        """The server grants few connections; empty: as many as are wanted."""
        if sentence and sentence != self._crowded:
            log.warning("%s", sentence)
        if sentence != self._crowded:
            self._crowded = sentence
            await self._tell()

    async def progress(self, folder: str, done: int, total: int) -> None:
        now = asyncio.get_running_loop().time()
        known = self._progress.setdefault(folder, _Progress(now, now))
        share = done / max(total, 1)
        if (
            now - known.since < WORTH_TELLING
            or (known.words and now - known.told_at < TELL_EVERY)
            or (known.words and share - known.told < 0.01)
        ):
            return
        known.told_at, known.told = now, share
        known.done, known.total = done, total
        known.words = _("catching up: {done} of {total} in {folder}").format(
            done=f"{done:,}", total=f"{total:,}", folder=folder
        )
        await self._tell()

    async def caught_up(self, folder: str) -> None:
        known = self._progress.pop(folder, None)
        if known is not None and known.words:
            await self._tell()

    async def working(self) -> None:
        """A round with the server went well."""
        if asyncio.get_running_loop().time() - self._told_at >= STILL_WELL:
            self._told = None
            await self._tell()

    async def _tell(self) -> None:
        under_way = [each for each in self._progress.values() if each.words]
        sentences = [*self._notices, *self._gone.values(), self._crowded]
        detail = joined([*sentences, *(each.words for each in under_way)])
        if detail != self._told:
            self._told = detail
            self._told_at = asyncio.get_running_loop().time()
            done, total = (
                sum(each.done for each in under_way),
                sum(each.total for each in under_way),
            )
            await self._intake.online(detail, (done, total))
