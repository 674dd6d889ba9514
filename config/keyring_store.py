"""The system's keyring, with its many ways of not being there turned into sentences.

`keyring` picks a backend by what is installed and running. On a server there is often none,
or a file in plain text, or one that asks for its password on the terminal, which a screen is
drawn on: those two are refused.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from config.i18n import _
from config.secret_ref import SecretError, SecretRef
from config.secret_syntax import keyring_entry

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

TIMEOUT = 60.0
"""Seconds; a desktop's keyring may be asking its owner to unlock it."""
ALLOW_PLAINTEXT = "OMNITUI_ALLOW_PLAINTEXT_KEYRING"
"""Set to 1: keyrings.alt's unencrypted file is accepted."""

Result = TypeVar("Result")


def get(ref: SecretRef) -> str:
    service, user = keyring_entry(ref.value)
    found = _ask(ref, lambda backend: backend.get_password(service, user))
    if found is None:
        raise SecretError(
            ref,
            _("The keyring has nothing under {ref}; store it with: keyring set {service} {user}")
            .format(ref=ref, service=service, user=user),
        )  # fmt: skip
    return str(found)


def put(ref: SecretRef, secret: str) -> None:
    """Store and read back: some backends take a secret and keep nothing."""
    service, user = keyring_entry(ref.value)
    _ask(ref, lambda backend: backend.set_password(service, user, secret))
    if get(ref) != secret:
        raise SecretError(
            ref, _("The keyring did not keep the secret. {ways}").format(ways=ways_out())
        )


def remove(ref: SecretRef) -> None:
    from keyring.errors import PasswordDeleteError

    service, user = keyring_entry(ref.value)

    def delete(backend: KeyringBackend) -> None:
        with contextlib.suppress(PasswordDeleteError):  # it was not there
            backend.delete_password(service, user)

    _ask(ref, delete)


def why_not() -> str:
    """Why the keyring cannot be used here, one sentence; "" when it answers."""
    ref = SecretRef("keyring", "omnitui/doctor")
    service, user = keyring_entry(ref.value)
    try:
        _ask(ref, lambda backend: backend.get_password(service, user))
    except SecretError as error:
        return str(error)
    return ""


def backend_name() -> str:
    """The backend in use, for `doctor`."""
    import keyring

    return str(keyring.get_keyring().name)


def ways_out() -> str:
    return _(
        "Write where the secret is instead: file:/path (chmod 600), env:NAME or"
        ' "command:pass show NAME"; `omnitui init` does it for you.'
    )


def _ask(ref: SecretRef, question: Callable[[KeyringBackend], Result]) -> Result:
    """Put a question to the backend, in a thread, since it may wait for a person or for D-Bus."""
    answer: list[Result] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            answer.append(question(_backend(ref)))
        except BaseException as error:  # carried over to the caller's thread
            failure.append(error)

    thread = threading.Thread(target=work, name="keyring", daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    if thread.is_alive():
        raise SecretError(
            ref,
            _("The keyring gave no answer within {n} seconds; unlock it. {ways}").format(
                n=int(TIMEOUT), ways=ways_out()
            ),
        )
    if failure:
        raise _explained(ref, failure[0])
    return answer[0]


def _backend(ref: SecretRef) -> KeyringBackend:
    import keyring

    chosen = keyring.get_keyring()
    for backend in [chosen, *getattr(chosen, "backends", ())]:
        module = type(backend).__module__
        kind = type(backend).__name__
        if _plaintext(module, kind) and os.environ.get(ALLOW_PLAINTEXT) != "1":
            raise SecretError(
                ref,
                _("The keyring on this machine ({name}) keeps secrets in an unencrypted file;"
                  " set {variable}=1 to accept that. {ways}")
                .format(name=kind, variable=ALLOW_PLAINTEXT, ways=ways_out()),
            )  # fmt: skip
        if _asks_on_the_terminal(module, kind) and "keyring_key" not in vars(backend):
            raise SecretError(
                ref,
                _("The keyring on this machine ({name}) asks for its password on the terminal,"
                  " which the engine does not have. {ways}")
                .format(name=kind, ways=ways_out()),
            )  # fmt: skip
        if module == "keyring.backends.fail":
            raise SecretError(
                ref,
                _("There is no keyring on this machine (no D-Bus session, as on a server)."
                  " {ways}").format(ways=ways_out()),
            )  # fmt: skip
    return chosen


def _plaintext(module: str, kind: str) -> bool:
    return module.startswith("keyrings.alt") and "Plaintext" in kind


def _asks_on_the_terminal(module: str, kind: str) -> bool:
    return module.startswith(("keyrings.alt", "keyrings.cryptfile")) and (
        "Encrypted" in kind or "Crypt" in kind
    )


def _explained(ref: SecretRef, error: BaseException) -> BaseException:
    from keyring import errors

    if isinstance(error, SecretError):
        return error
    if isinstance(error, errors.NoKeyringError):
        sentence = _("There is no keyring on this machine (no D-Bus session, as on a server).")
    elif isinstance(error, errors.KeyringLocked | errors.InitError):
        sentence = _("The keyring is locked and nobody was there to unlock it.")
    elif isinstance(error, errors.KeyringError) or _from_dbus(error):
        sentence = _("The keyring does not work ({why}).").format(why=type(error).__name__)
    else:
        return error
    return SecretError(ref, f"{sentence} {ways_out()}")


def _from_dbus(error: Any) -> bool:
    """SecretStorage lets jeepney's and its own errors through, which are no KeyringErrors."""
    modules = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    return bool(modules & {"jeepney", "secretstorage", "dbus"}) or isinstance(
        error, OSError | EOFError | RuntimeError | ValueError | UnicodeError
    )
