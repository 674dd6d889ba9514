"""Reports asked for in the SMTP dialogue (delivery status notifications, RFC 3461).

A server that offers DSN reports a failure or a delay with the recipient as we gave it and
with our message's id (`Original-Envelope-Id`), headers only: a bounce that quotes nothing
can still be tied to its message.
"""

from __future__ import annotations

import re

LONGEST_ID = 100
"""Characters of ENVID (RFC 3461 §5.4)."""

_XTEXT = re.compile(r"[^!-*,-<>-~]")


def mail_options(envelope_id: str) -> list[str]:
    """For MAIL FROM. `envelope_id` comes back in a report as `Original-Envelope-Id`: the
    Message-ID without angle brackets. One too long is left out."""
    written = xtext(envelope_id)
    found = ["RET=HDRS"]
    if written and len(written) <= LONGEST_ID:
        found.append(f"ENVID={written}")
    return found


def recipient_options(address: str) -> list[str]:
    """For RCPT TO."""
    kind = "rfc822" if address.isascii() else "utf-8"
    return ["NOTIFY=FAILURE,DELAY", f"ORCPT={kind};{xtext(address)}"]


def xtext(text: str) -> str:
    """Printable ASCII but `+` and `=`, the rest as `+XX` (RFC 3461 §4); beyond ASCII in the
    form of RFC 6533 §3, as `\\x{XXXX}`."""
    return _XTEXT.sub(
        lambda m: f"+{ord(m[0]):02X}" if ord(m[0]) < 128 else f"\\x{{{ord(m[0]):X}}}", text
    )
