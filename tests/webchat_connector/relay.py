"""A real relay with a site for each test, and what its visitors see."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.webchat_relay.server import ORIGIN, RelayProcess, Visitor

SITES = tuple(f"site{n}" for n in range(40))


def relay_with_sites(directory: Path) -> tuple[RelayProcess, dict[str, str]]:
    """Not started. The second value is site → desk token."""
    directory.mkdir(mode=0o700)
    tokens = {site: secrets.token_urlsafe(32) for site in SITES}
    lines = []
    for site, token in tokens.items():
        path = directory / f"{site}.token"
        path.write_text(token)
        path.chmod(0o600)
        lines += [f"[relay.sites.{site}]", f'desk_token = "file:{path}"']
        lines += [f'allowed_origins = ["{ORIGIN}"]']
    return RelayProcess(directory, acme="\n".join(lines)), tokens


def answers(visitor: Visitor) -> list[str]:
    """What agents wrote, as it stands now."""
    return [
        each["text"]
        for each in visitor.messages.values()
        if each["from"] == "agent" and not each.get("deleted")
    ]
