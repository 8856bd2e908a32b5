"""What separates a lesson from churn, before any code is searched.

Every test answers one question that a maintainer would ask; the first that fails is the reason a
candidate is dropped, so that what mining throws away can be counted and explained.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from devmatrix_guard.mining.cluster import Candidate
from devmatrix_guard.mining.forms import Form, anchors_of
from devmatrix_guard.mining.terms import Term, size, subterms

_IDENTIFIER = re.compile(rb"[A-Za-z_]\w*")
_EMPTY_AFTER = ("Hole", "Constant", "Name", "Ref", "Local")
_MAX_SINGLE = 24
# Raising where one returned is a lesson; any other change of statement is logic of one place.
_STATEMENTS = ("Expr", "Return", "Assign", "AugAssign", "Assert", "Delete")


def files_with_token(sources: Iterable[bytes]) -> dict[str, int]:
    """Return how many of the files each identifier occurs in."""
    counts: dict[str, int] = {}
    for source in sources:
        for token in set(_IDENTIFIER.findall(source)):
            name = token.decode("ascii", "replace")
            counts[name] = counts.get(name, 0) + 1
    return counts


def reason_to_drop(candidate: Candidate, tokens: Mapping[str, int]) -> str:
    """Return why a candidate is no lesson, or an empty text.

    Args:
        candidate: what to judge.
        tokens: how many files of today's tree each identifier occurs in.
    """
    form = candidate.form
    if not _calls_an_api(form.before) and (candidate.files < 2 or candidate.commits < 2):
        return "names no function that is called"
    if _is_bare(form.before):
        return "names nothing but an attribute"
    if form.after[0] in _EMPTY_AFTER and not (form.before[0] == form.after[0] == "Ref"):
        return "the code was replaced by a name"
    if not _tokens(form.after) or _is_attribute_of_self(form.after):
        return "the code was replaced by a value"
    if form.after[0] == "UnaryOp" and form.after[2] == form.before:
        return "a condition was turned round"
    if _without_owners(form.before) == _without_owners(form.after):
        return "only where a name comes from changed"
    if candidate.files < 2 and _without_fields(form.before) == _without_fields(form.after):
        return "a field was renamed"
    if len(candidate.sites) < 2 and specificity(form) > _MAX_SINGLE:
        return "too particular to come again"
    if not form.is_bound and not (candidate.commits > 1 or _calls_something_new(form)):
        return "the fix used a value that only its author knew"
    if form.before[0] != form.after[0] and form.after[0] in _STATEMENTS:
        return "the statement became another one"
    if candidate.reverse_edits:
        return "other fixes did the reverse"
    gone = [name for name in _own_names(form.before) if not tokens.get(name)]
    if gone:
        return "what it looks for is gone from the project"
    if any(not tokens.get(name) for name in _tokens(form.after) - _tokens(form.before)):
        return "what the fix used is gone from the project"
    if _is_private(form.before, tokens) and candidate.files < 2:
        return "is about one file's own names"
    return ""


def _calls_an_api(term: Term) -> bool:
    """Tell whether a term calls something that can be named, or names something imported."""
    for part in subterms(term):
        if part[0] == "Ref" and "." in part[1]:
            return True
        if part[0] == "Call" and anchors_of(("Expr", part[1])):
            return True
    return False


def _is_attribute_of_self(term: Term) -> bool:
    return bool(term[0] == "Attribute" and term[1][:2] == ("Name", "self"))


def _without_owners(term: Any) -> Any:
    """Return a term in which a name reached through a module is that name alone."""
    if not isinstance(term, tuple):
        return term
    if term[0] == "Ref":
        return ("Name", term[1].rpartition(".")[2])
    if term[0] == "Name":
        return term[:2]
    if term[0] == "Attribute" and term[1][0] == "Name" and term[1][2:] == ("relative",):
        return ("Name", term[2])
    return (term[0], *(_without_owners(part) for part in term[1:]))


def _without_fields(term: Any) -> Any:
    """Return a term in which all data of `self` is alike; what is called keeps its name."""
    if not isinstance(term, tuple):
        return term
    if term[0] == "Call" and _is_attribute_of_self(term[1]):
        return ("Call", term[1], *(_without_fields(part) for part in term[2:]))
    if _is_attribute_of_self(term):
        return ("Attribute", "self")
    return (term[0], *(_without_fields(part) for part in term[1:]))


def _calls_something_new(form: Form) -> bool:
    """Tell whether the fix calls an API that was not called before."""
    return bool(_called(form.after) - _called(form.before))


def _called(term: Term) -> set[str]:
    callees = (part[1] for part in subterms(term) if part[0] == "Call")
    return {name for callee in callees for name in anchors_of(("Expr", callee))}


def _is_bare(term: Term) -> bool:
    """Tell whether a term is an attribute or a name and no more, unless it is imported."""
    return term[0] in ("Attribute", "Name") or (term[0] == "Subscript" and size(term) < 4)


def _tokens(term: Term) -> set[str]:
    """Return the identifiers of a term that a tree can be searched for."""
    found: set[str] = set()
    for part in subterms(term):
        if part[0] == "Ref":
            found.add(part[1].rpartition(".")[2])
        elif part[0] == "Attribute":
            found.add(part[2])
        elif part[0] == "Name" or (part[0] == "keyword" and part[1]):
            found.add(part[1])
    return found


def _own_names(term: Term) -> set[str]:
    """Return the names that only the project itself can give a meaning to."""
    found: set[str] = set()
    for part in subterms(term):
        if part[0] == "Attribute":
            found.add(part[2])
        elif part[0] == "Name" and part[2] != "builtin":
            found.add(part[1])
    return found


def _is_private(term: Term, tokens: Mapping[str, int]) -> bool:
    """Tell whether every API a term names occurs in one file only, and is not imported."""
    names = anchors_of(term)
    return all("." not in name and tokens.get(name, 0) < 2 for name in names)


def specificity(form: Form) -> int:
    """Return how much concrete code a form asks for; holes count nothing."""
    return sum(1 for part in subterms(form.before) if part[0] not in ("Hole", "Args"))
