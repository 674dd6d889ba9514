"""Make and check the catalogs of `config.i18n`. For developers: `python -m config.catalogs`.

    update    read every text out of the sources into the .po files (new languages: name them)
    compile   write the .mo files that the program reads from the .po files
    all       both, the default
    check     exit 1 when a .po lacks texts, has wrong placeholders, or a .mo is out of date

The .mo files are kept in the repository, so that an editable install, a wheel and a checkout
all have them without a build step; `check` holds them current.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.i18n import DOMAIN, LOCALE

if TYPE_CHECKING:
    from babel.messages import Catalog, Message

ROOT = Path(__file__).parent.parent
PACKAGES = ("omnitui", "connectors", "store", "config")
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
COMMAND_COMMENT = "Help of a command. Keep words in CAPITALS and `quotes` as they are."
_ASKS = re.compile(rf"\b({'|'.join(KEYWORDS)})\b")
_FIELD = re.compile(r"\{(\w*)[^{}]*\}")


def extract(root: Path = ROOT) -> Catalog:
    """Every text of the sources, with the comments beginning `Translators:` above it."""
    from babel.messages.extract import extract_from_file

    template = _catalog()
    for package in PACKAGES:
        for source in sorted((root / package).rglob("*.py")):
            name, code = source.relative_to(root).as_posix(), source.read_text("utf-8")
            # Many have nothing of one or of the other: to read on would take seconds.
            asks, commands = bool(_ASKS.search(code)), "command(" in code
            nodes = list(ast.walk(ast.parse(code))) if asks or commands else []
            if asks:
                about = ("Translators:",)
                found = extract_from_file("python", source, KEYWORDS, comment_tags=about)
                for _line, text, notes, context in found:
                    # No line numbers: they would change every .po with every edit.
                    template.add(text, locations=[(name, 0)], auto_comments=notes, context=context)
                for text, context in within_f_strings(nodes):
                    template.add(text, locations=[(name, 0)], context=context)
            for text in command_helps(nodes) if commands else ():
                template.add(text, locations=[(name, 0)], auto_comments=[COMMAND_COMMENT])
    return template


def within_f_strings(nodes: Iterable[ast.AST]) -> Iterator[tuple[Any, str | None]]:
    """(text or its two forms, context) of calls inside f-strings, where Babel does not look."""
    for outer in nodes:
        if isinstance(outer, ast.JoinedStr):
            for node in ast.walk(outer):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    constants = [a.value for a in node.args if isinstance(a, ast.Constant)]
                    words = [text for text in constants if isinstance(text, str)]
                    match node.func.id:
                        case "_" if words:
                            yield words[0], None
                        case "pgettext" if len(words) > 1:
                            yield words[1], words[0]
                        case "ngettext" if len(words) > 1:
                            yield (words[0], words[1]), None


def command_helps(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The docstrings of commands (functions under `@….command("name")`), which are their help:
    the first line as shown in lists, and the whole where there is more."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = [d.func for d in node.decorator_list if isinstance(d, ast.Call)]
            named = [
                c.attr if isinstance(c, ast.Attribute) else getattr(c, "id", "") for c in calls
            ]
            text = ast.get_docstring(node)
            if text and "command" in named:
                summary = text.partition("\n")[0]
                yield summary
                if text != summary:
                    yield text


def po_file(language: str, locale: Path = LOCALE) -> Path:
    return locale / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def languages(locale: Path = LOCALE) -> list[str]:
    return sorted(po.parent.parent.name for po in locale.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def update(language: str, template: Catalog, locale: Path = LOCALE) -> Catalog:
    """Bring one .po up to date, keeping its translations; texts gone are kept as obsolete."""
    path = po_file(language, locale)
    catalog = _read(path, language) if path.exists() else _catalog(language)
    # Babel puts the template's own messages into the catalog: another language would get them.
    catalog.update(deepcopy(template), no_fuzzy_matching=True, update_creation_date=False)
    catalog.fuzzy = False
    # One that came back while its old translation was kept would stand in the file twice.
    for key, message in list(catalog.obsolete.items()):
        if catalog.get(message.id, message.context) is not None:
            del catalog.obsolete[key]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_po_bytes(catalog))
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """The .mo of a catalog, without what is not or not wholly translated: that stays English.

    A plural of which one form is missing would show nothing at all for some numbers.
    """
    from babel.messages.mofile import write_mo

    whole = _catalog(str(catalog.locale))
    whole.creation_date = whole.revision_date = catalog.creation_date
    for message in catalog:
        if message.id and _translated(message, catalog.num_plurals) and not any(_faults(message)):
            whole.add(message.id, message.string, context=message.context)
    buffer = io.BytesIO()
    write_mo(buffer, whole)
    return buffer.getvalue()


def compile_all(locale: Path = LOCALE) -> list[Path]:
    written = []
    for language in languages(locale):
        po = po_file(language, locale)
        mo = po.with_suffix(".mo")
        content = compiled(_read(po, language))
        if _texts(mo) != _texts(io.BytesIO(content)):
            mo.write_bytes(content)
        written.append(mo)
    return written


def check(template: Catalog, locale: Path = LOCALE) -> Iterator[str]:
    """What is wrong with the catalogs, one line each."""
    for language in languages(locale):
        po = po_file(language, locale)
        catalog = _read(po, language)
        for message in template:
            if not message.id:
                continue
            have = catalog.get(message.id, message.context)
            if have is None:
                yield f"{po}: {message.id!r} is missing; run the update"
            elif not _translated(have, catalog.num_plurals):
                yield f"{po}: {message.id!r} is not translated"
        for message in catalog:
            for fault in _faults(message) if message.id else ():
                yield f"{po}: {message.id!r} {fault}"
        mo = po.with_suffix(".mo")
        if _texts(mo) != _texts(io.BytesIO(compiled(catalog))):
            yield f"{mo}: out of date; run the compile"


def _catalog(language: str | None = None) -> Catalog:
    from babel.messages import Catalog

    return Catalog(
        locale=language,
        domain=DOMAIN,
        header_comment="# Translations of omnitui. MIT licence.",
        project="omnitui",
        charset="utf-8",
        fuzzy=False,
    )


def _texts(mo: Path | io.BytesIO) -> dict[object, object]:
    """What a .mo says, whichever version of Babel wrote it; empty when there is none."""
    from babel.messages.mofile import read_mo

    if isinstance(mo, Path):
        if not mo.exists():
            return {}
        mo = io.BytesIO(mo.read_bytes())
    catalog = read_mo(mo)
    texts: dict[object, object] = {
        (m.context, *_forms(m.id)): tuple(_forms(m.string)) for m in catalog if m.id
    }
    texts[""] = catalog.plural_expr
    return texts


def _read(path: Path, language: str) -> Catalog:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)


def _po_bytes(catalog: Catalog) -> bytes:
    from babel.messages.pofile import write_po

    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, sort_output=True, include_lineno=False)
    return buffer.getvalue()


def _translated(message: Message, plurals: int) -> bool:
    forms = _forms(message.string)
    wanted = plurals if isinstance(message.id, tuple | list) else 1
    return not message.fuzzy and len(forms) >= wanted and all(forms)


def _faults(message: Message) -> Iterator[str]:
    """Placeholders of a translation that the source text does not fill, and those it lost.

    A form may leave out what one of the source's forms leaves out: `a file`, `{n} files`.
    """
    sources = [set(_FIELD.findall(text)) for text in _forms(message.id)]
    known, needed = set.union(*sources), set.intersection(*sources)
    for text in _forms(message.string):
        fields = set(_FIELD.findall(text))
        if strange := fields - known:
            yield f"has a placeholder {{{min(strange)}}} that is not in the source"
        elif text and (lost := needed - fields):
            yield f"lacks the placeholder {{{min(lost)}}}"
        elif text and text.count("{") != text.count("}"):
            yield "has a brace that is not closed"


def _forms(text: object) -> list[str]:
    if isinstance(text, str):
        return [text]
    return [str(form or "") for form in text] if isinstance(text, tuple | list) else []


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m config.catalogs", description=__doc__)
    parser.add_argument(
        "what", nargs="?", default="all", choices=("update", "compile", "all", "check")
    )
    parser.add_argument("language", nargs="*", help="languages to begin, beside those there are")
    given = parser.parse_args(arguments)
    if given.what in ("update", "all"):
        template = extract()
        for language in sorted({*languages(), *given.language}):
            catalog = update(language, template)
            open_texts = sum(1 for m in catalog if m.id and not _translated(m, catalog.num_plurals))
            print(f"{language}: {len(catalog)} texts, {open_texts} to translate")
    if given.what in ("compile", "all"):
        for path in compile_all():
            print(path)
    if given.what != "check":
        return 0
    problems = list(check(extract()))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
