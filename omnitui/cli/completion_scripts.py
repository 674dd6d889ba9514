"""Completion for bash, zsh and fish. All of it is in the script: a key starts no Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from omnitui.cli.command_line import HELP, HOME, VERSION, Option, Verb

GLOBAL = (HOME, HELP, VERSION)

_BASH = """\
# omnitui in bash: put this into ~/.local/share/bash-completion/completions/omnitui
_omnitui() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= word i
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == --home ]]; then ((i++)); continue; fi
        if [[ $word != -* && $word != = ]]; then verb=$word; break; fi
    done
    COMPREPLY=()
    case $verb:$prev in
@VALUES@
    esac
    if [[ -z $verb ]]; then
        case $cur in
            -*) COMPREPLY=($(compgen -W '@GLOBAL@' -- "$cur")) ;;
            *) COMPREPLY=($(compgen -W '@VERBS@' -- "$cur")) ;;
        esac
        return
    fi
    case $cur in
        -*)
            case $verb in
@FLAGS@
            esac ;;
        *)
            case $verb in
@ARGUMENTS@
            esac ;;
    esac
}
complete -F _omnitui omnitui
"""


def bash(verbs: Sequence[Verb]) -> str:
    values = [f"        *:--home) {_BASH_TAKES['directory']}; return ;;"]
    flags, arguments = [], []
    for verb in verbs:
        for flag in verb.flags:
            if flag.takes == "nothing" or flag is HOME:
                continue
            pattern = "|".join(f"{verb.name}:{name}" for name in flag.names)
            values.append(f"        {pattern}) {_bash_values(flag)}; return ;;")
        words = " ".join(name for flag in verb.flags for name in flag.names)
        flags.append(
            f"                {verb.name}) COMPREPLY=($(compgen -W '{words}' -- \"$cur\")) ;;"
        )
        for argument in verb.arguments[:1]:
            if argument.choices or argument.takes in ("file", "directory"):
                arguments.append(f"                {verb.name}) {_bash_values(argument)} ;;")
    return _filled(
        _BASH,
        VALUES="\n".join(values),
        GLOBAL=" ".join(name for option in GLOBAL for name in option.names),
        VERBS=" ".join([*(verb.name for verb in verbs), "help"]),
        FLAGS="\n".join(flags),
        ARGUMENTS="\n".join([*arguments, "                *) ;;"]),
    )


_BASH_TAKES = {
    "file": 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur")',
    "directory": 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur")',
    "word": ":",
}


def _bash_values(option: Option) -> str:
    if option.choices:
        return f"COMPREPLY=($(compgen -W '{' '.join(option.choices)}' -- \"$cur\"))"
    return _BASH_TAKES[option.takes]


_ZSH = """\
#compdef omnitui
# omnitui in zsh: put this as _omnitui into a directory of $fpath
_omnitui() {
    local context state line
    typeset -A opt_args
    _arguments -C @GLOBAL@ '1: :->verb' '*:: :->rest'
    case $state in
        verb)
            local -a verbs=(
@VERBS@
            )
            _describe verb verbs ;;
        rest)
            case $line[1] in
@REST@
            esac ;;
    esac
}
if [ "$funcstack[1]" = _omnitui ]; then _omnitui "$@"; else compdef _omnitui omnitui; fi
"""


def zsh(verbs: Sequence[Verb]) -> str:
    described = [f"                {_quoted(f'{v.name}:{v.summary}')}" for v in verbs]
    rest = []
    for verb in verbs:
        parts = [*_zsh_flags(verb.flags)]
        for argument in verb.arguments:
            place = "*" if argument.many else ""
            parts.append(_quoted(f"{place}:{_zsh_text(argument.value)}:{_zsh_values(argument)}"))
        rest.append(f"                {verb.name}) _arguments {' '.join(parts)} ;;")
    return _filled(
        _ZSH,
        GLOBAL=" ".join(_zsh_flags(GLOBAL)),
        VERBS="\n".join(described),
        REST="\n".join(rest),
    )


def _zsh_flags(flags: Sequence[Option]) -> list[str]:
    made = []
    for flag in flags:
        for name in flag.names:
            value = ""
            if flag.takes != "nothing":
                value = f":{_zsh_text(flag.value)}:{_zsh_values(flag)}"
            star = "*" if flag.many else ""
            made.append(_quoted(f"{star}{name}[{_zsh_text(flag.help)}]{value}"))
    return made


def _zsh_values(option: Option) -> str:
    if option.choices:
        return f"({' '.join(option.choices)})"
    return {"file": "_files", "directory": "_files -/"}.get(option.takes, "")


def _zsh_text(text: str) -> str:
    for char in "[]:":
        text = text.replace(char, f"\\{char}")
    return text


def fish(verbs: Sequence[Verb]) -> str:
    lines = [
        "# omnitui in fish: put this into ~/.config/fish/completions/omnitui.fish",
        "complete -c omnitui -f",
    ]
    none = "__fish_use_subcommand"
    lines += [_fish(none, option) for option in GLOBAL]
    lines += [
        f"complete -c omnitui -n {none} -a {verb.name} -d {_fish_quoted(verb.summary)}"
        for verb in verbs
    ]
    for verb in verbs:
        there = f"'__fish_seen_subcommand_from {verb.name}'"
        lines += [_fish(there, flag) for flag in verb.flags]
        for argument in verb.arguments[:1]:
            if argument.choices:
                words = " ".join(argument.choices)
                lines.append(f"complete -c omnitui -n {there} -a {_fish_quoted(words)}")
            elif argument.takes in ("file", "directory"):
                lines.append(f"complete -c omnitui -n {there} -F")
    return "\n".join(lines) + "\n"


def _fish(condition: str, option: Option) -> str:
    parts = ["complete -c omnitui -n", condition]
    for name in option.names:
        parts.append(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}")
    if option.choices:
        parts.append(f"-x -a {_fish_quoted(' '.join(option.choices))}")
    elif option.takes == "directory":
        parts.append("-x -a '(__fish_complete_directories)'")
    elif option.takes == "file":
        parts.append("-r -F")
    elif option.takes == "word":
        parts.append("-x")
    parts.append(f"-d {_fish_quoted(option.help)}")
    return " ".join(parts)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _filled(text: str, **values: str) -> str:
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


SCRIPTS: Mapping[str, Callable[[Sequence[Verb]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
