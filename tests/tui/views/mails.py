"""Mails as programs write them, for what an agent sees of them. All people are invented."""

from __future__ import annotations

import base64
from collections.abc import Iterable

ANN = "Ann Reed <support@acme.example>"
OLENA = "Olena Kovalenko <olena@lipa.example>"
OUR_ID = "reply-1@acme.example"

TRACK = "https://click.mailer.example/ls/click?upn=u001."


def mail(
    *headers: str,
    body: str,
    type_: str = "text/plain; charset=utf-8",
    sender: str = OLENA,
    to: str = ANN,
    subject: str = "Question",
    date: str = "Sun, 22 Nov 2026 12:40:00 +0000",
    message_id: str = "",
) -> bytes:
    """One raw mail with CRLF lines."""
    message_id = message_id or f"{abs(hash((subject, body, sender))):x}@mail.example"
    fields = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {date}",
        f"Message-ID: <{message_id}>",
        *headers,
        "MIME-Version: 1.0",
        f"Content-Type: {type_}",
    ]
    if not type_.startswith("multipart/"):
        fields.append("Content-Transfer-Encoding: 8bit")
    text = "\n".join([*fields, "", body])
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8")


def multipart(boundary: str, parts: Iterable[tuple[str, str]]) -> str:
    """A body of `(headers, content)`."""
    pieces = [f"--{boundary}\n{head}\n\n{content}\n" for head, content in parts]
    return "".join(pieces) + f"--{boundary}--\n"


def newsletter(items: int = 40) -> bytes:
    """Layout tables in layout tables, tracking links, spacers, pixels, a hidden preheader."""
    rows = "".join(
        f'<tr><td width="120"><a href="{TRACK}pic{n}{"A9x" * 40}">'
        f'<img src="https://cdn.mailer.example/p{n}.jpg" alt="Linen shirt {n}"></a></td>'
        f'<td width="20">&nbsp;</td><td><h3 style="margin:0">Linen shirt no. {n}</h3>'
        f"<p>Washed linen, {n} colours, made in Lviv.</p>"
        f'<p><a href="{TRACK}buy{n}{"Zq7" * 50}"><b>Buy for ${n + 20}.00</b></a></p></td></tr>'
        for n in range(1, items + 1)
    )
    html = f"""<html><head><style>td {{font:14px Arial}}</style></head><body bgcolor="#eee">
<div style="display:none;max-height:0">Up to 40 % off until Sunday &zwnj;&nbsp;&zwnj;&nbsp;</div>
<table width="100%" cellpadding="0"><tr><td align="center"><table width="600"><tr><td>
<a href="{TRACK}logo"><img src="https://cdn.mailer.example/logo.png" alt="Lipa Linen"></a></td></tr>
<tr><td><h1>Autumn sale: up to 40 % off</h1><p>Hello Ann,<br>the season ends and our shelves are
full. Until <b>Sunday</b> everything below costs less.</p></td></tr>
<tr><td><table border="0" width="560">{rows}</table></td></tr>
<tr><td><table border="1"><tr><th>Size</th><th>Chest</th><th>Waist</th></tr>
<tr><td>S</td><td>88 cm</td><td>74 cm</td></tr><tr><td>XL</td><td>112 cm</td><td>98 cm</td></tr>
</table><ul><li>Free shipping from $50</li><li>30 days to send it back</li></ul></td></tr>
<tr><td><p style="font-size:11px">You get this since you bought at lipa.example.
<a href="{TRACK}unsub">Unsubscribe</a> | <a href="{TRACK}view">View in browser</a></p>
<img src="https://open.mailer.example/o.gif?u=1" width="1" height="1"></td></tr>
</table></td></tr></table></body></html>"""
    return mail(
        "List-Id: Lipa news <news.lipa.example>",
        "List-Unsubscribe: <https://lipa.example/u>",
        "Precedence: bulk",
        sender="Lipa Linen <news@lipa.example>",
        subject="Autumn sale: up to 40 % off",
        type_="text/html; charset=utf-8",
        body=html,
    )


