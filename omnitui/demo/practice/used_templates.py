"""Which templates an answer was made of, told by its words: however they came into it, and
whatever was changed in them."""

from __future__ import annotations

import re

from omnitui.desk.context import Desk
from omnitui.desk.template_text import TemplateBroken, fill, variables
from omnitui.desk.templates import Template, Templates
from store import conversations, customers
from store.model import Message

ALIKE = 88.0
"""Of 100: how much of a template has to stand in an answer."""
SHORTEST = 20
"""Characters; what is shorter may be anybody's words."""
_BLANKS = re.compile(r"\s+")


def used(desk: Desk, templates: Templates, message: Message) -> tuple[str, ...]:
    """Their names. Raises `NotFound`."""
    from rapidfuzz import fuzz

    said = _words(message.text)
    if len(said) < SHORTEST:
        return ()
    conversation = conversations.get(desk.db, message.conversation_id)
    customer = customers.get(desk.db, conversation.customer_id)
    values = variables(desk, conversation, customer)
    found = []
    for template in templates.all:
        for body in _bodies(template, customer.language, desk.config.desk.language):
            try:
                text = _words(fill(body, values).text)
            except TemplateBroken:
                continue
            if SHORTEST <= len(text) <= len(said) * 1.3 and fuzz.partial_ratio(text, said) >= ALIKE:
                found.append(template.name)
                break
    return tuple(found)


def _bodies(template: Template, *languages: str) -> list[str]:
    wanted = dict.fromkeys([template.language_for(*languages), "en"])
    return [template.variants[one] for one in wanted if one in template.variants]


def _words(text: str) -> str:
    return _BLANKS.sub(" ", text).strip().casefold()
