"""One mail handed to the SMTP server, with every way it can end told apart."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import SMTPResponse

from config.i18n import _
from config.model import ServerUrl
from connectors.contract import (
    AuthFailed,
    ChannelError,
    Deferred,
    MaybeSent,
    Misconfigured,
    Rejected,
    Unreachable,
)
from connectors.email.credential import GIVE_UP, Bearer, Credential, refusal_words
from connectors.email.failures import (
    closed,
    network_failure,
    place,
    refused_token,
    words,
    wrong_credentials,
)
from connectors.email.quiet_line import keep_alive
from connectors.email.smtp import reports as smtp_reports
from connectors.email.smtp.data import LINE_PATIENCE, send_data
from connectors.email.writing.headers_out import ascii_domain

CONNECT_PATIENCE = 30.0
COMMAND_PATIENCE = 120.0
"""Seconds for an answer; RFC 5321 §4.5.3.2 allows servers 300, nobody waits that long."""
QUIT_PATIENCE = 2.0

SHORTEST_WAIT = 10.0
LONGEST_WAIT = 4 * 3600.0
"""Seconds for which a server's word is taken when it names a time to try again at."""

_WAIT = re.compile(r"\b(\d{1,5})\s*(s|sec|seconds?|min|minutes?)\b", re.I)
_QUOTED_STRING = re.compile(r'"(?:[^"\\]|\\.)+"')
_FORBIDDEN = re.compile(r"[\s<>,;()\"\\]")
"""In an address outside of quotes (RFC 5321 §4.1.2)."""

_UNKNOWN_PARAMETER = (501, 504, 555)
"""RFC 5321 §4.1.1.11."""


@dataclass(frozen=True, slots=True)
class Envelope:
    sender: str
    recipients: Sequence[str]
    raw: bytes
    report_as: str = ""
    """The id under which the server is asked to report failures and delays, where it offers
    that; empty: it is not asked."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A mail that the server took over."""

    refused: dict[str, str]
    """Recipients that it refused while it took others, with its words."""
    size_limit: int | None
    """Bytes of a whole mail that it takes (RFC 1870); None: it said nothing."""


async def send_mail(
    server: ServerUrl,
    credential: Credential,
    context: ssl.SSLContext,
    envelope: Envelope,
    *,
    all_or_none: bool,
) -> Handed:
    """`all_or_none`: when a recipient is refused for now, send to nobody yet.

    Raises `ChannelError`; `MaybeSent` only after the final dot.
    """
    async with _logged_in(server, credential, context) as client:
        options, encoding = _mail_options(client, server, envelope)
        sender = _address(envelope.sender, encoding, server)
        recipients = {to: _address(to, encoding, server) for to in envelope.recipients}
        wish = []
        if envelope.report_as and client.supports_extension("dsn"):
            wish = smtp_reports.mail_options(envelope.report_as)
        try:
            reporting = await _mail(client, sender, options, wish, encoding)
        except aiosmtplib.SMTPSenderRefused as refusal:
            raise _sender_refused(server, refusal.code, refusal.message) from None
        refused = await _recipients(client, recipients, encoding, reporting=reporting)
        _judge_refusals(server, refused, len(recipients), all_or_none=all_or_none)
        if client.protocol is None:
            raise closed(server)
        told = {to: _words(response) for to, response in refused.items()}
        try:
            response = await send_data(client.protocol, envelope.raw, place(server))
        except MaybeSent as unanswered:
            raise MaybeSent(str(unanswered), told) from unanswered
        if not 200 <= response.code < 300:
            raise _refused(server, response.code, response.message)
        limit = _size_limit(client)
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=QUIT_PATIENCE)
    return Handed(told, limit)


async def check_log_in(server: ServerUrl, credential: Credential, context: ssl.SSLContext) -> None:
    """Connect, encrypt, log in, leave. Raises `ChannelError`."""
    async with _logged_in(server, credential, context) as client:
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=QUIT_PATIENCE)


