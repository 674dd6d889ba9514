"""The disk of a store: whether it is a local one, which SQLite's locks and shared memory need, and
how much room is left."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from store.errors import NotLocal
from store.wording import _

_SERVED = """
    nfs nfs4 cifs smb smb2 smb3 smbfs smb-share ncpfs afs openafs ceph glusterfs lustre gpfs
    beegfs orangefs pvfs2 ocfs2 gfs gfs2 9p davfs davfs2 vboxsf vmhgfs prl_fs drvfs sshfs s3fs
    fuse.sshfs fuse.s3fs fuse.rclone fuse.gcsfuse fuse.glusterfs fuse.ceph fuse.ceph-fuse
    fuse.davfs fuse.davfs2 fuse.smbnetfs fuse.vmhgfs-fuse fuse.goofys fuse.blobfuse
    fuse.gvfsd-fuse fuse.juicefs fuse.seaweedfs fuse.moosefs fuse.mfs fuse.lizardfs
    fuse.curlftpfs fuse.onedriver
"""
NETWORK = frozenset(_SERVED.split())
FULL = 64 << 20
"""Bytes free, under which nothing can be promised any more."""
LITTLE = 100 << 20
"""Bytes free, under which agents are told: an evening of mails with pictures."""


def free(directory: Path) -> int | None:
    """Bytes that are free there; None where the system does not say."""
    try:
        return shutil.disk_usage(directory).free
    except OSError:
        return None


def file_system(path: Path, mounts: str) -> str:
    """The type of the file system that holds `path`, by the text of /proc/mounts (fstab(5))."""
    best, kind = -1, ""
    resolved = str(path)
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[1])
        inside = resolved == point or resolved.startswith(point.rstrip("/") + "/")
        # A later mount on the same point hides the earlier one.
        if inside and len(point) >= best:
            best, kind = len(point), fields[2]
    return kind


def require_local(path: Path, mounts: Path = Path("/proc/mounts")) -> None:
    """Raise `NotLocal` when `path` lies on a network file system."""
    try:
        text = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    # No `Path.resolve`: links in a circle are told by whoever opens the store.
    kind = file_system(Path(os.path.realpath(path)), text)
    if kind in NETWORK:
        raise NotLocal(
            _(
                "The store {store} is on a network file system ({kind}), where several programs "
                "would damage it: choose a directory on a local disk."
            ).format(store=path, kind=kind)
        )
