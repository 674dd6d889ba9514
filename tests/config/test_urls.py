"""Server URLs: taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.model import ServerUrl
from config.problems import BadValue
from config.urls import (
    PORTS,
    Protocol,
    format_server_url,
    parse_origin,
    parse_server_url,
    parse_web_url,
)

USERS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="�"), max_size=30)
HOSTS = st.sampled_from(
    ["mail.acme.example", "127.0.0.1", "localhost", "::1", "xn--80ak6aa92e.com"]
)


def outcome(read: Callable[[], object]) -> object:
    """What was read, or what is wrong with it; anything else raised is a failure."""
    try:
        return read()
    except BadValue as bad:
        return bad.sentence


@given(st.sampled_from(sorted(PORTS)), HOSTS, st.integers(1, 65535), USERS)
def test_a_server_url_survives_the_way_to_text_and_back(
    scheme: str, host: str, port: int, user: str
) -> None:
    protocol: Protocol = "imap" if scheme.startswith("imap") else "smtp"
    url = ServerUrl(scheme, host, port, user)
    if url.security == "plain" and host not in ("127.0.0.1", "localhost", "::1"):
        with pytest.raises(BadValue, match="unencrypted"):
            parse_server_url(format_server_url(url), protocol)
    else:
        assert parse_server_url(format_server_url(url), protocol) == url


@given(st.text(max_size=60), st.sampled_from(["imap", "smtp"]))
def test_any_text_is_a_url_or_a_bad_value(text: str, protocol: Protocol) -> None:
    for read in (lambda: parse_server_url(text, protocol), lambda: parse_web_url(text)):
        assert outcome(read)


@given(st.text(max_size=40))
def test_any_text_with_a_scheme_is_a_url_or_a_bad_value(text: str) -> None:
    for scheme in ("imaps", "imap"):
        url = f"{scheme}://{text}"
        assert outcome(lambda: parse_server_url(url, "imap").host)  # noqa: B023
    assert outcome(lambda: parse_web_url(f"https://{text}"))


def test_schemes_are_read_in_any_case() -> None:
    assert parse_server_url("IMAPS://A@Mail.Acme.Example", "imap") == ServerUrl(
        "imaps", "mail.acme.example", 993, "A"
    )


@pytest.mark.parametrize(
    "text", ["*", "https://a.example/path", "http://a.example", "a.example", "https://u@a.example"]
)
def test_what_is_no_origin(text: str) -> None:
    with pytest.raises(BadValue):
        parse_origin(text)


def test_an_origin_is_lower_case_as_browsers_send_it() -> None:
    assert parse_origin("https://Shop.Example:8443/") == "https://shop.example:8443"
