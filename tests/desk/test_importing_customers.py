"""What becomes of an address book: who is found, who is made, what is left out and said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.model import CustomerField, CustomerSettings
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.customers import columns, csv_file, vcard_file
from omnitui.desk.customers.importing import Import, Outcome, Rehearsal
from omnitui.desk.customers.record import Raw, Trouble, recogniser
from store import customers, identities, suggestions
from store.database import transaction
from store.model import Customer, CustomerId
from tests.desk.office import Office


class Books:
    """A desk that takes address books in."""

    def __init__(self, office: Office, directory: Path) -> None:
        fields = {"plan": CustomerField("plan", "Plan", "choice", ("basic", "business"))}
        wanted = CustomerSettings(country="UA", fields=fields)
        self.office = office
        self.desk: Desk = replace(office.desk, config=replace(office.desk.config, customers=wanted))
        self.path = directory / "book"

    def records(
        self, content: str | bytes, meant: Mapping[str, str] | None = None
    ) -> list[Raw | Trouble]:
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        keys = [("plan", "Plan")]
        if self.path.read_bytes()[:20].upper().startswith(b"BEGIN:VCARD"):
            return list(vcard_file.read(self.path, recogniser(meant or {}, keys, vcard_file.known)))
        how = csv_file.layout(self.path, recogniser(meant or {}, keys, columns.known))
        return list(csv_file.read(self.path, how))

    def take(
        self, content: str | bytes, *, overwrite: bool = False, rehearse: bool = False
    ) -> Outcome:
        kind = Rehearsal if rehearse else Import
        importing = kind(self.desk, "book.csv", overwrite=overwrite)
        with transaction(self.desk.db):
            importing.take(self.records(content))
        return importing.outcome

    def all(self) -> list[Customer]:
        return sorted(customers.find(self.desk.db), key=lambda one: one.id)

    def one(self, name: str) -> Customer:
        (found,) = [one for one in self.all() if one.name == name]
        return found

    def addresses(self, name: str) -> list[tuple[str, str, str]]:
        there = identities.of(self.desk.db, self.one(name).id)
        return sorted((one.channel, one.address, one.proof) for one in there)

    def state(self) -> object:
        db = self.desk.db
        return [(one, identities.of(db, one.id), customers.notes(db, one.id)) for one in self.all()]


@pytest.fixture
def books(office: Office, tmp_path: Path) -> Books:
    return Books(office, tmp_path)


GOOGLE = (
    "\ufeffFirst Name,Middle Name,Last Name,Photo,Labels,E-mail 1 - Label,E-mail 1 - Value,"
    "Phone 1 - Value,Organization Name,Organization Title,Birthday,Notes,custom_fields.plan\r\n"
    'Ann,M.,Lee,http://x/y,* myContacts ::: Good Friends,* Home,"ann@x.example ::: a@y.example",'
    '067 123 45 67,"Acme, Inc.",Boss,1984-12-31,"two\r\nlines",BASIC\r\n'
    ",,,,,,,,,,,,\r\n"
    "Bob,,Ray,,,,Bob@X.example,+44 20 7946 0958,,,0/0/00,,\r\n"
)


def test_google_s_export(books: Books) -> None:
    outcome = books.take(GOOGLE)
    assert (outcome.made, outcome.troubled) == (2, 0)
    ann = books.one("Ann M. Lee")
    assert (ann.company, ann.tags) == ("Acme, Inc.", ("good-friends",))
    assert ann.fields == {"title": "Boss", "birthday": "1984-12-31", "plan": "basic"}
    assert [note.text for note in customers.notes(books.desk.db, ann.id)] == ["two\r\nlines"]
    assert books.addresses("Ann M. Lee") == [
        ("email", "a@y.example", ""),
        ("email", "ann@x.example", ""),
        ("phone", "+380671234567", ""),
    ]
    assert books.addresses("Bob Ray")[0] == ("email", "bob@x.example", "")
    (first, _second) = books.office.log("customer.created")
    assert first.data == {"name": "Ann M. Lee", "by": "import", "file": "book.csv"}


def test_a_repeat_changes_nothing_and_tells_nothing(books: Books) -> None:
    books.take(GOOGLE)
    before, log = books.state(), len(books.office.log("customer.imported"))
    assert books.take(GOOGLE).unchanged == 2
    assert books.take(GOOGLE, overwrite=True).unchanged == 2
    assert books.state() == before
    assert len(books.office.log("customer.imported")) == log


@pytest.mark.parametrize(
    ("content", "name", "address"),
    [
        (
            "Title,First Name,Last Name,Business Fax,E-mail Address,E-mail Display Name,Notes"
            "\r\nMr,Ann,Lee,1,ann@x.example,Ann L,\r\n",
            "Ann Lee",
            "ann@x.example",
        ),
        ("Record ID - Contact,First Name,Last Name,Email\n7,Ann,Lee,ann@x.example", "Ann Lee",
         "ann@x.example"),
        ("name,email,external_id,phone,role\nAnn Lee,ann@x.example,1,,end-user\n", "Ann Lee",
         "ann@x.example"),
        ("id,name,email,phone_number\n1,Ann Lee,ann@x.example,+380671234567\n", "Ann Lee",
         "ann@x.example"),
        ("sep=;\nName;E-Mail\n\"Lee, Ann\";ann@x.example\n", "Ann Lee", "ann@x.example"),
        ("ПІБ;Ел. пошта\nОлена Коваль;olena@x.example\n", "Олена Коваль", "olena@x.example"),
        ("Imię i nazwisko\tAdres e-mail\nMałgorzata Żak\tm@x.example\n", "Małgorzata Żak",
         "m@x.example"),
    ],
)  # fmt: skip
def test_what_other_programs_write(books: Books, content: str, name: str, address: str) -> None:
    assert books.take(content).troubles == []
    assert books.addresses(name)[0][1] == address


@pytest.mark.parametrize("charset", ["cp1251", "utf-16", "utf-8-sig", "koi8_u"])
def test_charsets_are_found(books: Books, charset: str) -> None:
    text = (
        "Ім'я;Прізвище;Електронна пошта;Примітки\r\n"
        "Олена;Коваленко;olena@x.example;Дзвонити після обіду, будь ласка\r\n"
        "Петро;Шевченко;petro@x.example;Постійний клієнт із Києва та області\r\n"
    )
    books.take(text.encode(charset))
    assert [one.name for one in books.all()] == ["Олена Коваленко", "Петро Шевченко"]


def test_a_card_is_filled_where_it_is_empty_or_overwritten_when_asked(books: Books) -> None:
    books.take("name,email,company,plan\nAnn Lee,ann@x.example,,basic\n")
    more = "name,email,company,plan,tags\nAnna Lee,ann@x.example,Acme,business,vip\n"
    assert books.take(more).changed == 1
    ann = books.one("Ann Lee")
    assert (ann.company, ann.fields["plan"], ann.tags) == ("Acme", "basic", ("vip",))
    (told,) = books.office.log("customer.imported")
    assert told.data["changed"] == ["company", "tags"]
    assert (told.data["before"], told.data["value"]) == ({}, {"company": "Acme"})
    assert books.take(more, overwrite=True).changed == 1
    told = books.office.log("customer.imported")[-1]
    assert told.data["before"] == {"name": "Ann Lee", "plan": "basic"}
    assert told.data["value"] == {"name": "Anna Lee", "plan": "business"}
    assert books.one("Anna Lee").fields["plan"] == "business"


def test_a_row_that_would_join_two_is_told_and_suggested_never_merged(books: Books) -> None:
    books.take("name,email\nAnn Lee,ann@x.example\nA. Lee,al@y.example\n")
    both = "name,email\nAnn Lee,ann@x.example al@y.example\n"
    outcome = books.take(both)
    assert (outcome.left_out, outcome.suggested, len(books.all())) == (1, 1, 2)
    assert "an agent decides" in outcome.troubles[0].sentence
    (maybe,) = suggestions.of_customer(books.desk.db, books.one("Ann Lee").id)
    assert maybe.evidence["address"] == "al@y.example"
    assert maybe.evidence["seen"] == "import"
    with transaction(books.desk.db):
        suggestions.decide(books.desk.db, maybe.id, "dismissed", agent="ann", at=1)
    assert books.take(both).suggested == 0
    assert suggestions.of_customer(books.desk.db, books.one("Ann Lee").id) == []


def test_a_family_s_telephone_makes_nobody_another_one(books: Books) -> None:
    outcome = books.take(
        "name,email,phone\n"
        "Ann Lee,ann@x.example,067 123 45 67\n"
        "Bob Ray,bob@x.example,067 123 45 67\n"
        "Zoe Ray,,067 123 45 67\n"
        "Lee Ann,,067 123 45 67\n"
    )
    assert (outcome.made, outcome.suggested, outcome.left_out, outcome.unchanged) == (2, 1, 1, 1)
    assert books.addresses("Bob Ray") == [("email", "bob@x.example", "")]
    assert [one.line for one in outcome.troubles] == [3, 4]


def test_a_shared_address_gives_nobody_another_one_s(books: Books) -> None:
    books.take("name,email\nAnn Lee,info@x.example\n")
    row = "name,email,email 2\nBob Ray,info@x.example,bob@x.example\n"
    assert "--overwrite" in books.take(row).troubles[0].sentence
    assert books.addresses("Ann Lee") == [("email", "info@x.example", "")]
    assert books.take(row, overwrite=True).changed == 1
    assert len(books.addresses("Bob Ray")) == 2


def test_what_cannot_be_understood_costs_no_more_than_itself(books: Books) -> None:
    outcome = books.take(
        "name,email,phone,plan,language\n"
        "Ann Lee,ann@x.example,12,gold,klingon\n"
        "Nobody,support@acme.example,,,\n"
        "Zed,,,,\n"
        "Bob,bob@x.example,,,Ukrainian\n"
    )
    assert [one.line for one in outcome.troubles] == [2, 2, 2, 3, 3, 4]
    assert [(one.name, one.language) for one in books.all()] == [("Ann Lee", ""), ("Bob", "uk")]
    assert books.one("Ann Lee").fields == {}


def test_a_quote_that_does_not_end_costs_its_own_line(books: Books) -> None:
    rows = "".join(f"P{n},p{n}@x.example\n" for n in range(30))
    outcome = books.take(f'name,email\nAnn,ann@x.example\nBad,"bad@x.example\n{rows}')
    assert outcome.made == 31
    assert [one.line for one in outcome.troubles] == [3]


def test_columns_may_be_named_by_hand(books: Books) -> None:
    raw = books.records("Who,Mail to,Shoe size\nAnn,a@x.example,42\n",
                        {"who": "name", "Mail to": "email", "Shoe size": "shoes"})  # fmt: skip
    assert isinstance(raw[0], Raw)
    assert raw[0].values == {"name": ["Ann"], "email": ["a@x.example"], "field:shoes": ["42"]}
    with pytest.raises(CommandError, match="--map"):
        books.records("Wer,Wohin\nx,y\n")


def test_a_rehearsal_finds_the_same_and_changes_nothing(books: Books) -> None:
    books.take("name,email,phone\nAnn Lee,ann@x.example,067 123 45 67\n")
    content = (
        "name,email,phone,company\n"
        "Ann Lee,ann@x.example,,Acme\n"
        "Bob Ray,bob@x.example,067 123 45 67,\n"
        "Bob Ray,bob@x.example b2@x.example,,Acme\n"
        "Bob Ray,bob@x.example,,Acme\n"
        ",zoe@x.example,,\n"
        ",zoe@x.example ann@x.example,,\n"
    )
    before = books.state()
    rehearsed = books.take(content, rehearse=True)
    assert books.state() == before
    real = books.take(content)
    counts = [
        (one.made, one.changed, one.unchanged, one.left_out, one.suggested, one.troubled)
        for one in (rehearsed, real)
    ]
    assert counts == [(2, 2, 1, 1, 2, 2)] * 2


def test_what_was_interrupted_is_simply_repeated(books: Books) -> None:
    content = "name,email\n" + "".join(f"P{n},p{n}@x.example\n" for n in range(9))
    records = books.records(content)
    stopped = Import(books.desk, "book.csv")
    with transaction(books.desk.db):
        stopped.take(records[:3])

    def is_killed() -> None:
        with transaction(books.desk.db):
            stopped.take(records[3:6])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        is_killed()
    again = books.take(content)
    assert (again.made, again.unchanged, len(books.all())) == (6, 3, 9)


def test_an_imported_address_proves_nothing_until_its_owner_writes(books: Books) -> None:
    books.take("name,email\nAnn Lee,ann@x.example\n")
    letter = books.office.got(books.office.letter("Ann <ann@x.example>", proofs=("dmarc",)))
    assert letter.customer_id == books.one("Ann Lee").id
    assert books.addresses("Ann Lee") == [("email", "ann@x.example", "dmarc")]


VCARDS = """\
BEGIN:VCARD
VERSION:3.0
N:Lee;Ann;;;
FN:Ann Lee
item1.EMAIL;TYPE=INTERNET:ann@x.example
item1.X-ABLabel:other
EMAIL;TYPE=WORK:ann@work.example
TEL;TYPE=CELL:+380 67 123 45 67
ORG:Acme\\, Inc.;Sales
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD
 /2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRof
