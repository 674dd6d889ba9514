#!/usr/bin/env python3
"""Words of the draft that a dictionary does not know, by hunspell."""

import json
import subprocess
import sys

DICTIONARIES = {"en": "en_US", "uk": "uk_UA", "ru": "ru_RU", "pl": "pl_PL", "de": "de_DE"}

given = json.load(sys.stdin)
language = DICTIONARIES.get(sys.argv[1][:2], "en_US")
done = subprocess.run(
    ["hunspell", "-l", "-d", language], input=given["draft"], text=True, capture_output=True,
    check=False,
)  # fmt: skip
if done.returncode:
    sys.exit(done.stderr.strip() or "hunspell failed")
words = sorted(set(done.stdout.split()))
print("\n".join(words) if words else "No word is wrong.")
