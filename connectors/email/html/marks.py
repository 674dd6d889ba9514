"""What mail programs leave in HTML about the mail that is answered, and about signatures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Meaning = Literal["", "quote", "cut", "signature"]
""""quote", "signature": the element is one. "cut": from here to the end all is quoted."""

_NO_BORDER = re.compile(r"border(?:-left)?\s*:\s*(?:none|0|medium none)", re.I)
_OUTLOOK_TOP = re.compile(
    r"border-top\s*:\s*(?:solid\s+#(?:E1E1E1|B5C4DF)\s+1(?:\.0)?pt|#(?:E1E1E1|B5C4DF)\s+1pt\s+solid"
    r"|1(?:\.0)?pt\s+solid\s+#?(?:E1E1E1|B5C4DF|rgb\((?:225, ?225, ?225|181, ?196, ?223)\)))",
    re.I,
)
# What programs write around the mail that they answer or pass on.
_QUOTE_CLASSES = frozenset(
    [
        "yahoo_quoted",
        "gmail_attr",
        "moz-cite-prefix",
        "moz-forward-container",
        "moz-email-headers-table",
        "protonmail_quote",
        "tutanota_quote",
        "zmail_extra",
        "front-blockquote",
        "mail-quote-collapse",
        "OutlookMessageHeader",
        "sh-quoted-content",
        "WordSectionQuoted",
        "gmail_quote_attribution",
        "ydp-yahoo_quoted",
        "airmail_on",
        "MailHeader",
    ]
)
_AROUND = frozenset(["protonmail_quote", "mail-quote-collapse", "zmail_extra"])
_QUOTE_IDS = frozenset(
    [
        "OLK_SRC_BODY_SECTION",
        "mail-editor-reference-message-container",
        "reply-intro",
        "isReplyContent",
        "isForwardContent",
        "qt",
        "reply139content",
        "ntes-pcmail-quote",
        "yahoo_quoted",
    ]
)
CUT_IDS = frozenset(["divRplyFwdMsg", "zwchr", "stopSpelling", "replySplit"])
_SIGNATURE_CLASSES = frozenset(
    [
        "gmail_signature",
        "moz-signature",
        "protonmail_signature_block",
        "ms-outlook-mobile-signature",
        "mobile-signature",
        "mail-signature",
        "email-signature",
    ]
)
_SIGNATURE_IDS = frozenset(
    [
        "Signature",
        "AppleMailSignature",
        "ms-outlook-mobile-signature",
        "composer_signature",
        "lineBreakAtBeginningOfSignature",
        "mail-signature",
        "spark-signature",
    ]
)


def meaning_of(tag: str, attributes: Mapping[str, str]) -> Meaning:
    """What an element is by its id, class, name, data or style."""
    name = attributes.get("id", "")
    classes = attributes.get("class", "").split()
    if name.startswith("x_") or any(each.startswith("x_") for each in classes):
        # Marks that were in the quoted mail already, renamed by Outlook.
        name = name.removeprefix("x_")
        classes = [each.removeprefix("x_") for each in classes]
    if name in CUT_IDS:
        return "cut"
    if (
        name in _QUOTE_IDS
        or name.startswith("yahoo_quoted")
        or not _QUOTE_CLASSES.isdisjoint(classes)
        or any(each.endswith("yahoo_quoted") for each in classes)
        or attributes.get("data-marker") in ("__QUOTED_TEXT__", "__HEADERS__")
    ):
        return "quote"
    if (
        name in _SIGNATURE_IDS
        or not _SIGNATURE_CLASSES.isdisjoint(classes)
        or attributes.get("data-smartmail") == "gmail_signature"
        or attributes.get("name") == "messageSignatureSection"
    ):
        return "signature"
    if tag == "div" and _OUTLOOK_TOP.search(attributes.get("style", "")):
        return "cut"
    return ""


def wraps(classes: str) -> bool:
    """Is an element of these classes no quote itself, but what a program puts around an
    introduction and a blockquote? Who answers below types into it."""
    return not _AROUND.isdisjoint(classes.split())


def is_quote(attributes: Mapping[str, str]) -> bool:
    """Is this blockquote a quote? An indent made with the editor's button is not."""
    return (
        attributes.get("type") == "cite"
        or not _NO_BORDER.search(attributes.get("style", ""))
        or "gmail_quote" in attributes.get("class", "")
    )
