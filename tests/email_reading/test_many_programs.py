"""Quotes in the forms that programs of thirty years wrote, and sentences that resemble what
devices, lawyers and lists append.
"""

# ruff: noqa: E501 - what programs write stands on one line, as they write it
from __future__ import annotations

import pytest

from connectors.email.html.render import render
from connectors.email.replies.quote import split_lines, split_text

QUOTES = [
    "On 11-Apr-2011, at 6:54 PM, Bob <bob@example.com> wrote:\n\n>\n> Test\n",
    "2014-10-17 11:28 GMT+03:00 Bob <bob@example.com>:\n\n> Test",
    "2014-10-17 11:28 GMT+03:00 Bob <bob@example.com>:\n\nTest",
    '02.04.2012 14:20 пользователь "bob@example.com" <bob@example.com> написал:\n\n> Test',
    '02.04.2012 14:20 пользователь "bob@example.com" <bob@example.com> написал:\n\nTest',
    "-----Original Message-----\n\nTest",
    "-------- Original Message --------\nTest",
    "------------------------------------------\nFrom: Bob [mailto:bob@example.com]\nSent: Tuesday, November 29, 2011 3:01 PM\nTo: Ann\nSubject: Re: x\n\nTest",
    "_____________________________\nFrom: Bob <bob@example.com>\nSent: Tuesday, November 29, 2011\nSubject: x\nTo: Ann\n\nTest",
    "From: bob@example.com\nTo: ann@example.com\nDate: Tue, 2 May 2017 13:08:00\nSubject: x\n\nTest",
    "Op 13-02-2014 3:18 schreef Bob <bob@example.com>:\n\nTest",
    "Tue, 02 May 2017 13:08:00 -0400 from Bob <bob@example.com>:\n>Test",
    "Bob <bob@example.com> hat am 12. Mai 2015 um 10:00 geschrieben:\n\nTest",
    '"Bob" <bob@example.com> schrieb am 12.05.2015 10:00:\n> Test',
    "Bob <bob@example.com> schrieb:\n> Test",
    'Em 12/05/2015 10:00, "Bob" <bob@example.com> escreveu:\n\nTest',
    "Em ter, 12 de mai de 2015 às 10:00, Bob <bob@example.com>\nescreveu:\n\n> Test",
    "Il giorno 12/mag/2015, alle ore 10:00, Bob ha scritto:\n\n> Test",
    'El 12/05/2015 10:00, "Bob" <bob@example.com> escribió:\n\nTest',
    "El mar., 12 may. 2015 10:00, Bob <bob@example.com> escribió:\n\n> Test",
    "On Thursday, 3 October 2013, Bob wrote:\n\n> Test",
    "On Thursday, 3 October 2013, Bob wrote:\n\nTest",
    'On Oct 3, 2013 10:00 PM, "Bob" <bob@example.com> wrote:\nTest',
    "On 10/3/13, Bob <bob@example.com> wrote:\n> Test",
    "On 3 Oct 2013, at 10:00, Bob via Example <bob@example.com> wrote:\n\n> Test",
    "Bob Example via Forum wrote:\n\n> Test",
    "On Thu, Oct 3, 2013 at 10:00 PM Bob Example via Forum <notifications@\nforum.example.com> wrote:\n\n> Test",
    "Date: Thu, 3 Oct 2013 10:00:00 +0000\nTo: ann@example.com\nFrom: bob@example.com\nSubject: x\n\nTest",
    "Date: Thu, 3 Oct 2013 10:00:00 +0000\nFrom: bob@example.com\nTo: ann@example.com\nSubject: x\n\nTest",
    "Subject: x\nFrom: bob@example.com\nDate: Thu, 3 Oct 2013 10:00:00 +0000\nTo: ann@example.com\n\nTest",
    "> On 3 Oct 2013, at 10:00, Bob <bob@example.com> wrote:\n> \n> Test",
    "Quoting Bob <bob@example.com>:\n\n> Test",
    "***** Original Message *****\nTest",
    "--- On Thu, 3/10/13, Bob <bob@example.com> wrote:\n\nFrom: Bob <bob@example.com>\nSubject: x\nTo: ann@example.com\nDate: Thursday, 3 October, 2013, 10:00\n\nTest",
    "-- \nAnn\n\n\n-----Original Message-----\nFrom: Bob\nSent: x\n\nTest",
    'Sent from my BlackBerry device from Digicel\n\n-----Original Message-----\nFrom: "Bob" <bob@example.com>\nDate: Thu, 3 Oct 2013\nTo: <ann@example.com>\nSubject: x\n\nTest',
    "________________________________\nDe: Bob <bob@example.com>\nÀ : ann@example.com\nEnvoyé le : Jeudi 3 octobre 2013 10h00\nObjet : x\n\nTest",
    "________________________________\n Von: Bob <bob@example.com>\nAn: ann@example.com\nGesendet: 10:00 Donnerstag, 3.Oktober 2013\nBetreff: x\n\nTest",
    "Bob <bob@example.com> 于2013年10月3日周四 下午10:00写道：\n\n> Test",
    "在 2013年10月3日，下午10:00，Bob <bob@example.com> 写道：\n\n> Test",
    '------------------ Original ------------------\nFrom: "Bob";<bob@example.com>;\nSend time: Thursday, Oct 3, 2013 10:00 PM\nTo: "Ann"<ann@example.com>;\nSubject: x\n\nTest',
    "2013年10月3日 22:00 Bob <bob@example.com>:\n\n> Test",
    "בתאריך יום ה׳, 3 באוק׳ 2013 ב-10:00 מאת Bob <‪bob@example.com‬‏>:‬\n\n> Test",
    "Am Do., 3. Okt. 2013 um 10:00 Uhr schrieb Bob Example <\nbob@example.com>:\n\n> Test",
    "*Von:* Bob [mailto:bob@example.com] \n*Gesendet:* Donnerstag, 3. Oktober 2013 10:00\n*An:* Ann\n*Betreff:* x\n\nTest",
    "*From:* Bob [mailto:bob@example.com]\n*Sent:* Thursday\n*To:* Ann\n*Subject:* x\n\nTest",
    "Bob wrote (on 3 Oct 2013):\n> Test",
    "On 03/10/13 10:00, bob wrote:\n> Test",
    "In message <1@x>, Bob writes:\n>Test",
    "At Thu, 3 Oct 2013 10:00:00 +0200,\nBob wrote:\n> \n> Test",
    "| On Thu, 3 Oct 2013, Bob wrote:\n| Test",
    "Lähettäjä: Bob <bob@example.com>\nLähetetty: torstai 3. lokakuuta 2013 10.00\nVastaanottaja: Ann\nAihe: x\n\nTest",
    "Fra: Bob [mailto:bob@example.com] \nSendt: 3. oktober 2013 10:00\nTil: Ann\nEmne: x\n\nTest",
    "Odesílatel: Bob\nOdesláno: 3. října 2013 10:00\nKomu: Ann\nPředmět: x\n\nTest",
    "To: Ann\nFrom: Bob <bob@example.com>\nDate: 10/03/2013 10:00AM\nSubject: x\n\nTest",
    "-----Bob <bob@example.com> wrote: -----\nTo: Ann\nFrom: Bob <bob@example.com>\nDate: 10/03/2013 10:00AM\nSubject: x\n\nTest",
    "--\nReply to this email directly or view it on GitHub:\nhttps://github.com/x/y/issues/1",
    "---\nReply to this email directly or view it on GitHub",
    "~~~~~~~~\nFrom: Bob <b@c.de>\nDate: 3 Oct 2013 10:00\nSubject: x\n\nTest",
    "> Test\n> two",
    "--",
    "Le jeudi 3 octobre 2013, Bob <bob@example.com> a écrit :\n\n> Test",
    "Il giovedì 3 ottobre 2013, Bob ha scritto:\n\n> Test",
    "Dne 3.10.2013 v 10:00 Bob napsal(a):\n> Test",
    "3. 10. 2013 v 10:00, Bob <bob@example.com>:\n\nTest",
    'Le 3 oct. 2013 10:00, "Bob" <bob@example.com> a écrit :\n\nTest',
]


