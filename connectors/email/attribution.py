"""The lines that introduce a quoted or forwarded mail, in the languages people write in.

"On 5 May 2024 at 10:00, Ann <ann@example.org> wrote:", "-----Original Message-----" and
the From/Sent/To/Subject block of Outlook. Patterns ask for two kinds of evidence (a date
and a verb, a date and an address, …), since hiding new text is worse than showing a quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_INTRO = 400
"""Characters of one attribution, wrapped lines joined."""

_VERBS = (
    # One alternation for all languages: a mail's language is not known, and mixes happen.
    r"wrote|writes|has written|said|schrieb(?:en)?|hat (?:am .{1,60})?geschrieben|a écrit|écrit"
    r"|écrivait|a ecrit|ha scritto|scrive|scriveva|ha escrito|escribió|escribio|escribe"
    r"|escreveu|escreve|va escriure|schreef|schreven|het volgende geschreven|skrev|skreiv|følgende"
    r"|kirjoitti|napisał|napisała|napisał\(a\)|napisali|pisze|pisał|pisała|napsal|napsala"
    r"|napsal\(a\)"
    r"|napísal|napísala|napísal\(a\)|írta|ezt írta|a scris|scrie|je napisao|je napisala|napisao"
    r"|napisala|je napisal|написал|написала|написал\(а\)|написали|пишет|писал|писала|писал\(а\)"
    r"|написав|написала|написав\(ла\)|написав\(-ла\)|написали|пише|писав|писав\(ла\)|напісаў|піша"
    r"|написа|έγραψε|yazdı|şunu yazdı|şunları yazdı|tarihinde|rašė|parašė|rakstīja|kirjutas"
    r"|đã viết|menulis|pada|写道|寫道|のメッセージ|wrote the following|님이 작성|작성"
    r"|כתב|כתבה|كتب|schrieb folgendes"
)
VERB = re.compile(rf"(?<!\w)(?:{_VERBS})(?!\w)", re.I)
LAST_WORDS = frozenset(
    each.replace("\\", "").split()[-1].lower() for each in _VERBS.split("|") if "{" not in each
)
_VERB_LAST = re.compile(rf"(?<!\w)(?:{_VERBS})\s*\Z", re.I)
_MAIL = re.compile(r"[^\s<>@:,;]+@[^\s<>@:,;]+\.[^\s<>@:,;]+|<[^<>\s]*@[^<>]*>|mailto:")
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d{2}(?!\d)|\d{1,2}\s?(?:[ap]\.?m\.?|Uhr|heures?)\b", re.I)
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?!\d)"
    r"|(?<!\d)\d{1,2}\.? ?(?:de )?[^\W\d_]{3,10}\.?,? (?:de |')?\d{2,4}|[^\W\d_]{3,9}\.? \d{1,2},"
    r"|(?:19|20)\d\d年"
)
_OPENER = re.compile(
    r"[\s*_\"'«(\[]*(?:On|At|In|Am|Le|El|Em|Il|Il giorno|Op|Den|Dne|Dňa|Dana|Dnia|W dniu|În data|"
    r"Pe|På|Vào|Pada|Στις|Ons|Man|Fri|Thu|Wed|Tue|Mon|Sat|Sun|В|У|На|Od|Von|От|Від|"
    r"(?:19|20)\d\d|\d{1,2}[./\s-]|[^\W\d_]{2,12}[.,]? \d{1,2}|[^\W\d_]{2,12}, )(?!\w*@)",
)
_QUOTED_SENDER = re.compile(
    r"^\s*(?:Quoting|Zitat von|Citando|Cytowanie|Citando a|Quoting:)\s", re.I
)

_PHRASES = (
    r"original message|original appointment|original mail|original email|forwarded message"
    r"|forwarded by|reply message|message transféré|message d'origine|message original"
    r"|message réexpédié|messages? d.origine|courriel original|mensaje original|mensaje reenviado"
    r"|mensagem original|mensagem encaminhada|mensagem reencaminhada|messaggio originale"
    r"|messaggio inoltrato|messaggio originario|ursprüngliche nachricht|originalnachricht"
    r"|original-?nachricht|weitergeleitete nachricht|ursprünglicher termin|oorspronkelijk bericht"
    r"|doorgestuurd bericht|originele bericht|oprindelig meddelelse|opprinnelig melding"
    r"|ursprungligt meddelande|originalmeddelande|vidarebefordrat meddelande|videresendt melding"
    r"|videresendt meddelelse|alkuperäinen viesti|välitetty viesti|wiadomość oryginalna"
    r"|oryginalna wiadomość|wiadomość przekazana|treść przekazanej wiadomości|wiadomość źródłowa"
    r"|původní zpráva|původní e-mail|přeposlaná zpráva|pôvodná správa|eredeti üzenet"
    r"|továbbított üzenet|mesaj original|mesaj redirecționat|исходное сообщение|исходное письмо"
    r"|оригинальное сообщение|пересылаемое сообщение|пересланное сообщение"
    r"|переадресованное сообщение"
    r"|пересылаемое письмо|пересланное письмо|конец пересылаемого сообщения"
    r"|вихідне повідомлення|оригінальне повідомлення|переслане повідомлення|пересланий лист"
    r"|початкове повідомлення|оригінал листа|пераслaнае паведамленне|оригинално съобщение"
    r"|препратено съобщение|orijinal mesaj|orijinal ileti|iletilen ileti|yönlendirilmiş ileti"
    r"|αρχικό μήνυμα|προωθημένο μήνυμα|原始邮件|转发的邮件|原始信件|転送メッセージ|元のメッセージ"
    r"|원본 메시지|전달된 메시지|original besked"
    r"|izvorna poruka|proslijeđena poruka|originalno sporočilo"
)
_DASHED = re.compile(
    rf"^[\s>]*+[-_=*—–]{{2,}}+\s*(?:{_PHRASES})[^\n]{{0,60}}?[-_=*—–]*\s*:?\s*$", re.I
)
_ANY_DASHED = re.compile(r"^\s*+[-=*_]{3,}+\s?[^\W_][^\n]{2,60}?\s?[-=*_]{3,}\s*$")
_FORWARD = re.compile(
    r"^\s*(?:begin forwarded message|start of forwarded message|forwarded message"
    r"|anfang der weitergeleiteten (?:nachricht|e-mail)|début du message (?:réexpédié|transféré)"
    r"|inizio (?:del )?messaggio inoltrato|inicio del mensaje reenviado"
    r"|início da mensagem (?:re)?encaminhada|begin doorgestuurd bericht"
    r"|początek przekazywanej wiadomości|rozpoczęcie przekazywanej wiadomości"
    r"|początek przekazanej wiadomości|vidarebefordrat brev|videresendt besked"
    r"|välitetty viesti alkaa|začátek přeposlané zprávy|začiatok preposlanej správy"
    r"|начало (?:переадресованного|пересылаемого|перенаправленного) (?:сообщения|письма)"
    r"|пересылаемое сообщение|пересланное сообщение"
    r"|початок (?:листа, що пересилається|переспрямованого повідомлення|пересланого (?:листа"
    r"|повідомлення))"
    r"|переслане повідомлення|mesaj redirecționat|iletilmiş mesaj)\s*[:：]\s*$",
    re.I,
)

_LABELS: dict[str, str] = {}
for _kind, _names in {
    "from": "from|von|de|da|van|od|fra|från|от|от кого|від|від кого|from name|feladó|lähettäjä|"
    "kimden|gönderen|από|发件人|寄件者|差出人|보낸 사람|보낸사람|expéditeur|remitente|mittente|"
    "afzender|nadawca|отправитель|відправник|odesílatel|odosielateľ|expeditor|de la|od koga|"
    "šalje|pošiljatelj|ад|מאת|من|desde|avsändare",
    "to": "to|an|à|a|para|pour|per|aan|do|dla|til|till|кому|кому:|címzett|vastaanottaja|kime|alıcı|"
    "προς|收件人|收件者|宛先|받는 사람|받는사람|"
    "destinataire|destinatario|destinatário|komu|pro|către|"
    "za|pre|prima|אל|إلى|получатель|одержувач|отримувач|odbiorca|kopia do",
    "date": "message du|message de|date|sent|sent on|datum|gesendet|gesendet am|datum/zeit|"
    "date envoi|envoyé|envoyé le|"
    "fecha|enviado|enviado el|enviado em|enviada|enviada em|data|inviato|inviato il|verzonden|"
    "verzonden op|sendt|skickat|skickad|dato|wysłano|wysłane|data wysłania|дата|отправлено|"
    "послано|дата отправки|надіслано|відправлено|дата відправлення|odesláno|odoslané|dátum|"
    "elküldve|küldve|lähetetty|päivämäärä|päiväys|gönderme tarihi|gönderildi|tarih|στάλθηκε|"
    "ημερομηνία|发送时间|日期|寄件日期|送信日時|日時|날짜|보낸 날짜|"
    "trimis|poslano|poslato|изпратено|"
    "дата і час|created|received",
    "subject": "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|emne|ämne|temat|тема|"
    "тема письма|тема листа|předmět|predmet|predmet správy|tárgy|aihe|konu|θέμα|主题|主旨|"
    "件名|제목|"
    "subiect|zadeva|naslov|относно|נושא|الموضوع|sujet",
    "cc": "copie à|cc|kopie|copie|copia|cópia|kopi|kopia|копия|копія|kopie (cc)|dw|ccn|másolat|"
    "bilgi|抄送|"
    "副本|참조|kópia|в копии|bcc|с копией|до відома|udw",
    "other": "reply-to|antwort an|répondre à|responder a|rispondi a|importance|priority|priorität|"
    "priorité|attachments|anlagen|вложения|вкладення|załączniki|organization|ответить кому|"
    "відповідь|reply to|mailed-by|signed-by|security|x-mailer|message-id|mailing list|"
    "ważność|wichtigkeit|важность|where|when|required|optional|categories|organisation|company",
}.items():
    for _name in _names.split("|"):
        _LABELS.setdefault(_name, _kind)
_LABEL = re.compile(
    r"^[\s>]*[*_]{0,2}([^\W\d_][^\n:*：]{0,24}?)"
    r"[ \u00a0]?[*_]{0,2}\s?[:：]\s?[*_]{0,2}(?=\s|\S)(.*)$"
)
# The whole block on one line, as some converters of HTML leave it.
_ONE_LINE = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"\s*\*?(?:from|von|de|от|від|od|da|van)\s?:\*?\s[^@\[]{0,120}[@\[]",
        r"\*?\b(?:sent|date|gesendet|datum|envoyé|enviado|отправлено|надіслано|wysłano|inviato"
        r"|verzonden|дата|data|to|an|кому|do|à)\s?:\*?\s",
        r"\*?\b(?:subject|betreff|objet|asunto|assunto|тема|temat|oggetto|onderwerp)\s?:",
    )
)
_RULE = re.compile(r"^[\s>]*(?:[-_=*—–·]\s?){3,}\s*$")


def label_kind(line: str) -> str:
    """ "from", "to", "date", "subject", "cc" or "other" for `Von: …` and the like; else ""."""
    match = _LABEL.match(line[:300])
    if match is None:
        return ""
    return _LABELS.get(match.group(1).strip().lower(), "")


def header_block(lines: Sequence[str], at: int, *, announced: bool = False) -> int:
    """How many lines from `at` are the header block of a quoted mail; 0 when none.

    `announced`: a line like "Original Message" stands before it, so less is asked for."""
    if _is_one_line(lines[at]):
        return 1
    kinds: list[str] = []
    sender = ""
    index = at
    last = at
    loose = 0
    while index < len(lines) and index - at < 24:
        line = lines[index]
        if not line.strip(" >\t"):
            loose += 1
            if loose > 1:
                break
            index += 1
            continue
        kind = label_kind(line)
        if kind:
            if kind == "from" and "from" not in kinds:
                sender = line
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
    if "from" not in found and not (announced and len(named) >= 2):
        return 0
    enough = (
        (len(named) >= 3 and ("subject" in named or "@" in sender))
        or (
            len(named) == 2
            and "from" in named
            and "@" in sender
            and ("date" in named or "subject" in named)
        )
        or (announced and len(named) >= 2)
    )
    return last - at + 1 if enough else 0


def _is_one_line(line: str) -> bool:
    start, middle, end = _ONE_LINE
    found = start.match(line)
    found = found and middle.search(line, found.end(), found.end() + 200)
    return bool(found and end.search(line, found.end(), found.end() + 500))


def separator(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` announce a quoted mail: "-----Original Message-----", "Begin
    forwarded message:", any dashed title over a header block. 0 when none."""
    line = lines[at]
    if len(line) > 200:
        return 0
    if _DASHED.match(line):
        return 1 + _block_after(lines, at)
    if _FORWARD.match(line):
        return 1 + _block_after(lines, at)
    if _ANY_DASHED.match(line):
        block = _block_after(lines, at)
        return 1 + block if block else 0
    return 0


