"""The e-mail channel: IMAP in, SMTP out."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import ssl
import time
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from config.i18n import _
from config.mail_providers import saves_sent
from config.model import EmailAccount
from connectors.contract import (
    Capabilities,
    ChannelError,
    Check,
    Intake,
    Misconfigured,
    Outgoing,
    Rejected,
    Sent,
)
from connectors.email import plus_proof
from connectors.email.credential import Credential
from connectors.email.imap import folder_names, sent_folder
from connectors.email.imap.account_watch import AccountWatch, listed
from connectors.email.imap.errands import Errands, Job
from connectors.email.imap.folder_checks import check_folders, check_target
from connectors.email.imap.folder_states import FolderStates
from connectors.email.imap.folder_sync import SyncTools
from connectors.email.imap.message_fetch import MessageFetch
from connectors.email.imap.parse import Folder
from connectors.email.imap.places import Places
from connectors.email.imap.session import ImapSession, Refused
from connectors.email.imap.tidy import tidy
from connectors.email.login.log_in import check_tokens, logged_in
from connectors.email.reading import shared_readers
from connectors.email.smtp.client import Envelope, Handed, check_log_in, send_mail, size_limit
from connectors.email.spool import Spool
from connectors.email.task_group import task_group
from connectors.email.writing.compose import compose
from connectors.tls import client_context

WAIT_FOR_ALL = 3600.0
"""Seconds for which a mail waits for a recipient that is refused for now, before it goes to
the others."""
COPY_PATIENCE = 5.0
"""Seconds that `close` gives to copies on their way to the Sent folder."""

THEIR_COPY = (2.0, 6.0, 20.0)
"""Seconds between looks for the copy of a provider that makes one itself (Gmail)."""
PROOF_LOOKS = 1.0
"""Seconds between looks for the mail that proves plus-addresses."""
ROOM_FOR_TEXT = 100_000
"""Bytes of a mail that are not its attachments."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class EmailConnector:
    """One mailbox. Built as `EmailConnector(name, settings)`; no connection until used."""

    channel = "email"
    capabilities = Capabilities(
        file_limit=25_000_000, formatting="markdown", subject=True, cc=True, write_first=True
    )

    def __init__(self, name: str, settings: EmailAccount) -> None:
        self.name = name
        self.account = settings
        self.tidies = bool(settings.on_close)
        self._spool = Spool()
        self._fetch = MessageFetch(self._spool, f"{name} {settings.imap}")
        self._context: ssl.SSLContext | None = None
        self._asked_limit = False
        self._errands = Errands()
        self._copies: set[asyncio.Task[None]] = set()

    async def run(self, intake: Intake) -> None:
        """Receive until cancelled. Raises `ChannelError` and what the intake raises."""
        places = Places(intake, await intake.cursor())
        first = await self._imap()
        try:
            async with shared_readers() as readers, task_group() as group:
                group.create_task(readers.warm(), name=f"first reader {self.name}")
                group.create_task(self._ask_limit(), name=f"size limit {self.name}")
                tools = SyncTools(self.account, places, FolderStates(intake), readers, self._fetch)
                await AccountWatch(self.account, tools, self._imap, self._errands).run(first)
        finally:
            await first.close()

    async def send(self, message: Outgoing) -> Sent:
        """Hand one message to the SMTP server. Raises `ChannelError`."""
        # In a thread: 25 MB of attachments take most of a second.
        raw = await asyncio.to_thread(self._composed, message)
        copied = raw
        if message.bcc:
            # Before the send: nothing may fail after it.
            copied = await asyncio.to_thread(self._composed, message, bcc=True)
        to = message.envelope or [a.address for a in (*message.to, *message.cc, *message.bcc)]
        first = message.first_attempt_at
        waited = 0.0 if first is None else time.time() - first / 1000
        envelope = Envelope(
            self.account.address,
            list(dict.fromkeys(to)),
            raw,
            report_as=message.key if self.account.delivery_reports else "",
        )
        context = await self._tls()
        all_or_none = waited < WAIT_FOR_ALL

        def hand_over(shown: Credential) -> Awaitable[Handed]:
            return send_mail(self.account.smtp, shown, context, envelope, all_or_none=all_or_none)

        handed = await logged_in(self.account, "smtp", hand_over)
        self._learn_limit(handed.size_limit)
        if self.account.save_sent:
            copy = asyncio.create_task(
                self._save_copy(message.key, copied), name=f"copy to Sent {self.name}"
            )
            self._copies.add(copy)
            copy.add_done_callback(self._copies.discard)
        return Sent(message.key, handed.refused)

    async def find_sent(self, message: Outgoing) -> Sent | None:
        """Proof in the mailbox that the message went out, or None. Raises `ChannelError`."""
        account = self.account
        try:
            proven = await self._in_session(
                lambda session: sent_folder.is_proven(
                    session, account.sent_folder, account.folders, message.key
                )
            )
        except Refused as refusal:
            log.warning("looking for proof of %s: %s", message.key, refusal)
            proven = False
        return Sent(message.key) if proven else None

    async def prove_plus_address(self, patience: float = 60.0) -> tuple[str, str | None]:
        """Send a mail to a plus-address of the account's own and wait for it.

        Returns the address, and the folder in which it arrived within `patience` seconds; None
        when in none of those that are read. Raises `ChannelError`: `Rejected` when the server
        takes no such address.
        """
        mail = plus_proof.proof_mail(self.name, self.account.address)
        await self.send(mail)

        async def wait(session: ImapSession) -> str | None:
            end = time.monotonic() + patience
            while True:
                found = await plus_proof.find(
                    session, self.account.folders, self.account.sent_folder, mail.key
                )
                if found is not None or (left := end - time.monotonic()) <= 0:
                    return found
                await asyncio.sleep(min(left, PROOF_LOOKS))

        try:
            return mail.to[0].address, await self._in_session(wait)
        except Refused as refusal:
            raise Misconfigured(
                _("The folders cannot be listed ({said}).").format(said=refusal.said)
            ) from None

    async def tidy(self, external_ids: Sequence[str]) -> None:
        """What `on_close` says. Raises `ChannelError`."""
        actions = self.account.on_close
        try:
            await self._in_session(lambda session: tidy(session, actions, external_ids))
        except Refused as refusal:
            raise Misconfigured(
                _("Closed mail cannot be put away ({said}); correct on_close.").format(
                    said=refusal.said
                )
            ) from None

    async def check(self) -> list[Check]:
        """Log in both ways and look for the folders; nothing is received or sent."""
        tokens = await check_tokens(self.account)
        if any(check.error and not check.error.retry for check in tokens):
            return tokens  # the log-ins would say the same, one by one
        return [*tokens, *await self._check_imap(), await self._check_smtp()]

    async def close(self) -> None:
        if self._copies:
            await asyncio.wait(self._copies, timeout=COPY_PATIENCE)
            for copy in self._copies:
                copy.cancel()
            await asyncio.gather(*self._copies, return_exceptions=True)
        self._spool.close()

    async def _in_session(self, job: Job[T]) -> T:
        """On a connection of its own; where the server grants no further one, on the one that
        receives. Raises `ChannelError` and `Refused`."""
        try:
            session = await self._imap()
        except ChannelError as error:
            if not self._errands.taken:
                raise
            try:
                return await self._errands.run(job)
            except TimeoutError:
                raise error from None
        try:
            return await job(session)
        finally:
            await session.close()

    async def _imap(self) -> ImapSession:
        context = await self._tls()
        return await logged_in(
            self.account, "imap", lambda shown: ImapSession.open(self.account.imap, shown, context)
        )

    async def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = await asyncio.to_thread(client_context, self.account.tls_ca)
        return self._context

    async def _ask_limit(self) -> None:
        """Once, and only to know it before the first send."""
        if self._asked_limit:
            return
        self._asked_limit = True
        with contextlib.suppress(ChannelError):
            self._learn_limit(await size_limit(self.account.smtp, await self._tls()))

    def _learn_limit(self, mail: int | None) -> None:
        """What the server takes, published for screens to say before a send."""
        if mail is not None:
            files = max(0, mail - ROOM_FOR_TEXT) * 57 // 78  # base64 in lines of 76
            self.capabilities = dataclasses.replace(self.capabilities, file_limit=files)

    def _composed(self, message: Outgoing, *, bcc: bool = False) -> bytes:
        written = message.created_at / 1000 or time.time()
        try:
            date = datetime.fromtimestamp(written, UTC)
            return compose(message, self.account, date=date, bcc=bcc)
        except OSError as error:
            raise Rejected(
                _("The attachment {file} cannot be read ({why}); attach it again.").format(
                    file=error.filename, why=error.strerror
                )
            ) from error
        except (ValueError, LookupError) as error:
            raise Rejected(
                _("This message cannot be written as a mail ({why}).").format(why=error)
            ) from error

    async def _save_copy(self, key: str, raw: bytes) -> None:
        """May fail alone: the mail is sent whatever becomes of its copy."""
        try:
            looks = THEIR_COPY if saves_sent(self.account.smtp) else ()
            await self._in_session(
                lambda session: sent_folder.save_copy(
                    session, self.account.sent_folder, key, raw, looks=looks
                )
            )
        except sent_folder.NoSentFolder:
            log.warning("%s has no Sent folder: no copy of %s is kept", self.name, key)
        except (ChannelError, Refused) as error:
            log.warning("no copy of %s in the Sent folder of %s: %s", key, self.name, error)

    async def _check_imap(self) -> list[Check]:
        log_in = _("IMAP log-in")
        try:
            session = await self._imap()
        except ChannelError as error:
            return [Check(log_in, False, str(error), error)]
        try:
            detail = _("logged in; new mail is told at once (IDLE)")
            if not session.can_idle:
                detail = _("logged in; no IDLE, looked at every {n} s").format(n=self.account.poll)
            folders = await listed(session)
            return [
                Check(log_in, True, detail),
                *await check_folders(session, self.account.folders, folders),
                *self._check_sent(folders),
                *check_target(self.account.on_close, folders),
            ]
        except ChannelError as error:
            return [Check(log_in, False, str(error), error)]
        finally:
            await session.close()

    def _check_sent(self, folders: Sequence[Folder]) -> list[Check]:
        if not self.account.save_sent:
            return []
        name = _("Sent folder")
        found = folder_names.sent_folder(self.account.sent_folder, folders)
        if found is not None:
            return [Check(name, True, found)]
        return [
            Check(
                name,
                False,
                _("There is none to keep copies in; set sent_folder, or save_sent = false."),
            )
        ]

    async def _check_smtp(self) -> Check:
        name = _("SMTP log-in")
        try:
            context = await self._tls()
            await logged_in(
                self.account, "smtp", lambda shown: check_log_in(self.account.smtp, shown, context)
            )
        except ChannelError as error:
            return Check(name, False, str(error), error)
        if not self.account.smtp.user:
            return Check(name, True, _("connected; mail is sent without a log-in"))
        return Check(name, True, _("logged in"))
