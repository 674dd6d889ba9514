"""Replies composed as mail programs compose them: text, HTML, every language of the table.

`reply_table.toml` holds what the programs write, taken from their own translations where
these are public. A case says what was newly written; the rest must land elsewhere.
"""

# ruff: noqa: E501 - what programs write stands on one line, as they write it
from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import Any

ADDRESS = "ann@example.org"


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    """Language, shape and number: `uk bare 3`."""
    body: str
    new: str
    """What the sender newly wrote."""
    html: bool = False
    signature: str = ""
    old: str = ""
    """A line that may not be shown as new."""


def table() -> dict[str, dict[str, Any]]:
    path = Path(__file__).with_name("reply_table.toml")
    return tomllib.loads(path.read_text("utf-8"))


def cases(only: str = "") -> Iterator[Case]:
    """Every combination of language, introduction and shape; of one language when named."""
    for language, row in table().items():
        if only and language != only:
            continue
        for case in (*_plain(row), *_html(row)):
            yield Case(
                f"{language} {case.name}",
                case.body,
                case.new,
                case.html,
                case.signature,
                row["old"][1],
            )


def _plain(row: dict[str, Any]) -> Iterator[Case]:
    new: str = row["new"]
    first, last = new.split("\n\n")
    old: list[str] = row["old"]
    bare = "\n\n".join(old)
    marked = "> " + "\n>\n> ".join(old)
    intros = [_filled(each, row) for each in row["attributions"]]
    for number, intro in enumerate(intros):
        yield Case(f"marked {number}", f"{new}\n\n{intro}\n\n{marked}\n", new)
        yield Case(f"close {number}", f"{new}\n\n{intro}\n{marked}\n", new)
        yield Case(f"bare {number}", f"{new}\n\n{intro}\n\n{bare}\n", new)
        yield Case(f"below {number}", f"{intro}\n{marked}\n\n{new}\n", new)
        yield Case(
            f"between {number}",
            f"{intro}\n\n> {old[0]}\n\n{first}\n\n> {old[1]}\n\n{last}\n",
            new,
        )
        wrapped = "\n".join(wrap(intro, 44, break_long_words=False, break_on_hyphens=False))
        if len(intro) > 44 and "\n" not in intro:
            yield Case(f"wrapped {number}", f"{new}\n\n{wrapped}\n\n{marked}\n", new)
            yield Case(f"wrapped bare {number}", f"{new}\n\n{wrapped}\n\n{bare}\n", new)
        nbsp = intro.replace(" ", "\u00a0")
        yield Case(f"nbsp {number}", f"{new}\n\n{nbsp}\n\n{marked}\n", new)
        mailto = intro.replace(f"<{ADDRESS}>", f"<{ADDRESS} <mailto:{ADDRESS}>>")
        yield Case(f"mailto {number}", f"{new}\n\n{mailto}\n\n{marked}\n", new)
        starred = f"*{intro}*" if "\n" not in intro else intro
        yield Case(f"starred {number}", f"{new}\n\n{starred}\n\n{marked}\n", new)
        yield Case(
            f"after device {number}",
            f"{new}\n\n{row['devices'][0]}\n\n{intro}\n\n{marked}\n",
            new,
            signature=row["devices"][0],
        )
        closing = f"{row['closing']},\n{row['name']}"
        if row["name"] != "김예시":  # Korean closings say thank you, which is shown.
            yield Case(
                f"closed {number}",
                f"{new}\n\n{closing}\n\n{intro}\n\n{marked}\n",
                new,
                signature=closing,
            )
    for number, intro in enumerate(_filled(each, row) for each in row["weak"]):
        yield Case(f"weak {number}", f"{new}\n\n{intro}\n\n{marked}\n", new)
    for number, block in enumerate(_filled(each, row) for each in row["blocks"]):
        yield Case(f"block {number}", f"{new}\n\n{block}\n\n{bare}\n", new)
        spaced = block.replace(":", "\u00a0:")
        starred = "\n".join(_starred(line) for line in block.split("\n"))
        yield Case(f"bold {number}", f"{new}\n\n{starred}\n\n{bare}\n", new)
        gaps = block.replace("\n", "\n\n")
        if block[0] in "-_":
            yield Case(f"gaps {number}", f"{new}\n\n{gaps}\n\n{bare}\n", new)
        if "mailto" not in block and "10:00" not in block:
            yield Case(f"spaced {number}", f"{new}\n\n\n{spaced}\n\n{bare}\n", new)
    for number, device in enumerate(row["devices"]):
        sign = device.removeprefix("-- \n")
        yield Case(f"device {number}", f"{new}\n\n{device}\n", new, signature=sign)
        yield Case(
            f"device above {number}",
            f"{new}\n\n{device}\n\n{intros[0]}\n\n{marked}\n",
            new,
            signature=sign,
        )
    yield Case("signed", f"{new}\n\n-- \n{row['name']}\nAcme\n", new, signature=row["name"])


