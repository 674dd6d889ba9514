"""Bytes to text when the charset label may be wrong, unknown or missing.

The label is believed while the bytes agree with it; other readings must show strong
evidence. Every result can be encoded as UTF-8 (no lone surrogates) and holds no NUL.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from itertools import pairwise

ALIASES = {
    # What senders write → what they mean. Superset codecs replace their subsets, as the
    # WHATWG Encoding Standard does: mail labelled gb2312 holds GBK, latin-1 holds cp1252.
    "ascii": "ascii", "us-ascii": "ascii", "ansi_x3.4-1968": "ascii", "7bit": "ascii",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "latin1": "cp1252",
    "latin-1": "cp1252", "windows-1252": "cp1252", "ansi": "cp1252",
    "utf8": "utf-8", "unicode": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-8n": "utf-8",
    "utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "x-unicode-1-1-utf-7": "utf-7",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030",
    "hz-gb-2312": "hz", "big5": "big5hkscs", "x-x-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949", "euc-kr": "cp949",
    "ks_c_5601-1989": "cp949", "x-windows-949": "cp949", "windows-949": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "sjis": "cp932",
    "windows-31j": "cp932", "ms_kanji": "cp932", "x-euc-jp": "euc-jp",
    "iso-2022-jp": "iso2022_jp_ext", "cp50220": "iso2022_jp_ext",
    "win-1250": "cp1250", "win1250": "cp1250", "win-1251": "cp1251", "win1251": "cp1251",
    "cp-1251": "cp1251", "x-cp1251": "cp1251", "ansi-1251": "cp1251", "microsoft-cp1251": "cp1251",
    # KOI8-U is KOI8-R with Ukrainian letters in the place of eight box drawings.
    "koi8": "koi8-u", "koi8r": "koi8-u", "koi-8-r": "koi8-u", "koi8-r": "koi8-u", "koi8u": "koi8-u",
    "koi8-ru": "koi8-u", "x-mac-cyrillic": "mac_cyrillic", "x-mac-ukrainian": "mac_cyrillic",
    "x-mac-ce": "mac_latin2", "x-mac-centraleurroman": "mac_latin2", "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish", "x-mac-icelandic": "mac_iceland", "x-mac-japanese": "cp932",
    "x-mac-croatian": "mac_croatian", "x-mac-romanian": "mac_romanian", "x-mac-korean": "cp949",
    "x-mac-chinesesimp": "gb18030", "x-mac-chinesetrad": "big5hkscs", "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman", "windows-874": "cp874", "tis-620": "cp874", "dos-866": "cp866",
    "iso-8859-8-i": "iso8859_8", "iso-8859-6-i": "iso8859_6", "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
}  # fmt: skip
UNKNOWN = frozenset(
    {"", "unknown", "unknown-8bit", "x-unknown", "default", "default_charset", "none", "binary"}
)
# Text encodings by Python's reckoning that no mail means, or that do not end.
NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
CYRILLIC = ("cp1251", "koi8-u", "iso8859_5", "cp866", "mac_cyrillic")
CYRILLIC_CODECS = frozenset({"cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic"})
MULTIBYTE = frozenset({"gb18030", "big5hkscs", "cp949", "cp932", "euc_jp", "euc_kr", "johab"})
STATEFUL = ("utf-7", "iso2022", "hz", "utf-16", "utf-32")

# Letters of running Russian, Ukrainian, Bulgarian and Belarusian text; the rarer a letter
# is in all of them, the more a reading full of it is the wrong one.
COMMON = frozenset("оеаинтсрвлкмдпуяьыі")
LETTERS = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґў")
SAMPLE = 8_192
"""Bytes looked at when guessing; a guess does not get better with more."""

_ACCENTED_WORD = re.compile(rb"[A-Za-z]*[\xc0-\xff][A-Za-z\xc0-\xff]*")
_SIGN_IN_WORD = re.compile(rb"[A-Za-z][\xb1\xb3\xb6\xb9\xbc\xbf\xa3][a-z]")
_POLISH = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ")
_JIS_SHIFT = re.compile(rb"(\x1b\$[@B]|\x1b\([BJI])")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")


@lru_cache(maxsize=512)
def codec_of(label: str) -> str | None:
    """Python's codec for a charset label; None when there is no such charset."""
    name = label.strip().strip("\"'").lower().removeprefix("charset=").rstrip(";").strip()
    if name in UNKNOWN or len(name) > 64 or not name.isascii() or "\0" in name:
        return None
    name = ALIASES.get(name, name)
    if name.startswith(("cp-", "ms-ansi")):
        name = name.replace("cp-", "cp", 1)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    if info.name.replace("-", "_") in NOT_CHARSETS or not getattr(info, "_is_text_encoding", True):
        return None
    return ALIASES.get(info.name, info.name)


