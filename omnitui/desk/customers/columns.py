"""What the columns of exported lists are called: Google Contacts, Outlook, HubSpot, Zendesk,
Chatwoot, and what people write themselves in four languages."""

from __future__ import annotations

import re

from omnitui.desk.customers.record import Target

_SIGNS = re.compile(r"[\W_]+")
_PLACE = r"(?:work|home|other|primary|personal|business|main|company main|mobile|secondary) "
_KNOWN: tuple[tuple[Target, str], ...] = (
    # Beside the value: what kind it is. Before the patterns that would take it for the value.
    ("-", r".+ (?:type|label|display name|extension)|.*\bfax\b.*|photo|image|avatar.*|nickname"
          r"|phonetic .+|.+ phonetic|file as|id|record id.*|contact id|gender|(?:e ?mail )?opt.*"),
    ("email", rf"(?:{_PLACE})?e ?mails?(?: \d+)?(?: value| address(?:es)?)?|additional e ?mail.*"
              r"|e ?mail address(?: \d+)?|mail|електронна (?:пошта|адреса)|(?:эл )?почта|пошта"
              r"|ел(?:ектронна)? пошта|электронная почта|адрес e ?mail|adres e ?mail|poczta"),
    ("phone", rf"(?:{_PLACE})?(?:tele)?phones?(?: \d+)?(?: value| numbers?)?|phone number(?: \d+)?"
              r"|mobile(?: number)?|mobile phone number|tel|cell(?: ?phone)?|whats ?app.*"
              r"|(?:номер )?(?:моб\w* )?телефон\w*|мобільний|мобильный|(?:numer )?telefon\w*"
              r"|komórka|callback|car phone|radio phone"),
    ("telegram", r"telegram(?: user)?(?: id)?"),
    ("first-name", r"first ?name|given name|forename|ім я|имя|imię|imie"),
    ("middle-name", r"middle ?name|additional name|по батькові|отчество|drugie imię"),
    ("last-name", r"last ?name|family name|surname|прізвище|фамилия|nazwisko"),
    ("name", r"name|full ?name|display name|contact(?: name)?|customer(?: name)?|client(?: name)?"
             r"|піб|п і б|фио|ф и о|(?:повне )?ім я (?:та|і|й) прізвище|клієнт|клиент"
             r"|imię i nazwisko|imie i nazwisko|klient"),
    ("company", r"company(?: ?name)?|organi[sz]ation(?: \d+)?(?: name)?|associated company"
                r"|account name|employer|компанія|компания|організація|организация|фірма|firma"),
    ("note", r"notes?(?: \d+)?|comments?|details|description|remarks?|нотатк[иа]|заметк[иа]"
             r"|приміт(?:ка|ки)|примечани[ея]|коментар\w*|комментари\w*|notatk[ia]|uwagi"),
    ("tags", r"tags?|labels|categories|group membership|groups?|мітк[иа]|тег[иа]?|метк[иа]"
             r"|категорії|tagi|etykiety"),
    ("language", r"(?:preferred )?(?:language|lang)|locale|мова|язык|język"),
    ("timezone", r"time ?zone|часовий пояс|часовой пояс|strefa czasowa"),
    ("field:birthday", r"birth ?day|birth ?date|date of birth|dob|день народження"
                       r"|дата народження|день рождения|дата рождения|data urodzenia"),
    ("field:title", r"job ?title|organi[sz]ation(?: \d+)? title|position|посада|должность"
                    r"|stanowisko"),
    ("field:website", r"website(?: \d+)?(?: value)?|website url|web page|home ?page|сайт|strona"),
)  # fmt: skip
_PATTERNS = tuple((target, re.compile(pattern)) for target, pattern in _KNOWN)


def known(name: str) -> Target:
    """What a column of that name holds; "" when no program known here calls one so."""
    folded = " ".join(_SIGNS.sub(" ", name[:100].casefold()).split())
    for target, pattern in _PATTERNS:
        if pattern.fullmatch(folded):
            return target
    return ""
