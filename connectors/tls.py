"""The one TLS set-up of all channels: certificates and host names are always verified."""

from __future__ import annotations

import ssl
from pathlib import Path

from config.i18n import _
from connectors.contract import Misconfigured


def client_context(ca: Path | None) -> ssl.SSLContext:
    """Trusts the system's authorities and, where `ca` names a file, the ones in it too.

    Reads files: takes some milliseconds. Raises `Misconfigured`.
    """
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(cafile=str(ca))
        except FileNotFoundError:
            raise Misconfigured(
                _("There is no file {path}; correct tls_ca.").format(path=ca)
            ) from None
        except (OSError, ssl.SSLError) as error:
            raise Misconfigured(
                _("{path} holds no certificate in PEM form ({why}); correct tls_ca.").format(
                    path=ca, why=error.strerror or error
                )
            ) from None
    return context
