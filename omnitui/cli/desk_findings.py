"""What `doctor` finds out about the desk: configuration, secrets, store, engine, channels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from config.access import may_serve
from config.i18n import _, choose_language, language, ngettext, set_language
from config.load import load
from config.model import (
    AccountSettings,
    Config,
    EmailAccount,
    Home,
    OtherAccount,
    TelegramAccount,
    WebchatAccount,
)
from config.problems import ConfigError, Problem
from config.secret_ref import SecretRef
from config.secrets import SecretError, resolve
from omnitui.cli import (
    account_findings,
    clock_findings,
    hook_findings,
    people_findings,
    relay_findings,
    rights_findings,
    secret_place,
)
from omnitui.cli.access import engine_unit, no_store, require_member, start_anew
from omnitui.cli.failure import Failure
from omnitui.cli.finding import Finding, fail, ok, warn

LITTLE_DISK = 1_000_000_000
"""Bytes free below which to warn."""


def findings(home: Home, *, connect: bool = True) -> Iterator[Finding]:
    """All checks of one desk, each as soon as it is done."""
    try:
        config = load(home, personal=True)
    except ConfigError as error:
        for problem in error.problems:
            yield fail(_("configuration"), str(problem))
        yield from _sqlite()
        yield from _store(home, "")
        return
    set_language(choose_language("", config.desk.language))
    yield from _configuration(config)
    try:
        require_member(config)
    except Failure as error:
        yield fail(_("agents"), str(error))  # what else there is cannot be looked at
        return
    usable: list[AccountSettings] = []
    trusted = may_serve(config)
    if not trusted:
        yield ok(
            _("secrets"),
            _("for the engine alone, as they should be: “sudo omnitui doctor” looks at them and"
              " at the channels."),
        )  # fmt: skip
    for account in config.accounts.values() if trusted else ():
        broken = list(_secrets(home, account))
        yield from broken
        if all(finding.state != "fail" for finding in broken):
            usable.append(account)
    if config.relay is not None and trusted:
        for site in config.relay.sites.values():
            for ref in filter(None, (site.desk_token, site.identity_secret)):
                yield _secret(home, f"relay.sites.{site.name}", ref)
        if config.relay.metrics_token is not None:
            yield _secret(home, "relay", config.relay.metrics_token)
        yield from relay_findings.findings(config)
    yield from _sqlite()
    yield from _store(home, no_store(config) if config.team is not None else "")
    yield from rights_findings.findings(config)
    yield from clock_findings.findings(config)
    yield from hook_findings.findings(config)
    yield from _engine(config)
    if config.team is not None:
        from omnitui.cli.locked import findings as locked_findings
        from omnitui.cli.team import findings as team_findings

        yield from team_findings.findings(config)
        yield from people_findings.findings(config)
        yield from locked_findings.findings(config)
    yield from _seen(config)
    yield from _templates(config)
    if connect and usable:
        yield from _channels(usable)


def _configuration(config: Config) -> Iterator[Finding]:
    name = _("configuration")
    if config.path is None:
        yield warn(
            name,
            _("There is no {path} yet.").format(path=config.home.config_file),
            _("Run “omnitui init”, or try “omnitui demo”."),
        )
        return
    count = len(config.accounts)
    text = ngettext("{path}, {n} account", "{path}, {n} accounts", count)
    detail = text.format(path=config.path, n=count)
    if count or config.relay:  # the home of a relay needs none
        yield ok(name, detail)
    else:
        yield warn(name, detail, _("Add a mailbox with “omnitui init”."))
    for problem in _own_problems(config):
        yield (fail if problem.severity == "error" else warn)(name, str(problem))
    mode = config.path.stat().st_mode
    if config.desk.engine == "service" and mode & 0o022:
        yield warn(
            name,
            _("Others may write {path}, which the engine runs by.").format(path=config.path),
            f"chmod go-w {config.path}",
        )
    wanted = config.desk.language.partition("_")[0].partition("-")[0].lower()
    if wanted and wanted not in (language(), "en"):
        yield warn(
            _("language"),
            _("There is no translation into “{code}” yet; English is shown.").format(code=wanted),
        )


def _own_problems(config: Config) -> list[Problem]:
    """What the loader found, and what keys, macros, menus and commands cannot do."""
    if not (config.written or config.commands or config.macros or config.filters):
        return list(config.warnings)
    from omnitui.tui.commands import REGISTRY
    from omnitui.tui.keys import settings_check

    return settings_check.problems(config, REGISTRY)


def _secrets(home: Home, account: AccountSettings) -> Iterator[Finding]:
    if isinstance(account, EmailAccount):
        refs = [account.password, account.smtp_password]
        if account.oauth is not None:
            refs.append(account.oauth.client_secret)
    elif isinstance(account, TelegramAccount):
        refs = [account.token, account.proxy_password, account.webhook_secret]
    elif isinstance(account, WebchatAccount):
        refs = [account.token]
    else:
        refs = _references(account)
    for ref in refs:
        if ref is not None:
            yield _secret(home, account.name, ref)
    if isinstance(account, EmailAccount):
        finding = account_findings.tokens(account)
        if finding is not None:
            yield finding


def _references(account: OtherAccount) -> list[SecretRef | None]:
    return [value for value in account.options.values() if isinstance(value, SecretRef)]


def _secret(home: Home, owner: str, ref: SecretRef) -> Finding:
    name = _("secret of {owner}").format(owner=owner)
    try:
        resolve(ref)
    except SecretError as error:
        return fail(name, str(error))
    if secret_place.out_of_reach(home, ref):
        return fail(
            name,
            _("The engine is another user than root and cannot read {ref}.").format(ref=ref),
            _("Give it again: omnitui init --account {name}, then restart the engine.").format(
                name=owner
            ),
        )
    if ref.scheme == "keyring":
        from config.keyring_store import backend_name

        return ok(name, f"{ref} ({backend_name()})")
    return ok(name, str(ref))


def _sqlite() -> Iterator[Finding]:
    from store import driver
    from store.errors import UnsafeSqlite

    try:
        driver.require_safe()
    except UnsafeSqlite as error:
        yield fail("SQLite", str(error))
    else:
        yield ok("SQLite", _("{version}, safe for many writers").format(version=driver.version()))


def _store(home: Home, missing: str) -> Iterator[Finding]:
    """`missing`: what it means where there is none; "": no more than that nothing was done yet."""
    from store.disk import require_local
    from store.errors import NotLocal, StoreError, from_os

    name = _("store")
    path = home.store_file
    try:
        require_local(path)
    except NotLocal as error:
        yield fail(name, str(error))
        return
    try:
        path.stat()
        yield _opened(name, path)
    except (FileNotFoundError, NotADirectoryError):
        yield fail(name, missing) if missing else _to_be_made(name, home.data)
    except OSError as error:
        yield fail(name, str(from_os(error, str(path))))
    except StoreError as error:
        yield fail(name, str(error))
    yield from _disk(home.data)


def _opened(name: str, path: Path) -> Finding:
    from store import migration, outbox
    from store.database import open_database

    db = open_database(path, create=False, readonly=True)
    try:
        version = migration.schema_version(db)
        undecided = len(outbox.unknown(db))
    finally:
        db.close()
    # What was written last is still in the log beside it.
    parts = (path, path.with_name(path.name + "-wal"))
    size = sum(part.stat().st_size for part in parts if part.exists())
    detail = _("{path}, schema {version}, {size}").format(
        path=path, version=version, size=_bytes(size)
    )
    if not os.access(path, os.W_OK):
        from store.errors import read_only

        return fail(name, detail, str(read_only(str(path))))
    if undecided:
        advice = ngettext(
            "{n} reply may or may not have gone out; decide about it in “omnitui outbox”.",
            "{n} replies may or may not have gone out; decide about them in “omnitui outbox”.",
            undecided,
        )
        return warn(name, detail, advice.format(n=undecided))
    return ok(name, detail)


def _to_be_made(name: str, data: Path) -> Finding:
    place = _existing(data)
    if not os.access(place, os.W_OK | os.X_OK):
        return fail(
            name,
            _("There is none yet, and this user may not make one in {path}.").format(path=place),
            _("Give this user write access, or choose another directory with --home."),
        )
    return ok(name, _("There is none yet; the engine makes it in {path}.").format(path=data))


def _disk(data: Path) -> Iterator[Finding]:
    from store import disk

    name = _("disk")
    free = disk.free(_existing(data))
    if free is None:
        return
    detail = _("{size} free for {path}").format(size=_bytes(free), path=data)
    if free < disk.LITTLE:
        yield fail(name, detail, _("Make room: mail cannot be stored on a full disk."))
    elif free < LITTLE_DISK:
        yield warn(name, detail, _("Make room soon."))
    else:
        yield ok(name, detail)


def _engine(config: Config) -> Iterator[Finding]:
    from omnitui.engine.lock import engine_running
    from omnitui.engine.stranger import stranger

    name = _("engine")
    try:
        holder = engine_running(config.home.lock_file)
    except OSError as error:
        yield fail(name, f"{config.home.lock_file}: {error.strerror}.")
        return
    if holder is not None and (other := stranger(config.home.lock_file, holder)):
        yield fail(name, other)
    elif holder is not None and holder.pid:
        detail = _("runs as process {pid} on {host}").format(pid=holder.pid, host=holder.host)
        if holder.is_older_than(config.home.config_file):
            yield warn(
                name,
                _("{detail}, by settings that were changed since").format(detail=detail),
                _("Start it anew: {command}").format(command=start_anew(config)),
            )
        elif holder.is_older_than(Path(__file__)):
            yield warn(
                name,
                _("{detail}, by a program that was changed since").format(detail=detail),
                _("Start it anew: {command}").format(command=start_anew(config)),
            )
        else:
            yield ok(name, detail)
    elif holder is not None:
        yield ok(name, _("runs as another user"))
    elif config.desk.engine == "service":
        yield fail(
            name,
            _("does not run, and screens do not start one here (engine = “service”)."),
            _("Start it: systemctl start {unit}, or “omnitui serve”.").format(
                unit=engine_unit(config)
            ),
        )
    else:
        yield ok(name, _("does not run; the first screen starts it"))


def _seen(config: Config) -> Iterator[Finding]:
    """How the engine last saw each account."""
    from omnitui.engine.lock import engine_running
    from store.driver import sqlite3
    from store.errors import StoreError

    path = config.home.store_file
    try:
        if not config.accounts or not path.exists():
            return
        runs = engine_running(config.home.lock_file) is not None
        accounts = list(config.accounts.values())
        yield from account_findings.seen(path, accounts, engine_runs=runs)
        yield from account_findings.attended(config)
    except (StoreError, sqlite3.Error, OSError):
        return  # the line about the store or the engine says why


def _templates(config: Config) -> Iterator[Finding]:
    from omnitui.desk import templates
    from omnitui.desk.knowledge import articles
    from omnitui.desk.knowledge.shelf import shelf
    from omnitui.desk.template_text import mistakes

    found = templates.load(templates.directories(config))
    for problem in found.problems:
        yield warn(_("templates"), str(problem))
    for template in found.all:
        for mistake in mistakes(template):
            yield warn(_("templates"), str(mistake))
    kept = shelf(articles.directories(config))
    kept.refresh()
    for problem in kept.problems:
        yield warn(_("articles"), str(problem))


def _channels(accounts: list[AccountSettings]) -> Iterator[Finding]:
    from omnitui.cli.account_check import check_accounts

    for account, checks in zip(accounts, check_accounts(accounts), strict=True):
        for check in checks:
            name = f"{account.name} {check.name}"
            yield ok(name, check.detail) if check.ok else fail(name, check.detail)


def _existing(path: Path) -> Path:
    """The nearest directory above `path` that exists."""
    return next(p for p in (path, *path.parents) if p.exists())


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
