"""Files that visitors upload: they stay with the relay until the engine fetches them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from config.i18n import _
from connectors.contract import File, Remote
from connectors.webchat.reading import values

MOST = 50
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Uploaded:
    id: str
    file: File


def read_files(value: object) -> list[Uploaded]:
    """Every one of them; one that cannot be asked for says so."""
    found = []
    for each in values.objects(value)[:MOST]:
        number = values.string(each.get("id"))
        refusal = ""
        if not _ID.fullmatch(number):
            refusal = _("The relay gave no way to get this file.")
        name = file_name(each.get("name"))
        size = values.whole(each.get("size"))
        kind = values.string(each.get("type")).lower().partition(";")[0].strip()
        sha256 = values.string(each.get("sha256"))
        reference: dict[str, object] = {"id": number, "name": name, "unique": number}
        if size is not None:
            reference["size"] = size
        if _SHA256.fullmatch(sha256):
            reference["sha256"] = sha256
        found.append(
            Uploaded(
                number,
                File(
                    name,
                    kind if _TYPE.fullmatch(kind) else "application/octet-stream",
                    Remote(json.dumps(reference), size, refusal),
                ),
            )
        )
    return found


def file_name(value: object) -> str:
    """A name without a directory and without what is no letter, digit or sign."""
    name = values.string(value).replace("\\", "/").rpartition("/")[2]
    name = " ".join("".join(c for c in name if c.isprintable()).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > 150 and dot and len(ending) <= 12:
        return f"{stem[:130]}.{ending}"
    return name[:150] or "file"
