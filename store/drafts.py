"""Drafts: what an agent was writing, kept per conversation through a crash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

from store import json_column
from store.driver import Connection
from store.model import ConversationId, Delivery, Draft
from store.parts import in_parts

_COLUMNS = "conversation_id, agent, kind, text, account_id, attachments, delivery, updated_at"
Kind = Literal["reply", "note"]


def _draft(row: Sequence[Any]) -> Draft:
    return Draft(
        conversation_id=row[0],
        agent=row[1],
        kind=row[2],
        text=row[3],
        account_id=row[4],
        attachments=tuple(json_column.load(row[5])),
        delivery=from_json(json_column.load(row[6])),
        updated_at=row[7],
    )


def as_json(delivery: Delivery) -> dict[str, Any]:
    """What was chosen, by field; empty when nothing was."""
    return {name: value for name, value in asdict(delivery).items() if value}


def from_json(kept: Mapping[str, Any]) -> Delivery:
    """What `as_json` gave."""
    return Delivery(
        to=tuple(kept.get("to", ())),
        cc=tuple(kept.get("cc", ())),
        bcc=tuple(kept.get("bcc", ())),
        without=tuple(kept.get("without", ())),
        quote=kept.get("quote", ""),
        signature=kept.get("signature", ""),
        answers=kept.get("answers"),
        silent=bool(kept.get("silent")),
    )


def get(
    db: Connection, conversation_id: ConversationId, agent: str, kind: Kind = "reply"
) -> Draft | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM drafts WHERE conversation_id = ? AND agent = ? AND kind = ?",
        (conversation_id, agent, kind),
    ).fetchone()
    return _draft(row) if row else None


def save(db: Connection, draft: Draft) -> None:
    """Keep it. Of a conversation that was erased meanwhile nothing is kept."""
    db.execute(
        f"INSERT OR REPLACE INTO drafts ({_COLUMNS}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
        " WHERE EXISTS (SELECT 1 FROM conversations WHERE id = ?1)",
        (
            draft.conversation_id,
            draft.agent,
            draft.kind,
            draft.text,
            draft.account_id,
            json_column.dump(list(draft.attachments)),
            json_column.dump(as_json(draft.delivery)),
            draft.updated_at,
        ),
    )


def delete(
    db: Connection, conversation_id: ConversationId, agent: str, kind: Kind = "reply"
) -> None:
    db.execute(
        "DELETE FROM drafts WHERE conversation_id = ? AND agent = ? AND kind = ?",
        (conversation_id, agent, kind),
    )


BEGUN = "(trim(d.text) <> '' OR d.attachments <> '[]')"
"""A row `d` of drafts has words or files."""


def of_others(db: Connection, conversation_id: ConversationId, agent: str) -> list[Draft]:
    """What all but one are writing in a conversation, the last touched first. Ask
    `omnitui.desk.together.drafts`, which knows who may see that."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM drafts WHERE conversation_id = ? AND agent <> ?"
        " ORDER BY updated_at DESC, agent, kind",
        (conversation_id, agent),
    )
    return [_draft(row) for row in rows]


def writers(db: Connection, conversation_id: ConversationId) -> frozenset[str]:
    """Who has begun a reply in a conversation, and what is of it is nobody else's business."""
    rows = db.execute(
        "SELECT agent FROM drafts"
        " WHERE conversation_id = ? AND kind = 'reply' AND trim(text) <> ''",
        (conversation_id,),
    )
    return frozenset(row[0] for row in rows)


def begun_in(
    db: Connection, agent: str, ids: Sequence[ConversationId]
) -> frozenset[ConversationId]:
    """In which of the conversations an agent has begun to write: a reply or a note, or files."""
    return frozenset(
        ConversationId(row[0])
        for marks, part in in_parts(ids)
        for row in db.execute(
            f"SELECT d.conversation_id FROM drafts d WHERE d.agent = ? AND {BEGUN}"
            f" AND d.conversation_id IN ({marks})",
            (agent, *part),
        )
    )


def of(db: Connection, agent: str) -> list[Draft]:
    """An agent's drafts, the last touched first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM drafts WHERE agent = ? ORDER BY updated_at DESC", (agent,)
    )
    return [_draft(row) for row in rows]
