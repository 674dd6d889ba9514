"""What somebody filled into a web form besides the message itself: the order number, the phone."""

from __future__ import annotations

from collections.abc import Mapping

from omnitui.desk.mail.web_form import is_meta
from omnitui.tui.text.safe_text import one_line
from store.model import Message

MOST = 12
"""Fields that are shown; the whole form is one key away."""

LONG = 120
"""Characters of a value."""


def is_form(message: Message) -> bool:
    """Whether the text was taken out of a form, and `quoted` is the whole of it."""
    return isinstance(message.details.get("form"), Mapping)


def filled_in(message: Message) -> list[str]:
    """`Order number: 99812`: what is said nowhere else on the screen, in the form's order.

    Left out are the name, the address, the subject and the message, and what the site added
    (the page, the browser).
    """
    form = message.details.get("form")
    if not isinstance(form, Mapping) or not message.quoted:  # the text is the whole form
        return []
    entries = form.get("fields")
    said = " ".join(
        one_line(str(part))
        for part in (message.author, form.get("name"), form.get("email"), message.subject)
    ).casefold()
    text = one_line(message.text).casefold()
    found = []
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, Mapping):
            continue
        label, value = one_line(str(entry.get("label"))), one_line(str(entry.get("value")))
        shown = value.casefold()
        the_message = shown == text or (len(shown) > 20 and text.startswith(shown))
        if not value or the_message or is_meta(label, value) or f" {shown} " in f" {said} ":
            continue
        found.append(f"{label}: {value if len(value) <= LONG else value[: LONG - 1] + '…'}")
    return found[:MOST]
