"""Where a visitor is and what with, and who the site has signed them in as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.webchat.reading import values
from connectors.webchat.reading.browser import browser_of

LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a visitor is; without a signature only that they are the same one as before."""

    name: str = ""
    proofs: tuple[str, ...] = ("platform",)
    aliases: tuple[tuple[str, str], ...] = ()


def read_identity(value: object) -> Identity:
    """What the site's JWT says of the visitor, as the relay has checked it."""
    signed = values.object_of(value)
    if not values.string(signed.get("sub")):
        return Identity()
    address = values.email(signed.get("email"))
    # OpenID Connect: what the site itself does not hold for proven proves nothing here.
    proven = address and signed.get("email_verified") is not False
    return Identity(
        values.line(signed.get("name")),
        ("jwt",),
        (("email", address),) if proven else (),
    )


def read_context(value: object) -> dict[str, Any]:
    """What is known of the page and the browser: `Signal`'s details of a visit."""
    context = values.object_of(value)
    found = {
        "page": values.web_address(context.get("page")),
        "title": values.line(context.get("title"), LONGEST_TITLE),
        "referrer": values.web_address(context.get("referrer")),
        "browser": browser_of(values.string(context.get("user_agent"))),
        "language": values.language(context.get("language")),
        "timezone": values.timezone(context.get("timezone")),
    }
    return {name: each for name, each in found.items() if each}


def visit_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The same of an event that has it all beside its other fields."""
    return read_context(event.get("context")) or read_context(event)
