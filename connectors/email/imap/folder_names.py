"""Which of a server's folders is meant, and what their names have before them."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence

from connectors.email.imap.folder_patterns import matching
from connectors.email.imap.parse import Folder, Namespaces

_SENT_NAMES = ("sent", "sent items", "sent messages", "sent mail")


def namespaced(folders: Sequence[Folder], namespaces: Namespaces | None) -> list[Folder]:
    """The folders with the names that people use: `Shop` for a server's `INBOX.Shop`, where
    all its personal folders are below `INBOX.`; other people's marked as such (RFC 2342)."""
    if namespaces is None:
        namespaces = Namespaces(_guessed(folders), ())
    made: list[Folder] = []
    for folder in folders:
        foreign = next((p for p in namespaces.others if p and folder.name.startswith(p)), "")
        short = folder.name
        if not foreign and namespaces.personal and folder.name != "INBOX":
            short = folder.name.removeprefix(namespaces.personal)
        made.append(dataclasses.replace(folder, short=short, foreign=foreign))
    return made


def _guessed(folders: Sequence[Folder]) -> str:
    """The personal prefix of a server that does not tell it."""
    others = [folder for folder in folders if folder.name != "INBOX"]
    prefixes = {f"INBOX{folder.delimiter}" for folder in others if folder.delimiter}
    if len(prefixes) == 1:
        (prefix,) = prefixes
        if all(folder.name.startswith(prefix) for folder in others):
            return prefix
    return ""


def resolve(wanted: str, folders: Sequence[Folder]) -> str | None:
    """The server's name for one folder as a person writes it: `Shop/Returns` also where the
    server separates by dots, `inbox` in any case, `\\Archive` by its mark."""
    found = matching(wanted, folders)
    return found[0] if found else None


def name_for_new(wanted: str, folders: Sequence[Folder]) -> str:
    """What a folder that is not there yet is to be called on this server."""
    delimiter = next((folder.delimiter for folder in folders if folder.delimiter), "/")
    prefix = next(
        (
            folder.name.removesuffix(folder.short)
            for folder in folders
            if not folder.foreign and folder.short != folder.name
        ),
        "",
    )
    return prefix + wanted.replace("/", delimiter).removeprefix(prefix)


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
        if folder.short.casefold() in _SENT_NAMES:
            return folder.name
    return None


def everything_folder(folders: Sequence[Folder]) -> str | None:
    """The \\All special use: every message of the mailbox, wherever it was filed."""
    return next((folder.name for folder in folders if "\\all" in folder.attributes), None)
