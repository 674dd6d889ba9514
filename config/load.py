"""Read config.toml into `Config`, or say everything that is wrong with it at once.

Runs at every start of every program, so it imports little and looks nothing up: no
keyring, no network, no connector.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from config import settings, values
from config.home import is_a_teams
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
    HookSettings,
    OAuthSettings,
    OtherAccount,
    RetentionSettings,
    ServerUrl,
    TelegramAccount,
    WebchatAccount,
)
from config.problems import BadValue, ConfigError, Problem, nearest
from config.retention_settings import RETENTION
from config.source import Source, dotted, read_source
from config.tables import NAME, Path_, Tables

if TYPE_CHECKING:
    from pathlib import Path

    from config.own_tables import Own
    from config.relay import RelaySettings

__all__ = ["ConfigError", "Problem", "load"]

_EMAIL = {setting.key for setting in settings.EMAIL} | {"oauth"}


def load(home: Home, *, personal: bool = False) -> Config:
    """The desk's settings; without a file the defaults, which have no accounts.

    `personal`: with the agent's own laid over them. What is wrong in those is left out and told
    in `warnings`. Raises `ConfigError` with every problem of the desk's, in the order of the file.
    """
    wrong: list[Problem] = []
    try:
        config = _desk(home)
    except ConfigError as error:
        wrong += error.problems
        config = Config(path=None, home=home)
    if is_a_teams(home.config):
        from config.team import shared

        try:
            config = shared(config)
        except ConfigError as error:
            wrong += error.problems
    if wrong:
        raise ConfigError(wrong)
    if not personal or not config.access.personal or not _is_there(home.agent_file):
        return config
    from config.personal import laid_over

    return laid_over(config)


def _is_there(path: Path) -> bool:
    """Also where a closed directory hides it: whoever reads it tells that."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _desk(home: Home) -> Config:
    source = read_source(home.config_file)
    if source is None:
        return Config(path=None, home=home)
    config = _Reader(source, home).config()
    errors = [p for p in source.problems if p.severity == "error"]
    if errors:
        raise ConfigError(sorted(errors, key=lambda p: (p.line or 0, p.key)))
    return config


class _Reader(Tables):
    def __init__(self, source: Source, home: Home) -> None:
        super().__init__(source)
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
        own = self.own()
        retention = self.section(("retention",), RETENTION) if "retention" in data else None
        relay = self.relay() if "relay" in data else None
        return Config(
            path=self.source.path,
            home=self.home,
            desk=DeskSettings(**(desk or {})),
            accounts=accounts,
            agents=agents,
            customers=customers,
            keys=own.keys,
            views=own.views,
            macros=own.macros,
            filters=own.filters,
            commands=own.commands,
            menus=own.menus,
            written=own.written,
            hooks=self.hooks() if "hooks" in data else (),
            retention=RetentionSettings(**(retention or {})),
            relay=relay,
            warnings=tuple(p for p in self.source.problems if p.severity == "warning"),
        )

    def own(self) -> Own:
        """Keys, macros and the like; most files have none."""
        from config.own_tables import TABLES, Own, read_own

        return read_own(self.source) if any(t in self.source.data for t in TABLES) else Own()

    def hooks(self) -> tuple[HookSettings, ...]:
        from config.hook_settings import read_hooks

        return read_hooks(self)

    # Accounts

    def account(self, name: str) -> AccountSettings | None:
        path = ("accounts", name)
        table = self.source.data["accounts"][name]
        if not NAME.fullmatch(name):
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
        if not NAME.fullmatch(key):
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
