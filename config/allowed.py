"""What a locked session may run: an allow-list of the names of commands and of verbs.

What is on no list here is refused, a command that is made tomorrow, too. team.toml adds to it
([locked] commands, verbs) and takes off it ([locked] without).
"""

from __future__ import annotations

from config.access import Access


def names(text: str) -> frozenset[str]:
    """Names with commas between them."""
    return frozenset(" ".join(name.split()) for name in text.split(","))


SHIPPED = names(
    """
    accounts, adopt, alteration cancel, alteration retry, alteration undo, answer, article address,
    article close, article insert, article link, article move, article take, articles, assign,
    assign back, attendance, back, batch, card, card accept, card act, card address, card claim,
    card copy, card dismiss, card edit, card page, card remove, card suggestion, card unmerge, card
    write, choose, choose-agent, choose-attachment, choose-recipient, choose-tag, claim, close,
    command, compose, compose discard, copy, copy whole, customer address, customer address remove,
    customer address restore, customer bar, customer channel, customer code, customer company,
    customer conflicts, customer discard, customer erase, customer field, customer from-forwarded,
    customer language, customer merge, customer name, customer new, customer note, customer note
    delete, customer note edit, customer note restore, customer relate, customer related-by,
    customer set-field, customer switch, customer tag, customer timezone, customer unbar, customer
    unmerge, customer unrelate, customer untag, customer unverify, customer verify, customers, date,
    delete, detach, details, drafts, edit, file retry, files, filter, filter clear, find, focus,
    fold, fold others, go, hand over, help, join, keys, language, link, log, log discard, log
    restore, macro, mark, mark all, mark invert, mark none, mark range, mark read, mark unread,
    menu, message delete, message edit, move, move down, move first, move half-page-down, move
    half-page-up, move last, move page-down, move page-up, move up, next, next chat, note, note
    discard, note restore, only attachments, only channel, only conversation, only everything, only
    notes, open, open link, outbox cancel, outbox failed, outbox retry, outbox sent, palette,
    person, popped, presence away, presence back, preview, previous, priority, problems, quit,
    quote, quote part, raw, reclaim, reclaim back, redraw, reopen, repeat, reply, reply answer,
    reply bcc, reply cc, reply delivery, reply discard, reply earlier, reply hand-over, reply kind,
    reply note, reply quote, reply send, reply set, reply signature, reply silent, reply template,
    reply to, reply trim, reply via, reply with, retry, search, search next, search previous,
    snooze, sort, spelling, spelling add, spelling language, split, status, subject, suggestion
    accept, suggestion dismiss, suggestion reopen, tag add, tag remove, template, template
    from-message, template from-reply, template insert, template remove, template save, theme, tour,
    unassign, undo, unfold, unfold files, unfold mail, unfold original, unfold quote, unfold
    signature, unfold text, unmove, unsnooze, unwatch, view, view remove, view save, watch, who
    """
)
"""Commands of the desk and the screen."""

FILES = names("attach, customer export, reply attach, save raw")
"""Allowed where [locked] directories names a directory: nothing goes elsewhere."""

REFUSED = names("editor, pipe, practice, practice end, shell, template edit, template new")
"""Looked at, and not for a locked session unless team.toml names it: they start programs."""

EDITORS = ("/usr/bin/rnano", "/usr/local/bin/rnano", "/bin/rnano")
"""What a locked session whose team.toml allows `editor` starts: it runs no program and opens no
other file. $EDITOR counts nowhere, and vi is a shell."""

VERBS = names(
    """
    articles, audit, compose, conversations, customer, customers, do, ledger, log, new-customer,
    outbox, reply, search, show, status, templates
    """
)
"""Verbs of the command line that [locked] verbs may name. No other ever runs by way of sshd:
they set a desk up, keep it, or read and write files of their own choice."""


def permits(access: Access, command: str, *, program: bool = False) -> bool:
    """Whether the session may run a command.

    `program`: it is one of the settings' [commands], which has to be named by team.toml.
    """
    if not access.locked:
        return True
    if command in access.without:
        return False
    if command in access.commands:
        return True
    shipped = command in SHIPPED or (command in FILES and bool(access.directories))
    return shipped and not program


def permits_verb(access: Access, verb: str) -> bool:
    """Whether `ssh desk VERB …` is run."""
    return not access.locked or (verb in VERBS and verb in access.verbs)
