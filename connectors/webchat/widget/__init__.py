"""The browser widget: plain ES files, texts and CSS, joined and minified in memory.

There is no build step: whoever changes a file in `source/` starts the relay again. The files
share one function scope and are joined in the order of `SOURCES`; all but the last only declare.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import rjsmin

from connectors.webchat.widget.packing import ASCII, CYRILLIC, pack
from connectors.webchat.widget.short_names import shorten

__all__ = ["LANGUAGES", "SOURCES", "Bundle", "bundle", "texts"]

HERE = Path(__file__).parent

LANGUAGES = ("en", "uk", "ru", "pl")

SOURCES = (
    "site",
    "texts",
    "dom",
    "markdown",
    "storage",
    "outbox",
    "transports",
    "connection",
    "chat",
    "frames",
    "uploads",
    "messages",
    "log",
    "panels",
    "composer",
    "menu",
    "theme",
    "window",
    "interface",
)
"""Files of `source/`, in the order they are joined."""

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_SPACE = re.compile(r"\s+")
_AROUND = re.compile(r" ?([{};,>+!]) ?")
_LAST = re.compile(r";}")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What the relay serves as /widget.js: always with `charset=utf-8`."""

    source: bytes
    gzip: bytes
    """`source`, compressed once and as small as it gets."""
    etag: str
    """Quoted, as it stands in the header."""


def texts() -> dict[str, dict[str, str]]:
    """What the widget says, by language and key."""
    return {
        language: json.loads((HERE / "texts" / f"{language}.json").read_text("utf-8"))
        for language in LANGUAGES
    }


@cache
def bundle() -> Bundle:
    """Join and minify the widget; the first call takes a few ms, later ones nothing."""
    parts = [(HERE / "source" / f"{name}.js").read_text("utf-8") for name in SOURCES]
    parts[:0] = [
        f"const PACKED = {pack(texts(), LANGUAGES)};",
        f"const LETTERS = {_json([CYRILLIC, ASCII])};",
        f"const CSS = {_json(_style())};",
    ]
    body = "\n".join(parts)
    minified = rjsmin.jsmin(f"(() => {{'use strict';{shorten(body)}}})();")
    # The mark makes it UTF-8 whatever encoding the page around it has.
    source = ("\ufeff" + minified).encode()
    return Bundle(
        source=source,
        gzip=gzip.compress(source, compresslevel=9, mtime=0),
        etag=f'"{hashlib.sha256(source).hexdigest()[:20]}"',
    )


def _style() -> str:
    style = _COMMENT.sub("", (HERE / "widget.css").read_text("utf-8"))
    return _LAST.sub("}", _AROUND.sub(r"\1", _SPACE.sub(" ", style))).replace(": ", ":").strip()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
