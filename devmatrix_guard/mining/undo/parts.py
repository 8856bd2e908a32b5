"""Describes statements by the parts that are hashed: Python's by their trees, others by tokens."""

from __future__ import annotations

import ast
import builtins
import re
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.undo.commuted import normalise
from devmatrix_guard.mining.undo.entries import Entry, cut_entries
from devmatrix_guard.mining.undo.tokens import KEYWORDS, decode, read_tokens
from devmatrix_guard.model.language import PYTHON

_KEPT_NAMES = frozenset(dir(builtins)) | {"self", "cls"}
_MAX_PARTS = 4000
_WINDOW = 4
_MOST_NESTED = 100
IMPORT_WEIGHT = 2  # of each name that is imported

# The key of an expression, and how many of those right before it in the list are within it.
Part = tuple[int, int]


class Parts(NamedTuple):
    """What is hashed of a piece of code: its parts in order, and which of them are local names.

    Of an entry of a large literal `own` is the text, `rows` are those it takes of its statement,
    and `owner` is the key of what it is an entry of.
    """

    words: list[str]
    local: list[int]
    weight: int
    inner: tuple[Part, ...] = ()
    own: bytes = b""
    rows: tuple[int, int] = (0, 0)
    owner: int = 0

    def hash_exact(self) -> int:
        """Return the key that keeps all names."""
        return hash_text("\x1f".join(self.words))

    def hash_loose(self) -> int:
        """Return the key in which local names are numbered in the order they come."""
        words = [word for word in self.words if not word.startswith("\x02")]
        if self.local:
            words = list(self.words)
            numbers: dict[str, str] = {}
            for place in self.local:
                words[place] = numbers.setdefault(words[place], f"\x03{len(numbers)}")
            words = [word for word in words if not word.startswith("\x02")]
        return hash_text("\x1f".join(words))


def hash_text(text: str) -> int:
    """Return a number that stands for a text, the same in every process."""
    data = text.encode("utf-8", "surrogatepass")
    return zlib.crc32(data) | (zlib.adler32(data) & 0xFFFFFF) << 32


# The two sides of a change, and one commit and the next, share most of their lines.
@lru_cache(maxsize=8_000)
def describe_python(text: bytes) -> list[Parts]:
    """Return the parts of each statement of a logical line; none for a docstring."""
    source = decode(text)
    nodes = parse_line(source)
    if nodes is None:
        return describe_tokens(text, PYTHON)
    found: list[Parts] = []
    for node in nodes:
        if isinstance(node, str):
            found.append(Parts([node], [], 1))
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found += _describe_import(node)
        elif not _is_docstring(node):
            head, entries = cut_entries(node)
            found.append(_describe_node(head))
            rows = source.encode("utf-8", "surrogatepass").split(b"\n") if entries else []
            found += [_describe_entry(entry, rows) for entry in entries]
    return found


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str | bytes)
    )


def parse_line(source: str) -> list[ast.AST | str] | None:
    """Return the statements of one logical line, heads bare; None if it cannot be read."""
    word = _read_first_word(source)
    if word in ("elif", "except", "case", "else", "finally", "try"):
        return _parse_branch(word, source)
    if source.startswith("@"):
        body = _parse(source + "\ndef _(): pass")
        return [*body[0].decorator_list] if body else None  # type: ignore[attr-defined]
    if word == "match" and (body := _parse(source + "\n case _: pass")):
        return [body[0].subject]  # type: ignore[attr-defined]
    if word in _COMPOUND:
        body = _parse(source + "\n pass")
        if body is None:
            body = _parse(source)
            return None if body is None else [*_open_blocks(body)]
        return [*body]
    body = _parse(source)
    return None if body is None else [*_open_blocks(body)]


_COMPOUND = ("if", "for", "while", "with", "def", "class", "async")


def _read_first_word(source: str) -> str:
    end = 0
    while end < len(source) and source[end].isalpha():
        end += 1
    return source[:end]


def _parse_arm(source: str, indent: str, field: str) -> list[ast.AST | str] | None:
    """Return one arm of a statement: its head alone, or with what stands behind its colon."""
    body = _parse(f"{source}\n{indent}pass")
    if body is not None:
        return [*getattr(body[0], field)]
    body = _parse(source)
    if body is None:
        return None
    arm = getattr(body[0], field)[0]
    return [arm, *_open_blocks(arm.body)]


