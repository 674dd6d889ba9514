"""Tags as they are kept."""

from __future__ import annotations

from config.i18n import _
from config.tag_names import as_tag
from omnitui.desk.command import CommandError


def tag_name(text: str) -> str:
    """Lower case, without spaces or a leading #. Raises `CommandError` when nothing is left."""
    name = as_tag(text)
    if not name:
        raise CommandError(_("A tag needs a name."))
    return name
