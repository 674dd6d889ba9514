"""Lines that announce a quoted or forwarded mail: "-----Original Message-----", "Begin
forwarded message:", "##- Please type your reply above this line -##"; in the words of the
programs and languages that write them.
"""

# ruff: noqa: SIM905 - tables of words in many scripts
from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.email.replies.attribution import is_attribution
from connectors.email.replies.header_block import any_block, header_block

DASHES = "-_=*~#—–―─‐‑‒−⸺"
_CORE = DASHES + " \t>:：|\u00a0\u3000"

# Titles that stand between dashes.
_ORIGINAL = (
    "original message|original appointment|original mail|original email|original e-mail"
    "|reply message|message d'origine|message d’origine|message original|messages d'origine"
    "|courriel original|courriel initial|mensaje original|correo original|mensagem original"
    "|messaggio originale|messaggio originario|ursprüngliche nachricht|originalnachricht"
    "|original-nachricht|originale nachricht|ursprünglicher termin|oorspronkelijk bericht"
    "|oorspronkelijke bericht|origineel bericht|originele bericht|oprindelig meddelelse"
    "|original besked|original meddelelse|opprinnelig melding|original melding"
    "|ursprungligt meddelande|originalmeddelande|alkuperäinen viesti|wiadomość oryginalna"
    "|oryginalna wiadomość|wiadomość źródłowa|treść oryginalnej wiadomości"
    "|wiadomość pierwotna|původní zpráva|původní e-mail|pôvodná správa|pôvodný e-mail"
    "|eredeti üzenet|mesaj original|mesajul original|исходное сообщение|исходное письмо"
    "|оригинальное сообщение|оригинал сообщения|вихідне повідомлення|оригінальне повідомлення"
    "|початкове повідомлення|оригінал листа|вихідний лист|зыходнае паведамленне|зыходны ліст"
    "|арыгінальнае паведамленне|оригинално съобщение|оригинално писмо|orijinal mesaj"
    "|orijinal ileti|özgün ileti|αρχικό μήνυμα|πρωτότυπο μήνυμα|izvorna poruka"
    "|originalna poruka|изворна порука|оригинална порука|izvirno sporočilo|izvorno sporočilo"
    "|originalno sporočilo|originalus laiškas|originalus tekstas|sākotnējā vēstule"
    "|sākotnējā ziņa|oriģinālā vēstule|algne kiri|esialgne kiri|algne sõnum|原始邮件|原始消息"
    "|原始信件|原始郵件|元のメッセージ|元メール|원본 메시지|원본 메일|הודעה מקורית"
    "|الرسالة الأصلية|الرسالة الأصليَّة|الرسالة الأساسية|thư gốc|tin nhắn gốc|pesan asli"
    "|pesan orisinal"
)
_PASSED_ON = (
    "forwarded message|forwarded by|forwarded mail|forwarded email|message transféré"
    "|message réexpédié|mensaje reenviado|mensagem encaminhada|mensagem reencaminhada"
    "|messaggio inoltrato|weitergeleitete nachricht|weitergeleitet von|doorgestuurd bericht"
    "|vidarebefordrat meddelande|videresendt melding|videresendt meddelelse"
    "|videresendt besked|välitetty viesti|wiadomość przekazana|przekazana wiadomość"
    "|treść przekazanej wiadomości|wiadomość przesłana dalej|přeposlaná zpráva"
    "|přeposlaný e-mail|preposlaná správa|továbbított üzenet|mesaj redirecționat"
    "|mesaj redirecţionat|пересылаемое сообщение|пересланное сообщение"
    "|переадресованное сообщение|перенаправленное сообщение|пересылаемое письмо"
    "|пересланное письмо|конец пересылаемого сообщения|переслане повідомлення"
    "|пересланий лист|перенаправлене повідомлення|перанакіраванае паведамленне"
    "|пераслaнае паведамленне|препратено съобщение|препратено писмо|iletilen ileti"
    "|iletilmiş mesaj|yönlendirilmiş ileti|yönlendirilen ileti|προωθημένο μήνυμα"
    "|proslijeđena poruka|прослеђена порука|prosleđena poruka|posredovano sporočilo"
    "|persiųstas laiškas|pārsūtītā vēstule|edastatud kiri|转发的邮件|转发邮件|转发的消息"
    "|轉寄郵件|転送メッセージ|転送されたメッセージ|전달된 메시지|전달된 메일|הודעה שהועברה"
    "|رسالة ممرّرة|رسالة معاد توجيهها|tin nhắn đã được chuyển tiếp|thư được chuyển tiếp"
    "|pesan diteruskan|pesan terusan"
)
# Whole lines with a colon, as Apple's and some other programs write.
_BEGIN = (
    "begin forwarded message|start of forwarded message|forwarded message"
    "|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail"
    "|début du message réexpédié|début du message transféré|inizio messaggio inoltrato"
    "|inizio del messaggio inoltrato|inicio del mensaje reenviado"
    "|início da mensagem encaminhada|início da mensagem reencaminhada"
    "|begin doorgestuurd bericht|początek przekazywanej wiadomości"
    "|rozpoczęcie przekazywanej wiadomości|początek przekazanej wiadomości"
    "|vidarebefordrat brev|start på videresendt besked|videresendt besked"
    "|begynnelse på videresendt melding|videresendt melding|välitetty viesti alkaa"
    "|edelleenlähetetty viesti alkaa|začátek přeposlané zprávy|začátek přeposílané zprávy"
    "|začiatok preposlanej správy|továbbított levél kezdete|továbbított üzenet kezdete"
    "|начало переадресованного сообщения|начало пересылаемого сообщения"
    "|начало перенаправленного сообщения|начало пересылаемого письма|пересылаемое сообщение"
    "|пересланное сообщение|початок листа, що пересилається"
    "|початок переспрямованого повідомлення|початок пересланого листа"
    "|початок пересланого повідомлення|переслане повідомлення|mesaj redirecționat"
    "|începutul mesajului redirecționat|iletilmiş mesaj|iletilen ileti başlangıcı"
    "|yönlendirilen ileti|αρχή προωθημένου μηνύματος|početak proslijeđene poruke"
    "|転送されたメッセージ|以下是转发的邮件|开始转发的邮件|下面是被转发的邮件|전달된 메시지"
    "|תחילת ההודעה שהועברה|بداية الرسالة المعاد توجيهها|bắt đầu thư được chuyển tiếp"
    "|mulai pesan yang diteruskan"
)
_TITLES = tuple(f"{_ORIGINAL}|{_PASSED_ON}".split("|"))
_FORWARDS = tuple(_PASSED_ON.split("|"))
_BEGINNINGS = frozenset(_BEGIN.split("|"))
_BEFORE_NAME = ("from", "von", "by", "de", "от", "від", "od", "/", "(", "-", "da", "van", "fra")