_CODE_PAGES = {
    932: "shift_jis", 936: "gbk", 949: "ks_c_5601-1987", 950: "big5", 1200: "utf-16-le",
    1201: "utf-16-be", 10000: "macintosh", 10007: "x-mac-cyrillic", 20127: "us-ascii",
    20866: "koi8-r", 21866: "koi8-u", 50220: "iso-2022-jp", 50221: "iso-2022-jp",
    50222: "iso-2022-jp", 50225: "iso-2022-kr", 51932: "euc-jp", 51949: "euc-kr",
    52936: "hz-gb-2312", 54936: "gb18030", 65000: "utf-7", 65001: "utf-8",
}  # fmt: skip


def code_page(number: int) -> str:
    """The charset label of a Windows code page; "" for 0."""
    if 28591 <= number <= 28606:
        return f"iso-8859-{number - 28590}"
    return _CODE_PAGES.get(number) or (f"cp{number}" if number else "")


def decode(data: bytes, label: str = "") -> tuple[str, str]:
    """The text of `data` labelled `label`, and what was wrong about it ("" when nothing)."""
    codec = codec_of(label) if label else None
    if data.isascii() and (codec is None or not codec.startswith(STATEFUL)):
        if b"\0" in data:
            return _without_nul(data, label)
        wrong = "" if codec or not label or label.lower() in UNKNOWN else _no_such(label)
        return data.decode("ascii"), wrong
    if codec == "utf-8":
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            if "\0" not in text:
                return text.removeprefix("\ufeff"), ""
    return _decode_carefully(data, label, codec)


def _decode_carefully(data: bytes, label: str, codec: str | None) -> tuple[str, str]:
    for mark, marked in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            text, defect = _lenient(data[len(mark) :] if marked == "utf-8" else data, marked)
            if codec and not codec.startswith("utf"):
                defect = f"charset {label} is really {marked} (byte order mark)"
            return _clean(text), defect
    if b"\0" in data and not (codec or "").startswith(("utf-16", "utf-32")):
        return _without_nul(data, label)
    missing = not label or label.lower() in UNKNOWN
    if codec is None:
        text, guessed = guess(data)
        if missing:
            defect = f"8-bit text without a charset, read as {guessed}"
        else:
            defect = f"{_no_such(label)}, read as {guessed}"
        return _clean(text), defect
    if codec == "utf-8":
        return _broken_utf8(data, label)
    if codec.startswith("iso2022_jp") and b"\x1b$" in data and data.isascii():
        text, defect = _jis(data, codec, label)
        return _clean(text), defect
    if codec.startswith(("iso2022", "hz")) and not data.isascii():
        # It is a charset of seven bits.
        text, guessed = guess(data)
        return _clean(text), f"charset {label} is really {guessed}"
    if not codec.startswith(STATEFUL):
        better = _mislabelled(data, codec)
        if better is not None and better[1] != codec:
            return _clean(better[0]), f"charset {label} is really {better[1]}"
    text, defect = _lenient(data, codec, label)
    return _clean(text), defect


