"""Mail that answers us and does not say what: programs and relays lose the headers.

Only the conversation's own customer gets in this way, only to something that we wrote them
from this account in the last days, and only when the mail shows that it is an answer: it
quotes our words, or "Re:" stands before the subject of that conversation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.contract import Inbound
from omnitui.desk.context import Desk
from omnitui.desk.mail.subjects import answers, base_subject
from store import message_keys
from store.message_keys import SentMessage
from store.model import Account, ConversationId, CustomerId

WINDOW = 30 * 86_400_000
"""Milliseconds after a message of ours for which an answer without headers finds it."""
_SLACK = 600_000
"""Milliseconds by which a mailbox's clock may be behind ours."""
_RUN = 8
"""Words in a row that are compared."""
_WORD = re.compile(r"\w+")


def may_answer(inbound: Inbound) -> bool:
    """Whether it is worth looking: it quotes something, or its subject says "Re:"."""
    if inbound.direction == "out" or inbound.bounce:
        return False
    return bool(inbound.quoted) or answers(inbound.subject)


def answered(
    desk: Desk, account: Account, inbound: Inbound, customer: CustomerId
) -> tuple[ConversationId, str] | None:
    """The conversation in which we wrote what this mail answers, and why it is that one:
    `quoted-our-text`, `subject`, or `newest-with-subject` when there are several."""
    sent = message_keys.sent_to(
        desk.db,
        customer,
        account.id,
        since=inbound.arrived_at - WINDOW,
        until=inbound.arrived_at + _SLACK,
    )
    if not sent:
        return None
    quoted = _most_quoted(sent, f"{inbound.quoted}\n{inbound.text}") if inbound.quoted else None
    if quoted is not None:
        return quoted.conversation_id, "quoted-our-text"
    base = base_subject(inbound.subject)
    if not base or not answers(inbound.subject):
        return None
    fitting = [
        message
        for message in sent
        if base in (base_subject(message.subject), base_subject(message.conversation_subject))
    ]
    if not fitting:
        return None
    several = len({message.conversation_id for message in fitting}) > 1
    return fitting[0].conversation_id, "newest-with-subject" if several else "subject"


def _most_quoted(sent: Sequence[SentMessage], text: str) -> SentMessage | None:
    """The message of which most stands in the text, at least half; of equals the newest."""
    there = f" {' '.join(_WORD.findall(text.casefold()))} "
    best, most = None, 0.5
    for message in sent:
        words = _WORD.findall(message.text.casefold())
        runs = [words[at : at + _RUN] for at in range(0, len(words), _RUN)]
        # A few short words stand in any mail.
        told = [" ".join(run) for run in runs if len(run) >= 4 or len(runs) > 1]
        if sum(map(len, told)) < 20:
            continue
        share = sum(f" {run} " in there for run in told) / len(told)
        if share > most or (best is None and share >= most):
            best, most = message, share
    return best
