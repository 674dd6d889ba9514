"""Settings as typed, frozen values; `config.load` reads and checks them from TOML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from config.problems import Problem
    from config.relay import RelaySettings
    from config.team import TeamFile
from config.access import Access
from config.quiet_hours import QuietHours
from config.secret_ref import SecretRef


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """`imaps://user@host:993` taken apart. User is percent-decoded; empty: no AUTH."""

    scheme: str
    host: str
    port: int
    user: str

    @property
    def security(self) -> Literal["tls", "starttls", "plain"]:
        if self.scheme.endswith("+starttls"):
            return "starttls"
        return "tls" if self.scheme.endswith("s") else "plain"


@dataclass(frozen=True, slots=True)
class DeskSettings:
    name: str = "omnitui"
    engine: Literal["auto", "service"] = "auto"
    language: str = ""
    timezone: str = ""
    continuity: Literal["customer", "channel"] = "customer"
    reopen_window: int = 72 * 3600
    """Seconds for which a closed chat conversation is reopened by a new message."""
    undo_send: int = 10
    """Seconds a reply waits in the outbox, still cancellable."""
    undo_send_there: int = 3
    """The same while the customer sits in the chat and waits for it; no more than `undo_send`."""
    away_after: int = 15 * 60
    """Seconds without a key after which an agent is not there for customers."""
    after_send: Literal["stay", "next", "back"] = "next"
    after_close: Literal["stay", "next", "back"] = "next"
    send_on_enter: bool = False
    spelling: bool = True
    dictionaries: tuple[str, ...] = ()
    """Names of spelling dictionaries (`en_GB`) that come before the usual ones."""
    colleagues: tuple[str, ...] = ()
    """Addresses and domains of our own people; empty: the domains of the accounts."""
    answers_per_customer: int = 10
    """Automatic answers to one customer within `answers_window`, over all conversations."""
    answers_per_subject: int = 3
    """The same under one subject."""
    answers_window: int = 3 * 3600
    """Seconds for which automatic answers, and mails that repeat themselves, are counted."""
    loop_after: int = 5
    """Equal mails within `answers_window`: so many are impatience, more a machine's."""
    notify: Literal["off", "bell", "desktop", "both"] = "off"
    """What the screen does about a new message while nobody looks at it."""
    notify_about: tuple[str, ...] = ("mine", "unassigned", "mentions", "watched")
    """Of `mine`, `unassigned`, `others`, `mentions`, `watched`, `trouble`."""
    quiet_hours: QuietHours = field(default_factory=QuietHours)
    """In which it does nothing."""
    metrics: tuple[str, int] | None = None
    """Where the engine answers /metrics and /healthz; None: nowhere."""
    log: Literal["text", "json"] = "text"
    """What the lines of the engine's log are."""
    theme: str = ""
    symbols: Literal["auto", "unicode", "ascii"] = "auto"
    """Which signs the screen draws; `auto` by the terminal and its locale."""
    pictures: Literal["auto", "kitty", "sixel", "blocks", "none"] = "auto"
    """How the screen shows pictures; `auto`: what the terminal says that it can, in 256 colours."""


@dataclass(frozen=True, slots=True)
class OAuthSettings:
    """How a mailbox is logged into without a password (RFC 6749)."""

    provider: Literal["google", "microsoft", "custom"]
    client_id: str
    token_url: str
    token_file: Path
    """Where the tokens that the provider gives are kept (0600), in the state directory."""
    client_secret: SecretRef | None = None
    tenant: str = ""
    """Microsoft's directory; empty with the others."""
    authorize_url: str = ""
    device_url: str = ""
    """Empty: there is no device flow (RFC 8628)."""
    scopes: tuple[str, ...] = ()
    refresh_token: SecretRef | None = None
    """None: `omnitui init` left it in `token_file`."""


@dataclass(frozen=True, slots=True)
class CloseAction:
    """`flag:Answered`, `move:Archive`; `seen` is the flag `\\Seen`."""

    kind: Literal["flag", "move"]
    name: str
    """A flag as the server knows it (RFC 3501 §2.3.2), or a folder."""


