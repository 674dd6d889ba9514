"""The one console script: global options, then a verb whose module is imported only then."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from config.i18n import N_, _
from omnitui.cli.failure import explain, of_shortage, say
from omnitui.cli.streams import leave_output, open_streams, output_is_lost

# Verb → its module and what it does. Modules have `add_arguments(parser)` and `run(args) -> int`.
VERBS: dict[str, tuple[str, str]] = {
    "demo": ("omnitui.cli.demo", N_("try omnitui with practice customers: no account needed")),
    "init": (
        "omnitui.cli.init",
        N_("set a desk up: asks, tests the connection, writes config.toml"),
    ),
    "serve": ("omnitui.cli.serve", N_("run the engine without a screen")),
    "relay": ("omnitui.cli.relay", N_("run the web chat's public server, or give it a site")),
    "session": ("omnitui.cli.session", N_("what sshd runs for an agent who has nothing else")),
    "doctor": ("omnitui.cli.doctor", N_("check configuration, secrets, channels, store, terminal")),
    "conversations": ("omnitui.cli.conversations", N_("list conversations")),
    "show": ("omnitui.cli.show", N_("show a conversation with its messages")),
    "customers": ("omnitui.cli.customers", N_("list customers")),
    "customer": ("omnitui.cli.customer", N_("show a customer, export or erase them")),
    "new-customer": ("omnitui.cli.new_customer", N_("make a customer by hand; prints the number")),
    "import-customers": (
        "omnitui.cli.import_customers",
        N_("take customers in from a CSV or vCard file"),
    ),
    "search": ("omnitui.cli.search", N_("search all messages")),
    "reply": ("omnitui.cli.reply", N_("queue a reply whose text is on standard input")),
    "compose": ("omnitui.cli.compose", N_("write first; the text is on standard input")),
    "log": ("omnitui.cli.log", N_("note a call, a visit, a letter; prints the message's id")),
    "do": ("omnitui.cli.do", N_("run commands on a conversation")),
    "remote": ("omnitui.cli.remote", N_("drive an open screen: what a key does, from a script")),
    "pop": ("omnitui.cli.pop", N_("put a customer on an open screen, by their address")),
    "templates": ("omnitui.cli.templates", N_("list the templates")),
    "articles": ("omnitui.cli.articles", N_("search the knowledge base")),
    "outbox": ("omnitui.cli.outbox", N_("what is on its way out")),
    "ledger": ("omnitui.cli.ledger", N_("what came in and how it ended")),
    "quarantine": ("omnitui.cli.quarantine", N_("what could not be understood: list, show, retry")),
    "import": ("omnitui.cli.import_mail", N_("take .eml, mbox or Maildir in as history")),
    "inspect": ("omnitui.cli.inspect", N_("what omnitui makes of raw e-mails")),
    "hooks": ("omnitui.cli.hooks", N_("what hooks have run, and how that ended")),
    "status": ("omnitui.cli.status", N_("how the desk is: engine, channels, who waits")),
    "audit": ("omnitui.cli.audit", N_("who did what, from where; is the log as it was written")),
    "retention": ("omnitui.cli.retention", N_("delete what the rules of [retention] say")),
    "backup": ("omnitui.cli.backup", N_("copy the store while it is in use")),
    "restore": ("omnitui.cli.restore", N_("put a backup back")),
    "check": ("omnitui.cli.check", N_("verify store and attachments")),
    "completion": ("omnitui.cli.completion", N_("what completes commands in bash, zsh or fish")),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code: 0, 1 for a failure, 2 for wrong usage."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    open_streams()
    try:
        code = _dispatch(list(arguments))
        sys.stdout.flush()
        return code  # noqa: TRY300 - what cannot be written is told below
    except BrokenPipeError:
        # `omnitui search x | head`: whoever read has seen enough.
        leave_output()
        return 0
    except KeyboardInterrupt:
        return 130
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    except Exception as error:
        try:
            return _explain(error, arguments)
        except (MemoryError, OSError, ImportError, SystemError):  # for want of them, too
            return say(of_shortage(files=isinstance(error, OSError)))


def _explain(error: Exception, arguments: list[str]) -> int:
    if isinstance(error, OSError) and error.filename is None and output_is_lost():
        return say(_("The output could not be written: {why}.").format(why=error.strerror))
    return explain(error, arguments)


def _speak(home: str | None) -> None:
    """Help is read in the language that the desk or its agent has set, too."""
    from pathlib import Path

    from config.home import find_home
    from config.i18n import choose_language, set_language
    from config.load import load
    from config.problems import ConfigError

    try:
        config = load(find_home(Path(home) if home else None), personal=True)
    except (ConfigError, OSError):
        return
    set_language(choose_language("", config.desk.language))


def _dispatch(arguments: list[str]) -> int:
    home: str | None = None
    while arguments and arguments[0].startswith("-"):
        option = arguments.pop(0)
        if option in ("-h", "--help"):
            _speak(home)
            sys.stdout.write(_help())
            return 0
        if option in ("-V", "--version"):
            from omnitui import __version__

            sys.stdout.write(f"omnitui {__version__}\n")
            return 0
        if option == "--home" and arguments:
            home = arguments.pop(0)
        elif option.startswith("--home=") and option != "--home=":
            home = option.partition("=")[2]
        elif option in ("--home", "--home="):
            return _usage(_("--home needs a directory."))
        else:
            return _usage(
                _("There is no option “{option}”; see “omnitui --help”.").format(option=option)
            )
    if not arguments:
        from omnitui.cli.screen import run
        from store.wording import translate_with

        translate_with(_)
        return run(home)
    return run_verb(arguments[0], arguments[1:], home)


def run_verb(verb: str, arguments: list[str], home: str | None) -> int:
    """Run a verb with its arguments on the desk in `home`; the exit code."""
    if verb == "help" or "-h" in arguments or "--help" in arguments:
        _speak(home)
    if verb == "help":
        verb, arguments = (arguments[0], ["--help"]) if arguments else ("", [])
        if not verb:
            sys.stdout.write(_help())
            return 0
    if verb not in VERBS:
        return _usage(_unknown(verb))
    import importlib

    from config.access import is_locked
    from omnitui.cli.parser import Parser
    from store.wording import translate_with

    translate_with(_)
    module = importlib.import_module(VERBS[verb][0])

    parser = Parser(prog=f"omnitui {verb}", description=_sentence(VERBS[verb][1]))
    parser.set_defaults(verb=verb)
    if is_locked():
        parser.set_defaults(home=home)
    else:
        parser.add_argument("--home", metavar="DIR", default=home, help=_("the desk's directory"))
    module.add_arguments(parser)
    if getattr(module, "TAKES_A_QUERY", False):
        arguments = [_query_word(word) for word in arguments]
    code = module.run(parser.parse_args(arguments))
    sys.stdout.flush()
    return int(code)


def _query_word(word: str) -> str:
    """`-refund`, “without refund” in a query, is no option: a space before it says so."""
    without = len(word) > 2 and word.startswith("-") and not word.startswith("--")
    return f" {word}" if without else word


def _unknown(verb: str) -> str:
    from config.problems import nearest

    near = nearest(verb, list(VERBS))
    hint = _("Did you mean “{near}”?").format(near=near) if near else _("See “omnitui --help”.")
    return _("There is no command “{verb}”.").format(verb=verb) + " " + hint


def _usage(sentence: str) -> int:
    sys.stderr.write(f"omnitui: {sentence}\n")
    return 2


def _sentence(summary: str) -> str:
    shown = _(summary)
    return f"{shown[:1].upper()}{shown[1:]}."


def _help() -> str:
    width = max(map(len, VERBS)) + 2
    verbs = "\n".join(f"  {verb:<{width}}{_(VERBS[verb][1])}" for verb in VERBS)
    return (
        _("usage: omnitui [--home DIR] [COMMAND] [ARGUMENTS…]")
        + "\n\n"
        + _("The terminal workstation for people who answer customers.")
        + "\n"
        + _("Without a command: the screen.")
        + f"\n\n{verbs}\n\n"
        + _("“omnitui COMMAND --help” tells more.")
        + f"\n\n  {'--home DIR':<{width}}  "
        + _("one desk's directory (or OMNITUI_HOME); else the XDG directories")
        + f"\n  {'--version':<{width}}  "
        + _("the program's version")
        + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