BDAY:19841231
CATEGORIES:vip,family
NOTE:one\\ntwo
X-PLAN:Basic
X-ODD:1
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=9A=D0=BE=D0=B2=D0=B0=D0=BB=D1=8C;=D0=9E=D0=BB=D0=B5=
=D0=BD=D0=B0
TEL;CELL:0677654321
PHOTO;JPEG;ENCODING=BASE64:
 R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7

END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Jan Nowak
this is no property
TEL;VALUE=uri:tel:+48-600-100-300;ext=2
LANG:pl
END:VCARD
BEGIN:VCARD
FN:Cut
BEGIN:VCARD
VERSION:3.0
KIND:group
FN:Friends
END:VCARD
BEGIN:VCARD
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_vcards_of_three_versions(books: Books, newline: str) -> None:
    outcome = books.take(VCARDS.replace("\n", newline))
    lines = VCARDS.splitlines()
    assert [one.line for one in outcome.troubles] == [lines.index("FN:Cut"), len(lines)]
    ann = books.one("Ann Lee")
    assert (ann.company, ann.tags) == ("Acme, Inc.", ("family", "vip"))
    assert ann.fields == {"birthday": "1984-12-31", "plan": "basic"}
    assert [address for _c, address, _p in books.addresses("Ann Lee")] == [
        "ann@work.example",
        "ann@x.example",
        "+380671234567",
    ]
    assert books.addresses("Олена Коваль") == [("phone", "+380677654321", "")]
    assert books.one("Jan Nowak").language == "pl"
    assert len(books.all()) == 3
    assert list(outcome.unknown) == ["X-ODD"]
    assert books.take(VCARDS).unchanged == 3


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    directory = tmp_path_factory.mktemp("books")
    with Office.open(directory) as office:
        yield Books(office, directory)


