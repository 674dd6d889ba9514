"""Notes on the card: written, edited, deleted, restored. The log says who did, not what."""

from __future__ import annotations

import shlex
from typing import Any

from config.i18n import _
from omnitui.desk import journal
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.session import ChangedMeanwhile, Session
from store import customer_notes, customers
from store.errors import NotFound
from store.model import CustomerNote

LONGEST = 20_000
"""Characters of a note."""


@REGISTRY.command("customer note")
def note(session: Session, text: Rest) -> Done:
    """Keep a note on the customer's card."""
    id_ = session.customer_id
    note_id = customers.add_note(
        session.desk.db, id_, session.desk.agent, _checked(text), session.desk.now()
    )
    _tell(session, note_id)
    return Done(_("Note kept."), f"customer note delete {note_id}")


@REGISTRY.command("customer note edit")
def edit(session: Session, note: str, text: Rest = Rest()) -> Done:  # noqa: B008
    """Change a note on the card, by its number; who wrote it, and when, stays."""
    number = _number(note)
    if number is None:  # a note that begins so: “edit the invoice first”
        return _kept(session, "edit", note, text)
    found = _find(session, number)
    written = _checked(text)
    if written == found.text:
        return Done(_("Nothing to change."))
    if session.was is not None and session.was.strip() != found.text.strip():
        raise ChangedMeanwhile(found.edited_by or found.author, found.text)
    desk = session.desk
    customer_notes.edit(desk.db, found.id, written, by=desk.agent, at=desk.now())
    _tell(session, found.id, change="edited", author=found.author)
    return Done(_("Note changed."), f"customer note edit {found.id} {shlex.quote(found.text)}")


@REGISTRY.command("customer note delete")
def delete(session: Session, note: str, more: Rest = Rest()) -> Done:  # noqa: B008
    """Delete a note from the card, by its number; it can be restored for 30 days."""
    number = _number(note)
    if number is None or more:
        return _kept(session, "delete", note, more)
    found = _find(session, number)
    customer_notes.delete(session.desk.db, found.id, session.desk.now())
    _tell(session, found.id, change="deleted", author=found.author)
    return Done(_("Note deleted."), f"customer note restore {found.id}")


@REGISTRY.command("customer note restore")
def restore(session: Session, note: str, more: Rest = Rest()) -> Done:  # noqa: B008
    """Put a deleted note back on the card, by its number."""
    number = _number(note)
    if number is None or more:
        return _kept(session, "restore", note, more)
    found = customer_notes.deleted(session.desk.db, number)
    if found.customer_id != session.customer_id:
        raise NotFound(_("There is no note {id}.").format(id=number))
    customer_notes.restore(session.desk.db, found.id)
    _tell(session, found.id, change="restored", author=found.author)
    return Done(_("Note restored."), f"customer note delete {found.id}")


def _kept(session: Session, *words: str) -> Done:
    done: Done = note(session, Rest(" ".join(words).strip()))
    return done


def _number(word: str) -> int | None:
    digits = word.removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None


def _find(session: Session, number: int) -> CustomerNote:
    found = customer_notes.get(session.desk.db, number)
    if found.customer_id != session.customer_id:
        raise NotFound(_("There is no note {id}.").format(id=number))
    return found


def _checked(text: str) -> str:
    written = text.strip().replace("\0", "")
    if not written:
        raise CommandError(_("The note is empty."))
    if len(written) > LONGEST:
        raise CommandError(_("A note has {n} characters at most.").format(n=LONGEST))
    return written


def _tell(session: Session, note_id: int, **data: Any) -> None:
    journal.record(
        session.desk,
        "customer.noted",
        customer=session.customer_id,
        conversation=session.conversation_id,
        note=note_id,
        **data,
    )
