"""What the search index holds: text normalised so that every way of typing it is found.

Entries are written when the transaction ends, in the order of their row ids: FTS5 would
else write its whole buffer out at each step back in time. They commit with the rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

from store.driver import Connection

_FTS5_AUTOMERGE = 4
"""What it does where nothing is said."""

LIMIT = 500_000
"""Characters of one field that are indexed: more is machine output that nobody searches."""

# Facets are words of private-use letters, which no text keeps: see `fold`.
CHANNEL, ACCOUNT, DIRECTION, CUSTOMER, CONVERSATION, FILES = (
    "\ue000", "\ue001", "\ue002", "\ue003", "\ue004", "\ue005",
)  # fmt: skip

# Scripts written without spaces between words (Thai, Lao, Burmese, Khmer, CJK, Kana, and
# Hangul, whose particles hang on): one character a word, found as a phrase.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u2e80-\u2fdf\u3005-\u3007"
    "\u3021-\u3029\u3031-\u3035\u3041-\u30ff\u3131-\u318e\u31a0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_SINGLE = re.compile(f"([{_UNSPACED}])")
_APOSTROPHES = "'’ʼ‘`´′"
_IN_CYRILLIC = re.compile(f"[{_APOSTROPHES}](?<=[\u0400-\u052f].)(?=[\u0400-\u052f])")
# Private letters are for facets; a lone surrogate is no text.
_PRIVATE = re.compile("[\ud800-\uf8ff]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_STRESS = re.compile("[\u0300\u0301](?<=[\u0400-\u052f].)")
_RARE = re.compile(
    "[\u00ad\u0300\u0301\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\uf8ff\ufeffʹˈ]"
)

# Emoji are words, each alone and whatever its shade: letters of the private plane 15 stand for
# them, since the tokenizer takes symbols for gaps.
_EMOJI = re.compile(
    "([\u203c\u2049\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u25fe\u2600-\u27bf\u2934-\u2935"
    "\u2b05-\u2b55\U0001f000-\U0001f3fa\U0001f400-\U0001faff])"
    "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*"
)
# Where those and the scripts without spaces are: looked for first, since few texts have any.
_FAR = re.compile("[\u0e00-\u1fff\u203c-\U0003ffff]")
_LOW, _HIGH = 0xF0000, 0xF8000 - 0x1F000

Entry = tuple[int, str, str, str, str, str, str]
"""Position, subject, text, sender, recipients, files, facets."""


def fold(text: str) -> str:
    """Text as the index holds it and as a query is looked up.

    Compatibility forms and case are folded (NFKC, casefold; the tokenizer drops Latin
    diacritics), ё is е, stress marks, soft hyphens and invisible marks vanish, an
    apostrophe inside a Cyrillic word in any of its shapes vanishes, and characters of
    scripts without spaces stand alone.
    """
    if text.isascii():
        return text
    # Each step only where it has work: most text needs none of them.
    text = unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")
    if _RARE.search(text):
        text = _STRESS.sub("", _INVISIBLE.sub("", _PRIVATE.sub(" ", text)))
        text = text.replace("ʹ", "'").replace("ˈ", "'")
    if any(mark in text for mark in _APOSTROPHES):
        text = _IN_CYRILLIC.sub("", text).replace("ʼ", "'")
    if _FAR.search(text):
        text = _EMOJI.sub(_emoji_word, _SINGLE.sub(r" \1 ", text))
    return text


def _emoji_word(found: re.Match[str]) -> str:
    code = ord(found[1])
    return f" {chr(code + (_HIGH if code >= 0x1F000 else _LOW))} "


def emoji_of(word: str) -> str:
    """The emoji that a word of the index stands for; "" for other words."""
    if len(word) != 1 or ord(word) <= _LOW:
        return ""
    code = ord(word) - _HIGH
    return chr(code if code >= 0x1F000 else ord(word) - _LOW)


def facets(
    *,
    channel: str,
    account_id: int | None,
    direction: str,
    customer_id: int,
    conversation_id: int,
    files: bool,
) -> str:
    """The words that filters ask for."""
    words = (
        f"{CHANNEL}{channel_word(channel)} {DIRECTION}{direction} "
        f"{CUSTOMER}{customer_id} {CONVERSATION}{conversation_id}"
    )
    if account_id is not None:
        words += f" {ACCOUNT}{account_id}"
    return f"{words} {FILES}" if files else words


@lru_cache(64)
def channel_word(channel: str) -> str:
    """A channel's name as one word of the index."""
    return "".join(letter for letter in channel.lower() if letter.isalnum())


