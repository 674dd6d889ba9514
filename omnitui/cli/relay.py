"""`omnitui relay`: the public end of the web chat; `omnitui relay add-site` gives it a site."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading

from config.i18n import _
from config.problems import BadValue
from omnitui.cli.access import config_of
from omnitui.cli.failure import Failure, WrongUsage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        nargs="?",
        choices=("add-site",),
        metavar="add-site",
        help=_("write a site into config.toml and say what to put where, rather than serve"),
    )
    parser.add_argument(
        "name", nargs="?", metavar="NAME", help=_("what the site is called: a–z, digits, - and _")
    )
    parser.add_argument(
        "--listen",
        metavar="ADDRESS:PORT",
        help=_("instead of what config.toml says; port 0 takes any that is free"),
    )
    parser.add_argument(
        "--test-page",
        action="store_true",
        help=_("serve a page with the widget at /, to chat with oneself"),
    )
    parser.add_argument(
        "--origin",
        action="append",
        metavar="URL",
        help=_("add-site: where the site's pages are, as https://shop.example; may be repeated"),
    )
    parser.add_argument(
        "--identity",
        action="store_true",
        help=_("add-site: make a key by which the site's server says who is logged in"),
    )
    parser.add_argument(
        "--url",
        metavar="URL",
        help=_("add-site: where visitors' browsers reach the relay, as https://chat.shop.example"),
    )
    parser.add_argument(
        "--parent-pipe", metavar="FD", type=int, help=_("end when this pipe closes")
    )


def run(args: argparse.Namespace) -> int:
    if args.action is None:
        for option in ("origin", "identity", "url"):
            if getattr(args, option):
                raise WrongUsage(_("--{option} is for “add-site” only.").format(option=option))
        return _serve(args)
    from omnitui.cli.relay_site import add_site

    if not args.name or not args.origin:
        raise WrongUsage(_("add-site needs a name and at least one --origin."))
    if args.listen or args.test_page:
        raise WrongUsage(_("--listen and --test-page are for serving, not for add-site."))
    return add_site(args)


def _serve(args: argparse.Namespace) -> int:
    # Before anything else imports sqlite3: this makes it the safe one for the whole program.
    from store import driver

    driver.require_safe()
    from dataclasses import replace

    from connectors.webchat.relay.journal import JournalError
    from connectors.webchat.relay.running import run as serve
    from connectors.webchat.relay.server import CannotListen
    from connectors.webchat.relay.site_identity import WeakSecret
    from omnitui import __version__
    from store.disk import require_local

    config = config_of(args, personal=False)
    settings = config.relay
    if settings is None or not settings.sites:
        raise Failure(
            _("There is no site in {path} yet; add one with “omnitui relay add-site NAME --origin"
              " https://…”.").format(path=config.home.config_file)
        )  # fmt: skip
    if args.listen:
        settings = replace(settings, listen=_listen(args.listen))
    directory = settings.directory or config.home.data / "relay"
    require_local(directory / "relay.sqlite")
    if args.parent_pipe is not None:
        _end_with(args.parent_pipe)
    try:
        serve(
            settings,
            directory=directory,
            key_file=config.home.state / "relay" / "signing.key",
            test_page=args.test_page,
            version=__version__,
            started=_started,
        )
    except CannotListen as error:
        host, port, why = error.args
        raise Failure(
            _("The relay cannot listen on {host}:{port} ({why}); end what listens there, or give"
              " another address with --listen.").format(host=host, port=port, why=why)
        ) from error  # fmt: skip
    except (JournalError, WeakSecret) as error:
        raise Failure(str(error)) from error
    return 0


def _end_with(pipe: int) -> None:
    """End as by SIGTERM when the other end of the pipe is closed, however that happens."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(pipe, 1024):
                pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _started(address: str) -> None:
    from omnitui.engine.service_manager import notify

    notify("READY=1", f"STATUS=listening on {address}")
    sys.stderr.write(f"omnitui relay: listening on {address}\n")
    sys.stderr.flush()


def _listen(text: str) -> tuple[str, int]:
    from config import values

    try:
        return values.listen(text)
    except BadValue as bad:
        raise WrongUsage(f"--listen: {bad.sentence} {bad.hint}") from None
