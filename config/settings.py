"""Every setting there is: its reader, its default, what it is for.

The loader, docs/configuration.md, example.toml and their tests all read these tables, so a
setting cannot exist without being documented.
"""

from __future__ import annotations

from config import values
from config.setting import CHANNEL, CHAT_ADDRESS, NAME, Setting
from config.telegram_settings import TELEGRAM
from config.values import Choice, Duration, Integer, Placeholders, Server, Several
from config.webchat_settings import WEBCHAT

DESK = (
    Setting("name", values.one_line, "text", '"omnitui"', "The desk's name, shown to agents."),
    Setting(
        "engine",
        Choice("auto", "service"),
        '"auto" or "service"',
        '"auto"',
        "`auto`: the first screen starts the engine as its child; for one Unix user."
        " `service`: `omnitui serve` runs under systemd, screens never start one.",
    ),
    Setting(
        "language",
        values.language,
        "language code",
        '"uk"',
        "Language of the interface for agents who chose none. Not set: the environment's"
        " (LANGUAGE, LC_ALL, LC_MESSAGES, LANG).",
        default=False,
    ),
    Setting(
        "timezone",
        values.timezone,
        "time zone",
        '"Europe/Kyiv"',
        "In which times are shown and typed. Not set: the machine's.",
        default=False,
    ),
    Setting(
        "continuity",
        Choice("customer", "channel"),
        '"customer" or "channel"',
        '"customer"',
        "`customer`: a customer who comes back on another channel while a conversation is open"
        " joins it. `channel`: every channel keeps its own conversations.",
    ),
    Setting(
        "reopen_window",
        Duration(),
        "duration",
        '"72h"',
        "For how long after closing a new chat message reopens the conversation rather than"
        " beginning another. E-mail goes by its headers.",
    ),
    Setting(
        "colleagues",
        values.addresses_or_domains,
        "list of e-mail addresses and domains",
        '["acme.example", "boss@partner.example"]',
        "Your own people: when one of them forwards a mail, its original sender is offered as"
        " the customer. Not set: everybody in the accounts' own domains.",
        default=False,
    ),
    Setting(
        "answers_per_customer",
        Integer(least=0, most=100),
        "number",
        "10",
        "How many automatic answers one customer may get within `answers_window`, over all"
        " conversations; 0: none at all.",
    ),
    Setting(
        "answers_per_subject",
        Integer(least=0, most=100),
        "number",
        "3",
        "How many of them under one subject.",
    ),
    Setting(
        "answers_window",
        Duration(least=60),
        "duration",
        '"3h"',
        "For how long automatic answers, and mails that repeat themselves, are counted.",
    ),
    Setting(
        "loop_after",
        Integer(least=1, most=30),
        "number",
        "5",
        "How often a customer may send the same words under the same subject within"
        " `answers_window`. More is a program that answers ours: it is kept and wakes nobody.",
    ),
    Setting(
        "undo_send",
        Duration(bare_seconds=True),
        "duration",
        '"10s"',
        "How long a reply waits in the outbox, where it can still be taken back.",
    ),
    Setting(
        "undo_send_there",
        Duration(bare_seconds=True),
        "duration",
        '"3s"',
        "The same for a reply to somebody who sits in the web chat now, never longer than"
        " `undo_send`. Afterwards it can be changed and deleted, there, too.",
    ),
    Setting(
        "away_after",
        Duration(least=60),
        "duration",
        '"15m"',
        "How long an agent touches no key until customers in the web chat are told that they are"
        " away.",
    ),
    Setting(
        "metrics",
        values.listen,
        "address and port",
        '"127.0.0.1:9464"',
        "Where the engine answers `/metrics` for Prometheus and `/healthz`, without a password: an"
        " address that only your monitoring reaches. Not set: nowhere.",
        default=False,
    ),
    Setting(
        "log",
        Choice("text", "json"),
        '"text" or "json"',
        '"text"',
        "What the lines of the engine's log are. Neither has contents of messages, or secrets.",
    ),
    Setting(
        "after_send",
        Choice("stay", "next", "back"),
        '"stay", "next" or "back"',
        '"next"',
        "Where the screen goes after a reply: stays, opens the next waiting conversation, or"
        " goes back to the inbox. “next” after a reply to somebody who sits in the web chat: to the"
        " next one there who waits, else it stays.",
    ),
    Setting(
        "after_close",
        Choice("stay", "next", "back"),
        '"stay", "next" or "back"',
        '"next"',
        "Where the screen goes after the conversation in view is closed or snoozed: stays, opens"
        " the next waiting one, or goes back to the inbox.",
    ),
    Setting(
        "send_on_enter",
        values.boolean,
        "true or false",
        "false",
        "Enter sends and Alt+Enter or ^J begins a new line, where the terminal can tell them"
        " apart. Off: Enter begins a new line, ^S sends.",
    ),
    Setting(
        "spelling",
        values.boolean,
        "true or false",
        "true",
        "Words that no dictionary knows are marked in the reply box, where hunspell or aspell and"
        " a dictionary of the language are installed.",
    ),
    Setting(
        "dictionaries",
        values.texts,
        "list of names",
        '["en_GB"]',
        "Which spelling dictionary is taken where a language has several.",
        default=False,
    ),
    Setting(
        "notify",
        Choice("off", "bell", "desktop", "both"),
        '"off", "bell", "desktop" or "both"',
        '"off"',
        "What the screen does about news while its terminal is not in front: nothing, the"
        " terminal's bell, a notice on the desktop (see docs/agents.md for the terminals that can),"
        " or both.",
    ),
    Setting(
        "notify_about",
        Several("mine", "unassigned", "others", "mentions", "watched", "trouble"),
        "list of texts",
        '["mine", "unassigned", "mentions", "watched"]',
        "Which news: messages in conversations that are yours, nobody's, or colleagues'; your name"
        " in a note, and what is handed to you; `watched`: whatever happens in conversations that"
        " you watch; `trouble`: the engine or an account fails.",
    ),
    Setting(
        "quiet_hours",
        values.quiet_hours,
        "hours and days",
        '"22:00-07:00, sat sun"',
        "When there is neither bell nor notice, by the clock of `timezone`. A span that goes over"
        " midnight belongs to the day on which it begins. Not set: never.",
        default=False,
    ),
    Setting(
        "theme",
        values.one_line,
        "text",
        '"contrast"',
        "Colours: `dark`, `light`, `contrast` (high contrast), `terminal` (the terminal's own"
        " sixteen), or another one that the command `theme` shows. `auto`, or not set: dark or"
        " light by the terminal's background, `terminal` where there are but sixteen colours or"
        " `NO_COLOR` is set. `contrast-light` and the like leave no choice to the background.",
        default=False,
    ),
    Setting(
        "symbols",
        Choice("auto", "unicode", "ascii"),
        '"auto", "unicode" or "ascii"',
        '"auto"',
        "Which signs the screen draws. `ascii`: none but those of ASCII, for fonts without arrows,"
        " ticks and frames; letters stay as they are. `auto`: ASCII on the Linux console, on old"
        " terminals and where the locale is not UTF-8.",
    ),
    Setting(
        "pictures",
        Choice("auto", "kitty", "sixel", "blocks", "none"),
        '"auto", "kitty", "sixel", "blocks" or "none"',
        '"auto"',
        "How the screen shows pictures that were attached. `kitty`: as kitty and Ghostty do."
        " `sixel`: as foot, WezTerm, Konsole, Windows Terminal and `xterm -ti vt340` do. `blocks`:"
        " two coarse pixels a letter, in any terminal with colours. `none`: they are only saved."
        " `auto`: the terminal is asked when the first one is shown; none where there are but"
        " sixteen colours or `NO_COLOR` is set.",
    ),
)

