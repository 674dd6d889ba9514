"""`omnitui articles [QUERY]`: the knowledge base, and the files in it that are no articles."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from config.i18n import _
from omnitui.cli.access import config_of
from omnitui.cli.output import emit_list, table, wants_json
from omnitui.cli.parser import add_json
from omnitui.desk.knowledge.articles import directories
from omnitui.desk.knowledge.shelf import Found, shelf


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "query", nargs="*", metavar="QUERY", help=_("words that they hold, the best first")
    )
    parser.add_argument("--language", default="", metavar="L", help=_("titles in this language"))
    parser.add_argument("--channel", default="", metavar="C", help=_("those fit for this channel"))
    parser.add_argument(
        "--limit", type=int, default=0, metavar="N", help=_("at most so many; usually all")
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    kept = shelf(directories(config_of(args)))
    kept.refresh()
    found = kept.search(
        " ".join(args.query),
        [args.language] if args.language else (),
        args.channel,
        limit=args.limit if args.limit > 0 else sys.maxsize,
    )
    if wants_json(args):
        emit_list(args, map(_json, found))
    else:
        table(
            [one.article.name, one.variant.title, ",".join(one.article.variants), one.variant.url]
            for one in found
        )
    for problem in kept.problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if kept.problems else 0


def _json(found: Found) -> dict[str, Any]:
    article = found.article
    return {
        "name": article.name,
        "title": found.variant.title,
        "tags": list(article.tags),
        "channels": list(article.channels),
        "url": found.variant.url or None,
        "text": found.variant.text(),
        "variants": {
            language: {"title": one.title, "url": one.url or None, "body": one.body}
            for language, one in article.variants.items()
        },
    }
