"""A process that renews an account's tokens: `python -m … URL TOKEN_FILE TIMES`."""

from __future__ import annotations

import sys
from pathlib import Path

from config.model import EmailAccount, OAuthSettings, ServerUrl
from config.token_store import TokenStore
from connectors.email.login.oauth import AccessTokens


def main() -> None:
    url, token_file, times = sys.argv[1:]
    oauth = OAuthSettings(
        "custom", "omnitui-desk", f"{url}/token", Path(token_file), scopes=("mail",)
    )
    server = ServerUrl("imaps", "localhost", 993, "support@example.test")
    account = EmailAccount(
        "support", "support@example.test", "", server, server, None, None, oauth=oauth
    )
    for _ in range(int(times)):
        AccessTokens(account, TokenStore(oauth)).renewed(forced=True)


if __name__ == "__main__":
    main()
