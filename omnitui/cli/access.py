"""How a verb gets at the desk: its directories, settings, store, and who is acting."""

from __future__ import annotations

import argparse
import contextlib
import grp
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from config.access import has_name, is_taken, may_serve, namesake, source, unix_user
from config.home import find_home, instance_of
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


def engine_unit(config: Config) -> str:
    """The systemd unit of the desk's engine."""
    return instance_of(config.home.config) if config.team is not None else "omnitui"


def start_anew(config: Config) -> str:
    """What has the engine read its settings again."""
    if config.desk.engine == "service":
        return f"systemctl restart {engine_unit(config)}"
    return _("close the screens and open them again")


def require_member(config: Config) -> None:
    """Raises `Failure` where this process has no business with a team's store: it is neither
    root's, nor the engine's, nor one of the group's; and where nobody could tell from the history
    who it was."""
    from omnitui.cli.failure import Failure

    team = config.team
    if team is None or os.geteuid() == 0 or unix_user() == team.user:
        return
    if not has_name():
        raise Failure(
            _("This machine knows no name for your Unix user {number}, so nobody could tell who did"
              " what here. Log in again when its user database (LDAP, sssd) answers, or ask for an"
              " account.").format(number=os.getuid())
        )  # fmt: skip
    try:
        belongs = grp.getgrnam(team.group).gr_gid in {os.getegid(), *os.getgroups()}
    except KeyError:
        belongs = True  # what is wrong is more than this, and told by whoever opens the store
    if not belongs:
        raise Failure(
            _("You are not in the group {group}.").format(group=team.group)
            + " "
            + _("Ask for: usermod --append --groups {group} {user}, then log in anew.").format(
                group=team.group, user=unix_user()
            )
        )
    if (other := namesake()) is not None:
        raise Failure(
            _("“{name}” is two Unix users here, {number} and {other}, so nobody could tell who did"
              " what: ask for a name of your own.").format(
                name=unix_user(), number=os.getuid(), other=other
            )
        )  # fmt: skip
    if is_taken(unix_user()):
        raise Failure(
            _("“{name}” means something else in omnitui, so nobody could tell who did what here:"
              " ask for a Unix account of another name.").format(name=unix_user())
        )  # fmt: skip


def has_store(config: Config) -> bool:
    """Raises `StoreError` where this user may not even look."""
    path = config.home.store_file
    try:
        # One that somebody has emptied is none: a team's agent makes no new desk of it.
        return path.stat().st_size > 0 or config.team is None
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        from store.errors import from_os

        raise from_os(error, str(path)) from error


def no_store(config: Config) -> str:
    """What to do where a team's store is not where team.toml says."""
    return _("There is no store at {store}: who looks after the desk puts a backup back (“omnitui"
             " restore”), or starts the engine ({unit}), which makes a new one.").format(
        store=config.home.store_file, unit=engine_unit(config)
    )  # fmt: skip


@contextlib.contextmanager
def reading(args: argparse.Namespace) -> Iterator[Desk | None]:
    """The desk to read from; None when it has no store yet."""
    config = config_of(args)
    if not has_store(config):
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
    """The desk to change; each change in its own `store.database.transaction(desk.db)`.

    `create`: where there is no store yet it is made; a team's by its engine's user or root alone.
    """
    from omnitui.cli.failure import Failure
    from omnitui.desk.context import Desk
    from store import presence
    from store.clock import now
    from store.database import open_database, transaction
    from store.errors import StoreError

    create = create and may_serve(config)
    if not create and not has_store(config):
        if config.team is not None:
            raise Failure(no_store(config))
        raise Failure(_("This desk has no store yet: start “omnitui” or “omnitui serve” first."))
    db = open_database(config.home.store_file, create=create)
    try:
        # What a hook's program does by this command is known as the hook's doing.
        hook = os.environ.get("OMNITUI_HOOK", "")
        yield Desk(db, config, unix_user(), hook=hook, source=source())
        if config.team is not None and not hook:
            # What was asked for is done: whoever read of an error would do it once more.
            with contextlib.suppress(StoreError), transaction(db):
                presence.acted(db, unix_user(), now())  # who has no screen is not silent
    finally:
        db.close()


def existing(desk: Desk | None, sentence: str) -> Desk:
    """`desk`; on a desk without a store a failure, since the one thing asked for is not there."""
    from omnitui.cli.failure import Failure

    if desk is None:
        raise Failure(sentence)
    return desk
