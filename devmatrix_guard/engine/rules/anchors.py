"""Work out which words must stand in a file before a rule can match there.

Only words that appear in the file under any spelling count: names, keywords, and the parts of
dotted names, which an import has to spell out. String contents and numbers do not count, because
constants are propagated.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable
from typing import Any

Tree = tuple[Any, ...]
Words = frozenset[str]
Anchors = tuple[tuple[bytes, ...], ...]
WordsOf = Callable[[Any], set[str]]
_MAX_ALTERNATIVES = 64
_NO_ROOT = ""
_NOTHING: frozenset[Words] = frozenset({frozenset()})
_KEYWORDS = {
    "if": "if", "while": "while", "for": "for", "with": "with", "try": "try",
    "raise": "raise", "raisefrom": "raise", "reraise": "raise", "assert": "assert", "del": "del",
    "pass": "pass", "break": "break", "continue": "continue", "def": "def", "class": "class",
    "import": "import", "from": "import", "importall": "from", "async": "async",
    "lambda": "lambda", "yield": "yield", "yieldfrom": "yield", "await": "await", "cond": "else",
}  # fmt: skip
_WITH_BODIES = ("def", "class", "if", "while", "for", "with", "try", "async")
_WORD_OPERATORS = {"and", "or", "not", "in", "is", "is not", "not in"}


def find_anchors(leaves: Any, formula: Tree) -> Anchors | None:
    """Return the alternatives of words a file must hold, None when the rule goes anywhere."""
    return _build_anchors(_collect_from_formula(leaves, formula, find_words, _NO_ROOT))


def find_near_anchors(leaves: Any, formula: Tree) -> Anchors | None:
    """Return the same for the top-level statements that hold the match.

    An import may stand elsewhere, so of a dotted name only the last part counts; a sequence may
    reach over several top-level statements and says nothing.
    """
    return _build_anchors(_collect_from_formula(leaves, formula, find_near_words, "Ss"))


def _build_anchors(alternatives: frozenset[Words]) -> Anchors | None:
    if len(alternatives) > _MAX_ALTERNATIVES or frozenset() in alternatives:
        return None
    smallest = {a for a in alternatives if not any(b < a for b in alternatives)}
    return tuple(sorted(tuple(sorted(w.encode() for w in a)) for a in smallest))


def _collect_from_formula(
    leaves: Any, formula: Tree, words: WordsOf, unbounded: str
) -> frozenset[Words]:
    kind = formula[0]
    if kind == "leaf":
        leaf = leaves[formula[1]]
        if leaf[0] in ("regex", unbounded):
            return _NOTHING
        return frozenset({frozenset(words(leaf[1]))})
    if kind == "inside":
        return _collect_from_formula(leaves, formula[1], words, unbounded)
    if kind == "or":
        parts = [_collect_from_formula(leaves, part, words, unbounded) for part in formula[1]]
        return frozenset(alternative for part in parts for alternative in part)
    found = _NOTHING
    for part in formula[1]:
        found = _multiply(found, _collect_from_formula(leaves, part, words, unbounded))
    for condition in formula[3]:
        if condition[0] == "pattern":
            inner_leaves, inner = condition[2]
            found = _multiply(found, _collect_from_formula(inner_leaves, inner, words, unbounded))
    return found


def _multiply(ones: frozenset[Words], others: frozenset[Words]) -> frozenset[Words]:
    if len(ones) * len(others) > _MAX_ALTERNATIVES:
        return ones if len(ones) <= len(others) else others
    return frozenset(one | other for one in ones for other in others)


def find_words(tree: Any) -> set[str]:
    """Return the words a file must hold for a pattern to match in it."""
    return _collect_words(tree, near=False)


def find_near_words(tree: Any) -> set[str]:
    """Return the words that must stand in the matched code itself."""
    return _collect_words(tree, near=True)


def find_inner_words(tree: Any) -> tuple[bytes, ...]:
    """Return the names that must stand in a statement which holds a body, for it to match.

    Keywords are left out, since an `elif` is an `if`.
    """
    if tree[0] not in _WITH_BODIES:
        return ()
    return tuple(sorted(w.encode() for w in find_near_words(tree) if not keyword.iskeyword(w)))


def _collect_words(tree: Any, *, near: bool) -> set[str]:
    if not isinstance(tree, tuple) or not tree:
        return set()
    kind = tree[0]
    if isinstance(kind, tuple):
        return _collect_all(tree, near=near)
    if kind in ("lit", "enc", "text", "manytext", "mv", "any", "dots", "many", "outer", "typed"):
        return {"None"} if tree[:2] == ("lit", "none") and not near else set()
    found = {_KEYWORDS[kind]} if kind in _KEYWORDS else set()
    if kind == "name" or kind == "self":
        found.add(tree[1])
    elif kind == "op":
        if tree[1] in _WORD_OPERATORS:
            found.update(tree[1].split())
        return found | _collect_all(tree[2], near=near)
    elif kind == "for" and len(tree) == 3:
        found = {"for"}
    elif kind in ("import", "from", "importall"):
        return found | _import_words(tree)
    elif kind in ("catch", "catchany", "bare"):
        found.add("except")
    elif kind == "attr" and near:
        return _collect_named(tree) | _collect_words(_find_base(tree), near=near)
    return found | _collect_named(tree) | _collect_all(tree[1:], near=near)


def _find_base(tree: Tree) -> Tree:
    """Return what a dotted name hangs on, nothing if that is a name."""
    while tree[0] == "attr":
        tree = tree[1]
    return () if tree[0] == "name" else tree


def _collect_all(trees: Any, *, near: bool) -> set[str]:
    return {word for tree in trees for word in _collect_words(tree, near=near)}


def _collect_named(tree: Tree) -> set[str]:
    """The names a pattern spells out beside its sub-patterns."""
    position = {"attr": 2, "def": 2, "class": 2, "kw": 1, "vardef": 1, "param": 1}.get(tree[0])
    if tree[0] == "catch":
        position = 2
    if position is None or not isinstance(tree[position], str) or tree[position][:1] == "$":
        return set()
    return {tree[position]}


def _import_words(tree: Tree) -> set[str]:
    parts = list(tree[1])
    if tree[0] == "from":
        parts += [name for name, _ in tree[2]]
    return {part for part in parts if part and part[0] not in "$."}
