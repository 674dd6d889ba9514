"""`omnitui templates [QUERY]`: the canned answers there are, and the files that are none."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from config.i18n import _
from omnitui.cli.access import config_of
from omnitui.cli.output import emit_list, table, wants_json
from omnitui.cli.parser import add_json
from omnitui.desk.templates import Template, directories, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", nargs="*", metavar="QUERY", help=_("words of name, title or tags"))
    parser.add_argument("--language", default="", metavar="L", help=_("titles in this language"))
    parser.add_argument("--channel", default="", metavar="C", help=_("those fit for this channel"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    found = load(directories(config_of(args)))
    query = " ".join(args.query)
    if query or args.channel:
        chosen = [match.template for match in found.search(query, args.language, args.channel)]
    else:
        chosen = found.all
    if wants_json(args):
        emit_list(args, map(_json, chosen))
    else:
        table(
            [one.name, one.title_in(args.language), ",".join(one.variants), ",".join(one.tags)]
            for one in chosen
        )
    for problem in found.problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if found.problems else 0


def _json(template: Template) -> dict[str, Any]:
    return {
        "name": template.name,
        "title": template.title,
        "titles": dict(template.titles),
        "tags": list(template.tags),
        "channels": list(template.channels),
        "variants": dict(template.variants),
    }