@pytest.mark.parametrize("quote", QUOTES)
def test_forms_of_quotes(quote: str) -> None:
    assert split_text(f"Test reply\n\n{quote}").text == "Test reply"


NEW = "<p>New text here.</p><p>When will it come?</p>"
PAGES = {
    "outlook no border": "<div class=WordSection1>@NEW@<p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal><b>From:</b> Shop &lt;shop@example.com&gt; <br><b>Sent:</b> Monday, May 6, 2024 10:00 AM<br><b>To:</b> Ann<br><b>Subject:</b> Order<o:p></o:p></p><p class=MsoNormal>Old</p></div>",
    "outlook sig": '<div class=WordSection1>@NEW@<p class=MsoNormal>Kind regards,</p><p class=MsoNormal>Ann Example</p><p class=MsoNormal>Acme Ltd</p><p class=MsoNormal>Tel +44 20 7946 0000</p><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0in 0in 0in"><p class=MsoNormal><b>From:</b> Shop</p></div><p>Old</p></div>',
    "gmail sig": '<div dir="ltr">@NEW@<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature" data-smartmail="gmail_signature"><div>Ann</div></div></div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, May 6, 2024 at 10:00 AM Shop &lt;<a href="mailto:shop@example.com">shop@example.com</a>&gt; wrote:<br></div><blockquote class="gmail_quote">Old</blockquote></div>',
    "ios": '<html><body>@NEW@<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">On 6 May 2024, at 10:00, Shop &lt;shop@example.com&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div>Old</div></blockquote></body></html>',
    "apple no attr": '@NEW@<blockquote type="cite">Old</blockquote>',
    "yahoo android": '@NEW@<br><br><div id="ymail_android_signature"><a href="https://mail.onelink.me/x">Sent from Yahoo Mail on Android</a></div> <br> <blockquote style="margin: 0 0 20px 0;"> <div style="font-family:Roboto"> <div>On Mon, May 6, 2024 at 10:00 AM, Shop</div><div>&lt;shop@example.com&gt; wrote:</div> </div> <div style="padding: 10px">Old</div></blockquote>',
    "yandex": '<div>@NEW@</div><div> </div><div>06.05.2024, 10:00, "Shop" &lt;<a href="mailto:shop@example.com">shop@example.com</a>&gt;:</div><blockquote><p>Old</p></blockquote>',
    "yandex new": '<div>@NEW@</div><div> </div><div>----------------</div><div>Кому: ann@example.org;</div><div>Тема: Order;</div><div>06.05.2024, 10:00, "Shop" &lt;shop@example.com&gt;:</div><blockquote><p>Old</p></blockquote>',
    "mailru": '@NEW@<br><br><br>--<br>Отправлено из Mail.ru для Android<br><div class="cl_1">понедельник, 06 мая 2024г., 10:00 +03:00 от Shop &lt;shop@example.com&gt;:<br></div><blockquote class="mailru-blockquote">Old</blockquote>',
    "mailru 2": '<div>@NEW@</div><div>&nbsp;</div><blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">Понедельник, 6 мая 2024, 10:00 +03:00 от Shop &lt;<a href="mailto:shop@example.com">shop@example.com</a>&gt;:<br>&nbsp;<div id="">Old</div></blockquote>',
    "gmx": '<html><body><div>@NEW@</div><div>&nbsp;<div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;"><div style="margin:0 0 10px 0;"><b>Gesendet:</b>&nbsp;Montag, 06. Mai 2024 um 10:00 Uhr<br/><b>Von:</b>&nbsp;Shop &lt;shop@example.com&gt;<br/><b>An:</b>&nbsp;ann@example.org<br/><b>Betreff:</b>&nbsp;Order</div><div name="quoted-content">Old</div></div></div></body></html>',
    "roundcube": '<body>@NEW@<p id="reply-intro">On 2024-05-06 10:00, Shop wrote:</p><blockquote type="cite" style="padding: 0 0.4em; border-left: #1010ff 2px solid; margin: 0"><div>Old</div></blockquote></body>',
    "zimbra": '<div>@NEW@<div><br></div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: </b>"Shop" &lt;shop@example.com&gt;<br></div><div data-marker="__QUOTED_TEXT__">Old</div></div>',
    "proton": '<div>@NEW@</div><div class="protonmail_signature_block"><div class="protonmail_signature_block-proton">Sent with <a href="https://proton.me">Proton Mail</a> secure email.</div></div><div class="protonmail_quote">On Monday, May 6th, 2024 at 10:00, Shop &lt;shop@example.com&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">Old</blockquote></div>',
    "samsung": '<html><body dir="auto">@NEW@<div><br></div><div id="composer_signature" dir="auto"><div>Sent from my Galaxy</div></div><div><br></div><div><br></div><div align="left" style="font-size:100%"><div>-------- Original message --------</div><div>From: Shop &lt;shop@example.com&gt; </div><div>Date: 5/6/24  10:00  (GMT+02:00) </div><div>To: ann@example.org </div><div>Subject: Order </div><div><br></div></div>Old</body></html>',
    "front": '<div>@NEW@</div><br><div class="front-blockquote-wrap"><div>On May 6, 2024 at 10:00 AM GMT+2 <a>shop@example.com</a> wrote:</div><blockquote type="cite" class="front-blockquote">Old</blockquote></div>',
    "hey": '<div class="trix-content">@NEW@</div><div>On May 6, 2024, Shop &lt;shop@example.com&gt; wrote:<br><blockquote>Old</blockquote></div>',
    "notes": '<font size=2 face="sans-serif">@NEW@</font><br><br><br><table><tr><td><font size=1 color=#5f5f5f>From:        </font><td><font size=1>Shop &lt;shop@example.com&gt;</font><tr><td><font size=1>To:        </font><td>ann@example.org<tr><td>Date:        <td>06.05.2024 10:00<tr><td>Subject:        <td>Order</table><hr noshade><br>Old',
    "reply above div": '<div>@NEW@</div><div style="color:#b5b5b5">##- Please type your reply above this line -##</div><div>Old</div>',
    "inside blockquote": '<div><blockquote type="cite"><div>Old question?</div></blockquote>@NEW@<blockquote type="cite"><div>Old</div></blockquote></div>',
    "qq": '@NEW@<div><br></div><div style="font-size: 12px;">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="font-size: 12px;background:#efefef;"><div><b>发件人:</b>&nbsp;"Shop"&lt;shop@example.com&gt;;</div><div><b>发送时间:</b>&nbsp;2024年5月6日(星期一) 上午10:00</div><div><b>主题:</b>&nbsp;Order</div></div><div>Old</div>',
    "missive": '<div>@NEW@</div><div class="missive_quote">On May 6, 2024 at 10:00 AM, Shop (shop@example.com) wrote:<br><blockquote class="missive_quote">Old</blockquote></div>',
    "ukrnet": '<div>@NEW@</div><div><i>6 травня 2024, 10:00:00, від "Shop" &lt;<a href="mailto:shop@example.com">shop@example.com</a>&gt;: </i></div><blockquote style="border-left:1px solid #cccccc;margin:0 0 0 .8ex;padding-left:1ex">Old</blockquote>',
    "wp": "<div>@NEW@</div><div>Dnia 6 maja 2024 10:00 Shop &lt;shop@example.com&gt; napisał(a):<br></div><blockquote>Old</blockquote>",
    "onet": '<div>@NEW@<br><br></div><div>W dniu 2024-05-06 10:00:00 użytkownik Shop &lt;shop@example.com&gt; napisał:<br></div><blockquote style="margin-right:0;margin-left:7px;border-left:2px solid orange;padding-left:8px">Old</blockquote>',
    "airmail": '<div id="bloop_customfont">@NEW@</div><br><p class="airmail_on">On May 6, 2024 at 10:00:00 AM, Shop (<a href="mailto:shop@example.com">shop@example.com</a>) wrote:</p> <blockquote type="cite" class="clean_bq">Old</blockquote>',
    "zendesk": '<div>@NEW@</div><br><div class="gmail_quote"><div>On Mon, May 6, 2024 at 10:00 AM Shop (Support) &lt;<a>support@x.zendesk.com</a>&gt; wrote:<br></div><blockquote class="gmail_quote"><div>##- Please type your reply above this line -##</div>Old</blockquote></div>',
}


