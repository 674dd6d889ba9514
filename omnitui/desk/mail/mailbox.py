"""The mailbox that writes to the customers of a chat account."""

from __future__ import annotations

from config.model import EmailAccount, WebchatAccount
from omnitui.desk.context import Desk
from store import accounts
from store.errors import NotFound
from store.model import Account


def mailbox_for(desk: Desk, account: Account) -> Account | None:
    """What the account's setting `follow_up_account` names, else the first mailbox in the
    configuration; None where there is none, or that is no mailbox."""
    settings = desk.config.accounts.get(account.name)
    wanted = settings.follow_up_account if isinstance(settings, WebchatAccount) else ""
    names = [wanted] if wanted else list(desk.config.accounts)
    for name in names:
        if isinstance(desk.config.accounts.get(name), EmailAccount):
            try:
                return accounts.get(desk.db, name)
            except NotFound:
                return None  # no engine has served it yet
    return None


def company_of(desk: Desk, account: Account) -> str:
    """What customers of a chat account know us as."""
    return account.display_name or desk.config.desk.name or account.name
