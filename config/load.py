"""Read config.toml into `Config`, or say everything that is wrong with it at once.

Runs at every start of every program, so it imports little and looks nothing up: no
keyring, no network, no connector.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config import settings, values
from config.home import absolute
from config.i18n import _
from config.model import (
    AccountSettings,
    AgentSettings,
    Config,
    CustomerField,
    CustomerSettings,
    DeskSettings,
    EmailAccount,
    Home,
    Keymap,
    OAuthSettings,
    OtherAccount,
    RetentionSettings,
    ServerUrl,
    TelegramAccount,
    WebchatAccount,
)
from config.problems import BadValue, ConfigError, Problem, nearest
from config.retention_settings import RETENTION
from config.setting import Setting
from config.source import Source, dotted, read_source
from config.values import Read

if TYPE_CHECKING:
    from config.relay import RelaySettings

__all__ = ["ConfigError", "Problem", "load"]

_NAME = re.compile(r"[\w.+-]+")
_EMAIL = {setting.key for setting in settings.EMAIL} | {"oauth"}
Path_ = tuple[str, ...]


def load(home: Home) -> Config:
    """The desk's settings; without a file the defaults, which have no accounts.

    Raises `ConfigError` with every problem found, in the order of the file.
    """
    source = read_source(home.config_file)
    if source is None:
        return Config(path=None, home=home)
    config = _Reader(source, home).config()
    errors = [p for p in source.problems if p.severity == "error"]
    if errors:
        raise ConfigError(sorted(errors, key=lambda p: (p.line or 0, p.key)))
    return config


class _Reader:
    def __init__(self, source: Source, home: Home) -> None:
        self.source = source
        self.home = home

    def config(self) -> Config:
        data = self.source.data
        self.unknown((), data, settings.SECTIONS, also=[s.key for s in settings.DESK])
        desk = self.section(("desk",), settings.DESK)
        accounts = {
            name: account
            for name in self.tables(("accounts",))
            if (account := self.account(name)) is not None
        }
        self.follow_ups_fit(accounts)
        agents = {
            name: AgentSettings(**read)
            for name in self.tables(("agents",))
            if (read := self.section(("agents", name), settings.AGENT)) is not None
        }
        customers = self.customers() if "customers" in data else CustomerSettings()
        views = self.named(("views",), values.filled, strict=False)
        macros = self.named(("macros",), values.command_lines)
        filters = self.named(("filters",), values.argv)
        keys = self.keys()
        retention = self.section(("retention",), RETENTION) if "retention" in data else None
        relay = self.relay() if "relay" in data else None
        return Config(
            path=self.source.path,
            home=self.home,
            desk=DeskSettings(**(desk or {})),
            accounts=accounts,
            agents=agents,
            customers=customers,
            keys=keys,
            views=views,
            macros=macros,
            filters=filters,
            retention=RetentionSettings(**(retention or {})),
            relay=relay,
            warnings=tuple(p for p in self.source.problems if p.severity == "warning"),
        )

    # Accounts

    def account(self, name: str) -> AccountSettings | None:
        path = ("accounts", name)
        table = self.source.data["accounts"][name]
        if not _NAME.fullmatch(name):
            self.source.report(
                path, _("an account's name is made of letters, digits, “-”, “_” and “.” only.")
            )
        channel = table.get("channel")
        known = settings.CHANNELS.get(channel) if isinstance(channel, str) else None
        if known is None:
            return self.other_account(path, table)
        if channel == "email":
            read = self.section(path, known, also=("oauth",))
            oauth = self.oauth(path, table) if "oauth" in table else None
            if not self.one_log_in(path, table) or read is None:
                return None
            return self.email_account(name, read, oauth)
        read = self.section(path, known)
        if channel == "telegram" and not self.telegram_fits(path, table, read):
            return None
        if read is None:
            return None
        if channel == "telegram":
            read.pop("channel")
            secret = self.home.state / "telegram" / f"{name}.webhook"
            return TelegramAccount(name=name, webhook_secret_file=secret, **read)
        read.pop("channel")
        return WebchatAccount(name=name, **read)

    def email_account(
        self, name: str, read: dict[str, Any], oauth: OAuthSettings | None
    ) -> EmailAccount:
        imap: ServerUrl = read["imap"]
        if not imap.user:
            read["imap"] = ServerUrl(imap.scheme, imap.host, imap.port, read["address"])
        read.pop("channel")
        read.setdefault("display_name", "")
        read.setdefault("password", None)
        read.setdefault("smtp_password", None)
        return EmailAccount(name=name, oauth=oauth, **read)

    def telegram_fits(
        self, path: Path_, table: Mapping[str, Any], read: Mapping[str, Any] | None
    ) -> bool:
        """Whether a bot's settings, each right by itself, go together."""
        before = len(self.source.problems)
        if "proxy_password" in table and "@" not in str(table.get("proxy", "")):
            self.source.report(
                (*path, "proxy_password"),
                _("there is no user in `proxy` whose password this could be."),
                _("Write it like {example}.").format(example='proxy = "http://user@host:3128"'),
            )
        from urllib.parse import urlsplit

        webhook = urlsplit(str((read or {}).get("webhook", "")))
        if webhook.netloc and "base_url" not in table:
            if webhook.scheme != "https":
                self.source.report((*path, "webhook"), _("Telegram calls https:// addresses only."))
            elif webhook.port not in (None, 443, 80, 88, 8443):
                self.source.report(
                    (*path, "webhook"), _("Telegram calls the ports 443, 80, 88 and 8443 only.")
                )
        return len(self.source.problems) == before

    def follow_ups_fit(self, accounts: Mapping[str, AccountSettings]) -> None:
        """Whether what visitors did not see has a mailbox to go out from."""
        mailboxes = [name for name, each in accounts.items() if isinstance(each, EmailAccount)]
        written = self.source.data.get("accounts")
        for name, account in accounts.items():
            if not isinstance(account, WebchatAccount) or not account.follow_up_account:
                continue
            wanted = account.follow_up_account
            is_there = isinstance(written, dict) and wanted in written
            if wanted in mailboxes or (is_there and wanted not in accounts):
                continue  # one with a mistake of its own is told of that
            near = nearest(wanted, mailboxes)
            self.source.report(
                ("accounts", name, "follow_up_account"),
                _("“{name}” is no mailbox under [accounts].").format(name=values.shown(wanted)),
                _("Did you mean “{near}”?").format(near=near) if near else "",
            )

    def one_log_in(self, path: Path_, table: Mapping[str, Any]) -> bool:
        """A mailbox is opened with a password or with OAuth, one of the two."""
        if ("password" in table) != ("oauth" in table):
            return True
        if "password" in table:
            self.source.report(
                (*path, "password"),
                _("there is a password here and OAuth in [{oauth}].").format(
                    oauth=dotted((*path, "oauth"))
                ),
                _("Keep one of the two."),
            )
        elif not any(nearest(key, ("password", "oauth")) for key in table if key not in _EMAIL):
            self.source.report(
                path,
                _("“password” is missing."),
                _('Add for example: password = "keyring:omnitui/{name}"; or, for OAuth, a table'
                  " [{oauth}].").format(name=path[-1], oauth=dotted((*path, "oauth"))),
            )  # fmt: skip
        return False

    def oauth(self, account: Path_, table: Mapping[str, Any]) -> OAuthSettings | None:
        from config.oauth_providers import ANY_TENANT, OAUTH_PROVIDERS
        from config.oauth_settings import OAUTH

        path = (*account, "oauth")
        read = self.section(path, OAUTH)
        if read is None:
            return None
        known = OAUTH_PROVIDERS.get(read["provider"])
        before = len(self.source.problems)
        for key in ("authorize_url", "token_url", "device_url"):
            if known is not None and key in read:
                self.source.report(
                    (*path, key),
                    _("this is for provider = “custom” only."),
                    _("Take it out: the addresses of “{provider}” are known.").format(
                        provider=read["provider"]
                    ),
                )
        if known is None:
            missing = [key for key in ("token_url", "scopes") if key not in read]
            if "authorize_url" not in read and "device_url" not in read:
                missing.append("device_url")
            for key in missing:
                example = next(s.example for s in OAUTH if s.key == key)
                self.source.report(
                    path,
                    _("“{key}” is missing.").format(key=key),
                    _("Add for example: {line}").format(line=f"{key} = {example}"),
                )
        if "tenant" in read and read["provider"] != "microsoft":
            self.source.report(
                (*path, "tenant"), _("this is for provider = “microsoft” only."), _("Take it out.")
            )
        if len(self.source.problems) > before:
            return None
        if known is not None:
            tenant = read.setdefault("tenant", ANY_TENANT) if "{tenant}" in known.token_url else ""
            for key in ("authorize_url", "token_url", "device_url"):
                read[key] = getattr(known, key).format(tenant=tenant)
            read.setdefault("scopes", known.scopes)
        return OAuthSettings(**read, token_file=self.home.state / "oauth" / f"{account[-1]}.json")

    def other_account(self, path: Path_, table: dict[str, Any]) -> OtherAccount | None:
        """A channel that we do not know: its connector knows its settings."""
        keys = {setting.key for setting in settings.OTHER}
        channel = table.get("channel")
        if isinstance(channel, str) and (near := nearest(channel, list(settings.CHANNELS))):
            self.source.report(
                (*path, "channel"),
                _("there is no channel “{name}”.").format(name=values.shown(channel)),
                _("Did you mean “{near}”?").format(near=near),
            )
            return None
        shared = self.section(path, settings.OTHER, open_ended=True)
        if shared is None:
            return None
        options = {key: value for key, value in table.items() if key not in keys}
        return OtherAccount(
            path[-1],
            shared["channel"],
            shared.get("address", ""),
            shared.get("display_name", ""),
            options,
        )

    # Customers

    def customers(self) -> CustomerSettings:
        from config.customer_settings import CUSTOMERS

        read = self.section(("customers",), CUSTOMERS, also=("fields",)) or {}
        fields = {
            key: found
            for key in self.tables(("customers", "fields"))
            if (found := self.customer_field(key)) is not None
        }
        return CustomerSettings(fields=fields, **read)

    def customer_field(self, key: str) -> CustomerField | None:
        from config.customer_settings import FIELD, OWN

        path = ("customers", "fields", key)
        before = len(self.source.problems)
        if not _NAME.fullmatch(key):
            self.source.report(
                path, _("a field's key is made of letters, digits, “-”, “_” and “.” only."),
                _("What people read goes into `label`."),
            )  # fmt: skip
        elif key.casefold() in OWN:
            self.source.report(
                path,
                _("every card has “{key}” already.").format(key=key),
                _("Choose another key; what people read goes into `label`."),
            )
        read = self.section(path, FIELD)
        if read is not None and "choices" in read:
            read.setdefault("type", "choice")
        if read is not None and (read.get("type") == "choice") != ("choices" in read):
            if "choices" in read:
                self.source.report(
                    (*path, "choices"),
                    _("this is for type = “choice” only."),
                    _('Write type = "choice", or take it out.'),
                )
            else:
                self.source.report(
                    path,
                    _("“{key}” is missing.").format(key="choices"),
                    _("Add for example: {line}").format(
                        line='choices = ["basic", "business", "enterprise"]'
                    ),
                )
        if read is None or len(self.source.problems) > before:
            return None
        return CustomerField(key=key, **{**read, "label": read.get("label") or key})

    # Relay

    def relay(self) -> RelaySettings | None:
        from config import relay_settings, relay_values
        from config.relay import RelayLimits, RelaySettings, RelaySite

        table = self.table(("relay",))
        if table is None:
            return None
        read = self.section(("relay",), relay_settings.RELAY, also=("limits", "sites")) or {}
        limits = self.section(("relay", "limits"), relay_settings.RELAY_LIMITS) or {}
        sites = {}
        for name in self.tables(("relay", "sites")):
            try:
                relay_values.site_name(name)
            except BadValue as bad:
                self.source.report(("relay", "sites", name), bad.sentence, bad.hint)
            site = self.section(("relay", "sites", name), relay_settings.RELAY_SITE)
            if site is not None:
                sites[name] = RelaySite(name=name, **site)
        return RelaySettings(limits=RelayLimits.of(limits), sites=sites, **read)

    # Keys

    def keys(self) -> Keymap:
        """The user's own bindings, with canonical keys; not merged with the defaults."""
        written: dict[str, dict[str, str]] = {}
        for context in self.tables(("keys",)):
            written[context] = self.named(("keys", context), values.one_line, strict=False)
        if not written:
            return Keymap()
        from config.keymap import check_keymap
        from config.keys import canonical

        problems = check_keymap(written)
        for found in problems:
            key = (found.key,) if found.key else ()
            path = ("keys", found.context, *key)
            self.source.report(path, found.sentence, found.hint, found.severity)
        wrong = {(p.context, p.key) for p in problems if p.severity == "error"}
        bindings = {
            context: {canonical(k): line for k, line in keys.items() if (context, k) not in wrong}
            for context, keys in written.items()
            if (context, "") not in wrong
        }
        return Keymap(bindings)

    # Tables

    def section(
        self,
        path: Path_,
        known: Sequence[Setting],
        *,
        also: Sequence[str] = (),
        open_ended: bool = False,
    ) -> dict[str, Any] | None:
        """The settings of one table, by field; None when one of them is wrong or missing."""
        table = self.table(path)
        if table is None:
            return None
        before = len(self.source.problems)
        meant: set[str] = set()
        if not open_ended:
            meant = self.unknown(path, table, [s.key for s in known], also=also)
        read: dict[str, Any] = {}
        for setting in known:
            if setting.key in table:
                value = self.value((*path, setting.key), setting.read)
                read[setting.into] = self.anchored(value)
            elif setting.required and setting.key not in meant:
                self.source.report(
                    path,
                    _("“{key}” is missing.").format(key=setting.key),
                    _("Add for example: {line}").format(line=f"{setting.key} = {setting.example}"),
                )
        return read if len(self.source.problems) == before else None

    def value(self, path: Path_, read: Read) -> Any:
        found: Any = self.source.data
        for part in path:
            found = found[part]
        try:
            return read(found)
        except BadValue as bad:
            self.source.report(path, bad.sentence, bad.hint)
            return None

    def anchored(self, value: Any) -> Any:
        """A relative path is relative to the file that names it, wherever the program runs."""
        if isinstance(value, Path) and not str(value).startswith("~"):
            return absolute(self.source.path.parent / value)
        return absolute(value) if isinstance(value, Path) else value

    def named(self, path: Path_, read: Read, *, strict: bool = True) -> dict[str, Any]:
        """A table of names that the user chose, all read alike."""
        found = {}
        for name in self.table(path) or {}:
            before = len(self.source.problems)
            if strict and not _NAME.fullmatch(name):
                self.source.report(
                    (*path, name), _("a name is made of letters, digits, “-”, “_” and “.” only.")
                )
            value = self.value((*path, name), read)
            if len(self.source.problems) == before:
                found[name] = value
        return found

    def tables(self, path: Path_) -> list[str]:
        """The names of the tables under `path`; what is no table is reported."""
        return [name for name in self.table(path) or {} if self.table((*path, name)) is not None]

    def table(self, path: Path_) -> dict[str, Any] | None:
        found: Any = self.source.data
        for number, part in enumerate(path):
            if part not in found:
                return None if number else {}
            found = found[part]
            if not isinstance(found, dict):
                if number == len(path) - 1:
                    heading = dotted(path)
                    self.source.report(
                        path,
                        _("needs a table, not {kind}.").format(kind=values.kind_of(found)),
                        _("Begin it with a line [{heading}].").format(heading=heading),
                    )
                return None
        return dict(found)

    def unknown(
        self, path: Path_, table: Mapping[str, Any], known: Sequence[str], also: Sequence[str] = ()
    ) -> set[str]:
        """Report the keys that are not known; returns those that were probably meant."""
        meant = set()
        for key in table:
            if key in known or (path and key in also):
                continue
            if not path and key in also:
                self.source.report(
                    (key,),
                    _("this setting belongs under a heading."),
                    _("Move it below a line [desk]."),
                )
                continue
            near = nearest(key, [*known, *(also if path else ())])
            meant.add(near)
            self.source.report(
                (*path, key),
                _("there is no such setting."),
                _("Did you mean “{near}”?").format(near=near)
                if near
                else _("Known here: {known}.").format(known=", ".join(known)),
            )
        return meant
