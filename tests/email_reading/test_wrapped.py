"""Mails inside other things: winmail.dat, S/MIME, uuencode, yEnc, RTF, pieces of mails."""

# ruff: noqa: E501 - a header a line
from __future__ import annotations

import base64
import binascii
import json
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Inbound
from connectors.email.mime.compressed_rtf import decompress
from connectors.email.mime.enriched import plain_text
from connectors.email.mime.rtf import read_rtf
from connectors.email.mime.security import unwrap_cms, without_armour
from connectors.email.mime.tnef import SIGNATURE, read_tnef
from connectors.email.mime.yenc import yencoded
from connectors.email.read import read_mail
from tests.corpora import named
from tests.email_reading.samples import mail, plain


def _attribute(level: int, name: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, name, 0, len(data)) + data + b"\0\0"


def _properties(*values: tuple[int, int, bytes]) -> bytes:
    """Variable ones alone: type, id and value."""
    out = struct.pack("<I", len(values))
    for kind, number, data in values:
        out += struct.pack("<HHII", kind, number, 1, len(data)) + data + b"\0" * (-len(data) % 4)
    return out


def _winmail(*attributes: bytes) -> bytes:
    return SIGNATURE + b"\1\0" + b"".join(attributes)


def _file(name: str, content: bytes, *, content_id: str = "") -> bytes:
    described = [(0x001F, 0x3707, name.encode("utf-16-le") + b"\0\0")]
    if content_id:
        described.append((0x001E, 0x3712, content_id.encode() + b"\0"))
    return (
        _attribute(2, 0x9002, bytes(14))
        + _attribute(2, 0x800F, content)
        + _attribute(2, 0x9005, _properties(*described))
    )


def _with_winmail(content: bytes, *, text: str = "") -> Inbound:
    parts = ["--b", "Content-Type: text/plain", "", text] if text else []
    return read_mail(
        mail("From: a@b.c", "Content-Type: multipart/mixed; boundary=b", "", *parts, "--b",
             'Content-Type: application/ms-tnef; name="winmail.dat"',
             "Content-Transfer-Encoding: base64", "", base64.encodebytes(content), "--b--")
    )  # fmt: skip


def test_winmail_dat_is_opened() -> None:
    found = _with_winmail(
        _winmail(
            _attribute(1, 0x9007, struct.pack("<II", 1251, 0)),
            _attribute(1, 0x9003, _properties((0x001E, 0x1000, "Добрый день\r\n".encode("cp1251")))),
            _file("../план.pdf", b"%PDF\0\0"),
            _file("план.pdf", b"%PDF2"),
        )
    )  # fmt: skip
    assert found.text == "Добрый день"
    assert [(file.name, file.type, file.read()) for file in found.files] == [
        ("план.pdf", "application/pdf", b"%PDF\0\0"),
        ("план (2).pdf", "application/pdf", b"%PDF2"),
    ]


def test_the_text_beside_winmail_dat_is_the_text() -> None:
    content = _winmail(_attribute(1, 0x800C, b"the same, wrapped"), _file("a.txt", b"x"))
    found = _with_winmail(content, text="Hello")
    assert found.text == "Hello"
    assert [file.name for file in found.files] == ["a.txt"]


def test_winmail_dat_with_html_and_its_picture() -> None:
    page = b'<p>See <img src="cid:p1"></p>'
    found = _with_winmail(
        _winmail(
            _attribute(1, 0x9003, _properties((0x0102, 0x1013, page))),
            _file("logo.png", b"png", content_id="p1"),
        )
    )
    assert found.text == "See [image: logo.png]"
    assert [(file.name, file.inline) for file in found.files] == [("logo.png", True)]


