"""Which of a server's folders the settings mean."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from connectors.email.imap_parse import Folder

_SENT_NAMES = ("sent", "sent items", "sent messages", "sent mail", "inbox.sent", "inbox/sent")


def resolve(wanted: str, folders: Sequence[Folder]) -> str | None:
    """The server's name for a folder as a person writes it: `Shop/Returns` also where the
    server separates by dots, `inbox` in any case."""
    if wanted.upper() == "INBOX":
        return "INBOX"
    names = [folder.name for folder in folders if "\\noselect" not in folder.attributes]
    if wanted in names:
        return wanted
    for folder in folders:
        if folder.delimiter and wanted.replace("/", folder.delimiter) == folder.name:
            return folder.name
    same = [name for name in names if name.casefold() == wanted.casefold()]
    return same[0] if len(same) == 1 else None


def nearest(wanted: str, folders: Sequence[Folder]) -> str:
    """The folder that was probably meant; empty: none is near."""
    found = difflib.get_close_matches(wanted, [folder.name for folder in folders], 1, 0.5)
    return found[0] if found else ""


def sent_folder(setting: str, folders: Sequence[Folder]) -> str | None:
    """Where sent mail is kept: the setting, else the \\Sent special use (RFC 6154), else a
    folder with a usual name."""
    if setting:
        return resolve(setting, folders)
    for folder in folders:
        if "\\sent" in folder.attributes:
            return folder.name
    for folder in folders:
        if folder.name.casefold() in _SENT_NAMES:
            return folder.name
    return None


def everything_folder(folders: Sequence[Folder]) -> str | None:
    """The \\All special use: every message of the mailbox, wherever it was filed."""
    return next((folder.name for folder in folders if "\\all" in folder.attributes), None)
