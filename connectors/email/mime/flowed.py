"""text/plain; format=flowed (RFC 3676): soft line breaks joined, quote depths kept."""

from __future__ import annotations


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Lines ending in a space are joined with the next of the same quote depth."""
    if " \n" not in text and "\n " not in text and not text.startswith(" "):
        return text
    out: list[str] = []
    paragraph: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = 0
        if line[:1] == ">":
            depth = len(line) - len(line.lstrip(">"))
            line = line[depth:]
        delimiter = line == "-- " or (depth > 0 and line == " -- ")
        if line[:1] == " ":
            line = line[1:]
        flows = line.endswith(" ") and not delimiter
        if flows and delete_space:
            line = line[:-1]
        if depth == open_depth and not delimiter:
            paragraph.append(line)
        else:
            if paragraph:
                out.append("".join(paragraph))
            paragraph = [f"{'>' * depth} {line}" if depth else line]
        open_depth = depth if flows else -1
    out.append("".join(paragraph))
    return "\n".join(out)


WIDTH = 72


def flow(text: str) -> str:
    """The reverse of `unflow`: lines of at most WIDTH characters where words allow it.

    Spaces at line ends are dropped, since they would mean a soft break."""
    return "\n".join(piece for line in text.split("\n") for piece in _flowed(line))


def _flowed(line: str) -> list[str]:
    if line == "-- ":
        return [line]
    line = line.rstrip(" ")
    if line[:1] != ">":
        return [_stuffed(piece) for piece in _broken(line, WIDTH)]
    depth = len(line) - len(line.lstrip(">"))
    rest = line[depth:].removeprefix(" ")
    if not rest:
        return [line[:depth]]
    return [
        f"{line[:depth]} {piece}" for piece in _broken(rest, max(WIDTH - depth - 1, WIDTH // 2))
    ]


def _broken(line: str, width: int) -> list[str]:
    """Pieces that end in a space, but for the last."""
    pieces: list[str] = []
    while len(line) > width:
        at = line.rfind(" ", 1, width)
        if at <= 0 or line[:at].strip(" ") == "--":
            at = line.find(" ", width)
        # A run of spaces stays whole, and no piece may look like a signature's delimiter.
        while 0 < at < len(line) - 1 and line[at + 1] == " ":
            at += 1
        if at <= 0 or at >= len(line) - 1 or not line[at + 1 :].strip(" "):
            break
        pieces.append(line[: at + 1])
        line = line[at + 1 :]
    pieces.append(line)
    return pieces


def _stuffed(piece: str) -> str:
    """RFC 3676 §4.4."""
    if piece[:1] in (" ", ">") or piece.startswith("From ") or piece == "-- ":
        return f" {piece}"
    return piece
