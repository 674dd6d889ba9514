"""Reads one picture from stdin and writes it small and plain: a program of its own.

`python -I reading.py FORM WIDTH HEIGHT COLOURS` writes `WIDTH HEIGHT` and the picture in at most
that many pixels: as RGB bytes, as a PNG, or as sixels (DEC STD 070 §8) of so many colours. What
strangers send may be made to break or to choke a reader of pictures: nothing but this process, with
little memory and time and no files, has to do with it. What goes to a terminal is made anew, by
a process that never saw the file, from the pixels that the one that did hands over. It imports
nothing of ours.
"""

from __future__ import annotations

import os
import re
import resource
import sys
import warnings
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

MEMORY = 768 << 20
"""Bytes of address space."""
SECONDS = 10
"""Of processor time."""
PIXELS = 60_000_000
"""A picture larger than that is refused before it is unpacked."""
LARGEST = 64 << 20
"""Bytes of a file."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
BACKGROUND = (40, 40, 40)
"""Behind what is transparent: neither black nor white drawings vanish on it."""
BAND = 6
"""Lines of pixels in one sixel."""
SMALL = 200
"""Pixels a side, in which the colours are looked for: they are nearly those of the whole."""


def main() -> int:
    from PIL import Image

    form = sys.argv[1]
    width, height, colours = (int(value) for value in sys.argv[2:5])
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = PIXELS
    Image.preinit()
    if form == "rgb":
        return _unpack(sys.stdout.buffer, width, height)
    source, target = os.pipe()
    reader = os.fork()
    if not reader:
        os.close(source)
        with os.fdopen(target, "wb") as pixels:
            status = _unpack(pixels, width, height)
        os._exit(status)
    os.close(target)
    os.close(0)
    with os.fdopen(source, "rb") as pixels:
        head = pixels.readline(40).split()
        rgb = pixels.read(3 * width * height + 1)
    _pid, status = os.waitpid(reader, 0)
    if status or len(head) != 2:
        return 3
    size = int(head[0]), int(head[1])
    if not (0 < size[0] <= width and 0 < size[1] <= height and len(rgb) == 3 * size[0] * size[1]):
        return 3
    picture = Image.frombytes("RGB", size, rgb)
    sys.stdout.buffer.write(f"{size[0]} {size[1]}\n".encode())
    if form == "png":
        picture.save(sys.stdout.buffer, "PNG")
    else:
        sys.stdout.buffer.write(sixels(picture, colours))
    return 0


def _unpack(out: BinaryIO, width: int, height: int) -> int:
    """The stranger's bytes become pixels."""
    from PIL import Image, ImageOps

    with Image.open(sys.stdin.buffer, formats=FORMATS) as found:
        if found.width * found.height > PIXELS:
            return 3
        found.draft("RGB", (width * 2, height * 2))  # JPEG: unpack no more than is shown
        small = ImageOps.exif_transpose(found).convert("RGBA")
        small.thumbnail((width, height))
        flat = Image.new("RGB", small.size, BACKGROUND)
        flat.paste(small, mask=small.getchannel("A"))
        out.write(f"{flat.width} {flat.height}\n".encode() + flat.tobytes())
    return 0


def sixels(picture: PillowImage, colours: int) -> bytes:
    """The data of a sixel sequence: raster attributes, colours, and the bands of six lines."""
    from PIL import Image

    small = picture.copy()
    small.thumbnail((SMALL, SMALL))
    palette_of = small.quantize(colours, Image.Quantize.MEDIANCUT)
    paletted = picture.quantize(palette=palette_of, dither=Image.Dither.FLOYDSTEINBERG)
    width, height = paletted.size
    palette = paletted.getpalette() or []
    pixels = paletted.tobytes()
    out = [b'"1;1;%d;%d' % (width, height)]
    for number in sorted(set(pixels)):
        percents = (round(part / 2.55) for part in palette[3 * number : 3 * number + 3])
        out.append(b"#%d;2;%d;%d;%d" % (number, *percents))
    bands = [
        _band([pixels[y * width : (y + 1) * width] for y in range(top, min(top + BAND, height))])
        for top in range(0, height, BAND)
    ]
    return b"".join(out) + b"-".join(bands)


def _band(lines: list[bytes]) -> bytes:
    """Each colour of it, over the one before."""
    signs: dict[int, bytearray] = {}
    for x, column in enumerate(zip(*lines, strict=True)):
        bit = 1
        for colour in column:
            if colour not in signs:
                signs[colour] = bytearray(len(lines[0]))
            signs[colour][x] |= bit
            bit <<= 1
    return b"$".join(
        b"#%d" % colour + _REPEATED.sub(_repeat, bytes(cells).translate(_SIGNS).rstrip(b"?"))
        for colour, cells in signs.items()
    )


_SIGNS = bytes((63 + bits) % 256 for bits in range(256))
_REPEATED = re.compile(rb"(.)\1{3,}")


def _repeat(found: re.Match[bytes]) -> bytes:
    return b"!%d%b" % (len(found[0]), found[1])


if __name__ == "__main__":
    sys.exit(main())
