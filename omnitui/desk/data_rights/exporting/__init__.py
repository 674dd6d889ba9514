"""Everything of one customer, as files: what they may ask for (GDPR Art. 15 and 20).

What omnitui knows of them goes in, colleagues' notes included; of other customers nothing but
what stands in this one's own messages. docs/data-rights.md has the layout.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.i18n import _
from omnitui.desk import journal, view
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.data_rights.exporting import transcript
from omnitui.desk.data_rights.exporting.archive import Archive, opened, safe_name
from omnitui.desk.data_rights.exporting.own_events import own
from store import belongings, conversations, customers, erasing, identities
from store import exporting as store_exporting
from store.blobs import Blobs, for_database
from store.errors import StoreError
from store.model import Conversation, CustomerId, Message

PAGE = 200
"""Messages in memory at a time."""
_PIECE = 1 << 20
AT_HAND = 50_000_000
"""Bytes of files that are exported while a screen waits."""
AT_HAND_MESSAGES = 5_000


@dataclass(frozen=True, slots=True)
class Exported:
    path: Path
    conversations: int
    messages: int
    files: int
    missing: int
    """Files that are not in the store: never fetched, or deleted."""


def export(desk: Desk, customer_id: CustomerId, target: Path) -> Exported:
    """`write` and `log` at once, for a screen. Raises `CommandError` for a customer with so much
    that others would wait."""
    counts = belongings.counts(desk.db, customers.current(desk.db, customer_id))
    if counts.bytes > AT_HAND or counts.messages > AT_HAND_MESSAGES:
        raise CommandError(
            _("That is much: run “omnitui customer {n} --export FILE.zip” beside it.").format(
                n=customer_id
            )
        )
    done = write(desk, customer_id, target)
    log(desk, customer_id, done)
    return done


def log(desk: Desk, customer_id: CustomerId, done: Exported) -> None:
    """Say in the log that it was done. Inside a transaction."""
    journal.record(
        desk,
        "customer.exported",
        customer=customers.current(desk.db, customer_id),
        conversations=done.conversations,
        messages=done.messages,
        files=done.files,
    )


def write(
    desk: Desk,
    customer_id: CustomerId,
    target: Path,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Exported:
    """Write everything of a customer to `target`: a zip file if it is named so, else a directory.
    Reads one moment of the store when called in a snapshot. `told` hears how much is done, of how
    much.

    Raises `CommandError` when `target` is there, `NotFound`, `StoreError`.
    """
    customer_id = customers.current(desk.db, customer_id)
    customer = customers.get(desk.db, customer_id)
    if erasing.is_erased(desk.db, customer_id) is not None:
        raise CommandError(_("Customer {n} was erased.").format(n=customer_id))
    with opened(target) as archive:
        work = _Export(desk, customer_id, archive, told)
        work.card()
        work.talks()
        work.contents()
        work.log()
        known = identities.of(desk.db, customer_id)
        _text(
            archive,
            "index.html",
            transcript.page(customer, known, work.all_messages(), work.place_of),
        )
        done = Exported(target, work.conversations, work.messages, work.files, work.missing)
        _text(
            archive,
            "README.txt",
            [
                transcript.readme(
                    {
                        "id": customer_id,
                        "at": view.rfc3339(desk.now()),
                        "messages": done.messages,
                        "conversations": done.conversations,
                        "files": done.files,
                        "missing": done.missing,
                    }
                )
            ],
        )
    return done


class _Export:
    def __init__(
        self,
        desk: Desk,
        customer_id: CustomerId,
        archive: Archive,
        told: Callable[[int, int], None],
    ) -> None:
        self._desk = desk
        # Each message goes through it three times: as data, with its files, and to be read.
        self._all = 3 * belongings.counts(desk.db, customer_id).messages
        self._passed = 0
        self._told = told
        self._customer = customer_id
        self._archive = archive
        self._blobs: Blobs = for_database(desk.db)
        self.conversations = self.messages = self.files = self.missing = 0

    def card(self) -> None:
        db = self._desk.db
        shown = view.customer_json(self._desk, customers.get(db, self._customer), full=True)
        # Colleagues of theirs are others, with a right of their own.
        for others in ("conversations", "people", "more_people"):
            shown.pop(others, None)
        # Who else it may be is said of somebody else as well.
        shown["suggestions"] = [
            {key: one[key] for key in ("reason", "state", "created_at") if key in one}
            for one in shown.get("suggestions", ())
        ]
        shown |= store_exporting.rest_of(db, self._customer)
        _text(self._archive, "customer.json", [_json(shown, indent=2)])

    def talks(self) -> None:
        for conversation in conversations.of_customer(self._desk.db, self._customer):
            self.conversations += 1
            name = f"conversations/{conversation.id}.json"
            _text(self._archive, name, self._talk(conversation))

    def _talk(self, conversation: Conversation) -> Iterator[str]:
        empty = _json(view.conversation_json(self._desk, conversation, messages=[]))
        yield empty[: empty.rindex("[]")] + "["
        first = True
        for page in store_exporting.messages_of(self._desk.db, conversation.id, PAGE):
            self._past(len(page))
            shown = view.conversation_json(self._desk, conversation, messages=page)
            for message in shown["messages"]:
                yield ("\n" if first else ",\n") + _json(message)
                first = False
                self.messages += 1
        yield "]" + empty[empty.rindex("[]") + 2 :] + "\n"

    def contents(self) -> None:
        for message in self.all_messages():
            if message.raw:
                self._copy(f"mails/{message.id}.eml", message.raw, packed=False)
            # Those that an edit has replaced, too.
            for file, blob in store_exporting.files_of(self._desk.db, message.id):
                place = self.place_of(file)
                if place and self._copy(place, blob, packed=True):
                    self.files += 1
                else:
                    self.missing += 1

    def place_of(self, attachment_id: int) -> str:
        """Where an attachment is in the export; "" when its content is not here."""
        name, blob = store_exporting.file(self._desk.db, attachment_id)
        return f"files/{attachment_id}-{safe_name(name)}" if blob else ""

    def log(self) -> None:
        lines = (
            _json(
                {
                    "at": view.rfc3339(event.at),
                    "actor": event.actor,
                    "kind": event.kind,
                    "conversation_id": event.conversation_id,
                    "message_id": event.message_id,
                    "data": dict(own(self._desk, self._customer, event)),
                }
            )
            + "\n"
            for event in store_exporting.events_of(self._desk.db, self._customer, 1000)
        )
        _text(self._archive, "events.jsonl", lines)

    def all_messages(self) -> Iterator[Message]:
        for page in store_exporting.messages_by(self._desk.db, self._customer, PAGE):
            for message in page:
                self._past(1)
                yield message

    def _past(self, count: int) -> None:
        self._passed += count
        self._told(min(self._passed, self._all), self._all)

    def _copy(self, name: str, digest: str, *, packed: bool) -> bool:
        """Whether the content is there."""
        path = self._blobs.open_path(self._desk.db, digest)
        if path is not None:
            with path.open("rb") as source, self._archive.entry(name, packed=packed) as entry:
                while piece := source.read(_PIECE):
                    entry.write(piece)
            return True
        try:
            content = self._blobs.read(self._desk.db, digest)
        except StoreError:
            return False  # `omnitui check` says so, too
        with self._archive.entry(name, packed=packed) as entry:
            entry.write(content)
        return True


def _text(archive: Archive, name: str, pieces: Iterable[str]) -> None:
    with archive.entry(name, packed=False) as entry:
        _write(entry, pieces)


def _write(entry: IO[bytes], pieces: Iterable[str]) -> None:
    for piece in pieces:
        entry.write(piece.encode("utf-8", "replace"))


def _json(item: object, indent: int | None = None) -> str:
    return json.dumps(item, ensure_ascii=False, indent=indent, default=str)
