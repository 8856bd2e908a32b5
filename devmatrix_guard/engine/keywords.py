"""Tell from a file's bytes which rules can match in it at all, for all rules at once.

Every rule has alternatives; one of them must have all its tokens in the file. The index maps the
rarest token of each alternative to the rules that wait for it. Imports nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Alternative = tuple[bytes, ...]
    Anchors = tuple[Alternative, ...]
    Index = tuple[dict[bytes, list[tuple[int, Alternative]]], list[int]]

# Written out: a loop over all bytes is slow where most hooks do no more than start.
_WORD = b"%48b0123456789%7bABCDEFGHIJKLMNOPQRSTUVWXYZ%4b_ abcdefghijklmnopqrstuvwxyz%5b%b" % (
    b"", b"", b"", b"", bytes(range(0x80, 0x100)),
)  # fmt: skip


def find_words(data: bytes) -> set[bytes]:
    """Return every word of the bytes: identifiers, keywords, numbers, words in strings."""
    return set(list_words(data))


def list_words(data: bytes) -> list[bytes]:
    """Return the same in the order they stand."""
    return data.translate(_WORD).split()


def space_words(data: bytes) -> bytes:
    """Return the bytes with a blank for each that is part of no word, and one at either end."""
    return b" %b " % data.translate(_WORD)


def build_index(anchors: Sequence[Anchors | None]) -> Index:
    """Return the inverted index over the anchors of all rules.

    None, or an alternative without tokens, means that a rule has to be tried on every file.
    """
    counts: dict[bytes, int] = {}
    for alternatives in anchors:
        for alternative in alternatives or ():
            for token in alternative:
                counts[token] = counts.get(token, 0) + 1
    waiting: dict[bytes, list[tuple[int, Alternative]]] = {}
    always: list[int] = []
    for number, alternatives in enumerate(anchors):
        if alternatives is None or () in alternatives:
            always.append(number)
            continue
        for alternative in alternatives:
            rarest = min(
                alternative, key=lambda token: (_rank_commonness(token), counts[token], token)
            )
            rest = tuple(token for token in alternative if token != rarest)
            waiting.setdefault(rarest, []).append((number, rest))
    return waiting, always


def find_candidates(index: Any, words: set[bytes]) -> list[int]:
    """Return the numbers of the rules whose tokens are all among the words, in order."""
    waiting, always = index
    found = set(always)
    for token in waiting.keys() & words:
        for number, rest in waiting[token]:
            if all(other in words for other in rest):
                found.add(number)
    return sorted(found)


def _rank_commonness(token: bytes) -> int:
    """Rank words that stand in nearly every file last."""
    common = (b"self", b"def", b"None", b"import", b"return", b"if", b"for", b"in", b"class", b"as")
    return 2 if token in common else 1 if len(token) < 4 else 0
