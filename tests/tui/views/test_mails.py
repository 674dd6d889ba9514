"""What an agent gets of a mail at a glance, through the real reading and the real intake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Address, AutoReply, Bounce, Forwarded
from omnitui.tui.widgets.timeline import Timeline
from store import messages
from store.database import transaction
from tests.tui.views import mails
from tests.tui.views.desk import Show, screen
from tests.tui.views.mailroom import Mailroom
from tests.tui.views.mails import OUR_ID
from tests.tui.views.test_snapshots import compare

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Mailroom]:
    made = Mailroom(tmp_path)
    yield made
    made.db.close()


JANES = Forwarded(Address("jane.doe@customer.example", "Jane Doe"), None, "Where is my parcel?")


def store_of(room: Mailroom) -> Path:
    return room.config.home.store_file


async def look(
    room: Mailroom, *parts: str, size: tuple[int, int] = (100, 60), at: int | None = None
) -> str:
    """The timeline of the newest message's customer, with parts of a message unfolded."""
    shown = messages.get(room.db, at) if at else messages.get(room.db, messages.newest_id(room.db))
    timeline = Timeline()
    timeline.fold_key, timeline.adopt_key = "Z", "F"
    async with Show(timeline, store_of(room)).run_test(size=size):
        await timeline.show(shown.customer_id, shown.conversation_id, at_message=shown.id)
        for part in parts:
            timeline.toggle_parts(None if part == "all" else part)  # type: ignore[arg-type]
        return screen(timeline)


async def test_a_hard_newsletter(room: Mailroom) -> None:
    room.receive(mails.newsletter())
    text = await look(room)
    assert "↻ bulk mail · via list news.lipa.example" in text
    for words in ("Autumn sale: up to 40 % off", "Linen shirt no. 1", "Buy for $21.00"):
        assert words in text
    assert "upn=" not in text
    assert "more lines  Z" in text
    assert text.count("\n") < 30
    whole = await look(room, "text", size=(100, 1000))
    assert "Linen shirt no. 40" in whole
    assert "Unsubscribe" in whole
    assert "more lines" not in whole


@pytest.mark.parametrize("width", [80, 120])
async def test_a_long_outlook_thread(room: Mailroom, width: int) -> None:
    room.receive(mails.outlook_thread())
    text = await look(room, size=(width, 40))
    assert "two of the twelve boxes came wet" in text
    assert "cc: Bob Marsh, +3" in text
    assert "· 12 mails  Z" in text
    assert "Earlier mail number" not in text
    assert "wet-box.jpg  238 kB" in text
    assert "▸ 5 pictures in the text, 20 kB  Z" in text
    opened = await look(room, "all", size=(width, 200))
    for number in range(1, 13):
        assert f"Earlier mail number {number}:" in opened
    assert "image005.png" in opened


async def test_invitations_are_a_line_and_their_files_are_not_listed(room: Mailroom) -> None:
    room.receive(mails.outlook_invite(), ago=20)
    room.receive(mails.google_invite(), ago=10)
    text = await look(room, size=(120, 50))
    lines = [line for line in text.split("\n") if "▦" in line]
    assert len(lines) == 2
    assert all("Call about the wet boxes, 2026-11-24 10:00" in line for line in lines)
    assert ".ics" not in text
    assert "invite.ics" in await look(room, "files", size=(120, 60))


async def test_a_web_form_shows_what_was_filled_in(room: Mailroom) -> None:
    room.take_forms_of("no-reply@acme.example")
    room.receive(
        mails.mail(
            sender="Website <no-reply@acme.example>",
            subject="Contact form",
            body="Name: Olena Kovalenko\nEmail: olena@lipa.example\nOrder number: 99812\n"
            "Quantity: 1\nTopic: Returns\nMessage: How do I return 1 lamp?\nIt is broken.\n"
            "Page: https://acme.example/contact\n",
        )
    )
    text = await look(room)
    assert "Order number: 99812 · Quantity: 1" in text
    assert "How do I return 1 lamp?" in text
    assert "▸ the whole form, " in text
    assert "Page:" not in text
    assert "Name:" not in text
    assert "Page: https://acme.example/contact" in await look(room, "all", size=(100, 60))


async def test_encrypted_mail_says_so_once(room: Mailroom) -> None:
    parts = [
        ("Content-Type: application/pgp-encrypted", "Version: 1"),
        (
            'Content-Type: application/octet-stream; name="encrypted.asc"',
            "-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n=abcd\n-----END PGP MESSAGE-----",
        ),
    ]
    kind = 'multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"'
    room.receive(mails.mail(type_=kind, body=mails.multipart("b", parts)))
    text = await look(room)
    assert "encrypted (PGP)" in text
    assert "[encrypted" not in text
    assert "encrypted.asc" in text


