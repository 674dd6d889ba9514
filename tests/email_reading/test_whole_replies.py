"""Whole mails as customers send them: what is shown, and what lands in the signature."""

# ruff: noqa: E501 - what programs write stands on one line, as they write it
from __future__ import annotations

import pytest

from connectors.email.html.render import render
from connectors.email.replies.quote import Split, split_lines, split_text

# Name, mail, what is newly written, a word of the signature.
MAILS: list[tuple[str, str, str, str]] = [
    # (name, body, text, in-signature)
    (
        "corp en",
        "Hi,\n\nplease refund order 991.\n\nKind regards,\nAnn Example\nPurchasing Manager\nAcme Ltd.\nPhone: +44 20 7946 0000\nwww.acme.example\n\nThis e-mail and any attachments are confidential and intended solely for the addressee. If you are not the intended recipient, please delete it.",
        "Hi,\n\nplease refund order 991.",
        "confidential",
    ),
    (
        "corp de",
        "Hallo,\n\nwann kommt die Ware?\n\nMit freundlichen Grüßen\n\ni. A. Anna Beispiel\nEinkauf\n\nBeispiel GmbH\nMusterstr. 1, 10115 Berlin\nTel.: +49 30 123456\nGeschäftsführer: Max Muster\nHRB 12345\n",
        "Hallo,\n\nwann kommt die Ware?",
        "HRB",
    ),
    (
        "corp ru",
        "Добрый день!\n\nКогда отправите?\n\nС уважением,\nАнна Пример\nменеджер по закупкам\nООО «Пример»\nтел. +7 495 123-45-67",
        "Добрый день!\n\nКогда отправите?",
        "495",
    ),
    (
        "corp uk",
        "Доброго дня\n\nЧи можна повернути?\n\n--\nЗ повагою, Анна Приклад\n+380 44 123 45 67",
        "Доброго дня\n\nЧи можна повернути?",
        "380",
    ),
    (
        "corp pl",
        "Dzień dobry,\n\nproszę o fakturę.\n\nPozdrawiam serdecznie\nAnna Przykład\ntel. 600 100 200\n\nNiniejsza wiadomość zawiera informacje poufne, przeznaczone wyłącznie dla adresata.\nJeśli otrzymali ją Państwo omyłkowo, prosimy o usunięcie.",
        "Dzień dobry,\n\nproszę o fakturę.",
        "poufne",
    ),
    (
        "fr",
        "Bonjour,\n\nOù est mon colis ?\n\nBien cordialement,\n\nAnne Exemple\n06 12 34 56 78\n\nEnvoyé de mon iPhone",
        "Bonjour,\n\nOù est mon colis ?",
        "iPhone",
    ),
    ("thanks", "Where is it?\n\nThanks,\nAnn", "Where is it?\n\nThanks,\nAnn", ""),
    (
        "thx+br",
        "Where is it?\n\nThanks in advance!\n\nBest regards\nAnn",
        "Where is it?\n\nThanks in advance!",
        "Ann",
    ),
    (
        "avast",
        "OK\n\n---\nThis email has been checked for viruses by Avast antivirus software.\nhttps://www.avast.com/antivirus",
        "OK",
        "avast",
    ),
    (
        "avast pl",
        "OK\n\n-- \nTa wiadomość została sprawdzona na obecność wirusów przez oprogramowanie antywirusowe Avast.\nwww.avast.com",
        "OK",
        "Avast",
    ),
    (
        "virenfrei",
        "Ja, bitte.\n\n<https://www.avast.com/sig-email> Virenfrei.www.avast.com <https://www.avast.com/sig-email>",
        "Ja, bitte.",
        "avast",
    ),
    (
        "env",
        "Yes\n\nRegards\nAnn\n\nPlease consider the environment before printing this email.",
        "Yes",
        "environment",
    ),
    (
        "google groups",
        'New post\n\n-- \nYou received this message because you are subscribed to the Google Groups "x" group.\nTo unsubscribe from this group and stop receiving emails from it, send an email to x+unsubscribe@googlegroups.com.',
        "New post",
        "Google",
    ),
    (
        "mailman",
        "New post\n_______________________________________________\nlist mailing list\nlist@example.org\nhttps://example.org/mailman/listinfo/list",
        "New post",
        "listinfo",
    ),
    (
        "samsung",
        "Ок\n\nОтправлено со смартфона Samsung Galaxy.\n\n\n-------- Исходное сообщение --------\nОт: Shop <shop@example.com>\nДата: 06.05.2024 10:00 (GMT+03:00)\nКому: ann@example.org\nТема: Заказ\n\nСтарое",
        "Ок",
        "Samsung",
    ),
    (
        "mailru app",
        "Да, верно\n\n--\nОтправлено из Mail для Android\nпонедельник, 06 мая 2024г., 10:00 +03:00 от Shop shop@example.com:\n\n>Старое\n>\n",
        "Да, верно",
        "Android",
    ),
    (
        "outlook ios",
        "Yes\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: Shop <shop@example.com>\nSent: Monday, May 6, 2024 10:00:00 AM\nTo: Ann <ann@example.org>\nSubject: Re: Order\n\nOld",
        "Yes",
        "Outlook",
    ),
    (
        "notes",
        "Yes please\n\n\n\nFrom:   Shop <shop@example.com>\nTo:     Ann <ann@example.org>\nDate:   06/05/2024 10:00\nSubject:        Order\n\n\n\nOld",
        "Yes please",
        "",
    ),
    (
        "notes wrote",
        "Yes please\n\nShop <shop@example.com> wrote on 06/05/2024 10:00:00 AM:\n\n> From: Shop <shop@example.com>\n> To: Ann\n> Old",
        "Yes please",
        "",
    ),
    (
        "inline",
        "Hi, see my answers below.\n\nOn 6 May 2024 at 10:00, Shop <shop@example.com> wrote:\n\n> Colour?\nblue\n> Size?\nXL\n>\n> Regards\n> Shop",
        "Hi, see my answers below.\n\nblue\n\nXL",
        "",
    ),
    (
        "caret pipe",
        "No\n\nOn 6 May 2024 10:00, Shop wrote:\n| Old\n| old two\n\nBut maybe later",
        "No\n\nBut maybe later",
        "",
    ),
    (
        "thebat",
        "Здравствуйте, Shop.\n\nВы писали 6 мая 2024 г., 10:00:00:\n\nS> Старое\nS> ещё\n\nДа, согласна.\n\n-- \nС уважением,\n Анна                          mailto:ann@example.org",
        "Здравствуйте, Shop.\n\nДа, согласна.",
        "Анна",
    ),
    (
        "gnus",
        "Shop <shop@example.com> writes:\n\n> Old\n\nNew one.\n\n> Older\n\nNew two.\n-- \nAnn",
        "New one.\n\nNew two.",
        "Ann",
    ),
    ("bottom sig", "> Old\n> old\n\nNew answer\n\n-- \nAnn", "New answer", "Ann"),
    (
        "reply above",
        "My answer\n\n##- Please type your reply above this line -##\n\nYour request (4711) has been updated.",
        "My answer",
        "",
    ),
    (
        "reply above quoted",
        "My answer\n\nOn Mon, May 6, 2024 at 10:00 AM Shop <shop@example.com> wrote:\n\n> ##- Please type your reply above this line -##\n>\n> Old",
        "My answer",
        "",
    ),
    (
        "p.s.",
        "Please cancel.\n\nBest regards,\nAnn\n\nPS: my new phone is 555-1234",
        "Please cancel.\n\nBest regards,\nAnn\n\nPS: my new phone is 555-1234",
        "",
    ),
    ("list items", "Hello:\n\n1. lamp\n2. desk\n\nvh", "Hello:\n\n1. lamp\n2. desk", "vh"),
    (
        "zendesk",
        "Tak\n\nDen man. 6. maj 2024 kl. 10.00 skrev Shop (Support) <\nsupport@shop.zendesk.com>:\n\n> ##- Skriv venligst dit svar over denne linje -##\n> Old",
        "Tak",
        "",
    ),
    (
        "two attributions",
        "A\n\nOn Mon, May 6, 2024 at 10:00 Shop <s@example.com> wrote:\n\n> B\n>\n> On Sun, May 5, 2024 at 9:00 Ann <a@example.org> wrote:\n>\n>> C\n",
        "A",
        "",
    ),
    (
        "ios de",
        "Ja\n\nVon meinem iPhone gesendet\n\n> Am 06.05.2024 um 10:00 schrieb Shop <shop@example.com>:\n> \n> \ufeffAlt\n",
        "Ja",
        "iPhone",
    ),
    (
        "ios fr",
        "Oui\n\nEnvoyé de mon iPhone\n\n> Le 6 mai 2024 à 10:00, Boutique <shop@example.com> a écrit :\n> \n> Vieux",
        "Oui",
        "iPhone",
    ),
    (
        "image",
        "See picture\n[image: photo.png]\n\nOn Mon, May 6, 2024 at 10:00 AM Shop <s@example.com>\nwrote:\n\n> Old",
        "See picture\n[image: photo.png]",
        "",
    ),
    (
        "orange",
        'Oui\n\n\n> Message du 06/05/24 10:00\n> De : "Shop" <shop@example.com>\n> A : ann@example.org\n> Copie à : \n> Objet : Commande\n> \n> Vieux\n',
        "Oui",
        "",
    ),
    (
        "proton",
        "Yes\n\nSent with [Proton Mail](https://proton.me/) secure email.\n\nOn Monday, May 6th, 2024 at 10:00 AM, Shop <shop@example.com> wrote:\n\n> Old",
        "Yes",
        "Proton",
    ),
    (
        "yahoo",
        "Yes\n\nSent from Yahoo Mail on Android \n \n  On Mon, May 6, 2024 at 10:00 AM, Shop<shop@example.com> wrote:   Old text here",
        "Yes",
        "Yahoo",
    ),
    (
        "aol",
        "Yes\n\n\n-----Original Message-----\nFrom: Shop <shop@example.com>\nTo: ann <ann@example.org>\nSent: Mon, May 6, 2024 10:00 am\nSubject: Order\n\nOld",
        "Yes",
        "",
    ),
    (
        "wp",
        "Tak\n\n\nDnia 6 maja 2024 10:00 Sklep &lt;shop@example.com&gt; napisał(a):\n\nStare",
        "Tak",
        "",
    ),
    (
        "interia",
        'Tak, proszę\n\nOd: "Sklep" <shop@example.com>\nDo: ann@example.org;\nWysłane: 10:00 Poniedziałek 2024-05-06\nTemat: Zamówienie\n\n> Stare',
        "Tak, proszę",
        "",
    ),
    (
        "hotmail",
        "si\n\nEnviado desde Outlook<http://aka.ms/weboutlook>\n\n________________________________\nDe: Tienda <shop@example.com>\nEnviado: lunes, 6 de mayo de 2024 10:00\nPara: ana@example.org\nAsunto: Pedido\n\nViejo",
        "si",
        "Outlook",
    ),
]


