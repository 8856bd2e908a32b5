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

from devmatrix_guard.engine.findings.normalise import FileLayout, normalise, normalise_blanks
from devmatrix_guard.engine.tree.source import OutsideExcerptError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import Any

    from devmatrix_guard.model.finding import Finding

_SCOPES = (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef)
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")
_PATTERN = re.compile(r"[0-9a-f]{12}-[0-9a-f]{20}\Z")


def add_fingerprints(
    findings: Sequence[Finding],
    codes: Sequence[str],
    tree: Any = None,
    *,
    left_out: Collection[bytes] = (),
    lines: Sequence[bytes] = (),
) -> tuple[Finding, ...]:
    """Return the findings of one file with their fingerprints.

    Give all findings of the file, not only those on changed lines: equal findings are told apart
    by their order.

    Args:
        findings: every finding of one file.
        codes: the exactly matched text of each finding.
        tree: the file's syntax tree, to name the enclosing function or class.
        left_out: names of functions and classes that the tree lacks.
        lines: the file's lines with their ends, as UTF-8, if they are at hand.

    Raises:
        OutsideExcerptError: one of those may hold findings that count with these.
    """
    names = _Qualnames(tree)
    seen: dict[bytes, int] = {}
    seen_formerly: dict[bytes, int] = {}
    # Matches that hold one another are long: a file is then taken apart once, not with each.
    is_nested = sum(map(len, codes)) > sum(map(len, lines))
    layout = FileLayout(lines) if lines and is_nested else None
    marked: list[tuple[int, Finding]] = []
    places = [(f.start_line, f.start_col, f.end_line, f.end_col) for f in findings]
    for index in sorted(range(len(findings)), key=places.__getitem__):
        finding, code = findings[index], codes[index]
        qualname = names.at(finding.start_line)
        if left_out and qualname.partition(".")[0].encode() in left_out:
            raise OutsideExcerptError
        cut = layout.cut(finding.start_line, finding.start_col, code) if layout else None
        normal, formerly = cut or (normalise(code), normalise_blanks(code))
        today = _number(finding, qualname, normal, seen)
        former = _number(finding, qualname, formerly, seen_formerly)
        kept = finding._replace(
            fingerprint=today, former_fingerprint=former if former != today else ""
        )
        marked.append((index, kept))
    return tuple(finding for _, finding in sorted(marked))


def _number(finding: Finding, qualname: str, code: str, seen: dict[bytes, int]) -> str:
    """Return the fingerprint of a finding, told apart from equal ones seen before."""
    hashed = _hash_of(10, finding.rule_id, qualname, code)
    key = hashed.digest()
    ordinal = seen.get(key, 0)
    seen[key] = ordinal + 1
    _add_part(hashed, str(ordinal))
    return f"{_hash_path(finding.path)}-{hashed.hexdigest()}"


def compute_fingerprint(
    rule_id: str, path: str, code: str, qualname: str = "", ordinal: int = 0
) -> str:
    """Return the fingerprint of a finding; `code` is normalised already."""
    return f"{_hash_path(path)}-{_hash_texts(10, rule_id, qualname, code, str(ordinal))}"


def move_fingerprint(fingerprint: str, path: str) -> str:
    """Return the fingerprint the same finding has, or had, in a file at another path."""
    return f"{_hash_path(path)}-{fingerprint.partition('-')[2]}"


def is_fingerprint(text: str) -> bool:
    """Tell whether a text has the form of a fingerprint."""
    return _PATTERN.match(text) is not None


def _hash_path(path: str) -> str:
    return _hash_texts(6, path)


def _hash_texts(size: int, *parts: str) -> str:
    return _hash_of(size, *parts).hexdigest()


def _hash_of(size: int, *parts: str) -> blake2b:
    hashed = blake2b(digest_size=size)
    for part in parts:
        _add_part(hashed, part)
    return hashed


def _add_part(hashed: blake2b, part: str) -> None:
    data = part.encode("utf-8", "surrogatepass")
    hashed.update(b"%d:" % len(data) + data)


class _Qualnames:
    """The innermost function or class around each line, asked for in ascending order."""

    def __init__(self, tree: Any) -> None:
        self._coming = _list_qualnames(tree)[::-1] if tree is not None else []
        self._around: list[tuple[int, str]] = []

    def at(self, line: int) -> str:
        """Return the scope around a line; the line that opens a scope is inside it."""
        while self._coming and self._coming[-1][0] <= line:
            _, last, name = self._coming.pop()
            self._around.append((last, name))
        while self._around and self._around[-1][0] < line:
            self._around.pop()
        return self._around[-1][1] if self._around else ""


def _list_qualnames(tree: Any) -> list[tuple[int, int, str]]:
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
