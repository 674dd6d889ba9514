"""RTF as readable text, or as the HTML that Outlook wrapped in it ([MS-OXRTFEX]).

Read are text in any code page, Unicode escapes, lists, tables and links; pictures and
everything about looks are skipped. `striprtf` knows neither wrapped HTML nor damaged code
pages, and its link pattern takes quadratic time; the reader for wrapped HTML on the package
index needs a grammar engine and seconds a megabyte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from connectors.email.html.links import link_target
from connectors.email.mime import charset

MAX_RTF = 4 << 20
MAX_TOKENS = 700_000
"""About a second of reading; what comes after is cut."""

_TOKEN = re.compile(
    r"\\(?:([a-zA-Z]{1,32})(-?\d{1,9})? ?|'([0-9a-fA-F]{2})|([^a-zA-Z]))"
    r"|([{}])|([\r\n]+)|([^\\{}\r\n]+)"
)
_SKIPPED = frozenset(
    {
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "objdata",
        "header",
        "headerl",
        "headerr",
        "headerf",
        "footer",
        "footerl",
        "footerr",
        "footerf",
        "listtable",
        "listoverridetable",
        "revtbl",
        "rsidtbl",
        "generator",
        "themedata",
        "colorschememapping",
        "latentstyles",
        "datastore",
        "xmlnstbl",
        "mmathPr",
        "filetbl",
        "bkmkstart",
        "bkmkend",
        "comment",
        "annotation",
        "atnid",
        "atnauthor",
        "nonesttables",
        "objclass",
        "objname",
        "private",
        "xe",
        "tc",
        "txe",
        "rxe",
        "fchars",
        "lchars",
        "template",
        "mhtmltag",
        "pnseclvl",
        "pgptbl",
        "userprops",
        "wgrffmtfilter",
    }
)
_SIGNS = {
    "par": "\n", "sect": "\n\n", "page": "\n\n", "line": "\n", "lbr": "\n", "softline": "\n",
    "row": "\n", "nestrow": "\n", "cell": "  ", "nestcell": "  ", "tab": "\t", "emdash": "—",
    "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”",
}  # fmt: skip
_SYMBOLS = {"~": "\u00a0", "{": "{", "}": "}", "\\": "\\", "_": "-", "\n": "\n", "\r": "\n"}
_CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030",
    136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256",
    186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_SYMBOL_FONT = "symbol"
_HYPERLINK = re.compile(r"HYPERLINK\s+(?:\\\\?l\s+)?\"?([^\"\s]+)", re.I)


@dataclass(frozen=True, slots=True)
class Rtf:
    text: str
    html: bool = False
    """`text` is the HTML that was wrapped."""
    defect: str = ""


@dataclass(slots=True)
class Allowance:
    """What may still be read of the RTF of one mail, however many documents that is."""

    tokens: int = MAX_TOKENS


def read_rtf(data: bytes, allowance: Allowance | None = None) -> Rtf:
    """What an RTF document says; never raises."""
    allowance = allowance or Allowance()
    defect = ""
    if len(data) > MAX_RTF:
        data, defect = data[:MAX_RTF], "RTF longer than 4 MiB, cut"
    text = data.decode("latin-1")
    reader = _Reader(html="\\fromhtml" in text[:4096], allowance=allowance)
    if not reader.read(text):
        defect = "RTF too long to read, cut"
    return Rtf(reader.finish(), reader.html, defect)


@dataclass(slots=True)
class _Group:
    """What a closing brace puts back."""

    skipped: bool = False
    font: int = -1
    fallback_chars: int = 1
    fonts: bool = False
    tag: bool = False
    target: bool = False
    hidden: bool = False
    field_start: int = -1


@dataclass(slots=True)
class _Reader:
    html: bool
    allowance: Allowance
    out: list[str] = field(default_factory=list)
    group: _Group = field(default_factory=_Group)
    stack: list[_Group] = field(default_factory=list)
    fonts: dict[int, str] = field(default_factory=dict)
    codec: str = "cp1252"
    bytes_: bytearray = field(default_factory=bytearray)
    to_skip: int = 0
    starred: bool = False
    target: str = ""
    rtf_only: bool = False

    def read(self, text: str) -> bool:
        at = 0
        match_at, left = _TOKEN.match, self.allowance.tokens
        while (match := match_at(text, at)) is not None:
            at = match.end()
            left -= 1
            if left < 0:
                self.allowance.tokens = 0
                return False
            word, number, hexed, symbol, brace, _newline, plain = match.groups()
            if hexed:
                self._byte(int(hexed, 16))
                continue
            if self.bytes_:
                self._flush()
            if plain:
                if self.to_skip:
                    skip = min(self.to_skip, len(plain))
                    self.to_skip -= skip
                    plain = plain[skip:]
                self._put(plain)
            elif brace:
                self.to_skip = 0
                self._open() if brace == "{" else self._close()
            elif word:
                if word == "bin":
                    at += max(0, min(int(number or 0), len(text)))
                self._word(word, int(number) if number else None)
            elif symbol:
                self._symbol(symbol)
        self.allowance.tokens = left
        return True

    def finish(self) -> str:
        self._flush()
        text = "".join(self.out)
        if not text.isascii():
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        text = text.replace("\0", "")
        if self.html:
            return text
        lines = (line.replace("\u00a0", " ").rstrip() for line in text.split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")

    def _open(self) -> None:
        group = self.group
        if len(self.stack) < 2_000:
            self.stack.append(group)
        self.group = _Group(
            group.skipped, group.font, group.fallback_chars, group.fonts, group.tag, group.target,
            group.hidden,
        )  # fmt: skip
        self.starred = False

    def _close(self) -> None:
        ended = self.group
        if self.stack:
            self.group = self.stack.pop()
        self.starred = False
        if ended.field_start >= 0:
            shown = "".join(self.out[max(ended.field_start, len(self.out) - 100) :]).strip()
            link = _HYPERLINK.search(self.target)
            self.target = ""
            goes_to = link_target(link.group(1), shown) if link and shown else ""
            if goes_to:
                self.out.append(f" ({goes_to})")

    def _put(self, text: str) -> None:
        group = self.group
        if not text or group.skipped or group.fonts:
            return
        if group.target:
            self.target = (self.target + text)[:2_000]
        elif group.tag or (not group.hidden and not (self.html and self.rtf_only)):
            self.out.append(text)

    def _byte(self, value: int) -> None:
        if self.to_skip:
            self.to_skip -= 1
        elif not self.group.skipped:
            self.bytes_.append(value)

    def _flush(self) -> None:
        if not self.bytes_:
            return
        codec = self.fonts.get(self.group.font, self.codec)
        if codec == _SYMBOL_FONT:
            text = "•" * len(self.bytes_)
        else:
            text = bytes(self.bytes_).decode(codec, "replace")
        self.bytes_.clear()
        self._put(text)

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self.starred = True
        elif self.to_skip:
            self.to_skip -= 1
        else:
            self._put(_SYMBOLS.get(symbol, ""))

    def _word(self, word: str, number: int | None) -> None:
        group, starred = self.group, self.starred
        self.starred = False
        if word == "u" and number is not None:
            self.to_skip = group.fallback_chars
            if not group.skipped:
                self._put(chr(number & 0xFFFF))
            return
        if self.to_skip:
            self.to_skip -= 1
        if word == "htmltag" and self.html:
            group.tag = True
        elif word == "fldinst":
            group.target = True
        elif word in _SKIPPED or (starred and not group.target and word != "shppict"):
            group.skipped = True
        elif word == "htmlrtf":
            self.rtf_only = number != 0
        elif word in _SIGNS:
            self._put("\n" if self.html and word == "par" else _SIGNS[word])
        else:
            self._state(word, number)

    def _state(self, word: str, number: int | None) -> None:
        group = self.group
        if word == "f" and number is not None:
            group.font = number
        elif word == "uc":
            group.fallback_chars = max(0, min(number or 0, 8))
        elif word == "fonttbl":
            group.fonts = True
        elif word == "fcharset" and group.fonts:
            codec = _SYMBOL_FONT if number == 2 else _CHARSETS.get(number or 0, "")
            if codec and (codec != "cp1252" or number):
                self.fonts[group.font] = codec
        elif word in ("ansicpg", "cpg"):
            codec = charset.codec_of(charset.code_page(number or 0)) or "cp1252"
            if word == "ansicpg":
                self.codec = codec
            elif group.fonts:
                self.fonts[group.font] = codec
        elif word == "field":
            group.field_start = len(self.out)
        elif word == "v":
            group.hidden = number != 0
        elif word == "plain":
            group.hidden = False
        elif word == "mac":
            self.codec = "mac_roman"
