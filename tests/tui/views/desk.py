"""A small real desk for the panes, and an app that shows one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.message import Message as Posted
from textual.widget import Widget

from omnitui.tui.link.data import DeskData
from omnitui.tui.panes.lines import LinePane
from store import accounts, conversations, customers, identities, messages, outbox
from store.database import Connection, Store, transaction
from store.model import (
    AccountId,
    Address,
    ConversationId,
    CustomerId,
    Direction,
    Message,
    MessageId,
    MessageState,
    NewAttachment,
    NewMessage,
    Status,
)
from tests.fresh_store import fresh_store

NOW = 1_795_352_400_000
"""Sunday, 22 November 2026, 13:00 UTC."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@dataclass
class Desk:
    """Writes what a test needs; times are minutes before `NOW`."""

    path: Path
    db: Connection = field(init=False)
    account: AccountId = field(init=False)

    def __post_init__(self) -> None:
        self.db = fresh_store(self.path)
        with transaction(self.db):
            found = accounts.ensure(self.db, "support", "email", address="support@acme.example")
            self.account = found.id

    def customer(self, name: str, **more: str) -> CustomerId:
        with transaction(self.db):
            made = customers.create(self.db, name=name, at=NOW - 90 * DAY, **more)
            address = f"{name.split()[0].lower()}@example.org"
            identities.add(self.db, made, "email", address, proof="dmarc", at=NOW)
            return made

    def conversation(
        self,
        customer: CustomerId,
        subject: str,
        *,
        ago: int = 60,
        status: Status = "open",
        assignee: str = "",
    ) -> ConversationId:
        with transaction(self.db):
            return conversations.create(
                self.db,
                customer,
                subject=subject,
                status=status,
                assignee=assignee,
                account_id=self.account,
                at=NOW - ago * MINUTE,
            )

    def message(
        self,
        customer: CustomerId,
        conversation: ConversationId,
        text: str,
        *,
        ago: int = 10,
        direction: Direction = "in",
        state: MessageState | None = None,
        channel: str = "email",
        files: tuple[tuple[str, int], ...] = (),
        **more: object,
    ) -> Message:
        at = NOW - ago * MINUTE
        new = NewMessage(
            conversation_id=conversation,
            customer_id=customer,
            channel=channel,
            direction=direction,
            state=state or ("sent" if direction == "out" else "received"),
            text=text,
            sent_at=at,
            arrived_at=at,
            account_id=self.account,
            author={"in": "Olena Kovalenko", "out": "Ann", "note": "ann"}[direction],
            author_address="olena@example.org" if direction == "in" else "",
            recipients=[Address("olena@example.org")] if direction == "out" else [],
            attachments=[NewAttachment(name, "image/jpeg", size, "") for name, size in files],
            **more,  # type: ignore[arg-type]
        )
        with transaction(self.db):
            return messages.insert(self.db, new)

    def queue(self, message_id: MessageId, seconds: int) -> None:
        with transaction(self.db):
            outbox.enqueue(
                self.db,
                message_id,
                self.account,
                f"key-{message_id}",
                ["olena@example.org"],
                agent="ann",
                due_at=NOW + seconds * 1000,
            )

    def status(
        self, conversation: ConversationId, status: Status, until: int | None = None
    ) -> None:
        with transaction(self.db):
            conversations.set_status(
                self.db,
                conversation,
                status,
                at=NOW,
                snoozed_until=None if until is None else NOW + until * MINUTE,
            )


class Show(App[None]):
    """One pane and a neighbour to move the focus to."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, pane: LinePane, path: Path) -> None:
        super().__init__()
        self.pane = pane
        self.path = path
        self.store: Store | None = None
        self.heard: list[Posted] = []

    def compose(self) -> ComposeResult:
        yield self.pane
        other = Widget(id="other")
        other.can_focus = True
        other.styles.height = 0
        yield other

    async def on_mount(self) -> None:
        self.store = await Store.open(self.path)
        self.pane.data = DeskData(self.store, "ann")  # type: ignore[attr-defined]
        self.pane.focus()

    async def on_unmount(self) -> None:
        if self.store is not None:
            await self.store.close()

    def hear(self, message: Posted) -> None:
        self.heard.append(message)

    on_inbox_highlighted = on_inbox_opened = on_inbox_marks_changed = hear
    on_timeline_message_selected = on_timeline_new_below = on_line_pane_trouble = hear


def screen(pane: LinePane) -> str:
    """What the pane shows, as text."""
    width, height = pane.size
    strips = pane.render_lines(Region(0, 0, width, height))
    return "\n".join(strip.text.rstrip() for strip in strips).rstrip()
