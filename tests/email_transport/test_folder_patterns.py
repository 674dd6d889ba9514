"""Which folders the setting `folders` means, on servers of every kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email.connector import EmailConnector
from connectors.email.imap.folder_names import name_for_new, namespaced, resolve, sent_folder
from connectors.email.imap.folder_patterns import choose
from connectors.email.imap.mailbox_name import quote_mailbox
from connectors.email.imap.parse import Folder, Namespaces, namespaces
from tests.email_transport.conftest import receiving
from tests.email_transport.ledger import MemoryIntake
from tests.servers.dovecot import Dovecot, mail
from tests.servers.fixtures import AccountMaker


def listed(
    *names: str, delimiter: str = "/", told: Namespaces | None = None, **marks: str
) -> list[Folder]:
    """`Drafts="drafts"` marks a folder."""
    made = [Folder(name, delimiter, frozenset(), name) for name in names]
    made += [Folder(name, delimiter, frozenset({f"\\{m}"}), name) for name, m in marks.items()]
    return namespaced(made, told)


SHOP = ("INBOX", "Shop", "Shop/Returns", "Shop/Returns/2026", "Shop/Spam", "Shopping", "Кошик/Нове")


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["INBOX"], ["INBOX"]),
        (["inbox", "INBOX"], ["INBOX"]),
        (["Shop/*"], ["Shop/Returns", "Shop/Returns/2026", "Shop/Spam"]),
        (["Shop/%"], ["Shop/Returns", "Shop/Spam"]),
        (["Shop*"], ["Shop", "Shop/Returns", "Shop/Returns/2026", "Shop/Spam", "Shopping"]),
        (["INBOX", "Shop/*", "!Shop/Spam"], ["INBOX", "Shop/Returns", "Shop/Returns/2026"]),
        (["!Shop/Spam", "INBOX", "Shop/%"], ["INBOX", "Shop/Returns"]),
        (["*/Returns"], ["Shop/Returns"]),
        (["shop/returns"], ["Shop/Returns"]),
        (["Кошик/*"], ["Кошик/Нове"]),
        (["*", "!Shop*", "!Кошик/*"], ["INBOX"]),
        (["Shop.Returns"], []),
        (["S[h]op"], []),
    ],
)
def test_names_wildcards_and_exclusions(patterns: list[str], found: list[str]) -> None:
    assert list(choose(patterns, listed(*SHOP)).names) == found


@pytest.mark.parametrize("delimiter", [".", "/", "\\", "^", ":"])
def test_a_slash_is_whatever_the_server_separates_by(delimiter: str) -> None:
    there = listed(*(name.replace("/", delimiter) for name in SHOP), delimiter=delimiter)
    found = choose(["Shop/%", "Кошик/Нове"], there).names
    assert [name.replace(delimiter, "/") for name in found] == [
        "Shop/Returns",
        "Shop/Spam",
        "Кошик/Нове",
    ]
    # As the server writes it is right too.
    assert resolve(f"Shop{delimiter}Returns", there) == f"Shop{delimiter}Returns"


def test_a_prefix_that_all_personal_folders_share_may_be_left_out() -> None:
    names = ("INBOX", "INBOX.Shop", "INBOX.Shop.Returns", "INBOX.Sent Items")
    told = Namespaces("INBOX.", ("shared.",))
    for there in (
        listed(*names, "shared.info.INBOX", delimiter=".", told=told),
        listed(*names, delimiter="."),  # a server that does not tell: it shows
    ):
        assert choose(["Shop/*"], there).names == ("INBOX.Shop.Returns",)
        assert choose(["INBOX/Shop/*"], there).names == ("INBOX.Shop.Returns",)
        assert resolve("Shop", there) == "INBOX.Shop"
        assert "INBOX" in choose(["%"], there).names
        assert sent_folder("", there) == "INBOX.Sent Items"
        assert name_for_new("Done/2026", there) == "INBOX.Done.2026"
        assert name_for_new("INBOX/Done", there) == "INBOX.Done"


def test_other_peoples_folders_are_read_when_they_are_named() -> None:
    there = listed(
        "INBOX", "Team", "shared/info/Team", "shared/info", told=Namespaces("", ("shared/",))
    )
    assert choose(["*"], there).names == ("INBOX", "Team")
    assert choose(["shared/*"], there).names == ("shared/info/Team", "shared/info")
    assert choose(["shared/info/Team"], there).names == ("shared/info/Team",)
    assert choose(["Team"], there).names == ("Team",)


def test_wildcards_leave_out_what_is_no_customers_mail() -> None:
    there = listed("INBOX", "Shop", Spam="junk", Trash="trash", Drafts="drafts", Gesendet="sent")
    there += listed(Archive="archive", Alle="all")
    assert choose(["*"], there).names == ("INBOX", "Shop", "Archive")
    assert choose(["*", "\\Sent", "Spam"], there).names[3:] == ("Gesendet", "Spam")
    assert choose(["\\Archive"], there).names == ("Archive",)
    assert choose(["*", "!\\Archive"], there).names == ("INBOX", "Shop")
    # Servers that mark nothing: the usual names.
    assert choose(["*"], listed("INBOX", "Junk", "Sent Items", "Trash", "Returns")).names == (
        "INBOX",
        "Returns",
    )


def test_folders_that_cannot_be_opened_are_none() -> None:
    there = listed("INBOX", "Shop/Returns", Shop="noselect", Old="nonexistent")
    assert choose(["*"], there).names == ("INBOX", "Shop/Returns")
    assert choose(["Shop"], there).missing == ("Shop",)


def test_what_is_not_there_is_told_apart() -> None:
    found = choose(["INBOX", "Shop", "Team/*", "\\Archive"], listed("INBOX"))
    assert (found.names, found.missing, found.unmatched) == (
        ("INBOX",),
        ("Shop", "\\Archive"),
        ("Team/*",),
    )


def test_letters_in_two_characters_are_the_same_letters() -> None:
    assert resolve("Réclamations", listed("Re\u0301clamations")) == "Re\u0301clamations"


def test_namespaces_as_servers_tell_them() -> None:
    assert namespaces((b'NAMESPACE (("INBOX." ".")) NIL (("shared." "."))',)) == Namespaces(
        "INBOX.", ("shared.",)
    )
    two = (b'NAMESPACE (("" "/" "X-PARAM" ("FLAG1"))("#mh/" "/")) (("~" "/")) NIL',)
    assert namespaces(two) == Namespaces("", ("~",))
    assert namespaces((b"NAMESPACE NIL NIL NIL",)) is None
    assert namespaces((b"NAMESPACE",)) is None


@given(st.lists(st.text("ab/.*%!\\", min_size=1)), st.lists(st.text("ab/.")))
def test_any_pattern_chooses_among_what_is_there(patterns: list[str], names: list[str]) -> None:
    found = choose(patterns, listed(*names))
    assert set(found.names) <= {*names, "INBOX"}
    assert len(set(found.names)) == len(found.names)


ODD = "INBOX", "Team/Returns", "Повернення/Нові", "Tom & Jerry"


@pytest.mark.real
@pytest.mark.parametrize(
    ("separator", "prefix"), [(".", ""), (".", "INBOX."), ("\\\\", ""), ("/", "Mail/")]
)
async def test_real_separators_and_prefixes(
    own_dovecot: Callable[..., Dovecot],
    email_account: AccountMaker,
    separator: str,
    prefix: str,
) -> None:
    # Maildir++ keeps dots for itself: folders as directories may be called anything.
    server = own_dovecot(
        extra="mail_location = maildir:~/Maildir:LAYOUT=fs\n"
        f'namespace inbox {{\n separator = "{separator}"\n prefix = "{prefix}"\n}}\n'
    )
    box = server.user()
    delimiter = separator[-1]
    with box.imap() as client:
        for name in ODD[1:]:
            status, said = client.create(quote_mailbox(prefix + name.replace("/", delimiter)))
            assert status == "OK", said
            raw = mail("ann@customer.test", box.address, name)
            client.append(quote_mailbox(prefix + name.replace("/", delimiter)), "", "", raw)
    box.deliver(mail("ann@customer.test", box.address, "INBOX"))
    account = email_account(box, folders=("INBOX", "Team/*", "Повернення/%", "Tom & Jerry"))
    intake = MemoryIntake()
    async with receiving(account, intake):
        await intake.count(4)
    assert {each.subject for each in intake.inbound} == set(ODD)
    assert {each.external_id.rsplit("/", 2)[0] for each in intake.inbound} == {
        "INBOX",
        *(prefix + name.replace("/", delimiter) for name in ODD[1:]),
    }
    connector = EmailConnector("support", account)
    checks = await connector.check()
    await connector.close()
    assert [c.ok for c in checks[:5]] == [True] * 5, checks
    assert checks[5].detail == f"{prefix}Sent"


@pytest.mark.timeout(30)
def test_a_mailbox_of_very_many_folders() -> None:
    """Asked at every look, and the engine's other accounts wait meanwhile."""
    names = [f"Shop/{number}" for number in range(40_000)]
    found = choose(["*", "!Shop/1*"], listed(*names))
    assert len(found.names) == sum(not name.startswith("Shop/1") for name in names)