def test_a_meeting_in_winmail_dat() -> None:
    found = _with_winmail(
        _winmail(
            _attribute(1, 0x8008, b"IPM.Schedule.Meeting.Request\0"),
            _attribute(1, 0x8004, b"Stand-up\0"),
            _attribute(1, 0x0006, struct.pack("<7H", 2024, 5, 6, 10, 0, 0, 1)),
            _attribute(1, 0x0007, struct.pack("<7H", 2024, 5, 6, 10, 30, 0, 1)),
        )
    )
    assert found.details["calendar"] == ["Invitation: Stand-up, 2024-05-06 10:00–10:30"]
    assert found.text == "Invitation: Stand-up, 2024-05-06 10:00–10:30"


def test_a_broken_winmail_dat_stays_a_file() -> None:
    found = _with_winmail(b"not at all", text="Hello")
    assert [file.name for file in found.files] == ["winmail.dat"]
    assert any("winmail.dat" in defect for defect in found.defects)


def test_a_forged_count_of_properties_costs_nothing() -> None:
    forged = struct.pack("<IHHI", 0xFFFFFFFF, 0x1001, 0x3000, 0xFFFFFFFF)
    found = read_tnef(_winmail(_attribute(1, 0x9003, forged), _attribute(1, 0x800C, b"text")))
    assert found is not None
    assert found.text == "text"


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "text", "files"),
    [
        ("two-files.tnef", "", ["AUTHORS", "README"]),
        ("body.tnef", "THE BILL OF RIGHTS", []),
        ("rtf.tnef", "aafgag'alga'kgk", []),
        ("multi-value-attribute.tnef", "You received a voice mail",
         ["208225__5_seconds__Voice_Mail.mp3"]),
        ("data-before-name.tnef", "asdf", ["AUTOEXEC.BAT", "CONFIG.SYS", "boot.ini"]),
    ],
)  # fmt: skip
def test_winmail_dat_of_others(name: str, text: str, files: list[str]) -> None:
    found = _with_winmail(named("mime", name).read_bytes())
    assert found.text.startswith(text)
    assert [file.name for file in found.files] == files


@given(st.binary(max_size=300), st.lists(st.binary(max_size=60), max_size=4))
@settings(deadline=None)
def test_any_winmail_dat(noise: bytes, values: list[bytes]) -> None:
    whole = _winmail(
        _attribute(1, 0x9003, _properties(*[(0x001F, 0x1000, value) for value in values]) + noise),
        noise,
        _file("a", noise),
    )
    for end in (len(whole), len(whole) // 2, len(whole) * 3 // 4):
        assert read_tnef(whole[:end]) is not None
    decompress(noise)
    decompress(struct.pack("<II4sI", 100, 1000, b"LZFu", 0) + noise)


def test_compressed_rtf() -> None:
    # Literals, a reference back into what was written, the end.
    words = b"{\\rtf1 hi "
    at = 207 + len(words)
    stream = b"\0" + words[:8] + bytes([0b1100]) + words[8:] + struct.pack(">H", (207 << 4) | 8)
    stream += struct.pack(">H", ((at + 10) % 4096) << 4)
    data = struct.pack("<II4sI", len(stream) + 12, 20, b"LZFu", 0) + stream
    assert decompress(data) == (words * 2, "")


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (r"{\rtf1\ansi Hello\par World\line x}", "Hello\nWorld\nx"),
        (r"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2}", "Привет"),
        (r"{\rtf1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\f1 \'cf\f0 \'e9}", "Пé"),
        (r"{\rtf1\uc1 \u1055?\u-10179?\u-8704?!}", "П😀!"),
        (r"{\rtf1 a{\*\generator x}{\pict 0102}{\info{\author y}}b}", "ab"),
        (r"{\rtf1 {\field{\*\fldinst HYPERLINK "
         r'"https://x.example/"}{\fldrslt here}} now}', "here (https://x.example/) now"),
        (r"{\rtf1 a\cell b\cell\row c}", "a  b\nc"),
        (r"{\rtf1 a\bin3 }}}b}", "ab"),
        (r"{\rtf1 {\v hidden}seen \{x\}}", "seen {x}"),
        ("no rtf", "no rtf"),
    ],
)  # fmt: skip
def test_rtf(rtf: str, text: str) -> None:
    assert read_rtf(rtf.encode("latin-1")).text == text


