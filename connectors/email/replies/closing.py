"""Closings above a name: "Kind regards", "З повагою", "Mit freundlichen Grüßen"."""

# ruff: noqa: SIM905 - tables of words in many scripts
from __future__ import annotations

import re

_CLOSINGS = frozenset(
    (
        "regards|best regards|kind regards|kindest regards|warm regards|warmest regards"
        "|many regards|with regards|with best regards|with kind regards|with warm regards"
        "|best and kind regards|thanks and regards|thanks & regards|thanks and best regards"
        "|thanks and kind regards|thank you and best regards|thank you and kind regards"
        "|regards and thanks|sincerely yours|yours sincerely|yours faithfully"
        "|yours truly|best wishes|with best wishes|all the best|respectfully"
        "|respectfully yours|br|kr|rgds|brgds|cordially|warmly"
        "|mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichem gruß"
        "|mit freundlichem gruss|mit freundlichen gruessen|mit besten grüßen"
        "|mit besten grüssen|mit herzlichen grüßen|mit lieben grüßen|mit vielen grüßen"
        "|freundliche grüße|freundliche grüsse|viele grüße|viele grüsse|vielen dank und viele grüße"
        "|liebe grüße|liebe grüsse|beste grüße|beste grüsse|schöne grüße|herzliche grüße"
        "|herzliche grüsse|freundlicher gruß|lieber gruß|schöner gruß|bester gruß|gruß|gruss"
        "|grüße|grüsse|mfg|lg|vg|hochachtungsvoll"
        "|cordialement|bien cordialement|très cordialement|bien à vous|salutations"
        "|sincères salutations|meilleures salutations|salutations distinguées|cdlt|cdt"
        "|amicalement|respectueusement|bien amicalement"
        "|saludos|saludos cordiales|un saludo|un cordial saludo|muchos saludos|atentamente"
        "|cordialmente|atte|muy atentamente|un abrazo|reciba un cordial saludo"
        "|cordiali saluti|distinti saluti|cari saluti|saluti|un saluto|un cordiale saluto"
        "|i migliori saluti|tanti saluti"
        "|atenciosamente|att|cumprimentos|os melhores cumprimentos|melhores cumprimentos"
        "|com os melhores cumprimentos|com os meus cumprimentos|abraço|abraços|um abraço"
        "|saudações|respeitosamente"
        "|met vriendelijke groet|met vriendelijke groeten|vriendelijke groet"
        "|vriendelijke groeten|met hartelijke groet|hartelijke groet|hartelijke groeten"
        "|groet|groeten|groetjes|mvg|hoogachtend|m.v.g"
        "|med vänlig hälsning|med vänliga hälsningar|vänlig hälsning|vänliga hälsningar"
        "|mvh|hälsningar|bästa hälsningar|med bästa hälsningar|hälsning|vh"
        "|med venlig hilsen|venlig hilsen|med venlige hilsner|venlige hilsner|bedste hilsner"
        "|de bedste hilsner|mange hilsner|hilsen|hilsner|kh|kærlig hilsen|dbh|m.v.h"
        "|med vennlig hilsen|vennlig hilsen|med vennlige hilsner|beste hilsen|hilsning"
        "|ystävällisin terveisin|terveisin|parhain terveisin|kunnioittavasti|terv|yst. terv"
        "|ystävällisesti"
        "|pozdrawiam|pozdrawiam serdecznie|serdecznie pozdrawiam|z poważaniem|z powazaniem"
        "|z wyrazami szacunku|łączę wyrazy szacunku|pozdrowienia|serdeczne pozdrowienia|pzdr"
        "|z pozdrowieniami|łączę pozdrowienia|z wyrazami poważania|z góry dziękuję i pozdrawiam"
        "|с уважением|с наилучшими пожеланиями|с наилучшими|с ув|с глубоким уважением"
        "|с искренним уважением|искренне ваш|искренне ваша|с приветом|с почтением"
        "|заранее спасибо, с уважением"
        "|з повагою|з найкращими побажаннями|із повагою|щиро ваш|щиро ваша|з вдячністю та повагою"
        "|з глибокою повагою|з пошаною"
        "|s pozdravem|s úctou|s přátelským pozdravem|se srdečným pozdravem|zdraví"
        "|s pozdravom|s úctou|s priateľským pozdravom|so srdečným pozdravom"
        "|üdvözlettel|tisztelettel|üdv|szívélyes üdvözlettel|üdvözlet"
        "|cu stimă|cu stima|cu respect|cu considerație|toate cele bune"
        "|saygılarımla|saygılarımızla|saygılar|selamlar|sevgiler|iyi çalışmalar"
        "|με εκτίμηση|με φιλικούς χαιρετισμούς|χαιρετισμούς|φιλικά|με τιμή"
        "|с уважение|поздрави|с най-добри пожелания|с поздрав"
        "|lijep pozdrav|lp|s poštovanjem|srdačan pozdrav|pozdrav|lep pozdrav|s spoštovanjem"
        "|lepo pozdravljeni|срдачан поздрав|с поштовањем|поздрав|з павагай"
        "|pagarbiai|su pagarba|ar cieņu|lugupidamisega|parimate soovidega|tervitades"
        "|敬具|此致|此致敬礼|祝好|顺祝商祺|敬上"
        "|בברכה|בכבוד רב|مع أطيب التحيات|مع خالص التحية|تحياتي|مع التحية|مع فائق الاحترام"
        "|trân trọng|kính thư|salam|hormat saya|salam hormat"
    ).split("|")
)
# These say something by themselves, or stand in sentences: only with a name below.
_WITH_NAME = frozenset(
    (
        "best|warm wishes|love|kind thanks|bisous|bises|ciao|tschüss|всего доброго"
        "|всего наилучшего|всього найкращого|усього найкращого|всього доброго|hezký den|hej då"
    ).split("|")
)
_FIRST = frozenset(each.split()[0].strip(",") for each in _CLOSINGS | _WITH_NAME)
_END = " \t,.!:;-–—*_☺🙂😊😀🎉👍❤\ufe0f"
_INITIAL = re.compile(r"[^\W\d_][\w.'’-]*\Z")
_SLASH = re.compile(r"/ ?[^\W\d_][\w.-]*(?: [^\W\d_][\w.-]*){0,2}\Z")
_LONGEST = 4
_BETWEEN = re.compile(r"[/|]")


