"""A customer of the practice desk who goes on with one matter on every channel: the chat, then by
mail, then in Telegram, and waits for an answer there. Then somebody of her name writes from an
address that nobody knows: an agent is asked whether that is her."""

from __future__ import annotations

import hashlib

from connectors.contract import Address, File, Inbound
from connectors.practice import media
from omnitui.demo.past import DESK_ADDRESS, MINUTE, PROOFS, Direction, PastMessage
from omnitui.demo.people import PastCustomer
from store.model import Millis

NADIA = PastCustomer("Nadia Brandt", "en", "nadia@brandt.example", "500100100")
SUBJECT = "Tent, order 480213"
OTHER_ADDRESS = "n.brandt@office.example"
HOUR = 60 * MINUTE

_TOLD: tuple[tuple[int, str, Direction, str, str], ...] = (
    (26 * HOUR, "webchat", "in", "", "Hi! The zip of my new tent is torn. It is order 480213."),
    (
        26 * HOUR - 3 * MINUTE,
        "webchat",
        "out",
        "Ben",
        "I am sorry to hear that, Nadia. A photo of the zip is all we need, then we send a new"
        " tent.",
    ),
    (
        5 * HOUR,
        "email",
        "in",
        "",
        "Hello,\n\nI had to leave the chat yesterday, here is the photo.\n\nNadia",
    ),
    (
        4 * HOUR,
        "email",
        "out",
        "Kateryna",
        "Dear Nadia,\n\nThank you, that is a clear case: a new tent leaves today.\n\nKateryna",
    ),
    (
        9 * MINUTE,
        "telegram",
        "in",
        "",
        "It has just come, thank you! How do I send the torn one back?",
    ),
)


def returning(now: Millis) -> list[PastMessage]:
    """Her messages and ours, oldest first, as the channels bring them on the day."""
    return [*(_told(number, now) for number in range(len(_TOLD))), _other_address(now)]


def _other_address(now: Millis) -> PastMessage:
    text = "Hello,\n\nplease send the label for order 480213 to this address.\n\nNadia Brandt"
    key = "nadia.office@practice.example"
    inbound = Inbound(
        external_id="past/nadia/office",
        message_key=key,
        content_hash=hashlib.sha256(f"{key}\n{text}".encode()).hexdigest(),
        sender=Address(OTHER_ADDRESS, NADIA.name),
        text=text,
        arrived_at=now - 7 * MINUTE,
        sent_at=now - 7 * MINUTE,
        direction="in",
        subject="Return label",
        to=(Address(DESK_ADDRESS, ""),),
        details={"language": NADIA.language},
    )
    return PastMessage("email", inbound)


def _told(number: int, now: Millis) -> PastMessage:
    ago, channel, direction, agent, text = _TOLD[number]
    mail, key = channel == "email", f"nadia.{number}@practice.example"
    her = Address(NADIA.email if mail else NADIA.chat, NADIA.name)
    us = Address(DESK_ADDRESS if mail else "", agent)
    earlier = [f"nadia.{n}@practice.example" for n in range(number) if _TOLD[n][1] == channel]
    photo = (File("zip.png", "image/png", media.photo(3)),) if mail and direction == "in" else ()
    inbound = Inbound(
        external_id=f"past/nadia/{number}",
        message_key=key if mail else f"{NADIA.chat}:{key}",
        content_hash=hashlib.sha256(f"{key}\n{text}".encode()).hexdigest(),
        sender=her if direction == "in" else us,
        text=text,
        arrived_at=now - ago,
        sent_at=now - ago,
        direction=direction,
        subject=(f"Re: {SUBJECT}" if earlier else SUBJECT) if mail else "",
        to=(us if direction == "in" else her,),
        in_reply_to=earlier[-1] if mail and earlier else "",
        references=tuple(earlier) if mail else (),
        chat="" if mail else NADIA.chat,
        files=photo,
        proofs=(PROOFS[channel],) if direction == "in" else (),
        aliases=(("email", NADIA.email), ("telegram", NADIA.chat), ("webchat", NADIA.chat)),
        details={"language": NADIA.language},
    )
    return PastMessage(channel, inbound)
