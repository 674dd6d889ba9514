"""The mail as it came in, header and body, read by window."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from config.i18n import _
from omnitui.tui.screens.pager import Pager
from omnitui.tui.text.raw_text import RawText
from omnitui.tui.widgets.raw_pane import RawPane
from store.blobs import for_database
from store.database import Store
from store.driver import Connection


class RawMail(Pager):
    """`save` is called for the key that saves."""

    searchable: ClassVar[bool] = True

    def __init__(self, store: Store, blob: str, subject: str, save: Callable[[], None]) -> None:
        super().__init__(subject or _("raw mail"), RawPane(id="raw"))
        self._store = store
        self._blob = blob
        self._save = save

    @property
    def raw(self) -> RawPane:
        assert isinstance(self.pane, RawPane)
        return self.pane

    async def load(self) -> None:
        await self.raw.show(await self._store.read(content, self._blob))

    async def find(self, needle: str, direction: int) -> bool:
        return await self.raw.find(needle, direction)

    async def to_start(self) -> None:
        await self.raw.go_to_start()

    async def to_end(self) -> None:
        await self.raw.go_to_end()

    def save(self) -> None:
        self._save()


def content(db: Connection, blob: str) -> RawText:
    """A kept content, a large one by its file. Raises `NotFound`, `StoreDamaged`."""
    blobs = for_database(db)
    path = blobs.open_path(db, blob)
    return RawText(path if path is not None else blobs.read(db, blob))
