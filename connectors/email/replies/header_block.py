"""The From/Sent/To/Subject block above a quoted or forwarded mail, in the languages of the
programs that write it: their own words, from their own translations.
"""

# ruff: noqa: E501 - tables of words in many scripts
from __future__ import annotations

import re
from collections.abc import Sequence

MAX_BLOCK = 24
"""Lines of one block, continued To lists included."""

_NAMES: dict[str, str] = {
    "from": (
        "from|von|de|da|van|od|fra|från|от|от кого|від|від кого|from name|feladó|"
        "lähettäjä|kimden|gönderen|από|发件人|寄件者|差出人|보낸 사람|보낸사람|"
        "expéditeur|remitente|mittente|afzender|nadawca|отправитель|відправник|odesílatel|odosielateľ|"
        "expeditor|de la|od koga|šalje|pošiljatelj|ад|מאת|من|desde|avsändare|nuo|no|"
        "saatja|từ|dari|afsender|avsender|gönderici|αποστολέας|шаље|од|kas|siuntėjas|"
        "kellelt|発信者|مِن|المرسل|gửi từ|pengirim"
    ),
    "to": (
        "to|an|à|a|para|pour|per|aan|do|dla|til|till|кому|кому|címzett|"
        "vastaanottaja|kime|alıcı|προς|收件人|收件者|宛先|받는 사람|받는사람|destinataire|"
        "destinatario|destinatário|komu|pro|către|za|pre|prima|אל|إلى|получатель|"
        "одержувач|отримувач|odbiorca|kopia do|до|каму|kam|adressaat|tới|kepada|"
        "adresat|ontvanger|mottagare|modtager|mottaker|adresát|la|destinatar|"
        "παραλήπτης|прима|за|да|gavėjas|uz|saaja|kellele|수신|المستقبل|người nhận|"
        "penerima|ke"
    ),
    "date": (
        "message du|message de|date|sent|sent on|datum|gesendet|gesendet am|datum/zeit|"
        "date envoi|envoyé|envoyé le|fecha|enviado|enviado el|enviado em|enviada|"
        "enviada em|data|inviato|inviato il|verzonden|verzonden op|sendt|skickat|"
        "skickad|dato|wysłano|wysłane|data wysłania|дата|отправлено|послано|"
        "дата отправки|надіслано|відправлено|дата відправлення|odesláno|odoslané|dátum|"
        "elküldve|küldve|lähetetty|päivämäärä|päiväys|gönderme tarihi|gönderildi|tarih|"
        "στάλθηκε|ημερομηνία|发送时间|日期|寄件日期|送信日時|日時|날짜|보낸 날짜|"
        "trimis|poslano|poslato|изпратено|дата і час|created|received|"
        "адпраўлена|išsiųsta|nosūtīts|saadetud|נשלח|تم الإرسال|đã gửi|dikirim|отправленные|enviados|enviadas|"
        "elküldött üzenetek|dată|gönderilme|gönderilenler|αποστολή|изпрати до|датум|"
        "послато|išsiųsta|datums|kuupäev|送信日|日付|送信済み|已发送邮件箱|보낸 편지함|보낸 시간|"
        "תאריך|التاريخ|المُرسل|ngày|tanggal|terkirim"
    ),
    "subject": (
        "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|emne|ämne|temat|тема|"
        "тема письма|тема листа|předmět|predmet|predmet správy|tárgy|aihe|konu|θέμα|"
        "主题|主旨|件名|제목|subiect|zadeva|naslov|относно|נושא|الموضوع|sujet|tema|тэма|"
        "tēma|teema|chủ đề|subjek|заглавие|наслов|temats|pealkiri|tiêu đề|judul|ogg|"
        "perihal"
    ),
    "cc": (
        "copie à|cc|kopie|copie|copia|cópia|kopi|kopia|копия|копія|kopie (cc)|dw|"
        "ccn|másolat|bilgi|抄送|副本|참조|kópia|в копии|bcc|с копией|до відома|udw|"
        "kopi til (cc)|kopi til|kopio|copie (cc)|kopya|κοιν.|κοιν|κοινοποίηση|копие|"
        "копие до|коп|копија|цц|kp|са|kopija|koopia|写し(cc)|עותק|לידיעה|نسخة كربونية|"
        "نسخة إلي|đồng kính gửi|lampiran"
    ),
    "other": (
        "reply-to|antwort an|répondre à|responder a|rispondi a|importance|priority|"
        "priorität|priorité|attachments|anlagen|вложения|вкладення|załączniki|"
        "organization|ответить кому|відповідь|reply to|mailed-by|signed-by|security|"
        "x-mailer|message-id|mailing list|ważność|wichtigkeit|важность|where|when|"
        "required|optional|categories|organisation|company"
    ),
}
_LABELS = {name: kind for kind, names in reversed(_NAMES.items()) for name in names.split("|")}
_LABEL = re.compile(
    r"^[\s>|]*[*_]{0,2}([^\W\d_][^\n:*：]{0,24}?)"
    r"[ \u00a0]?[*_]{0,2}\s?[:：]\s?[*_]{0,2}(?=\s|\S)(.*)$"
)
# The whole block on one line, as some converters of HTML leave it.
_ONE_LINE = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\s*\*?(?:from|von|de|da|van|от|від|od|fra|från)\s?:\*?\s[^@\[]{0,120}[@\[]",
        r"\*?\b(?:sent|date|gesendet|datum|envoyé|enviado|отправлено|надіслано|wysłano|inviato"
        r"|verzonden|sendt|skickat|дата|data|to|an|кому|do|à)\s?:\*?\s",
        r"\*?\b(?:subject|betreff|objet|asunto|assunto|emne|ämne|тема|temat|oggetto"
        r"|onderwerp)\s?:",
    )
)
_DIGIT = re.compile(r"\d")
_CLOCK = re.compile(r"\d{1,2} ?[:.hч：] ?\d{2}(?!\.?\d)|\d ?[AaPp]\.?[Mm]")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}|(?:19|20)\d\d")