async def size_limit(server: ServerUrl, context: ssl.SSLContext) -> int | None:
    """Bytes of a whole mail that the server takes; needs no log-in. Raises `ChannelError`."""
    async with _logged_in(dataclasses.replace(server, user=""), "", context) as client:
        found = _size_limit(client)
        with contextlib.suppress(aiosmtplib.SMTPException, OSError):
            await client.quit(timeout=QUIT_PATIENCE)
    return found


@contextlib.asynccontextmanager
async def _logged_in(
    server: ServerUrl, credential: Credential, context: ssl.SSLContext
) -> AsyncIterator[aiosmtplib.SMTP]:
    """A connection ready for MAIL. What happens to it inside becomes a `ChannelError` too."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname="localhost",
        timeout=COMMAND_PATIENCE,
        use_tls=server.security == "tls",
        start_tls=False,
        tls_context=context,
    )
    try:
        await client.connect(timeout=CONNECT_PATIENCE)
        if (connected := client.get_transport_info("socket")) is not None:
            # A line that is dead after the dot: known in minutes, and in no case sent again.
            keep_alive(connected, unacknowledged=LINE_PATIENCE)
        await _greet(client)
        if server.security == "starttls":
            await _start_tls(client, server)
        if server.user:
            await _log_in(client, server, credential)
        yield client
    except aiosmtplib.SMTPConnectResponseError as error:
        raise _turned_away(server, error.code, error.message) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(server, error.code, error.message) from error
    except (aiosmtplib.SMTPException, OSError, EOFError) as error:
        raise network_failure(error, server) from error
    finally:
        transport = client.transport
        client.close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
            await asyncio.sleep(0)


async def _greet(client: aiosmtplib.SMTP) -> None:
    """EHLO with our address: this machine's name may be unknown outside or slow to find."""
    name = "localhost"
    found = client.get_transport_info("sockname")
    if found:
        name = f"[IPv6:{found[0].partition('%')[0]}]" if ":" in found[0] else f"[{found[0]}]"
    try:
        await client.ehlo(hostname=name)
    except aiosmtplib.SMTPHeloError as refusal:
        if refusal.code < 500:
            raise
        await client.helo(hostname=name)


async def _start_tls(client: aiosmtplib.SMTP, server: ServerUrl) -> None:
    if not client.supports_extension("starttls"):
        raise Misconfigured(
            _("{where} offers no STARTTLS; use smtps:// with its port, often 465.").format(
                where=place(server)
            )
        )
    await client.starttls(timeout=CONNECT_PATIENCE)
    await _greet(client)


async def _log_in(client: aiosmtplib.SMTP, server: ServerUrl, credential: Credential) -> None:
    # One mechanism, tried once: each wrong try may cost seconds and count against us.
    offered = client.server_auth_methods
    if isinstance(credential, Bearer):
        await _show_token(client, server, credential)
        return
    method = next((m for m in ("plain", "login", "cram-md5") if m in offered), None)
    if method is None:
        raise Misconfigured(
            _(
                "{where} offers no log-in by password; check scheme and port, or leave the user"
                " out of the smtp URL where none is needed."
            ).format(where=place(server))
        )
    log_in = {
        "plain": client.auth_plain,
        "login": client.auth_login,
        "cram-md5": client.auth_crammd5,
    }[method]
    try:
        await log_in(server.user, credential)
    except aiosmtplib.SMTPAuthenticationError as refusal:
        if 400 <= refusal.code < 500:
            raise _refused(server, refusal.code, refusal.message) from None
        said = f"{refusal.code} {refusal.message}"
        raise wrong_credentials(server, said) from None


