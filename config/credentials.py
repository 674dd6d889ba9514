"""systemd's credentials: `credential:support` is `$CREDENTIALS_DIRECTORY/support`.

systemd.exec(5): root's files are handed to one service, in memory, for as long as it runs. A
directory given as `LoadCredential=omnitui:DIRECTORY` has its files there as `omnitui_NAME`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from config.i18n import _
from config.secret_ref import SecretError, SecretRef

VARIABLE = "CREDENTIALS_DIRECTORY"
LOADED_AS = "omnitui"
FOLDER = "credentials"
"""Beside team.toml: what root keeps for the engine's service."""

_kept_in: Path | None = None


def keep_in(directory: Path | None) -> None:
    """Where root's own `init` and `doctor` find and put them: nothing is handed to those."""
    global _kept_in
    _kept_in = directory


def path_of(ref: SecretRef) -> Path:
    """The file of a credential. Raises `SecretError` where this process has none of that name."""
    given = os.environ.get(VARIABLE)
    if given:
        for name in (ref.value, f"{LOADED_AS}_{ref.value}"):
            with suppress(OSError):  # another service's: not even looked into
                if (path := Path(given, name)).exists():
                    return path
    if _kept_in is not None:
        return _kept_in / ref.value
    raise SecretError(
        ref,
        _("There is no credential “{name}”: the engine's service is given it by systemd"
          " (LoadCredential=), other programs are not.").format(name=ref.value),
    )  # fmt: skip


def to_keep(ref: SecretRef) -> Path:
    """Where to write a credential. Raises `SecretError` for everybody but root's own tools."""
    if _kept_in is None:
        raise SecretError(
            ref, _("{ref} can be changed by root alone: “sudo omnitui init”.").format(ref=ref)
        )
    return _kept_in / ref.value
