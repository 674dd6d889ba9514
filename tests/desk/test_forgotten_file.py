"""A reply that speaks of a file and has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitui.desk.replying.forgotten_file import announced
from omnitui.desk.replying.reply import ForgottenFile
from tests.desk.office import Office


@pytest.mark.parametrize(
    "text",
    [
        "I attached the invoice.", "Please find attached the invoice", "Your invoice is attached.",
        "See the attachment for details", "I'm attaching the photo", "We have attached it",
        "Attached is the label.", "Додаю рахунок-фактуру", "Додаю до листа інструкцію",
        "Рахунок у вкладенні", "Інструкція в додатку", "Прикріпляю файл", "Я прикріпив скріншот",
        "Прикрепил счёт", "Счёт во вложении", "Прилагаю документы", "Faktura w załączniku",
        "W załączeniu przesyłam fakturę", "Załączam fakturę", "Im Anhang finden Sie die Rechnung",
        "anbei die Rechnung", "Vous trouverez ci-joint la facture", "Adjunto la factura",
        "In allegato la fattura", "Segue em anexo", "In de bijlage", "V příloze",
    ],
)  # fmt: skip
def test_a_file_that_is_announced(text: str) -> None:
    assert announced(f"Hello,\n{text}\nAnn")


def test_an_announced_file_that_is_not_there_stops_the_send(office: Office, tmp_path: Path) -> None:
    first = office.got(office.letter())
    with pytest.raises(ForgottenFile, match="Прикріпляю"):
        office.reply(first.conversation_id, "Прикріпляю рахунок", ask_files=True)
    file = tmp_path / "invoice.pdf"
    file.write_bytes(b"x")
    office.reply(first.conversation_id, "Прикріпляю рахунок", ask_files=True, files=[file])
    office.reply(first.conversation_id, "Прикріпляю рахунок")


@pytest.mark.parametrize(
    "text",
    [
        "Could you please attach a photo?", "The photo you attached is blurry.",
        "There was no file attached", "You have not attached anything", "I see nothing attached",
        "Ви не прикріпили файл", "Чи могли б ви прикріпити фото?", "Вы не прикрепили файл",
        "Nie widzę pliku w załączniku", "Proszę o przesłanie zdjęcia w załączniku",
        "> see attached\nYes.", "the hook is attached to the wall?", "Thank you for your letter",
    ],
)  # fmt: skip
def test_no_file_is_announced(text: str) -> None:
    assert announced(text) == ""


@given(st.text(max_size=300))
def test_any_text_may_be_asked(text: str) -> None:
    assert announced(text) in text
