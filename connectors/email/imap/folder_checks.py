"""The doctor's look at a mailbox's folders."""

from __future__ import annotations

from collections.abc import Sequence

from config.i18n import _, ngettext
from config.model import CloseAction
from connectors.contract import Check
from connectors.email.imap import folder_names, folder_patterns
from connectors.email.imap.parse import Folder
from connectors.email.imap.session import ImapSession, Refused

_CHECKED = 20
"""Folders that are opened one by one."""


async def check_folders(
    session: ImapSession, patterns: Sequence[str], folders: Sequence[Folder]
) -> list[Check]:
    """A line for every folder that is read, and for every setting that fits none."""
    choice = folder_patterns.choose(patterns, folders)
    if not folders:
        named = [n for n in patterns if n[0] not in "!\\" and not folder_patterns.has_wildcard(n)]
        return [await _check_folder(session, name) for name in named]
    checks = [await _check_folder(session, name) for name in choice.names[:_CHECKED]]
    if len(choice.names) > _CHECKED:
        more = len(choice.names) - _CHECKED
        name = ngettext("{n} folder more", "{n} folders more", more).format(n=more)
        checks.append(Check(name, True, ", ".join(choice.names[_CHECKED:])))
    for wanted in choice.missing:
        near = folder_names.nearest(wanted, folders)
        hint = _("did you mean {name}?").format(name=near) if near else _("correct folders.")
        detail = _("It does not exist on the server; {hint}").format(hint=hint)
        checks.append(Check(_("Folder {name}").format(name=wanted), False, detail))
    for wanted in choice.unmatched:
        detail = _("no folder fits yet; those made later are read")
        checks.append(Check(_("Folders {name}").format(name=wanted), bool(choice.names), detail))
    return checks


async def _check_folder(session: ImapSession, folder: str) -> Check:
    name = _("Folder {name}").format(name=folder)
    try:
        selected = await session.select(folder)
    except Refused as refusal:
        return Check(name, False, _("It cannot be opened ({said}).").format(said=refusal.said))
    count = selected.exists
    return Check(name, True, ngettext("{n} message", "{n} messages", count).format(n=count))


def check_target(actions: Sequence[CloseAction], folders: Sequence[Folder]) -> list[Check]:
    """Where mail of closed conversations goes."""
    name = _("Folder for closed mail")
    moves = [action.name for action in actions if action.kind == "move"]
    if not moves or not folders:
        return []
    if (found := folder_names.resolve(moves[0], folders)) is not None:
        return [Check(name, True, found)]
    if moves[0].startswith("\\"):
        detail = _("The server marks no folder as {use}; name the folder in on_close.")
        return [Check(name, False, detail.format(use=moves[0]))]
    made = folder_names.name_for_new(moves[0], folders)
    return [Check(name, True, _("{folder} (made when it is needed)").format(folder=made))]