# What help desks ask to write above; the line itself and all below came from us.
_ABOVE = re.compile(
    r"(?:reply|respond|response|write|type|text)\b[^.]{0,30}\babove (?:this|the) line"
    r"|above this line (?:is|will be) added|reply above (?:this|here)"
    r"|(?:antwort|antworten)\b.{0,40}über dieser zeile|oberhalb dieser zeile"
    r"|répon\w+.{0,40}(?:au[- ]dessus de|avant) cette ligne"
    r"|respuesta.{0,40}(?:por )?encima de esta línea|escrib\w+.{0,40}sobre esta línea"
    r"|rispo\w+.{0,40}(?:al di )?sopra (?:di )?questa (?:linea|riga)"
    r"|respo\w+.{0,40}acima desta linha|resposta.{0,40}acima d[ae] linha"
    r"|antwoord.{0,40}boven deze (?:regel|lijn)|sv\w+.{0,40}ovan(?:för)? denna rad"
    r"|sva\w+.{0,40}over denne linje|vasta\w+.{0,40}tämän rivin yläpuolelle"
    r"|odpowied\w+.{0,40}(?:powyżej|nad) t(?:ej|ą) lini|ответ.{0,40}(?:над|выше) этой стро"
    r"|відповідь.{0,40}(?:над|вище) ц(?:им|ього) рядк|odpově\w+.{0,40}nad (?:tento|tímto) řád"
    r"|odpove\w+.{0,40}nad t(?:ento|ýmto) riad|válasz\w*.{0,40}e (?:sor|vonal) fölé"
    r"|răspuns\w*.{0,40}deasupra acestei linii|yanıtınızı.{0,40}bu satırın üst"
    r"|απάντησ\w+.{0,40}πάνω από αυτή",
    re.I,
)

_LINE = (
    "above,zeile,ligne,línea,linea,riga,linha,regel,lijn,denna rad,linje,rivin,lini,стро,рядк,řád"
    ",riad,sor,vonal,satır,αυτή"
).split(",")


def _lower(text: str) -> str:
    """Lower case, with the Turkish İ as i."""
    return text.lower().replace("i\u0307", "i")


def reply_above(line: str) -> bool:
    """True for a line that asks to reply above it, and says nothing else."""
    if len(line) > 160 or "?" in line or "@" in line or ":" in line[:-1]:
        return False
    low = line.lower()
    return any(word in low for word in _LINE) and _ABOVE.search(line) is not None


def title_of(line: str) -> str:
    """The known title in `-----Original Message-----` or without its dashes, lower case."""
    if len(line) > 200:
        return ""
    core = _lower(line.strip(_CORE))
    if not core.startswith(_TITLES):
        return ""
    return max((each for each in _TITLES if core.startswith(each)), key=len)


def announces_forward(line: str) -> bool:
    """True for "---------- Forwarded message" and "Begin forwarded message:"."""
    core = _lower(line[:200].strip(_CORE))
    return core.startswith(_FORWARDS) or core in _BEGINNINGS


def is_title(line: str) -> bool:
    """A line that is nothing but a known title, with or without dashes around it."""
    title = title_of(line)
    return bool(title) and _lower(line.strip(_CORE)) == title


def separator(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` announce a quoted mail; 0 when none."""
    line = lines[at]
    if len(line) > 300:
        return 0
    bare = line.strip(" \t>")
    dashed = len(bare) > 4 and bare[0] in DASHES and bare[1] in DASHES
    if dashed:
        title = title_of(bare)
        if title:
            rest = bare.strip(_CORE)[len(title) :].strip(_CORE).lower()
            block = _block_after(lines, at)
            if not rest or block or bare[-1] in DASHES or rest.startswith(_BEFORE_NAME):
                return 1 + block
    if bare.rstrip("*_ ")[-1:] in (":", "：") and _lower(bare.strip(_CORE)) in _BEGINNINGS:
        return 1 + _block_after(lines, at)
    if not dashed:
        return 0
    core = bare.strip(_CORE)
    if not core or len(core) < 3:
        return 0
    if bare[-1] in DASHES and bare[-2] in DASHES:
        if is_attribution(core):
            return 1
        block = _block_after(lines, at)
        if block:
            return 1 + block
    return 0


def _block_after(lines: Sequence[str], at: int) -> int:
    after = at + 1
    while after < len(lines) and after - at <= 3 and not lines[after].strip(" >\t"):
        after += 1
    if after >= len(lines):
        return 0
    block = header_block(lines, after, announced=True) or any_block(lines, after)
    return block + after - at - 1 if block else 0
