"""Raw mails as they come, taken in by a test's desk."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connectors.contract import Inbound
from connectors.email.read import read_mail
from store.model import Account, Message
from tests.desk.office import HOUR, SUPPORT, Office, support_mailbox

AUTHSERV = "mx.acme.example"
ANN = "Ann Lee <ann@home.example>"
PROVEN = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from="


def read(office: Office, raw: str, **more: Any) -> Inbound:
    """What the connector makes of a mail that arrives now."""
    n = next(office.numbers)
    lines = raw.lstrip("\n")
    head, _, body = lines.partition("\n\n")
    if "\nmessage-id:" not in f"\n{head}".lower():
        head += f"\nMessage-ID: <raw{n}@home.example>"
    if "\ndate:" not in f"\n{head}".lower():
        head += "\nDate: Tue, 22 Sep 2026 10:00:00 +0000"
    given: dict[str, Any] = {
        "external_id": f"INBOX/1/{n}",
        "arrived_at": office.clock.at,
        "own_addresses": {SUPPORT},
        "trusted_authserv": AUTHSERV,
    }
    return read_mail(f"{head}\n\n{body}".encode(), **{**given, **more})


def post(office: Office, raw: str, account: Account | None = None, **more: Any) -> Message:
    """Take a raw mail in; the message it became."""
    return office.got(read(office, raw, **more), account=account)


def configure(office: Office, **more: Any) -> None:
    """Give the support account settings such as `forms` and `aliases`."""
    config = replace(office.desk.config, accounts={"support": support_mailbox(**more)})
    office.desk = replace(office.desk, config=config)


def asked(office: Office, *headers: str, subject: str = "My boiler", who: str = ANN) -> Message:
    """A customer's first mail."""
    more = "".join(f"{header}\n" for header in headers)
    return post(office, f"From: {who}\nTo: {SUPPORT}\nSubject: {subject}\n{more}\nIt leaks.\n")


def replied(office: Office, conversation: int, text: str = "Please close the tap.") -> Message:
    """Our answer, sent."""
    office.clock.pass_(HOUR)
    sent = office.sent(conversation, text, confirm_new=True)
    office.clock.pass_(HOUR)
    return sent