PIECES = st.sampled_from(
    [b"BEGIN:VCARD\r\n", b"END:VCARD\n", b"VERSION:2.1\n", b"FN:", b"N:;;", b"EMAIL:", b"TEL",
     b"ENCODING=QUOTED-PRINTABLE", b"CHARSET=nope", b"=\n", b"=D0=9", b";", b":", b",", b'"',
     b"\n ", b"\n", b"a@x.example", b"PHOTO;ENCODING=b:", b"\xff\xfe", b"\0", b"ORG:a;b\n",
     b"BDAY:x\n", b"TEL;VALUE=uri:tel:", b"item1.", b"\\", b"\xd0", b"KIND:group\n"]
)  # fmt: skip
ROWS = st.sampled_from(
    [b"name", b"email", b"phone", b"notes", b",", b";", b"\t", b'"', b'""', b"\r", b"\n", b"\r\n",
     b"a@x.example", b"+380671234567", b"\xef\xbb\xbf", b"\xff", b"\0", b"sep=", b"tags", b" ::: "]
)  # fmt: skip
QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@QUICK
@given(pieces=st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=30))
def test_any_bytes_are_cards_or_troubles(library: Books, pieces: list[bytes]) -> None:
    outcome = library.take(b"BEGIN:VCARD\r\n" + b"".join(pieces), rehearse=True)
    assert outcome.records >= 0