def outlook_thread(depth: int = 12) -> bytes:
    """What Outlook sends when a dozen people answered at the top."""
    people = ["Olena Kovalenko", "Bob Marsh", "Іван Петренко", "Zoë O'Brien"]
    quoted = "".join(
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f"<p class=MsoNormal><b>From:</b> {people[n % 4]} &lt;p{n}@lipa.example&gt;<br>"
        f"<b>Sent:</b> Monday, November {16 - n % 9}, 2026 9:{10 + n} AM<br>"
        f"<b>To:</b> Ann Reed &lt;support@acme.example&gt;<br>"
        f"<b>Subject:</b> RE: Delivery of order 1042</p></div>"
        f"<p class=MsoNormal>Earlier mail number {n}: please see below.</p>"
        f"<p class=MsoNormal>Regards,<br>{people[n % 4]}</p>"
        for n in range(depth, 0, -1)
    )
    html = f"""<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang=EN-GB>
<div class=WordSection1><p class=MsoNormal>Hi Ann,<o:p></o:p></p><p class=MsoNormal>&nbsp;</p>
<p class=MsoNormal>two of the twelve boxes came wet, photos attached. Can you send replacements
before <b>Friday</b>?<o:p></o:p></p><p class=MsoNormal>&nbsp;</p>
<p class=MsoNormal>Kind regards,<br>Olena Kovalenko<br>Head of buying, Lipa Linen<br>
+380 44 123 45 67<br><img src="cid:image001.png@01DA"></p>{quoted}</div></body></html>"""
    pixel = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 4000).decode()
    pictures = [
        (
            f"Content-Type: image/png; name=image{n:03}.png\nContent-ID: <image{n:03}.png@01DA>\n"
            f"Content-Disposition: inline; filename=image{n:03}.png\n"
            "Content-Transfer-Encoding: base64",
            pixel,
        )
        for n in range(1, 6)
    ]
    photo = (
        "Content-Type: image/jpeg; name=wet-box.jpg\n"
        "Content-Disposition: attachment; filename=wet-box.jpg\nContent-Transfer-Encoding: base64",
        base64.b64encode(b"\xff\xd8" + b"\0" * 238_000).decode(),
    )
    related = multipart("rel", [("Content-Type: text/html; charset=utf-8", html), *pictures])
    return mail(
        "Cc: Bob Marsh <bob@lipa.example>, Zoe <zoe@lipa.example>, i.p@lipa.example, x@y.example",
        "Thread-Index: AdoAq83vAAAAAAAAAAAAAAAAAAAAAA==",
        f"In-Reply-To: <{OUR_ID}>",
        subject="RE: Delivery of order 1042",
        type_="multipart/mixed; boundary=mix",
        body=multipart("mix", [("Content-Type: multipart/related; boundary=rel", related), photo]),
    )