def _block_after(lines: Sequence[str], at: int) -> int:
    after = at + 1
    while after < len(lines) and after - at <= 3 and not lines[after].strip(" >\t"):
        after += 1
    if after >= len(lines):
        return 0
    block = header_block(lines, after, announced=True)
    return block + after - at - 1 if block else 0


def is_rule(line: str) -> bool:
    """A line of dashes or underscores, as stands above a header block."""
    return bool(_RULE.match(line))


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
    best = -1
    joined = ""
    for start in range(end, max(first, end - 4) - 1, -1):
        line = lines[start].strip()
        if not line or (start < end and line.endswith((".", "!", "?")) and len(line) < 60):
            break
        joined = f"{line} {joined}".rstrip() if joined else line
        if len(joined) > MAX_INTRO:
            break
        strength = _strength(joined, quoted=quoted)
        if strength == 2:
            best = start
            if _OPENER.match(joined):
                return start
        elif strength == 1 and best < 0:
            best = start
    return best


def _strength(line: str, *, quoted: bool) -> int:
    """0 no attribution, 1 by the quote that follows, 2 by itself."""
    verb = VERB.search(line) is not None
    mail = _MAIL.search(line) is not None
    time = _TIME.search(line) is not None
    date = _DATE.search(line) is not None
    opener = _OPENER.match(line) is not None
    if opener and ((date and (verb or mail)) or (time and mail)):
        return 2
    if mail and verb and (time or date or opener or line.startswith(("<", '"'))):
        return 2
    if mail and time and date:
        return 2
    if quoted and (
        verb or mail or (time and date) or (opener and date) or _QUOTED_SENDER.match(line)
    ):
        return 1
    return 0
