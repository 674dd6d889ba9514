"""The man page and the shells' completions, written from the program:
`python -m omnitui.cli.manual` (for developers; a test holds them current)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from omnitui import __version__
from omnitui.cli.command_line import HOME, VERSION, Option, Verb, verbs
from omnitui.cli.completion_scripts import SCRIPTS

ROOT = Path(__file__).parent.parent.parent
SHARE = ROOT / "share"
"""As it lies below the prefix that omnitui is installed to."""

WRITTEN = "2026-11-22"
"""When the fixed words of the page were written last."""

_ABOUT = """\
omnitui is a workstation for people who answer customers: e-mail, Telegram and the chat of web
sites stand in one inbox, and one store has every customer's history over all channels. An engine
brings messages in and carries replies out; screens and the commands below read and change the
store, as many of them at once as there are agents."""
_EXIT = """\
0 where it was done, 1 where it failed, 2 where the command line was wrong. What went wrong is one
sentence on standard error."""
_ENVIRONMENT = (
    ("OMNITUI_HOME", "As --home, where that is not given."),
    ("OMNITUI_AGENT_FILE", "The agent's own settings, instead of agent.toml."),
    ("CREDENTIALS_DIRECTORY", "Where the secrets called credential:NAME are (systemd.exec(5))."),
    ("NO_COLOR", "No colours, whatever is set."),
    ("VISUAL, EDITOR", "What the screen opens for a longer text."),
)
_FILES = (
    ("~/.config/omnitui/config.toml", "The desk's settings, on a desk of one's own."),
    ("~/.config/omnitui/agent.toml", "An agent's own: keys, views, taste."),
    ("~/.local/share/omnitui/desk.sqlite", "The store of a desk of one's own."),
    ("/etc/omnitui/config.toml, /etc/omnitui/team.toml", "The desk of this machine's team."),
    ("/var/lib/omnitui/store", "The store of that desk."),
    ("/var/backups/omnitui", "Its nightly backups."),
)
_EXAMPLES = (
    ("omnitui demo", "Try it, without an account."),
    ("omnitui init", "Set up a desk of one's own."),
    ("sudo omnitui init --team --agents olena,ivan", "Set up a desk for a team."),
    ("omnitui conversations 'status:open assignee:none' --json", "What nobody works on."),
    ("omnitui do 42 'assign me' 'tag add refund'", "Run commands on a conversation."),
)


def page(found: Sequence[Verb]) -> str:
    """omnitui(1), in the man(7) macros."""
    lines = [
        f'.TH OMNITUI 1 {WRITTEN} "omnitui {__version__}" "User Commands"',
        ".SH NAME",
        "omnitui \\- the terminal workstation for people who answer customers",
        ".SH SYNOPSIS",
        ".B omnitui",
        "[\\fB\\-\\-home\\fR \\fIDIR\\fR] [\\fICOMMAND\\fR] [\\fIARGUMENTS\\fR...]",
        ".SH DESCRIPTION",
        *_text(_ABOUT),
        ".PP",
        *_text("Without a command the screen opens; “?” shows its keys."),
        ".SH OPTIONS",
        *_option(HOME),
        *_option(VERSION),
        ".SH COMMANDS",
    ]
    for verb in found:
        lines += _verb(verb)
    lines += [".SH EXIT STATUS", *_text(_EXIT)]
    for heading, rows in (
        ("ENVIRONMENT", _ENVIRONMENT),
        ("FILES", _FILES),
        ("EXAMPLES", _EXAMPLES),
    ):
        lines.append(f".SH {heading}")
        for name, words in rows:
            lines += [".TP", f".B {_plain(name)}", *_text(words)]
    lines += [
        ".SH SEE ALSO",
        *_text("docs/ of the source: setup.md, team.md, security.md, configuration.md, agents.md."),
    ]
    return "\n".join(lines) + "\n"


def _verb(verb: Verb) -> list[str]:
    arguments = " ".join(_argument(one) for one in verb.arguments)
    lines = [f".SS omnitui {_plain(verb.name)} {arguments}".rstrip()]
    lines += _text(f"{verb.summary[:1].upper()}{verb.summary[1:]}.")
    for option in verb.options:
        if option is not HOME and "--help" not in option.names:
            lines += _option(option)
    return lines


def _argument(option: Option) -> str:
    many = "..." if option.many else ""
    value = _plain(option.value) + many
    return value if option.required else f"[{value}]"


def _option(option: Option) -> list[str]:
    names = ", ".join(f"\\fB{_plain(name)}\\fR" for name in option.names)
    value = f"\\fI{_plain(option.value)}\\fR" if option.value else ""
    return [".TP", f"{names} {value}".strip(), *_text(option.help)]


def _text(words: str) -> list[str]:
    """Lines of running text: none may begin as a request does."""
    return [
        f"\\&{line}" if line.startswith((".", "'")) else line
        for line in (_plain(line) for line in words.splitlines())
    ]


def _plain(text: str) -> str:
    """groff_char(7): a hyphen that is typed, and no escape by accident."""
    for char, escape in (("\\", "\\e"), ("-", "\\-"), ("~", "\\(ti"), ("^", "\\(ha"),
                         ("`", "\\(ga"), ("“", "\\(lq"), ("”", "\\(rq"), ("…", "..."),
                         ("–", "\\(en"), ("’", "\\(cq")):  # fmt: skip
        text = text.replace(char, escape)
    return text


def files() -> dict[Path, str]:
    """What is generated, by its place."""
    found = verbs()
    return {
        SHARE / "man" / "man1" / "omnitui.1": page(found),
        SHARE / "bash-completion" / "completions" / "omnitui": SCRIPTS["bash"](found),
        SHARE / "zsh" / "site-functions" / "_omnitui": SCRIPTS["zsh"](found),
        SHARE / "fish" / "vendor_completions.d" / "omnitui.fish": SCRIPTS["fish"](found),
    }


def main() -> None:
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
