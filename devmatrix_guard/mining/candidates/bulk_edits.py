"""Finds what one commit changed the same way in many places, whatever its message says.

That a project turned from one call to another everywhere at once is as clear a lesson as several
fixes are: `assertEquals` for `assertEqual`, `open` without an encoding, a helper all should use.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from devmatrix_guard.mining.candidates.cluster import MANY_FILES, MANY_PLACES, FixedSite
from devmatrix_guard.mining.edits.forms import Form
from devmatrix_guard.mining.edits.terms import iterate_subterms
from devmatrix_guard.mining.product_paths import is_product_path, is_test_path
from devmatrix_guard.mining.reverts import is_titled_revert
from devmatrix_guard.model.diff import Commit, FileChange, Hunk

MAX_READ = 100
MAX_FILES = 30
MAX_SITES = 200
_MAX_WORDS = 6
_WORD = re.compile(rb"\w+|[^\w\s]")
# Nothing is learned from imports, heads of definitions and comments, which sweeps often change.
_UNTAUGHT = (b"import ", b"from ", b"def ", b"async def ", b"class ", b"#")
_NAME = re.compile(rb"[A-Za-z_]")

_Change = tuple[frozenset[bytes], frozenset[bytes]]


def may_be_bulk_edit(commit: Commit) -> bool:
    """Tell whether a commit changed several Python files and takes no other commit back."""
    return not is_titled_revert(commit.subject) and len(select_python_changes(commit)) >= MANY_FILES


def select_python_changes(commit: Commit) -> tuple[FileChange, ...]:
    """Return the changes of a commit to Python files, tests among them; the first if many."""
    found = (
        change
        for change in commit.changes
        if change.status in ("M", "R")
        and change.path.endswith(".py")
        and (is_product_path(change.path) or is_test_path(change.path))
        and change.new_mode.startswith("100")
        and change.old_blob != change.new_blob
    )
    return tuple(islice(found, MAX_READ))


def find_used_attributes(form: Form) -> set[str]:
    """Return the attributes that a form's before uses."""
    return {part[2] for part in iterate_subterms(form.before) if part[0] == "Attribute"}


def find_bulk_edited_paths(changes: Mapping[str, Sequence[Hunk]]) -> tuple[str, ...]:
    """Return the files in which the same words of a line were changed as in others.

    Reading words is far cheaper than parsing, and few commits pass.

    Args:
        changes: the hunks of each changed file.
    """
    found: dict[_Change, Counter[str]] = defaultdict(Counter)
    for path, hunks in changes.items():
        for change in _changes(hunks):
            found[change][path] += 1
    shared = {path for counts in found.values() if _is_common(counts) for path in counts}
    return tuple(sorted(shared)[:MAX_FILES])


def _is_common(counts: Counter[str]) -> bool:
    return len(counts) >= MANY_FILES and counts.total() >= MANY_PLACES


def _changes(hunks: Iterable[Hunk]) -> Iterator[_Change]:
    """Yield the words that left and that came with each line that stands for another."""
    for hunk in hunks:
        if len(hunk.removed) != len(hunk.added):
            continue
        for old, new in zip(hunk.removed, hunk.added, strict=True):
            if old.lstrip().startswith(_UNTAUGHT) and new.lstrip().startswith(_UNTAUGHT):
                continue
            before, after = Counter(_WORD.findall(old)), Counter(_WORD.findall(new))
            gone, come = frozenset(before - after), frozenset(after - before)
            named = any(map(_NAME.match, gone | come))
            if named and len(gone) <= _MAX_WORDS and len(come) <= 2 * _MAX_WORDS:
                yield gone, come


def find_bulk_edits(sites: Sequence[FixedSite]) -> tuple[FixedSite, ...]:
    """Return the sites of one commit that share a form with enough others, with those forms."""
    places: dict[Form, set[tuple[str, str]]] = defaultdict(set)
    for fixed in sites:
        for form in _select_lasting_forms(fixed):
            places[form].add(fixed.place)
    swept = {form for form, found in places.items() if _are_many(found)}
    found = []
    for fixed in sites:
        forms = tuple(form for form in _select_lasting_forms(fixed) if form in swept)
        if forms:
            found.append(fixed._replace(site=fixed.site._replace(forms=forms)))
    return tuple(found)


def _are_many(places: set[tuple[str, str]]) -> bool:
    return len(places) >= MANY_PLACES and len({path for path, _ in places}) >= MANY_FILES


def _select_lasting_forms(fixed: FixedSite) -> Iterator[Form]:
    """Yield the forms of a site; in a test a text is what is expected there and nowhere else."""
    is_test = is_test_path(fixed.site.path)
    for form in fixed.site.forms:
        if not is_test or not _holds_text(form):
            yield form


def _holds_text(form: Form) -> bool:
    return any(
        part[0] == "Constant" and part[1] in ("str", "bytes")
        for part in iterate_subterms(form.before)
    )
