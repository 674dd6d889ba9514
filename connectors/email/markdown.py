"""Light Markdown as the HTML of a reply: emphasis, links, lists, quotes, code. No raw HTML,
no images, nothing remote."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_AFTER_QUOTE = re.compile(r"^([ ]{0,3}>[^\n]*)\n(?=[ ]{0,3}[^\s>])", re.M)


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 40 ms, needed only to send

    renderer = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True})
    renderer.enable("linkify")
    if renderer.linkify is not None:
        # Only what begins with a scheme is a link: `readme.md` is a file.
        renderer.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    # What people type without meaning Markdown must stay as typed: indents, pasted mark-up,
    # a line of dashes under a sentence.
    return renderer.disable(["html_block", "html_inline", "image", "code", "lheading", "heading"])


def fragment(text: str) -> str:
    """The HTML of `text`; never raises."""
    # CommonMark would draw the line after a quote into it; here that line is the agent's.
    apart = _AFTER_QUOTE.sub(r"\1\n\n", text)
    return str(_renderer().render(apart)).strip()


def document(text: str, signature: str = "") -> str:
    """A whole HTML body, the signature under its delimiter."""
    body = fragment(text)
    if signature:
        lines = "<br>\n".join(html.escape(line) for line in signature.split("\n"))
        body += f'\n<div class="moz-signature">-- <br>\n{lines}</div>'
    head = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>'
    return f"{head}\n{body}\n</body></html>\n"
