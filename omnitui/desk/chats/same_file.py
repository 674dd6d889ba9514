"""Whether a file that comes with an edit is one that is here already."""

from __future__ import annotations

import json

from store.message_files import StoredFile
from store.model import NewAttachment


def same_file(stored: StoredFile, new: NewAttachment) -> bool:
    """By its content, else by what the channel calls its content."""
    if new.blob:
        return stored.blob == new.blob
    if stored.reference and new.reference:
        return _content(stored.reference) == _content(new.reference)
    return (stored.name, stored.type, stored.size) == (new.name, new.type, new.size)


def _content(reference: str) -> str:
    """What a reference says of the content, whatever way it names to it (`Remote.reference`)."""
    try:
        told = json.loads(reference)
    except ValueError:
        return reference
    unique = told.get("unique") if isinstance(told, dict) else None
    return str(unique) if unique else reference
