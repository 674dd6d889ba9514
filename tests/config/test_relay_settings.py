"""[relay]: sites with forms, texts, upload types and networks, and what is said of wrong ones."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

import pytest

from config.problems import Problem
from config.relay import (
    DEFAULT_UPLOAD_TYPES,
    OFFLINE_FORM,
    TEXT_KEYS,
    FormField,
    RelayLimits,
    RelaySettings,
)
from config.relay_settings import RELAY_LIMITS
from connectors.webchat.widget import texts
from tests.config.conftest import Load

SITE = """
[relay.sites.acme]
desk_token = "env:TOKEN"
allowed_origins = ["https://acme.example"]
"""

Problems = Callable[[str], tuple[Problem, ...]]


def relay(read: Load, text: str) -> RelaySettings:
    found = read(text).relay
    assert found is not None
    return found


def test_a_site_is_usable_as_it_is(read: Load) -> None:
    found = relay(read, SITE)
    assert found == RelaySettings(sites=found.sites)
    site = found.sites["acme"]
    assert site.offline_form == OFFLINE_FORM
    assert site.types == DEFAULT_UPLOAD_TYPES
    assert "application/zip" not in site.types


def test_every_limit_is_a_setting(read: Load) -> None:
    assert {each.key for each in RELAY_LIMITS} == set(RelayLimits.__slots__)
    found = relay(read, "[relay.limits]\nstorage_bytes_per_site = 1_000_000_000_000\n")
    assert found.limits.storage_bytes_per_site == 10**12


def test_everything_about_a_site(read: Load) -> None:
    site = relay(read, SITE + """
title = "Acme"
uploads = false
offline_form = []
blocked_networks = ["203.0.113.9/24", "2001:db8::1"]
color = "#0B5FFF"
position = "left"
upload_types = ["image/png", "application/zip", "image/png"]
[relay.sites.acme.texts.pt_BR]
greeting = "Olá!"
[[relay.sites.acme.form]]
name = "name"
label = "Your name"
required = true
[[relay.sites.acme.form]]
name = "topic"
type = "select"
label = { en = "About", uk = "Про що" }
options = ["An order", "A refund"]
""").sites["acme"]  # fmt: skip
    assert site.form == (
        FormField("name", "text", {"": "Your name"}, required=True),
        FormField("topic", "select", {"en": "About", "uk": "Про що"},
                  options=("An order", "A refund")),
    )  # fmt: skip
    assert site.offline_form == ()
    assert site.types == ()
    assert site.upload_types == ("image/png", "application/zip")
    assert site.blocked_networks == (
        ipaddress.ip_network("203.0.113.0/24"),
        ipaddress.ip_network("2001:db8::1/128"),
    )
    assert site.texts == {"pt-br": {"greeting": "Olá!"}}
    assert (site.color, site.position) == ("#0b5fff", "left")


@pytest.mark.parametrize(("line", "said"), [
    ('upload_types = ["image/svg+xml"]', "nothing that the relay can tell"),
    ('upload_types = ["image/pmg"]', "image/png"),
    ("upload_types = []", "empty"),
    ('blocked_networks = ["acme.example"]', "no network"),
    ('color = "blue"', "#0b5fff"),
    ('position = "middle"', "left"),
    ('form = [{ type = "text" }]', "no name"),
    ('form = [{ name = "a b" }]', "no field's name"),
    ('form = [{ name = "a" }, { name = "a" }]', "two fields"),
    ('form = [{ name = "a", typ = "text" }]', "type"),
    ('form = [{ name = "a", type = "select" }]', "needs options"),
    ('form = [{ name = "a", options = ["b"] }]', "only a field of type select"),
    ('form = [{ name = "a", label = { english = "b" } }]', "language"),
    ('form = "name"', "list of fields"),
    ('texts = { en = { "<b>" = "x" } }', "no text of the widget"),
    ('texts = { en = { greting = "x" } }', "greeting"),
    ('texts = { en = "x" }', "table"),
    ('privacy_url = "http://acme.example"', "https"),
])  # fmt: skip
def test_what_cannot_be(problems: Problems, line: str, said: str) -> None:
    (found,) = problems(SITE + line + "\n")
    assert said in f"{found.sentence} {found.hint}"
    assert found.line is not None


def test_the_texts_are_the_widgets_own() -> None:
    assert set(TEXT_KEYS) == set(texts()["en"])


def test_a_sites_name_stands_in_addresses(problems: Problems) -> None:
    (found,) = problems(SITE.replace("acme]", '"my shop"]'))
    assert "site's name" in found.sentence
