"""What `doctor` says of a web chat: whether the relay answers, and whose chat it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from config.i18n import _, ngettext
from config.model import WebchatAccount
from connectors.contract import ChannelError, Check
from connectors.webchat import failures
from connectors.webchat.client import Line


@dataclass(frozen=True, slots=True)
class Status:
    """What the relay tells of this desk's site."""

    site: str
    version: str
    pending: int
    """Events that the desk has not acknowledged."""
    upload_bytes: int | None


async def status(line: Line) -> Status:
    """Raises `ChannelError`."""
    found = await line.call("GET", "/v1/status")
    site = found.get("site")
    if not isinstance(site, str):
        raise failures.unreadable()
    limits = found.get("limits")
    return Status(
        site,
        str(found.get("version") or "?"),
        _count(found.get("pending")) or 0,
        _count(limits.get("upload_bytes")) if isinstance(limits, dict) else None,
    )


async def of(account: WebchatAccount, line: Line) -> list[Check]:
    """Never opens the stream of events: that would end the one of the engine that runs."""
    try:
        told = await status(line)
    except ChannelError as error:
        return [Check(_("relay"), False, str(error), error)]
    detail = _("{relay}, version {version}, site “{site}”").format(
        relay=account.relay, version=told.version, site=told.site
    )
    if told.pending:
        waiting = ngettext(
            "{n} event waits for the engine", "{n} events wait for the engine", told.pending
        )
        detail += "; " + waiting.format(n=told.pending)
    return [Check(_("relay"), True, detail), await _widget(line, told.site)]


async def _widget(line: Line, site: str) -> Check:
    name = _("widget")
    try:
        answer = await line.public("/widget.js")
    except ChannelError as error:
        return Check(name, False, str(error), error)
    if (refused := failures.refusal(answer)).code:
        why = failures.of(refused)
        return Check(name, False, str(why), why)
    kind = answer.headers.get("content-type", "")
    if answer.status_code != httpx.codes.OK or "javascript" not in kind:
        return Check(
            name,
            False,
            _("{url} gives no script (HTTP {status}, {kind}); let the web server before the relay"
              " pass it on.").format(
                url=line.url("/widget.js"), status=answer.status_code, kind=kind or "?"
            ),
        )  # fmt: skip
    return Check(name, True, script_tag(line.relay, site))


def script_tag(relay: str, site: str) -> str:
    """What a page needs for the chat to be on it."""
    return f'<script src="{relay}/widget.js" data-site="{site}" async></script>'


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