def closes(line: str, *, named: bool) -> bool:
    """True when the line is a closing, or a closing and a name, or `/John`.

    `named`: something like a name stands below it."""
    if line[0] == "/":
        return not named and _SLASH.match(line) is not None
    core = _lower(line.strip(_END))
    first, _, _ = core.partition(" ")
    if first.strip(_END) not in _FIRST:
        return False
    if core in _CLOSINGS or (named and core in _WITH_NAME):
        return True
    # "Mit freundlichen Grüßen / Kind regards"
    if ("/" in core or "|" in core) and all(
        each.strip(_END) in _CLOSINGS for each in _BETWEEN.split(core)
    ):
        return True
    # "Kind regards, Ann Example"
    words = line.replace(",", " ").strip(_END).split()
    for count in range(1, min(len(words), 6)):
        head = _lower(" ".join(words[:count]).strip(_END))
        if head in _CLOSINGS and len(words) - count <= _LONGEST:
            return all(_INITIAL.match(word) and word[0].isupper() for word in words[count:])
    return False


def _lower(text: str) -> str:
    # The Turkish capital İ becomes two characters.
    return text.lower().replace("i\u0307", "i")


def is_name(line: str) -> bool:
    """One to five words, each with a capital (or of a script without them)."""
    words = line.strip(_END).split()
    return 0 < len(words) <= 5 and all(
        _INITIAL.match(word) is not None and not word[0].islower() for word in words
    )
