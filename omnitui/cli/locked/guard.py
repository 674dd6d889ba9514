"""The last line of a locked session: whatever way the code takes, Python itself asks here before
a program is started, a socket is opened, a debugger begins (PEP 578).

The commands are refused long before; this holds where one of them was forgotten. It cannot be
taken out again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from config.allowed import EDITORS, permits
from config.model import Config
from omnitui.cli.locked import cage
from omnitui.cli.locked.clean_environment import PATH

_STARTS = frozenset(
    {
        "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile",
        "os.system", "pty.spawn", "webbrowser.open", "builtins.breakpoint", "os.symlink", "os.link",
        "cpython.run_interactivehook", "cpython.run_stdin", "code.__new__.interactive",
        "sys.remote_exec",
    }
)  # fmt: skip
"""Ways to start something that the screen does not use at all."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {"os.rename": 2, "os.remove": 1, "os.mkdir": 1, "os.rmdir": 1, "os.truncate": 1,
            "os.chmod": 1, "os.chown": 1}  # fmt: skip
"""Other ways to write, and how many paths each has."""
_FOLLOW = ("os.truncate", "os.chmod", "os.chown")
"""Change what a link leads to; the others the link."""
_SOCKETS = frozenset({"socket.bind", "socket.connect", "socket.sendto", "socket.sendmsg"})
"""A screen speaks to nobody: the engine does that."""
_EDITING = ("editor", "template edit", "template new")
"""Commands that start an editor on a file of their own."""


class Guard:
    """Called by the interpreter with each audited event."""

    def __init__(
        self,
        programs: Iterable[Sequence[str]],
        places: Iterable[Path] = (),
        *,
        anything: bool = False,
    ) -> None:
        """
        Args:
            programs: how the command lines begin that may be started.
            places: below what files may be written.
            anything: a shell was allowed, so all programs are.
        """
        self._programs = tuple(tuple(one) for one in programs)
        self._places = (*(os.path.realpath(one) for one in places), "/dev")
        self._anything = anything

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(flags, int) and flags & _WRITES and not isinstance(path, int):
                self._write(os.path.realpath(path))
        elif event in _CHANGES:
            self._change(event, arguments)
        elif event == "subprocess.Popen":
            if not self._anything and not self._known(arguments[0], arguments[1]):
                raise PermissionError(1, "not allowed in a locked session", str(arguments[0]))
        elif event in _SOCKETS or (event in _STARTS and not self._anything):
            raise PermissionError(1, "not allowed in a locked session", event)

    def _write(self, real: str | bytes) -> None:
        path = os.fsdecode(real)
        if not any(path == one or path.startswith(f"{one}/") for one in self._places):
            raise PermissionError(1, "not allowed in a locked session", path)

    def _change(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event != "os.truncate" and arguments[-1] != -1:
            return  # in a directory that is held open already, as what removes a whole one does
        for path in arguments[: _CHANGES[event]]:
            if not isinstance(path, int):  # else a file that was opened, and asked about, before
                above, name = os.path.split(os.fsdecode(path).rstrip("/"))
                if event in _FOLLOW or name in ("", ".", ".."):
                    self._write(os.path.realpath(path))
                else:
                    self._write(f"{os.path.realpath(above)}/{name}")

    def _known(self, executable: object, argv: object) -> bool:
        if not isinstance(argv, (list, tuple)) or not argv:
            return False
        words = tuple(os.fsdecode(one) for one in argv)
        if executable is not None and os.fsdecode(executable) != words[0]:  # type: ignore[arg-type]
            return False
        return any(words[: len(one)] == one for one in self._programs)


def programs(config: Config) -> list[list[str]]:
    """What a session starts by itself, and what team.toml lets agents start."""
    import omnitui.tui.pictures

    reader = Path(omnitui.tui.pictures.__file__).with_name("reading.py")
    found = [[sys.executable, "-I", str(reader)]]
    found += [[path] for name in ("hunspell", "aspell") if (path := shutil.which(name, path=PATH))]
    allowed = config.access
    found += foreign(config)
    if any(permits(allowed, name) for name in _EDITING):
        found += [[path] for path in EDITORS]
    return found


def foreign(config: Config) -> list[list[str]]:
    """Programs of the desk's that team.toml names."""
    found = [
        [command.run[0]]
        for name, command in config.commands.items()
        if permits(config.access, name, program=True)
    ]
    if permits(config.access, "pipe"):
        found += [[argv[0]] for argv in config.filters.values()]
    return found


def places(config: Config) -> list[Path]:
    """Below what a session writes: the store, the agent's own state and settings, and where
    team.toml lets files go."""
    home = config.home
    own = [home.state, home.data, home.agent_file.parent, home.own_templates]
    own += [one for one in (home.templates, home.articles) if os.access(one, os.W_OK)]
    if any(permits(config.access, name) for name in _EDITING):
        own.append(Path(tempfile.gettempdir()))
    return [*own, *config.access.directories]


def stand(config: Config) -> None:
    """From here on, until the process ends. Raises OSError."""
    home, started = config.home, programs(config)
    for own in (home.state, home.agent_file.parent):
        with contextlib.suppress(OSError):
            own.mkdir(mode=0o700, parents=True, exist_ok=True)
    shell = permits(config.access, "shell")
    # What team.toml lets agents start does work of its own, elsewhere: no cage would fit it.
    if not shell and not foreign(config):
        cage.enter(places(config), [argv[0] for argv in started])
    sys.addaudithook(Guard(started, places(config), anything=shell))
