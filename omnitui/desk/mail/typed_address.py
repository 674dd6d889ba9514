"""An e-mail address that somebody typed and that a mail is to go to unseen."""

from __future__ import annotations

import unicodedata

from config.i18n import _
from omnitui.desk.addresses import OwnAddresses
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.replying.recipients import check_addresses
from store import identities

LONGEST = 254
"""Bytes of an address, and of what is before its @ (RFC 5321 §4.5.3.1)."""
LONGEST_LOCAL = 64
LONGEST_LABEL = 63
_LOOKALIKES = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
"""Scripts whose letters pass for each other's."""


class OddAddress(CommandError):
    """No mail goes to such an address."""


def checked(desk: Desk, typed: str) -> str:
    """The address as identities have it.

    Raises `OddAddress` for what is no address, or made to look like another one, and `NoAddress`
    for our own.
    """
    address = identities.normalise("email", typed.strip()[: LONGEST * 2])
    check_addresses(OwnAddresses(desk), "email", [address])
    local, _at, domain = address.rpartition("@")
    labels = domain.split(".")
    if (
        len(address.encode()) > LONGEST
        or len(local.encode()) > LONGEST_LOCAL
        or len(labels) < 2
        or not all(map(_is_label, labels))
        or not all(_is_plain(sign) for sign in address)
        or any(map(_mixes, (local, *labels)))
        or '"' in address
        or local.startswith((".", "-"))
        or local.endswith(".")
        or ".." in local
    ):
        raise OddAddress(_("“{address}” is no mail address.").format(address=address[:80]))
    return address


def _is_label(label: str) -> bool:
    if not label or label.startswith("-") or label.endswith("-"):
        return False
    if not all(sign == "-" or sign.isalnum() or unicodedata.combining(sign) for sign in label):
        return False
    try:
        return len(label.encode("idna")) <= LONGEST_LABEL
    except UnicodeError:
        return False


def _is_plain(sign: str) -> bool:
    """What stands in addresses and is seen (RFC 5322 `atext`; of RFC 6532 letters alone)."""
    if sign.isascii():
        return sign.isalnum() or sign in "@.#$&'*+-/=?^_`{|}~"
    return unicodedata.category(sign)[0] in "LNM"


def _mixes(word: str) -> bool:
    """Letters of scripts that look alike, in one word (UTS #39, restriction levels)."""
    found = {
        script
        for sign in word
        if sign.isalpha()
        for script in _LOOKALIKES
        if unicodedata.name(sign, "").startswith(script)
    }
    return len(found) > 1
