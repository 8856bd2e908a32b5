"""Fingerprints: what makes a finding the same finding when lines move or files are renamed.

A fingerprint is `<path part>-<code part>`. The code part hashes the rule's id, the name of the
enclosing function or class, the matched code without its layout (blank space, comments, trailing
commas, the kind of quotes), and the position among equal findings there. No line number goes in. A
renamed file changes only the path part.
"""

from __future__ import annotations

import _ast
import re
from _blake2 import blake2b

from devmatrix_guard.engine.tree.source import OutsideExcerptError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from typing import Any

    from devmatrix_guard.model.finding import Finding

_SCOPES = (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef)
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
_PATTERN = re.compile(r"[0-9a-f]{12}-[0-9a-f]{20}\Z")
_CODE = re.compile(
    r"""
    (?P<comment>\#[^\r\n]*)
  | (?P<blank>(?:\s|\\\r?\n)+)
  | (?P<string>(?P<prefix>(?i:[rbfut]{0,2}))(?:
      '{3}(?P<a>(?:[^\\]|\\.)*?)'{3} | "{3}(?P<b>(?:[^\\]|\\.)*?)"{3}
    | '(?P<c>(?:[^'\\\n]|\\.)*)' | "(?P<d>(?:[^"\\\n]|\\.)*)"
    ))
  | \w+
  | .
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_ENDS = (")", "]", "}", '"')
# Before a bracket these words call and subscribe nothing.
_BEFORE_A_TUPLE = frozenset((
    "and", "assert", "await", "del", "elif", "else", "except", "for", "from", "if", "import", "in",
    "is", "lambda", "not", "or", "raise", "return", "while", "with", "yield",
))  # fmt: skip


def add_fingerprints(
    findings: Sequence[Finding],
    codes: Sequence[str],
    tree: Any = None,
    *,
    left_out: Collection[bytes] = (),
) -> tuple[Finding, ...]:
    """Return the findings of one file with their fingerprints.

    Give all findings of the file, not only those on changed lines: equal findings are told apart
    by their order.

    Args:
        findings: every finding of one file.
        codes: the exactly matched text of each finding.
        tree: the file's syntax tree, to name the enclosing function or class.
        left_out: names of functions and classes that the tree lacks.

    Raises:
        OutsideExcerptError: one of those may hold findings that count with these.
    """
    names = _qualnames(tree) if tree is not None else []
    seen: dict[tuple[str, str, str], int] = {}
    seen_formerly: dict[tuple[str, str, str], int] = {}
    marked: list[tuple[int, Finding]] = []
    places = [(f.start_line, f.start_col, f.end_line, f.end_col) for f in findings]
    for index in sorted(range(len(findings)), key=places.__getitem__):
        finding = findings[index]
        qualname = _qualname_at(names, finding.start_line)
        if left_out and qualname.partition(".")[0].encode() in left_out:
            raise OutsideExcerptError
        code = normalise(codes[index])
        today = _numbered(finding, qualname, code, seen)
        former = _numbered(finding, qualname, normalise_blanks(codes[index]), seen_formerly)
        kept = finding._replace(
            fingerprint=today, former_fingerprint=former if former != today else ""
        )
        marked.append((index, kept))
    return tuple(finding for _, finding in sorted(marked))


def _numbered(
    finding: Finding, qualname: str, code: str, seen: dict[tuple[str, str, str], int]
) -> str:
    """Return the fingerprint of a finding, told apart from equal ones seen before."""
    ordinal = seen.get((finding.rule_id, qualname, code), 0)
    seen[finding.rule_id, qualname, code] = ordinal + 1
    return fingerprint(finding.rule_id, finding.path, code, qualname, ordinal)


def fingerprint(rule_id: str, path: str, code: str, qualname: str = "", ordinal: int = 0) -> str:
    """Return the fingerprint of a finding; `code` is normalised already."""
    return f"{_path_part(path)}-{_digest(10, rule_id, qualname, code, str(ordinal))}"


def moved_fingerprint(fingerprint: str, path: str) -> str:
    """Return the fingerprint the same finding has, or had, in a file at another path."""
    return f"{_path_part(path)}-{fingerprint.partition('-')[2]}"


def is_fingerprint(text: str) -> bool:
    """Tell whether a text has the form of a fingerprint."""
    return _PATTERN.match(text) is not None


def normalise(code: str) -> str:
    """Return code without its layout: comments, blank space, trailing commas, kinds of quotes."""
    pieces = [
        _string(m) if m.lastgroup == "string" else m.group()
        for m in _CODE.finditer(code)
        if m.lastgroup not in ("comment", "blank")
    ]
    return " ".join(_without_trailing_commas(pieces))


def normalise_blanks(code: str) -> str:
    """Return code as fingerprints took it before quotes and trailing commas were seen through."""
    found = (m for m in _CODE.finditer(code) if m.lastgroup not in ("comment", "blank"))
    parts = (
        (m["prefix"], m.group()[len(m["prefix"]) :]) if m.lastgroup == "string" else (m.group(),)
        for m in found
    )
    return " ".join(piece for part in parts for piece in part if piece)


def _string(match: re.Match[str]) -> str:
    """Return a string literal as if every string stood in double quotes."""
    prefix = match["prefix"].lower().replace("u", "")
    body = next(found for name in "abcd" if (found := match[name]) is not None)
    if "r" not in prefix:
        body = _ESCAPED.sub(lambda m: m[1] if m[1] in "'\"" else m[0], body)
    quote = '"' * (3 if match["a"] is not None or match["b"] is not None else 1)
    return f"{prefix}{quote}{body}{quote}"


def _without_trailing_commas(pieces: Sequence[str]) -> list[str]:
    """Leave out a comma before a closing bracket, except where it makes a tuple of one."""
    kept: list[str] = []
    commas: list[int] = []
    is_tuple: list[bool] = []
    for piece in pieces:
        if piece in _OPENING:
            before = kept[-1] if kept else ""
            is_tuple.append((piece == "(") != _may_be_called(before) and piece != "{")
            commas.append(0)
        elif piece == "," and commas:
            commas[-1] += 1
        elif piece in _CLOSING and commas:
            of_one = commas.pop() == 1
            if not (is_tuple.pop() and of_one) and kept[-1] == ",":
                kept.pop()
        kept.append(piece)
    return kept


def _may_be_called(piece: str) -> bool:
    """Whether a bracket behind the piece calls or subscribes it."""
    if piece in _BEFORE_A_TUPLE:
        return False
    return piece[-1:].isidentifier() or piece[-1:] in _ENDS or piece[-1:].isdigit()


def _path_part(path: str) -> str:
    return _digest(6, path)


def _digest(size: int, *parts: str) -> str:
    hashed = blake2b(digest_size=size)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        hashed.update(b"%d:" % len(data) + data)
    return hashed.hexdigest()


def _qualnames(tree: Any) -> list[tuple[int, int, str]]:
    """Return (first line, last line, qualified name) of every function and class, outer first."""
    found: list[tuple[int, int, str]] = []
    pending: list[tuple[list[Any], str]] = [(tree.body, "")]
    while pending:
        nodes, prefix = pending.pop()
        for node in nodes:
            if node.__class__ in _SCOPES:
                name = f"{prefix}{node.name}"
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                found.append((first, node.end_lineno or node.lineno, name))
                pending.append((node.body, f"{name}."))
            else:
                below = (getattr(node, field, None) for field in _BODIES)
                pending += [(statements, prefix) for statements in below if statements]
    return sorted(found, key=lambda scope: (scope[0], -scope[1]))


def _qualname_at(names: Iterable[tuple[int, int, str]], line: int) -> str:
    """Return the innermost scope around a line; the line that opens a scope is inside it."""
    name = ""
    for first, last, qualname in names:
        if first > line:
            break
        if line <= last:
            name = qualname
    return name
