"""The settings of [relay], its limits and its sites."""

from __future__ import annotations

from config import relay_values, values
from config.relay import DEFAULT_UPLOAD_TYPES, RelayLimits
from config.setting import Setting
from config.values import Choice, Duration, Integer

RELAY = (
    Setting(
        "listen",
        values.listen,
        "address:port",
        '"127.0.0.1:8800"',
        "Where the relay listens; put a web server with TLS before it.",
    ),
    Setting(
        "url",
        values.web_url,
        "URL",
        '"https://chat.acme.example"',
        "Where visitors' browsers reach it; what `omnitui relay add-site` writes into the script"
        " tag.",
        default=False,
    ),
    Setting(
        "directory",
        values.path,
        "path",
        '"/var/lib/omnitui/relay"',
        "Where messages and files are kept, on a local disk. Relative to this file's directory."
        " Not set: `relay` in the desk's data directory.",
        default=False,
    ),
    Setting(
        "trusted_proxies",
        Integer(least=0, most=10),
        "number",
        "0",
        "How many web servers stand before the relay and add to X-Forwarded-For: with 1, the last"
        " address in it is the visitor's. 0: nobody does, and that header is not believed.",
    ),
    Setting(
        "retention",
        Duration(least=3_600),
        "duration",
        '"30d"',
        "How long messages and files are kept for visitors who come back. What the desk has not"
        " fetched yet is kept regardless.",
    ),
    Setting(
        "identity_session",
        Duration(least=60),
        "duration",
        '"12h"',
        "How long a visitor counts as signed in after your site last said so by a JWT.",
    ),
    Setting(
        "visitor_session",
        Duration(least=3_600),
        "duration",
        '"400d"',
        "How long a visitor who is not signed in is known again; begins anew at every visit.",
    ),
    Setting(
        "metrics_token",
        values.secret,
        "secret",
        '"file:/run/credentials/metrics-token"',
        "What `GET /metrics` is opened with (`Authorization: Bearer …`). Not set: it answers this"
        " machine only.",
        default=False,
    ),
)

_DEFAULTS = RelayLimits()


def _limit(key: str, doc: str, *, least: int = 1, most: int = 2**31 - 1) -> Setting:
    default = getattr(_DEFAULTS, key)
    return Setting(key, Integer(least=least, most=most), "number", str(default), doc)


_BYTES = 2**50

RELAY_LIMITS = (
    _limit("connections_per_visitor", "Open connections of one visitor."),
    _limit(
        "connections_per_address",
        "Open connections from one address. An address is an IPv4 address or an IPv6 /64, here"
        " and below; raise these where a whole office sits behind one.",
    ),
    _limit("connections_per_site", "Open connections on one site."),
    _limit("attempts_per_minute_per_address", "Connections opened a minute from one address."),
    _limit("requests_per_minute_per_address", "HTTP requests a minute from one address."),
    _limit("frames_per_minute", "Frames of any kind a minute of one visitor."),
    _limit("messages_per_minute", "Messages a minute of one visitor."),
    _limit("messages_per_minute_per_address", "Messages a minute from one address."),
    _limit("messages_per_minute_per_site", "Messages a minute on one site."),
    _limit("message_bytes", "Bytes of one message's text.", most=1_048_576),
    _limit(
        "text_bytes_per_hour_per_address",
        "Bytes of messages and forms an hour from one address.",
        most=_BYTES,
    ),
    _limit(
        "visitors_per_hour_per_address",
        "Visitors who may write for the first time an hour from one address.",
    ),
    _limit(
        "codes_per_hour_per_address",
        "One-time codes, each a mail, that may be asked for an hour from one address.",
    ),
    _limit("uploads_per_minute", "Uploads a minute of one visitor."),
    _limit("uploads_per_minute_per_address", "Uploads a minute from one address."),
    _limit("upload_bytes", "Bytes of one uploaded file."),
    _limit("upload_bytes_per_hour", "Bytes that one visitor may upload an hour.", most=_BYTES),
    _limit(
        "upload_bytes_per_hour_per_address",
        "Bytes that may be uploaded an hour from one address.",
        most=_BYTES,
    ),
    _limit("storage_bytes_per_site", "Bytes of all files of one site.", most=_BYTES),
    _limit(
        "free_bytes",
        "Uploads are refused when the disk has less free; messages go on.",
        least=0,
        most=_BYTES,
    ),
)

