"""Makes spec.json of the machine-readable Bot API specification: names, types, required flags and
the constants that tell subtypes apart; none of the prose.

    python -m tests.servers.bot_api.strip_spec PATH/TO/api.json

The source is github.com/PaulSonOfLars/telegram-bot-api-spec, MIT, © 2020 Paul Larsen; the licence
is in spec.LICENSE beside the result.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("spec.json")
_CONSTANT = re.compile(r"(?:, always |, must be |^Must be |^Always )[“\"*]*([a-z_]+|0)[”\"*]*")


def strip(api: dict[str, Any]) -> dict[str, Any]:
    """What the server needs of the specification."""
    return {
        "version": api["version"],
        "methods": {
            name: {"returns": method["returns"], "fields": _fields(method)}
            for name, method in api["methods"].items()
        },
        "types": {
            name: (
                {"subtypes": kind["subtypes"]}
                if kind.get("subtypes")
                else {"fields": _fields(kind)}
            )
            for name, kind in api["types"].items()
        },
    }


def _fields(owner: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: _field(each) for each in owner.get("fields", ())}


def _field(each: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"types": each["types"], "required": each["required"]}
    found = _CONSTANT.search(each["description"]) if each["required"] else None
    if found and each["name"] in ("type", "status", "source", "date"):
        kept["is"] = 0 if found[1] == "0" else found[1]
    return kept


def text(api: dict[str, Any]) -> str:
    """The file's content: one line for each method and type, so that changes can be read."""
    spec = strip(api)
    parts = [f'{{"version": {json.dumps(spec["version"])},']
    for kind in ("methods", "types"):
        lines = [f"{json.dumps(name)}: {json.dumps(each)}" for name, each in spec[kind].items()]
        parts.append(
            f'"{kind}": {{\n' + ",\n".join(lines) + ("\n}," if kind == "methods" else "\n}}")
        )
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(json.loads(Path(sys.argv[1]).read_text("utf-8"))), "utf-8")
