"""Which connector serves which channel: entry points in the group `omnitui.connectors`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points

from config.i18n import _
from config.model import AccountSettings
from connectors.contract import Connector, Misconfigured

GROUP = "omnitui.connectors"

Factory = Callable[[str, AccountSettings], Connector]


class Connectors:
    """Installed connectors; each is imported when its first account needs it."""

    def __init__(self, extra: Mapping[str, Factory] | None = None) -> None:
        self._extra = dict(extra or {})
        self._found: Mapping[str, EntryPoint] | None = None

    def names(self) -> list[str]:
        return sorted({*self._extra, *self._entry_points()})

    def build(self, settings: AccountSettings) -> Connector:
        """The connector for an account. Raises `Misconfigured` for a channel nobody serves,
        and whatever the connector raises for settings it cannot work with."""
        factory = self._extra.get(settings.channel)
        if factory is None:
            entry = self._entry_points().get(settings.channel)
            if entry is None:
                raise Misconfigured(
                    _(
                        "No connector is installed for the channel “{channel}” (there is: {names})."
                    ).format(channel=settings.channel, names=", ".join(self.names()))
                )
            factory = entry.load()
        return factory(settings.name, settings)

    def _entry_points(self) -> Mapping[str, EntryPoint]:
        if self._found is None:
            self._found = {entry.name: entry for entry in entry_points(group=GROUP)}
        return self._found
