"""What devices and mail apps append: "Sent from my iPhone", "Get Outlook for Android"."""

# ruff: noqa: E501 - tables of words in many scripts
from __future__ import annotations

import re

MAX_LINE = 160

_DEVICES = re.compile(
    r"iphon|ipad|ipod|айфон|apple watch|android|андроид|андроїд|galaxy|samsung|huawei|honor|xiaomi"
    r"|redmi|oneplus|pixel|nokia|motorola|moto\b|oppo|realme|vivo|poco|nothing phone|zte|asus|lenovo"
    r"|blackberry|windows|outlook|yahoo|gmail|proton|mail\.ru|yandex|яндекс|почт|пошт|\bios\b|mac\b"
    r"|macbook|imac|hotmail|phone|mobile|smartphone|handy|móvil|movil|celular|téléphone|telefon"
    r"|cellulare|mobiltelefon|smartfon|telefoon|puhelime|mobil\b|mobilen|komórk|телефон|смартфон"
    r"|мобильн|мобільн|планшет|tablet|spark|airmail|thunderbird|\baol\b|ukr\.net|i\.ua|bluemail"
    r"|blue mail|k-9|fairemail|\bhtc\b|sony|xperia|e-?mail app|mail app|\bapp\b|приложени|додатк"
    r"|device|gerät|apparaat|enhet|dispositiv|appareil|laite|urządz|устройств|пристро|zařízen|zariaden"
    r"|eszköz|cihaz|συσκευή|canary|superhuman|\bhey\b|front app|edison|mailbird|em client|myMail|mymail"
    r"|gmx|web\.de|t-online|orange|free mobile|libero|ziggo|kpn|tutanota|tuta\b|fastmail|zoho|rambler"
    r"|рамблер|wp\.pl|onet|interia|seznam|iCloud|zimbra|roundcube|lg\b|kindle|chromebook|surface", re.I
)  # fmt: skip
_SENT = re.compile(
    r"(?:sent (?:from|via|with|using|by)|get (?:outlook|bluemail|spark|yahoo mail|the new|proton)"
    r"|envoyé (?:de|depuis|à partir|avec|par|via)|télécharge[rz] |obtenez |obtenir "
    r"|gesendet (?:von|mit|über|aus|via)|von mein(?:em|er)? .{2,50} gesendet|von unterwegs gesendet"
    r"|holen sie sich|hol dir |diese (?:nachricht|e-mail|mail) wurde .{0,12}von mein|outlook für "
    r"|enviado (?:desde|de|do|da|a partir|con|com|por|via|pelo|mediante)|enviada (?:do|desde|de) "
    r"|obtener |obtenga |descarga[r]? |obter |obtenha |baixar |baixe |transferir o outlook"
    r"|inviato (?:da|dal|dall|con|tramite|dalla)|ottieni |scarica "
    r"|verzonden (?:vanaf|met|via|vanuit|door)|verstuurd (?:vanaf|met|via|vanuit)|outlook voor "
    r"|download outlook|skickat (?:från|med|via)|hämta outlook|sendt (?:fra|med|via|ved)|hent outlook"
    r"|skaff (?:deg )?outlook|få outlook|lähetetty |hanki outlook|hae outlook"
    r"|wysłan[eoay] |wysłano |pobierz |odesláno |odoslané |poslané |posláno |získat |získejte |získať "
    r"|získajte |trimis (?:de|din|cu|prin)|obțineți |descărcați |küldve|elküldve|a .{2,30}készülékemről"
    r"|(?:az )?outlook .{0,30}letölt|отправлено|послано|отослано|надіслано|відправлено|послано"
    r"|скачать |скачайте |загрузить |завантажити |завантажте |отримати outlook|получить outlook"
    r"|установите |дасланa |адпраўлена |изпратено |изтеглете |στάλθηκε |εστάλη |αποκτήστε |κατεβάστε "
    r"|poslano |poslato |послато |preuzmite |prenesite |išsiųsta |nosūtīts |saadetud |hankige "
    r"|gönderildi|đã gửi |gửi từ |tải |dikirim |dapatkan |נשלח |הורד |أُ?رسلت |تم الإرسال |发自|來自我的|获取 "
    r"|sent on the move|on the go)", re.I
)  # fmt: skip
_SENT_LAST = (
    *("gesendet", "gönderildi", "letöltése", "edinin", "から送信", "を入手", "から送信されました"),
    *("에서 보냄", "다운로드", "发送", "發送", "送信"),
)
_BARE = re.compile(
    r"(?:iphone|ipad|android)から送信|(?:get )?outlook for (?:ios|android)\Z"
    r"|от?правлено со смартфона|sent from my mobile\Z|von unterwegs gesendet",
    re.I,
)
_MY = re.compile(r"sent from my [A-Z]", re.I)
_EDGE = " \t*_()[]<>-–—•|\u200b"


def is_device_line(line: str) -> bool:
    """True for a line that a device or an app appended, and that says nothing else."""
    if len(line) > MAX_LINE:
        return False
    line = line.strip(_EDGE)
    if not line:
        return False
    first = _SENT.match(line)
    if not first and not line.rstrip(" .。").endswith(_SENT_LAST) and not _BARE.match(line):
        return False
    if len(line) > 40 and line.endswith((".", "!", "?")) and line.count(",") + line.count(". ") > 0:
        # A sentence, as in "Sent from my desk, which is easier than my phone."
        return False
    if line.endswith("?") or (len(line) > 90 and "http" not in line):
        return False
    return (
        _DEVICES.search(line) is not None
        or _BARE.match(line) is not None
        or (_MY.match(line) is not None and len(line) <= 50 and not line.endswith("."))
        or (first is not None and "<http" in line)
    )
