"""What language a customer writes, from several messages, and who may say otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from omnitui.desk.customers import language
from store import customers
from store.model import Message
from tests.desk.office import MINUTE, Office

ENGLISH = ("Hi, where is my order?", "Still nothing. When will it arrive?", "Password reset fails")
GERMAN = ("Guten Tag, wo ist meine Bestellung?", "Die Rechnung ist falsch, bitte korrigieren Sie",
          "Der Kessel macht seit gestern Geräusche")  # fmt: skip


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("en", ENGLISH),
        ("de", GERMAN),
        ("uk", ("Добрий день, де моє замовлення?", "Котел дивно шумить", "Передзвоніть завтра")),
        ("ru", ("Здравствуйте, где мой заказ?", "Котёл странно шумит", "Перезвоните завтра")),
        ("pl", ("Dzień dobry, gdzie jest moje zamówienie?", "Kocioł hałasuje", "Nadal nic")),
        ("fr", ("Bonjour, où est ma commande ?", "La chaudière fait un bruit étrange", "merci !")),
        ("es", ("Hola, ¿dónde está mi pedido?", "La caldera hace un ruido raro", "¡gracias!")),
        ("cs", ("Dobrý den, kde je moje objednávka?", "Kotel od včerejška divně hučí", "děkuji")),
        ("el", ("Καλημέρα, πού είναι η παραγγελία μου;",)),
        ("ja", ("注文した商品がまだ届きません。いつ届きますか。",)),
    ],
)  # fmt: skip
def test_a_few_messages_tell(code: str, texts: tuple[str, ...]) -> None:
    assert language.of(texts) == code


@pytest.mark.parametrize(
    "text",
    ["", "ok", "👍", "12345 67", "https://shop.example/en/orders/where-is-my-order", "merci",
     "Иван", "ann@home.example", "ORD-1234"],
)  # fmt: skip
def test_too_little_tells_nothing(text: str) -> None:
    assert language.guess(text) == ""


def _writes(office: Office, text: str, **more: str) -> Message:
    office.clock.pass_(MINUTE)
    return office.got(office.letter(text=text, **more))


def _known(office: Office, message: Message) -> str:
    return customers.get(office.desk.db, message.customer_id).language


def test_it_is_learned_and_learned_anew(office: Office) -> None:
    for text in ENGLISH:
        came = _writes(office, text)
    assert _known(office, came) == "en"
    for text in GERMAN:
        came = _writes(office, text)
    assert _known(office, came) == "de"
    told = office.log("customer.changed")[-1]
    assert (told.actor, told.data["before"], told.data["value"]) == ("engine", "en", "de")
    _writes(office, "ok")
    assert _known(office, came) == "de"


def test_a_browsers_language_gives_way_to_what_they_write(office: Office) -> None:
    came = office.got(office.line(text="hi", details={"language": "en"}))
    assert _known(office, came) == "en"
    dutch = "Waar is mijn bestelling, of is die al op weg naar Utrecht? "
    came = office.got(office.line(text=dutch + "Ik wacht nu al een week en hoor helemaal niets."))
    assert _known(office, came) == "nl"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "Hello, when is my order to be shipped? I have not got it and you do not answer."),
        ("uk", "Добрий день, коли вже буде моє замовлення? Дякую, що відповіли, але це не те."),
        ("ru", "Здравствуйте, когда уже будет мой заказ? Спасибо, что ответили, но это не то."),
        ("de", " ".join(GERMAN)),
        ("", "ok"),
    ],
)
def test_what_was_written_long_ago_tells_too(office: Office, code: str, text: str) -> None:
    came = office.got(office.letter(text=text, history=True))
    assert _known(office, came) == code
    # It says nothing against what is known.
    later = "Guten Abend, ich warte noch immer auf die Lieferung und die Rechnung."
    came = office.got(office.letter(text=later, history=True))
    assert _known(office, came) == (code or "de")


def test_an_agents_word_stands(office: Office) -> None:
    came = _writes(office, ENGLISH[0])
    customers.update(office.desk.db, came.customer_id, language="uk", language_set=1)
    for text in GERMAN:
        came = _writes(office, text)
    assert _known(office, came) == "uk"


def test_nothing_is_learned_where_that_is_switched_off(office: Office) -> None:
    config = office.desk.config
    office.desk = replace(
        office.desk,
        config=replace(config, customers=replace(config.customers, detect_language=False)),
    )
    assert _known(office, _writes(office, GERMAN[0])) == ""