def _words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("body", "new", "signed"), [row[1:] for row in MAILS], ids=[row[0] for row in MAILS]
)
def test_whole_mails(body: str, new: str, signed: str) -> None:
    found = split_text(body)
    assert _words(found.text) == _words(new)
    assert signed in found.signature


SAID = [
    "On 5 May 2024 I wrote to you:\n\nPlease cancel my order.",
    "On 5 May 2024 at 10:00 I wrote:\n\nPlease cancel",
    "Я писал вам 06.05.2024 в 10:00:\n\nотмените заказ",
    "06.05.2024 в 10:00 ваш менеджер Иван написал:\n\nвсе будет\n\nно ничего нет",
    "W dniu 6.05.2024 o 10:00 napisałem do Państwa:\n\nproszę o zwrot",
    "Am 5. Mai 2024 um 10:00 habe ich Ihnen geschrieben:\n\nBitte stornieren",
    "Le 5 mai 2024 à 10:00, je vous ai écrit :\n\nMerci d'annuler",
    "El 5 de mayo de 2024 les escribí:\n\nCancelen",
    "-- original message was lost, please resend it to me",
    "--- Original message seems broken, can you check?\nthanks",
    "Here is the log:\n> npm install\n> node x.js\n\nit fails",
    "C:\\> dir\nC:\\> cd x\nfails",
    "$ ls\n> foo\n",
    "I click Settings > Display > Color and nothing happens:\nit crashes",
    "Please see:\n\nSubject: fine\nTo: be honest\n",
    "Order: 5\nFrom: Kyiv\nTo: Lviv\nDate: 5 May 2024\nSubject: delivery\nhow much?",
    "Hello\n\n--\nWhere is my order 4711?",
    "Hello\n\nRegards,\nAnn\n\nP.S. please call me back tomorrow",
    "Hello\n\nBest regards to your team, they were great.\nPlease tell them.",
    "Sent from my iPhone because the laptop broke. When is it repaired?",
    "Thanks\nAnn",
    "Regards\nto the invoice: it is wrong.",
    "mvh er ikke nok, ring mig",
    "I need:\n- one\n- two\n--\nthanks and please answer: when?",
    "Please reply above this line if you can, I do not understand what this means",
    "This e-mail is confidential and intended for you only: please tell me when my order comes?",
    "| a | b |\n|---|---|\n| 1 | 2 |\nis my table",
    "The courier wrote:\n\nnobody at home\n\nbut I was",
    "Ihr Kollege schrieb am 06.05.2024 um 10:00:\n\nkommt morgen\n\nkam nicht",
    "Your mail of 6 May 2024 10:00 from ann@example.org says:\n\nwe ship tomorrow. You did not.",
    "From: what I know it is broken.\nSubject: closed",
    "My data:\nName: Ann\nEmail: ann@example.org\nDate: 05.05.2024 10:00\nSubject: refund\nplease pay back",
    "05.05.2024 10:00 приезжал курьер:\nникого не было",
    "On Mon, 6 May 2024 it broke:\nthe lamp",
    "Contact me at ann@example.org or call, on 5 May 2024 at 10:00:\nthat would be best",
    "Forwarded message: see the attachment",
    "Yes\n\n> \n",
    "See attached\n\n________________________________\n\nsecond question: how?",
    "Hi\n***\nnext part, please read\n***\nthanks",
    "Cheers,\nAnn",
    "Answer to you:\n* From the start it was broken\n* To me that's clear:\n* Date 5.5",
]


