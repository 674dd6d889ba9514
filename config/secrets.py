"""Fetch and store the secrets that config.toml refers to.

Only the engine, `init` and `doctor` come here; a screen never needs a secret. No function
logs a secret, puts one into an exception or gives one a `repr`: they are plain strings with
a short life.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
from pathlib import Path
from typing import assert_never

from config import credentials
from config.access import is_locked
from config.i18n import _
from config.secret_ref import SecretError, SecretRef

COMMAND_TIMEOUT = 20.0
"""Seconds a `command:` may take."""
LARGEST = 64 * 1024
"""Bytes of a secret file."""
CREDENTIAL_DIRECTORIES = (Path("/run/credentials"), Path("/run/secrets"))
"""Where systemd and containers put credentials, with modes and owners of their own."""


def resolve(ref: SecretRef) -> str:
    """The secret itself. May take seconds (a command, a locked keyring): never on a screen's loop.

    Raises `SecretError`, in a locked session always.
    """
    if is_locked():
        raise SecretError(ref, _("{ref} is for the engine alone.").format(ref=ref))
    match ref.scheme:
        case "keyring":
            from config import keyring_store

            secret = keyring_store.get(ref)
        case "env":
            secret = _from_environment(ref)
        case "file":
            secret = _from_file(ref, _path(ref))
        case "credential":
            secret = _from_file(ref, credentials.path_of(ref))
        case "command":
            secret = _from_command(ref)
        case other:
            assert_never(other)
    if not secret:
        raise SecretError(ref, _("{ref} is empty; put the secret there.").format(ref=ref))
    if "\0" in secret:
        raise SecretError(
            ref, _("{ref} holds a NUL character, so it is no secret.").format(ref=ref)
        )
    return secret


def store(ref: SecretRef, secret: str) -> None:
    """Keep a secret where `ref` says: in the keyring, in a 0600 file, or, by root, where the
    engine's service gets its credentials from. Raises `SecretError`."""
    if ref.scheme == "keyring":
        from config import keyring_store

        keyring_store.put(ref, secret)
    elif ref.scheme == "file":
        _to_file(ref, secret, _path(ref))
    elif ref.scheme == "credential":
        _to_file(ref, secret, credentials.to_keep(ref))
    else:
        raise SecretError(
            ref,
            _("{ref} can only be read; use keyring: or file: to store a secret.").format(ref=ref),
        )


def delete(ref: SecretRef) -> None:
    """Forget a secret that `store` kept; nothing happens when it is not there."""
    if ref.scheme == "keyring":
        from config import keyring_store

        keyring_store.remove(ref)
    elif ref.scheme == "file":
        _path(ref).unlink(missing_ok=True)
    elif ref.scheme == "credential":
        credentials.to_keep(ref).unlink(missing_ok=True)


def check_owner(found: os.stat_result) -> str:
    """Why a secret file with these owners and modes is not safe; "" when it is.

    Safe: owned by root or by the one who runs this, closed to others, and open to its group
    only when root owns it and that group is one of ours (a service's `root:omnitui 0640`).
    """
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid not in (0, os.geteuid()) and os.geteuid() != 0:
        return _("belongs to another user")
    if mode & stat.S_IRWXO:
        return _("can be opened by everybody on this machine")
    groups = {os.getegid(), *os.getgroups()}
    ours = found.st_uid == 0 and os.geteuid() != 0 and found.st_gid in groups
    if mode & stat.S_IRWXG and not (ours and not mode & stat.S_IWGRP):
        return _("can be opened by its group")
    return ""


def _from_environment(ref: SecretRef) -> str:
    secret = os.environ.get(ref.value)
    if secret is None:
        raise SecretError(
            ref,
            _("The environment variable {name} is not set; export it where the engine starts.")
            .format(name=ref.value),
        )  # fmt: skip
    return secret


def _path(ref: SecretRef) -> Path:
    try:
        return Path(ref.value).expanduser()
    except RuntimeError:
        return Path(ref.value)


