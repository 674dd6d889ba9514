"""What an HTML element is to a reader of its text, by its tag and attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.email.html.marks import Meaning, is_quote, meaning_of

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
        "blockquote",
        "caption",
        "option",
    ]
)
_SPACED = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "dl",
        "pre",
        "table",
        "blockquote",
        "figure",
    ]
)
_SKIPPED = frozenset(
    [
        "head",
        "style",
        "script",
        "title",
        "template",
        "object",
        "embed",
        "applet",
        "audio",
        "video",
        "iframe",
        "noframes",
        "svg",
        "math",
        "select",
        "datalist",
        "map",
        "meta",
        "link",
        "base",
        "param",
        "source",
        "track",
        "area",
    ]
)
# Not `mso-hide`: it hides from Outlook alone what stands twice.
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?<![\w-])opacity\s*:\s*0*(?:\.0+)?\s*(?:;|!|\Z)",
    re.I,
)
_FOLDED = re.compile(r"(?:^|[;\s])(?:max-)?height\s*:\s*0(?:px|pt|em|%)?\s*(?:;|!|\Z)", re.I)
_CUT_OFF = re.compile(r"overflow\s*:\s*hidden", re.I)
_PRE_STYLE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)\b(?!-line)", re.I)
_LINE_STYLE = re.compile(r"margin(?:-bottom)?\s*:\s*0(?:\D|$)")


@dataclass(frozen=True, slots=True)
class Element:
    skipped: bool = False
    """Neither it nor what is in it is read."""
    block: bool = False
    """Begins and ends a line."""
    spaced: bool = False
    """Stands between empty lines."""
    pre: bool = False
    """Its spaces and line ends are meant."""
    quote: bool = False
    """A blockquote that is one."""
    meaning: Meaning = ""


def element_of(tag: str, attributes: Mapping[str, str]) -> Element:
    style = attributes.get("style", "")
    if tag in _SKIPPED or "hidden" in attributes or _is_hidden(style):
        return Element(skipped=True)
    return Element(
        block=tag in _BLOCKS,
        spaced=tag in _SPACED and not (tag == "p" and _is_line(attributes, style)),
        pre=tag == "pre" or _PRE_STYLE.search(style) is not None,
        quote=tag == "blockquote" and is_quote(attributes),
        meaning=meaning_of(tag, attributes) if attributes else "",
    )


def _is_hidden(style: str) -> bool:
    if not style:
        return False
    if _HIDDEN.search(style):
        return True
    return _CUT_OFF.search(style) is not None and _FOLDED.search(style) is not None


def _is_line(attributes: Mapping[str, str], style: str) -> bool:
    """Paragraphs that Outlook and others write for every line."""
    return "Mso" in attributes.get("class", "") or _LINE_STYLE.search(style) is not None
