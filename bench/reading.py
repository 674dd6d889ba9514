"""Raw mail → what is shown, against the standard library taking the same mails apart.

The peer does less: it parses, walks the parts and decodes their texts (`policy.default`,
`get_content`). No quotes, no HTML as text, no bounces, no charsets that lie.
"""

from __future__ import annotations

import email
import email.policy
import json
import time
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from pathlib import Path

from bench.pairs import Pair, interleave
from bench.report import Report, Sizes
from connectors.email.inspect import inspect
from connectors.email.read import read_mail

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"
MAX_BYTES = 200_000
PLAIN = b"""\
From: Ann <ann@example.org>\r
To: support@acme.example\r
Subject: =?utf-8?B?0JfQsNC80L7QstC70LXQvdC90Y8=?= 12345\r
Date: Fri, 05 Jan 2024 10:00:00 +0200\r
Message-ID: <one@example.org>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
Hello,\r
\r
where is my order 12345? I have been waiting for two weeks =E2=80=93 really.\r
\r
Regards,\r
Ann\r
\r
On Fri, 5 Jan 2024 at 09:00, Support <support@acme.example> wrote:\r
> We have sent it.\r
> Bye\r
"""


def run(report: Report, sizes: Sizes) -> None:
    report.title("reading mail: microseconds of CPU a mail")
    _compare(report, sizes, "an ordinary mail", [PLAIN] * 300)
    found = _corpus()
    if not found:
        report.say("the mails of others are missing: set them beside the repository")
        return
    _compare(report, sizes, f"{len(found)} mails of others, broken ones too", found)


def _corpus() -> list[bytes]:
    paths = sorted(
        path
        for kind in ("mime", "bounces")
        for path in (CORPORA / kind).rglob("*")
        if path.suffix in (".eml", ".raw", ".msg") and path.stat().st_size <= MAX_BYTES
    )
    return [path.read_bytes() for path in paths]


def _compare(report: Report, sizes: Sizes, name: str, raws: Sequence[bytes]) -> None:
    ours, inspected, peer = interleave(
        sizes.rounds, _timed(read_mail, raws), _timed(_inspected, raws), _timed(_stdlib, raws)
    )
    for what, figures in (("read", ours), ("inspect", inspected)):
        report.pair(Pair(f"{name}, {what}", "µs", figures, "the standard library", peer))
    report.say(f"  {1e6 / min(ours):,.0f} mails/s read, {1e6 / min(peer):,.0f} by the peer")


def _timed(read: Callable[[bytes], object], raws: Sequence[bytes]) -> Callable[[], float]:
    def measure() -> float:
        started = time.process_time()
        for raw in raws:
            read(raw)
        return (time.process_time() - started) / len(raws) * 1e6

    return measure


def _inspected(raw: bytes) -> str:
    return json.dumps(inspect(raw), ensure_ascii=False)


def _stdlib(raw: bytes) -> list[str]:
    """Its own errors on broken mail are its result."""
    texts: list[str] = []
    try:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        for name in ("from", "to", "cc", "subject", "date", "message-id", "references"):
            texts.append(str(message[name]))
        for part in message.walk():
            if isinstance(part, EmailMessage) and not part.is_multipart():
                try:
                    texts.append(str(part.get_content()))
                except (LookupError, ValueError, KeyError):
                    texts.append("")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        texts.append(repr(error))
    return texts