def _from_file(ref: SecretRef, path: Path) -> str:
    try:
        # Without O_NONBLOCK opening a pipe that nobody writes to would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise SecretError(
            ref,
            _("There is no file {path}; put the secret into it (chmod 600).").format(path=path),
        ) from None
    except PermissionError:
        raise SecretError(
            ref, _("The file {path} may not be read by this user.").format(path=path)
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise SecretError(
            ref, _("The file {path} cannot be read: {why}.").format(path=path, why=why)
        ) from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SecretError(ref, _("{path} is not a plain file.").format(path=path))
        if not _handed_over(path) and (why := check_owner(found)):
            raise SecretError(
                ref,
                _("The file {path} {why}; make it safe with: chown {user} {path} && chmod 600"
                  " {path}")
                .format(path=path, why=why, user=_user_name()),
            )  # fmt: skip
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(LARGEST + 1)
    finally:
        os.close(descriptor)
    if len(content) > LARGEST:
        raise SecretError(ref, _("The file {path} is too large for a secret.").format(path=path))
    return _decode(ref, content)


def _handed_over(path: Path) -> bool:
    places = [*CREDENTIAL_DIRECTORIES]
    if given := os.environ.get("CREDENTIALS_DIRECTORY"):  # systemd.exec(5)
        places.append(Path(given))
    real = path.resolve()
    return any(real.is_relative_to(place) for place in places)


def _decode(ref: SecretRef, content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise SecretError(ref, _("{ref} is not UTF-8 text.").format(ref=ref)) from None
    return text.removesuffix("\n").removesuffix("\r")


def _from_command(ref: SecretRef) -> str:
    """The first line that the program prints, as `pass` and its kin mean it."""
    import shlex

    argv = shlex.split(ref.value)
    try:
        # A session of its own: it cannot ask on the terminal that a screen is drawn on, and
        # what it started dies with it.
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SecretError(
            ref, _("The program {name} cannot be run: {why}.").format(name=argv[0], why=why)
        ) from None
    try:
        out, err = process.communicate(timeout=COMMAND_TIMEOUT)
    except subprocess.TimeoutExpired:
        raise SecretError(
            ref,
            _("“{command}” gave no answer within {n} seconds; does it wait for a passphrase?")
            .format(command=ref.value, n=int(COMMAND_TIMEOUT)),
        ) from None  # fmt: skip
    finally:
        _end(process)
    if process.returncode != 0:
        first = next((row for row in err.decode(errors="replace").splitlines() if row.strip()), "")
        words = "".join(c for c in first if c.isprintable())[:200].strip()
        sentence = _("“{command}” failed with code {code}").format(
            command=ref.value, code=process.returncode
        )
        raise SecretError(ref, f"{sentence}: {words}" if words else f"{sentence}.")
    line, _newline, _rest = out.partition(b"\n")
    return _decode(ref, line)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.wait(timeout=5)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _to_file(ref: SecretRef, secret: str, path: Path) -> None:
    import tempfile

    try:
        make_private(path.parent)
        # mkstemp makes it 0600 from the first moment; the rename replaces it whole.
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                give_to_owner(file.fileno(), path)
                file.write(secret + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise SecretError(
            ref,
            _("The secret cannot be written to {path}: {why}.").format(
                path=path, why=error.strerror
            ),
        ) from None


def make_private(directory: Path) -> None:
    """Make a directory and those above it, open to their owner alone. Raises `OSError`."""
    for each in reversed((directory, *directory.parents)):
        if not each.is_dir():  # parents=True would leave them open to others
            each.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0:
                above = each.parent.stat()
                os.chown(each, above.st_uid, above.st_gid)


def give_to_owner(descriptor: int, path: Path) -> None:
    """What root writes into a service's directory must still be readable to the service.
    Raises `OSError`."""
    if os.geteuid() == 0:
        found = (path if path.exists() else path.parent).stat()
        os.fchown(descriptor, found.st_uid, found.st_gid)


def _user_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


__all__ = ["SecretError", "delete", "resolve", "store"]
