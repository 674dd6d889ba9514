"""Light Markdown as the HTML of a reply: emphasis, links, lists, quotes, code. No raw HTML,
no images, nothing remote."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

from connectors.contract import Quote

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

_AFTER_QUOTE = re.compile(r"^([ ]{0,3}>[^\n]*)\n(?=[ ]{0,3}[^\s>])", re.M)
_LINK = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|(?<!!)\[([^\[\]\n]+)\]"
    r"\(((?:https?://|mailto:)(?:[^\s()<>]++|\([^\s()<>]*+\))+)\)",
    re.S,
)
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}»”']")
_QUOTED = (
    '<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">'
)


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 40 ms, needed only to send

    renderer = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True})
    renderer.enable("linkify")
    if renderer.linkify is not None:
        # Only what begins with a scheme is a link: `readme.md` is a file.
        renderer.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    # What people type without meaning Markdown must stay as typed: indents, pasted mark-up,
    # a line of dashes under a sentence, C:\\_old\\*, &amp;, footnotes, 5*10*2 cm.
    renderer.disable(["html_block", "html_inline", "image", "code", "lheading", "heading"])
    renderer.disable(["escape", "entity", "reference"])
    renderer.inline.ruler.at("emphasis", _emphasis)
    # A mail has no place that `[0](y)` could be relative to.
    renderer.validateLink = _leads_somewhere  # type: ignore[method-assign]
    return renderer


def _leads_somewhere(url: str) -> bool:
    return url.lower().startswith(("https://", "http://", "mailto:", "tel:"))


def _emphasis(state: StateInline, silent: bool) -> bool:
    """CommonMark's emphasis, but never inside a word, for `*` as for `_`."""
    from markdown_it.rules_inline.state_inline import Delimiter

    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    found = state.scanDelims(state.pos, False)
    for _ in range(found.length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=found.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=found.can_open,
                close=found.can_close,
            )
        )
    state.pos += found.length
    return True


def plain(text: str) -> str:
    """The text as it reads best where it is not drawn: `[here](https://…)` with its address
    in plain sight, everything else as typed."""

    def shown(match: re.Match[str]) -> str:
        label, address = match[1], match[2]
        if label is None:
            return match[0]
        address = address.removeprefix("mailto:")
        return (
            address if label.strip() in (address, address.rstrip("/")) else f"{label} <{address}>"
        )

    return _LINK.sub(shown, text) if "](" in text else text


def fragment(text: str) -> str:
    """The HTML of `text`; never raises."""
    # CommonMark would draw the line after a quote into it; here that line is the agent's.
    apart = _AFTER_QUOTE.sub(r"\1\n\n", text)
    drawn = str(_renderer().render(apart)).strip()
    return drawn.replace("<blockquote>", _QUOTED)


def document(text: str, signature: str = "", quote: Quote | None = None) -> str:
    """A whole HTML body, the signature under its delimiter, the quote last."""
    body = fragment(text)
    if signature:
        delimiter = "-- <br>\n" if quote is None else ""
        body += f'\n<div class="moz-signature">{delimiter}{_lines(signature)}</div>'
    if quote is not None:
        # Somebody else's words: shown as they are, never read as Markdown.
        body += f'\n<div class="moz-cite-prefix"><br>{_lines(quote.attribution)}</div>'
        body += f"\n{_QUOTED}\n{_lines(quote.text)}\n</blockquote>"
    head = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>'
    return f"{head}\n{body}\n</body></html>\n"


def _lines(text: str) -> str:
    return "<br>\n".join(_linked(line) for line in text.split("\n"))


def _linked(line: str) -> str:
    pieces: list[str] = []
    at = 0
    for found in _ADDRESS.finditer(line):
        address = html.escape(found[0])
        pieces += [html.escape(line[at : found.start()]), f'<a href="{address}">{address}</a>']
        at = found.end()
    return "".join([*pieces, html.escape(line[at:])])