@pytest.mark.parametrize("program", PAGES)
def test_forms_of_quotes_in_html(program: str) -> None:
    rendered = render(f"<html><body>{PAGES[program].replace('@NEW@', NEW)}</body></html>")
    found = split_lines(rendered.lines, rendered.marks)
    assert found.text.split() == ["New", "text", "here.", "When", "will", "it", "come?"]
    assert "Old" in found.quoted


SAID = [
    "I want to unsubscribe from this list.",
    "I cannot print this email, please help.",
    "Je n'arrive pas à imprimer cet email",
    "My Avast says your site has a virus!",
    "I sent a confidential message to the wrong recipient in error. Please delete it at once, thank you.",
    "Внимание, посылка не пришла",
    "Отправлено почтой 5 мая, где посылка",
    "Надіслано поштою вчора",
    "Надіслано через Нову пошту",
    "Wysłano telefon wczoraj",
    "Скачать приложение не могу",
    "Télécharger l'app ne marche pas",
    "Sent by phone to the courier",
    "Sent via mobile app yesterday",
    "You can view it on GitHub, link below. Please fix",
    "To unsubscribe me is all I ask",
    "Отправлено через приложение банка, деньги не пришли",
    "Get my money back",
    "Get the app working on my phone",
    "Download on my iPhone fails",
    "Verzonden met PostNL app",
    "Enviado por correo el móvil",
    "Hae tilaus",
    "Tải ứng dụng không được",
    "Увага! Посилка загублена",
    "Regards to Ann",
    "Kind regards from all of us and please call",
    "с уважением отношусь к вашей работе, но верните деньги",
    "Kh 4711",
    "Please confirm that this confidential message reached the intended recipient, Mr Smith, and tell me when.",
    "Saadetud pakk on katki",
    "Lähetetty puhelin on rikki",
    "Küldve a telefon tegnap",
]