def owe(db: Connection, entry: Entry) -> None:
    """Index a message when the transaction ends."""
    db.unindexed.append(entry)


def owe_customer(db: Connection, customer_id: int) -> None:
    """Index a customer's names and addresses again when the transaction ends."""
    db.stale_customers.add(customer_id)


def drop(db: Connection, positions: Iterable[int]) -> None:
    """Take messages out of the index."""
    gone = set(positions)
    owed = {entry[0] for entry in db.unindexed} & gone
    if owed:
        db.unindexed = [entry for entry in db.unindexed if entry[0] not in owed]
    db.executemany(
        "DELETE FROM message_search WHERE rowid = ?", [(one,) for one in sorted(gone - owed)]
    )


@contextmanager
def merging_later(db: Connection) -> Iterator[None]:
    """Take many messages out without merging what is left of the index: FTS5 takes each that is
    taken out for a page written, and merges so many more, 1 to 2 ms a message in a large index.
    Part of the caller's transaction: what fails in it has to be rolled back."""
    row = db.execute("SELECT v FROM message_search_config WHERE k = 'automerge'").fetchone()
    db.execute("INSERT INTO message_search (message_search, rank) VALUES ('automerge', 0)")
    yield
    # It also writes out what was taken out so far, so that the commit does not merge for it.
    db.execute(
        "INSERT INTO message_search (message_search, rank) VALUES ('automerge', ?)",
        (row[0] if row else _FTS5_AUTOMERGE,),
    )


def mark(db: Connection) -> list[Entry]:
    """What is owed where a savepoint begins: what `forget` goes back to."""
    return list(db.unindexed)


def forget(db: Connection, owed: list[Entry] | None = None) -> None:
    """The work of the transaction, or of its savepoint, was undone."""
    db.unindexed = owed or []
    if owed is None:
        db.stale_customers.clear()


def flush(db: Connection) -> None:
    """Write what is owed. Part of the transaction that is about to end."""
    if db.unindexed:
        write(db, sorted(db.unindexed, key=lambda entry: entry[0]))
        db.unindexed.clear()
    if db.stale_customers:
        for customer_id in sorted(db.stale_customers):
            _write_customer(db, customer_id)
        db.stale_customers.clear()


def write(db: Connection, entries: Iterable[Entry]) -> None:
    """Index messages now, which should come in the order of their positions."""
    db.executemany(
        "INSERT INTO message_search (rowid, subject, text, sender, recipients, files, facets)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        _folded(entries),
    )


def _folded(entries: Iterable[Entry]) -> Iterator[Entry]:
    for position, subject, text, sender, recipients, files, words in entries:
        yield (
            position,
            fold(subject),
            fold(text[:LIMIT]),
            fold(sender),
            fold(recipients),
            fold(files),
            words,
        )


def _write_customer(db: Connection, customer_id: int) -> None:
    db.execute("DELETE FROM customer_search WHERE rowid = ?", (customer_id,))
    row = db.execute(
        "SELECT name, company FROM customers WHERE id = ? AND merged_into IS NULL"
        " AND erased_at IS NULL",
        (customer_id,),
    ).fetchone()
    if row is None:
        return
    known = db.execute(
        "SELECT address, name FROM identities WHERE customer_id = ? LIMIT 200", (customer_id,)
    ).fetchall()
    names = dict.fromkeys([row[0], *(name for _, name in known)])
    db.execute(
        "INSERT INTO customer_search (rowid, name, company, addresses) VALUES (?, ?, ?, ?)",
        (
            customer_id,
            fold(" ".join(filter(None, names))),
            fold(row[1]),
            fold(" ".join(address for address, _ in known)),
        ),
    )


def flush_if_writing(db: Connection) -> None:
    """Let a search inside a writing transaction see what the transaction wrote."""
    if db.in_transaction and (db.unindexed or db.stale_customers):
        flush(db)
