"""What can be done with the highlighted message: look at it raw, at its details, keep it,
answer it alone, change it or take it back."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from config.access import Access
from config.i18n import _
from omnitui.desk import places
from omnitui.desk.command import CommandError, as_rest
from omnitui.tui.station.links import downloads, harmless
from omnitui.tui.text.cells import crop
from omnitui.tui.words import chat_facts, mail_facts
from omnitui.tui.words.moments import stamp, zone
from store.clock import now
from store.driver import Connection
from store.model import ConversationId, Message

if TYPE_CHECKING:
    from omnitui.tui.station.stage import Stage


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
        tz = zone(screen.link.config.desk.timezone)
        chat = message.direction == "out" and message.channel != "email"
        not_mailed = partial(screen.link.why_not_mailed, message) if chat else None
        seen = partial(screen.timeline.readers, message)
        details = Details(message, now(), tz, " · ".join(keys), not_mailed, seen)
        screen.desk_app.show_overlay(details, lambda _nothing: None)

    def raw(self) -> None:
        from omnitui.tui.screens.raw_mail import RawMail

        screen = self._screen
        message = self._kept_raw()
        path = as_rest(str(downloads() / _file_name(message)))
        save = partial(screen.ask_line, f"save raw {path}")

        def and_close() -> None:
            mail.dismiss(None)
            screen.call_later(save)

        mail = RawMail(screen.link.store, message.raw, message.subject, and_close)
        screen.desk_app.show_overlay(mail, lambda _nothing: None)

    async def save_raw(self, where: str) -> None:
        """Raises `CommandError`, `StoreError`."""
        message = self._kept_raw()
        name = _file_name(message)
        path = await self._screen.link.store.read(
            _save, message.raw, where, name, self._screen.link.config.access
        )
        self._screen.say(_("Saved as {path}").format(path=path))

    async def adopt(self) -> None:
        """Raises `CommandError`, `StoreError`."""
        message = self.chosen()
        if mail_facts.forwarded(message) is None:
            raise CommandError(_("The highlighted message forwards no mail."))
        line = f"customer from-forwarded {message.id}"
        await self._screen.commander.execute(line, [message.conversation_id])

    async def answer(self) -> None:
        """Write a reply that visibly answers it. Raises `CommandError`, `StoreError`."""
        screen, message = self._screen, self.chosen()
        # Refused, with the reason, before anything is opened.
        await screen.commander.execute(f"reply answer {message.id}", [await self._here(message)])
        await screen.writing.start("reply")

    async def edit(self) -> None:
        """Write another text for what was sent. Raises `CommandError`, `StoreError`."""
        screen, message = self._screen, self.chosen()
        if message.direction == "out" and message.state == "queued":
            await self._take_back(message)
            return
        if why := await screen.link.why_not(message.id, "edit"):
            raise CommandError(why)
        await self._here(message)
        pending = chat_facts.change(message)
        text = pending.text if pending is not None and pending.kind == "edit" else message.text
        tz = zone(screen.link.config.desk.timezone)
        shown = f"{stamp(message.arrived_at, now(), tz)} {chat_facts.quoted_words(message)}"
        # What the channel refused stands nowhere: it is begun from again.
        stands = message.text if pending is not None and pending.failed else text
        screen.box.start_edit(message, text, stands, shown)
        screen.fold()

    async def send_edit(self, when: str) -> None:
        """Queue the change that is in the box. Raises `CommandError`, `StoreError`."""
        from omnitui.desk.session import ChangedMeanwhile

        screen, box = self._screen, self._screen.box
        if box.editing is None or box.conversation_id is None:
            return
        if when:
            raise CommandError(_("A change goes out at once: it cannot be scheduled."))
        if not box.text.strip():
            key = screen.keymap.key_for("delete", ["timeline"])
            raise CommandError(
                _("Nothing is left of it: delete it instead ({key}).").format(key=key)
            )
        line = f"message edit {box.editing} {shlex.quote(box.text)}"
        box.freeze(True)
        try:
            await screen.commander.execute(line, [box.conversation_id], was=box.edited_from)
        except ChangedMeanwhile as changed:
            box.edited_from = changed.value
            raise
        finally:
            box.freeze(False)
        box.end_edit(done=True)
        screen.writing.route_changed()
        screen.focus_pane("timeline")

    async def delete(self) -> None:
        """Take back what was sent, asking first. Raises `CommandError`, `StoreError`."""
        screen, message = self._screen, self.chosen()
        if message.direction == "out" and message.state == "queued":
            await self._take_back(message)
            return
        if why := await screen.link.why_not(message.id, "delete"):
            raise CommandError(why)
        here = await self._here(message)
        words = crop(chat_facts.quoted_words(message), 40)
        question = _("Delete it for the customer, too? “{text}”").format(text=words)
        await screen.commander.if_meant(question, f"message delete {message.id}", [here])

    async def _take_back(self, message: Message) -> None:
        """What has not left yet is a draft again. Raises `CommandError`, `StoreError`."""
        screen, agent = self._screen, str(message.details.get("agent", ""))
        conversation_id = await self._here(message)
        if agent and agent != screen.link.agent:
            words = _("{agent} wrote it: “:outbox cancel {id}” puts it back into their draft.")
            raise CommandError(words.format(agent=agent, id=message.id))
        await screen.commander.execute(f"outbox cancel {message.id}", [conversation_id])
        await screen.writing.came_back(conversation_id)

    async def _here(self, message: Message) -> ConversationId:
        """The message's conversation, which is the one that is meant from now on."""
        if message.conversation_id != self._screen.reading.current:
            await self._screen.reading.take_up(message.conversation_id)
        return message.conversation_id

    def _kept_raw(self) -> Message:
        message = self.chosen()
        if not message.raw:
            raise CommandError(_("There is no raw mail of this message: it did not come as one."))
        return message


def _file_name(message: Message) -> str:
    kind = "eml" if message.channel == "email" else "json"
    return harmless(f"{message.subject or message.id}.{kind}".replace("\n", " "))


def _save(db: Connection, blob: str, where: str, name: str, access: Access) -> Path:
    from omnitui.tui.screens.raw_mail import content

    path = places.whole(access, where) if where else places.directory(access, downloads())
    places.check(access, path / name)
    if path.is_dir():
        path = path / name
    elif not path.suffix:
        path = path.with_suffix(Path(name).suffix)
    try:
        with places.to_write(access, path) as opened:
            content(db, blob).copy_to(opened)
    except FileExistsError:
        raise CommandError(
            _("{path} is there already; choose another name.").format(path=path)
        ) from None
    except OSError as error:
        raise CommandError(
            _("{path} cannot be written: {why}.").format(path=path, why=error.strerror)
        ) from error
    return path
