"""Replies with quotes and signatures, split by what the authors of three libraries expect.

White space does not count. The floors are a case or two below what was measured; what is
missed is told case by case in docs/email.md.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from connectors.email.html.render import render
from connectors.email.replies.quote import Split, split_lines, split_text
from tests.corpora import corpora, expected, hold

pytestmark = pytest.mark.corpus

CHECK = re.compile(
    r"assert(?:True|In|NotIn)\((?P<text>.+?)(?: (?P<how>==|in|not in) |, )"
    r"mail\.replies\[(?P<reply>\d)\]\.body\)"
)


def _words(text: str) -> str:
    return " ".join(text.split())


def _read(folder: str, name: str) -> str:
    return (corpora("reply") / folder / name).read_text("utf-8").replace("\r\n", "\n")


def _split_html(page: str) -> Split:
    rendered = render(page)
    return split_lines(rendered.lines, rendered.marks)


def test_crisp() -> None:
    """The visible text of replies in 40 languages and programs."""
    fine = {}
    for case in expected("crisp_reply_parser"):
        text = _read("crisp-oss__email-reply-parser/test/fixtures", case["file"])
        found = split_text(text)
        new = _words(found.text)
        for rule, want in case.items():
            key = f"{case['test']} {case['file']} {rule}"
            if rule in ("visible_equals", "visible_equals_trimmed"):
                fine[key] = new == _words(want)
            elif rule == "first_fragment_equals":
                fine[key] = new.startswith(_words(want))
            elif rule == "first_fragment_matches":
                fine[key] = all(re.search(pattern, found.text) for pattern in want)
            elif rule == "fragments" and want == 1:
                fine[key] = new == _words(text)
    hold(fine, 0.93)
    assert len(fine) >= 70


def test_quotequail() -> None:
    """What is above and below quotes and forwarded mails, in plain text and in HTML."""
    fine = {}
    for number, case in enumerate(expected("quotequail")):
        want = case["expected"]
        plain: Callable[[str], str]
        if "text" in case:
            found, plain, whole = split_text(case["text"]), _as_is, case["text"]
        else:
            page = case.get("html") or _read("closeio__quotequail/tests/files", case["file"])
            found, plain, whole = _split_html(page), _of_page, page
        if isinstance(want, list):
            lines = case.get("expected_quote_intro_line", want)
            new = "\n".join(plain(text) for shown, text in lines if shown)
        elif want is None:
            new = plain(whole)
        else:
            part = partial(_part, want, "text" if "text" in case else "html")
            new = f"{plain(part('top'))}\n{plain(part('bottom'))}"
        fine[f"{case['test']} {number}"] = _bare(new) in (
            _bare(found.text),
            _bare(f"{found.text}\n{found.signature}"),
        )
    hold(fine, 0.97)
    assert len(fine) >= 39


def _part(want: Mapping[str, Any], kind: str, where: str) -> str:
    return want.get(f"{kind}_{where}") or ""


def _as_is(text: str) -> str:
    return text


def _of_page(page: str) -> str:
    return render(page).text


def _bare(text: str) -> str:
    """Without the line that only says that a signature follows."""
    return _words(re.sub(r"(?m)^-- ?$", "", text))


def test_mail_parser_reply() -> None:
    """Which texts are new and which old."""
    fine = {}
    for case in expected("mail_parser_reply"):
        found = split_text(_read("alfonsrv__mail-parser-reply/test/emails", case["file"]))
        new = _words(found.text)
        for check in case["checks"]:
            rule = CHECK.fullmatch(check)
            if not rule:
                continue
            text = _words(ast.literal_eval(rule["text"]))
            how = rule["how"] or ("not in" if "NotIn" in check else "in")
            if rule["reply"] != "0":
                if how != "not in":
                    old = _words(found.quoted.replace(">", ""))
                    # A greeting stands in both.
                    fine[f"{case['file']} {check}"] = (text not in new or len(text) < 5) and _words(
                        text.replace(">", "")
                    ) in old
            elif how == "==":
                fine[f"{case['file']} {check}"] = new == text.rstrip("- ")
            else:
                fine[f"{case['file']} {check}"] = (text in new) == (how == "in")
    hold(fine, 0.93)
    assert len(fine) >= 40
