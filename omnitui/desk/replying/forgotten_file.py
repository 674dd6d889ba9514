"""A reply that speaks of an attachment and has none. A hint, never a verdict: it stops once."""

from __future__ import annotations

import re

# Words that announce a file of ours; not those that ask for one of theirs, which the
# negations and the second person in `_THEIRS` tell apart.
_OURS = re.compile(
    r"""
    \b(?:
      # English
        (?:is|are|find|have|i['’]ve|we['’]ve|see|the|an?|please)\ (?:now\ |also\ )?attached
      | attached\ (?:is|are|you|please|here|hereto|to\ this|below)
      | (?:i|we)\ attach(?:ed)? | (?:i['’]m|i\ am|we['’]re|we\ are|am)\ attaching
      | (?:in|see)\ (?:the\ |my\ |our\ )?attach(?:ment|ed)s? | (?:please\ )?find\ enclosed
      | enclosed\ (?:is|are|you|please)
      # Ukrainian
      | дода(?:ю|ємо|в|ла|ли)\ (?:\w+\ ){0,3}?
        (?:файл|документ|рахун|скрін|фото|лист|інструкц|копі|чек|акт)\w*
      | (?:у|в)\ (?:вкладенн|додатк|прикріпленн|прикріплен(?:ому|их)\ файл)\w*
      | прикріпл(?:яю|юю|юємо|яємо|ено|ений|ений|ена|ені)\w* | прикріпи(?:в|ла|ли) | долуча(?:ю|ємо)
      | (?:файл|документ|рахунок|інструкці[яю])\w*\ (?:додано|додаю|у\ додатку|вкладено)
      # Russian
      | прикрепля(?:ю|ем)\w* | прикрепил[аи]? | прикрепл[её]н\w* | прилага(?:ю|ем|ется|ются)
      | (?:во|в)\ (?:вложени|приложени|прикрепл[её]нн)\w* | вкладываю | приложил[аи]?
      | (?:файл|документ|сч[её]т)\w*\ (?:приложен|во\ вложении)\w*
      # Polish
      | w\ za[łl][ąa]cze?ni\w+ | za[łl][ąa]cza(?:m|my) | za[łl][ąa]czy[łl](?:em|am|iśmy)
      | do[łl][ąa]cza(?:m|my) | przesy[łl]a(?:m|my)\ w\ za[łl] | za[łl][ąa]czon\w+
      # German
      | im\ anhang | anbei | (?:h[äa]nge|habe|haben)\ (?:\w+\ ){0,4}?angeh[äa]ngt | in\ der\ anlage
      | beigef[üu]gt\w*
      # French, Spanish, Italian, Portuguese
      | ci-joint\w* | (?:en|dans\ la)\ pi[èe]ces?\ jointes? | je\ joins | vous\ trouverez\ ci-joint
      | adjunt(?:o|amos|é|ar[ée])\b | en\ el\ (?:archivo\ )?adjunto
      | in\ allegato | (?:vi\ |ti\ )?allego\b | alleghiamo
      | em\ anexo | (?:segue|seguem)\ (?:em\ )?anexo\w* | anexei | anexamos
      # Dutch, Czech
      | (?:in|als)\ (?:de\ )?bijlage | bijgevoegd\w* | v\ p[řr][íi]loze | p[řr]ikl[áa]d[áa]m(?:e)?
    )(?!\w)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_THEIRS = re.compile(
    r"""
    \b(?: not | n['’]t | no | nothing | without | you | could | can\ you | send\ us | if
      | не | нема[єе]? | нет | без | ви | вы | ты | ти | могли | можете | якщо | если
      | nie | bez | pan\w* | państw\w* | proszę\ o | jeśli | czy
      | nicht | kein\w* | sie | wenn | pas | vous\ avez | no\ veo | non
    )(?!\w)[^.!?\n]{0,40}\Z
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SENTENCE_END = re.compile(r"[.!?\n]")


def announced(text: str) -> str:
    """The words of a reply that announce a file; "" when there are none.

    Quoted lines do not count, nor sentences that speak of the customer's file, of no file,
    or ask a question.
    """
    own = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))
    for found in _OURS.finditer(own):
        if _THEIRS.search(own, max(0, found.start() - 80), found.start()):
            continue
        end = _SENTENCE_END.search(own, found.end())
        if end is not None and end[0] == "?":
            continue
        return found[0]
    return ""
