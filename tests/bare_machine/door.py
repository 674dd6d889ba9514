"""A port of another network's loopback that leads to the same port of this machine's."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import threading
from pathlib import Path

CLONE_NEWNET = 0x40000000
"""setns(2): the handle is one of a network namespace."""


class Door:
    def __init__(self, namespace: Path, port: int) -> None:
        self._port = port
        self._listener = _socket_in(namespace, port)
        self._open = True
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def close(self) -> None:
        """Nobody comes in any more; who is in may stay until one of the two ends hangs up."""
        self._open = False
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits there
        self._keeper.join(5)
        self._listener.close()

    def _keep(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=_lead, args=(client, self._port), daemon=True).start()


def _lead(client: socket.socket, port: int) -> None:
    with (
        client,
        contextlib.suppress(OSError),
        socket.create_connection(("127.0.0.1", port)) as server,
    ):
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def _socket_in(namespace: Path, port: int) -> socket.socket:
    """A socket stays in the network that it was made in."""
    made: list[socket.socket] = []

    def make() -> None:
        handle = os.open(namespace, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(handle, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.create_server(("127.0.0.1", port)))
        finally:
            os.close(handle)

    # Of this thread alone: the rest of the program stays where it is.
    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]