RELAY_SITE = (
    Setting(
        "desk_token",
        values.secret,
        "secret",
        '"file:/run/credentials/desk-token"',
        "What the desk proves itself with, as a reference.",
        required=True,
    ),
    Setting(
        "allowed_origins",
        values.origins,
        "list of origins",
        '["https://acme.example"]',
        "The sites on which the widget may open chats.",
        required=True,
    ),
    Setting(
        "identity_secret",
        values.secret,
        "secret",
        '"file:/run/credentials/identity"',
        "The key of the HS256 JWT that your site signs for visitors who are logged in.",
        default=False,
    ),
    Setting(
        "title",
        values.one_line,
        "text",
        '"Acme support"',
        "Over the chat. Not set: the widget's own words in the visitor's language.",
        default=False,
    ),
    Setting(
        "texts",
        relay_values.site_texts,
        "table of languages",
        '{ en = { greeting = "Hello! How can we help?" } }',
        "Texts put over the widget's own, by language; docs/webchat.md lists them.",
        default=False,
    ),
    Setting(
        "form",
        relay_values.form,
        "list of fields",
        '[{ name = "name" }, { name = "email", type = "email", required = true }]',
        "Asked before the first message. A field has a `name`, a `type` (`text`, `email`, `tel`,"
        " `textarea`, `select`, `checkbox`), a `label` (a text, or a table of them by language),"
        " `required`, and `options` for a `select`. Not set: nothing is asked.",
        default=False,
    ),
    Setting(
        "offline_form",
        relay_values.form,
        "list of fields",
        '[{ name = "name" }, { name = "email", type = "email", required = true },'
        ' { name = "message", type = "textarea", required = true }]',
        "Asked while nobody is there; what is written becomes a conversation. An empty list:"
        " visitors write as always.",
    ),
    Setting(
        "uploads",
        values.boolean,
        "true or false",
        "true",
        "Whether visitors may send files.",
    ),
    Setting(
        "upload_types",
        relay_values.upload_types,
        "list of media types",
        "[" + ", ".join(f'"{name}"' for name in DEFAULT_UPLOAD_TYPES) + "]",
        "Which files visitors may send, told by their content. Beyond the default there are"
        " `image/heic` and `application/zip`; web pages, SVG, scripts and programs never get in.",
    ),
    Setting(
        "blocked_networks",
        relay_values.networks,
        "list of networks",
        '["203.0.113.0/24"]',
        "Who is let in by no means; agents block single visitors from the desk.",
        default=False,
    ),
    Setting(
        "privacy_url",
        values.web_url,
        "URL",
        '"https://acme.example/privacy"',
        "Linked under the chat.",
        default=False,
    ),
    Setting(
        "color",
        relay_values.color,
        "colour",
        '"#0b5fff"',
        "The widget's own colour; the page's CSS variables go before it.",
        default=False,
    ),
    Setting(
        "position",
        Choice("right", "left"),
        '"right" or "left"',
        '"right"',
        "In which lower corner of the page the button is.",
    ),
    Setting(
        "sound",
        values.boolean,
        "true or false",
        "false",
        "Whether a new message sounds until the visitor turns that off.",
    ),
    Setting(
        "transcript",
        values.boolean,
        "true or false",
        "true",
        "Whether visitors may have the chat sent to their proven e-mail address.",
    ),
    Setting(
        "verify",
        values.boolean,
        "true or false",
        "true",
        "Whether visitors may prove an e-mail address by a code that is mailed to them.",
    ),
)
