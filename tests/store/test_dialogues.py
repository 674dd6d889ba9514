"""What people wrote to shops and hotels, in English and Russian: all of it can be found."""

from __future__ import annotations

import csv
import re
from collections import defaultdict

import pytest

from store import messages, search
from store.database import transaction
from store.model import Message
from tests.corpora import corpora, hold
from tests.store.conftest import Shop

WORD = re.compile(r"[^\W_]+")
COMMON = 300


def _utterances() -> list[str]:
    found: list[str] = []
    for path in sorted(corpora("dialogues").glob("bitext*/data/*/*.csv")):
        with path.open(encoding="utf-8", newline="") as table:
            found += (row["utterance"] for row in csv.DictReader(table))
    for path in sorted(corpora("dialogues").glob("*MultiWOZ/interim/*/russian/dev_*.txt")):
        found += path.read_text("utf-8").splitlines()
    return [text for text in dict.fromkeys(map(str.strip, found)) if WORD.search(text)]


@pytest.mark.corpus
@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.slow)])
def test_every_utterance_is_found_by_its_rarest_word(shop: Shop, every: int) -> None:
    conversation = shop.conversation()
    with transaction(shop.db):
        new = [shop.new(conversation, text) for text in _utterances()[::every]]
        made = messages.insert_many(shop.db, new)
    having: dict[str, list[Message]] = defaultdict(list)
    for message in made:
        for word in set(WORD.findall(message.text.lower())):
            having[word].append(message)
    rarest: dict[str, list[Message]] = defaultdict(list)
    for message in made:
        words = set(WORD.findall(message.text.lower()))
        rarest[min(words, key=lambda word: (len(having[word]), word))].append(message)
    found: dict[str, bool] = {}
    for word, ours in rarest.items():
        if len(having[word]) <= COMMON:
            hits = {hit.message_id for hit in search.search(shop.db, word, limit=COMMON * 10)}
            found |= {message.text: message.id in hits for message in having[word]}
        else:  # one by one: it must be the newest up to its place
            for message in ours:
                hit = search.search(shop.db, word, limit=1, before=message.position + 1)
                found[message.text] = [one.message_id for one in hit] == [message.id]
    hold(found, 1.0)
    assert len(found) > 20_000 / every
