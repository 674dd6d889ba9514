"""`>` lines that nothing introduces: an old mail, or something the sender pasted or typed?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.email.replies.header_block import header_block
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
