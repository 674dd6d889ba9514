"""`>` lines that nothing introduces: an old mail, or something the sender pasted or typed?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.email.replies.attribution import attribution
from connectors.email.replies.header_block import header_block, label_kind
from connectors.email.replies.markers import separator

_NEW, _BLANK, _QUOTE = "n", "b", "q"
_RUN = re.compile(f"{_QUOTE}[{_QUOTE}{_BLANK}]*")
_PROMPT = re.compile(r">>>(?: |$)")


def pasted(lines: Sequence[str], kinds: str, *, reply: bool) -> str:
    """The kinds with those quotes made new text that no mail program made.

    `reply`: the mail may answer another one."""
    runs = list(_RUN.finditer(kinds))
    if any(header_block(lines, run.start()) or separator(lines, run.start()) for run in runs[:20]):
        return kinds
    if not reply or _NEW not in kinds:
        return kinds.replace(_QUOTE, _NEW)
    for run in reversed(runs):
        said = [line for line in lines[run.start() : run.end()] if line.strip("> \t")]
        last = not kinds[run.end() :].strip(_BLANK)
        above = lines[run.start() - 1].rstrip() if run.start() else ""
        if (
            (said and all(_PROMPT.match(line) for line in said))
            # "Here is the log:"
            or above.endswith((":", "："))
        ) or (
            # One line alone at the end is no mail that is answered.
            len(runs) == 1 and last and run.group().count(_QUOTE) == 1
        ):
            visible = run.group().replace(_QUOTE, _NEW)
            kinds = kinds[: run.start()] + visible + kinds[run.end() :]
    return kinds


def pasted_above(lines: Sequence[str], kinds: str) -> str:
    """The kinds with what is pasted above an introduced quote made new: "Here is the log:"
    and `>` lines, or a Python session in the middle of a text."""
    for run in list(_RUN.finditer(kinds)):
        if not lines[run.start()].lstrip().startswith(">"):
            break  # the introduction
        above = lines[run.start() - 1].rstrip() if run.start() else ""
        spaced = bool(run.start()) and not above
        if spaced and run.start() > 1:
            above = lines[run.start() - 2].rstrip()
        quoted = run.group().rstrip(_BLANK)
        said = [line for line in lines[run.start() : run.start() + len(quoted)] if line.strip()]
        session = not spaced and all(_PROMPT.match(line) for line in said)
        if _NEW in kinds[: run.start()] and (session or _announces(above)):
            visible = run.group().replace(_QUOTE, _NEW)
            kinds = kinds[: run.start()] + visible + kinds[run.end() :]
    return kinds


def pasted_headers(lines: Sequence[str], kinds: str) -> str:
    """The kinds for a mail that answers nothing and passes nothing on: a header block below a
    line that announces it is what its sender shows us, and what follows is the sender's."""
    at = kinds.find(_QUOTE)
    above = at - 1
    while above >= 0 and kinds[above] == _BLANK:
        above -= 1
    if above < 0 or kinds[above] != _NEW or not lines[above].rstrip().endswith((":", "：")):
        return kinds
    if not label_kind(lines[at]) or lines[at].lstrip()[:1] == ">":
        return kinds
    return kinds[:at] + kinds[at:].replace(_QUOTE, _NEW)


def _announces(line: str) -> bool:
    """A line with a colon that introduces no mail: no sender, no time, nobody who wrote."""
    return line.endswith((":", "：")) and attribution([line], 0, 0, quoted=True) < 0
