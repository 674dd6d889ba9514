"""Readers of the relay's own kinds of value; see `config.values`."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, cast

from config import values
from config.i18n import _
from config.problems import BadValue, nearest
from config.relay import (
    FIELD_TYPES,
    MOST_FIELDS,
    TEXT_KEYS,
    UPLOAD_TYPES,
    FieldType,
    FormField,
    Network,
)

_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
_SITE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LONGEST_TEXT = 2_000
_KEYS = ("name", "type", "label", "required", "options")


def site_name(name: str) -> str:
    """The NAME of [relay.sites.NAME]; it stands in URLs and on labels of metrics."""
    if not _SITE.fullmatch(name):
        raise BadValue(
            _("a site's name is made of up to 40 letters a–z, digits, “-” and “_” only.")
        )
    return name


def networks(value: Any) -> tuple[Network, ...]:
    """`203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`; may be empty."""
    return tuple(network(item) for item in values.texts(value)) if value != [] else ()


def network(value: str) -> Network:
    try:
        return ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        raise BadValue(
            _("“{value}” is no network.").format(value=values.shown(value)),
            _('Write it like "203.0.113.7", "203.0.113.0/24" or "2001:db8::/32".'),
        ) from None


def upload_types(value: Any) -> tuple[str, ...]:
    """Media types that the relay can tell by their content."""
    read = values.texts(value)
    for name in read:
        if name not in UPLOAD_TYPES:
            near = nearest(name, UPLOAD_TYPES)
            raise BadValue(
                _("“{value}” is nothing that the relay can tell by its content.").format(
                    value=values.shown(name)
                ),
                _("Did you mean “{near}”?").format(near=near)
                if near
                else _("Known here: {known}.").format(known=", ".join(UPLOAD_TYPES)),
            )
    return tuple(dict.fromkeys(read))


def color(value: Any) -> str:
    read = values.one_line(value)
    if not _COLOR.fullmatch(read):
        raise BadValue(
            _("“{value}” is no colour.").format(value=values.shown(read)),
            _('Write it like "#0b5fff".'),
        )
    return read.lower()


def site_texts(value: Any) -> dict[str, dict[str, str]]:
    """Language → key → text."""
    read: dict[str, dict[str, str]] = {}
    for language, texts in _table(value).items():
        code = values.language(language).replace("_", "-").lower()
        read[code] = {}
        for key, text in _table(texts).items():
            if key not in TEXT_KEYS:
                near = nearest(key, TEXT_KEYS)
                raise BadValue(
                    _("“{value}” is no text of the widget.").format(value=values.shown(key)),
                    _("Did you mean “{near}”?").format(near=near) if near else "",
                )
            read[code][key] = _short(text)
    return read


def form(value: Any) -> tuple[FormField, ...]:
    """A list of tables, one a field; may be empty."""
    if not isinstance(value, list):
        raise BadValue(
            _("needs a list of fields, not {kind}.").format(kind=values.kind_of(value)),
            _("Begin each field with a line [[…]]."),
        )
    if len(value) > MOST_FIELDS:
        raise BadValue(_("a form has at most {n} fields.").format(n=MOST_FIELDS))
    fields = tuple(_field(item) for item in value)
    names = [each.name for each in fields]
    for name in names:
        if names.count(name) > 1:
            raise BadValue(_("there are two fields “{name}”.").format(name=name))
    return fields


def _field(value: Any) -> FormField:
    table = _table(value)
    for key in table:
        if key not in _KEYS:
            near = nearest(key, _KEYS)
            raise BadValue(
                _("a field has no setting “{key}”.").format(key=values.shown(key)),
                _("Did you mean “{near}”?").format(near=near)
                if near
                else _("Known here: {known}.").format(known=", ".join(_KEYS)),
            )
    if "name" not in table:
        raise BadValue(_("a field has no name."), _('Add for example: name = "email"'))
    name = values.one_line(table["name"])
    if not _FIELD_NAME.fullmatch(name):
        raise BadValue(
            _("“{value}” is no field's name: up to 40 letters a–z, digits, “-” and “_”.").format(
                value=values.shown(name)
            )
        )
    kind = cast("FieldType", values.Choice(*FIELD_TYPES)(table.get("type", "text")))
    options = values.texts(table["options"]) if "options" in table else ()
    if (kind == "select") != bool(options):
        raise BadValue(
            _("the field “{name}” needs options.").format(name=name)
            if kind == "select"
            else _("only a field of type select has options, “{name}” is none.").format(name=name)
        )
    return FormField(
        name,
        kind,
        _label(table.get("label", {})),
        values.boolean(table.get("required", False)),
        tuple(_short(option) for option in options),
    )


def _label(value: Any) -> dict[str, str]:
    """One text for every language, or a table of them."""
    if isinstance(value, str):
        return {"": _short(value)} if value.strip() else {}
    return {
        values.language(code).replace("_", "-").lower(): _short(text)
        for code, text in _table(value).items()
    }


def _short(value: Any) -> str:
    read = values.filled(value)
    if len(read) > _LONGEST_TEXT:
        raise BadValue(_("is longer than {n} characters.").format(n=_LONGEST_TEXT))
    return read


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadValue(_("needs a table, not {kind}.").format(kind=values.kind_of(value)))
    return value
