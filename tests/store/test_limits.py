"""SQLite compiles a statement anew each time that a parameter which is its whole LIMIT is bound, in
case a small number asks for another plan (sqlite3VdbeSetVarmask, 3.50 and later): twice the time of
a small query. `LIMIT +?` is the same without that."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
BARE = re.compile(r"LIMIT [?:]")


def test_no_limit_is_a_bare_parameter() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for top in ("store", "omnitui")
        for path in sorted((ROOT / top).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if BARE.search(line)
    ]
    assert found == []
