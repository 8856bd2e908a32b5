"""Anti-unification: the most specific form that several edits are instances of.

The same pair of differing subterms becomes the same hole everywhere, in the before and in the
after alike, so that what a fix keeps is told apart from what it invents.
"""

from __future__ import annotations

from typing import Any

from devmatrix_guard.mining.edits.forms import Form, name_hole
from devmatrix_guard.mining.edits.terms import LIST, Term, is_expression, iterate_subterms, replace

_Memo = dict[tuple[Term, Term], Term]


class _Apart(Exception):
    """Two terms share no structure here."""


def generalise(first: Form, second: Form) -> Form | None:
    """Return the most specific form both are instances of; None if they share no root."""
    memo: _Memo = {}
    try:
        before = _join(first.before, second.before, memo)
        after = _join(first.after, second.after, memo)
    except _Apart:
        return None
    if before[0] == "Hole":
        return None
    return number_holes(Form("joined", before, after))


def number_holes(form: Form) -> Form:
    """Return a form with its holes numbered by first occurrence, so that equal forms are equal."""
    mapping: dict[Term, Term] = {}
    for side in (form.before, form.after):
        for part in iterate_subterms(side):
            if part[0] == "Hole":
                mapping.setdefault(part, ("Hole", name_hole(len(mapping))))
    return form._replace(before=replace(form.before, mapping), after=replace(form.after, mapping))


def _join(first: Any, second: Any, memo: _Memo) -> Any:
    if not isinstance(first, tuple) or not isinstance(second, tuple):
        if first == second:
            return first
        raise _Apart
    if first[0] == "Hole" or second[0] == "Hole":
        return _open_hole(first, second, memo)
    if first == second and not any(part[0] == "Hole" for part in iterate_subterms(first)):
        return first
    if first[0] != second[0] or len(first) != len(second):
        return _open_hole(first, second, memo)
    try:
        return (first[0], *(_join(a, b, memo) for a, b in zip(first[1:], second[1:], strict=True)))
    except _Apart:
        return _open_hole(first, second, memo)


def _open_hole(first: Term, second: Term, memo: _Memo) -> Term:
    if first[0] == LIST or not is_expression(first) or not is_expression(second):
        raise _Apart
    return memo.setdefault((first, second), ("Hole", f"joined{len(memo)}"))


def opens_value(form: Form, other: Form) -> bool:
    """Tell whether another form is the same one with holes, or any arguments, for its values."""
    opened: dict[Term, Term] = {}
    pairs = ((form.before, other.before), (form.after, other.after))
    return all(_covers(wide, narrow, opened) for narrow, wide in pairs) and any(
        part[0] == "Constant" for narrow in opened.values() for part in iterate_subterms(narrow)
    )


def _covers(wide: Any, narrow: Any, opened: dict[Term, Term]) -> bool:
    """Tell whether a term is an instance of a wider one, and note what its holes stand for."""
    if isinstance(wide, tuple) and wide[0] == "Hole":
        return bool(opened.setdefault(wide, narrow) == narrow)
    if not isinstance(wide, tuple) or not isinstance(narrow, tuple):
        return bool(wide == narrow)
    if wide[0] == LIST and narrow[0] == LIST and wide[1:] and wide[1][0] == "Args":
        return bool(opened.setdefault(wide[1], narrow) == narrow)
    if wide[0] != narrow[0] or len(wide) != len(narrow):
        return False
    return all(_covers(a, b, opened) for a, b in zip(wide[1:], narrow[1:], strict=True))


def collect_tokens(term: Term) -> frozenset[str]:
    """Return the concrete names, literals and operators of a term."""
    found: set[str] = set()
    for part in iterate_subterms(term):
        if part[0] in ("Hole", "Args", "Ellipsis", "Rest"):
            continue
        atoms = [field for field in part[1:] if isinstance(field, str)]
        found.add(":".join([part[0], *atoms]))
    return frozenset(found)


def describe_delta(form: Form) -> tuple[str, frozenset[str], frozenset[str]]:
    """Return what tells one kind of edit from another: its root and the tokens it changes."""
    before, after = collect_tokens(form.before), collect_tokens(form.after)
    return form.before[0], before - after, after - before