@pytest.mark.parametrize("line", SAID)
def test_a_last_line_that_a_customer_wrote_is_shown(line: str) -> None:
    found = split_text(f"Hello, this is my first line.\n\n{line}")
    assert found.text == f"Hello, this is my first line.\n\n{line}"
    assert not found.signature


CLOSED = "Kind regards,\nAnn Example"


@pytest.mark.parametrize(
    "card",
    [
        "",
        "Acme Ltd. | 1 High Street, London | www.acme.example",
        "[cid:image001.png@01DA9F]\nPhone: +44 20 7946 0000",
        "Beispiel GmbH, Musterstraße 1, 10115 Berlin, Amtsgericht Berlin HRB 12345, Geschäftsführer Max Muster",
        "Przykład Sp. z o.o., ul. Prosta 1, 00-001 Warszawa, NIP 1234567890, KRS 0000123456",
        "ООО «Ромашка», г. Москва, ул. Ленина, д. 1, офис 2, тел. +7 495 123 45 67",
    ],
)
def test_a_closing_and_what_stands_below_it(card: str) -> None:
    found = split_text(f"Hi, it works.\n\n{CLOSED}\n{card}")
    assert found.text == "Hi, it works."
    assert found.signature == f"{CLOSED}\n{card}".strip()


@pytest.mark.parametrize(
    "below",
    [
        "Please call me tomorrow at +44 20 7946 0000",
        "The invoice of Acme Ltd. is still wrong, we will not pay it",
        "PS: my phone is 555-1234-567",
        "When will it come?",
    ],
)
def test_what_is_asked_below_a_closing_is_shown(below: str) -> None:
    assert split_text(f"Hi, it works.\n\n{CLOSED}\n{below}").signature == ""


@pytest.mark.parametrize(
    "text", [CLOSED, f"{CLOSED}\n\nOn 6 May 2024 10:00, Bob <b@c.de> wrote:\n> old"]
)
def test_a_closing_alone_is_the_text(text: str) -> None:
    assert split_text(text).text == CLOSED


def test_a_signature_alone_is_no_text() -> None:
    assert split_text("-- \nAnn\nAcme").text == ""
    asked = "--\nI would like to know where my parcel is, it should be here"
    assert split_text(asked).text == asked
