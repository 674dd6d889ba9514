"""What devices and mail apps append: "Sent from my iPhone", "Get Outlook for Android".

"Sent via Nova Poshta" and "Download of the app fails" are what customers write, so an app has
to be a known one, and a phone or tablet has to be what the mail was sent *from*.
"""

# ruff: noqa: E501 - tables of words in many scripts
from __future__ import annotations

import re

MAX_LINE = 160

_BRANDS = re.compile(
    r"iphon|ipad|ipod|айфон|apple watch|android|андроид|андроїд|galaxy|samsung|huawei|honor|xiaomi"
    r"|redmi|oneplus|pixel|nokia|motorola|moto\b|oppo|realme|vivo\b|poco\b|\bzte|asus|lenovo|wiko"
    r"|blackberry|windows (?:phone|mail|10|11)|for windows|für windows|per windows|для windows|outlook|yahoo|gmail"
    r"|proton|mail\.ru|yandex|яндекс|\bios\b|macbook|imac\b|\bmac\b|hotmail|spark|airmail|thunderbird|\baol\b"
    r"|ukr\.net|i\.ua|bluemail|blue mail|k-9|fairemail|aquamail|\bhtc\b|xperia|canary mail|superhuman"
    r"|hey\.com|edison mail|mailbird|em client|mymail|gmx|web\.de|t-online|orange|free mobile|libero mail"
    r"|ziggo|kpn|tutanota|tuta\b|fastmail|zoho|rambler|рамблер|wp\.pl|onet|interia|seznam|icloud|zimbra"
    r"|roundcube|\blg\b|mail for windows|e-?mail app|mail app|mobile mail|mail client|почтов\w+ клиент", re.I
)  # fmt: skip
_GENERIC = re.compile(
    r"phone|mobile|smartphone|handy|móvil|movil|celular|téléphone|telefon|cellulare|mobiltelefon|smartfon"
    r"|telefoon|puhelime|mobil\b|mobilen|komórk|телефон|смартфон|мобильн|мобільн|планшет|tablet|device|gerät"
    r"|apparaat|enhet|dispositiv|appareil|laite|urządz|устройств|пристро|zařízen|zariaden|eszköz|cihaz|συσκευή"
    r"|\bapp\b|приложени|додатк", re.I
)  # fmt: skip
# "from": a device that belongs to the sender.
_FROM = re.compile(
    r"(?:sent from|envoyé (?:de|depuis|à partir)|gesendet (?:von|aus)|von mein(?:em|er)? .{2,50} gesendet"
    r"|von unterwegs gesendet|diese (?:nachricht|e-mail|mail) wurde .{0,12}von mein|enviad[oa] (?:desde|de|do|da|a partir)"
    r"|inviat[oa] (?:da|dal|dall|dalla)\b|(?:verzonden|verstuurd) (?:vanaf|vanuit)|skickat från|sendt (?:fra|via)"
    r"|wysłan[eoay] (?:z|ze|za pomocą)\b|odesláno (?:z|ze)\b|posláno z\b|(?:odoslané|poslané) (?:z|zo)\b"
    r"|trimis (?:de|din)\b|a .{2,30}készülékemről|от(?:правлено|ослано) (?:с|со|из)\b|послано (?:с|со|из)\b"
    r"|(?:надіслано|відправлено) (?:з|із|зі)\b|адпраўлена (?:з|са)\b|изпратено от\b|στάλθηκε από|εστάλη από"
    r"|poslano (?:s|sa|iz|z)\b|poslato sa\b|послато са\b|išsiųsta iš|nosūtīts no|saadetud |đã gửi từ|gửi từ"
    r"|dikirim dari|נשלח |أُ?رسلت من|تم الإرسال من|发自|來自我的|sent on the move)", re.I
)  # fmt: skip
# Any other way, and advertisements: only with the name of an app or a device.
_WITH = re.compile(
    r"(?:sent (?:via|with|using|by|through)|get |download |envoyé (?:avec|par|via)|télécharge[rz] |obtenez "
    r"|gesendet (?:mit|über|via)|holen sie sich|outlook für |enviad[oa] (?:con|com|por|via|pelo|mediante)|obtener "
    r"|obtenga |descarga[r]? |obter |obtenha |baixar |baixe |transferir |inviat[oa] (?:con|tramite)|ottieni |scarica "
    r"|(?:verzonden|verstuurd) (?:met|via|door)|outlook voor |skickat (?:med|via)|hämta |sendt (?:med|ved)|hent "
    r"|skaff (?:deg )?|få outlook|hanki |hae |lähetetty |(?:el)?küldve |wysłan[eoay] |pobierz |odesláno |získat |získejte |získať |získajte "
    r"|trimis (?:cu|prin)|obțineți |descărcați |(?:az )?outlook .{0,30}letölt|отправлено |послано "
    r"|надіслано |відправлено |скачать |скачайте |загрузить |завантажити |завантажте |отримати |получить "
    r"|дасланa |изтеглете |αποκτήστε |κατεβάστε |preuzmite |prenesite |hankige |tải |dapatkan |הורד |获取 )", re.I
)  # fmt: skip
_SENT_LAST = (
    *("gesendet", "gönderildi", "letöltése", "edinin", "から送信", "を入手", "から送信されました"),
    *("에서 보냄", "다운로드", "发送", "發送", "送信"),
)
_BARE = re.compile(r"(?:iphone|ipad|android)から送信|von unterwegs gesendet\Z", re.I)
_MY = re.compile(r"sent from my [A-Z]", re.I)
_EDGE = " \t*_()[]<>-–—•\u200b"
_GET = re.compile(r"get|down|télé|obt|desc|baix|trans|otti|scar|häm|hent|ska|han|hae|pob|zís|скач|загр|зав|отр|пол|изт|pre|tải|dap", re.I)  # fmt: skip
_APPS = re.compile(r"outlook|blue ?mail|yahoo mail|spark|proton|mail\.ru|aquamail|gmx|web\.de|mymail|edison mail|canary mail|tutanota|thunderbird", re.I)  # fmt: skip


def is_device_line(line: str) -> bool:
    """True for a line that a device or an app appended, and that says nothing else."""
    if len(line) > MAX_LINE:
        return False
    line = line.strip(_EDGE)
    if not line or line[-1] in "?？":
        return False
    first = _FROM.match(line)
    other = first or _WITH.match(line)
    if not other and not line.rstrip(" .。").endswith(_SENT_LAST) and not _BARE.match(line):
        return False
    if len(line) > 40 and line[-1] in ".!" and line.count(",") + line.count(". ") > 0:
        # A sentence, as in "Sent from my desk, which is easier than my phone."
        return False
    words = line.partition("http")[0].count(" ") + 1
    if words > 12 or (len(line) > 90 and "http" not in line):
        return False
    if _GET.match(line):
        return words <= 8 and _APPS.search(line) is not None
    return (
        _BRANDS.search(line) is not None
        or ((first is not None or not other) and _GENERIC.search(line) is not None)
        or _BARE.match(line) is not None
        or (_MY.match(line) is not None and len(line) <= 50 and line[-1] != ".")
        or (first is not None and "<http" in line)
    )
