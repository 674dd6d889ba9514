"""What gateways, virus scanners, lists and lawyers put below a mail; only what cannot be
mistaken: a confidentiality notice names a message, its secrecy and its recipient.
"""

# ruff: noqa: E501, SIM905 - tables of words in many scripts
from __future__ import annotations

import re
from collections.abc import Sequence

_MESSAGE = (
    "mail|message|communication|transmission|nachricht|courriel|correo|mensaje|"
    "messaggio|mensagem|bericht|meddelande|meddelelse|melding|viesti|wiadomo|"
    "сообщени|письм|повідомлен|лист|zpráv|správ|üzenet|levél|mesaj|e-posta|ileti|"
    "μήνυμα|съобщени|poruk|sporočil"
).split("|")
_SECRET = (
    "confidential|privileged|vertraulich|confidentiel|riservat|confidenzial|"
    "confidencial|vertrouwelijk|konfidentiell|sekretess|fortrolig|luottamuksel|poufn|"
    "конфиденц|конфіденц|důvěrn|dôvern|bizalmas|confidenți|gizli|εμπιστευτικ|"
    "поверител|povjerljiv|zaupn"
).split("|")
_RECIPIENT = (
    "intended|recipient|addressee|addressed|in error|empfänger|adressat|irrtümlich|"
    "destinat|par erreur|por error|per errore|por engano|ontvanger|geadresseerde|"
    "mottagar|modtager|mottaker|vastaanottaj|adresat|odbiorc|omyłk|pomyłk|адресат|"
    "получател|по ошибке|одержувач|отримувач|помилков|příjemc|adresát|omylem|príjemc|"
    "címzett|tévedés|alıcı|yanlışlıkla|παραλήπτη"
).split("|")
_VIRUS = (
    "avast|avg|norton|mcafee|kaspersky|касперск|eset|bitdefender|avira|sophos|"
    "dr.web|clamav|mailscanner|symantec|f-secure|mimecast|proofpoint|barracuda"
).split("|")
_CHECKED = (
    "virus|viren|вирус|вірус|wirus|virüs|scanned|malware|checked|geprüft|проверен|перевірен"
).split("|")
_PAPER = re.compile(
    r"environment before printing|before printing this|need to print this|print this e-?mail"
    r"|umwelt.{0,60}(?:druck|e-mail)|(?:aus)?drucken.{0,40}umwelt|imprimer (?:ce|cet|que|cette).{0,60}"
    r"|imprim\w+ .{0,30}(?:medio ?ambiente|meio ambiente)|antes de imprimir|pensez à l.environnement"
    r"|(?:prima di stampare|stampar\w+ .{0,30}ambiente)|denk aan het milieu|tänk på miljön|tænk på miljøet"
    r"|tenk på miljøet|zanim wydrukujesz|pomyśl o środowisku|распечат.{0,60}(?:природ|окружающ)"
    r"|(?:природ|окружающ|сред).{0,60}(?:распеч|печат)|(?:довкілл|природ).{0,60}друк"
    r"|друк.{0,60}(?:довкілл|природ)|před tisknutím|než .{0,20}vytisknete", re.I
)  # fmt: skip
_PAPER_WORDS = (
    "print|druck|imprim|stamp|milieu|miljö|miljø|wydruk|środowisk|печат|друк|tisk"
).split("|")
_LISTS = re.compile(
    r"you(?: are)? (?:have )?received? this (?:message|e-?mail) because you (?:are|have) subscri"
    r"|to unsubscribe from this (?:group|list|topic)|to unsubscribe (?:send|visit|click|from)"
    r"|_{10,}|mailing list\s*\Z|mailman/listinfo"
    r"|(?:вы|ви) получили это (?:сообщение|письмо), поскольку подписаны", re.I
)  # fmt: skip
_LIST_WORDS = "subscri|____|mailing list|mailman|подписаны".split("|")
_TITLE = re.compile(
    r"[*_ ]*(?:confidentiality notice|confidentiality|legal notice|disclaimer|privacy notice"
    r"|aviso legal|aviso de confidencialidad|avis de confidentialité|hinweis|haftungsausschluss"
    r"|informativa privacy|klauzula poufności|внимание|увага|rodo)\b.{0,40}[:.*_ -]*\Z", re.I
)  # fmt: skip
_RULE = re.compile(r"[\s*]*(?:[-_=*—–]\s?){3,}\s*\Z")


def is_footer(lines: Sequence[str], start: int, end: int) -> int:
    """Where in the paragraph lines[start:end] a footer begins that lasts to its end; `end` when
    none does. The first line may be of the person, with the footer right below it."""
    text = " ".join(line.strip() for line in lines[start:end])
    if _is_footer(text):
        if len(text) > 200:
            start = _begin(lines, start, end)
        return start
    if _RULE.match(text):
        return start
    return end


def _begin(lines: Sequence[str], start: int, end: int) -> int:
    """Lines above the notice that are no part of it stay."""
    index = start
    while index < end - 1 and len(lines[index]) < 60 and not _any(_MESSAGE, lines[index].lower()):
        if _any(_SECRET, lines[index].lower()) or _TITLE.match(lines[index].strip()):
            break
        index += 1
    return index if _is_footer(" ".join(lines[index:end])) else start


def _any(words: Sequence[str], text: str) -> bool:
    return any(word in text for word in words)


def _is_footer(text: str) -> bool:
    if len(text) > 6000:
        return False
    low = text.lower()
    if len(text) >= 80 and _any(_SECRET, low):
        return _any(_MESSAGE, low) and _any(_RECIPIENT, low)
    if len(text) > 600 or text.endswith("?"):
        return False
    if len(text) <= 320 and _any(_VIRUS, low):
        return _any(_CHECKED, low) or "www.avast.com" in low or "www.avg.com" in low
    if len(text) <= 300 and _any(_PAPER_WORDS, low) and _PAPER.search(text):
        return True
    if _any(_LIST_WORDS, low) and _LISTS.search(text):
        return True
    return len(text) < 90 and _TITLE.match(text) is not None
