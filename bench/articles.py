"""The knowledge base: 10,000 articles searched as somebody types, against grep over the files.

Words come as often as in real texts (Zipf's law). The peer only says which files have the words;
ours also takes other forms of them, and has the best first.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from pathlib import Path

from bench.pairs import Pair, interleave, quantile
from bench.report import Report, Sizes
from omnitui.desk.knowledge.shelf import Shelf

ARTICLES, QUICK_ARTICLES = 10_000, 500
WORDS = 300
"""Of each article."""
QUERIES = 300


def run(report: Report, sizes: Sizes) -> None:
    count = ARTICLES if sizes.messages > 100_000 else QUICK_ARTICLES
    report.title(f"knowledge base: {count:,} articles of {WORDS} words")
    chance = random.Random(7)  # noqa: S311 - the same articles every time
    vocabulary = _vocabulary(chance)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, count, chance, vocabulary)
        shelf = Shelf([folder])
        started = time.perf_counter()
        shelf.refresh()
        report.say(f"read and indexed in {time.perf_counter() - started:.1f} s, once, beside keys")
        started = time.perf_counter()
        shelf.refresh()
        report.say(f"looked for changed files in {(time.perf_counter() - started) * 1000:.0f} ms")
        took = [_search(shelf, _typed(chance, vocabulary)) for _turn in range(QUERIES)]
        report.say(
            f"search: p50 {quantile(took, 0.5):.1f}, p99 {quantile(took, 0.99):.1f} ms;"
            " to reach: p99 < 50"
        )
        took = [
            _search(shelf, " ".join(_words(chance, vocabulary, 80)), about=True)
            for _turn in range(QUERIES // 4)
        ]
        report.say(
            f"what a message is about: p50 {quantile(took, 0.5):.1f},"
            f" p99 {quantile(took, 0.99):.1f} ms"
        )

        def ours() -> float:
            return sum(_search(shelf, word) for word in vocabulary[100:140:4]) / 10

        def grep() -> float:
            started = time.perf_counter()
            for word in vocabulary[100:140:4]:
                subprocess.run(["grep", "-rilw", word, name], check=False, capture_output=True)
            return (time.perf_counter() - started) * 100

        found, peer = interleave(sizes.rounds, ours, grep)
        report.pair(Pair("one word", "ms", found, "grep -rilw", peer))


def _search(shelf: Shelf, query: str, *, about: bool = False) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    shelf.search(query, ["en"], how="about" if about else "typed")
    return (time.perf_counter() - started) * 1000


def _vocabulary(chance: random.Random) -> list[str]:
    def syllable() -> str:
        return chance.choice("bcdfgklmnprstvz") + chance.choice("aeiou")

    words = ("".join(syllable() for _ in range(chance.randint(1, 5))) for _ in range(20_000))
    return list(dict.fromkeys(words))


def _words(chance: random.Random, vocabulary: list[str], count: int) -> list[str]:
    weights = [1 / (rank + 1) for rank in range(len(vocabulary))]
    return chance.choices(vocabulary, weights, k=count)


def _typed(chance: random.Random, vocabulary: list[str]) -> str:
    """One to four words, the last of them maybe not finished."""
    query = " ".join(_words(chance, vocabulary, chance.randint(1, 4)))
    return query[: chance.randint(1, len(query))]


def _write(folder: Path, count: int, chance: random.Random, vocabulary: list[str]) -> None:
    words = _words(chance, vocabulary, count * WORDS)
    for number in range(count):
        mine = words[number * WORDS : (number + 1) * WORDS]
        part = folder / f"part-{number % 50}"
        part.mkdir(exist_ok=True)
        half = WORDS // 2
        text = (
            f"---\ntitle: {' '.join(mine[:4])}\ntags: [{mine[5]}]\n---\n# {mine[6]}\n\n"
            f"{' '.join(mine[:half])}\n\n## {mine[7]} {mine[8]}\n\n{' '.join(mine[half:])}\n"
        )
        (part / f"article-{number}.md").write_text(text)
