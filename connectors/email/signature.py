"""Where a signature begins in newly written text: a delimiter, or what a device appends."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_LOOSE = 16
"""Lines of a signature under a delimiter that is not exactly `-- ` (RFC 3676 §4.3)."""
MAX_STRICT = 60

_EXACT = re.compile(r"-- \Z")
_LOOSE = re.compile(r"[ \t]*(?:--|—|–|__|___|-- -|\*\*|~~)[ \t]*\Z")
_FOOTER = re.compile(r"_{20,}\s*\Z|-{20,}\s*\Z")
_LIST = re.compile(r"mailing list|unsubscribe|listinfo|google groups|to post to this group", re.I)
_DEVICE = (
    r"iphone|ipad|ipod|android|galaxy|samsung|huawei|honor|xiaomi|redmi|oneplus|pixel|nokia"
    r"|motorola|lg"
    r"|blackberry|windows|outlook|yahoo|gmail|proton|mail\.ru|yandex|яндекс|почт|пошт|ios|mac\b"
    r"|hotmail"
    r"|phone|mobile|smartphone|handy|móvil|celular|téléphone|telefon|cellulare|mobiltelefon"
    r"|smartfon"
    r"|телефон|смартфон|айфон|мобильн|мобільн|планшет|tablet|spark|airmail|thunderbird|aol|ukr\.net"
    r"|i\.ua|bluemail|k-9|fairemail|htc|sony|xperia|e-mail app|\bapp\b|device|устройств|пристро"
)
_SENT_FROM = re.compile(
    r"\s*[*_(\[]?(?:sent (?:from|via|with|using|by)|get outlook for|get bluemail|envoyé (?:de"
    r"|depuis|à partir)"
    r"|télécharge[rz] outlook|gesendet (?:von|mit|über)|von mein(?:em)? .{2,40} gesendet"
    r"|holen sie sich outlook"
    r"|diese nachricht wurde von mein|enviado (?:desde|de|do|a partir)|obtener outlook"
    r"|obter o outlook"
    r"|inviato (?:da|dal|dall|con)|ottieni outlook|scarica outlook|verzonden (?:vanaf|met|via"
    r"|vanuit)"
    r"|verstuurd (?:vanaf|met)|outlook voor|skickat från|sendt fra|hent outlook|lähetetty"
    r"|wysłan[eoa]"
    r"|wysłano|pobierz (?:program )?outlook|odesláno|odoslané|poslané|trimis (?:de|din)|küldve"
    r"|отправлено (?:с|из|со|через)|послано (?:с|из)|отправлено|надіслано (?:з|із|через)"
    r"|відправлено (?:з|із|через)|скачать outlook|загрузить outlook|завантажити outlook"
    r"|iphoneから送信|sent on the move|von meinem).{0,80}\Z",
    re.I,
)
_DEVICES = re.compile(_DEVICE, re.I)
_MY = re.compile(r"sent from my [A-Z]", re.I)
_BARE_SENT = re.compile(r"\s*(?:iphoneから送信|get outlook for (?:ios|android))", re.I)


def signature_start(lines: Sequence[str], start: int, end: int) -> int:
    """The first signature line of the new text in lines[start:end]; `end` when none."""
    for index in range(start, end):
        line = lines[index]
        if len(line) > 120:
            continue
        first = line[:1]
        if first in "-—–_*~ \t" and line.strip():
            if _EXACT.match(line):
                if _written(lines, index + 1, end, MAX_STRICT) <= MAX_STRICT:
                    return index
            elif (
                _LOOSE.match(line)
                and index > start
                and 0 < _written(lines, index + 1, end, MAX_LOOSE) <= MAX_LOOSE
            ):
                return index
            if _FOOTER.match(line) and any(
                _LIST.search(each) for each in lines[index + 1 : index + 4]
            ):
                return index
    return _device_line(lines, start, end)


def _written(lines: Sequence[str], start: int, end: int, limit: int) -> int:
    """Lines that are not empty; stops counting past `limit`."""
    count = 0
    for index in range(start, end):
        if lines[index].strip():
            count += 1
            if count > limit:
                break
    return count


def _device_line(lines: Sequence[str], start: int, end: int) -> int:
    """`Sent from my iPhone` among the last lines."""
    seen = 0
    found = end
    for index in range(end - 1, start - 1, -1):
        line = lines[index].strip()
        if not line:
            continue
        seen += 1
        if seen > 4:
            break
        if (
            len(line) <= 140
            and _SENT_FROM.match(line)
            # A sentence, as in "Sent from my desk, which is easier than my phone."
            and not (len(line) > 40 and line.endswith((".", "!", "?")))
            and (
                _DEVICES.search(line)
                or _BARE_SENT.match(line)
                or (_MY.match(line) and len(line) <= 50)
                or "<http" in line
            )
        ):
            found = index
    return found
