"""Mail that claims to come from the account's own address."""

from __future__ import annotations

import dataclasses
import re

from config.i18n import _
from config.model import EmailAccount
from connectors.contract import Ignored, Inbound

_PROOF = re.compile(r"\+omnitui\.proof-[a-z2-7]{16}@")
"""What `plus_proof` writes to."""
_DETAIL = re.compile(r"\+[^@]*@")


def own_addresses(account: EmailAccount) -> frozenset[str]:
    """The account's addresses, lower case. What web forms write under is not ours alone: such
    a mail is a customer's, and the desk looks into it."""
    addresses = (account.address, account.imap.user, *account.aliases)
    forms = {address.casefold() for address in account.forms}
    return frozenset(a.casefold() for a in addresses if "@" in a) - forms


def placed(mail: Inbound, own: frozenset[str], *, sent_folder: bool) -> Inbound | Ignored:
    """The mail as its folder makes it: in a Sent folder everything is outbound; elsewhere what
    goes from the account to nobody else, and asks for no answer elsewhere (as web forms that
    write in the shop's name do), is no conversation. Nor is the mail with which `init` proves
    that plus-addresses arrive."""
    if mail.sender.address.casefold() in own and len(mail.to) == 1:
        plain, proves = _PROOF.subn("@", mail.to[0].address.casefold())
        if proves and plain in {_DETAIL.sub("@", address) for address in own}:
            return Ignored(mail.external_id, _("omnitui's own test of plus-addresses"))
    if sent_folder:
        return dataclasses.replace(mail, direction="out")
    if mail.direction == "out" and not mail.proofs:
        # Anybody can write our address into From: it is shown as ours, and settles nothing.
        return dataclasses.replace(mail, details={**mail.details, "claims_to_be_ours": True})
    if mail.direction == "out" or mail.sender.address.casefold() not in own:
        return mail
    others = [a for a in (*mail.to, *mail.cc, *mail.reply_to) if a.address.casefold() not in own]
    if others or mail.bounce is not None:
        return mail
    return Ignored(mail.external_id, _("from this account to itself"))