async def _show_token(client: aiosmtplib.SMTP, server: ServerUrl, bearer: Bearer) -> None:
    offered = client.server_auth_methods
    if "xoauth2" in offered:
        mechanism, packed, give_up = "XOAUTH2", bearer.xoauth2(server.user), ""
    elif "oauthbearer" in offered:
        mechanism, packed, give_up = "OAUTHBEARER", bearer.oauthbearer(server), GIVE_UP
    else:
        raise Misconfigured(
            _("{where} takes no log-in by OAuth; give the account a password instead.").format(
                where=place(server)
            )
        )
    response = await client.execute_command(b"AUTH", mechanism.encode(), packed.encode())
    why = ""
    if response.code == 334:
        # Not a question: why it says no. The refusal itself comes after an answer.
        why = refusal_words(response.message)
        response = await client.execute_command(give_up.encode())
    if response.code == 235:
        return
    said = bearer.hidden_in(response.message)
    if 400 <= response.code < 500:
        raise _refused(server, response.code, said)
    raise refused_token(server, bearer, f"{response.code} {said}", why)


def _mail_options(
    client: aiosmtplib.SMTP, server: ServerUrl, envelope: Envelope
) -> tuple[list[str], str]:
    """Options of MAIL, and the encoding of addresses (RFC 1870, 6152, 6531)."""
    size = len(envelope.raw)
    options = []
    if client.supports_extension("size"):
        limit = _size_limit(client)
        if limit is not None and limit < size:
            raise Rejected(
                _(
                    "The message has {size} MB and {where} takes at most {limit} MB; send fewer or"
                    " smaller attachments."
                ).format(size=f"{size / 1e6:.1f}", where=place(server), limit=f"{limit / 1e6:.1f}")
            )
        options.append(f"SIZE={size}")
    international = needs_smtputf8(envelope)
    if international and not client.supports_extension("smtputf8"):
        raise Rejected(
            _(
                "{where} cannot send to addresses with non-ASCII letters before the @"
                " ({addresses}); leave them out or ask for another address."
            ).format(where=place(server), addresses=", ".join(international[:3]))
        )
    if not envelope.raw.isascii():
        # Our own mails are 7-bit but for such headers; this is for mails composed elsewhere.
        if not client.supports_extension("8bitmime"):
            raise Rejected(
                _("{where} takes only 7-bit mail, which this message is not.").format(
                    where=place(server)
                )
            )
        options.append("BODY=8BITMIME")
    return ([*options, "SMTPUTF8"], "utf-8") if international else (options, "ascii")


def needs_smtputf8(envelope: Envelope) -> list[str]:
    """What in a mail only a server with SMTPUTF8 takes (RFC 6531 §3.2): addresses with
    non-ASCII letters before the @, or header lines that name such. A domain of any script
    needs nothing: it is written in its ASCII form."""
    addresses = (envelope.sender, *envelope.recipients)
    found = [each for each in addresses if not each.rpartition("@")[0].isascii()]
    if not found:
        head, end, _body = envelope.raw.partition(b"\r\n\r\n")
        found = [
            line.decode("utf-8", "replace").strip()
            for line in head.split(b"\r\n")
            if end and not line.isascii()
        ]
    return found


def _size_limit(client: aiosmtplib.SMTP) -> int | None:
    said = client.esmtp_extensions.get("size", "").strip()
    return int(said) if said.isdigit() and int(said) > 0 else None


def _address(address: str, encoding: str, server: ServerUrl) -> str:
    """As it goes over the wire: without SMTPUTF8 an international domain is in ACE form."""
    local, at, domain = address.rpartition("@")
    quoted = _QUOTED_STRING.fullmatch(local) is not None
    if not at or not local or not domain or _FORBIDDEN.search(domain if quoted else address):
        raise Rejected(_("{address} is no mail address; correct it.").format(address=repr(address)))
    if any(ord(character) < 32 or ord(character) == 127 for character in address):
        raise Rejected(_("{address} is no mail address; correct it.").format(address=repr(address)))
    if encoding == "ascii" and not domain.isascii():
        # The same form as in the header.
        address = ascii_domain(address)
        if not address.isascii():
            raise Rejected(
                _("{address} has no valid domain; correct it.").format(address=address)
            ) from None
    return address


async def _mail(
    client: aiosmtplib.SMTP, sender: str, options: list[str], wish: list[str], encoding: str
) -> bool:
    """MAIL, with the wish for reports where the server takes it; whether it did."""
    if wish:
        try:
            await client.mail(sender, options=[*options, *wish], encoding=encoding)
        except aiosmtplib.SMTPSenderRefused as refusal:
            if refusal.code not in _UNKNOWN_PARAMETER:
                raise
        else:
            return True
    await client.mail(sender, options=options, encoding=encoding)
    return False


