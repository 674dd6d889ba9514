"""What a customer may ask for by law: a copy of everything, and that it goes."""

from __future__ import annotations

from config.i18n import _
from omnitui.desk import places
from omnitui.desk.command import CommandError, Done, Rest
from omnitui.desk.commands.registry import REGISTRY
from omnitui.desk.data_rights import erasing, exporting
from omnitui.desk.session import Session


@REGISTRY.command("customer export")
def export(session: Session, path: Rest = Rest()) -> Done:  # noqa: B008
    """Write everything of the customer into a .zip file or a new directory; without a path, into
    `customer-N.zip` where omnitui was started."""
    customer_id = session.customer_id
    access = session.desk.config.access
    target = places.whole(access, str(path).strip() or f"customer-{customer_id}.zip")
    with places.to_write(access, target) as opened:
        exporting.export(session.desk, customer_id, opened)
    return Done(_("{path} has everything of them.").format(path=target))


@REGISTRY.command("customer erase")
def erase(session: Session, name: Rest = Rest()) -> Done:  # noqa: B008
    """Erase the customer with all messages and files, for good. It asks for their name."""
    desk, customer_id = session.desk, session.customer_id
    shown = erasing.preview(desk, customer_id)
    if shown.refused:
        raise CommandError(shown.refused)
    if not str(name).strip():
        # One line, with what to do first: the whole preview is the command line's.
        raise CommandError(
            _(
                "“customer erase {name}” erases {n} messages and {files} files for good;"
                " “omnitui customer {id} --erase” tells more."
            ).format(
                name=shown.name,
                n=shown.counts.messages,
                files=shown.counts.files,
                id=shown.customer,
            )
        )
    if not erasing.is_meant(desk, customer_id, str(name)):
        raise CommandError(
            _("That is not their name; nothing was erased. It is “{name}”.").format(name=shown.name)
        )
    erasing.erase(desk, customer_id)
    return Done(_("They are erased; what is left of it goes within minutes."))
