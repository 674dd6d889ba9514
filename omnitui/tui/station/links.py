"""Links and attachments of a message: opened where there is a desktop, else copied or saved.

Nothing is fetched and nothing is run: a link goes to the agent's own browser, an attachment
becomes a file under a harmless name.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from config.access import Access, is_locked
from config.i18n import _
from omnitui.desk import places
from omnitui.desk.command import CommandError
from omnitui.tui.screens.chooser import Chooser
from omnitui.tui.screens.lists import fuzzy
from omnitui.tui.text.safe_text import link_host, one_line
from omnitui.tui.widgets.choice_list import Choice
from omnitui.tui.widgets.file_words import size, whereabouts
from store.blobs import for_database
from store.driver import Connection
from store.model import Attachment, Message

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage


SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff")
"""What may be a picture that can be drawn here."""


class Links(Chooser):
    """Dismissed with `link N`, `file N` or `show N`."""

    def __init__(self, links: list[str], files: list[Attachment], *, pictures: bool) -> None:
        """`pictures`: the terminal can show them."""
        super().__init__()
        self.title_text = _("Links and attachments")
        self.placeholder = _("type to filter")
        shown = [(f"link {n}", f"{link_host(u)}  {one_line(u)}", "") for n, u in enumerate(links)]
        shown += [
            (
                f"show {n}",
                one_line(f.name) or _("(no name)"),
                _("show here, {size}").format(size=size(f.size)),
            )
            for n, f in enumerate(files)
            if pictures and f.blob and f.type in SHOWN
        ]
        shown += [
            (
                f"file {n}",
                one_line(f.name) or _("(no name)"),
                size(f.size) if f.blob else whereabouts(f)[0],
            )
            for n, f in enumerate(files)
        ]
        self._entries = shown

    async def find(self, query: str) -> list[Choice]:
        found = fuzzy(query, [entry[1] for entry in self._entries])
        return [
            Choice(self._entries[i][0], Content(self._entries[i][1]), self._entries[i][2])
            for i in found
        ]


def choose(screen: Stage) -> None:
    """Ask which, then open or save it."""
    message = screen.timeline.selected_message
    links = screen.timeline.selected_links()
    if message is not None and (page := written_on(message)):
        links = [*links, *([] if page in links else [page])]
    files = [f for f in message.attachments if f.blob or whereabouts(f)[0]] if message else []
    if not links and not files:
        screen.say(_("There is no link and no attachment in this message."))
        return

    async def chosen(values: list[str] | None) -> None:
        if not values:
            return
        kind, _blank, number = values[0].partition(" ")
        if kind == "link":
            await open_url(screen, links[int(number)])
        elif kind == "show":
            await show(screen, files[int(number)])
        else:
            await save(screen, files[int(number)])

    pictures = screen.desk_app.shows_pictures
    screen.desk_app.show_overlay(Links(links, files, pictures=pictures), chosen)


async def show(screen: Stage, file: Attachment) -> None:
    """A picture on the terminal. Raises `StoreError`."""
    from omnitui.tui.screens.picture import PictureScreen

    content = await screen.link.store.read(_content, file.blob)
    name = one_line(file.name) or _("(no name)")
    screen.desk_app.show_overlay(PictureScreen(name, content), lambda _nothing: None)


def _content(db: Connection, blob: str) -> bytes:
    return for_database(db).read(db, blob)


async def save(screen: Stage, file: Attachment) -> None:
    """Save an attachment, or say why it is not here. Raises `CommandError`, `StoreError`."""
    if not file.blob:
        screen.say(_not_here(file), "warning")
        return
    access = screen.link.config.access
    where = places.directory(access, downloads())
    path = await screen.link.store.read(_save, file, where, access)
    screen.say(_("Saved as {path}").format(path=path))


def written_on(message: Message) -> str:
    """The page that a visitor wrote from; "" where that is not known."""
    page = message.details.get("page")
    shown = isinstance(page, str) and re.match(r"(?i)https?://", page)
    return str(page) if shown and message.direction == "in" else ""


def _not_here(file: Attachment) -> str:
    """Why there is nothing to save, one sentence."""
    name, problem = one_line(file.name) or _("This file"), one_line(file.problem)
    if not file.awaited:
        return problem or _("{name} was never downloaded.").format(name=name)
    if problem:
        words = _("{name} is not here yet, it is fetched again soon: {why}")
        return words.format(name=name, why=problem)
    return _("{name} is still being fetched: try again in a moment.").format(name=name)


def downloads() -> Path:
    """Where attachments are saved: Downloads in the agent's home, or the home itself."""
    home = Path.home()
    return home / "Downloads" if (home / "Downloads").is_dir() else home


def harmless(name: str) -> str:
    """A file name without directories, control characters or a leading dot."""
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f/\\:\u202a-\u202e\u2066-\u2069]", "_", name).strip()
    return plain.lstrip(".")[-120:] or "attachment"


async def open_url(screen: Stage, url: str) -> None:
    """In the agent's browser where there is one, else to the clipboard. Raises `CommandError`."""
    program = shutil.which("xdg-open") or shutil.which("open")
    desktop = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    if is_locked() or not program or not desktop or not re.match(r"(?i)(https?|mailto):", url):
        screen.app.copy_to_clipboard(one_line(url))
        screen.say(_("Copied: {url}").format(url=url))
        return
    try:
        await asyncio.create_subprocess_exec(
            program,
            url,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(
            _("{program} cannot be started: {why}.").format(program=program, why=error.strerror)
        ) from error


def _save(db: Connection, file: Attachment, directory: Path, access: Access) -> Path:
    """Write the attachment to a file that was not there before."""
    content = for_database(db).read(db, file.blob)
    wanted = Path(harmless(file.name))
    for number in range(1000):
        name = wanted.name if not number else f"{wanted.stem}-{number}{wanted.suffix}"
        path = directory / name
        try:
            with places.to_write(access, path) as opened, opened.open("xb") as target:
                target.write(content)
        except FileExistsError:
            continue
        except OSError as error:
            raise CommandError(
                _("{path} cannot be written: {why}.").format(path=path, why=error.strerror)
            ) from error
        return path
    raise CommandError(_("There are too many files called {name}.").format(name=wanted.name))
