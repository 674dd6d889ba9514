"""A team's desk below a directory, with Unix users of its own."""

from __future__ import annotations

import contextlib
import grp
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.home import find_home
from config.load import load
from store import accounts
from tests.fresh_store import fresh_store
from tests.servers.process import short_directory
from tests.servers.unix_users import UnixUser, interpreter, made
from tests.tui.shell.shop import SUPPORT, Shop

TEAM = """
[team]
user = "root"
group = "{group}"
store = "{top}/store"
state = "{top}/engine"
[roles]
supervisors = ["{supervisor}"]
readers = ["{reader}"]
"""
CONFIG = """
[desk]
name = "Acme"
engine = "service"
[commands.greet]
run = ["touch", "{top}/store/ran-greet"]
[filters]
polite = ["touch", "{top}/store/ran-polite"]
[macros]
sly = ["shell touch {top}/store/ran-sly"]
[keys.inbox]
f7 = "shell touch {top}/store/ran-key"
"""


@dataclass
class Team:
    top: Path
    agent: UnixUser
    supervisor: UnixUser
    reader: UnixUser
    shop: Shop

    @property
    def home(self) -> Path:
        return self.top / "etc"

    @property
    def store(self) -> Path:
        return self.top / "store"

    def locked(self, text: str = "") -> None:
        """Let team.toml say this under [locked]."""
        file = self.home / "team.toml"
        file.write_text(file.read_text().partition("[locked]")[0] + f"[locked]\n{text}\n")

    def session(self) -> list[str]:
        """What ForceCommand runs."""
        return [interpreter(), "-I", "-m", "omnitui", "--home", str(self.home), "session"]

    def verb(self, *words: str) -> list[str]:
        """What somebody with a shell runs."""
        return [interpreter(), "-I", "-m", "omnitui", "--home", str(self.home), *words]

    @property
    def ran(self) -> Sequence[Path]:
        """What programs that should never have run have left."""
        return sorted(self.top.rglob("ran*"))


@contextlib.contextmanager
def team() -> Iterator[Team]:
    top = short_directory("omt")
    try:
        with made(top, "ann", "lead", "eye", group="team") as (agent, supervisor, reader):
            common = next(group for group in grp.getgrall() if agent.name in group.gr_mem)
            (top / "etc").mkdir()
            names = {
                "top": top, "group": common.gr_name, "supervisor": supervisor.name,
                "reader": reader.name,
            }  # fmt: skip
            (top / "etc" / "team.toml").write_text(TEAM.format(**names))
            (top / "etc" / "config.toml").write_text(CONFIG.format(**names))
            (top / "store").mkdir()
            os.chown(top / "store", 0, common.gr_gid)
            (top / "store").chmod(0o2770)
            (top / "engine").mkdir(mode=0o700)
            config = load(find_home(top / "etc"))
            fresh_store(config.home.store_file).close()
            shop = Shop(config)
            shop.write(lambda db: accounts.ensure(db, "support", "email", address=SUPPORT))
            shop.arrive("Olena Koval", "Where is my order 17?", subject="Order 17")
            for one in (top / "store").rglob("*"):
                os.chown(one, 0, common.gr_gid)
                one.chmod(0o2770 if one.is_dir() else 0o660)
            yield Team(top, agent, supervisor, reader, shop)
    finally:
        shutil.rmtree(top, ignore_errors=True)
