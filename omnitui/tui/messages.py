"""What can be done with the highlighted message: look at it raw, at its details, keep it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from config.i18n import _
from omnitui.desk.command import CommandError
from omnitui.tui import mail_facts
from omnitui.tui.links import downloads, harmless
from omnitui.tui.moments import zone
from store.clock import now
from store.driver import Connection
from store.model import Message

if TYPE_CHECKING:
    from omnitui.tui.stage import Stage


class Messages:
    """For the message under the cursor of the timeline."""

    def __init__(self, screen: Stage) -> None:
        self._screen = screen

    def chosen(self) -> Message:
        """Raises `CommandError` when no message is highlighted."""
        message = self._screen.timeline.selected_message
        if message is None or self._screen.focused_pane == "inbox":
            raise CommandError(_("Open a conversation and highlight a message first."))
        return message

    def details(self) -> None:
        from omnitui.tui.screens.details import Details

        screen = self._screen
        message = self.chosen()
        raw = screen.keymap.key_for("raw", ["pager"]) if message.raw else ""
        keys = [_("↑↓ scroll"), *([f"{raw} {_('raw mail')}"] if raw else []), _("Esc close")]
        details = Details(message, now(), zone(screen.link.config.desk.timezone), " · ".join(keys))
        screen.desk_app.show_overlay(details, lambda _nothing: None)

    def raw(self) -> None:
        from omnitui.tui.screens.raw_mail import RawMail

        screen = self._screen
        message = self._kept_raw()
        save = partial(screen.ask_line, f"save raw {downloads() / _file_name(message)}")

        def and_close() -> None:
            mail.dismiss(None)
            screen.call_later(save)

        mail = RawMail(screen.link.store, message.raw, message.subject, and_close)
        screen.desk_app.show_overlay(mail, lambda _nothing: None)

    async def save_raw(self, where: str) -> None:
        """Raises `CommandError`, `StoreError`."""
        message = self._kept_raw()
        name = _file_name(message)
        path = await self._screen.link.store.read(_save, message.raw, where, name)
        self._screen.say(_("Saved as {path}").format(path=path))

    async def adopt(self) -> None:
        """Raises `CommandError`, `StoreError`."""
        message = self.chosen()
        if mail_facts.forwarded(message) is None:
            raise CommandError(_("The highlighted message forwards no mail."))
        line = f"customer from-forwarded {message.id}"
        await self._screen.commander.execute(line, [message.conversation_id])

    def _kept_raw(self) -> Message:
        message = self.chosen()
        if not message.raw:
            raise CommandError(_("There is no raw mail of this message: it did not come as one."))
        return message


def _file_name(message: Message) -> str:
    return harmless(f"{message.subject or message.id}.eml".replace("\n", " "))


def _save(db: Connection, blob: str, where: str, name: str) -> Path:
    from omnitui.tui.screens.raw_mail import content

    path = Path(where).expanduser() if where else downloads()
    if path.is_dir():
        path = path / name
    elif not path.suffix:
        path = path.with_suffix(".eml")
    try:
        content(db, blob).copy_to(path)
    except FileExistsError:
        raise CommandError(
            _("{path} is there already; choose another name.").format(path=path)
        ) from None
    except OSError as error:
        raise CommandError(
            _("{path} cannot be written: {why}.").format(path=path, why=error.strerror)
        ) from error
    return path
