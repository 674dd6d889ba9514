"""Subjects with what programs of many languages put before them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.desk.mail.subjects import answers, base_subject


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Order 5", "RE: Order 5", "re:order 5", "Re : Order 5", "Re[2]: Order 5",
        "Re(3): Order 5", "Re^2: Order 5", "Aw: Order 5", "AW: Re: Order 5", "Antw: Order 5",
        "SV: Order 5", "VS: Order 5", "Odp: Order 5", "Odp.: Order 5", "Отв: Order 5",
        "Ответ: Order 5", "Відп: Order 5", "Відповідь: Order 5", "Vá: Order 5", "R: Order 5",
        "RIF: Order 5", "Rép : Order 5", "YNT: Order 5", "回复: Order 5", "回复：Order 5",
        "答复: Order 5", "Re: 答复: Order 5", "返信: Order 5", "Re: [EXTERNAL] Order 5",
        "[support] Re: Order 5", "Re: Fwd: Order 5", "Automatic reply: Order 5",
        "Автовідповідь: Order 5", "  Re:   Order   5 ", "Re: Order 5.",
    ],
)  # fmt: skip
def test_answers_have_the_subject_they_answer(subject: str) -> None:
    assert answers(subject)
    assert base_subject(subject) == "order 5"


@pytest.mark.parametrize(
    "subject", ["Order 5", "Repair: order", "Return of order 5", "Resume: Ann", "Odporność: test"]
)
def test_other_subjects_are_left_alone(subject: str) -> None:
    assert not answers(subject)
    assert base_subject(subject) == subject.casefold()


def test_a_subject_of_prefixes_alone_is_empty() -> None:
    assert base_subject("Re: Re:") == base_subject("") == base_subject(" AW: ") == ""


@given(st.text(max_size=300), st.sampled_from(["Re: ", "AW: ", "Odp: ", "Відп: ", "[x] ", "Fwd: "]))
def test_a_prefix_more_changes_nothing(subject: str, prefix: str) -> None:
    subject = f"Order {subject}"
    assert base_subject(prefix + subject) == base_subject(subject)