def test_html_wrapped_in_rtf() -> None:
    found = read_rtf(
        rb"{\rtf1\ansi\ansicpg1251\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 \'cf&"
        rb"\htmlrtf\par}\htmlrtf0{\*\htmltag72 </p>}}"
    )
    assert (found.html, found.text) == (True, "<p>П&</p>")


@given(st.text(alphabet="{}\\'*;abfu019- \n\rpictonth", max_size=200))
@settings(deadline=None)
def test_any_rtf(rtf: str) -> None:
    for head in ("", "{\\rtf1\\fromhtml1 "):
        read_rtf((head + rtf).encode("latin-1")).text.encode("utf-8")


# -- S/MIME and PGP


def _der(tag: int, *values: bytes) -> bytes:
    data = b"".join(values)
    if len(data) < 128:
        return bytes([tag, len(data)]) + data
    size = len(data).to_bytes((len(data).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + data


def _oid(hexed: str) -> bytes:
    return _der(6, bytes.fromhex(hexed))


SIGNED, DATA = "2a864886f70d010702", "2a864886f70d010701"


def _signed(content: bytes) -> bytes:
    inner = _der(0x30, _oid(DATA), _der(0xA0, _der(4, content)))
    return _der(
        0x30, _oid(SIGNED),
        _der(0xA0, _der(0x30, b"\2\1\1", _der(0x31), inner, _der(0x31))),
    )  # fmt: skip


def _ber_signed(content: bytes) -> bytes:
    """As OpenSSL streams it: indefinite lengths, the content in pieces."""
    end = b"\0\0"
    pieces = b"".join(_der(4, content[at : at + 10]) for at in range(0, len(content), 10))
    octets = b"\xa0\x80\x24\x80" + pieces + end + end
    inner = b"\x30\x80" + _oid(DATA) + octets + end
    algorithms = b"\x31\x80\x30\x80" + _oid(DATA) + end + end
    return b"\x30\x80" + _oid(SIGNED) + b"\xa0\x80\x30\x80\2\1\1" + algorithms + inner + end * 3


@pytest.mark.parametrize("wrap", [_signed, _ber_signed])
def test_an_opaque_signed_mail_is_read(wrap: object) -> None:
    assert callable(wrap)
    inner = mail("Content-Type: multipart/mixed; boundary=i", "", "--i", "", "Signed text", "--i",
                 "Content-Type: application/pdf; name=a.pdf", "", "PDF", "--i--")  # fmt: skip
    raw = mail(
        "From: a@b.c", 'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"',
        "Content-Transfer-Encoding: base64", "", base64.encodebytes(wrap(inner)),
    )  # fmt: skip
    found = read_mail(raw)
    assert found.text == "Signed text"
    assert found.details["signed"] == "smime"
    assert [file.name for file in found.files] == ["a.pdf"]


def test_compressed_and_encrypted_cms() -> None:
    inner = _der(0x30, _oid(DATA), _der(0xA0, _der(4, zlib.compress(b"\r\nhello"))))
    packed = _der(0x30, _oid("2a864886f70d0109100109"),
                  _der(0xA0, _der(0x30, b"\2\1\0", _der(0x30), inner)))  # fmt: skip
    assert unwrap_cms(packed).content == b"\r\nhello"
    enveloped = _der(0x30, _oid("2a864886f70d010703"), _der(0xA0, b"secret"))
    found = read_mail(
        mail("From: a@b.c", "Content-Type: application/pkcs7-mime; name=smime.p7m",
             "Content-Transfer-Encoding: base64", "", base64.encodebytes(enveloped))
    )  # fmt: skip
    assert found.text == "[encrypted with S/MIME]"
    assert found.details["encrypted"] == "smime"
    assert [file.name for file in found.files] == ["smime.p7m"]


@given(st.binary(max_size=200), st.integers(0, 150), st.binary(max_size=3))
@settings(deadline=None)
def test_any_cms(noise: bytes, at: int, put: bytes) -> None:
    whole = _ber_signed(b"Content-Type: text/plain\r\n\r\nhello")
    unwrap_cms(noise)
    unwrap_cms(b"\x30\x80" + noise)
    unwrap_cms(whole[:at] + put + whole[at + 1 :])


def test_pgp_in_the_middle_of_a_text() -> None:
    found = read_mail(
        plain(
            "Hi,\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n\nAnn"
        )
    )
    assert found.text == "Hi,\n\n[encrypted with PGP]\n\n\nAnn"
    assert found.details["encrypted"] == "pgp"
    assert b"hQEMA" in found.files[0].read()


@given(st.text(alphabet="-ab\n :", max_size=30), st.permutations(range(6)))
@settings(deadline=None)
def test_any_armour_keeps_the_words(text: str, order: list[int]) -> None:
    lines = [
        "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----", "\nword\n",
        "-----END PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----",
    ]  # fmt: skip
    whole = "\n".join([text, *(lines[index] for index in order)])
    found = without_armour(whole)
    hidden = "word" not in found.text and not any("word" in block for block in found.encrypted)
    # Only what stands where a signature's digits stand is left out.
    assert not hidden or order.index(1) < order.index(2)


# -- files in texts


def _uu(content: bytes, name: str) -> str:
    lines = [binascii.b2a_uu(content[at : at + 45]).decode() for at in range(0, len(content), 45)]
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3))
@settings(max_examples=50, deadline=None)
def test_several_uuencoded_files(contents: list[bytes]) -> None:
    text = "".join(f"see {at}\n{_uu(content, f'f{at}.bin')}" for at, content in enumerate(contents))
    found = read_mail(plain(f"{text}\nBye"))
    assert [file.read() for file in found.files] == contents
    assert [file.name for file in found.files] == [f"f{at}.bin" for at in range(len(contents))]
    assert "begin" not in found.text
    assert found.text.endswith("Bye")


