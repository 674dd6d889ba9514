"""Files that are still with their channel."""

from __future__ import annotations

from config.i18n import ngettext
from omnitui.desk.command import Done
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.replying import files
from omnitui.desk.session import Session
from store.model import MessageId


@REGISTRY.command("file retry")
def retry(session: Session, message: int = 0) -> Done:
    """Fetch the files at once that are not here yet, or were given up: of the whole conversation,
    or of one message."""
    wanted = MessageId(message) if message else None
    count = len(files.retry(session.desk, session.here, wanted))
    return Done(ngettext("{n} file is fetched.", "{n} files are fetched.", count).format(n=count))
