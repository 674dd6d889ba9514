"""Reads one picture from stdin and writes it small and plain: a program of its own.

`python -I reading.py COLUMNS ROWS` writes `WIDTH HEIGHT` and RGB bytes, at most COLUMNS × ROWS
pixels. What strangers send may be made to break or to choke a reader of pictures: nothing but this
process, with little memory and time and no files, has to do with it. It imports nothing of ours.
"""

from __future__ import annotations

import resource
import sys
import warnings

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


def main() -> int:
    from PIL import Image, ImageOps

    columns, rows = (int(value) for value in sys.argv[1:3])
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = PIXELS
    with Image.open(sys.stdin.buffer, formats=FORMATS) as found:
        if found.width * found.height > PIXELS:
            return 3
        found.draft("RGB", (columns * 2, rows * 2))  # JPEG: unpack no more than is shown
        small = ImageOps.exif_transpose(found).convert("RGBA")
        small.thumbnail((columns, rows))
        flat = Image.new("RGB", small.size, BACKGROUND)
        flat.paste(small, mask=small.getchannel("A"))
        sys.stdout.buffer.write(f"{flat.width} {flat.height}\n".encode() + flat.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