def _html(row: dict[str, Any]) -> Iterator[Case]:
    new: str = row["new"]
    old: list[str] = row["old"]
    written = "".join(f"<div>{each or '<br>'}</div>" for each in new.split("\n"))
    bare = "".join(f"<p>{escape(each)}</p>" for each in old)
    for number, each in enumerate(row["attributions"]):
        intro = escape(_filled(each, row)).replace("\n", "<br>")
        for program, page in _QUOTING.items():
            body = page.format(new=written, intro=intro, old=bare)
            yield Case(f"{program} {number}", body, new, html=True)
    for number, each in enumerate(row["blocks"]):
        block = _filled(each, row)
        lines = [_label_bold(line) for line in block.split("\n")]
        for program, page in _BLOCKS.items():
            if program != "lines" and ":" not in lines[0]:
                continue
            body = page.format(
                new=written, lines="<br>".join(lines), old=bare,
                paragraphs="".join(f'<p class="MsoNormal">{each}</p>' for each in lines),
            )  # fmt: skip
            yield Case(f"{program} {number}", body, new, html=True)


def _starred(line: str) -> str:
    label, colon, rest = line.partition(":")
    return f"*{label}:*{rest}" if colon and len(label) < 30 and label[0] not in "-_#>" else line


def _label_bold(line: str) -> str:
    label, colon, rest = line.partition(":")
    return f"<b>{escape(label)}:</b>{escape(rest)}" if colon and len(label) < 30 else escape(line)


def _filled(text: str, row: dict[str, Any]) -> str:
    return text.replace("{n}", row["name"]).replace("{m}", ADDRESS)


_QUOTING = {
    "gmail": '<div dir="ltr">{new}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
    '{intro}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">{old}</blockquote></div>',
    "gmail extra": '<div dir="ltr">{new}</div><br><div class="gmail_extra"><br><div class="gmail_quote">{intro}<br>'
    '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid">{old}</blockquote></div></div>',
    "apple": '<html><body style="word-wrap: break-word;">{new}<br><div><br><blockquote type="cite"><div>{intro}</div>'
    '<br class="Apple-interchange-newline"><div>{old}</div></blockquote></div><br></body></html>',
    "ios": '<html><body dir="auto">{new}<div dir="ltr"></div><div dir="ltr"><br><blockquote type="cite">{intro}<br>'
    '<br></blockquote></div><blockquote type="cite"><div dir="ltr">{old}</div></blockquote></body></html>',
    "thunderbird": '{new}<br><div class="moz-cite-prefix">{intro}<br></div><blockquote type="cite" '
    'cite="mid:1@example.org">{old}</blockquote>',
    "yahoo": '<div class="ydp1yahoo-style-wrap"><div dir="ltr">{new}</div></div><div id="ydp9yahoo_quoted_1" '
    'class="ydp9yahoo_quoted"><div>{intro}</div><div><br></div><div>{old}</div></div>',
    "plain blockquote": "<div>{new}</div><div>{intro}</div><blockquote>{old}</blockquote>",
    "no quote": "<div>{new}</div><br><p>{intro}</p><div>{old}</div>",
    "spark": '<div name="messageBodySection">{new}</div><div name="messageReplySection">{intro}<br>'
    '<blockquote type="cite" style="border-left-style: solid; border-width: 1px;">{old}</blockquote></div>',
}
_BLOCKS = {
    "outlook": '<div class="WordSection1">{new}<p class="MsoNormal">&nbsp;</p><div><div style="border:none;border-top:'
    'solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{lines}</p></div></div>{old}</div>',
    "owa": '<div>{new}</div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">'
    "<font>{lines}</font><div>&nbsp;</div></div><div>{old}</div>",
    "outlook mobile": '<div>{new}</div><div id="mail-editor-reference-message-container"><div>{lines}<br></div>{old}</div>',
    "lines": "<div>{new}</div><br><div>{lines}</div><br><div>{old}</div>",
    "paragraphs": "<div>{new}</div>{paragraphs}<p>&nbsp;</p>{old}",
    "rule": '<div>{new}</div><hr tabindex="-1"><div>{lines}</div><br><div>{old}</div>',
}
