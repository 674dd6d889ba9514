"""The sentence that introduces a quote: "On 5 May 2024 at 10:00, Ann <ann@example.org> wrote:".

Written by a program, in any language, wrapped over lines or not. Patterns ask for two kinds
of evidence (a date and a verb, a date and an address, …), and for none that a person speaks
("On 5 May 2024 I wrote to you:"), since hiding new text is worse than showing a quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_INTRO = 400
"""Characters of one attribution, wrapped lines joined."""

_VERBS = (
    # One alternation for all languages: a mail's language is not known, and mixes happen.
    r"wrote|writes|has written|said|schrieb(?:en)?|hat (?:am .{1,60})?geschrieben"
    r"|folgendes geschrieben|a écrit|écrit"
    r"|écrivait|a ecrit|ha scritto|scrive|scriveva|ha escrito|escribió|escribio|escribe"
    r"|escreveu|escreve|va escriure|schreef|schreven|het volgende geschreven|skrev|skreiv|følgende"
    r"|kirjoitti|napisał|napisała|napisał\(a\)|napisał\(-a\)|napisał/a|napisali|napisana|pisze|pisał"
    r"|pisała|napsal|napsala|napsal\(a\)|napísal|napísala|napísal\(a\)|píše|írta|ezt írta|a scris"
    r"|scrie|je napisao|je napisala|napisao|napisala|je napisal|napisal|napisal\(a\)"
    r"|napisao\(la\)|napisao/la|piše|sporoča|написал|написала|написал\(а\)|написал\(-а\)"
    r"|написали|пишет|писал|писала|писал\(а\)|написав|написав\(ла\)|написав\(-ла\)"
    r"|написав \(-ла\)|пише|писав|писала|писав\(ла\)|напісаў|піша|написа|написао|написао/ла"
    r"|έγραψε|yazdı|yazmış|şunu yazdı|şunları yazdı|tarihinde|rašė|parašė|rakstīja|kirjutas"
    r"|kirjutab|đã viết|viết|menulis|pada|כתב|כתבה|כתב/ה|נכתב על ידי|كتب|كَتَب|schrieb folgendes"
)
# Scripts without spaces between words.
_JOINED = r"写道|寫道|写于|님이 작성|작성|쓴 글|쓴 내용|さんは書きました|のメッセージ|のメール|より"
VERB = re.compile(rf"(?<!\w)(?:{_VERBS})(?!\w)|(?:{_JOINED})", re.I)
_JOINED_PARTS = tuple(_JOINED.split("|"))
# Looking a line's words up is ten times quicker than the pattern; every verb has one of these.
_VERB_WORDS = frozenset(
    word
    for each in _VERBS.split("|")
    for word in re.findall(r"\w{3,}", each.replace("{1,60}", ""))[-1:]
)
# Verbs of one word, spelled as they are: when a line has such a word, nothing is left to match.
_WHOLE_VERBS = frozenset(each for each in _VERBS.split("|") if each.isalpha())
_WORDS = re.compile(r"\w+")
LAST_WORDS = frozenset(
    each.replace("\\", "").split()[-1].lower() for each in _VERBS.split("|") if "{" not in each
)
_VERB_LAST = re.compile(rf"(?<!\w)(?:{_VERBS})\s*\Z", re.I)
_MAIL = re.compile(r"[^\s<>@:,;]+@[^\s<>@:,;]+\.[^\s<>@:,;]+|<[^<>\s]*@[^<>]*>|mailto:")
_DIGIT = re.compile(r"\d")
_TIME = re.compile(
    r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)|\d{1,2}\s?(?:[ap]\.?\s?m\.?|Uhr|heures?|h \d\d)\b", re.I
)
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}(?!\d)"
    r"|(?<!\d)\d{2}\. ?\d{1,2}\. ?\d{1,2}\.|(?<!\d)\d{1,2}[- ][^\W\d_]{3}[- ]\d{2,4}"
    r"|(?<!\d)\d{1,2}\.? ?(?:de )?[^\W\d_]{3,10}\.?,? (?:de |')?\d{2,4}|[^\W\d_]{3,9}\.? \d{1,2},"
    r"|(?:19|20)\d\d年|[٠-٩]{1,2} [^\W\d_]+ [٠-٩]{4}"
)
_OPENER = re.compile(
    r"[\s*_\"'«(\[]*(?:On|At|In|Am|Le|El|Em|Il|Il giorno|Op|Den|Dne|Dňa|Dana|Dnia|W dniu|În data|"
    r"În|La|Pe|På|Vào|Pada|Στις|Ons|Man|Fri|Thu|Wed|Tue|Mon|Sat|Sun|В|У|На|Od|Von|От|Від|Дана|"
    r"V V|Kuupäev|Datumā|Ekkor:|Wiadomość|في|على|بتاريخ|ב|בתאריך|No dia|Quoting|"
    r"(?:19|20)\d\d|\d{1,2}[./\s-]|[^\W\d_]{2,12}[.,]? \d{1,2}|[^\W\d_]{2,12}, )(?!\w*@)",
)
_FIRST_WORDS = re.compile(
    r"(?:On|Am|Le|El|Il|Il giorno|Em|Op|Den|Dne|Dňa|Dana|Dnia|W dniu|Στις|În|Pe|Vào|Pada|В|У|На)"
    r"(?: [^\W\d_]{2,12}[.,]{0,2})?"
)
_QUOTED_SENDER = re.compile(
    r"\s*(?:Quoting|Zitat von|Citando(?: a)?|Cytowanie|Цитирование|Цитата|Цитування|Citace|"
    r"Citát|Citat(?: från| fra)?|Mensaje citado por|Quoting:|Citeren|Idézet)\s", re.I
)  # fmt: skip
# Who speaks of themselves or to the reader is a person, not a program.
_SPEAKER = re.compile(
    r"(?<!\w)(?:I|[Mm]e|[Uu]s|[Ww]e|[Yy]ou|[Yy]our|[Mm]y|[Oo]ur|[Tt]hey|[Ii]ch|[Ww]ir|[Ii]hnen|Ihre?[nmrs]?"
    r"|Je|[Jj]'ai|[Nn]ous|[Vv]ous|[Vv]otre|[Ii]k|[Ww]ij|[Jj]ullie|[Jj]ag|Vi|[Jj]eg|[Yy]o"
    r"|[Нн]аш[аеиі]?|[Вв]аш[аеиі]?|[Вв]ам|[Вв]ас|[Яя]|[Мм]ы|[Мм]и|[Вв]ы|[Вв]и|[Мм]не|[Мм]ені|[Нн]ам"
    r"|[Мм]ій|[Мм]о[йя]|[Ww]am|[Pp]aństw[ua]|[Ww]asz[ae]?|[Nn]asz[ae]?|[Uu]sted(?:es)?|[Vv]oi"
    r"|[Vv]ostr[oa]|[Nn]ós|[Vv]ocês?)(?!\w)"
)
_CAPITAL = re.compile(r"[\"'«*_:‫‪]*(?:[Οο]/[Ηη] |Používateľ )?[^\W\d_]")
_DASHED_INTRO = re.compile(r"^[-=*_~‐—–]{2,}\s*|\s*[-=*_~‐—–]{2,}\s*$")


def has_verb(line: str) -> bool:
    """True when the line says "wrote" in some language, as programs say it."""
    words = _WORDS.findall(line.lower())
    if _VERB_WORDS.isdisjoint(words):
        return not line.isascii() and any(part in line for part in _JOINED_PARTS)
    return not _WHOLE_VERBS.isdisjoint(words) or VERB.search(line) is not None


def is_attribution(line: str) -> bool:
    """True when the line introduces a quote by itself, whatever follows."""
    line = line.strip()
    return 0 < len(line) <= MAX_INTRO and _strength(line, quoted=False) == 2


def ends_with_verb(line: str) -> bool:
    """True for a line like "On 5 May 2024 10:00, Ann <ann@example.org> wrote"."""
    if line[line.rfind(" ") + 1 :].lower() not in LAST_WORDS:
        return False
    return len(line) <= MAX_INTRO and _VERB_LAST.search(line) is not None


def ends_broken_intro(line: str, before: str) -> bool:
    """True for `>:` and `> wrote:` that end the attribution begun in the line `before`."""
    rest = line[1:].strip()
    opened = before.rfind("<")
    return (
        opened >= 0
        and ">" not in before[opened:]
        and (rest == ":" or VERB.fullmatch(rest.rstrip(": ")) is not None)
    )


def attribution(lines: Sequence[str], end: int, first: int, *, quoted: bool) -> int:
    """Where the attribution that ends at line `end` begins; -1 when there is none.

    Looks back over at most four lines, not before `first`. `quoted`: lines marked as
    quoted follow, which is evidence in itself."""
    joined = ""
    best = -1
    for start in range(end, max(first, end - 4) - 1, -1):
        line = lines[start].strip()
        if not line or (start < end and _ends_sentence(line)):
            break
        joined = f"{line} {joined}".rstrip() if joined else line
        if len(joined) > MAX_INTRO:
            break
        strength = _strength(joined, quoted=quoted)
        if strength == 2:
            best = start
            if _DATE.search(joined):
                above = lines[start - 1].strip() if start > first else ""
                if _begins(above, lines, start - 1, first) and (
                    _strength(f"{above} {joined}", quoted=quoted) == 2
                ):
                    return start - 1
                return start
        elif strength == 1 and best < 0:
            best = start
    return best


def _ends_sentence(line: str) -> bool:
    if line[-1] != ".":
        return line[-1] in "!?。！？؟…;"
    # "10:00 a.m." and "o godz." end no sentence.
    short = len(line) - line.rfind(" ") <= 6 and _DIGIT.search(line) is not None
    return len(line) < 60 and not short


def _begins(line: str, lines: Sequence[str], at: int, first: int) -> bool:
    """Is this the first part of an attribution that looks whole without it: a name and an
    address, or a weekday?"""
    if not line or _ends_sentence(line) or line[-1] == ":":
        return False
    alone = at == first or not lines[at - 1].strip()
    return (_MAIL.search(line) is not None and alone and len(line) < 120) or (
        len(line) <= 24 and _FIRST_WORDS.fullmatch(line) is not None
    )


def _strength(line: str, *, quoted: bool) -> int:
    """0 no attribution, 1 by the quote that follows, 2 by itself."""
    if line[0] in "-=*_~‐—–":
        line = _DASHED_INTRO.sub("", line)
        if not line:
            return 0
    mail = "@" in line and _MAIL.search(line) is not None
    if not (mail or quoted or _DIGIT.search(line)):
        return 0
    date = _DATE.search(line) is not None
    if not (mail or quoted or date):
        return 0
    opener = _OPENER.match(line) is not None
    if mail:
        if "<" not in line and _SPEAKER.search(line):
            # Without angle brackets it may be what somebody tells.
            return int(quoted)
        if date and opener:
            return 2  # most of them: no word need be looked up
    verb = has_verb(line)
    if not (verb or mail or date):
        return 1 if quoted and _QUOTED_SENDER.match(line) else 0
    time = _TIME.search(line) is not None
    if mail:
        if time and (date or opener):
            return 2
        if verb and (time or date or opener or line.startswith(("<", '"'))):
            return 2
    elif (
        date
        and verb
        and (opener or (time and _CAPITAL.match(line) is not None))
        and not _SPEAKER.search(line)
    ):
        return 2
    if quoted and (
        verb or mail or (time and date) or (opener and date) or _QUOTED_SENDER.match(line)
    ):
        return 1
    return 0
