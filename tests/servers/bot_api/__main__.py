"""`python -m tests.servers.bot_api --port 8081`: the server in a process of its own. Its first
line of output is its URL; it ends with SIGTERM, with Ctrl-C, or with its standard input when
`--until-eof` is given."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from tests.servers.bot_api.server import TOKEN, BotApi


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.servers.bot_api")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--self-hosted", action="store_true")
    parser.add_argument("--until-eof", action="store_true")
    asked = parser.parse_args()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    with BotApi(asked.port, token=asked.token, self_hosted=asked.self_hosted) as server:
        print(server.url, flush=True)
        if asked.until_eof:
            sys.stdin.read()
        else:
            ended.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
