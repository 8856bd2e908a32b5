"""Makes of a fix commit one unit: the functions it mended, with its edits, and its tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import dedent
from typing import NamedTuple

from devmatrix_guard.mining.commits import find_issue
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.mining.outline import Outline, read_outline
from devmatrix_guard.mining.product_paths import is_marked_as_test, is_test_path
from devmatrix_guard.mining.regression.change import Proof, TextChange, find_new_proof
from devmatrix_guard.mining.regression.collect import PYTEST, SCRIPT, Naming
from devmatrix_guard.mining.regression.doctests import PREFIX
from devmatrix_guard.model.diff import Commit, Hunk
from devmatrix_guard.model.knowledge.fix import FixedFunction, FixUnit, RegressionTest
from devmatrix_guard.model.language import detect_language

_MAX_EDITS = 3
_MAX_EDIT_LINES = 4
_MAX_EDIT_TEXT = 200
_MAX_FUNCTIONS = 12
_MAX_TESTS = 40
_EXAMPLE = b">>>"
_UNTELLING = (b"#", b"//", b"/*", b"*", b'"""', b"'''", b"import ", b"from ", b":param")


class FixedLines(NamedTuple):
    """Lines of the version before a fix that it changed; `is_near` where it only added beside."""

    path: str
    start: int
    end: int
    is_near: bool


def is_test_file(path: str, naming: Naming = PYTEST) -> bool:
    """Tell whether a file may hold tests, by its name and folders, in any language."""
    if not detect_language(path):
        return False
    if path.endswith(".py"):
        return naming.is_test_file(path) or is_test_path(path)
    stem = path.rpartition("/")[2].partition(".")[0]
    is_named = stem.endswith(("Test", "Tests", "Spec")) or stem.startswith("test_")
    return is_named or is_marked_as_test(path)


def make_unit(
    commit: Commit, changes: Sequence[TextChange], naming: Naming = PYTEST
) -> tuple[FixUnit, tuple[FixedLines, ...]]:
    """Return a fix as a unit, without its origins, and the lines before it whose origin is asked.

    Args:
        commit: the fix.
        changes: both versions of the files of code it changed.
        naming: what the runner of Python's tests collects.
    """
    functions: list[FixedFunction] = []
    lines: list[FixedLines] = []
    proofs: list[Proof] = []
    tests = [change for change in changes if is_test_file(change.path, naming)]
    for change in changes:
        if change in tests or change.new is None:
            continue
        hunks = diff_lines(change.old or b"", change.new)
        functions += _find_mended(change, hunks)
        lines += _find_mended_lines(change, hunks)
        if any(_EXAMPLE in line for hunk in hunks for line in hunk.added):
            proofs += [p for p in find_new_proof([change], naming) if p.name.startswith(PREFIX)]
    proofs += find_new_proof([change for change in tests if change.new is not None], naming)
    functions = functions[:_MAX_FUNCTIONS]
    unit = FixUnit(
        commit=commit.id,
        date=commit.date[:10],
        subject=commit.subject,
        issue=find_issue(commit),
        functions=tuple(functions),
        tests=tuple(_make_test(proof, functions) for proof in proofs[:_MAX_TESTS]),
    )
    return unit, tuple(lines)


def _find_mended(change: TextChange, hunks: Sequence[Hunk]) -> list[FixedFunction]:
    """Return the functions the hunks of a file are in, with what they did there."""
    before = read_outline(change.old_path, change.old or b"")
    after = read_outline(change.path, change.new or b"")
    edits: dict[str, list[tuple[str, str]]] = {}
    for hunk in hunks:
        if not _list_telling((*hunk.removed, *hunk.added), 1):
            continue
        edit = _cut(hunk.removed), _cut(hunk.added)
        for name in _name_functions(hunk, before, after):
            edits.setdefault(name, []).append(edit)
    if len(edits) > 1:
        edits.pop("", None)  # what stands around functions goes with them
    return [
        FixedFunction(change.path, name, tuple(found[:_MAX_EDITS])) for name, found in edits.items()
    ]


def _name_functions(hunk: Hunk, before: Outline, after: Outline) -> list[str]:
    old = before.find_functions(_list_telling(hunk.removed, hunk.old_start))
    new = after.find_functions(_list_telling(hunk.added, hunk.new_start))
    # What stood in a function that is gone belongs to none that can be asked about.
    kept = [name for name in old if name in after.names or not name]
    named = [name for name in dict.fromkeys([*new, *kept]) if name]
    return named or [""]


def _list_telling(lines: Sequence[bytes], start: int) -> list[int]:
    texts = (line.strip() for line in lines)
    return [
        start + number
        for number, text in enumerate(texts)
        if text and not text.startswith(_UNTELLING)
    ]


def _find_mended_lines(change: TextChange, hunks: Sequence[Hunk]) -> list[FixedLines]:
    found = []
    for hunk in hunks:
        if hunk.old_count:
            end = hunk.old_start + hunk.old_count - 1
            found.append(FixedLines(change.old_path, hunk.old_start, end, False))
        elif hunk.old_start:
            found.append(FixedLines(change.old_path, hunk.old_start, hunk.old_start, True))
    return found


def _cut(lines: Iterable[bytes]) -> str:
    """Return the first lines of a side of an edit as a short text, each as deep as it stood."""
    texts = [line.decode("utf-8", "replace").rstrip() for line in lines if line.strip()]
    text = dedent("\n".join(texts[:_MAX_EDIT_LINES]))
    is_cut = len(texts) > _MAX_EDIT_LINES or len(text) > _MAX_EDIT_TEXT
    return text[:_MAX_EDIT_TEXT] + "…" if is_cut else text


def _make_test(proof: Proof, functions: Sequence[FixedFunction]) -> RegressionTest:
    used = [function.name for function in functions if _uses(proof.words, function.name)]
    return RegressionTest(
        path=proof.path,
        name=proof.name,
        runner=_find_runner(proof),
        is_new=proof.is_new,
        keys=proof.keys,
        functions=tuple(dict.fromkeys(used)),
    )


def _uses(words: frozenset[str], function: str) -> bool:
    """Tell whether the words of a test name a function; a special method goes by its class."""
    owner, _, leaf = function.rpartition(".")
    if leaf.startswith("__") and owner:
        leaf = owner.rpartition(".")[2]
    return bool(leaf) and leaf in words


def _find_runner(proof: Proof) -> str:
    if not proof.path.endswith((".py", ".pyw", ".pyi")):
        return "other"
    if proof.name == SCRIPT:
        return "script"
    return "doctest" if proof.name.startswith(PREFIX) else "pytest"
