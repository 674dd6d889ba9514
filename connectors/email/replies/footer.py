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
    "avast|avg|norton|mcafee|kaspersky|касперск|eset|bitdefender|avira|sophos|dr.web|clamav"
    "|mailscanner|symantec|f-secure|mimecast|proofpoint|barracuda|virus database"
).split("|")
# As scanners begin: "My Avast says your site has a virus" is a customer's complaint.
_CHECKED = re.compile(
    r"[\W_]*(?:<?https?://\S+>?[\s>]*)?(?:this (?:e-?mail|message)|the information|virus-?free|no virus|scanned by"
    r"|checked by|outgoing mail|incoming mail|virenfrei|diese (?:e-?mail|nachricht) wurde|sans virus"
    r"|l.absence de virus|garanti sans virus|libre de virus|este (?:correo|mensaje)|privo di virus"
    r"|questa e-?mail|livre de vírus|este e-?mail|virusvrij|deze e-?mail|virusfri|tento e-?mail|wolny od wirus"
    r"|nie zawiera wirus|ta wiadomość|без вирусов|проверено|это (?:письмо|сообщение)|без вірусів|перевірено"
    r"|цей лист|ez az e-?mail|acest e-?mail|bu e-?posta)", re.I
)  # fmt: skip
_NATURE = re.compile(
    r"environment|umwelt|environnement|medio ?ambiente|meio ambiente|ambiente|milieu|miljö|miljø"
    r"|środowisk|природ|окружающ|довкілл|prostředí|príprod|ympäristö", re.I
)  # fmt: skip
_PAPER = (
    "print|druck|imprim|stamp|afdruk|utskrift|skriver ut|udskriv|wydruk|печат|друк|tisk|tlač|tulost"
).split("|")
_LISTS = re.compile(
    r"[\W_]*(?:you(?: have)? received this (?:message|e-?mail) because you (?:are|have) subscri"
    r"|to unsubscribe from this (?:group|list|topic)[ ,]|to unsubscribe (?:send|visit|click)"
    r"|reply to this e-?mail directly|you are receiving this because you"
    r"|вы получили это (?:сообщение|письмо), поскольку подписаны"
    r"|ви отримали (?:це повідомлення|цей лист), оскільки підписа)"
    r"|_{10,}|.{0,60}mailing list .{0,60}mailman/listinfo|\S+ mailing list\s*\Z", re.I
)  # fmt: skip
_TITLE = re.compile(
    r"[*_ ]*(?:confidentiality notice|legal notice|disclaimer|privacy notice|aviso legal"
    r"|aviso de confidencialidad|avis de confidentialité|haftungsausschluss|informativa privacy"
    r"|klauzula poufności)[:.*_ -]*\Z", re.I
)  # fmt: skip
# Notices speak of the sender, the company or us, never of me.
_PERSON = re.compile(
    r"(?<!\w)(?:I|I'm|I've|my|me|ich|meine?[nmrs]?|mir|mich|je|j'ai|mon|mes|yo|mi|mis|io|mio|eu|meu|minha"
    r"|ja|mój|moja|moje|mnie|я|мой|моя|мою|моё|мое|мне|меня|мій|моє|мені|мене|jag|min|jeg|ik|mijn)(?!\w)", re.I
)  # fmt: skip
_RULE = re.compile(r"[\s*]*(?:[-_=*—–]\s?){3,}\s*\Z")
_RULE_ENDS = tuple("-_=*—–")
_SHORTEST = 10
"""Characters of a line in which any of the patterns can match."""


def is_footer(lines: Sequence[str], start: int, end: int) -> int:
    """Where in the paragraph lines[start:end] a footer begins that lasts to its end; `end` when
    none does. The first line may be of the person, with the footer right below it."""
    text = " ".join(line.strip() for line in lines[start:end])
    if _is_footer(text):
        if len(text) > 200:
            start = _begin(lines, start, end)
        return start
    if text.rstrip()[-1:] in _RULE_ENDS and _RULE.match(text):
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
    if not _SHORTEST <= len(text) <= 6000:
        return False
    # What somebody wrote says so early, and is cheaper to tell than what a notice says.
    if len(text) < 600 and ("?" in text or _PERSON.search(text)):
        return False
    return _resembles(text)


def _resembles(text: str) -> bool:
    low = text.lower()
    if len(text) >= 80 and _any(_SECRET, low):
        return _any(_MESSAGE, low) and _any(_RECIPIENT, low)
    if len(text) > 600:
        return False
    if len(text) <= 320 and _any(_VIRUS, low):
        return _CHECKED.match(text) is not None
    if len(text) <= 300 and _any(_PAPER, low) and _NATURE.search(text):
        return True
    return _LISTS.match(text) is not None or (len(text) < 60 and _TITLE.match(text) is not None)
