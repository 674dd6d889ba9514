"""What each role may do, in one table; asked wherever a command line is run.

Readers look. Agents do the everyday work. Supervisors do besides what is for all, or cannot be
taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from config import allowed
from config.access import Access, Role
from config.allowed import names
from config.i18n import N_, _
from omnitui.desk.command import Command, CommandError
from omnitui.desk.context import Desk

Right = Literal[
    "look", "work", "give away", "reclaim", "drafts", "export", "erase", "import", "keep", "audit"
]

_ALL: frozenset[Role] = frozenset({"reader", "agent", "supervisor"})
_WORKING: frozenset[Role] = frozenset({"agent", "supervisor"})
_LEADING: frozenset[Role] = frozenset({"supervisor"})

ROLES: Mapping[Right, tuple[frozenset[Role], str]] = {
    "look": (_ALL, N_("read, search, and copy; be seen as present")),
    "work": (_WORKING, N_("write to customers and change conversations, customers, notes, tags")),
    "give away": (_LEADING, N_("give away several conversations of others at once")),
    "reclaim": (_LEADING, N_("give all that a colleague has back to nobody")),
    "drafts": (_LEADING, N_("see what others are writing, where the desk has it so")),
    "export": (_LEADING, N_("write everything of a customer into a file")),
    "erase": (_LEADING, N_("erase a customer")),
    "import": (_LEADING, N_("take mail archives and lists of customers in")),
    "keep": (_LEADING, N_("delete by the rules of [retention], back up, restore")),
    "audit": (_LEADING, N_("read the audit log")),
}
"""Who may, and what it is that they may."""

LOOKS = names(
    """
    accounts, back, batch, card, card act, card address, card claim, card copy, card page, card
    suggestion, choose, command, copy, copy whole, customer conflicts, customers, date, details,
    files, filter, filter clear, find, focus, fold, fold others, go, help, keys, language, macro,
    mark, mark all, mark invert, mark none, mark range, menu, move down, move first, move
    half-page-down, move half-page-up, move last, move page-down, move page-up, move up, next, next
    chat, only attachments, only channel, only conversation, only everything, only notes, open,
    open link, palette, person, popped, previous, problems, quit,
    raw, redraw, repeat, save raw, search, search next, search previous, shell, sort, theme, tour,
    undo, unfold, unfold files, unfold mail, unfold original, unfold quote, unfold signature,
    unfold text, view, view remove, view save, who
    """
)
"""Commands that change nothing of the desk. Others are work."""

LEADS: Mapping[str, Right] = {
    "customer export": "export",
    "customer erase": "erase",
    "drafts": "drafts",
    "reclaim": "reclaim",
    "reclaim back": "reclaim",
}

READERS_WRITE = frozenset({"presence", "last_seen", "events"})
"""Tables of the store that a reader's screen writes: that they look."""

GIVES_AWAY = names("assign, assign back, unassign, hand over")
"""For several conversations at once, of which one is a colleague's, it is more than work."""

VERBS: Mapping[str, Right] = {
    "audit": "audit",
    "backup": "keep",
    "compose": "work",
    "do": "work",
    "import": "import",
    "import-customers": "import",
    "log": "work",
    "new-customer": "work",
    "reply": "work",
    "restore": "keep",
    "retention": "keep",
}
"""Verbs that do more than look. Parts of others ask by themselves: `quarantine retry`."""


class NotPermitted(CommandError):
    """The one who acts may not do this; `str()` says who can change it."""


def may(who: Desk | Access, right: Right) -> bool:
    return _access(who).role in ROLES[right][0]


def require(who: Desk | Access, right: Right) -> None:
    """Raises `NotPermitted`."""
    if not may(who, right):
        raise NotPermitted(_refusal(_access(who).role, right))


def right_of(command: str) -> Right:
    """What a command takes, by its name."""
    return LEADS.get(command, "look" if command in LOOKS else "work")


def written(access: Access) -> frozenset[str] | None:
    """The only tables that this one's screen may write; None: all."""
    return None if may(access, "work") else READERS_WRITE


def is_limited(access: Access) -> bool:
    """There is anything that the session may not do."""
    return access.locked or access.role != "supervisor"


def why_not(access: Access, command: Command) -> str:
    """Why this session does not run a command, one sentence; "" where it does."""
    program = command.kind == "program"
    if command.own and not program:
        return ""  # a macro: each of its lines is asked about
    return _why_not(access, command.name, program=program)


def offers(access: Access, line: str) -> bool:
    """Whether a line of a command of ours is one that this session runs, by its name alone: the
    first frame asks it, before any command is there."""
    words = line.split()
    for length in range(len(words), 0, -1):
        name = " ".join(words[:length])
        if name in allowed.SHIPPED or name in allowed.FILES or name in allowed.REFUSED:
            return not _why_not(access, name)
    return True


def require_allowed(who: Desk | Access, command: str) -> None:
    """What does a command's work by another way asks like that. Raises `NotPermitted`."""
    access = _access(who)
    if not allowed.permits(access, command):
        raise NotPermitted(_locked(access, command))


def require_verb(access: Access, verb: str) -> None:
    """Raises `NotPermitted` where the role does not have a verb of the command line."""
    require(access, VERBS.get(verb, "look"))


def _why_not(access: Access, command: str, *, program: bool = False) -> str:
    if not allowed.permits(access, command, program=program):
        return _locked(access, command)
    right: Right = "work" if program else right_of(command)
    return "" if may(access, right) else _refusal(access.role, right)


def _access(who: Desk | Access) -> Access:
    return who if isinstance(who, Access) else who.config.access


def _refusal(role: Role, right: Right) -> str:
    if role == "reader" and right == "work":
        return _(
            "You may look, not write: who looks after the desk can change that ([roles] readers"
            " in team.toml)."
        )
    return _("Only a supervisor may {what}: ask one.").format(what=_(ROLES[right][1]))


def _locked(access: Access, command: str) -> str:
    if command in allowed.FILES and command not in access.without:
        return _(
            "“{name}” is off here: who looks after the desk can name a directory for files"
            " ([locked] directories in team.toml)."
        ).format(name=command)
    return _(
        "“{name}” is off here: who looks after the desk can allow it ([locked] commands in"
        " team.toml)."
    ).format(name=command)
