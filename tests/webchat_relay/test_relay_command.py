"""`omnitui relay` and `omnitui relay add-site` as people run them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest

from config.home import find_home
from config.load import load
from omnitui.cli import relay_findings
from omnitui.cli.main import main
from tests.webchat_relay.server import RelayProcess

Run = subprocess.CompletedProcess[str]


def omnitui(directory: Path, *words: str) -> Run:
    """In this process: none of these gets as far as serving."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["--home", str(directory), *words])
    return Run(words, code, out.getvalue(), err.getvalue())


def alone(directory: Path, *words: str) -> Run:
    """As a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "omnitui", "--home", str(directory), *words],
        capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip


def fails(run: Run, words: str, code: int = 1) -> None:
    """One sentence, and no more."""
    assert run.returncode == code, run.stderr
    assert run.stdout == ""
    assert re.search(words, run.stderr), run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert "Traceback" not in run.stderr


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A desk to which one site was added, with all there is to say."""
    directory = tmp_path_factory.mktemp("home")
    (directory / "config.toml").write_text('# ours\n[desk]\nname = "Acme"\n')
    run = omnitui(
        directory, "relay", "add-site", "acme", "--identity", "--url", "https://chat.acme.example",
        "--origin", "https://acme.example", "--origin", "https://WWW.acme.example",
    )  # fmt: skip
    return directory, run


def test_a_site_is_added(desk: tuple[Path, Run]) -> None:
    directory, run = desk
    assert run.returncode == 0, run.stderr
    text = (directory / "config.toml").read_text()
    assert text.startswith('# ours\n[desk]\nname = "Acme"\n')
    settings = load(find_home(directory)).relay
    assert settings is not None
    assert settings.url == "https://chat.acme.example"
    assert settings.trusted_proxies == 1
    site = settings.sites["acme"]
    assert site.allowed_origins == ("https://acme.example", "https://www.acme.example")
    secrets = []
    for ref in (site.desk_token, site.identity_secret):
        assert ref is not None
        path = Path(ref.value)
        assert path.stat().st_mode & 0o777 == 0o600
        secrets.append(path.read_text().strip())
        assert len(secrets[-1]) >= 43
        assert secrets[-1] not in text + run.stdout  # where it is, never what it is
    assert secrets[0] != secrets[1]


def test_what_goes_where_is_said(desk: tuple[Path, Run]) -> None:
    _directory, run = desk
    tag = '<script src="https://chat.acme.example/widget.js" data-site="acme" async></script>'
    assert tag in run.stdout
    assert re.search(r"omnitui\.identify\(jwt\).*HS256.*sub, exp", run.stdout)
    lines = [line.strip() for line in run.stdout.splitlines()]
    table = tomllib.loads("\n".join(lines[lines.index("[accounts.acme]") :][:4]))
    account = table["accounts"]["acme"]
    assert (account["channel"], account["relay"]) == ("webchat", "https://chat.acme.example")
    assert "omnitui init --webchat --relay https://chat.acme.example --token-from" in run.stdout


@pytest.mark.parametrize(("words", "said", "code"), [
    (["acme", "--origin", "https://x.example"], "already", 1),
    (["shop"], "at least one --origin", 2),
    (["--origin", "https://x.example"], "needs a name", 2),
    (["my shop", "--origin", "https://x.example"], "site's name", 2),
    (["shop", "--origin", "https://x.example/shop"], "no path", 2),
    (["shop", "--origin", "*"], "any page", 2),
    (["shop", "--origin", "http://x.example"], "loopback", 2),
    (["shop", "--origin", "https://x.example", "--test-page"], "not for add-site", 2),
])  # fmt: skip
def test_a_site_that_cannot_be(
    desk: tuple[Path, Run], words: list[str], said: str, code: int
) -> None:
    directory, _run = desk
    before = (directory / "config.toml").read_text(), sorted(directory.rglob("*"))
    fails(omnitui(directory, "relay", "add-site", *words), said, code)
    assert ((directory / "config.toml").read_text(), sorted(directory.rglob("*"))) == before


# Serving

