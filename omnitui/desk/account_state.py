"""Why an account is in the state that it is in, in the language of who reads it."""

from __future__ import annotations

from config.told import in_own_language
from store.model import Account


def why(account: Account) -> str:
    """The engine's sentence; as the engine said it where it does not say what that is made of."""
    return in_own_language(account.state_source, account.state_reason)
