"""Words of the calendar as people type them in English, Ukrainian, Russian and Polish.

Names in the cases that are written beside a day or after "in" and "on", with their usual
abbreviations; whoever types a beginning that only one name has is understood as well.
"""

from __future__ import annotations

from typing import Literal

Unit = Literal["minutes", "hours", "days", "weeks", "months", "years"]

_MONTHS = (
    "jan january січ січня січень січні янв января январь январе sty stycznia styczeń styczniu",
    "feb february лют лютого лютий лютому фев февр февраля февраль феврале lut lutego luty lutym",
    "mar march бер березня березень березні мар март марта марте marca marzec marcu",
    "apr april кві квіт квітня квітень квітні апр апреля апрель апреле kwi kwietnia kwiecień"
    " kwietniu",
    "may тра трав травня травень травні май мая мае maj maja maju",
    "jun june чер черв червня червень червні июн июня июнь июне cze czerwca czerwiec czerwcu",
    "jul july лип липня липень липні июл июля июль июле lip lipca lipiec lipcu",
    "aug august сер серп серпня серпень серпні авг августа август августе sie sierpnia sierpień"
    " sierpniu",
    "sep sept september вер верес вересня вересень вересні сен сент сентября сентябрь сентябре"
    " wrz września wrzesień wrześniu",
    "oct october жов жовт жовтня жовтень жовтні окт октября октябрь октябре"
    " paź października październik październiku",
    "nov november лис лист листопада листопад листопаді ноя нояб ноября ноябрь ноябре"
    " lis listopada listopad listopadzie",
    "dec december гру груд грудня грудень грудні дек декабря декабрь декабре"
    " gru grudnia grudzień grudniu",
)
_WEEKDAYS = (
    "mon monday пн понеділок понеділка понедельник понедельника pon poniedziałek poniedziałku",
    "tue tues tuesday вт вівторок вівторка вторник вторника wt wto wtorek wtorku",
    "wed wednesday ср середа середу среда среду śr śro środa środę",
    "thu thur thurs thursday чт четвер четверга четверг czw czwartek czwartku",
    "fri friday пт п'ятниця п'ятницю пятница пятницу pt ptk pią piątek piątku",
    "sat saturday сб субота суботу суббота субботу sob sobota sobotę",
    "sun sunday нд неділя неділю вс вск воскресенье ndz niedz niedziela niedzielę",
)
_DAYS = {
    -2: "позавчора позавчера przedwczoraj",
    -1: "yesterday вчора учора вчера wczoraj",
    0: "today сьогодні сегодня dziś dzisiaj",
    1: "tomorrow tom завтра jutro",
    2: "післязавтра послезавтра pojutrze",
}
_UNITS: dict[Unit, str] = {
    "minutes": "m min minute minutes хв хвилину хвилини хвилин мин минуту минуты минут"
    " minutę minuty minut",
    "hours": "h hr hrs hour hours год годину години годин ч час часа часов"
    " godz godzinę godziny godzin",
    "days": "d day days д дн день дні дня днів дней дні dzień dni dnia",
    "weeks": "w week weeks т тж тиж тижня тиждень тижні тижнів н нед неделю недели недель неделя"
    " tyg tydz tydzień tygodnie tygodni tygodnia",
    "months": "mo month months міс місяць місяці місяців місяця мес месяц месяца месяцев"
    " mies miesiąc miesiące miesięcy miesiąca",
    "years": "y year years р рік роки років року г лет год года r rok lata lat roku",
}
_HOURS = {
    9: "morning вранці ранку зранку утром утра rano ranem",
    12: "noon midday опівдні полудень полдень południe",
    14: "afternoon popołudniu południu",
    18: "evening ввечері увечері вечора вечером вечера wieczorem wieczór",
}
_LINKS = (
    "at on in next this of the o w we za na po о об в у во на за через"
    " наступний наступного наступна наступну следующий следующая следующую следующего"
    " przyszły przyszła przyszłą przyszłym"
)
_AGO = (
    "ago back last on in of the тому назад минулий минулого минула минулу прошлый прошлая прошлую"
    " прошлого temu zeszły zeszła zeszłą zeszłym ostatni ostatnia в у во на w we"
)
LINKS = frozenset(_LINKS.split())
"""Words between the others, that say nothing of their own of a time to come."""
AGO = frozenset(_AGO.split())
"""The same of times gone by."""

_PLAIN = str.maketrans("ąćęłńóśźż", "acelnoszz")


def _table(names: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, words in enumerate(names):
        for word in words.split():
            found[word] = number
            # Typed without the letters that an English keyboard lacks.
            found.setdefault(word.translate(_PLAIN), number)
    return found


_MONTH = _table(_MONTHS)
_WEEKDAY = _table(_WEEKDAYS)
_DAY = {word: offset for offset, words in _DAYS.items() for word in words.split()}
_DAY |= {word.translate(_PLAIN): offset for word, offset in _DAY.items()}
_UNIT: dict[str, Unit] = {w: unit for unit, words in _UNITS.items() for w in words.split()}
_UNIT |= {word.translate(_PLAIN): unit for word, unit in _UNIT.items()}
_HOUR = {word: hour for hour, words in _HOURS.items() for word in words.split()}
_HOUR |= {word.translate(_PLAIN): hour for word, hour in _HOUR.items()}


def folded(text: str) -> str:
    """`text` as the words here are written: small, with one apostrophe."""
    return text.strip().lower().replace("’", "'").replace("ʼ", "'")


def month_of(word: str) -> int | None:
    """1 to 12 for the name of a month or three letters of its beginning."""
    number = _named(word, _MONTH, 3)
    return None if number is None else number + 1


def weekday_of(word: str) -> int | None:
    """0, Monday, to 6 for the name of a day or four letters of its beginning."""
    return _named(word, _WEEKDAY, 4)


def day_of(word: str) -> int | None:
    """How many days from today: 1 for `tomorrow`, -1 for `yesterday`."""
    return _DAY.get(word.rstrip("."))


def hour_of(word: str) -> int | None:
    """9 for `morning`, 12 for `noon`, 14 for `afternoon`, 18 for `evening`."""
    return _HOUR.get(word)


def unit_of(word: str, *, ahead: bool = False) -> Unit | None:
    """What a number counts. `год` is an hour in Ukrainian and a year in Russian: an hour where
    the time is to come (`ahead`), a year where it is gone by."""
    name = word.rstrip(".")
    if name == "год":
        return "hours" if ahead else "years"
    return _UNIT.get(name)


def _named(word: str, names: dict[str, int], enough: int) -> int | None:
    name = word.rstrip(".")
    if name in names:
        return names[name]
    if len(name) < enough:
        return None
    found = {number for known, number in names.items() if known.startswith(name)}
    return found.pop() if len(found) == 1 else None
