"""What docs/webchat.md tells a shop's owner to copy works as it stands there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.home import find_home
from config.load import load
from connectors.webchat.relay import site_identity
from tests.documents import blocks
from tests.servers import certificates
from tests.servers.process import executable

PAGE = "webchat.md"
KEY = "a key of thirty-two bytes, or more"
CUSTOMER = {"id": 42, "email": "ann@example.org", "name": "Ann Lée"}


PROGRAMS = {
    "python": (
        sys.executable,
        "print(chat_jwt({'id': 42, 'email': 'ann@example.org', 'name': 'Ann Lée'}, KEY))",
        f"KEY = {KEY!r}\n",
    ),
    "js": (
        "node",
        "console.log(chatJwt({id: 42, email: 'ann@example.org', name: 'Ann Lée'}, KEY))",
        f"const KEY = {KEY!r};\n",
    ),
    "php": (
        "php",
        "\necho chat_jwt(['id' => 42, 'email' => 'ann@example.org', 'name' => 'Ann Lée'],"
        f" {KEY!r});",
        "",
    ),
}


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_site_signs_its_visitors_in(language: str, tmp_path: Path) -> None:
    program, call, before = PROGRAMS[language]
    (block,) = blocks(PAGE, language)
    if shutil.which(program) is None:
        assert "exp" in block  # what runs it is no part of what the tests need
        return
    path = tmp_path / f"sign.{language}"
    path.write_text(before + block + call)
    done = subprocess.run([program, str(path)], capture_output=True, text=True, check=True)
    found = site_identity.read(done.stdout.strip(), KEY, int(time.time() * 1000))
    assert (found.sub, found.email, found.email_proven) == ("42", "ann@example.org", True)
    assert found.name == "Ann Lée"


def test_the_settings_are_right(tmp_path: Path) -> None:
    desk, site = blocks(PAGE, "toml")
    site = site.replace("# …", 'desk_token = "env:A"\nallowed_origins = ["https://acme.example"]\n')
    (tmp_path / "config.toml").write_text(f"{desk}\n{site}")
    config = load(find_home(tmp_path))
    assert config.accounts["site"].channel == "webchat"
    assert config.relay is not None
    assert [field.name for field in config.relay.sites["acme"].form] == ["name", "order"]


def test_the_web_servers_settings_are_right(tmp_path: Path) -> None:
    server, under_a_path = blocks(PAGE, "nginx")
    nginx = executable("nginx")
    if nginx is None:
        assert "proxy_buffering off" in server
        return
    made = certificates.make(tmp_path)
    server = re.sub(r"/etc/letsencrypt\S+fullchain.pem", str(made.cert), server)
    server = re.sub(r"/etc/letsencrypt\S+privkey.pem", str(made.key), server)
    server = re.sub(r"\n    location / \{", f"\n{under_a_path}\n    location / {{", server)
    temporary = "\n".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{server}\n}}\n"
    )
    done = subprocess.run(
        [nginx, "-t", "-e", str(tmp_path / "log"), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
