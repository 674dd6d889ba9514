"""A filled-in web form that came as mail: who filled it in, and what they wrote.

Forms mail their fields as lines, `Label: value` or the value under its label, in whatever
language the site has. What a form says of a person is hearsay: anybody may fill it in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Field = Literal["email", "phone", "subject", "message", "name", "surname", "company", ""]


@dataclass(frozen=True, slots=True)
class Form:
    name: str
    email: str
    phone: str
    subject: str
    message: str
    """What the person wrote; empty when the form has no such field."""
    fields: tuple[tuple[str, str], ...]
    """Every label with its value, in order."""


_ADDRESS = re.compile(r"[^\s@<>()\[\]\",;:|*]+@[^\s@<>()\[\]\",;:|*]+\.[^\s@<>()\[\]\",;:|*.]{2,}")
_LINE = re.compile(
    r"[\s*_>•·–-]*([^\s*_>•·–:：|\t][^:：|\t\n]{0,60}?)[\s*_]*(?:[:：|]|\t)[*_]*(.*)"
)
_BESIDE = re.compile(r"\s*(\S[^\n]{0,60}?)\s{2,}(\S.*)")
_END = re.compile(
    r"\s*(?:-{2,}|_{3,}|={3,}|\*{3,}|—{2,}|–{2,})\s*$"
    r"|\s*(?:additional information|дополнительная информация|додаткова інформація)\s*:?\s*$",
    re.IGNORECASE,
)
_META = re.compile(
    r"\b(?:ip|user[- ]?agent|browser|referr?er|page|url|uri|link|date|time|submitted"
    r"|sent (?:on|from|via)|form (?:id|name)|entry id|block id|transaction id|request id"
    r"|captcha|utm_\w+|consent|gdpr|privacy|remote|страница|сторінка|дата|время|час|źródło|strona|seite|datum|zgoda)\b",
    re.IGNORECASE,
)
# In order: the first that fits is it. A label that has other words as well ("Company name")
# belongs to the field that is asked for first.
_WORDS: tuple[tuple[Field, str], ...] = (
    (
        "email",
        r"\be-?mail|\bmail\b|\bпошт|\bпочт|\bемейл|\bимейл|\bе-?мейл|\bел\. ?адрес"
        r"|\bэл\. ?адрес"
        r"|\bcourriel|\bcorreo|\bposta elettronica|\bmejl|\be-?posta|メール|邮箱|이메일",
    ),
    (
        "phone",
        r"\b(?:tele)?(?:phone|fon)\b|\bphone|\bmobile\b|\btel\b|\btel\.|\btelefon|\btéléphone"
        r"|\bteléfono|\btelefono|\btelefone|\btelefoon|\bhandy|\bкомórk|\bkomórk|\bтелефон"
        r"|\bмобильн|\bмобільн|\bтел\b|\bтел\.|\bpuhelin|電話|电话",
    ),
    (
        "company",
        r"\bcompan|\bfirma?\b|\bfirmy\b|\borgani[sz]|\bkomp|\bкомпан|\bорганізац"
        r"|\bорганизац|\bфірм|\bфирм|\bunternehm|\bsociété|\bentreprise|\bempresa"
        r"|\bazienda|\bbedrijf",
    ),
    (
        "subject",
        r"\bsubject|\btopic|\bтема|\btemat|\btéma|\bbetreff|\bobjet\b|\basunto"
        r"|\boggetto|\bonderwerp|\bassunto|\bkonu\b|\bämne|\bemne|件名|主题",
    ),
    (
        "message",
        r"\bmessage|\btextarea|\bnotes?\b|\bcomment|\bquestion|\benquir|\binquir|\bdescription|\bdetails|\brequest\b"
        r"|\bhow can we help|\bповідомлен|\bсообщен|\bтекст|\bкоментар|\bкомментар|\bпитання"
        r"|\bзапитання|\bвопрос|\bзвернення|\bобращени|\bзапит\b|\bзапрос|\bопис|\bwiadomo"
        r"|\btreść|\bpytani|\bzapytani|\bkomentarz|\bopis\b|\bnachricht|\bmitteilung|\bfrage\b"
        r"|\banfrage|\banliegen|\bmensaje|\bmensagem|\bmessaggio|\bbericht\b|\bvraag|\bzpráva"
        r"|\bspráva|\bdotaz|\bmesaj|\büzenet|\bmeddelan|\bviesti|メッセージ|内容|문의",
    ),
    (
        "surname",
        r"\bsurname|\blast ?name|\bfamily ?name|\bпрізвище|\bфамил|\bnazwisko\b"
        r"|\bnachname|\bfamilienname|\bapellido|\bcognome|\bachternaam|\bpříjmení",
    ),
    (
        "name",
        r"\bname\b|\bnamen?\b|\bfull ?name|\bfirst ?name|\bfrom\b|\bім.?я|\bимя|\bфио\b"
        r"|\bф\.и\.о|\bпіб\b|\bп\.і\.б|\bвід\b|\bот\b|\bimię|\bimie\b|\bvorname|\bprénom|\bnom\b"
        r"|\bnombre|\bnome\b|\bnaam\b|\bjméno|\bmeno\b|\bnév\b|\bnavn|\bnamn|\bnimi\b|\bisim"
        r"|\bad soyad|お名前|姓名|이름",
    ),
)
_LABELS = tuple((field, re.compile(words, re.IGNORECASE)) for field, words in _WORDS)
_NO_PERSON = re.compile(
    r"\b(?:user ?name|file ?name|form ?name|product|site|page|domain|login|товар|produkt)",
    re.IGNORECASE,
)
_MAX_LINES = 400
_LABEL_WORDS = 6


def parse(text: str) -> Form | None:
    """What a mail's whole text says as a form; None when it names neither an address nor a
    telephone number with a label."""
    lines = text.splitlines()[:_MAX_LINES]
    found: dict[Field, str] = {}
    fields: list[tuple[str, str]] = []
    at = 0
    while at < len(lines):
        label, value, kind = _read(lines[at])
        at += 1
        if not label or (not kind and not value):
            continue
        if kind == "message" and "message" not in found:
            value, at = _message(lines, at, value, found)
        elif not value and kind:
            value, at = _below(lines, at)
        if kind and value and _fits(kind, value):
            found.setdefault(kind, value)
        if value:
            fields.append((label[:60], value[:2000]))
    email = _email(found)
    if not email and not found.get("phone"):
        return None
    name = " ".join(" ".join((found.get("name", ""), found.get("surname", ""))).split())
    return Form(
        name=_ADDRESS.sub("", name).strip(" <>()[]\"'")[:200],
        email=email,
        phone=found.get("phone", "")[:60],
        subject=" ".join(found.get("subject", "").split())[:500],
        message=found.get("message", "").strip(),
        fields=tuple(fields[:60]),
    )


def _read(line: str) -> tuple[str, str, Field]:
    """Label, value and which field it is; no label when the line is none of a form."""
    match = _LINE.match(line) or _BESIDE.match(line)
    if match is not None:
        label, value = match[1].strip(" *_"), match[2].strip(" *_|\t")
        if 0 < len(label.split()) <= _LABEL_WORDS and not label.lower().startswith("http"):
            return label, value, _kind(label)
        return "", "", ""
    label = line.strip(" *_#>\t")
    if 0 < len(label.split()) <= 4 and len(label) <= 40 and not re.search(r"[.,!@\d]", label):
        kind = _kind(label)
        return (label, "", kind) if kind else ("", "", "")
    return "", "", ""


def _kind(label: str) -> Field:
    if _NO_PERSON.search(label):
        return ""
    return next((field for field, words in _LABELS if words.search(label)), "")


def _below(lines: list[str], at: int) -> tuple[str, int]:
    """The value in the next line that says something, unless that is another label."""
    for ahead in range(at, min(at + 3, len(lines))):
        if lines[ahead].strip():
            if _read(lines[ahead])[2]:
                break
            return lines[ahead].strip(" *_>\t"), ahead + 1
    return "", at


def _message(lines: list[str], at: int, value: str, found: dict[Field, str]) -> tuple[str, int]:
    """All lines up to the next field of the form, its end, or what the server added."""
    kept = [value] if value else []
    while at < len(lines):
        line = lines[at]
        if _END.match(line):
            break
        label, rest, kind = _read(line)
        if label and ((kind and kind != "message" and kind not in found) or is_meta(label, rest)):
            break
        kept.append(line)
        at += 1
    return "\n".join(kept).strip(), at


def _fits(kind: Field, value: str) -> bool:
    """`E-mail me a copy: yes` is no address."""
    if kind == "email":
        return _ADDRESS.search(value) is not None
    return kind != "phone" or sum(map(str.isdecimal, value)) >= 5


def is_meta(label: str, value: str) -> bool:
    """What the site wrote into its form rather than the person: the page, the browser, the time."""
    return bool(value) and _META.search(label) is not None and len(label.split()) <= 3


def _email(found: dict[Field, str]) -> str:
    for value in (found.get("email", ""), found.get("name", "")):
        if match := _ADDRESS.search(value):
            return match[0].removeprefix("mailto:")
    return ""
