"""text/plain; format=flowed (RFC 3676): soft line breaks joined, quote depths kept."""

from __future__ import annotations


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Lines ending in a space are joined with the next of the same quote depth."""
    if " \n" not in text and "\n " not in text and not text.startswith(" "):
        return text
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = 0
        if line[:1] == ">":
            depth = len(line) - len(line.lstrip(">"))
            line = line[depth:]
        if line[:1] == " ":
            line = line[1:]
        flows = line.endswith(" ") and line != "-- "
        if flows and delete_space:
            line = line[:-1]
        if depth == open_depth and line != "-- ":
            out[-1] += line
        else:
            out.append(f"{'>' * depth} {line}" if depth else line)
        open_depth = depth if flows else -1
    return "\n".join(out)
