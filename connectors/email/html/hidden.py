"""What a page's own style sheet hides and says twice: copies for small screens, preheaders
that repeat the headline.

Only the plainest rules count, `.name { display: none }` and `#name`, outside of `@media`, and
only for what stands elsewhere on the page, too: a mistake must not lose a word.
"""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree  # type: ignore[import-untyped,unused-ignore]

MAX_CSS = 200_000
MAX_NAMES = 2_000
MAX_COMPARED = 200_000
"""Characters of hidden text that are looked for."""

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.S)
_WORD = re.compile(r"\w+")
_BRACE = re.compile(r"[{}]")
_SELECTOR = re.compile(r"(?:[a-z][\w-]*|\*)?([.#][\w-]+)", re.I)
_DISPLAY = re.compile(r"(?:^|[;\s])display\s*:\s*([\w-]+)", re.I)


class HiddenCopies:
    """Elements of a page whose class or id its style sheets hide, and whose words it has twice."""

    def __init__(self, root: etree._Element) -> None:
        body = root.find("body")
        self._root = root if body is None else body
        self._words = ""
        self._names: set[str] = set()
        self._read = 0
        self._compared = 0
        self._left_out: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self._names)

    def read(self, css: str) -> None:
        """Take over the rules of a style sheet."""
        if self._read > MAX_CSS or "display" not in css.lower():
            return
        css = css[:MAX_CSS]
        self._read += len(css)
        css = _COMMENT.sub(" ", css)
        depth = begin = inside = 0
        prelude = ""
        for brace in _BRACE.finditer(css):
            if brace.group() == "{":
                depth += 1
                if depth == 1:
                    prelude, inside = css[begin : brace.start()], brace.end()
            elif depth:
                depth -= 1
                if not depth and "@" not in prelude:
                    self._rule(prelude, css[inside : brace.start()])
            if not depth:
                begin = brace.end()

    def _rule(self, selectors: str, declarations: str) -> None:
        found = _DISPLAY.findall(declarations)
        if not found:
            return
        for selector in selectors.split(","):
            match = _SELECTOR.fullmatch(selector.strip())
            if match and found[-1].lower() != "none":
                self._names.discard(match.group(1))
            elif match and len(self._names) < MAX_NAMES:
                self._names.add(match.group(1))

    def is_copy(self, element: etree._Element) -> bool:
        """Is the element hidden, and what it says said elsewhere? Its own style has the last
        word on the first."""
        if (
            not self._is_hidden(element)
            or self._compared >= MAX_COMPARED
            or element.tag in ("html", "body")
        ):
            return False
        self._words = self._words or _words(self._root)
        words = _words(element)
        self._compared += 500 + len(words)
        if self._words.count(words) <= 1 + self._left_out[words]:
            return False
        self._left_out[words] += 1
        return True

    def _is_hidden(self, element: etree._Element) -> bool:
        names = (element.get("class") or "").split()
        if not (
            f"#{element.get('id')}" in self._names or any(f".{n}" in self._names for n in names)
        ):
            return False
        return not _DISPLAY.search(element.get("style") or "")


def _words(element: etree._Element) -> str:
    """Its words with a space around each."""
    return f" {' '.join(_WORD.findall(' '.join(element.itertext())))} "