@QUICK
@given(pieces=st.lists(st.one_of(ROWS, st.binary(max_size=8)), max_size=30))
def test_any_bytes_are_rows_or_a_sentence(library: Books, pieces: list[bytes]) -> None:
    try:
        outcome = library.take(b"".join(pieces), rehearse=True)
    except CommandError as error:
        outcome = Outcome()
        outcome.tell(1, str(error))
        assert outcome.troubles[0].sentence.isprintable()
    assert len(outcome.troubles) == outcome.troubled


@QUICK
@given(
    people=st.lists(
        st.tuples(
            st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20),
            st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True),
            st.text(st.characters(blacklist_categories=("Cs",)), max_size=40),
        ),
        min_size=1,
        max_size=6,
    ),
    delimiter=st.sampled_from(",;\t"),
)
def test_what_a_spreadsheet_writes_is_read_as_it_was(
    library: Books, people: list[tuple[str, str, str]], delimiter: str
) -> None:
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["Full name", "E-mail", "Notes"])
    writer.writerows(people)
    found = library.records(out.getvalue().encode())
    assert [one.first("email") for one in found if isinstance(one, Raw)] == [
        email for _name, email, _note in people
    ]
    for one, (name, _email, note) in zip(found, people, strict=True):
        assert isinstance(one, Raw)
        assert one.first("name") == name.strip()
        assert one.first("note") == note.replace("\0", "").strip()


