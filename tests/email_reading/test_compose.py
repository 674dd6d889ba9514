"""Replies as mail: what was typed arrives as typed, and adds no header."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.model import EmailAccount, ServerUrl
from connectors.contract import Address, File, Outgoing
from connectors.email.body import read_body
from connectors.email.compose import compose, needs_smtputf8
from connectors.email.flowed import flow, unflow
from connectors.email.parts import read_parts
from connectors.email.read import read_mail

DATE = datetime(2024, 1, 5, 10, 0, tzinfo=UTC)
ANN = Address("ann@example.org", "Ann")


def account(signature: str = "") -> EmailAccount:
    return EmailAccount(
        name="support",
        address="support@acme.example",
        display_name="Acme support",
        imap=ServerUrl("imaps", "mail.acme.example", 993, "support"),
        smtp=ServerUrl("smtps", "mail.acme.example", 465, "support"),
        password=None,
        smtp_password=None,
        signature=signature,
    )


def outgoing(text: str = "Hello", **changes: object) -> Outgoing:
    fields: dict[str, object] = {
        "key": "omnitui.tok.1@acme.example", "account": "support", "to": [ANN], "text": text,
        "subject": "Re: Order", **changes,
    }  # fmt: skip
    return Outgoing(**fields)  # type: ignore[arg-type]


def written(text: str = "Hello", signature: str = "", **changes: object) -> bytes:
    return compose(outgoing(text, **changes), account(signature), date=DATE)


def test_headers_thread_and_name_the_sender() -> None:
    raw = written(
        in_reply_to="a@b",
        references=["first@b", *(f"{n}@{'x' * 60}" for n in range(60)), "a@b"],
        cc=[Address("bob@example.org")],
        bcc=[Address("hidden@example.org")],
        sender=Address("", "Олена via Acme"),
    )
    found = read_mail(raw)
    assert found.message_key == "omnitui.tok.1@acme.example"
    assert found.in_reply_to == "a@b"
    assert found.references[0] == "first@b"
    assert found.references[-1] == "a@b"
    assert len(" ".join(found.references)) <= 1500
    assert found.sender == Address("support@acme.example", "Олена via Acme")
    assert found.to == [ANN]
    assert found.cc == [Address("bob@example.org")]
    assert found.sent_at == 1704448800000
    assert b"hidden@example.org" not in raw
    assert b"Auto-Submitted" not in raw
    assert found.defects == []


def test_every_line_ends_in_crlf_and_is_short_ascii() -> None:
    raw = written("Довгий рядок " * 60 + "\n.\nFrom here", "Acme\nhttps://acme.example")
    assert raw.isascii()
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"\nFrom " not in raw


def test_text_signature_and_html() -> None:
    raw = written("Hello **Ann**, see https://acme.example/a_b_c\n\n<script>x</script>", "Acme")
    found = read_mail(raw)
    assert found.text == "Hello **Ann**, see https://acme.example/a_b_c\n\n<script>x</script>"
    assert found.signature == "Acme"
    parsed = message_from_bytes(raw, policy=policy.default)
    html = parsed.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<strong>Ann</strong>" in html
    assert '<a href="https://acme.example/a_b_c">' in html
    assert "<script>" not in html


def test_html_never_loads_or_runs_anything() -> None:
    raw = written("![x](https://evil.example/p.png) [y](javascript:alert(1)) <img src=z>")
    html = message_from_bytes(raw, policy=policy.default).get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<img" not in html
    assert 'href="javascript' not in html


def test_an_agents_words_below_a_quote_are_not_drawn_into_it() -> None:
    raw = written("> when?\ntomorrow")
    html = message_from_bytes(raw, policy=policy.default).get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert html.index("</blockquote>") < html.index("tomorrow")
    assert read_mail(raw).text == "tomorrow"


EVIL = "x\r\nBcc: evil@example.org\r\n\r\nbody\n\u2028\x85\x00\x1b"


def test_nothing_typed_adds_a_header() -> None:
    raw = compose(
        Outgoing(
            key=f"k{EVIL}@x", account="a", to=[Address(f"ann@b.c{EVIL}", EVIL)], text="hi",
            cc=[Address("b@c.d", EVIL)], sender=Address("", EVIL), subject=EVIL, in_reply_to=EVIL,
            references=[EVIL], files=[File(EVIL, EVIL, b"x", content_id=EVIL)],
        ),
        account(),
        date=DATE,
    )  # fmt: skip
    parsed = message_from_bytes(raw)
    assert parsed["bcc"] is None
    assert [name for name, _ in parsed.items()].count("Subject") == 1
    assert read_mail(raw).text == "hi"
    assert all("bcc" not in part for part in parsed.walk())


def test_files_keep_name_type_and_content() -> None:
    long = "Рахунок-фактура з дуже довгою назвою, що не влазить у рядок.pdf"
    files = [
        File(long, "application/pdf", bytes(range(256))),
        File('a "quoted" \\ name.txt', "text/plain", "привіт".encode()),
        File("mail.eml", "message/rfc822", b"Subject: x\r\n\r\ny"),
        File("", "no type", b""),
    ]
    found = read_mail(written("see files", files=files)).files
    assert [file.name for file in found[:3]] == [long, "name.txt", "mail.eml"]
    assert [file.read() for file in found] == [file.read() for file in files]
    assert [file.type for file in found] == [
        "application/pdf", "text/plain", "application/octet-stream", "application/octet-stream",
    ]  # fmt: skip
    for part, file in zip(
        message_from_bytes(written("x", files=files), policy=policy.default).iter_attachments(),
        files, strict=True,
    ):  # fmt: skip
        assert part.get_payload(decode=True) == file.content


def test_international_addresses() -> None:
    raw = written(to=[Address("ann@bücher.example")])
    assert b"ann@xn--bcher-kva.example" in raw
    assert not needs_smtputf8(outgoing(to=[Address("ann@bücher.example")]), account())
    assert needs_smtputf8(outgoing(to=[Address("анна@example.org")]), account())
    assert read_mail(written(to=[Address("анна@example.org", "Анна")])).to == [
        Address("анна@example.org", "Анна")
    ]


def test_a_date_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        compose(outgoing(), account(), date=datetime(2024, 1, 5))


def test_the_same_message_is_the_same_bytes() -> None:
    assert written("x") == written("x")


_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=400)


def _visible(text: str) -> str:
    if not text.strip():
        return ""  # nothing but white space, a no-break space too, is no text
    lines = [line.rstrip(" ") if line != "-- " else line for line in text.split("\n")]
    return "\n".join(lines).strip("\n")


@given(_TEXT)
@settings(deadline=None)
def test_any_text_comes_back_as_it_was_typed(text: str) -> None:
    text = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    root, _ = read_parts(written(text))
    assert _visible(read_body(root, []).text) == _visible(text)


@given(
    st.lists(st.sampled_from(["Hello ", "світ", "  ", "a" * 90, "\n", "-- ", " ", "日本", "x. "]))
)
@settings(deadline=None)
def test_flowed_text_is_the_same_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert _visible(unflow(flow(text))) == _visible(text)


@given(
    st.text(st.characters(codec="utf-8"), max_size=120),
    st.text(st.characters(codec="utf-8"), max_size=60),
)
@settings(deadline=None)
def test_any_subject_and_name_come_back_on_one_line(subject: str, name: str) -> None:
    found = read_mail(written(subject=subject, to=[Address("ann@example.org", name)]))
    assert "".join(found.subject.split()) == "".join(_words(subject).split())
    assert [each.address for each in found.to] == ["ann@example.org"]


def _words(text: str) -> str:
    return "".join(
        " " if not char.isprintable() and (char.isspace() or ord(char) < 160) else char
        for char in text
    )
