"""How a verb gets at the desk: its directories, settings, store, and who is acting."""

from __future__ import annotations

import argparse
import contextlib
import grp
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from config.access import source, unix_user
from config.home import find_home
from config.i18n import _, choose_language, set_language
from config.model import Config, Home

if TYPE_CHECKING:
    from omnitui.desk.context import Desk


def home_of(args: argparse.Namespace) -> Home:
    return find_home(Path(args.home) if args.home else None)


def config_of(args: argparse.Namespace, *, personal: bool = True) -> Config:
    """The desk's settings, with the agent's own over them unless it is the desk itself that runs;
    sets the interface's language. Raises `ConfigError`, and `NotPermitted` where whoever acts may
    not run the verb."""
    from config.load import load
    from omnitui.desk.rights import require_verb

    config = load(home_of(args), personal=personal)
    set_language(choose_language("", config.desk.language))
    require_member(config)
    require_verb(config.access, args.verb)
    return config


def require_member(config: Config) -> None:
    """Raises `Failure` where this process has no business with a team's store: it is neither
    root's, nor the engine's, nor one of the group's."""
    from omnitui.cli.failure import Failure

    team = config.team
    if team is None or os.geteuid() == 0 or unix_user() == team.user:
        return
    try:
        number = grp.getgrnam(team.group).gr_gid
    except KeyError:
        return  # what is wrong then is more than this, and told by whoever opens the store
    if number not in {os.getegid(), *os.getgroups()}:
        raise Failure(
            _("You are not in the group {group}.").format(group=team.group)
            + " "
            + _("Ask for: usermod --append --groups {group} {user}, then log in anew.").format(
                group=team.group, user=unix_user()
            )
        )


@contextlib.contextmanager
def reading(args: argparse.Namespace) -> Iterator[Desk | None]:
    """The desk to read from; None when it has no store yet."""
    config = config_of(args)
    if not config.home.store_file.exists():
        yield None
        return
    from omnitui.desk.context import Desk
    from store.database import open_database, snapshot

    db = open_database(config.home.store_file, create=False, readonly=True)
    try:
        with snapshot(db):
            yield Desk(db, config, unix_user())
    finally:
        db.close()


@contextlib.contextmanager
def writing(config: Config, *, create: bool = False) -> Iterator[Desk]:
    """The desk to change; each change in its own `store.database.transaction(desk.db)`."""
    from omnitui.cli.failure import Failure
    from omnitui.desk.context import Desk
    from store.database import open_database

    if not create and not config.home.store_file.exists():
        raise Failure(_("This desk has no store yet: start “omnitui” or “omnitui serve” first."))
    db = open_database(config.home.store_file, create=create)
    try:
        # What a hook's program does by this command is known as the hook's doing.
        yield Desk(
            db, config, unix_user(), hook=os.environ.get("OMNITUI_HOOK", ""), source=source()
        )
    finally:
        db.close()


def existing(desk: Desk | None, sentence: str) -> Desk:
    """`desk`; on a desk without a store a failure, since the one thing asked for is not there."""
    from omnitui.cli.failure import Failure

    if desk is None:
        raise Failure(sentence)
    return desk