@pytest.mark.parametrize("text", SAID)
def test_what_only_looks_like_a_quote_or_signature_is_shown(text: str) -> None:
    assert _words(split_text(text).text) == _words(text)


def test_a_question_below_a_signature_is_shown() -> None:
    found = split_text("Hello\n\n-- \nAnn\n\nWhere is my order 4711?")
    assert found == Split("Hello\n\nWhere is my order 4711?", "", "Ann")


def test_marked_lines_of_a_mail_that_answers_nothing_were_pasted() -> None:
    text = "> Error 5: no paper\n> retry\n\nI get this all day."
    assert split_text(text, reply=False).text == text
    assert split_text(text).text == "I get this all day."


def test_a_mail_of_marked_lines_only_is_shown() -> None:
    assert split_text("> one\n> two").text == "> one\n> two"


def test_a_python_session_is_no_quote() -> None:
    text = "It fails:\n\n>>> import shop\n>>> shop.buy()\n\nWhy?"
    assert split_text(text).text == text


def test_who_points_to_answers_inside_is_shown_with_the_quote() -> None:
    text = "My answers are in red below.\n\nFrom: Shop <s@example.com>\nSent: Monday, May 6, 2024 10:00\nTo: Ann\nSubject: Order\n\nSize? XL"
    found = split_text(text)
    assert found.text == "My answers are in red below."
    assert found.interleaved


