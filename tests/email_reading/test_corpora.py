"""Mails that others collected: all are read, nothing in them is lost, failures are known.

The floors are what was measured, or a case below it: they keep it from getting worse.
"""

from __future__ import annotations

import email
import json
import re
from collections import Counter
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from connectors.contract import Inbound
from connectors.email.html.render import render
from connectors.email.mime import charset
from connectors.email.mime.parts import Part, read_parts
from connectors.email.read import read_mail
from omnitui.cli.main import main
from tests.corpora import ROOT, corpora, expected, files, hold, mails
from tests.email_reading.test_inspect import KEYS

pytestmark = pytest.mark.corpus

WORD = re.compile(r"[^\W_]{3,}")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\ufeff]")
# Containers, which are shown as what is in them.
OPENED = ("application/ms-tnef", "message/partial")
# What a reader of the page does not see either.
UNSEEN = (
    "//style|//script|//head|//title|//comment()|//noscript|//template|//*[@hidden]"
    '|//*[contains(translate(@style, " ", ""), "display:none")]'
)


EACH = pytest.mark.parametrize("each", [5, pytest.param(1, marks=pytest.mark.slow)])
"""Every fifth of what is only looked at for not failing; all in the long run."""


@EACH
def test_inspect_understands_every_file(capsys: pytest.CaptureFixture[str], each: int) -> None:
    paths = files("mime", "bounces", "reply", "html")
    assert len(paths) >= 991
    paths = paths[::each]
    assert main(["inspect", "--jsonl", *map(str, paths)]) == 0
    lines = capsys.readouterr().out.rstrip("\n").split("\n")
    assert len(lines) == len(paths)
    for path, line in zip(paths, lines, strict=True):
        found = json.loads(line)
        assert set(KEYS) <= set(found), path
        assert not any("could not be" in defect for defect in found["defects"]), path


@EACH
def test_truncated_mails_are_read_too(each: int) -> None:
    for path in files("mime", "bounces", "reply")[::each]:
        raw = path.read_bytes()
        for end in (len(raw) * n // 4 for n in (1, 2, 3) if len(raw) < 100_000):
            assert read_mail(raw[:end]).message_key, (path, end)


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 80), st.binary(max_size=20)), max_size=6),
)
@settings(max_examples=150, deadline=None)
def test_damaged_mails_are_read_too(which: int, damages: list[tuple[float, int, bytes]]) -> None:
    paths = mails()
    raw = paths[which % len(paths)].read_bytes()
    for place, removed, put in damages:
        at = int(len(raw) * place)
        raw = raw[:at] + put + raw[at + removed :]
    assert read_mail(raw).message_key


def _sound() -> Iterator[tuple[str, bytes, Message]]:
    """Mails in which the standard library finds no fault: its reading is to be trusted."""
    for path in mails():
        raw = path.read_bytes()
        message = email.message_from_bytes(raw)
        if message.keys() and not any(part.defects for part in message.walk()):
            yield str(path.relative_to(ROOT)), raw, message


def _children(message: Message) -> list[Message]:
    payload = message.get_payload() if message.is_multipart() else []
    return [part for part in payload if isinstance(part, Message)]


def _stdlib_types(message: Message) -> list[str]:
    found = [message.get_content_type()]
    if message.get_content_maintype() == "multipart":
        for child in _children(message):
            found += _stdlib_types(child)
    return found


def _types(part: Part) -> list[str]:
    return [each.type for each in part.walk()]


