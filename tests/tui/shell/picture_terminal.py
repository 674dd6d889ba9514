"""A terminal that answers what it can show, and a reader of what it was sent."""

from __future__ import annotations

import base64
import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from tests.tui.shell.terminal import Terminal

KITTY_QUESTION = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
COMMAND = re.compile(rb"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")
SIXEL = re.compile(rb"\x1bP0;1;0q([^\x1b]*)\x1b\\")
PLACEHOLDER = "\U0010eeee"


class PictureTerminal(Terminal):
    """Answers each question once it has been read; `answers` are question → answer."""

    def __init__(self, home: Path, answers: Mapping[bytes, bytes], **environ: str) -> None:
        self._answers = answers
        self._read = 0
        super().__init__(home, 80, 24, COLORTERM="truecolor", **environ)

    def _pump(self, seconds: float) -> None:
        super()._pump(seconds)
        new = bytes(self.raw[self._read :])
        found = sorted(
            (at.start(), at.end(), answer)
            for question, answer in self._answers.items()
            for at in re.finditer(re.escape(question), new)
        )
        for _start, _end, answer in found:
            os.write(self._fd, answer)
        if found:
            self._read += max(end for _start, end, _answer in found)


@dataclass
class Kitty:
    """What the terminal holds after the commands in `raw`. Fails on a malformed one."""

    pictures: dict[str, bytes] = field(default_factory=dict)
    placed: dict[str, dict[str, str]] = field(default_factory=dict)
    commands: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def after(cls, raw: bytes) -> Kitty:
        kitty = cls()
        rest, open_id = b"", ""
        assert raw.count(b"\x1b_") == len(COMMAND.findall(raw)), "something is no command"
        for head, data in COMMAND.findall(raw):
            keys = dict(pair.split("=") for pair in head.decode("ascii").split(","))
            kitty.commands.append(keys)
            assert len(data) <= 4096
            if open_id:
                assert set(keys) == {"q", "m"}
            if keys.get("a") == "q":
                continue
            assert keys["q"] == "2", "it would answer among the keys"
            if open_id or keys["a"] == "t":
                if not open_id:
                    assert (keys["f"], keys["t"]) == ("100", "d")
                    open_id = keys["i"]
                    rest = b""
                rest += base64.b64decode(data, validate=True)
                assert keys["m"] in "01"
                if keys["m"] == "0":
                    kitty.pictures[open_id], open_id = rest, ""
            elif keys["a"] == "p":
                assert keys["i"] in kitty.pictures
                kitty.placed[keys["i"]] = keys
            else:
                assert (keys["a"], keys["d"]) == ("d", "I")
                kitty.pictures.pop(keys["i"], None)
                kitty.placed.pop(keys["i"], None)
        assert not open_id, "cut off"
        return kitty

    def picture(self) -> Image.Image:
        """The one it holds."""
        (png,) = self.pictures.values()
        return Image.open(io.BytesIO(png))


def decode_sixels(data: bytes) -> Image.Image:
    """DEC STD 070 §8: what a terminal paints."""
    head = re.match(rb'"1;1;(\d+);(\d+)', data)
    assert head is not None
    picture = Image.new("RGB", (int(head[1]), int(head[2])), (1, 2, 3))
    colours: dict[int, tuple[int, ...]] = {}
    x = y = now = 0
    for token in re.findall(rb"#[\d;]+|![\d]+[?-~]|[$-]|[?-~]|.", data[head.end() :], re.DOTALL):
        first = token[:1]
        if first == b"#":
            now, *rest = (int(part) for part in token[1:].split(b";"))
            if rest:
                assert rest[0] == 2
                assert max(rest[1:]) <= 100
                colours[now] = tuple(round(part * 2.55) for part in rest[1:])
        elif first == b"$":
            x = 0
        elif first == b"-":
            x, y = 0, y + 6
        else:
            times = int(token[1:-1]) if first == b"!" else 1
            bits = token[-1] - 63
            assert 0 <= bits < 64, token
            for column in range(x, x + times):
                for line in range(6):
                    if bits >> line & 1:
                        picture.putpixel((column, y + line), colours[now])
            x += times
    return picture
