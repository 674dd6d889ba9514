"""Who writes, as the customer reads it: the agent's name, the sender and the signature."""

from __future__ import annotations

import pwd
import re
from collections.abc import Mapping

from config.model import Config, EmailAccount
from omnitui.desk.channel import capabilities
from omnitui.desk.context import Desk
from store.model import Account, Address

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SENDER = "{agent} via {company}"

HOOK = "hook:"
"""How the name begins under which a hook acts."""


def agent_name(desk: Desk) -> str:
    """What customers and colleagues read; for a hook the desk's own name."""
    return desk.config.desk.name if _is_hook(desk) else name_of(desk.config, desk.agent)


def name_of(config: Config, agent: str) -> str:
    """The desk's name for an agent, else the full name in passwd, else the Unix user's name."""
    known = config.agents.get(agent)
    if known is not None and known.name:
        return known.name
    try:
        entry = pwd.getpwnam(agent)
    except (KeyError, ValueError):
        return agent
    full = entry.pw_gecos.partition(",")[0].strip()
    return full.replace("&", agent.capitalize()) or agent


def sender_of(desk: Desk, account: Account) -> Address:
    """“Agent via Company”, or as the account's `sender_name` has it; in Telegram the bot's own
    name, for nothing else is shown there."""
    settings = _settings(desk, account)
    pattern = settings.sender_name if settings is not None else _SENDER
    if account.channel == "telegram" or _is_hook(desk):
        pattern = "{company}"
    name = _filled(pattern, _names(desk, account))
    return Address(account.address, " ".join(name.split()))


def signature_of(desk: Desk, account: Account) -> str:
    """What stands under a mail of this agent over this account; "" on other channels."""
    if not capabilities(account).subject:
        return ""
    names = _names(desk, account)
    known = None if _is_hook(desk) else desk.config.agents.get(desk.agent)
    own = _filled(known.signature, names).strip("\n") if known is not None else ""
    settings = _settings(desk, account)
    pattern = settings.signature if settings is not None else ""
    if "{signature}" in pattern or not own:
        return _filled(pattern, {**names, "signature": own}).strip("\n")
    shared = _filled(pattern, names).strip("\n")
    return "\n".join(part for part in (own, shared) if part)


def _is_hook(desk: Desk) -> bool:
    """A hook's commands, or its program by the command line: nobody signs that."""
    return bool(desk.hook) or desk.agent.startswith(HOOK)


def _settings(desk: Desk, account: Account) -> EmailAccount | None:
    found = desk.config.accounts.get(account.name)
    return found if isinstance(found, EmailAccount) else None


def _names(desk: Desk, account: Account) -> dict[str, str]:
    name = desk.config.desk.name
    return {"agent": agent_name(desk), "company": account.display_name or name, "desk": name}


def _filled(pattern: str, names: Mapping[str, str]) -> str:
    """In one pass: what a name holds is never filled in itself."""
    return _PLACEHOLDER.sub(lambda found: names.get(found[1], found[0]), pattern)
