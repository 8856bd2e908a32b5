"""Tell by the text alone which names imports give, and which words stand on some lines."""

from __future__ import annotations

from devmatrix_guard.engine.keywords import find_words, list_words
from devmatrix_guard.engine.prefilter.lookalikes import normalise_identifier, reread_words
from devmatrix_guard.engine.tree.source import Source


def import_aliases(source: Source) -> dict[str, set[str]]:
    """Return which imported names a name may stand for, by a look at the text alone."""
    if source.aliases is None:
        source.aliases = _aliases_in(source.utf8)
    return source.aliases


def _aliases_in(data: bytes) -> dict[str, set[str]]:
    aliases: dict[str, set[str]] = {}
    if b" as " not in data:
        return aliases
    words = list_words(data)
    position = 0
    for _ in range(words.count(b"as")):
        position = words.index(b"as", position) + 1
        if 1 < position < len(words):
            original, alias = (
                normalise_identifier(words[position - 2]),
                normalise_identifier(words[position]),
            )
            aliases.setdefault(alias, set()).add(original)
    return aliases


def is_literal(source: Source) -> bool:
    """Whether every word of a file is read as it is written."""
    known = source.is_literal
    if known is None:
        known = source.is_literal = not reread_words(source.data)
    return known


def find_words_on(source: Source, first: int, last: int) -> set[bytes]:
    """Return the words on some lines of a literal file, and what its aliases among them mean."""
    found = source.words.get((first, last))
    if found is None:
        found = find_words(b"".join(source.lines[max(0, first - 1) : last]))
        for alias, originals in import_aliases(source).items():
            if alias.encode() in found:
                found.update(name.encode() for name in originals)
        source.words[first, last] = found
    return found