async def _recipients(
    client: aiosmtplib.SMTP, recipients: dict[str, str], encoding: str, *, reporting: bool
) -> dict[str, SMTPResponse]:
    refused: dict[str, SMTPResponse] = {}
    for shown, address in recipients.items():
        wish = smtp_reports.recipient_options(address) if reporting else []
        try:
            try:
                await client.rcpt(address, options=wish, encoding=encoding)
            except aiosmtplib.SMTPRecipientRefused as refusal:
                if not wish or refusal.code not in _UNKNOWN_PARAMETER:
                    raise
                await client.rcpt(address, encoding=encoding)
        except aiosmtplib.SMTPRecipientRefused as refusal:
            refused[shown] = SMTPResponse(refusal.code, refusal.message)
            if refusal.code == 421:
                raise
    return refused


def _judge_refusals(
    server: ServerUrl, refused: dict[str, SMTPResponse], count: int, *, all_or_none: bool
) -> None:
    if not refused:
        return
    for_now = {to: r for to, r in refused.items() if 400 <= r.code < 500}
    if for_now and (all_or_none or len(refused) == count):
        to, response = next(iter(for_now.items()))
        raise Deferred(
            _("{where} does not take mail for {to} now ({said}); it is tried again.").format(
                where=place(server), to=to, said=_words(response)
            ),
            _retry_after(response.message),
        )
    if len(refused) == count:
        said = "; ".join(f"{to}: {_words(r)}" for to, r in list(refused.items())[:5])
        raise Rejected(
            _("{where} refuses the recipient ({said}); check the address.").format(
                where=place(server), said=said
            )
        )


def _sender_refused(server: ServerUrl, code: int, message: str) -> ChannelError:
    if code == 530:
        return AuthFailed(
            _("{where} wants a log-in ({said}); put the user into the smtp URL.").format(
                where=place(server), said=_words(SMTPResponse(code, message))
            )
        )
    return _refused(server, code, message)


def _turned_away(server: ServerUrl, code: int, message: str) -> ChannelError:
    """Refused by the greeting itself: it is about us, not about a message."""
    said = _words(SMTPResponse(code, message))
    if 400 <= code < 500:
        return Deferred(
            _("{where} takes no mail now ({said}); it is tried again.").format(
                where=place(server), said=said
            ),
            _retry_after(message),
        )
    if code >= 500:
        return Unreachable(
            _("{where} takes no mail from this machine ({said}); ask its administrator.").format(
                where=place(server), said=said
            )
        )
    return Misconfigured(
        _("{where} is no SMTP server (it said: {said}); check host and port.").format(
            where=place(server), said=said
        )
    )


def _refused(server: ServerUrl, code: int, message: str) -> ChannelError:
    said = _words(SMTPResponse(code, message))
    if 400 <= code < 500:
        return Deferred(
            _("{where} does not take the message now ({said}); it is tried again.").format(
                where=place(server), said=said
            ),
            _retry_after(message),
        )
    if 500 <= code < 600:
        return Rejected(
            _("{where} refuses the message ({said}); change it or ask its administrator.").format(
                where=place(server), said=said
            )
        )
    return Unreachable(
        _("{where} gave an answer that is not SMTP ({said}).").format(
            where=place(server), said=said
        )
    )


def _words(response: SMTPResponse) -> str:
    return words(f"{response.code} {response.message}").rstrip(".")


def _retry_after(message: str) -> float | None:
    """Seconds that a greylisting server asks to wait, where it says so."""
    found = _WAIT.search(message)
    if found is None:
        return None
    asked = float(found[1]) * (60 if found[2].lower().startswith("m") else 1)
    # "0 seconds" says a server whose clock rounds down: at once would be hammering.
    return min(max(asked, SHORTEST_WAIT), LONGEST_WAIT)
