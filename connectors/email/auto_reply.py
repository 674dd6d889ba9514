"""Mail that no person sat down to write for us: vacation notes, lists, notifications.

By what the sender declares (RFC 3834, RFC 2919, Precedence and the vendors' own headers),
then by subjects that only auto-responders write. The header that decided is the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from connectors.contract import AutoReply
from connectors.email.headers import Headers

_OUT_OF_OFFICE = re.compile(
    r"out of (?:the )?office|out-of-office|\booo\b|vacation|on (?:annual )?leave|away from (?:my"
    r"|the)"
    r"|on holiday|абсент|поза офісом|у відпустці|відсутн|вне офиса|в отпуске|отсутств|poza biurem"
    r"|na urlopie|nieobecn|abwesen|außer haus|nicht im büro|im urlaub|absence du bureau|absent"
    r"|en congé|fuera de (?:la )?oficina|de vacaciones|fuori (?:sede|ufficio)|in ferie"
    r"|fora do escritório|ausência|afwezig|niet aanwezig|frånvar|fravær|poissa|mimo kancelář"
    r"|nepřítomn|házon kívül|ofis dışı|不在",
    re.I,
)
_SUBJECT = re.compile(
    r"\s*(?:\[?(?:auto(?:matic)?[- ]?(?:reply|response|responder)|automated (?:reply|response))\b"
    r"|auto(?:reply|responder)\b|auto:|out of (?:the )?office|out-of-office|ooo[:\s]|away from"
    r"|i am (?:currently )?out of|vacation (?:reply|response|notice)|on vacation"
    r"|автоматична відповідь|автовідповід|автоматична відпов|поза офісом"
    r"|автоматический ответ|автоответ|вне офиса|отсутствие на рабочем|отсутствие в офисе"
    r"|odpowiedź automatyczna|automatyczna odpowiedź|autoodpowiedź|autoresponder|poza biurem"
    r"|nieobecność w biurze|automatische antwort|automatisch(?:e)? (?:antwort|antwoord)"
    r"|abwesenheits|abwesend|réponse automatique|absence du bureau|réponse d'absence"
    r"|respuesta automática|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)"
    r"|resposta automática|fora do escritório|afwezig|automatiskt svar|autosvar|automatisk svar"
    r"|frånvaro|automaattinen vastaus|automatická odpověď|automatická odpoveď"
    r"|automatikus válasz|otomatik yanıt|răspuns automat|自動返信|自动回复|자동 회신)",
    re.I,
)
_FLAGS = (
    # Present with any value but "no", they are set by auto-responders alone.
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-auto-response",
    "x-autoreply-from", "x-mail-autoreply", "x-vacation", "x-facebook-notify", "auto-reply",
)  # fmt: skip
_ROBOT = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|noresponse|mailer-daemon|postmaster|notifications?"
    r"|auto(?:responder|reply|mailer))(?:[-_.+].*)?@",
    re.I,
)


def auto_reply(
    headers: Headers, subject: str, text: str, sender: str, own_addresses: Collection[str] = ()
) -> AutoReply | None:
    """What kind of automatic mail this is; None when a person may have written it."""
    submitted = headers.token("auto-submitted")
    precedence = headers.token("precedence")
    evidence = ""
    replied = False
    if submitted and submitted != "no":
        evidence = f"Auto-Submitted: {submitted[:60]}"
        # Some mark everything that a robot delivers as replied; vacation says what it is.
        replied = submitted.startswith("auto-replied")
    if not evidence or not replied:
        for name in _FLAGS:
            if name in headers and headers.token(name) != "no":
                evidence = f"{_titled(name)}: {headers.text(name)[:60]}"
                replied = True
                break
    if not evidence and precedence in ("auto_reply", "auto-reply", "autoreply"):
        evidence, replied = f"Precedence: {precedence}", True
    by_subject = _SUBJECT.match(subject)
    if not evidence and by_subject:
        evidence, replied = f"Subject: {by_subject.group().strip()[:60]}", True
    if evidence:
        says_so = (
            "vacation" in headers.text("auto-submitted").lower()
            or _OUT_OF_OFFICE.search(subject)
            or ((replied or by_subject) and _OUT_OF_OFFICE.search(text[:1500]))
        )
        vacation = bool(says_so) and (replied or by_subject is not None)
        return AutoReply("out-of-office" if vacation else "auto", evidence)
    bulk = _bulk(headers, precedence, own_addresses)
    if bulk:
        return AutoReply("bulk", bulk)
    suppress = headers.token("x-auto-response-suppress")
    if suppress and suppress != "none" and _ROBOT.match(sender):
        return AutoReply("auto", f"X-Auto-Response-Suppress: {suppress[:60]}")
    if headers.raw("return-path").strip() == b"<>":
        return AutoReply("auto", "Return-Path: <>")
    return None


def _bulk(headers: Headers, precedence: str, own_addresses: Collection[str]) -> str:
    """Evidence for a list or a mailing. A group that is itself one of our addresses
    (support@ run as a Google Group) makes no list of what customers write to it."""
    group = (headers.text("list-id") + headers.text("list-post")).lower()
    for own in own_addresses:
        local, _, domain = own.lower().partition("@")
        if group and (own.lower() in group or f"{local}.{domain}" in group):
            return ""
    if "list-id" in headers:
        return f"List-Id: {headers.text('list-id')[:80]}"
    if precedence in ("bulk", "list", "junk"):
        return f"Precedence: {precedence}"
    if "list-unsubscribe" in headers:
        return f"List-Unsubscribe: {headers.text('list-unsubscribe')[:80]}"
    for name in ("x-campaign", "x-campaignid", "x-campaign-id"):
        if name in headers:
            return f"{_titled(name)}: {headers.text(name)[:60]}"
    return ""


def _titled(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))
