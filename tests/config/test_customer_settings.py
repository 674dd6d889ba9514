"""What [customers] takes, and what it says of the rest."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.home import find_home
from config.load import load
from config.model import CustomerField, CustomerSettings
from config.patterns import pattern
from config.problems import BadValue, ConfigError


def loaded(tmp_path: Path, text: str) -> CustomerSettings:
    (tmp_path / "config.toml").write_text(text)
    return load(find_home(tmp_path)).customers


def test_without_a_table_fields_are_free_and_languages_learned(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == CustomerSettings(None, True, "", {})


def test_fields_keep_the_order_of_the_file(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        r"""
        [customers]
        order_number = '\bORD-\d{5}\b'
        detect_language = false
        country = "ua"
        [customers.fields.plan]
        label = "Plan"
        choices = ["basic", "business"]
        required = true
        [customers.fields.until]
        type = "date"
        [customers.fields.anything]
        """,
    )
    assert list(found.fields.values()) == [
        CustomerField("plan", "Plan", "choice", ("basic", "business"), True),
        CustomerField("until", "until", "date"),
        CustomerField("anything", "anything", "text"),
    ]
    assert found.country == "UA"
    assert not found.detect_language
    assert found.order_number
    assert found.order_number.findall("my ord-12345, not ORD-123456") == ["ord-12345"]


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("[customers]\ndetect_langage = true", "2: customers.detect_langage", "detect_language"),
        ("[customers.feilds.x]", "1: customers.feilds", "fields"),
        ("[customers.fields.x]\ntype = 'choise'\n", "2: customers.fields.x.type", "choice"),
        ("[customers.fields.x]\ntype = 'choice'\n", "1: customers.fields.x", "choices"),
        (
            "[customers.fields.x]\ntype = 'date'\nchoices = ['a']",
            "3: customers.fields.x.choices",
            "choice",
        ),
        (
            "[customers.fields.x]\nchoices = ['Basic', 'basic']",
            "2: customers.fields.x.choices",
            "twice",
        ),
        ("[customers.fields.Company]", "1: customers.fields.Company", "every card"),
        ('[customers.fields."the plan"]', '1: customers.fields."the plan"', "label"),
        ("[customers.fields.x]\nlable = 'X'", "2: customers.fields.x.lable", "label"),
        ("[customers]\ncountry = 'UK'", "2: customers.country", "GB"),
        ("[customers]\norder_number = '('", "2: customers.order_number", "regular expression"),
        ("[customers]\norder_number = 'x*'", "2: customers.order_number", "matches anything"),
        (r"[customers]" "\norder_number = '(a+)+b'", "2: customers.order_number", "long text"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, text: str, where: str, said: str
) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, text)
    assert f"config.toml:{where}: " in str(error.value)
    assert said in str(error.value)
    assert len(error.value.problems) == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (r"\bORD-\d{5,8}\b", "ORD-12345"),
        (r"(?:ORD|INV)-?\d{4,}", "INV1234567"),
        (r"#(\d{5,7})", "#12345"),
        (r"[A-Z]{2}-[\d-]+", "AB-12-34"),
        (r"[A-Z]+-\d+-\d+/\d+", "ORDER-2026-00012/7"),
        (r"N[°º]?\s*\d+", "N° 123"),
        (r"(?i)\b(?:order|замовлення)\s+\d{4,9}", "замовлення 12345"),
    ],
)
def test_patterns_that_people_write_are_taken(text: str, number: str) -> None:
    found = pattern(text).search(f"about {number} please")
    assert found is not None
    assert found[0] == number


@pytest.mark.parametrize(
    "text",
    [
        r"(a|a)*b", r"(\w+\s?)+x", r"(?:a{1,9}){1,9}b", r"((a+))+b", r"\w+\s*\w+\s*x",
        r"\d{1,2000}\d{1,2000}\d{1,2000}x", r"(a+)\1+x", "(?x)(a +# )\n )+ x", "a?" * 25 + "x",
    ],
)  # fmt: skip
def test_patterns_that_run_away_are_refused(text: str) -> None:
    with pytest.raises(BadValue):
        pattern(text)


@given(st.text("abx()|[]?*+{}1,2\\d^$-", max_size=30))
def test_what_is_taken_is_fast(text: str) -> None:
    """On the letters that make backtracking worst."""
    try:
        taken = pattern(text)
    except BadValue:
        return
    began = time.process_time()
    for letters in ("a" * 4000, "ab" * 2000, "1" * 4000, "\\" * 4000):
        taken.search(letters + "!")
    assert time.process_time() - began < 2


def test_a_tag_that_keeps_customers_is_the_one_that_agents_type(tmp_path: Path) -> None:
    """Else who is under a legal hold would be erased for a capital letter."""
    loaded(tmp_path, '[retention]\ncustomers = "3y"\nkeep = ["Legal Hold", "#VIP"]')
    assert load(find_home(tmp_path)).retention.keep == ("legal-hold", "vip")
    with pytest.raises(ConfigError, match="no tag"):
        loaded(tmp_path, '[retention]\nkeep = ["#"]')
    with pytest.raises(ConfigError, match="at least 30 days"):
        loaded(tmp_path, '[retention]\ncustomers = "1s"')
