"""The outside person of a message: who wrote it, or whom we wrote it to.

Usually the sender. But a web form writes in the site's name, a mailing list or a group may
write in its own, and our own mail, wherever it is found, is about whom it went to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from config.model import EmailAccount
from connectors.contract import Address, Inbound
from omnitui.desk.addresses import OwnAddresses, normalised, outside
from omnitui.desk.context import Desk
from omnitui.desk.mail import web_form
from store.model import Account

_VIA = re.compile(r"\s+(?:via|über|through|через|за допомогою|przez|par|por|vía|tramite)\s+\S.*$")
_NOBODY = re.compile(r"(?:no|do[-_.]?not)[-_.]?reply", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Correspondent:
    address: Address
    how: Literal["sender", "recipient", "reply-to", "form", "list"] = "sender"
    """Who it was taken from. What proves the sender proves nobody else."""


class Correspondents:
    """Tells who writes to an account."""

    def __init__(self, desk: Desk, account: Account, own: OwnAddresses) -> None:
        self._own = own
        self._channel = account.channel
        # What `addresses` has found out, until it is asked for again.
        self._read: dict[int, tuple[Inbound, tuple[Inbound, Correspondent]]] = {}
        self._forms = {
            normalised("email", address)
            for settings in desk.config.accounts.values()
            if isinstance(settings, EmailAccount)
            for address in settings.forms
        }

    def of(self, inbound: Inbound) -> tuple[Inbound, Correspondent]:
        """Who wrote (our own mail: to whom), and the message as they meant it: a form's
        message is its text, and a list's own address is none to answer to."""
        if (read := self._read.pop(id(inbound), None)) and read[0] is inbound:
            return read[1]
        if inbound.direction == "out":
            people = outside(self._own, self._channel, [*inbound.to, *inbound.cc])
            return inbound, Correspondent(people[0] if people else inbound.sender, "recipient")
        if self._forms and normalised(self._channel, inbound.sender.address) in self._forms:
            return self._form(inbound)
        if "list_post" in inbound.details or "original_from" in inbound.details:
            inbound, author = self._through_list(inbound)
            if author is not None:
                return _unproven(inbound), author
        if (self._channel, inbound.sender.address) in self._own:
            people = outside(self._own, self._channel, inbound.reply_to)
            if people:
                return _unproven(inbound), Correspondent(people[0], "reply-to")
            if inbound.proofs and outside(self._own, self._channel, [*inbound.to, *inbound.cc]):
                # Proven to be ours: written with another program, a copy to this mailbox.
                return self.of(replace(inbound, direction="out"))
        return inbound, Correspondent(inbound.sender)

    def seen(self, inbound: Inbound) -> Correspondent:
        """Who wrote one of those that `addresses` was asked for."""
        return self._read[id(inbound)][1][1]

    def addresses(self, batch: Iterable[Inbound]) -> set[str]:
        """Those of `of`, normalised, for asking the store once."""
        for inbound in batch:
            self._read[id(inbound)] = inbound, self.of(inbound)
        everybody = (author.address.address for _mail, (_as_meant, author) in self._read.values())
        return {normalised(self._channel, address) for address in everybody if address.strip()}

    def _form(self, inbound: Inbound) -> tuple[Inbound, Correspondent]:
        signature = f"-- \n{inbound.signature}" if inbound.signature else ""
        parts = (inbound.text, signature, inbound.quoted)
        whole = "\n".join(part for part in parts if part)
        form = web_form.parse(whole)
        people = [
            one
            for one in outside(self._own, self._channel, inbound.reply_to)
            if normalised(self._channel, one.address) not in self._forms
            and not _NOBODY.match(one.address)
        ]
        if form is None and not people:
            ours = (self._channel, inbound.sender.address) in self._own
            others = outside(self._own, self._channel, [*inbound.to, *inbound.cc])
            if ours and others:  # no form: a letter of ours under the same address
                return replace(inbound, direction="out"), Correspondent(others[0], "recipient")
            return inbound, Correspondent(inbound.sender)
        name = form.name if form else ""
        if people:
            who = Address(people[0].address, people[0].name or name)
        else:
            who = Address(form.email if form else "", name)
        facts: dict[str, Any] = {"sender": inbound.sender.address}
        text, quoted, subject = inbound.text, inbound.quoted, inbound.subject
        if form is not None:
            facts |= {"name": form.name, "email": form.email, "phone": form.phone}
            facts["fields"] = [{"label": label, "value": value} for label, value in form.fields]
            subject = form.subject or subject
            # The whole form stays one key away.
            text, quoted = (form.message, whole) if form.message else (whole, "")
        inbound = replace(
            inbound,
            text=text,
            quoted=quoted,
            signature="",
            subject=subject,
            reply_to=people,
            proofs=(),
            auto_reply=None,
            details={**inbound.details, "form": facts},
        )
        return inbound, Correspondent(who, "form")

    def _through_list(self, inbound: Inbound) -> tuple[Inbound, Correspondent | None]:
        """Answers go to the person, not to everybody. Where the list writes in its own name
        (as it must for senders whose domain has a strict DMARC policy), the person is in
        another header."""
        post = normalised(self._channel, str(inbound.details.get("list_post", "")))
        sender = normalised(self._channel, inbound.sender.address)

        def not_list(people: Sequence[Address]) -> list[Address]:
            return [one for one in people if normalised(self._channel, one.address) != post]

        if post and inbound.reply_to:
            inbound = replace(inbound, reply_to=not_list(inbound.reply_to))
        ours = (self._channel, inbound.sender.address) in self._own
        if sender != post and not ours and not _VIA.search(inbound.sender.name):
            return inbound, None
        name = _VIA.sub("", inbound.sender.name).strip("'\" ")
        told = inbound.details.get("original_from")
        candidates = [*inbound.reply_to]
        if isinstance(told, dict):
            candidates.insert(0, Address(str(told.get("address", "")), str(told.get("name", ""))))
        # Mailman puts the author among the copies when answers are to go to the list.
        candidates += [one for one in inbound.cc if name and one.name.strip("'\" ") == name]
        people = [one for one in not_list(candidates) if one.address.strip()]
        if not people:
            return inbound, None
        author = people[0]
        if (self._channel, author.address) in self._own:
            return replace(inbound, sender=author), None
        if not author.name:
            author = Address(author.address, name)
        return inbound, Correspondent(author, "list")


def _unproven(inbound: Inbound) -> Inbound:
    """What proves the sender's address proves nothing of the person behind it."""
    return replace(inbound, proofs=(), aliases=()) if inbound.proofs else inbound
