"""Numbers as the interface's language writes them."""

from __future__ import annotations

from config.i18n import pgettext


class Number(float):
    """Goes into a text that says how: `{size:.1f}` and `{n:,}` get the language's own signs."""

    def __format__(self, form: str) -> str:
        text = super().__format__(form)
        # Translators: the sign before the decimals of 2.5, and the one in 1,000: a no-break space
        # where figures stand in groups with a space between.
        signs = {".": pgettext("decimals", "."), ",": pgettext("thousands", ",")}
        return "".join(signs.get(sign, sign) for sign in text)