@dataclass(frozen=True, slots=True)
class EmailAccount:
    name: str
    """The key under [accounts]."""
    address: str
    display_name: str
    imap: ServerUrl
    smtp: ServerUrl
    password: SecretRef | None
    smtp_password: SecretRef | None
    """The SMTP password when it is another one; else None."""
    folders: tuple[str, ...] = ("INBOX",)
    tls_ca: Path | None = None
    history: int = 14 * 86400
    """Seconds; older mail arrives closed on the first connect."""
    mark_seen: bool = False
    save_sent: bool = True
    sent_folder: str = ""
    """Empty: found by the \\Sent special use (RFC 6154)."""
    poll: int = 60
    """Seconds between looks where the server has no IDLE."""
    probe: int = 120
    """Seconds for which a connection may be quiet before it is tried out."""
    on_close: tuple[CloseAction, ...] = ()
    """What is done in the mailbox with the mails of a closed conversation."""
    trusted_authserv: str = ""
    """authserv-id (RFC 8601) whose Authentication-Results are believed."""
    aliases: tuple[str, ...] = ()
    """Further addresses whose mail comes here: they are ours, not a customer's."""
    forms: tuple[str, ...] = ()
    """Senders whose mail is a filled-in web form: the customer is in Reply-To or in the text."""
    open_automatic: tuple[str, ...] = ()
    """Senders (addresses, domains) whose notifications and mailings open conversations."""
    signature: str = ""
    """May hold {agent}, {company}, {desk} and {signature}."""
    sender_name: str = "{agent} via {company}"
    quote: Literal["none", "last"] = "none"
    """Whether the customer's message stands quoted under a reply, unless the agent decides."""
    plus_address: bool = False
    """Answers are asked for at an address that carries the reply token."""
    delivery_reports: bool = True
    """DSN is requested where the server offers it (RFC 3461)."""
    oauth: OAuthSettings | None = None
    """Instead of a password."""
    channel: Literal["email"] = "email"


@dataclass(frozen=True, slots=True)
class TelegramAccount:
    """A bot (docs/telegram.md)."""

    name: str
    """The key under [accounts]."""
    token: SecretRef
    webhook_secret_file: Path
    """Where the product keeps the webhook's secret that it made itself (0600)."""
    address: str = ""
    display_name: str = ""
    greeting: Mapping[str, str] | None = None
    """Language → light Markdown, "" for any; empty: none is sent. None: the built-in one."""
    groups: bool = False
    channels: bool = False
    business: bool = True
    base_url: str = "https://api.telegram.org/bot"
    """Up to the token."""
    proxy: str = ""
    """`socks5://user@host:1080`; empty: as the environment says."""
    proxy_password: SecretRef | None = None
    tls_ca: Path | None = None
    poll_timeout: int = 25
    """Seconds for which a getUpdates is held open."""
    webhook: str = ""
    """Public address; empty: long polling."""
    webhook_listen: tuple[str, int] = ("127.0.0.1", 8443)
    webhook_secret: SecretRef | None = None
    """None: see `webhook_secret_file`."""
    pace_per_second: int = 30
    pace_per_chat: int = 1
    channel: Literal["telegram"] = "telegram"

    @property
    def own_server(self) -> bool:
        """Whether it is not Telegram's own Bot API server, whose limits would count."""
        return self.base_url.partition("://")[2] != "api.telegram.org/bot"


@dataclass(frozen=True, slots=True)
class WebchatAccount:
    """The chat widget of a web site (docs/webchat.md)."""

    name: str
    """The key under [accounts]."""
    relay: str
    """Where the relay is reached, without a slash at the end."""
    token: SecretRef
    address: str = ""
    display_name: str = ""
    page: str = ""
    """A page with the widget, for one-time links; empty: none are offered."""
    tls_ca: Path | None = None
    follow_up: bool = True
    """What a visitor who left did not see goes after them by mail, to a proven address."""
    follow_up_account: str = ""
    """The mailbox that it goes out from; empty: the first one."""
    follow_up_after: int = 600
    """Seconds that a visitor has to be gone."""
    follow_up_every: int = 900
    """Seconds between two such mails at least."""
    follow_up_most: int = 10
    """Messages in one mail."""
    channel: Literal["webchat"] = "webchat"


