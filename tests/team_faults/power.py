"""A disk of its own whose power can be cut: ext4 in a file, by a loop device."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path

import pytest

SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN (fs/ext4/ext4.h)."""
NO_LOG_FLUSH = 2
"""EXT4_GOING_FLAGS_NOLOGFLUSH: what was not synced is gone, as if the power went."""
SIZE = 192 << 20
"""Bytes."""


class Image:
    """Skips the test, and says why, where this machine cannot have one."""

    def __init__(self, path: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root may mount a disk to cut its power")
        if shutil.which("mkfs.ext4") is None:
            pytest.skip("there is no mkfs.ext4 to make a disk whose power can be cut")
        self.path = path
        self._at: Path | None = None
        with path.open("wb") as file:
            file.truncate(SIZE)
        _run("mkfs.ext4", "-q", "-F", str(path))

    def mount(self, at: Path) -> None:
        """As after the power has come back: what its journal has is done first."""
        failed = _run("mount", "-o", "loop", str(self.path), str(at))
        if failed and self._at is None:
            pytest.skip(f"no loop device for a disk whose power can be cut: {failed}")
        assert not failed, failed
        self._at = at

    def cut(self) -> None:
        """From now on nothing comes from it or goes to it."""
        assert self._at is not None
        handle = os.open(self._at, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        except OSError as error:
            pytest.skip(f"the power of this kernel's ext4 cannot be cut: {error.strerror}")
        finally:
            os.close(handle)

    def come_back(self) -> None:
        """When nobody uses it any more."""
        assert self._at is not None
        end = time.monotonic() + 10
        while failed := _run("umount", str(self._at)):
            assert time.monotonic() < end, failed
            time.sleep(0.1)
        self.mount(self._at)

    def give_back(self) -> None:
        """However the test ended."""
        if self._at is not None:
            _run("umount", "-l", str(self._at))
        devices = subprocess.run(
            ["losetup", "-n", "-O", "NAME", "-j", str(self.path)],
            capture_output=True, text=True, check=False,
        ).stdout.split()  # fmt: skip
        for device in devices:
            _run("losetup", "-d", device)
        self.path.unlink(missing_ok=True)


def _run(*argv: str) -> str:
    """What a command said that failed; "": it did not."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return (done.stderr.strip() or f"{argv[0]}: {done.returncode}") if done.returncode else ""