def test_the_tree_is_the_standard_librarys() -> None:
    # Types that are none, and a name that ran into the type: read better than there.
    better = {"mime-bad-content-type.raw", "mime-blank-media-name.raw", "barren-content-type.raw",
              "ctype-invalid-characters.raw", "empty-ctype-bad-content.raw"}  # fmt: skip
    same = {
        name: _types(read_parts(raw)[0]) == _stdlib_types(message)
        for name, raw, message in _sound()
        if name.rpartition("/")[2] not in better
    }
    hold(same, 1.0)
    assert len(same) >= 250


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that must be there whole: not those among which a reader may choose."""
    if message.get_content_type() == "multipart/alternative":
        return
    if message.get_content_maintype() == "multipart":
        for child in _children(message):
            yield from _leaves(child)
    else:
        yield message


def _squeezed(data: bytes) -> bytes:
    return b"".join(data.split())


def _holds(found: Inbound, leaf: Message) -> bool:
    """Whether a part is a file of the mail, or all its words are in what is shown."""
    if children := _children(leaf):
        data = b"".join(child.as_bytes() for child in children)
    else:
        payload = leaf.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
    if _squeezed(data) in {b"", *(_squeezed(file.read()) for file in found.files)}:
        return True
    text, _defect = charset.decode(data, str(leaf.get_content_charset() or ""))
    if leaf.get_content_type() == "text/html":
        text = _seen(text)
    shown = " ".join([found.text, found.quoted, found.signature])
    if leaf.get_content_type() in OPENED or b"=ybegin " in data:
        return bool(found.files or shown.strip())
    return leaf.get_content_maintype() == "text" and not (set(_words(text)) - set(_words(shown)))


def test_no_part_is_lost() -> None:
    kept = {
        f"{name} #{number} {leaf.get_content_type()}": _holds(read_mail(raw), leaf)
        for name, raw, message in _sound()
        for number, leaf in enumerate(_leaves(message))
        # With DelSp the words of two lines are one: others must be compared.
        if "delsp" not in str(leaf["Content-Type"]).lower()
    }
    hold(kept, 1.0)
    assert len(kept) >= 400


def _seen(page: str) -> str:
    """The words that a browser would show, found in another way than ours."""
    if not page.strip():
        return ""
    parser = lxml_html.HTMLParser(encoding="utf-8")
    root = lxml_html.document_fromstring(page.encode(), parser=parser, ensure_head_body=True)
    for unseen in root.xpath(UNSEEN):
        if unseen.getparent() is not None:
            unseen.drop_tree()
    return " ".join(root.itertext())


def _page(path: Path) -> str:
    raw = path.read_bytes()
    if path.name == "windows-1252-example.html":  # three letters: only its name tells
        return raw.decode("windows-1252")
    return charset.decode(raw, "")[0]


def _words(text: str) -> list[str]:
    return WORD.findall(INVISIBLE.sub("", text))


def test_no_word_of_a_page_is_lost() -> None:
    kept = {}
    for path in files("mime", "reply", "html"):
        if path.suffix in (".html", ".htm"):
            page = _page(path)
            words = set(_words(render(page).text))
            lost = set(_words(_seen(page))) - words
            # A word in two fonts is two words for one of us.
            lost = {word for word in lost if not any(word in longer for longer in words)}
            kept[str(path.relative_to(ROOT))] = not lost
    hold(kept, 1.0)
    assert len(kept) >= 250


@pytest.mark.parametrize(
    ("kind", "floor"), [("text", 0.97), ("author-written text alternative", 0.955)]
)
def test_pages_read_like_the_text_beside_them(kind: str, floor: float) -> None:
    shares = []
    for pair in expected("html_text_pairs"):
        if pair["fmt"] == kind:
            want = Counter(_words(_page(ROOT / pair["expected"])))
            found = Counter(_words(render(_page(ROOT / pair["html"])).text))
            shares.append((want & found).total() / want.total() if want else 1.0)
    mean = sum(shares) / len(shares)
    print(f"{len(shares)} pages, {mean:.2%} of their words, at least {min(shares):.2%}")
    assert mean >= floor


def test_delivery_failures_are_recognised() -> None:
    failed, other, statuses, finality, named = {}, {}, {}, {}, {}
    for case in expected("bounces"):
        name, recipients = case["file"], case["recipients"]
        raw = (corpora("bounces").parent / name).read_bytes()
        bounce = read_mail(raw).bounce
        if all(one["reason"] in ("delivered", "feedback", "vacation") for one in recipients):
            other[name] = bounce is None
            continue
        failed[name] = bounce is not None
        if bounce is None:
            continue
        # A status that is not written in the mail was made up by who expects it.
        written = {one["dsn"] for one in recipients if one["dsn"] and one["dsn"].encode() in raw}
        if written:
            statuses[name] = bounce.status in written
        finality[name] = bounce.hard in {one["hardbounce"] for one in recipients}
        named[name] = "@" in bounce.recipient
    hold(failed, 1.0)
    hold(other, 1.0)
    hold(statuses, 0.98)
    hold(finality, 0.99)
    hold(named, 1.0)