def guess(data: bytes) -> tuple[str, str]:
    """Text of 8-bit bytes with no usable label, and the charset it was read as."""
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        # A multi-byte character cut off at the very end is still UTF-8.
        if error.start >= len(data) - 3 and error.start > 8 and not data[: error.start].isascii():
            return data.decode("utf-8", "replace"), "utf-8"
    cyrillic = _best_cyrillic(data)
    if cyrillic:
        return data.decode(cyrillic, "replace"), cyrillic
    japanese = _japanese(data)
    if japanese:
        return data.decode(japanese, "replace"), japanese
    if len(data) >= 24:
        from charset_normalizer import from_bytes  # 40 ms to import, rarely needed

        best = from_bytes(data[:SAMPLE], steps=5, chunk_size=512).best()
        if best is not None and codec_of(best.encoding):
            return data.decode(best.encoding, "replace"), best.encoding
    return _lenient(data, "cp1252")[0], "cp1252"


def _mislabelled(data: bytes, codec: str) -> tuple[str, str] | None:
    """A better reading of 8-bit data than its label's, when the evidence is strong."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        # By chance a few characters of a two-byte charset are valid UTF-8; many are not.
        high = sum(byte > 0x7F for byte in data[:SAMPLE])
        if high > (12 if codec in MULTIBYTE else 1):
            return text, "utf-8"
    if codec in CYRILLIC_CODECS:
        own = _cyrillic_score(data, codec)
        if own < 0.5:
            best = _best_cyrillic(data)
            if best and _cyrillic_score(data, best) > own + 0.4:
                return data.decode(best, "replace"), best
    elif codec in ("cp932", "euc_jp"):
        japanese = _japanese(data)
        if japanese and japanese != codec:
            return data.decode(japanese, "replace"), japanese
    elif codec in ("cp1252", "ascii"):
        best = _best_cyrillic(data)
        if best:
            return data.decode(best, "replace"), best
        polish = _polish(data)
        if polish:
            return data.decode(polish, "replace"), polish
        if codec == "ascii":
            return guess(data)
    return None


def _polish(data: bytes) -> str | None:
    """Polish labelled as Western: signs stand within words ("dotar\u00b3o")."""
    if not _SIGN_IN_WORD.search(data[:SAMPLE]):
        return None
    shares: dict[str, float] = {}
    for codec in ("cp1250", "iso8859_2"):
        high = [char for char in data[:SAMPLE].decode(codec, "replace") if char > "\x7f"]
        shares[codec] = sum(char in _POLISH for char in high) / len(high)
    best = max(shares, key=lambda codec: shares[codec])
    return best if shares[best] >= 0.8 else None


def _japanese(data: bytes) -> str | None:
    """The charset in which most of the text is Japanese syllables, as in every sentence."""
    for codec in ("cp932", "euc_jp"):
        text = data[:SAMPLE].decode(codec, "ignore")
        high = [char for char in text if char > "\x7f"]
        kana = sum("\u3040" <= char <= "\u30ff" or char in "、。" for char in high)
        if len(high) > 3 and kana > 0.4 * len(high):
            return codec
    return None


def _jis(data: bytes, codec: str, label: str) -> tuple[str, str]:
    """ISO-2022-JP as Windows writes it: with NEC's and IBM's signs, which are in cp932."""
    try:
        return data.decode(codec), ""
    except UnicodeDecodeError:
        pass
    out: list[str] = []
    double = False
    for piece in _JIS_SHIFT.split(data):
        if piece in (b"\x1b$B", b"\x1b$@"):
            double = True
        elif piece[:2] == b"\x1b(":
            double = False
        elif double:
            pairs = zip(piece[::2], piece[1::2], strict=False)
            shifted = bytes(byte for pair in pairs for byte in _shift_jis(*pair))
            out.append(shifted.decode("cp932", "replace"))
        else:
            out.append(piece.decode("ascii", "replace"))
    text = "".join(out)
    bad = text.count("\ufffd")
    return text, f"{bad} bytes are not {label}" if bad else ""


def _shift_jis(first: int, second: int) -> tuple[int, int]:
    """JIS X 0208's row and cell as Shift JIS."""
    if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):
        return 0x81, 0x81  # a visible sign, and nothing that eats what follows
    lead = (first + 1) // 2 + (0x70 if first < 0x5F else 0xB0)
    if first % 2:
        return lead, second + (0x1F if second < 0x60 else 0x20)
    return lead, second + 0x7E


