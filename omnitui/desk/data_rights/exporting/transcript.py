"""The readable part of an export: one HTML page with every message, oldest first. It loads
nothing, runs nothing, and links to the files beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from config.i18n import _
from omnitui.desk import contacts
from omnitui.desk.channel_names import channel_name
from omnitui.desk.view import rfc3339
from store.model import Customer, Identity, Message

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
    "article{border-top:1px solid #ccc;padding:.6em 0}pre{white-space:pre-wrap;font:inherit;"
    "margin:.3em 0;unicode-bidi:plaintext}header{color:#555}.out{margin-left:3em}"
    ".note{background:#fff6d6}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(
    customer: Customer,
    known: Iterable[Identity],
    messages: Iterable[Message],
    place_of: Callable[[int], str],
) -> Iterator[str]:
    """Pieces of the page. `place_of`: where an attachment is in the export; "" when it is not."""
    title = escape(customer.name or _("Customer {n}").format(n=customer.id))
    yield (
        '<!doctype html><html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1><ul>"
    )
    for one in known:
        yield f"<li>{escape(channel_name(one.channel))}: {escape(one.address)}</li>"
    yield "</ul>\n"
    for message in messages:
        yield _article(message, place_of)
    yield "</body></html>\n"


def _article(message: Message, place_of: Callable[[int], str]) -> str:
    author = escape(message.author or message.author_address)
    head = f"{rfc3339(message.arrived_at)} · {author} · {escape(channel_name(message.channel))}"
    kind = {"in": "in", "out": "out", "note": "note"}[message.direction]
    if message.details.get("logged"):
        head += f" · {escape(contacts.told(message))}"
    parts = [f'<article class="{kind}" id="m{message.id}"><header>{head}</header>']
    if message.subject:
        parts.append(f"<b>{escape(message.subject)}</b>")
    for text in (message.text, message.quoted, message.signature):
        if text:
            parts.append(f"<pre>{escape(text)}</pre>")
    for file in message.attachments:
        name = escape(file.name or _("file"))
        where = place_of(file.id)
        parts.append(f'<div>📎 <a href="{quote(where)}">{name}</a></div>' if where else
                     f"<div>📎 {name}</div>")  # fmt: skip
    return "".join([*parts, "</article>\n"])


def readme(counts: Mapping[str, Any]) -> str:
    """What is in the export, for whoever gets it."""
    return _(
        "Everything that this desk has of customer {id}, taken on {at}.\n\n"
        "index.html      all messages to read, in a browser\n"
        "customer.json   who they are: addresses, tags, fields, notes, visits, claims, …\n"
        "conversations/  each conversation with its messages (JSON)\n"
        "mails/          mails as they were received (.eml)\n"
        "files/          attachments: NUMBER-NAME, the number of conversations/…\n"
        "events.jsonl    what was done, one line each\n\n"
        "{messages} messages in {conversations} conversations, {files} files ({missing} of them"
        " are not here).\n\n"
        "Before you hand it over: it has what colleagues noted, and addresses and words of others"
        " who took part.\n"
    ).format(**counts)