def test_a_uuencoded_file_without_its_end() -> None:
    found = read_mail(plain(_uu(b"x" * 90, "a.bin").partition("`")[0]))
    assert found.files[0].read() == b"x" * 90
    assert "a.bin: uuencode cut off" in found.defects


def test_a_text_about_uuencode_is_a_text() -> None:
    text = "You write\nbegin 644 name\nand then the lines, and end."
    found = read_mail(plain(text))
    assert found.text == text
    assert found.files == []


def _yenc(content: bytes, *, part: str = "", end: str = "", size: int = -1) -> bytes:
    coded = bytearray()
    for byte in content:
        value = (byte + 42) % 256
        coded += bytes([61, (value + 64) % 256]) if value in (0, 10, 13, 61) else bytes([value])
    lines = b"\r\n".join(bytes(coded[at : at + 100]) for at in range(0, len(coded), 100))
    if coded[99:100] == b"=":
        lines = bytes(coded)
    size = len(content) if size < 0 else size
    head = f"=ybegin {'part=1 total=2 ' if part else ''}line=100 size={size} name=a b.bin\r\n"
    tail = end or f"=yend size={len(content)} crc32={zlib.crc32(content):08x}\r\n"
    return head.encode() + part.encode() + lines + b"\r\n" + tail.encode()


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_yenc_gives_back_what_went_in(content: bytes) -> None:
    (found,) = yencoded(b"hi\r\n" + _yenc(content) + b"bye")
    assert (found.name, found.content, found.defect) == ("a b.bin", content, "")


def test_yenc_in_a_mail() -> None:
    head = mail("From: a@b.c", "Content-Transfer-Encoding: 8bit", "", "Hello", "")
    found = read_mail(head + _yenc(b"data" * 60) + b"Bye")
    assert found.text == "Hello\nBye"
    assert [(file.name, file.read()) for file in found.files] == [("a b.bin", b"data" * 60)]
    wrong = read_mail(head + _yenc(b"data", end="=yend size=4 crc32=00000000\r\n"))
    assert "a b.bin: yEnc with a wrong checksum" in wrong.defects


