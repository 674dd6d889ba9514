"""The environment of a locked session: made anew, with what [locked] environment lets in.

Of what a client sends nothing is believed: a value has to look like one, and what makes a program
load or run something else is never let in, whatever team.toml says.
"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

PATH = "/usr/local/bin:/usr/bin:/bin"
_NEVER = (
    "PYTHON*", "OMNITUI_*", "TEXTUAL*", "LD_*", "GCONV_PATH", "LOCPATH", "NLSPATH", "HOSTALIASES",
    "MALLOC_*", "GLIBC_*", "RES_OPTIONS", "TMPDIR", "TMP", "TEMP", "SQLITE_*", "PERL*", "RUBY*",
    "NODE_*", "GEM_*", "LUA_*", "CLASSPATH", "GIT_*", "TERMINFO*", "TERMCAP", "XDG_*", "EDITOR",
    "VISUAL", "PAGER", "BROWSER", "LESS*", "*_PROXY", "*_proxy", "SSL_*", "OPENSSL_*", "BASH*",
    "ENV", "IFS", "PS4", "CDPATH", "SHELL*", "PATH", "HOME", "USER", "LOGNAME", "SSH_*", "DISPLAY",
    "WAYLAND_DISPLAY", "DBUS_*", "DICPATH", "ASPELL_CONF", "KEYRING_*",
)  # fmt: skip
_VALUE = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_.@+,=/-]{0,127}")
"""No path: it begins with no slash, and goes nowhere up. No control, no quote, no blank."""
_TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_CONNECTION = re.compile(r"[0-9A-Fa-f.:%a-z]{2,64} \d{1,5} [0-9A-Fa-f.:%a-z]{2,64} \d{1,5}")


def bare(given: Mapping[str, str]) -> dict[str, str]:
    """What there is without asking team.toml: who it is by the user database, and sshd's word
    about where they come from."""
    number = os.getuid()
    try:
        entry = pwd.getpwuid(number)
        name, home = entry.pw_name, entry.pw_dir
    except KeyError:
        name, home = str(number), "/nonexistent"
    made = {"PATH": PATH, "HOME": home, "USER": name, "LOGNAME": name, "SHELL": "/bin/false"}
    connection = given.get("SSH_CONNECTION", "")
    if _CONNECTION.fullmatch(connection):
        made["SSH_CONNECTION"] = connection
    return made


def is_never(name: str) -> bool:
    """Whether a variable of that name stays out whatever team.toml says."""
    return any(fnmatchcase(name, one) for one in _NEVER)


def kept(given: Mapping[str, str], wanted: Iterable[str]) -> dict[str, str]:
    """Of what was given: the variables that `wanted` names (`LC_*`), with values that are some."""
    patterns = tuple(wanted)
    found = {}
    for name, value in given.items():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            continue
        if is_never(name):
            continue
        shape = _TERM if name == "TERM" else _VALUE
        if any(fnmatchcase(name, one) for one in patterns) and shape.fullmatch(value):
            found[name] = value
    return found