async def test_two_in_copy_are_both_named(room: Mailroom) -> None:
    room.receive(mails.mail("Cc: Bob Marsh <bob@lipa.example>, eve@lipa.example", body="Hi"))
    assert "cc: Bob Marsh, eve@lipa.example" in await look(room)


async def test_a_link_behind_words_shows_its_host(room: Mailroom) -> None:
    link = "https://teams.microsoft.example/l/meetup-join/19%3ameeting_ZjA4NmYyYjQtMDk5ZC00/0"
    room.receive(mails.mail(body=f"Click here to join<{link}>\nor see {link}?context={'x' * 80}"))
    text = await look(room)
    assert "Click here to join ⟨teams.microsoft.example⟩" in text
    assert "or see https://teams.microsoft.example/…" in text


async def test_a_bounce_is_loud_on_what_failed_and_one_line_itself(room: Mailroom) -> None:
    room.receive(mails.bounce())
    text = await look(room)
    lines = text.split("\n")
    failed = next(n for n, line in enumerate(lines) if "Ann Reed" in line)
    assert " BOUNCED " in lines[failed]
    assert "olena@lipa.example" in " ".join(lines[failed + 2 : failed + 4])
    report = next(line for line in lines if "▸ ✗ Not delivered to olena@lipa.example" in line)
    assert "MAILER-DAEMON" not in text
    assert text.count("Not delivered to") == 2
    assert "the mailbox does not exist" in report
    assert report.rstrip(" ▐").endswith("12:40")
    whole = await look(room, "mail")
    assert "This is the mail system at host" in whole


async def test_what_our_server_refused_never_went_out(room: Mailroom) -> None:
    with transaction(room.db):
        room.db.execute("UPDATE messages SET state = 'failed', error = 'No such domain.'"
                        " WHERE direction = 'out'")  # fmt: skip
    text = await look(room)
    assert " NOT SENT " in text
    assert "BOUNCED" not in text


async def test_a_delay_is_no_failure(room: Mailroom) -> None:
    room.receive(mails.bounce(action="delayed", status="4.7.1"))
    text = await look(room)
    assert "▸ … delayed to olena@lipa.example: the server wants our mail later" in text
    assert "NOT " not in text
    assert any("Ann Reed" in line and "delayed" in line for line in text.split("\n"))


async def test_an_automatic_reply_is_one_line_until_it_is_opened(room: Mailroom) -> None:
    message = room.receive(mails.out_of_office())
    text = await look(room)
    assert [line for line in text.split("\n") if "▸ ↻" in line and "I am away until" in line]
    assert "In urgent cases" not in text.split("\n")[-1]
    opened = await look(room, "mail", at=message.id)
    assert "bob@lipa.example." in opened
    assert opened.index("↻") < opened.index("I am away")


async def test_a_machine_that_repeats_itself_is_marked_so(room: Mailroom) -> None:
    for ago in range(9, 0, -1):
        room.receive(
            mails.mail(body="We got your mail.", subject="Got it", message_id=f"{ago}@x.example"),
            ago=ago,
        )
    text = await look(room)
    assert "↻ machine that repeats itself, 9 times" in text


async def test_a_forwarded_mail_is_read_at_once(room: Mailroom) -> None:
    room.receive(mails.forwarded(), forwarded=JANES)
    text = await look(room)
    assert "FYI, this came to my own mailbox." in text
    assert "⤷ forwarded from Jane Doe <jane.doe@customer.example>" in text
    assert "my parcel LP-7781 should have been here" in text
    assert "makes Jane Doe the customer" not in text  # Bob is not one of us


async def test_a_colleagues_forward_offers_its_sender_as_the_customer(room: Mailroom) -> None:
    raw = mails.forwarded().replace(b"bob@lipa.example>", b"bob@acme.example>", 1)
    room.receive(raw, forwarded=JANES)
    assert "F makes Jane Doe the customer of this conversation" in await look(room)


async def test_answers_stand_under_what_they_answer(room: Mailroom) -> None:
    room.receive(mails.interleaved())
    text = await look(room)
    order = ["Which day suits you?", "Tuesday.", "lift in the house?", "the fourth floor."]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert "Dear Olena" not in text
    assert "Dear Olena" in await look(room, "original")


async def test_nothing_new_written_is_not_blank(room: Mailroom) -> None:
    message = room.receive(mails.mail(body="hello", subject="Re: Delivery"))
    with transaction(room.db):
        room.db.execute(
            "UPDATE messages SET text = '', quoted = ? WHERE id = ?",
            ("On Monday Ann wrote:\n> Is it here?", message.id),
        )
    text = await look(room)
    assert "nothing new written; it quotes:" in text
    assert "> Is it here?" in text


