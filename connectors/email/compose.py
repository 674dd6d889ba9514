"""An `Outgoing` message as the bytes that go to the mail server."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from config.model import EmailAccount
from connectors.contract import Outgoing


def compose(message: Outgoing, account: EmailAccount, *, date: datetime) -> bytes:
    """A complete mail with CRLF line ends; `date` must be aware."""
    mail = EmailMessage(policy=SMTP)
    sender = message.sender.name if message.sender else account.display_name
    mail["From"] = formataddr((sender, account.address))
    mail["To"] = ", ".join(formataddr((a.name, a.address)) for a in message.to)
    if message.cc:
        mail["Cc"] = ", ".join(formataddr((a.name, a.address)) for a in message.cc)
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = f"<{message.key}>"
    if message.in_reply_to:
        mail["In-Reply-To"] = f"<{message.in_reply_to}>"
    if message.references:
        mail["References"] = " ".join(f"<{i}>" for i in message.references)
    mail.set_content(message.text, cte="quoted-printable")
    for file in message.files:
        main, _, sub = file.type.partition("/")
        mail.add_attachment(file.read(), maintype=main, subtype=sub, filename=file.name)
    return mail.as_bytes()