SITE = """
[relay]
listen = "127.0.0.1:0"
{relay}
[relay.sites.acme]
desk_token = "file:{directory}/token"
allowed_origins = ["https://acme.example"]
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    token = tmp_path / "token"
    token.write_text("x" * 40)
    token.chmod(0o600)
    (tmp_path / "config.toml").write_text(SITE.format(relay="", directory=tmp_path))
    return tmp_path


def test_without_a_site(tmp_path: Path) -> None:
    fails(omnitui(tmp_path, "relay"), "add-site")


def test_a_wrong_configuration(directory: Path) -> None:
    with (directory / "config.toml").open("a") as file:
        file.write("uploadtypes = []\n")
    fails(omnitui(directory, "relay"), "config.toml:.*upload_types")


def test_a_secret_that_cannot_be_read(directory: Path) -> None:
    (directory / "token").unlink()
    fails(omnitui(directory, "relay"), "no file .*token")


def test_a_secret_too_short(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (directory / "config.toml").open("a") as file:
        file.write('identity_secret = "env:OMNITUI_TEST_SHORT"\n')
    monkeypatch.setenv("OMNITUI_TEST_SHORT", "short")
    fails(omnitui(directory, "relay"), "8 bytes")


def test_a_port_in_use(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = omnitui(directory, "relay", "--listen", f"127.0.0.1:{port}")
    fails(run, f"127.0.0.1:{port}.*in use")


def test_a_directory_that_is_none(directory: Path) -> None:
    text = SITE.format(relay=f'directory = "{directory}/token/relay"', directory=directory)
    (directory / "config.toml").write_text(text)
    fails(alone(directory, "relay"), "token")


def test_options_that_do_not_go_together(directory: Path) -> None:
    fails(omnitui(directory, "relay", "--origin", "https://x.example"), "“add-site” only", 2)
    fails(omnitui(directory, "relay", "--listen", "nowhere"), "--listen", 2)


@pytest.fixture(scope="module")
def test_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A relay with its test page on any port that is free; its address."""
    made = RelayProcess(tmp_path_factory.mktemp("page"))
    process = subprocess.Popen(
        [sys.executable, "-m", "omnitui", "--home", str(made.directory), "relay",
         "--listen", "127.0.0.1:0", "--test-page"],
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.fullmatch(r"omnitui relay: listening on (http://127\.0\.0\.1:\d+)\n", line)
    assert found, line
    yield found[1]
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.stderr.close()


def test_a_test_page(test_page: str) -> None:
    answer = httpx.get(test_page)
    assert '<script src="/widget.js" data-site="acme" async></script>' in answer.text
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "sign-in" in answer.text  # acme has an identity_secret
    other = httpx.get(test_page, params={"site": "other"})
    assert 'data-site="other"' in other.text
    assert "sign-in" not in other.text
    assert httpx.get(test_page, params={"site": "<script>"}).status_code == 404
    own = {"Sec-Fetch-Site": "same-origin"}
    assert httpx.get(f"{test_page}/v1/site?site=acme", headers=own).status_code == 200
    assert httpx.get(f"{test_page}/v1/site?site=acme", headers={"Origin": test_page}).is_success


def test_only_the_test_page_signs_anybody_in(test_page: str) -> None:
    body = {"site": "acme", "sub": "42", "email": "ivan@acme.example", "name": ""}
    url = f"{test_page}/test-page/identity"
    signed = httpx.post(url, json=body).json()["jwt"]
    claims = jwt.decode(signed, options={"verify_signature": False})
    assert (claims["sub"], claims["email"]) == ("42", "ivan@acme.example")
    assert "name" not in claims
    for headers in (
        {"X-Forwarded-For": "192.0.2.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "rebound.example"},
    ):
        assert not httpx.post(url, json=body, headers=headers).is_success
    assert httpx.post(url, json={**body, "site": "other"}).status_code == 404


# doctor


def advice(directory: Path) -> list[str]:
    config = load(find_home(directory))
    return [each.advice for each in relay_findings.findings(config) if each.state != "ok"]


def test_doctor_has_nothing_to_say_about_what_is_right(directory: Path) -> None:
    assert advice(directory) == []


@pytest.mark.parametrize(("relay", "site", "said"), [
    ('url = "https://chat.acme.example"', "", "trusted_proxies = 1"),
    ("", 'identity_secret = "env:OMNITUI_TEST_SHORT"', "longer"),
    ("", '[relay.sites.b]\ndesk_token = "file:{directory}/token"\nallowed_origins ='
         ' ["https://b.example"]', "its own"),
    ("", '[relay.sites.b]\ndesk_token = "env:OMNITUI_TEST_SHORT"\nallowed_origins ='
         ' ["https://b.example"]', "longer"),
    ("", '[relay.sites.b]\ndesk_token = "env:OMNITUI_TEST_LONG"\nallowed_origins ='
         ' ["http://localhost:8000"]', "Take it out"),
])  # fmt: skip
def test_doctor_says_what_to_do(directory: Path, relay: str, site: str, said: str,
                                monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("OMNITUI_TEST_SHORT", "short")
    monkeypatch.setenv("OMNITUI_TEST_LONG", "y" * 40)
    text = SITE.format(relay=relay, directory=directory) + site.format(directory=directory)
    (directory / "config.toml").write_text(text)
    found = advice(directory)
    assert len(found) == 1
    assert said in found[0]
