"""What stands on the command line of `omnitui init`, read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from config import secrets
from config.home import absolute
from config.i18n import _
from config.problems import BadValue
from config.secret_ref import SecretRef
from config.secret_syntax import parse_ref
from omnitui.cli.failure import Failure, WrongUsage
from omnitui.cli.init_plan import Secret


def secret_from(text: str, option: str, variable: str) -> Secret:
    """A reference as it stands on the command line, or “-” for a line on standard input."""
    if text == "-":
        typed = sys.stdin.readline().rstrip("\r\n")
        if not typed:
            raise Failure(_("There was no password on standard input."))
        return Secret(SecretRef("env", variable), typed)
    try:
        ref = parse_ref(text)
    except BadValue:
        raise WrongUsage(
            _("{option} needs keyring:…, env:…, file:…, command:… or “-”, never the secret itself.")
            .format(option=option)
        ) from None  # fmt: skip
    if ref.scheme == "file":
        ref = SecretRef("file", str(absolute(Path(ref.value))))
    secrets.resolve(ref)
    return Secret(ref)


def given(value: str | None, read: Any, option: str) -> Any:
    """What an option says, or None. Raises `WrongUsage`."""
    if value is None:
        return None
    try:
        return read(value)
    except BadValue as bad:
        option = option if option.startswith("--") else f"--{option}"
        raise WrongUsage(f"{option}: {bad.sentence} {bad.hint}".strip()) from None
