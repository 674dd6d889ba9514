"""Replies as mail: what was typed arrives as typed, and adds no header."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import fromstring  # type: ignore[import-untyped,unused-ignore]

from config.model import EmailAccount, ServerUrl
from connectors.contract import Address, File, Outgoing, Quote
from connectors.email.mime.body import read_body
from connectors.email.mime.flowed import flow, unflow
from connectors.email.mime.parts import read_parts
from connectors.email.read import read_mail
from connectors.email.writing.compose import compose

DATE = datetime(2024, 1, 5, 10, 0, tzinfo=UTC)
ANN = Address("ann@example.org", "Ann")


def account(**settings: Any) -> EmailAccount:
    return EmailAccount(
        name="support",
        address="support@acme.example",
        display_name="Acme support",
        imap=ServerUrl("imaps", "mail.acme.example", 993, "support"),
        smtp=ServerUrl("smtps", "mail.acme.example", 465, "support"),
        password=None,
        smtp_password=None,
        **settings,
    )


def outgoing(text: str = "Hello", **changes: object) -> Outgoing:
    fields: dict[str, object] = {
        "key": "omnitui.tok.1@acme.example", "account": "support", "to": [ANN], "text": text,
        "subject": "Re: Order", **changes,
    }  # fmt: skip
    return Outgoing(**fields)  # type: ignore[arg-type]


def written(text: str = "Hello", signature: str = "", **changes: object) -> bytes:
    return compose(outgoing(text, signature=signature, **changes), account(), date=DATE)


def bodies(raw: bytes) -> tuple[str, str]:
    """The text part as sent, soft breaks joined, and the HTML part."""
    parsed = message_from_bytes(raw, policy=policy.default)
    text, html = (parsed.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    return unflow(text.replace("\r\n", "\n").rstrip("\n")), html


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
    assert raw.isascii()
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


# -- light Markdown --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "a box of 5*10*2 cm", "2 * 3 * 4", "snake_case_name", "C:\\_old\\*.txt",
        "\\\\server\\share",
        "AT&T &copy; &amp;", "[1]: https://acme.example/terms", "see [1]", "# 5 is yours",
        "<b>not bold</b>", "+380 44 123", "~5 days", "f(x)[0](y)", "a | b", "**", "_", "1) one",
        ":-* and *-:", "10% * 2", "joe_smith@example.org",
    ],
)  # fmt: skip
def test_what_is_typed_without_meaning_markdown_stays(typed: str) -> None:
    text, html = bodies(written(typed))
    assert text == typed
    shown = html.partition("<body>")[2].partition("</body>")[0]
    words = fromstring(shown).text_content().strip()
    if typed.startswith("1)"):
        assert "<ol" in shown  # a list, numbered as typed
    else:
        assert words == typed


def test_markdown_that_is_meant_is_drawn_and_reads_well_as_text() -> None:
    text, html = bodies(
        written(
            "**Two** ways:\n- [this page](https://acme.example/a)\n"
            "- write to [us](mailto:us@acme.example)\n\n`a[0](https://x.example)`\n\n> you asked"
        )
    )
    assert "<strong>Two</strong>" in html
    assert html.count("<li>") == 2
    assert '<a href="https://acme.example/a">this page</a>' in html
    assert "<code>a[0](https://x.example)</code>" in html
    assert "this page <https://acme.example/a>\n- write to us <us@acme.example>" in text
    assert "`a[0](https://x.example)`" in text


def test_long_lines_of_a_quote_are_short_on_the_wire_and_whole_when_read() -> None:
    long = "> " + "слово " * 60 + "кінець"
    sent = flow(f"{long}\n>> deeper {'x ' * 80}end\nmine")
    assert max(map(len, sent.split("\n"))) <= 76
    assert unflow(sent) == f"{long}\n>> deeper {'x ' * 80}end\nmine"


# -- signature, quote, answers, copies -------------------------------------------------------


QUOTE = Quote(
    "On 2024-01-04 at 09:30, Ann <ann@example.org> wrote:", "Where is *it*?\n\n> <b>old</b>"
)


def test_the_quote_stands_last_and_is_cut_off_again_by_whoever_reads_it() -> None:
    raw = written("It left today.", "Ivan\nhttps://acme.example", quote=QUOTE)
    text, html = bodies(raw)
    assert text == (
        "It left today.\n\nIvan\nhttps://acme.example\n\n"
        "On 2024-01-04 at 09:30, Ann <ann@example.org> wrote:\n> Where is *it*?\n>\n>> <b>old</b>"
    )
    found = read_mail(raw)
    assert found.text.startswith("It left today.")
    assert "Where is" not in found.text
    assert '<blockquote type="cite"' in html
    assert "Where is *it*?<br>" in html, "a customer's text is no Markdown"
    assert "&lt;b&gt;old" in html
    assert '<a href="https://acme.example">' in html
    assert html.index("Ivan") < html.index("wrote:") < html.index("Where is")


def test_nothing_in_a_quote_escapes_it() -> None:
    quote = Quote(
        "Mal\r\nBcc: x@y.example\n wrote:", "</blockquote>\r\n-- \r\n<script>x</script>\0"
    )
    raw = written("Hi", quote=quote)
    assert message_from_bytes(raw)["bcc"] is None
    text, html = bodies(raw)
    assert text.split("\n")[2] == "Mal Bcc: x@y.example wrote:"
    assert all(line.startswith(">") for line in text.split("\n")[3:])
    assert html.count("</blockquote>") == 1
    assert "<script" not in html


def test_the_copy_alone_names_who_was_copied_blindly() -> None:
    hidden = [Address("hidden@example.org", "Boß")]
    message = outgoing(bcc=hidden)
    out = compose(message, account(), date=DATE)
    copy = compose(message, account(), date=DATE, bcc=True)
    assert b"hidden" not in out
    assert b"<hidden@example.org>" in copy
    assert re.sub(rb"Bcc:.*\r\n", b"", copy) == out


def test_answers_are_asked_for_at_an_address_that_names_the_conversation() -> None:
    token = "1z-abcdefghijklmnop"
    message = outgoing(reply_token=token)
    assert b"Reply-To" not in compose(message, account(), date=DATE)
    found = read_mail(compose(message, account(plus_address=True), date=DATE))
    assert found.reply_to == [Address(f"support+omnitui.{token}@acme.example", "Acme support")]
    answer = f"From: a@b.example\r\nTo: <{found.reply_to[0].address.upper()}>\r\n\r\nhi".encode()
    assert [each.lower() for each in read_mail(answer).tokens] == [token]


@given(st.lists(st.integers(1, 1100), max_size=40))
@settings(deadline=None)
def test_references_are_bounded_and_keep_both_ends(lengths: list[int]) -> None:
    ids = [f"{n}{'x' * length}@b" for n, length in enumerate(lengths)]
    kept = [each for each in ids if len(each) <= 746]
    found = read_mail(written(references=ids)).references
    assert len(" ".join(f"<{each}>" for each in found)) <= 1500
    assert found[:1] == kept[:1]
    assert found[-1:] == kept[-1:]
    assert found == [each for each in kept if each in set(found)]


def test_an_id_that_no_header_can_hold_is_left_out() -> None:
    raw = written(in_reply_to="ид@пошта.укр", references=["a@b", "ид@пошта.укр", "c@d"])
    assert raw.isascii()
    found = read_mail(raw)
    assert (found.in_reply_to, list(found.references)) == ("", ["a@b", "c@d"])


@pytest.mark.parametrize(
    ("domain", "sent"),
    [("bücher.example", "xn--bcher-kva.example"), ("straße.example", "xn--strae-oqa.example")],
)
def test_a_sender_of_any_script(domain: str, sent: str) -> None:
    raw = written(sender=Address(f"support@{domain}", "Підтримка"))
    assert raw.isascii()
    assert f"<support@{sent}>".encode() in raw