def test_parts_of_a_yenc_file_are_joined() -> None:
    one = _yenc(b"abc", part="=ypart begin=1 end=3\r\n", size=5, end="=yend size=3 part=1\r\n")
    two = _yenc(b"de", part="=ypart begin=4 end=5\r\n", size=5, end="=yend size=2 part=2\r\n")
    both = read_mail(b"From: a@b.c\r\n\r\n" + two + one)
    assert [file.read() for file in both.files] == [b"abcde"]
    alone = read_mail(b"From: a@b.c\r\n\r\n" + one)
    assert [(file.name, file.read()) for file in alone.files] == [("a b.bin.part001", b"abc")]
    assert any("part 1 of 2" in defect for defect in alone.defects)


@given(st.lists(st.sampled_from(
    [b"=ybegin ", b"line=1 ", b"size=9", b" name=", b"\r\n", b"=ypart begin=1\r\n", b"=yend ", b"=",
     b"begin 644 a\n", b"#:&D*\n", b"`\n", b"end\n", b"begin-base64 644 b\n", b"aGk=\n", b"====\n"]
)).map(b"".join))  # fmt: skip
@settings(deadline=None)
def test_any_mixture_of_files_in_a_text(body: bytes) -> None:
    json.dumps(read_mail(b"From: a@b.c\r\n\r\n" + body).details)


# -- others


def test_enriched() -> None:
    text = "<bold>Now</bold> is\nthe time\n\nfor <<all>>\n<color><param>red</param>x</color>"
    assert plain_text(text) == "Now is the time\nfor <all>> x"
    found = plain_text("<nofill>a\n  b\n</nofill><excerpt>said</excerpt>so")
    assert found == "a\n  b\n> said\nso"


def test_a_piece_of_a_mail() -> None:
    first = mail("From: a@b.c", 'Content-Type: message/partial; id="x"; number=1; total=3', "",
                 "Subject: inner", "Content-Type: text/plain", "", "The beginning")  # fmt: skip
    found = read_mail(first)
    assert found.text == "The beginning"
    assert any("piece 1 of 3" in defect for defect in found.defects)


def test_a_file_kept_elsewhere() -> None:
    found = read_mail(
        mail("From: a@b.c", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "See", "--b",
             "Content-Type: message/external-body; access-type=URL;", ' URL="https://x.example/ a.zip"',
             "", "Content-Type: application/zip", "", "", "--b--")
    )  # fmt: skip
    assert found.text == "See\n\n[file kept elsewhere: https://x.example/a.zip]"


def test_a_large_uuencoded_file_is_whole(tmp_path: Path) -> None:
    line = b"M" + b"A" * 60 + b"\r\n"
    raw = tmp_path / "mail"
    raw.write_bytes(b"From: a@b.c\r\n\r\nhi\r\nbegin 644 a.bin\r\n" + line * 160_000 + b"end\r\n")
    found = read_mail(raw)
    assert found.text == "hi"
    assert len(found.files[0].read()) == 160_000 * 45


def test_nothing_is_lost_of_a_very_long_text() -> None:
    lines = [f"line {number}" for number in range(260_000)]
    assert read_mail(plain("\n".join(lines))).text.split("\n") == lines
    quote = "\n".join(f"> {line}" for line in lines)
    found = read_mail(plain(f"Yes.\n\nOn Fri, 5 Jan 2024 at 10:00, Bob <b@c.d> wrote:\n{quote}",
                            "In-Reply-To: <x@y>"))  # fmt: skip
    assert found.text.startswith("Yes.")
    shown = f"{found.text}\n{found.quoted}"
    assert all(f"> {line}\n" in shown or shown.endswith(line) for line in lines[::9_999])


def test_thread_index() -> None:
    index = base64.b64encode(bytes(range(1, 28))).decode()
    assert read_mail(plain("x", f"Thread-Index: {index}")).thread_index == bytes(range(1, 23)).hex()
    for short in ("AdoA", "???", ""):
        assert read_mail(plain("x", f"Thread-Index: {short}")).thread_index == ""
