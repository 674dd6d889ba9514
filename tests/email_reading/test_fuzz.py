"""100,000 mutated mails through what `inspect` does: no failure, no hang, flat memory."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.corpora import mails
from tests.email_reading.mutations import LIMIT, SEED, mutant, work

MUTANTS = int(os.environ.get("OMNITUI_MUTANTS", "100000"))
WORKERS = 2
WARM = 2_000
"""Mutants after which the caches are full."""
GROWTH = 40 << 20
"""Bytes that a worker may grow by after that: fragmentation, not what a leak would make of
tens of thousands of mails."""

pytestmark = pytest.mark.corpus


def test_a_mutant_is_always_the_same() -> None:
    sources = mails()
    assert mutant(7, sources) == mutant(7, sources)
    assert len({mutant(number, sources) for number in range(50)}) > 45


def test_a_few_mutants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work(10**9, 10**9 + 150, tmp_path)
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert found
    assert [each for each in found if "problem" in each] == []


@pytest.mark.slow
@pytest.mark.timeout(3_000)
async def test_mutated_mails(tmp_path_factory: pytest.TempPathFactory) -> None:
    kept = tmp_path_factory.mktemp("mutants")
    share = MUTANTS // WORKERS
    print(f"seed {SEED}, {MUTANTS} mutants; those that fail are kept in {kept}")
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_worker(at * share, (at + 1) * share, kept), name=f"fuzz {at}")
            for at in range(WORKERS)
        ]
    problems: list[dict[str, Any]] = []
    for task in tasks:
        lines = task.result()
        problems += [line for line in lines if "problem" in line]
        sizes = [line for line in lines if "rss" in line]
        warm = next((line["rss"] for line in sizes if (line["number"] + 1) % share >= WARM), 0)
        end = sizes[-1]["rss"]
        print(
            f"RSS after {WARM} mails {warm >> 20} MiB, at the end {end >> 20} MiB; "
            f"slowest mail {sizes[-1]['worst']:.2f} s of {LIMIT:.0f}"
        )
        assert end - (warm or end) < GROWTH
    assert problems == []


async def _worker(first: int, last: int, kept: Path) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.email_reading.mutations", str(first), str(last), str(kept),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    return [json.loads(line) for line in out.splitlines()]