def test_customers_of_a_store_are_told_apart(books: Books) -> None:
    """The numbers of a rehearsal are nobody's."""
    books.take("name,email\nAnn,a@x.example\n", rehearse=True)
    assert customers.current(books.desk.db, CustomerId(1)) == 1
    assert books.all() == []


def test_a_file_made_to_last_for_ever_does_not(office: Office, tmp_path: Path) -> None:
    """A picture in one line of megabytes; more parameters than a library's pattern can bear."""
    path = tmp_path / "bomb.vcf"
    path.write_text(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEMAIL:ann@home.example\n"
        f"PHOTO;ENCODING=b:{'A' * 3_000_000}\n"
        f"EMAIL;{'a=b;' * 5_000}:evil@home.example\n"
        f"TEL;\n {'a=b;' * 60}\n :+380671234567\n"
        "END:VCARD\n"
    )
    (record,) = vcard_file.read(path, vcard_file.known)
    assert isinstance(record, Raw)
    assert record.values["email"] == ["ann@home.example"]
    assert "phone" not in record.values


@pytest.mark.parametrize("begin", [b"PK\x03\x04", b"\x1f\x8b"])
def test_a_spreadsheets_own_file_is_told_from_text(tmp_path: Path, begin: bytes) -> None:
    path = tmp_path / "people.xlsx"
    path.write_bytes(begin + bytes(100))
    with pytest.raises(CommandError, match="save it as CSV"):
        csv_file.layout(path, vcard_file.known)


@pytest.mark.parametrize("name", ["nope", "idna", "undefined", "base64"])
def test_a_charset_that_is_none_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / "people"
    path.write_text("name,email\n")
    for reading in (
        lambda: csv_file.layout(path, vcard_file.known, name),
        lambda: list(vcard_file.read(path, vcard_file.known, name)),
    ):
        with pytest.raises(CommandError, match=name):
            reading()
