"""What is the desk's own and stands in customers' texts, too: in what they quote, and in what they
say about it. It says nothing of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.model import EmailAccount
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.context import Desk
from omnitui.desk.persons.colleagues import is_colleague
from omnitui.desk.persons.evidence import phones
from omnitui.desk.persons.evidence.stated import Reading, Stated


@dataclass(slots=True)
class Ours:
    """The desk's addresses and telephones."""

    desk: Desk
    own: OwnAddresses
    _phones: frozenset[str] | None = field(default=None)

    def __contains__(self, stated: Stated) -> bool:
        if stated.kind == "email":
            return is_colleague(self.desk, self.own, stated.value)
        return stated.kind == "phone" and stated.value in self._known_phones()

    def _known_phones(self) -> frozenset[str]:
        """Those under our own mails."""
        if self._phones is None:
            config, region = self.desk.config, Reading.of(self.desk).region
            signatures = [agent.signature for agent in config.agents.values()]
            signatures += [
                account.signature
                for account in config.accounts.values()
                if isinstance(account, EmailAccount)
            ]
            self._phones = frozenset(
                number
                for signature in signatures
                for number, _written in phones.in_text(signature, region)
            )
        return self._phones
