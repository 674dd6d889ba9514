"""Templates that are made on the screen: a reply's text with its names as variables, in a file.

They are written where the agent may write: the desk's own folder, else the agent's.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from config.i18n import _
from config.model import Config
from omnitui.desk.command import CommandError
from omnitui.desk.front_matter import DEFAULT_LANGUAGE, Problem, Unreadable, read, written
from omnitui.desk.template_text import mistakes
from omnitui.desk.templates import KEYS, LARGEST, Template

LONGEST_NAME = 60
LEAST = 3
"""Letters of a detail of the card that is looked for: shorter ones stand in other words' places."""
_DETAIL = "customer.fields."


def proposed(text: str, values: Mapping[str, Any]) -> str:
    """A reply as a template's text: names of the customer and the agent, and details of the card,
    become variables. `values` as of `template_text.variables`."""
    text = re.sub(r"\{([%#])", r"{{ '{\1' }}", text)
    names = dict(sorted(_nameable(values), key=lambda one: -len(one[0])))
    if not names:
        return text
    found = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)")
    return found.sub(lambda match: f"{{{{ {names[match[0]]} }}}}", text)


def _nameable(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What stands in a text → the variable it may be; of the same words the last one counts."""
    customer = values.get("customer", {})
    for key, value in dict(customer.get("fields", {})).items():
        if re.fullmatch(r"\w+", key) and len(str(value)) >= LEAST:
            yield str(value), f"{_DETAIL}{key}"
    agent = values.get("agent", {})
    for group, table, keys in (
        ("agent", agent, ("first_name", "name")),
        ("customer", customer, ("company", "first_name", "name")),
    ):
        for key in keys:
            value = str(table.get(key) or "").strip()
            if len(value) > 1 and not (key == "name" and value == table.get("first_name")):
                yield value, f"{group}.{key}"


def name_of(title: str) -> str:
    """A file's name for a title: its words, joined. Raises `CommandError` when it has none."""
    name = "-".join(re.findall(r"\w+", title.casefold()))[:LONGEST_NAME].strip("-_")
    if not name:
        raise CommandError(_("A template needs a name of letters, such as refund-approved."))
    return name


def writable_folder(config: Config) -> Path:
    """Where this agent may put templates. Raises `CommandError` when nowhere."""
    for folder in (config.home.templates, config.home.own_templates):
        existing = next(p for p in (folder, *folder.parents) if p.exists())
        if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
            return folder
    raise CommandError(
        _("You may not write in {folder}: ask who looks after the desk.").format(
            folder=config.home.templates
        )
    )


def path_for(config: Config, name: str, language: str) -> Path:
    """The file of a template's variant. Raises `CommandError`."""
    if name != name_of(name) and not re.fullmatch(r"[\w-]+", name):
        raise CommandError(_("“{name}” cannot be a template's name.").format(name=name))
    middle = "" if language in ("", DEFAULT_LANGUAGE) else f".{language}"
    if middle and not re.fullmatch(r"\.[a-z]{2,3}(-[a-z]{2,4})?", middle):
        raise CommandError(_("“{code}” is no language, such as uk.").format(code=language))
    return writable_folder(config) / f"{name}{middle}.md"


def text_of(title: str, body: str) -> str:
    """A new file's text; its language is told by its name."""
    return written({"title": title[:1].upper() + title[1:]}, body)


def contents(path: Path) -> str | None:
    """What a file holds; None when there is none. Raises `CommandError`."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(_cannot(path, error)) from error


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all; colleagues may read it. Raises `CommandError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with part.open("x", encoding="utf-8") as file:
                file.write(text if text.endswith("\n") else text + "\n")
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CommandError(_cannot(path, error)) from error


def remove(path: Path) -> None:
    """Raises `CommandError`."""
    try:
        path.unlink()
    except OSError as error:
        raise CommandError(_cannot(path, error)) from error


def wrong_with(path: Path) -> Problem | None:
    """What is wrong with a template's file, the first thing."""
    try:
        file = read(path, KEYS, LARGEST, _("a template"))
        file.words("tags")
        file.words("channels")
    except Unreadable as error:
        return Problem(path, error.line, str(error))
    one = {file.language: file.body}
    lines, paths = {file.language: file.body_line}, {file.language: path}
    template = Template(file.name, file.title, (), (), one, paths=paths, lines=lines)
    return next(mistakes(template), None)


def _cannot(path: Path, error: Exception) -> str:
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _("{path}: {why}.").format(path=path, why=why)
