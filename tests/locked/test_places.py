"""Files of a locked session: taken from and put below the allowed directories, and nowhere else."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.access import Access
from omnitui.desk import places
from omnitui.desk.command import CommandError

PIECES = st.sampled_from(["a", "..", ".", "", "files", ".ssh", "~", "x\0y", "way", "offer.txt"])


@pytest.fixture
def access(tmp_path: Path) -> Access:
    (tmp_path / "files" / "a").mkdir(parents=True)
    (tmp_path / "files" / "offer.txt").write_text("an offer")
    (tmp_path / "files" / "a" / ".profile").write_text("mine")
    (tmp_path / "secret.txt").write_text("a secret")
    (tmp_path / "files" / "way").symlink_to(tmp_path)
    (tmp_path / "files" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "files" / "gone").symlink_to(tmp_path / "new.txt")
    os.mkfifo(tmp_path / "files" / "pipe")
    return Access(role="agent", locked=True, directories=(tmp_path / "files",))


def read(access: Access, path: Path) -> str:
    with places.to_read(access, path) as opened:
        return opened.read_text()


def test_what_is_inside_is_read_and_written(access: Access) -> None:
    (top,) = access.directories
    assert read(access, top / "offer.txt") == "an offer"
    assert read(access, places.whole(access, "offer.txt")) == "an offer"
    with places.to_write(access, top / "a" / "new.txt") as opened:
        opened.write_text("new")
    assert (top / "a" / "new.txt").read_text() == "new"
    assert places.directory(access, Path("/")) == top


@pytest.mark.parametrize(
    "path",
    ["../secret.txt", "way/secret.txt", "link.txt", "pipe", "a", "", "a/.profile", "way",
     "../files-other/x", "way/files/offer.txt", "none.txt", "a/../offer.txt", "gone"],
)  # fmt: skip
def test_nothing_else_is_read(access: Access, path: str) -> None:
    with pytest.raises(CommandError):
        read(access, access.directories[0] / path)


@pytest.mark.parametrize(
    "path", ["../new.txt", "way/new.txt", ".profile", "a/.ssh/authorized_keys", ".ssh"]
)
def test_nothing_else_is_written(access: Access, path: str) -> None:
    with (
        pytest.raises(CommandError),
        places.to_write(access, access.directories[0] / path) as opened,
    ):
        opened.write_text("x")
    with (
        pytest.raises(FileExistsError),
        places.to_write(access, access.directories[0] / "gone") as opened,
        opened.open("x"),
    ):
        pass  # a link is not followed by what makes new files
    assert not (access.directories[0].parent / "new.txt").exists()


@given(pieces=st.lists(PIECES, max_size=5), absolute=st.booleans())
def test_no_path_leads_out(pieces: list[str], absolute: bool) -> None:
    access = Access(locked=True, directories=(Path("/srv/files"),))
    path = places.whole(access, ("/" if absolute else "") + "/".join(pieces))
    if places.inside(access, path):
        assert os.path.normpath(path).startswith("/srv/files")
        assert "/." not in str(path)


def test_what_was_looked_at_is_what_is_opened(access: Access) -> None:
    """A directory that becomes a link between the look and the opening leads nowhere."""
    (top,) = access.directories
    inner, aside = top / "b", top / "c"
    inner.mkdir()
    (inner / "secret.txt").write_text("harmless")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            inner.rename(aside)
            inner.symlink_to(top.parent)
            inner.unlink()
            aside.rename(inner)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        found = set()
        for _ in range(1500):
            try:
                found.add(read(access, inner / "secret.txt"))
            except CommandError:
                found.add("refused")
    finally:
        stop.set()
        thread.join()
    assert "a secret" not in found


def test_a_message_names_the_path_that_was_given(access: Access) -> None:
    wanted = access.directories[0] / "report.zip"

    def fail(path: Path) -> None:
        raise CommandError(f"{path} is there already.")

    with (
        pytest.raises(CommandError, match=f"^{wanted} is there already"),
        places.to_write(access, wanted) as opened,
    ):
        fail(opened)


def test_without_a_lock_every_path_is_good(tmp_path: Path) -> None:
    free = Access()
    (tmp_path / ".hidden").write_text("x")
    assert read(free, tmp_path / ".hidden") == "x"
    assert places.directory(free, tmp_path) == tmp_path
