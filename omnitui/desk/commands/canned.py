"""Templates made from replies, and articles of the knowledge base put into them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from config.i18n import _
from config.model import Config
from omnitui.desk import template_files
from omnitui.desk.channel import capabilities
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.context import Desk
from omnitui.desk.front_matter import DEFAULT_LANGUAGE
from omnitui.desk.knowledge.articles import Section, Variant, directories
from omnitui.desk.knowledge.shelf import Shelf, shelf
from omnitui.desk.replying.recipients import choose_account
from omnitui.desk.session import NeedsConfirmation, Session, account_name
from omnitui.desk.template_text import variables
from store import article_uses, customers, messages


@REGISTRY.command("template from-reply")
def template_from_reply(session: Session, title: Rest) -> Done:
    """Make a template of the reply that is being written, else of the last one sent; names of the
    customer and details of their card become variables."""
    return _made(session, session.draft.get().text.strip() or _last_sent(session), title)


@REGISTRY.command("template from-message")
def template_from_message(session: Session, message_id: int, title: Rest) -> Done:
    """Make a template of a message of this conversation, as `template from-reply` does."""
    found = messages.of_conversation(session.desk.db, session.here)
    text = next((m.text.strip() for m in found if m.id == message_id), "")
    if not text:
        raise CommandError(_("Message {n} is not in this conversation.").format(n=message_id))
    return _made(session, text, title)


@REGISTRY.command("template save")
def template_save(session: Session, name: str, language: str, text: Rest) -> Done:
    """Write a template's file: its facts between two lines of ---, then its words."""
    path = template_files.path_for(session.desk.config, name, language)
    before = template_files.contents(path)
    template_files.write(path, text)
    wrong = template_files.wrong_with(path)
    said = str(wrong) if wrong else _("Template “{name}” is kept.").format(name=name)
    return Done(said, _back(name, language, before))


@REGISTRY.command("template remove")
def template_remove(session: Session, name: str, language: str = DEFAULT_LANGUAGE) -> Done:
    """Delete a template of the desk's or your own, in one language. Shipped ones stay."""
    found = session.templates.get(name)
    path = found.paths.get(language)
    config = session.desk.config
    own = (config.home.own_templates, config.home.templates)
    if path is None:
        raise CommandError(
            _("“{name}” is in {known}, not in “{code}”.").format(
                name=name, known=", ".join(found.variants), code=language
            )
        )
    if not any(path.is_relative_to(folder) for folder in own):
        raise CommandError(
            _("“{name}” comes with omnitui: one of yours with that name takes its place.").format(
                name=name
            )
        )
    before = template_files.contents(path)
    template_files.remove(path)
    undo = _back(name, language, before) if path.parent in own else ""
    return Done(_("Template “{name}” is deleted.").format(name=name), undo)


@REGISTRY.command("article insert")
def article_insert(session: Session, name: str, part: Rest = Rest()) -> Done:  # noqa: B008
    """Put an article of the knowledge base at the end of the draft, or what stands under one of
    its headings, in the customer's language."""
    variant = _variant(session, name)
    section = section_named(variant, part) if part else None
    return _put(session, name, variant.text(section, formatted=_formatted(session)))


@REGISTRY.command("article link")
def article_link(session: Session, name: str) -> Done:
    """Put the address of an article of the knowledge base at the end of the draft."""
    variant = _variant(session, name)
    if not variant.url:
        raise CommandError(
            _("“{name}” has no address: its file names none (url:).").format(name=name)
        )
    return _put(session, name, variant.url)


def section_named(variant: Variant, title: str) -> Section:
    """The part of an article under a heading, or one that begins so. Raises `CommandError`."""
    wanted = title.strip().casefold()
    sections = variant.sections()
    for same in (True, False):
        for one in sections:
            heading = one.title.casefold()
            if heading == wanted or (not same and heading.startswith(wanted)):
                return one
    raise CommandError(
        _("There is no heading “{title}” in “{name}”; there is {known}.").format(
            title=title,
            name=variant.title,
            known=", ".join(one.title for one in sections) or _("none"),
        )
    )


def articles_of(desk: Desk) -> Shelf:
    """The desk's articles as they are now; reads files that changed."""
    return shelf(directories(desk.config)).current()


def have_ready(config: Config, line: str) -> None:
    """Read the files that a command line needs, before the transaction in which it runs."""
    if "article " in line:
        shelf(directories(config)).have_ready()


def _variant(session: Session, name: str) -> Variant:
    customer = customers.get(session.desk.db, session.customer_id)
    languages: Sequence[str] = (customer.language, session.desk.config.desk.language)
    return articles_of(session.desk).get(name).variant(*languages)


def _formatted(session: Session) -> bool:
    """Whether the reply goes where formatting is shown."""
    chosen = account_name(session, session.draft.get()) or None
    account = choose_account(session.desk, session.conversation(), chosen)
    return capabilities(account).formatting == "markdown"


def _put(session: Session, name: str, text: str) -> Done:
    before = session.draft.get().text
    session.write(f"{before.rstrip()}\n\n{text}" if before.strip() else text)
    article_uses.count(session.desk.db, name, session.desk.agent, session.desk.now())
    return Done(undo=f"reply set {shlex.quote(before)}")


def _made(session: Session, text: str, title: str) -> Done:
    """Write the template that a text makes. Raises `NeedsConfirmation` when there is one."""
    desk, conversation = session.desk, session.conversation()
    customer = customers.get(desk.db, conversation.customer_id)
    body = template_files.proposed(text, variables(desk, conversation, customer))
    name = template_files.name_of(title)
    language = customer.language or desk.config.desk.language or DEFAULT_LANGUAGE
    path = template_files.path_for(desk.config, name, language)
    before = template_files.contents(path)
    if before is not None and not session.confirmed:
        raise NeedsConfirmation(_("There is a template “{name}”: write over it?").format(name=name))
    template_files.write(path, template_files.text_of(title, body))
    return Done(
        _("Template “{name}” is in {path}.").format(name=name, path=path),
        _back(name, language, before),
    )


def _last_sent(session: Session) -> str:
    sent = messages.of_conversation(session.desk.db, session.here)[::-1]
    found = next((m.text.strip() for m in sent if m.direction == "out" and m.text.strip()), "")
    if not found:
        raise CommandError(_("There is no reply yet that a template could be made of."))
    return found


def _back(name: str, language: str, before: str | None) -> str:
    """What makes a template's file what it was."""
    if before is None:
        return f"template remove {name} {language}"
    return f"template save {name} {language} {shlex.quote(before)}"


__all__ = ["articles_of", "have_ready", "section_named"]
