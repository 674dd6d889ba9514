"""Messages of the desk, carried out into Telegram; changed and taken back there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from telegram import Bot
from telegram import Message as Posted
from telegram.error import ChatMigrated, TelegramError

from config.i18n import _, ngettext
from connectors.contract import ChannelError, MaybeSent, Outgoing, Rejected, Sent
from connectors.telegram.formatting import Formatted, split, to_entities, utf16_length
from connectors.telegram.sending import calls, refusals
from connectors.telegram.sending.addresses import Chat, Message, chat_of, message_of
from connectors.telegram.sending.calls import Manner
from connectors.telegram.sending.media import Kind
from connectors.telegram.sending.plan import CAPTION_LIMIT, TEXT_LIMIT, Step, plan

FILE_LIMIT = 50_000_000
"""Bytes of one file at Telegram's own server (Bot API, sendDocument)."""
REMEMBERED = 2000
"""Messages of which this process can tell what went out."""

Connections = Callable[[str], str | None]
"""The id of the Business connection of an owner (a user's id); None: there is none."""

_T = TypeVar("_T")


class Sending:
    """Of one bot, which has a `Pacing` as its rate limiter."""

    def __init__(self, bot: Bot, connections: Connections, *, file_limit: int = FILE_LIMIT) -> None:
        self._bot = bot
        self._connections = connections
        self._file_limit = file_limit
        self._out: OrderedDict[str, list[str]] = OrderedDict()
        """What is out of a message, by its key; complete or not."""
        self._complete: set[str] = set()
        self._moved: dict[int, int] = {}
        """Groups that became supergroups."""

    async def send(self, message: Outgoing) -> Sent:
        """The whole message, or the rest of it. Raises `ChannelError`."""
        if (sent := self.found(message.key)) is not None:
            return sent
        steps = await plan(message, self._file_limit)
        chat = self._now(chat_of(message.chat or message.to[0].address))
        manner = Manner(
            self._connection(chat), message.silent, self._answered(message.answers, chat)
        )
        out = self._already_out(message)
        total = sum(step.parts for step in steps)
        passed = 0
        for step in steps:
            passed += step.parts
            if passed <= len(out):
                continue
            if passed - step.parts < len(out):
                new = _rest_of_album(out[-1], passed - len(out))
            else:
                posted = await self._step(
                    self._now(chat), step, manner if not out else manner.going_on()
                )
                new = [self._now(chat).key(each.message_id) for each in posted]
            out += new
            if message.progress is not None and len(out) < total:
                for key in new:
                    await message.progress(key)
        self._complete.add(message.key)
        return _sent(out)

    def found(self, key: str) -> Sent | None:
        """What this process saw go out whole under that key."""
        return _sent(self._out[key]) if key in self._complete else None

    async def edit(self, message: Outgoing, parts: Sequence[str]) -> None:
        """Put `message.text` in place of the text that went out in `parts`. Raises
        `ChannelError`."""
        written = [message_of(key) for key in parts]
        if not written:
            raise Rejected(_("It is not known which message this is in Telegram."))
        text = to_entities(message.text)
        texts = written[: len(written) - len(message.files)]
        if texts:
            await self._edit_texts(texts, text, has_files=bool(message.files))
        else:
            await self._edit_caption(written[0], text)

    async def delete(self, message: Outgoing, parts: Sequence[str]) -> None:
        """Take `parts` back. Raises `ChannelError`."""
        for key in parts:
            await self._delete(message_of(key))

    async def typing(self, chat: str) -> None:
        """Raises `ChannelError`."""
        where = self._now(chat_of(chat))
        connection = self._connection(where)
        await self._changed(
            lambda: self._bot.send_chat_action(
                where.id,
                "typing",
                message_thread_id=where.thread,
                business_connection_id=connection,
            )
        )

    # Sending

    async def _step(self, chat: Chat, step: Step, manner: Manner) -> list[Posted]:
        """The messages of one step. What is refused for how it is said goes out plainly: a
        refusal is sure, nothing of it is there yet. Raises `ChannelError`."""
        text = step.text
        as_kind: Kind | None = None
        been = {chat.id}
        while True:
            try:
                return await self._post(chat, step, text, manner, as_kind)
            except ChatMigrated as moved:
                if moved.new_chat_id in been:
                    raise Rejected(_("Telegram sends this chat in a circle.")) from moved
                self._moved[chat.id] = moved.new_chat_id
                chat = self._now(chat)
                been.add(chat.id)
            except TelegramError as error:
                if refusals.is_about_entities(error) and text is not None and text.entities:
                    text = Formatted(text.text)
                elif refusals.is_about_media(error) and step.album and as_kind != "document":
                    as_kind = "document"
                else:
                    raise refusals.of_send(error) from error

    async def _post(
        self, chat: Chat, step: Step, text: Formatted | None, manner: Manner, as_kind: Kind | None
    ) -> list[Posted]:
        try:
            if step.album is not None:
                return await calls.send_album(self._bot, chat, step.album, text, manner, as_kind)
            assert text is not None
            return await calls.send_text(self._bot, chat, text, manner)
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            OSError,
            RecursionError,
            TypeError,
            ValueError,
        ) as error:
            # The library could not make a message of the answer (a date beyond all years is an
            # OSError).
            raise MaybeSent(
                _("Telegram's answer cannot be read: it may have taken the message.")
            ) from error

    def _already_out(self, message: Outgoing) -> list[str]:
        """Of an earlier try; kept up while this one goes on."""
        known = self._out.get(message.key, [])
        out = list(message.parts) if len(message.parts) >= len(known) else known
        self._out[message.key] = out
        self._out.move_to_end(message.key)
        while len(self._out) > REMEMBERED:
            key, _parts = self._out.popitem(last=False)
            self._complete.discard(key)
        return out

    def _answered(self, key: str, chat: Chat) -> int | None:
        if not key:
            return None
        try:
            answered = message_of(key)
        except ChannelError:
            return None  # of another channel
        same = (answered.chat.owner, answered.chat.id) == (chat.owner, chat.id)
        return answered.id if same else None

    def _now(self, chat: Chat) -> Chat:
        moved = self._moved.get(chat.id)
        return chat.moved(moved) if moved is not None else chat

    def _connection(self, chat: Chat) -> str | None:
        if not chat.owner:
            return None
        connection = self._connections(chat.owner)
        if not connection:
            raise Rejected(
                _("The Business account that this customer wrote to is not connected to the bot any"
                  " more; its owner has to connect it again.")
            )  # fmt: skip
        return connection

    # Changing

    async def _edit_texts(
        self, written: Sequence[Message], text: Formatted, *, has_files: bool
    ) -> None:
        if not text.text.strip():
            raise Rejected(_("A message cannot become empty; delete it instead."))
        pieces = split(text, TEXT_LIMIT)
        if len(pieces) > len(written):
            raise _too_long(len(written))
        # From the end: a part that an earlier edit took away is met before anything is changed.
        for n in reversed(range(len(pieces))):
            try:
                await self._edit_text(written[n], pieces[n])
            except _NoText:
                if has_files or len(written) > 1:
                    raise Rejected(_("This message has no text that could be changed.")) from None
                await self._edit_caption(written[n], text)
            except _Gone as error:
                if n == 0:
                    raise
                raise _too_long(n) from error
        for part in written[len(pieces) :]:
            await self._delete(part)

    async def _edit_text(self, part: Message, text: Formatted) -> None:
        chat, connection = part.chat, self._connection(part.chat)

        async def put(shown: Formatted) -> None:
            await calls.edit_text(self._bot, chat, part.id, shown, connection)

        await self._put(put, text)

    async def _edit_caption(self, part: Message, text: Formatted) -> None:
        if utf16_length(text.text) > CAPTION_LIMIT:
            raise Rejected(
                _("Under a file Telegram shows {limit} characters at most; shorten the text.")
                .format(limit=CAPTION_LIMIT)
            )  # fmt: skip
        chat, connection = part.chat, self._connection(part.chat)

        async def put(shown: Formatted) -> None:
            await calls.edit_caption(self._bot, chat, part.id, shown, connection)

        await self._put(put, text)

    async def _put(self, put: Callable[[Formatted], Awaitable[None]], text: Formatted) -> None:
        try:
            try:
                await put(text)
            except TelegramError as error:
                if not (refusals.is_about_entities(error) and text.entities):
                    raise
                await put(Formatted(text.text))
        except TelegramError as error:
            if refusals.has_no_text(error):
                raise _NoText from error
            if refusals.is_not_there(error):
                raise _Gone(str(refusals.of_change(error))) from error
            if not refusals.is_not_modified(error):
                raise refusals.of_change(error) from error

    async def _delete(self, part: Message) -> None:
        connection = self._connection(part.chat)
        try:
            await calls.delete(self._bot, part.chat, [part.id], connection)
        except TelegramError as error:
            if not refusals.is_gone(error):
                raise refusals.of_change(error) from error

    async def _changed(self, call: Callable[[], Awaitable[_T]]) -> _T:
        try:
            return await call()
        except TelegramError as error:
            raise refusals.of_change(error) from error


class _NoText(Exception):
    """The message is a file: its text is a caption."""


class _Gone(Rejected):
    """The message to edit is not there any more."""


def _too_long(parts: int) -> Rejected:
    return Rejected(
        ngettext(
            "The text has become too long: it is {n} part in Telegram, which adds none"
            " to it. Shorten it, or send the rest as a new message.",
            "The text has become too long: it is {n} parts in Telegram, which adds none"
            " to them. Shorten it, or send the rest as a new message.",
            parts,
        ).format(n=parts)
    )


def _rest_of_album(last: str, count: int) -> list[str]:
    """The ids of an album, which is out as a whole, when the try before ended while it told them:
    Telegram numbers them in a row."""
    told = message_of(last)
    return [told.chat.key(told.id + n) for n in range(1, count + 1)]


def _sent(out: Sequence[str]) -> Sent:
    return Sent(out[0], parts=tuple(out) if len(out) > 1 else ())