@dataclass(frozen=True, slots=True)
class OtherAccount:
    """An account of another channel: its connector checks `options` itself."""

    name: str
    channel: str
    address: str = ""
    display_name: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


AccountSettings = EmailAccount | TelegramAccount | WebchatAccount | OtherAccount


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """What the desk's config says about one agent."""

    name: str = ""
    """Empty: the full name of the Unix user."""
    signature: str = ""


FieldType = Literal["text", "number", "date", "yes-no", "choice", "url", "email", "phone"]


@dataclass(frozen=True, slots=True)
class CustomerField:
    """A field that every customer's card may have."""

    key: str
    """What commands, templates and JSON call it."""
    label: str
    type: FieldType = "text"
    choices: tuple[str, ...] = ()
    """Of type choice; of others empty."""
    required: bool = False
    """It is shown also while it is empty."""


@dataclass(frozen=True, slots=True)
class CustomerSettings:
    """What is known and looked for about customers (docs/customers.md)."""

    order_number: re.Pattern[str] | None = None
    """Whatever the case; None: the desk's own idea of one. Give it bounded texts."""
    detect_language: bool = True
    country: str = ""
    """ISO 3166: whose telephone numbers are written without +; "": the time zone's."""
    fields: Mapping[str, CustomerField] = field(default_factory=dict)
    """By key, in the order of the file."""


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """For how long things are kept, in seconds; None: for ever."""

    customers: int | None = None
    """After the last contact, of those without a matter that is not closed."""
    files: int | None = None
    """Of closed conversations."""
    raw: int | None = None
    """Mails as they were received."""
    events: int | None = None
    keep: tuple[str, ...] = ()
    """Tags of customers whom no rule touches."""

    @property
    def anything(self) -> bool:
        """Whether any rule is on."""
        return any(rule is not None for rule in (self.customers, self.files, self.raw, self.events))


@dataclass(frozen=True, slots=True)
class HookSettings:
    """[[hooks]]: what the engine does by itself when something happens (docs/hooks.md)."""

    name: str
    on: tuple[str, ...]
    """Kinds of events, as docs/events.md has them."""
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Key of the event's data → the values that it may have."""
    where: str = ""
    """A query of the search language; empty: anything."""
    do: tuple[str, ...] = ()
    """Command lines; of `do` and `run` one is empty."""
    run: tuple[str, ...] = ()
    """argv, started without a shell."""
    timeout: int = 30
    """Seconds, of `run`."""
    at_once: int = 2
    """Programs that run at the same time, of `run`; never two for one conversation."""
    chain: bool = False
    """What other hooks did starts it, too."""


