"""The keyring: a real one where there is a D-Bus session, clear words where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import keyring_store
from config.home import find_home
from config.secret_ref import SecretRef
from config.secrets import SecretError, resolve, store
from tests.servers.process import require

REF = SecretRef("keyring", "omnitui/support")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def headless(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a fresh process on a server: no D-Bus, backends looked for anew."""
    from keyring import core

    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nonexistent")
    monkeypatch.setattr(core, "_keyring_backend", None)


@pytest.mark.usefixtures("headless")
def test_without_dbus_there_are_ways_out_and_no_traceback() -> None:
    with pytest.raises(SecretError) as caught:
        resolve(REF)
    text = str(caught.value)
    assert "no keyring on this machine" in text
    for way in ("file:", "env:", "command:", "omnitui init"):
        assert way in text
    with pytest.raises(SecretError, match="no keyring"):
        store(REF, "hunter2")
    assert "no keyring" in keyring_store.why_not()


def use(monkeypatch: pytest.MonkeyPatch, backend: object) -> None:
    from keyring import core

    monkeypatch.setattr(core, "_keyring_backend", backend)


def backend(module: str, kind: str, **methods: object) -> object:
    """An installed third-party backend, known by the module and name of its class; it keeps
    nothing. Not a subclass of keyring's own: those are registered for good."""

    def missing(*_args: object) -> None:
        return None

    members = {"__module__": module, "get_password": missing, "set_password": missing}
    return type(kind, (), members | methods)()


def test_an_unencrypted_file_is_refused_unless_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, backend("keyrings.alt.file", "PlaintextKeyring",
                             get_password=lambda *_: "hunter2"))  # fmt: skip
    with pytest.raises(SecretError, match="unencrypted file") as caught:
        resolve(REF)
    assert keyring_store.ALLOW_PLAINTEXT in str(caught.value)
    monkeypatch.setenv(keyring_store.ALLOW_PLAINTEXT, "1")
    assert resolve(REF) == "hunter2"


def test_one_that_would_ask_on_the_terminal_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = backend("keyrings.cryptfile.cryptfile", "CryptFileKeyring")
    use(monkeypatch, asking)
    with pytest.raises(SecretError, match="asks for its password on the terminal"):
        resolve(REF)


def test_one_that_keeps_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, backend("keyring.backends.null", "Keyring"))
    with pytest.raises(SecretError, match="keyring set omnitui support"):
        resolve(REF)
    with pytest.raises(SecretError):
        store(REF, "hunter2")


def test_one_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    released = threading.Event()
    use(monkeypatch, backend("x", "Slow", get_password=lambda *_: released.wait(30) and None))
    monkeypatch.setattr(keyring_store, "TIMEOUT", 0.1)
    try:
        with pytest.raises(SecretError, match="unlock it"):
            resolve(REF)
    finally:
        released.set()


UNLOCKED = "echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
LOCKED = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; "
IN_SESSION = """
from config.secret_ref import SecretRef
from config.secrets import SecretError, delete, resolve, store
ref = SecretRef("keyring", "omnitui/support")
try:
    store(ref, "s3cret-\u0457")
    print("stored", resolve(ref) == "s3cret-\u0457")
    delete(ref)
    delete(ref)
    print(resolve(ref))
except SecretError as error:
    print(error)
"""


def in_session(tmp_path: Path, start: str) -> str:
    """What IN_SESSION prints under a D-Bus session of its own with GNOME's keyring."""
    require("dbus-run-session", package="dbus-daemon")
    require("gnome-keyring-daemon", package="gnome-keyring")
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_RUNTIME_DIR": str(runtime),
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
    }
    environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", f'{start}exec "$0" -c "$1"', sys.executable,
         IN_SESSION],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.real
def test_a_real_keyring_keeps_and_forgets_a_secret(tmp_path: Path) -> None:
    said = in_session(tmp_path, UNLOCKED)
    assert said.startswith("stored True\n")
    assert "keyring set omnitui support" in said


@pytest.mark.real
def test_a_locked_keyring_is_told(tmp_path: Path) -> None:
    said = in_session(tmp_path, LOCKED)
    assert "locked" in said
    assert "omnitui init" in said


def test_desks_with_an_account_of_one_name_keep_a_secret_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from omnitui.cli.secret_place import place

    kept: dict[tuple[str, str], str] = {}
    use(monkeypatch, backend(
        "x", "Kept",
        get_password=lambda _self, *entry: kept.get(entry),
        set_password=lambda _self, *entry: kept.update({entry[:2]: entry[2]}),
    ))  # fmt: skip
    desks = [find_home(tmp_path / name) for name in ("one", "two", "three")]
    placed = [place(home, "support", home.config.name) for home in desks]
    assert placed[0].ref == REF
    assert len({one.ref for one in placed}) == 3
    assert [resolve(one.ref) for one in placed] == ["one", "two", "three"]
