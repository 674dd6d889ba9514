"""How practice customers behave on Telegram, beside what their story has them say.

They send pictures one after another, a voice message when they are angry, a place where they
are asked for an address; they correct what they wrote, answer one message of the agent's, put
a thumb under another and end with a sticker. Data only; `Street` plans it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ActKind = Literal[
    "says", "answers", "edits", "photo", "voice", "sticker", "venue", "reaction", "starts"
]


@dataclass(frozen=True, slots=True)
class Act:
    kind: ActKind
    after: float
    """Seconds after the opening, or after the agent's message."""
    text: str = ""
    """A sticker's or reaction's emoji, a picture's caption, a place's name."""


PHOTOS = (Act("photo", 3, ""), Act("photo", 3.2, ""), Act("photo", 3.4, ""))

OPENING: Mapping[str, tuple[Act, ...]] = {
    "broken": PHOTOS,
    "angry": (Act("voice", 6),),
    "delivery": (Act("venue", 7, "Nova Poshta 12"),),
    "order-status": (Act("edits", 9, "{text} (#{order})"),),
    "sizes": (Act("photo", 5, "← {item}"),),
    "changes-mind": (Act("edits", 8, "{text} 🙏"),),
}
"""By story: what is done after its first words."""

HEARING: tuple[Act, ...] = (Act("reaction", 2.5, "👍"),)
"""What the first answer of an agent is met with."""

ENDING: tuple[Act, ...] = (Act("sticker", 5, "🙏"),)
"""What the last one is met with."""
