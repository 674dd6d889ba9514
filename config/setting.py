"""What one setting is; the tables of config.settings are made of these."""

from __future__ import annotations

from dataclasses import dataclass

from config import values
from config.values import Read


@dataclass(frozen=True, slots=True)
class Setting:
    key: str
    read: Read
    kind: str
    """The type, for the documentation."""
    example: str
    """A TOML literal: the default where there is one, else a likely value."""
    doc: str
    required: bool = False
    default: bool = True
    """`example` is the default; else leaving it out means "not set"."""
    field: str = ""
    """The field of the dataclass, where it is called otherwise."""

    @property
    def into(self) -> str:
        return self.field or self.key


CHANNEL = Setting(
    "channel",
    values.filled,
    "text",
    '"email"',
    'Which connector serves it: "email", "telegram", "webchat", or one that a package added.',
    required=True,
)
NAME = Setting(
    "name",
    values.one_line,
    "text",
    '"Acme support"',
    "The name customers see beside the address.",
    default=False,
    field="display_name",
)
CHAT_ADDRESS = Setting(
    "address",
    values.one_line,
    "text",
    '"@acme_bot"',
    "What the account is called on its channel, for display.",
    default=False,
)