def _parse_branch(word: str, source: str) -> list[ast.AST | str] | None:
    rest = source[len(word) :]
    if word == "elif":
        found = parse_line(f"if{rest}")
        return None if found is None else ["else", *found]
    if word == "case":
        return _parse_arm(f"match _:\n {source}", "  ", "cases")
    if word == "except":
        return _parse_arm(f"try: pass\n{source}", " ", "handlers")
    bare = rest.lstrip()
    if not bare.startswith(":"):
        body = _parse(source)  # a name such as `try_it`
        return None if body is None else [*_open_blocks(body)]
    bare = bare[1:].strip()
    inner = _parse(bare) if bare else []
    return None if inner is None else [word, *_open_blocks(inner)]


def _open_blocks(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield statements with those of the blocks that stand on the same line."""
    for node in body:
        yield node
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield from _open_blocks(block)


def _parse(source: str) -> list[ast.stmt] | None:
    tree = parse_source(source)
    if tree is None or (len(source) > _MOST_NESTED and _is_nested(tree)):
        return None  # what reads trees would not come to the end of it
    return tree.body


def _is_nested(tree: ast.AST) -> bool:
    """Tell whether expressions are in one another deeper than people write them."""
    level: list[ast.AST] = [tree]
    for _ in range(_MOST_NESTED):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


def _describe_import(node: ast.Import | ast.ImportFrom) -> list[Parts]:
    """Return each imported name by itself: in which order and on how many lines is layout."""
    module = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else ""
    return [
        Parts(["\x04import", module, alias.name, alias.asname or ""], [], IMPORT_WEIGHT)
        for alias in node.names
    ]


_BLOCKS = frozenset(("body", "orelse", "finalbody", "handlers", "cases"))
_IGNORED = frozenset(("ctx", "type_comment", "kind", "simple", "type_ignores"))
_ANNOTATIONS = frozenset(("annotation", "returns"))
# Expressions small changes are seen in, even where the statement around them changed otherwise.
_INNER = (ast.Call, ast.Compare, ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.keyword, ast.Subscript)


def _describe_node(node: ast.AST) -> Parts:
    words: list[str] = []
    local: list[int] = []
    inner: list[Part] = []
    weight = _write(node, words, local, inner)
    return Parts(words, local, weight, tuple(inner))


def _describe_entry(entry: Entry, rows: Sequence[bytes]) -> Parts:
    """Return the parts of an entry; the loose key leaves out in which of several it stands."""
    words = ["\x04entry", *entry.keys, f"\x02{entry.owner}"]
    local: list[int] = []
    inner: list[Part] = []
    weight = sum(_write(node, words, local, inner) for node in entry.nodes)
    first, last = entry.nodes[0], entry.nodes[-1]
    start, end = first.lineno - 1, last.end_lineno or last.lineno
    own = b"\n".join(rows[start:end])
    if start + 1 == end:
        own = own[first.col_offset : last.end_col_offset]
    owner = hash_text("\x1f".join((*entry.keys, entry.owner)))
    return Parts(words, local, weight, tuple(inner), own, (start, end), owner)


_QUERY = re.compile(
    r"\s*(?:select|insert\s+into|update|delete\s+from|(?:create|alter|drop)\s+\w+|with\s+\w+\s+as)\s",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"('(?:[^']|'')*'|\"[^\"]*\")")
_AROUND = re.compile(r"\s*([(),;=<>]+)\s*")


def _fold_query(text: str) -> str:
    """Return a query of SQL in small letters and one line, but for what it quotes."""
    pieces = _QUOTED.split(text)
    for number in range(0, len(pieces), 2):
        pieces[number] = _AROUND.sub(r"\1", " ".join(f".{pieces[number]}.".lower().split()))[1:-1]
    return "".join(pieces).strip().rstrip(";")


def _write(node: ast.AST, words: list[str], local: list[int], inner: list[Part]) -> int:
    """Write a tree without its blocks; return its weight."""
    begin, start = len(words), len(inner)
    kind = type(node)
    if kind is ast.Name:
        return _write_name(node.id, words, local)  # type: ignore[attr-defined]
    if kind is ast.Constant:
        value = node.value  # type: ignore[attr-defined]
        if isinstance(value, str) and _QUERY.match(value):
            value = _fold_query(value)
        words.append(f"{type(value).__name__}:{value!r}")
        return 1
    node = normalise(node)
    kind = type(node)
    words.append(kind.__name__)
    weight = 0
    is_block = isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)
    for name in node._fields:
        if name in _IGNORED or (is_block and name in _BLOCKS):
            continue
        value = getattr(node, name, None)
        if value is None:
            continue
        if name in _ANNOTATIONS:
            weight += _write_annotation(value, words)
        elif isinstance(value, list):
            words.append(f"[{len(value)}")
            for item in value:
                at, first = len(words), len(inner)
                weight += _write_item(item, words, local, inner)
                if name == "elts" or isinstance(item, ast.arg):
                    # A name alone is all that the part says: numbered, each would be any other.
                    kept = [] if isinstance(item, ast.Name | ast.arg) else local
                    inner.append((_hash_part("item", words, kept, at), len(inner) - first))
        elif kind is ast.Call and name == "func" and type(value) is ast.Name:
            words.append(f"call:{value.id}")
            weight += 1
        else:
            weight += _write_item(value, words, local, inner)
    if kind in _INNER and weight >= 2:
        inner.append((_hash_part("", words, local, begin), len(inner) - start))
    elif kind is ast.Dict:
        inner += [(key, 0) for key in _list_pairs(node)]  # type: ignore[arg-type]
    elif kind is ast.arguments:
        inner += [(key, 0) for key in _list_defaults(node)]  # type: ignore[arg-type]
    return weight


def _hash_part(kind: str, words: Sequence[str], local: Sequence[int], begin: int) -> int:
    """Return the key of the words from `begin` on, local names numbered as in a loose key."""
    part = [kind, *words[begin:]]
    numbers: dict[str, str] = {}
    for place in local[bisect_left(local, begin) :]:
        part[place - begin + 1] = numbers.setdefault(words[place], f"\x03{len(numbers)}")
    return hash_text("\x1f".join(part))


def _list_pairs(node: ast.Dict) -> list[int]:
    """Return keys of the entries of a dictionary."""
    pairs = zip(node.keys, node.values, strict=True)
    return [hash_text(f"pair {ast.dump(k) if k else ''} {ast.dump(v)}") for k, v in pairs]


def _list_defaults(node: ast.arguments) -> list[int]:
    """Return keys of the parameters with defaults, however many others there are."""
    named = [*node.posonlyargs, *node.args]
    pairs = [*zip(named[len(named) - len(node.defaults) :], node.defaults, strict=True)]
    pairs += [(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d]
    return [hash_text(f"default {name.arg} {ast.dump(value)}") for name, value in pairs]


def _write_item(item: object, words: list[str], local: list[int], inner: list[Part]) -> int:
    if isinstance(item, ast.arg):
        weight = _write_name(item.arg, words, local)
        return weight + (_write_annotation(item.annotation, words) if item.annotation else 0)
    if isinstance(item, ast.AST):
        return _write(item, words, local, inner) + (isinstance(item, _OPERATORS))
    words.append("" if item is None else str(item))
    return 1 if isinstance(item, str) else 0


_OPERATORS = (ast.operator, ast.cmpop, ast.boolop, ast.unaryop)


def _write_name(name: str, words: list[str], local: list[int]) -> int:
    if name not in _KEPT_NAMES and not name[:1].isupper():
        local.append(len(words))
    words.append(name)
    return 1


def _write_annotation(node: ast.AST, words: list[str]) -> int:
    """Write an annotation so that the loose key can leave it out."""
    inner: list[str] = []
    weight = _write(node, inner, [], [])
    words.append("\x02" + "\x1e".join(inner))
    return weight


def describe_tokens(text: bytes, language: str = "") -> list[Parts]:
    """Return the parts of a statement by its tokens."""
    if language:
        tokens = [
            (word, is_word)
            for _, word, is_word in read_tokens(language, decode(text))
            if word not in ("\n", "\\")
        ]
    else:
        split = text.decode("utf-8", "surrogatepass").split("\x00")
        tokens = [(part[1:], True) if part[:1] == "\x01" else (part, False) for part in split]
    tokens = tokens[:_MAX_PARTS]
    if not any(word[:1].isalnum() or word[:1] in "_\"'`$@" for word, _ in tokens):
        return []
    words = [word for word, _ in tokens]
    local = [
        place
        for place, (word, is_word) in enumerate(tokens)
        if is_word and _is_local(words, place, word)
    ]
    weight = sum(1 for word in words if word not in "(){}[],;:")
    inner = tuple(
        (hash_text("\x1f".join(words[at : at + _WINDOW])), 0)
        for at in range(len(words) - _WINDOW + 1)
    )
    return [Parts(words, local, weight, inner)]


# Words that stand between two others where they are no names: `in.close()` of Java calls one.
_INFIX = frozenset(("in", "is", "as", "of", "and", "or"))
_AFTER_NAMES = frozenset(("=", ".", ")", ",", ";", "]", ""))


def _is_local(words: Sequence[str], place: int, word: str) -> bool:
    after = words[place + 1] if place + 1 < len(words) else ""
    before = words[place - 1] if place else ""
    is_keyword = word in KEYWORDS and not (word in _INFIX and after in _AFTER_NAMES)
    return not (
        is_keyword or word[:1].isupper() or after == "(" or before in (".", "?.", "->", "::")
    )