HTML = {
    "gmail forward": '<div dir="ltr">See below</div><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong>Ann</strong> &lt;a@b.c&gt;<br>Date: Mon, May 6, 2024 at 10:00<br>Subject: Hi<br>To: &lt;x@y.z&gt;<br></div><br><br><div>Old</div></div>',
    "thunderbird forward": '<p>See below</p><div class="moz-forward-container"><br>-------- Forwarded Message --------<table class="moz-email-headers-table"><tr><th>Subject: </th><td>Hi</td></tr></table><p>Old</p></div>',
    "outlook on the web": '<div class="elementToProof">See below</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><b>From:</b> Ann<br><b>Sent:</b> Monday</div><div>Old</div>',
    "new outlook": '<div>See below</div><div id="ms-outlook-mobile-signature"><div><br></div>Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div><div id="mail-editor-reference-message-container"><hr><div><b>From:</b> Ann<br></div><div>Old</div></div>',
    "zoho": '<div>See below</div><div class="zmail_extra"><br>---- On Mon, 06 May 2024 10:00:00 +0200 <b>Ann &lt;a@b.c&gt;</b> wrote ----<br><blockquote>Old</blockquote></div>',
    "below the quote": '<div class="moz-cite-prefix">On 06.05.2024 10:00, Ann wrote:<br></div><blockquote type="cite"><p>Old</p></blockquote><p>See below</p>',
}


@pytest.mark.parametrize("program", HTML)
def test_html(program: str) -> None:
    rendered = render(f"<html><body>{HTML[program]}</body></html>")
    found = split_lines(rendered.lines, rendered.marks)
    assert found.text == "See below"
    assert "Old" in found.quoted