async def test_what_was_broken_is_a_small_mark(room: Mailroom) -> None:
    message = room.receive(mails.broken())
    header = next(line for line in (await look(room)).split("\n") if "⚠" in line)
    assert f"⚠{len(message.details['defects'])} " in header
    assert "Добрий день, коли прийде посилка?␛[2J" in await look(room)


async def test_who_else_got_it_who_refused_it_and_what_seals_it(room: Mailroom) -> None:
    message = room.receive(
        mails.mail(
            "Reply-To: Olena <olena.private@lipa.example>",
            body="From my phone",
            date="Thu, 19 Nov 2026 08:00:00 +0000",
        )
    )
    ours = messages.of_conversation(room.db, room.order)[0]
    with transaction(room.db):
        room.db.execute(
            "UPDATE messages SET details = json_set(details, '$.signed', 'smime') WHERE id = ?",
            (message.id,),
        )
        room.db.execute(
            "UPDATE messages SET details = json_set(details, '$.refused', json(?)) WHERE id = ?",
            ('{"bob@lipa.example": "550 no such user"}', ours.id),
        )
    text = await look(room)
    assert "answers go to Olena <olena.private@lipa.example>" in text
    assert "signed (S/MIME)" in text
    assert "dated 19 November 08:00" in text
    assert " NOT TO ALL " in text
    assert "✗ Not delivered to bob@lipa.example: no such user" in text


async def test_what_is_open_stays_open_while_one_moves(room: Mailroom) -> None:
    room.receive(mails.outlook_thread(), ago=30)
    room.receive(mails.mail(f"In-Reply-To: <{mails.OUR_ID}>", body="One more thing."), ago=5)
    timeline = Timeline()
    async with Show(timeline, store_of(room)).run_test(size=(90, 200)) as pilot:
        await timeline.show(room.olena, room.order)
        timeline.move(-1)
        timeline.toggle_parts("quoted")
        assert "Earlier mail number 7" in screen(timeline)
        timeline.end()
        timeline.home()
        await timeline.refresh_messages(None)
        await pilot.resize_terminal(100, 200)
        await pilot.pause()
        assert "Earlier mail number 7" in screen(timeline)


async def test_a_click_on_a_fold_opens_that_part_alone(room: Mailroom) -> None:
    room.receive(mails.outlook_thread())
    timeline = Timeline()
    async with Show(timeline, store_of(room)).run_test(size=(100, 60)) as pilot:
        await timeline.show(room.olena, room.order)
        lines = screen(timeline).split("\n")
        y = next(n for n, line in enumerate(lines) if "pictures in the text" in line)
        await pilot.click(timeline, offset=(6, y))
        await pilot.pause()
        assert "image005.png" in screen(timeline)
        assert "Earlier mail number" not in screen(timeline)


def everything(room: Mailroom) -> None:
    """What reading makes of them is given: it becomes better, and looks the same."""
    earlier = "From: Bob <bob@lipa.example>\nSent: 16 November 2026\nTo: Ann\n\nPlease see.\n"
    room.receive(
        mails.outlook_thread(),
        ago=50,
        text="Hi Ann,\n\ntwo of the twelve boxes came wet. Can you send replacements?",
        signature="Kind regards\nOlena Kovalenko\nHead of buying",
        quoted=earlier * 12,
    )
    away = AutoReply("out-of-office", "Auto-Submitted: auto-replied")
    room.receive(mails.out_of_office(), ago=40, auto_reply=away)
    late = Bounce("olena@lipa.example", "delayed", "4.7.1", "it is greylisted", OUR_ID, None)
    room.receive(mails.bounce(action="delayed", status="4.7.1"), ago=35, bounce=late)
    dead = Bounce("olena@lipa.example", "failed", "5.1.1", "550 5.1.1 User unknown", OUR_ID, True)
    room.receive(mails.bounce(), ago=30, bounce=replace(dead, cause="user-unknown"))
    room.receive(mails.interleaved(), ago=20)
    meeting = ["Invitation: Call about the wet boxes, 2026-11-24 10:00–10:30 (Europe/Kyiv), Teams"]
    room.receive(
        mails.outlook_invite(),
        ago=10,
        text="Let us look at the photos together.",
        signature="",
        details={"calendar": meeting},
    )


@pytest.mark.parametrize("width", [78, 118])
async def test_mails_as_they_look(room: Mailroom, width: int) -> None:
    everything(room)
    compare(f"mails-{width}.txt", await look(room, size=(width, 70)) + "\n")


@pytest.mark.parametrize("size", [(1, 1), (20, 6), (38, 10), (300, 40)])
async def test_any_size_will_do(room: Mailroom, size: tuple[int, int]) -> None:
    everything(room)
    room.receive(mails.newsletter())
    assert await look(room, "all", size=size)
