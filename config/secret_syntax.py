"""References to secrets as they stand in config.toml: `keyring:omnitui/support`."""

from __future__ import annotations

import re
import shlex
from typing import Literal, get_args

from config.i18n import _
from config.problems import BadValue
from config.secret_ref import SecretRef

Scheme = Literal["keyring", "env", "file", "credential", "command"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
KEYRING_SERVICE = "omnitui"
_CREDENTIAL = re.compile(r"(?!\.)[A-Za-z0-9_.@-]{1,200}")


def parse_ref(text: str) -> SecretRef:
    """Take a reference apart. Raises `BadValue`, whose sentence never repeats `text`:
    what is no reference is most likely the secret itself."""
    scheme, colon, value = text.partition(":")
    scheme, value = scheme.strip(), value.strip()
    for known in SCHEMES:
        if colon and scheme == known:
            _check(known, value)
            return SecretRef(known, value)
    raise BadValue(
        _("a secret must not stand in the configuration."),
        _(
            "Move it out: `omnitui init` does it for you; or run `keyring set omnitui NAME` and"
            ' write "keyring:omnitui/NAME" here; or write "env:VARIABLE", "file:/path/to/it"'
            ' (readable by you alone) or "command:pass show NAME". Then change the secret, since'
            " it has been in a file."
        ),
    )


def keyring_entry(value: str) -> tuple[str, str]:
    """`omnitui/support` → service and user name; without a slash the service is omnitui."""
    service, slash, user = value.partition("/")
    return (service, user) if slash else (KEYRING_SERVICE, service)


def _check(scheme: Scheme, value: str) -> None:
    if not value or "\0" in value:
        raise BadValue(
            _("“{scheme}:” names nothing.").format(scheme=scheme),
            _('Write for example "{example}".').format(example=_EXAMPLES[scheme]),
        )
    if scheme == "env" and not value.replace("_", "a").isalnum():
        raise BadValue(
            _("“env:” needs the name of an environment variable, not a value."),
            _('Write for example "{example}".').format(example=_EXAMPLES[scheme]),
        )
    if scheme == "keyring" and not all(keyring_entry(value)):
        raise BadValue(
            _("“keyring:” needs a service and a name, parted by a slash."),
            _('Write for example "{example}".').format(example=_EXAMPLES[scheme]),
        )
    if scheme == "credential" and not _CREDENTIAL.fullmatch(value):
        raise BadValue(
            _("“credential:” needs the name of a systemd credential, not a path."),
            _('Write for example "{example}".').format(example=_EXAMPLES[scheme]),
        )
    if scheme == "command":
        try:
            shlex.split(value)
        except ValueError:
            raise BadValue(
                _("the command after “command:” has a quote that does not end.")
            ) from None


_EXAMPLES: dict[Scheme, str] = {
    "keyring": "keyring:omnitui/support",
    "env": "env:SUPPORT_PASSWORD",
    "file": "file:/run/credentials/support",
    "credential": "credential:support",
    "command": "command:pass show support",
}
