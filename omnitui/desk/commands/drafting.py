"""Writing: the draft, templates, attachments, notes, and the send."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

from config.i18n import _, ngettext
from config.numbers import Number
from omnitui.desk import places
from omnitui.desk.channel import capabilities
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.delivering import undo_delivery
from omnitui.desk.commands.macros import together
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.replying import file_names, reply, several
from omnitui.desk.replying.recipients import choose_account
from omnitui.desk.session import DraftText, Session, account_name
from omnitui.desk.template_text import render
from omnitui.desk.when import parse_when, shown
from store import template_uses
from store.model import AS_USUAL, AccountId

_UNLESS = "unless-answered"


@REGISTRY.command("template insert")
def template_insert(session: Session, name: str, language: str = "") -> Done:
    """Put a template at the end of the draft, filled in, in the customer's language or this one."""
    template = session.templates.get(name)
    rendered = render(session.desk, session.here, template, language or None)
    before = session.draft.get()
    text = f"{before.text.rstrip()}\n\n{rendered.text}" if before.text.strip() else rendered.text
    session.write(text)
    template_uses.count(session.desk.db, template.name, session.desk.agent, session.desk.now())
    missing = ", ".join(rendered.unfilled)
    message = _("To be filled in: {names}.").format(names=missing) if missing else ""
    return Done(message, _text_back(before))


@REGISTRY.command("reply set")
def reply_set(session: Session, text: Rest) -> Done:
    """Make this the draft of the reply."""
    before = session.draft.get()
    session.write(text)
    return Done(undo=_text_back(before))


@REGISTRY.command("reply discard")
def reply_discard(session: Session) -> Done:
    """Throw the draft away."""
    before = session.draft.get()
    session.draft.clear()
    held = before.text or before.files or before.delivery != AS_USUAL
    return Done(_("Draft discarded.") if held else "", _restore(session, before))


@REGISTRY.command("reply via")
def reply_via(session: Session, account: str = "") -> Done:
    """Send the reply over this account or channel; without one, where the customer is now, or
    wrote last."""
    before = session.draft.get()
    chosen: AccountId | None = None
    if account:
        chosen = choose_account(session.desk, session.conversation(), account).id
    session.draft.set(replace(before, account_id=chosen))
    old = account_name(session, before)
    return Done(undo=f"reply via {shlex.quote(old)}" if old else "reply via")


@REGISTRY.command("reply send")
def reply_send(session: Session, when: Rest = Rest()) -> Done:  # noqa: B008 (a constant)
    """Send the draft: now, or at a time (`tomorrow 9`); `unless-answered` keeps it back if the
    customer writes before that."""
    desk, draft = session.desk, session.draft.get()
    words = when.split()
    unless = _UNLESS in words
    time = " ".join(word for word in words if word != _UNLESS)
    send_at = parse_when(time, desk.now(), desk.config.desk.timezone) if time else None
    message_id = reply.queue(
        desk,
        session.here,
        draft.text,
        account=account_name(session, draft) or None,
        to=session.to,
        delivery=draft.delivery,
        files=draft.files,
        send_at=send_at,
        if_last=session.if_last,
        confirm_new=session.confirm_new,
        ask_files=session.ask_files,
        shown=session.shown,
        cancel_on_inbound=unless,
    )
    session.draft.clear()
    session.to, session.confirm_new = (), False
    said = _("Reply on its way.")
    if send_at:
        time = shown(send_at, desk.config.desk.timezone)
        said = _("Goes out {time}, unless they answer first.") if unless else _("Goes out {time}.")
        said = said.format(time=time)
    return Done(said, f"outbox cancel {message_id}")


@REGISTRY.command("reply with")
def reply_with(session: Session, templates: Rest) -> Done:
    """Send a reply that is made of these templates, filled in, and leave the draft alone: the
    same answer to many, from a key, a macro or the command line."""
    desk = session.desk
    try:
        names = shlex.split(templates)
    except ValueError:
        names = templates.split()
    if not names:
        raise CommandError(_("Name a template."))
    if several.goes_elsewhere(desk, session.here, session.among):
        session.left_out = True
        return Done()
    message_id = reply.queue(
        desk,
        session.here,
        several.text_of(desk, session.here, names),
        to=session.to,
        if_last=session.if_last,
        confirm_new=session.confirm_new,
    )
    for name in names:
        template_uses.count(desk.db, session.templates.get(name).name, desk.agent, desk.now())
    return Done(_("Reply on its way."), f"outbox cancel {message_id}")


@REGISTRY.command("attach")
def attach(session: Session, path: Rest) -> Done:
    """Attach a file to the reply, or all that fit a pattern (`~/scans/*.pdf`)."""
    access = session.desk.config.access
    found = file_names.named(path, access)
    if not found:
        places.check(access, places.whole(access, path))
        if file_names.expanded(path).is_dir():
            raise CommandError(_("{path} is a directory: name a file in it.").format(path=path))
        raise CommandError(_("There is no file {path}.").format(path=path))
    if len(found) > file_names.MOST:
        raise CommandError(
            ngettext(
                "{path} names {n} file: attach fewer at a time.",
                "{path} names {n} files: attach fewer at a time.",
                len(found),
            ).format(path=path, n=len(found))
        )
    before = session.draft.get()
    new = [str(file) for file in found if str(file) not in before.files]
    if not new:
        return Done(_("It is attached already."))
    files = (*before.files, *new)
    for file in new:
        with places.to_read(access, Path(file)):
            pass  # it may be taken; what is sent is opened the same way
    account = choose_account(
        session.desk, session.conversation(), account_name(session, before) or None
    )
    size = reply.check_files(account, [f for f in files if Path(f).is_file()])
    session.draft.set(replace(before, files=files))
    limit = capabilities(account).file_limit
    said = _("{name} attached.")
    # A small one is no matter of limits, and 0.0 MB of anything says nothing.
    if size >= 100_000:
        said = _("{name} attached: {size:.1f} MB in all.")
        if limit is not None:
            said = _("{name} attached: {size:.1f} of {limit:.0f} MB.")
    name = Path(new[0]).name
    if len(new) > 1:
        name = ngettext("{n} file", "{n} files", len(new)).format(n=len(new))
    return Done(
        said.format(name=name, size=Number(size / 1e6), limit=Number((limit or 0) / 1e6)),
        together([f"detach {shlex.quote(file)}" for file in new]),
    )


@REGISTRY.command("detach")
def detach(session: Session, path: Rest) -> Done:
    """Take a file off the reply, by its path or name."""
    before = session.draft.get()
    wanted = str(file_names.expanded(path))
    gone = [f for f in before.files if path in (f, Path(f).name) or wanted == f]
    if not gone:
        raise CommandError(_("No file “{path}” is attached.").format(path=path))
    session.draft.set(replace(before, files=tuple(f for f in before.files if f != gone[0])))
    return Done(
        _("{name} taken off.").format(name=Path(gone[0]).name), f"attach {shlex.quote(gone[0])}"
    )


def _text_back(before: DraftText) -> str:
    return f"reply set {shlex.quote(before.text)}" if before.text else "reply set ''"


def _restore(session: Session, before: DraftText) -> str:
    """What brings the whole draft back."""
    lines = [f"reply set {shlex.quote(before.text)}"] if before.text else []
    if name := account_name(session, before):
        lines.append(f"reply via {shlex.quote(name)}")
    lines += [f"attach {shlex.quote(file)}" for file in before.files if Path(file).is_file()]
    if before.delivery != AS_USUAL:
        lines.append(undo_delivery(before.delivery))
    return together(lines) or "reply discard"
