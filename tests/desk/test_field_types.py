"""What the fields of a card take, in which form they keep it, and what they say of the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.model import CustomerField, CustomerSettings, FieldType
from omnitui.desk.command import CommandError
from omnitui.desk.context import Desk
from omnitui.desk.customers import field_types
from omnitui.desk.customers.dates import parse_date
from tests.desk.office import Office

TODAY = date(2026, 11, 22)
PLAN = CustomerField("plan", "Plan", "choice", ("basic", "business", "enterprise"))


def field(kind: FieldType) -> CustomerField:
    return CustomerField("x", "X", kind)


@pytest.fixture
def desk(office: Office) -> Desk:
    return office.desk


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("number", "1 234,5", 1234.5),
        ("number", "1,234.50", 1234.5),
        ("number", "1.234.567", 1234567),
        ("number", "1\u202f234\u202f567", 1234567),
        ("number", "−3", -3),
        ("number", "12,5", 12.5),
        ("yes-no", "Так", True),
        ("yes-no", "нет", False),
        ("yes-no", "tak", True),
        ("yes-no", "No", False),
        ("choice", "Business", "business"),
        ("choice", "ent", "enterprise"),
        ("url", "Acme.example/a?b=1", "https://Acme.example/a?b=1"),
        ("url", "HTTP://acme.example", "http://acme.example"),
        ("email", "<Ann@Acme.Example>", "ann@acme.example"),
        ("phone", "067 123-45-67", "+380671234567"),
        ("phone", "0044 20 7946 0958", "+442079460958"),
        ("date", "1.12.2026", "2026-12-01"),
        ("text", " as it is ", "as it is"),
    ],
)
def test_values_are_kept_in_one_form(desk: Desk, kind: FieldType, typed: str, kept: Any) -> None:
    wanted = replace(PLAN, type=kind)
    value = field_types.read(desk, wanted, typed)
    assert value == kept
    assert type(value) is type(kept)
    assert field_types.read(desk, wanted, field_types.spoken(value)) == value
    assert field_types.problem(desk, wanted, value) == ""
    assert field_types.shown(wanted, value)


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("number", "twelve", "no number"),
        ("number", "1" * 20, "too many digits"),
        ("number", "1,2,3", "no number"),
        ("yes-no", "maybe", "neither"),
        ("choice", "bussines", "Did you mean “business”?"),
        ("choice", "b", "is not one of"),
        ("url", "javascript:alert(1)", "no web address"),
        ("url", "acme", "no web address"),
        ("email", "ann at acme", "no mail address"),
        ("phone", "12", "no telephone number"),
        ("date", "31.02.2026", "no date"),
        ("text", "x" * 3000, "at most"),
        ("text", "  ", "empty"),
    ],
)
def test_what_does_not_fit_is_said_in_a_line(
    desk: Desk, kind: FieldType, typed: str, said: str
) -> None:
    with pytest.raises(CommandError) as error:
        field_types.read(desk, replace(PLAN, type=kind), typed)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 200


def test_a_separator_means_what_the_interface_s_language_says(desk: Desk) -> None:
    assert field_types.read(desk, field("number"), "1,234") == 1234
    config = replace(desk.config, desk=replace(desk.config.desk, language="uk"))
    theirs = replace(desk, config=config)
    assert field_types.read(theirs, field("number"), "1,234") == 1.234
    with pytest.raises(CommandError, match="may be"):
        field_types.read(theirs, field("number"), "1.234")


def test_what_was_kept_before_the_type_is_told_of(desk: Desk) -> None:
    assert "no date" in field_types.problem(desk, field("date"), "soon")


@pytest.mark.parametrize(
    ("text", "country", "meant"),
    [
        ("2026-12-01", "", "2026-12-01"),
        ("2026/12/1", "", "2026-12-01"),
        ("20261201", "", "2026-12-01"),
        ("2026-12-01T10:00:00Z", "", "2026-12-01"),
        ("01.12.26", "", "2026-12-01"),
        ("1/12/2026", "GB", "2026-12-01"),
        ("12/1/2026", "US", "2026-12-01"),
        ("12/31/1984 12:00 am", "US", "1984-12-31"),
        ("1.12.84", "", "1984-12-01"),
        ("1 грудня 2026 р.", "", "2026-12-01"),
        ("1 декабря 2026 года", "", "2026-12-01"),
        ("1 grudnia 2026", "", "2026-12-01"),
        ("Dec 1st, 2026", "", "2026-12-01"),
        ("yesterday", "", "2026-11-21"),
        ("завтра", "", "2026-11-23"),
    ],
)
def test_dates_in_many_writings(text: str, country: str, meant: str) -> None:
    assert parse_date(text, TODAY, country) == date.fromisoformat(meant)


@pytest.mark.parametrize("text", ["", "soon", "1.12", "13/31/2026", "0/0/00", "1 2 3", "--1201"])
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text, TODAY) is None


@given(st.text(max_size=80))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = parse_date(text, TODAY)
    assert found is None or parse_date(found.isoformat(), TODAY) == found


def test_fields_are_found_by_key_and_label(desk: Desk) -> None:
    settings = CustomerSettings(fields={"plan": PLAN})
    known = replace(desk, config=replace(desk.config, customers=settings))
    assert field_types.field_of(known, "PLAN") is PLAN
    assert field_types.field_of(known, "shoe size").type == "text"
    assert field_types.meant(known, "pla", {}) == "plan"
    assert field_types.meant(known, "pla", {"pla": "there"}) == ""
    assert field_types.meant(known, "shoes", {}) == ""
    with pytest.raises(CommandError, match="customer company"):
        field_types.field_of(known, "company")


@given(
    kind=st.sampled_from(["number", "date", "yes-no", "choice", "url", "email", "phone", "text"]),
    text=st.one_of(
        st.text(max_size=40),
        st.text("0123456789., -+'/", max_size=20),
        st.from_regex(r"[a-z:/\[\]@%.]{0,20}", fullmatch=True),
    ),
)
def test_any_text_is_a_value_or_a_sentence(anywhere: Desk, kind: FieldType, text: str) -> None:
    wanted = replace(PLAN, type=kind)
    try:
        value = field_types.read(anywhere, wanted, text)
    except CommandError:
        return
    assert field_types.read(anywhere, wanted, field_types.spoken(value)) == value


@pytest.fixture(scope="module")
def anywhere(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Office.open(tmp_path_factory.mktemp("desk")) as office:
        yield office.desk