def label_of(line: str) -> tuple[str, str]:
    """What `Von: Ann` labels and its value: ("from", "Ann"); two empty strings when nothing.

    Kinds are from, to, date, subject, cc and other."""
    match = _LABEL.match(line[:1000])
    if match is None:
        return "", ""
    kind = _LABELS.get(match.group(1).strip().lower(), "")
    return kind, match.group(2).strip(" \t*_") if kind else ""


def label_kind(line: str) -> str:
    """The kind of label that a line begins with; empty when none."""
    match = _LABEL.match(line[:300])
    return "" if match is None else _LABELS.get(match.group(1).strip().lower(), "")


def header_block(lines: Sequence[str], at: int, *, announced: bool = False) -> int:
    """How many lines from `at` are the header block of a quoted mail; 0 when none.

    `announced`: a line like "Original Message" stands before it, so less is asked for."""
    if is_one_line(lines[at]):
        return 1
    kinds: list[str] = []
    sender = ""
    dated = timed = False
    index = at
    last = at
    loose = 0
    while index < len(lines) and index - at < MAX_BLOCK:
        line = lines[index]
        if not line.strip(" >\t"):
            loose += 1
            if loose > 2 or (loose > 1 and not announced):
                break
            index += 1
            continue
        kind = label_kind(line)
        if kind:
            if kind == "from" and "from" not in kinds:
                sender = line
            elif kind == "date" and _DIGIT.search(line):
                dated = True
                timed = _CLOCK.search(line) is not None
            kinds.append(kind)
            last = index
            loose = 0
        else:
            # A long To list goes on in the next lines.
            if not kinds or loose or kinds[-1] not in ("to", "cc", "subject", "from"):
                break
            if index - last > 6 or (index - last > 1 and "@" not in line):
                break
        index += 1
    found = set(kinds)
    named = found & {"from", "to", "date", "subject"}
    if announced:
        enough = len(named) >= 2
    elif len(named) == 4 and "@" in sender:
        enough = True
    elif "from" not in found or not dated or not (timed or "@" in sender):
        # A form on a web page says From and Subject too, but not when it was sent.
        enough = False
    else:
        enough = (len(named) >= 3 and ("subject" in named or "@" in sender)) or (
            len(named) == 2 and "@" in sender
        )
    return last - at + 1 if enough else 0


def any_block(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` look like a header block in a language we do not know: three
    or more labels, an address after one and a time after another; 0 when they do not."""
    address = time = False
    index = at
    while index < len(lines) and index - at < 8:
        line = lines[index].strip(" >\t")
        label, colon, value = line.partition(":")
        if not colon or not value.strip() or not 0 < len(label) <= 24 or label.count(" ") > 2:
            break
        address = address or "@" in value
        time = time or _TIME.search(value) is not None
        index += 1
    return index - at if index - at >= 3 and address and time else 0


def is_one_line(line: str) -> bool:
    """True for a whole header block on one line."""
    start, middle, end = _ONE_LINE
    found = start.match(line)
    found = found and middle.search(line, found.end(), found.end() + 200)
    return bool(found and end.search(line, found.end(), found.end() + 500))