def _broken_utf8(data: bytes, label: str) -> tuple[str, str]:
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for char in text[:SAMPLE] if char > "\x7f" and char != "\ufffd")
    if bad > good * 0.3 and not (bad <= 2 and good >= 2):
        other, guessed = guess(data)
        if guessed != "utf-8":
            return _clean(other), f"charset {label} is really {guessed}"
    return _clean(text.removeprefix("\ufeff")), f"{bad} bytes are not {label}"


def _cyrillic_score(data: bytes, codec: str) -> float:
    """How much `data` reads like Cyrillic prose in `codec`: about 1 for prose, ≤ 0 for noise."""
    text = data[:SAMPLE].decode(codec, "replace")
    score = count = 0.0
    before = " "
    for char in text:
        if char > "\x7f":
            count += 1
            low = char.lower()
            # Capitals in a row are rare in prose, and what the wrong charset is full of.
            shouted = char != low and before != before.lower()
            if low in COMMON:
                score += 0.7 if shouted else 1
            elif low in LETTERS:
                score += 0 if shouted else 0.4
            elif char in "«»—–…№“”„ \u00a0":
                count -= 1
            else:
                score -= 1.5
            if char != low and before.islower():
                score -= 1.5
        before = char
    return score / count if count else 0.0


def _best_cyrillic(data: bytes) -> str | None:
    """The Cyrillic charset that the bytes are prose in; None when they are not."""
    sample = data[:SAMPLE]
    high = [byte > 0x7F for byte in sample]
    total = sum(high)
    if total < 4:
        return None
    # Cyrillic words are runs of high bytes; Latin letters with accents stand alone.
    paired = sum(a and b for a, b in pairwise(high))
    if paired / total < 0.5 or _mixed_words(sample):
        return None
    scores = {codec: _cyrillic_score(data, codec) for codec in CYRILLIC}
    best = max(scores, key=lambda codec: scores[codec])
    return best if scores[best] >= 0.6 else None


def _mixed_words(sample: bytes) -> bool:
    """Words of both ASCII and accented letters, as "då": Latin text has them, Cyrillic none."""
    words = _ACCENTED_WORD.findall(sample)
    mixed = sum(1 for word in words if _ASCII_LETTER.search(word))
    return mixed >= 0.2 * len(words) if mixed else False


def _lenient(data: bytes, codec: str, label: str = "") -> tuple[str, str]:
    try:
        return data.decode(codec), ""
    except (UnicodeError, ValueError):
        pass
    if codec in ("cp1252", "cp1254"):
        # The five holes of cp1252 are control characters in latin-1.
        return data.decode(codec, "omnitui.latin1"), ""
    try:
        text = data.decode(codec, "replace")
    except (UnicodeError, ValueError):
        return data.decode("latin-1"), f"not {label or codec}"
    return text, f"{text.count(chr(0xFFFD))} bytes are not {label or codec}"


def _latin1_holes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("omnitui.latin1", _latin1_holes)


def _without_nul(data: bytes, label: str) -> tuple[str, str]:
    if len(data) >= 4 and data.count(b"\0") * 3 > len(data):
        big = data[0] == 0 or data[::2].count(0) > data[1::2].count(0)
        codec = "utf-16-be" if big else "utf-16-le"
        text, _ = _lenient(data, codec)
        if text.count("\ufffd") * 20 <= len(text):
            return _clean(text), f"charset {label or 'missing'} is really {codec}"
    text, defect = decode(data.replace(b"\0", b""), label)
    return text, f"NUL bytes removed; {defect}" if defect else "NUL bytes removed"


def _clean(text: str) -> str:
    text = text.replace("\0", "")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _no_such(label: str) -> str:
    return f"unknown charset {label[:40]!a}"
