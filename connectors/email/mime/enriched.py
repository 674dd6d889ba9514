"""text/enriched (RFC 1896) and its ancestor text/richtext (RFC 1341) as plain text."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"<<|<(/?)([A-Za-z0-9-]{1,60})>|\n+|[^<\n]+|<")


def plain_text(text: str, *, richtext: bool = False) -> str:
    """Single line ends are spaces; excerpts become `> ` quotes; formatting is dropped."""
    out: list[str] = []
    nofill = parameters = excerpts = 0
    for match in _TOKEN.finditer(text):
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