def event(*more: str, method: str = "REQUEST") -> str:
    return "\n".join(
        [
            "BEGIN:VCALENDAR",
            "PRODID:-//Example//EN",
            "VERSION:2.0",
            f"METHOD:{method}",
            "BEGIN:VEVENT",
            "UID:1@lipa.example",
            "SUMMARY:Call about the wet boxes",
            "DTSTART;TZID=Europe/Kyiv:20261124T100000",
            "DTEND;TZID=Europe/Kyiv:20261124T103000",
            "ORGANIZER;CN=Olena Kovalenko:mailto:olena@lipa.example",
            *more,
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    )


def outlook_invite() -> bytes:
    body = multipart(
        "alt",
        [
            (
                "Content-Type: text/plain; charset=utf-8",
                "Let us look at the photos together.\n\n" + "_" * 80 + "\n"
                "Microsoft Teams meeting\nJoin on your computer, mobile app or room device\n"
                "Click here to join the meeting<https://teams.microsoft.example/l/meetup-join/"
                "19%3ameeting_ZjA4NmYyYjQtMDk5ZC00%40thread.v2/0?context=%7b%22Tid%22%3a%22x%22%7d>"
                "\nMeeting ID: 381 224 118 22\nPasscode: fGh7Yu\n" + "_" * 80,
            ),
            (
                "Content-Type: text/calendar; charset=utf-8; method=REQUEST",
                event("LOCATION:Microsoft Teams Meeting"),
            ),
        ],
    )
    return mail(
        subject="Call about the wet boxes",
        type_="multipart/alternative; boundary=alt",
        body=body,
    )


def google_invite() -> bytes:
    text = (
        "You have been invited to the following event.\n\nTitle: Call about the wet boxes\n"
        "When: Tue 24 Nov 2026 10:00 – 10:30 Eastern European Time - Kyiv\n"
    )
    inner = multipart(
        "alt",
        [
            ("Content-Type: text/plain; charset=utf-8", text),
            ("Content-Type: text/calendar; charset=UTF-8; method=REQUEST", event()),
        ],
    )
    ics = (
        'Content-Type: application/ics; name="invite.ics"\n'
        'Content-Disposition: attachment; filename="invite.ics"',
        event(),
    )
    return mail(
        "Sender: Google Calendar <calendar-notification@google.example>",
        subject="Invitation: Call about the wet boxes @ Tue 24 Nov 2026 10:00 - 10:30",
        type_="multipart/mixed; boundary=mix",
        body=multipart("mix", [("Content-Type: multipart/alternative; boundary=alt", inner), ics]),
    )


def bounce(original: str = OUR_ID, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """Postfix's report about a mail of ours to Olena."""
    text = {
        "failed": "550 5.1.1 <olena@lipa.example>: Recipient address rejected: User unknown",
        "delayed": "451 4.7.1 Greylisting in action, please come back later",
    }[action]
    parts = [
        (
            "Content-Type: text/plain; charset=us-ascii",
            "This is the mail system at host mx.acme.example.\n\nI'm sorry to have to inform you"
            " that your message could not\nbe delivered to one or more recipients.\n\n"
            f"<olena@lipa.example>: host mx.lipa.example said: {text}",
        ),
        (
            "Content-Type: message/delivery-status",
            "Reporting-MTA: dns; mx.acme.example\n\nFinal-Recipient: rfc822; olena@lipa.example\n"
            f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {text}",
        ),
        (
            "Content-Type: text/rfc822-headers",
            f"From: {ANN}\nTo: olena@lipa.example\nSubject: Re: Delivery of order 1042\n"
            f"Message-ID: <{original}>",
        ),
    ]
    return mail(
        "Auto-Submitted: auto-replied",
        "Return-Path: <>",
        sender="MAILER-DAEMON@mx.acme.example (Mail Delivery System)",
        to="support@acme.example",
        subject="Undelivered Mail Returned to Sender",
        type_="multipart/report; report-type=delivery-status; boundary=rep",
        body=multipart("rep", parts),
    )


def out_of_office() -> bytes:
    return mail(
        "Auto-Submitted: auto-replied",
        "X-Auto-Response-Suppress: All",
        f"In-Reply-To: <{OUR_ID}>",
        subject="Automatic reply: Delivery of order 1042",
        body="I am away until Monday, 30 November. In urgent cases write to Bob Marsh,\n"
        "bob@lipa.example.\n\nOlena",
    )


def forwarded() -> bytes:
    return mail(
        sender="Bob Marsh <bob@lipa.example>",
        subject="Fwd: Where is my parcel?",
        body="FYI, this came to my own mailbox.\n\n---------- Forwarded message ---------\n"
        "From: Jane Doe <jane.doe@customer.example>\nDate: Fri, 20 Nov 2026 at 09:14\n"
        "Subject: Where is my parcel?\nTo: Bob Marsh <bob@lipa.example>\n\n\n"
        "Hello Bob,\n\nmy parcel LP-7781 should have been here on Monday.\nCan you look?\n\nJane",
    )


def interleaved() -> bytes:
    return mail(
        f"In-Reply-To: <{OUR_ID}>",
        subject="Re: Delivery of order 1042",
        body="On Sat, 21 Nov 2026 at 10:00, Ann Reed wrote:\n> Dear Olena,\n> thank you for your"
        " order.\n> It is on its way.\n> We have two questions.\n> Which day suits you?\n\n"
        "Tuesday.\n\n> Is there a lift in the house?\n\nNo, and it is the fourth floor.\n\n"
        "> Kind regards\n> Ann\n> Acme\n> Kyiv\n> https://acme.example\n",
    )


def broken() -> bytes:
    """8-bit text without a charset, no Date, a Message-ID of nobody."""
    text = "Добрий день, коли прийде посилка?".encode("windows-1251")
    return (
        b"From: Olena Kovalenko <olena@lipa.example>\r\nTo: support@acme.example\r\n"
        b"Subject: parcel\r\nContent-Type: text/plain\r\n\r\n" + text + b"\x1b[2J\r\n"
    )