EMAIL = (
    CHANNEL,
    Setting(
        "address",
        values.address,
        "e-mail address",
        '"support@acme.example"',
        "The address customers write to and replies come from.",
        required=True,
    ),
    NAME,
    Setting(
        "imap",
        Server("imap"),
        "URL",
        '"imaps://support@mail.acme.example:993"',
        "Where mail is read: `imaps://` (port 993), `imap+starttls://` (143), or `imap://` (143,"
        " unencrypted, loopback only). The user is percent-encoded; left out, it is the address.",
        required=True,
    ),
    Setting(
        "smtp",
        Server("smtp"),
        "URL",
        '"smtp+starttls://support@mail.acme.example:587"',
        "Where mail is sent: `smtps://` (port 465), `smtp+starttls://` (587), or `smtp://` (25,"
        " unencrypted, loopback only). Without a user it is sent without AUTH.",
        required=True,
    ),
    Setting(
        "password",
        values.secret,
        "secret",
        '"keyring:omnitui/support"',
        "The mailbox's password, as a reference (see Secrets). Needed where the account has no"
        " table `oauth`.",
        default=False,
    ),
    Setting(
        "smtp_password",
        values.secret,
        "secret",
        '"keyring:omnitui/support-smtp"',
        "The password for sending, where it is another one.",
        default=False,
    ),
    Setting(
        "folders",
        values.folders,
        "list of texts",
        '["INBOX"]',
        "The folders that are read. `*` stands for anything, `%` for anything but a separator:"
        " `Shop/*` is all that is below Shop, `!Shop/Spam` is left out, `\\Archive` is whatever"
        " folder the server marks so (RFC 6154), `/` is the separator whatever the server's is."
        " Wildcards leave out drafts, sent mail, spam and trash; folders made later are read when"
        " they are there.",
    ),
    Setting(
        "tls_ca",
        values.path,
        "path",
        '"/etc/omnitui/ca.pem"',
        "Certificates (PEM) to trust instead of the system's, for a server of your own."
        " Relative to this file's directory.",
        default=False,
    ),
    Setting(
        "history",
        Duration(),
        "duration",
        '"14d"',
        "Mail older than this arrives closed when the mailbox is first read.",
    ),
    Setting(
        "mark_seen",
        values.boolean,
        "true or false",
        "false",
        "Set \\Seen on mail that was taken in. Off: the mailbox is left as it is.",
    ),
    Setting(
        "save_sent",
        values.boolean,
        "true or false",
        "true",
        "Save what was sent to the Sent folder. Turn it off where the provider does so itself"
        " (Gmail).",
    ),
    Setting(
        "sent_folder",
        values.one_line,
        "text",
        '"Sent"',
        "The Sent folder's name. Not set: the one the server marks as such (RFC 6154).",
        default=False,
    ),
    Setting(
        "poll",
        Duration(least=1, bare_seconds=True),
        "duration",
        '"60s"',
        "How often to look where the server cannot push (no IDLE), for folders beside the first"
        " three, and for folders made or renamed.",
    ),
    Setting(
        "probe",
        Duration(least=5, bare_seconds=True),
        "duration",
        '"120s"',
        "After how long a quiet connection is tried out. A server that leaves that unanswered for"
        " 30 s counts as gone and is connected to anew: set it lower where a router forgets quiet"
        " connections sooner.",
    ),
    Setting(
        "on_close",
        values.on_close,
        "list of texts",
        '["seen", "move:Archive"]',
        "What is done in the mailbox with a conversation's mails when it is closed: `seen`,"
        " `flag:NAME` (`flag:Flagged`, `flag:Answered`, or a keyword of your own), and as the last"
        " one `move:FOLDER`. Not set: nothing, the mailbox is only read.",
        default=False,
    ),
    Setting(
        "trusted_authserv",
        values.one_line,
        "text",
        '"mx.acme.example"',
        "The authserv-id (RFC 8601) that your own server writes into Authentication-Results."
        " Only with it does a DMARC pass prove who wrote.",
        default=False,
    ),
    Setting(
        "aliases",
        values.addresses,
        "list of e-mail addresses",
        '["info@acme.example"]',
        "Further addresses whose mail lands in this mailbox. They are never taken for a customer,"
        " and no reply goes to them.",
        default=False,
    ),
    Setting(
        "forms",
        values.addresses,
        "list of e-mail addresses",
        '["no-reply@acme.example"]',
        "Senders whose mail is a filled-in web form of yours. The customer is who the form names"
        " in Reply-To or in its text; every submission is a conversation of its own.",
        default=False,
    ),
    Setting(
        "open_automatic",
        values.addresses_or_domains,
        "list of e-mail addresses and domains",
        '["orders@shop.example", "@alerts.acme.example"]',
        "Programs whose notifications are work: mail that they send on their own account (orders,"
        " alarms, mailings) opens its conversation, which otherwise is closed. Out-of-office notes"
        " and receipts never open one.",
        default=False,
    ),
    Setting(
        "signature",
        Placeholders("agent", "company", "desk", "signature", lines=True),
        "text",
        '"Acme support\\nhttps://acme.example"',
        "Put under every reply. `{agent}`, `{company}` and `{desk}` are the names of the agent, the"
        " account and the desk; `{signature}` is where the agent's own signature goes, which else"
        " stands above this one.",
        default=False,
    ),
    Setting(
        "sender_name",
        Placeholders("agent", "company", "desk"),
        "text",
        '"{agent} via {company}"',
        "The name in From: `{agent}`, `{company}` (the account's name, else the desk's) and"
        ' `{desk}`. `"{company}"` shows no agent.',
    ),
    Setting(
        "quote",
        Choice("none", "last"),
        '"none" or "last"',
        '"none"',
        "`last`: the customer's message stands quoted under the reply. Agents may decide otherwise"
        " for one reply.",
    ),
    Setting(
        "plus_address",
        values.boolean,
        "true or false",
        "false",
        "Ask for answers at `support+omnitui.…@`, which finds the conversation also when a mail"
        " program drops the headers that do. Only where the server delivers such addresses into"
        " this mailbox: `omnitui init --account NAME --prove-plus` finds out by a mail to one, and"
        " sets this when it arrives.",
    ),
    Setting(
        "delivery_reports",
        values.boolean,
        "true or false",
        "true",
        "Ask the server to report failures and delays in a form that names the message (DSN, RFC"
        " 3461), where it offers that.",
    ),
)

AGENT = (
    Setting(
        "name",
        values.one_line,
        "text",
        '"Ivan P."',
        "What customers and colleagues read. Not set: the full name of the Unix user.",
        default=False,
    ),
    Setting(
        "signature",
        Placeholders("agent", "company", "desk", lines=True),
        "text",
        '"{agent}, customer care"',
        "Put under this agent's mails, above the account's signature or where that says"
        " `{signature}`.",
        default=False,
    ),
)
"""What [agents.NAME] may hold; NAME is the Unix user."""

OTHER = (CHANNEL, CHAT_ADDRESS, NAME)
"""What every account has; the rest is for its connector to check."""

CHANNELS = {"email": EMAIL, "telegram": TELEGRAM, "webchat": WEBCHAT}

SECTIONS = (
    "desk", "accounts", "agents", "customers", "retention", "relay", "keys", "views", "macros",
    "filters", "commands", "menus", "hooks",
)  # fmt: skip
