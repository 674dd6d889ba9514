"""text/enriched (RFC 1896) and its ancestor text/richtext (RFC 1341) as plain text."""

from __future__ import annotations

import re

MAX_TOKENS = 700_000
MAX_RESULT = 8 << 20
"""Characters: a few bytes may stand for twenty quote marks."""
_TOKEN = re.compile(r"<<|<(/?)([A-Za-z0-9-]{1,60})>|\n+|[^<\n]+|<")


def plain_text(text: str, *, richtext: bool = False) -> str:
    """Single line ends are spaces; excerpts become `> ` quotes; formatting is dropped."""
    out: list[str] = []
    nofill = parameters = excerpts = size = 0
    for count, match in enumerate(_TOKEN.finditer(text)):
        size += len(out[-1]) if out else 0
        if count >= MAX_TOKENS or size > MAX_RESULT:
            out.append(text[match.start() :])
            break
        piece, closing, command = match.group(), match.group(1), (match.group(2) or "").lower()
        step = -1 if closing else 1
        if command == "nofill":
            nofill = max(0, nofill + step)
        elif command in ("param", "comment"):
            parameters = max(0, parameters + step)
        elif command == "excerpt":
            excerpts = min(max(0, excerpts + step), 20)
            _new_line(out, excerpts)
        elif command == "lt":
            out.append("<")
        elif command in ("nl", "np") or (command == "paragraph" and closing):
            out.append("\n" + "> " * excerpts)
        elif command or parameters:
            continue
        elif piece[0] == "\n":
            count = len(piece) if nofill else len(piece) - 1
            if richtext or not count:
                _space(out)
            else:
                out.append(("\n" + "> " * excerpts) * count)
        else:
            out.append("<" if piece == "<<" else piece)
    return "".join(out)


def _space(out: list[str]) -> None:
    if out and not out[-1].endswith((" ", "\n")):
        out.append(" ")


def _new_line(out: list[str], excerpts: int) -> None:
    if out and out[-1].rstrip("> ") != "\n":
        out.append("\n")
    out.append("> " * excerpts)