CommandOutput = Literal["none", "popup", "terminal", "draft"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A value that a command of one's own asks for; becomes one word of its program's argv."""

    name: str
    """What `{name}` in `run` stands for."""
    ask: str = ""
    """The question; empty: the name."""
    choices: tuple[str, ...] = ()
    """Nothing else is taken; empty: any text."""
    default: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class OwnCommand:
    """[commands.NAME]: a program that is a command like any other (docs/scripting.md)."""

    name: str
    run: tuple[str, ...]
    """argv, started without a shell; `{…}` in a word is filled in within that word."""
    help: str = ""
    output: CommandOutput = "none"
    prompts: tuple[Prompt, ...] = ()
    confirm: str = ""
    """Asked before it runs; empty: nothing is."""
    dangerous: bool = False
    """The agent types `yes` before it runs."""
    timeout: int = 60
    """Seconds, then its whole process group is killed; not with output = "terminal"."""


@dataclass(frozen=True, slots=True)
class MenuLine:
    """One key of a menu and what it runs; an empty command line takes a built-in key away."""

    key: str
    line: str
    label: str = ""
    """Empty: what the command says of itself."""


@dataclass(frozen=True, slots=True)
class OwnMenu:
    """[menus.NAME]: a popup menu, or keys put over those of a built-in one."""

    name: str
    title: str = ""
    lines: tuple[MenuLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A command line in a settings file, to be checked where commands are known."""

    file: Path
    key: tuple[str | int, ...]
    line: str


@dataclass(frozen=True, slots=True)
class Keymap:
    """Context → key → command line, e.g. `bindings["inbox"]["x"] == "status close"`."""

    bindings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """team.toml: a desk that many Unix users share (docs/team.md)."""

    user: str = "omnitui"
    """Runs the engine."""
    group: str = "omnitui"
    """Its members use the desk."""
    store: Path = Path("/var/lib/omnitui/store")
    state: Path = Path("/var/lib/omnitui/engine")
    """Of the engine alone."""
    drafts: Literal["own", "supervisors"] = "own"
    reclaim_after: int | None = None
    """Seconds that a customer waits for an assignee who is not there; None: for ever."""
    backups_kept: int = 14
    supervisors: tuple[str, ...] = ()
    """Unix users, and groups with an @ before them."""
    readers: tuple[str, ...] = ()
    locked_commands: tuple[str, ...] = ()
    locked_without: tuple[str, ...] = ()
    locked_verbs: tuple[str, ...] = ()
    locked_environment: tuple[str, ...] = ("TERM", "COLORTERM", "LANG", "LC_*", "NO_COLOR", "TZ")
    locked_directories: tuple[str, ...] = ()
    locked_personal: bool = True


@dataclass(frozen=True, slots=True)
class Config:
    path: Path | None
    """The file it was read from; None for built-in defaults."""
    home: Home
    desk: DeskSettings = field(default_factory=DeskSettings)
    accounts: Mapping[str, AccountSettings] = field(default_factory=dict)
    agents: Mapping[str, AgentSettings] = field(default_factory=dict)
    """By Unix user."""
    customers: CustomerSettings = field(default_factory=CustomerSettings)
    keys: Keymap = field(default_factory=Keymap)
    views: Mapping[str, str] = field(default_factory=dict)
    """Saved searches: name → query."""
    macros: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name → argv of a program: conversation JSON on stdin, draft on stdout."""
    commands: Mapping[str, OwnCommand] = field(default_factory=dict)
    menus: Mapping[str, OwnMenu] = field(default_factory=dict)
    written: tuple[Written, ...] = ()
    """Every command line of [keys], [macros] and [menus]."""
    hooks: tuple[HookSettings, ...] = ()
    """Of the desk's own file alone, never of an agent's."""
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    relay: RelaySettings | None = None
    """None: no [relay] in the file."""
    team: TeamSettings | None = None
    """None: a desk of one Unix user."""
    access: Access = field(default_factory=Access)
    """What the one who acts may do."""
    warnings: tuple[Problem, ...] = ()
    """What works but hardly as meant, e.g. a key that most terminals cannot send; errors of
    the agent's own file, whose wrong parts are left out."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where one desk lives. `--home DIR` puts all of it under DIR, else XDG directories."""

    config: Path
    """Directory of config.toml, templates/ and articles/."""
    data: Path
    """Directory of the store: desk.sqlite, blobs/, engine.lock."""
    state: Path
    """Logs and what the product itself makes secret (0700)."""
    own: Path | None = None
    """The agent's own settings; None: agent.toml beside config.toml."""
    team: TeamFile | None = field(default=None, compare=False, repr=False)
    """What team.toml says, read once; None: there is none."""

    @property
    def agent_file(self) -> Path:
        """The agent's own settings, laid over the desk's (`config.personal`)."""
        return self.own or self.config / "agent.toml"

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def store_file(self) -> Path:
        return self.data / "desk.sqlite"

    @property
    def templates(self) -> Path:
        return self.config / "templates"

    @property
    def own_templates(self) -> Path:
        """The agent's own templates, beside their own settings."""
        return self.agent_file.with_name("templates")

    @property
    def articles(self) -> Path:
        """The knowledge base."""
        return self.config / "articles"

    @property
    def lock_file(self) -> Path:
        return self.data / "engine.lock"
