"""What separates a lesson from churn, before any code is searched.

Every test answers one question that a maintainer would ask; the first that fails is the reason a
candidate is dropped, so that what mining throws away can be counted and explained.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Mapping
from typing import Any

from devmatrix_guard.mining.candidates.cluster import Candidate
from devmatrix_guard.mining.candidates.vocabulary import Vocabulary
from devmatrix_guard.mining.edits.forms import ANY_KEYWORD, Form, find_anchors
from devmatrix_guard.mining.edits.terms import (
    LIST,
    Term,
    count_nodes,
    find_changed_part,
    find_holes,
    iterate_subterms,
)

_NOTHING_DEFINED: Mapping[str, frozenset[str]] = {}
_EMPTY_AFTER = ("Hole", "Constant", "Name", "Ref", "Local")
_MAX_SINGLE = 12
_ADOPTED = 3
_NOTHING: Term = (LIST,)
_CONTAINERS = ("List", "Tuple", "Set")
_LOOSE: Mapping[Term, Term] = {("LtE",): ("Lt",), ("GtE",): ("Gt",)}
_MAX_KEY = 16
_DATA = re.compile(r"\s|[?]|/.*/")
_MOVING = re.compile(r"://|\bwww\.|\d+\.\d+|\d{4}-\d\d")
# Raising where one returned is a lesson; any other change of statement is logic of one place.
_STATEMENTS = ("Expr", "Return", "Assign", "AugAssign", "Assert", "Delete")


def explain_rejection(
    candidate: Candidate,
    words: Vocabulary,
    defined: Mapping[str, frozenset[str]] = _NOTHING_DEFINED,
) -> str:
    """Return why a candidate is no lesson, or an empty text.

    Args:
        candidate: what to judge.
        words: the names that today's tree uses.
        defined: for each commit that changed many places alike, which of the names it did away
            with had been given a meaning by the project itself.
    """
    form = candidate.form
    reason = explain_by_form(form, is_repeated=candidate.is_repeated)
    if reason:
        return reason
    if candidate.is_varied:
        return "the same was done where another value stood"
    if form.kind == ANY_KEYWORD and not candidate.is_repeated:
        return "one fix alone does not tell which value is meant"
    if not _calls_an_api(form.before) and not (candidate.files > 1 and candidate.is_repeated):
        return "names no function that is called"
    if candidate.files < 2 and _drop_fields(form.before) == _drop_fields(form.after):
        return "a field was renamed"
    if candidate.commits < 2 and not form.is_step and is_embedded(form.after, form.before):
        return "one fix only took something away"
    if not candidate.is_repeated:
        reason = _explain_for_one_fix(form)
    return reason or _explain_by_tree(candidate, words, defined)


def _explain_for_one_fix(form: Form) -> str:
    """Return why a form needs a second fix to be believed."""
    if form.is_step:
        return "one fix changed its statements so"
    if measure_specificity(form) > _MAX_SINGLE:
        return "too specific to recur"
    if has_data(form.before):
        return "is about one piece of data"
    if not form.is_step and form.kind != "callee" and not find_anchors(form.after):
        return "the fix names no function"
    if form.before[0] == "BoolOp" or _has_more_conditions(form):
        return "is the logic of one place"
    if form.before[0] in _CONTAINERS:
        return "is one list of values"
    return ""


def _explain_by_tree(
    candidate: Candidate, words: Vocabulary, defined: Mapping[str, frozenset[str]]
) -> str:
    """Return why today's tree has no more use for a form."""
    form = candidate.form
    if candidate.reverse_edits:
        return "other fixes did the reverse"
    if any(not words.names[name] for name in _find_undefined_names(form.before)):
        return "what it looks for no longer exists"
    # What was mended in several commits was there to be used between them, and may come back.
    own = find_own_names(form.before, words) if candidate.commits < 2 else set()
    if candidate.is_repeated:
        foreign = {part[2] for part in iterate_subterms(form.before) if part[0] == "Attribute"}
        own -= foreign.difference(*(defined.get(s.source.commit, ()) for s in candidate.sites))
    if any(not words.names[name] for name in own):
        return "what it looks for is gone from the project"
    if any(not words.names[name] for name in _find_tokens(form.after) - _find_tokens(form.before)):
        return "what the fix used is gone from the project"
    if candidate.files < 2 and is_private(form.before, words):
        return "is about one file's own names"
    return ""


def explain_by_form(form: Form, *, is_repeated: bool = True) -> str:
    """Return why a form can be no lesson, or an empty text.

    Args:
        form: what to judge.
        is_repeated: whether the edit was made again; one name for another is believed only then.
    """
    if form.is_step:
        return ""
    before, after = form.before, form.after
    if _is_bare(before):
        return "names nothing but an attribute"
    if after[0] in _EMPTY_AFTER and not _is_other_name(before, after, is_repeated):
        return "the code was replaced by a name"
    if _find_tokens(before) and not _find_tokens(after):
        return "the code was replaced by a value"
    if _is_attribute_of_self(after) or _is_part_of_name(before, after):
        return "the code was replaced by a value"
    if _drop_not(before) == _drop_not(after):
        return "a condition was inverted"
    if _drop_owners(before) == _drop_owners(after):
        return "only where a name comes from changed"
    if _drop_argument_names(before) == _drop_argument_names(after):
        return "an argument was only named or moved"
    if _drop_brackets(before) == _drop_brackets(after):
        return "a literal was only spelled differently"
    if _drop_bounds(before) == _drop_bounds(after):
        return "an end or an amount was moved"
    if _calls_a_hole(before):
        return "calls something that has no name"
    if not (form.is_bound or form.kind == ANY_KEYWORD or _is_new_call_of_what_is_known(form)):
        return "the fix used a value that only its author knew"
    if before[0] != after[0] and after[0] in _STATEMENTS:
        return "the statement became another one"
    if has_moving_data(before) or has_moving_data(after):
        return "is about an address, a version or a date"
    return ""


def _is_other_name(before: Term, after: Term, is_repeated: bool) -> bool:
    return before[0] == "Ref" and (after[0] == "Ref" or (is_repeated and after[0] == "Name"))


def _calls_an_api(term: Term) -> bool:
    """Tell whether a term calls something that can be named, or names something imported."""
    for part in iterate_subterms(term):
        if part[0] == "Ref" and "." in part[1]:
            return True
        if part[0] == "Call" and find_anchors(("Expr", part[1])):
            return True
    return False


def _is_attribute_of_self(term: Term) -> bool:
    return bool(term[0] == "Attribute" and term[1][:2] == ("Name", "self"))


def _drop_owners(term: Any) -> Any:
    """Return a term in which a name reached through a module is that name alone."""
    if not isinstance(term, tuple):
        return term
    if term[0] == "Ref":
        return ("Name", term[1].rpartition(".")[2])
    if term[0] == "Name":
        return term[:2]
    if term[0] == "Attribute" and term[1][0] == "Name" and term[1][2:] == ("relative",):
        return ("Name", term[2])
    return (term[0], *(_drop_owners(part) for part in term[1:]))


def _drop_fields(term: Any) -> Any:
    """Return a term in which all data of `self` is alike; what is called keeps its name."""
    if not isinstance(term, tuple):
        return term
    if term[0] == "Call" and _is_attribute_of_self(term[1]):
        return ("Call", term[1], *(_drop_fields(part) for part in term[2:]))
    if _is_attribute_of_self(term):
        return ("Attribute", "self")
    return (term[0], *(_drop_fields(part) for part in term[1:]))


def _is_new_call_of_what_is_known(form: Form) -> bool:
    """Tell whether the after calls an API that was not called before, on values the before had."""
    new = {name.rpartition(".")[2] for name in find_called(form.after) - find_called(form.before)}
    old = {name.rpartition(".")[2] for name in find_called(form.before)}
    receivers = {part[1][1] for part in iterate_subterms(form.after) if _is_method(part)}
    invented = find_holes(form.after) - find_holes(form.before)
    return bool(new - old) and not any(("Hole", name) in receivers for name in invented)


def _is_method(term: Term) -> bool:
    return bool(term[0] == "Call" and term[1][0] == "Attribute")


def find_called(term: Term) -> set[str]:
    """Return the names of the APIs a term calls."""
    callees = (part[1] for part in iterate_subterms(term) if part[0] == "Call")
    return {name for callee in callees for name in find_anchors(("Expr", callee))}


def _calls_a_hole(term: Term) -> bool:
    return any(part[0] == "Call" and part[1][0] == "Hole" for part in iterate_subterms(term))


def _is_part_of_name(before: Term, after: Term) -> bool:
    """Tell whether a dotted name only became longer or shorter."""
    if before[0] != "Ref" or after[0] != "Ref":
        return False
    short, long = sorted((before[1], after[1]), key=len)
    return bool(long.startswith(f"{short}."))


def _drop_not(term: Term) -> Term:
    if term[0] == "UnaryOp" and term[1] == ("Not",):
        inner: Term = term[2]
        return inner
    return term


def _has_more_conditions(form: Form) -> bool:
    """Tell whether the after only sets a condition beside the one that was there."""
    return form.after[0] == "BoolOp" and _drop_not(form.before) in {
        _drop_not(part) for part in form.after[2][1:]
    }


def _drop_argument_names(term: Any) -> Any:
    """Return a term in which how an argument is passed makes no difference."""
    if not isinstance(term, tuple):
        return term
    if term[0] == "Call":
        values = (*term[2][1:], *(keyword[2] for keyword in term[3][1:]))
        ordered = sorted((_drop_argument_names(value) for value in values), key=repr)
        return ("Call", _drop_argument_names(term[1]), *ordered)
    return (term[0], *(_drop_argument_names(part) for part in term[1:]))


def _drop_brackets(term: Any) -> Any:
    """Return a term in which a list and a tuple are alike."""
    if not isinstance(term, tuple):
        return term
    kind = "List" if term[0] in _CONTAINERS else term[0]
    return (kind, *(_drop_brackets(part) for part in term[1:]))


def _drop_bounds(term: Any) -> Any:
    """Return a term in which a number more or less, and an end that counts or not, are alike.

    Off by one is a matter of one place: `range(1, len(x) + 1)` is right elsewhere. A hole may stand
    for the number, as where that is in the term twice.
    """
    if not isinstance(term, tuple):
        return term
    is_sum = term[0] == "BinOp" and term[2] in (("Add",), ("Sub",))
    if is_sum and (term[3][0] == "Hole" or term[3][:2] == ("Constant", "int")):
        return _drop_bounds(term[1])
    return _LOOSE.get(term) or (term[0], *(_drop_bounds(part) for part in term[1:]))


def is_embedded(small: Any, large: Any) -> bool:
    """Tell whether `small` is `large` with parts taken away: Kruskal's embedding of trees."""
    if small == large:
        return True
    if not isinstance(large, tuple):
        return False
    if any(is_embedded(small, part) for part in large[1:] if isinstance(part, tuple)):
        return True
    if not isinstance(small, tuple) or small[0] != large[0]:
        return False
    if small[0] == LIST:
        rest = iter(large[1:])
        return all(any(is_embedded(item, other) for other in rest) for item in small[1:])
    return len(small) == len(large) and all(map(is_embedded, small[1:], large[1:]))


def has_data(term: Term) -> bool:
    """Tell whether a term holds a text that is prose or data rather than a key or a name."""
    return any(len(text) > _MAX_KEY or _DATA.search(text) for text in _find_texts(term))


def has_moving_data(term: Term) -> bool:
    """Tell whether a term holds an address, a version or a date."""
    return any(_MOVING.search(text) for text in _find_texts(term))


def _find_texts(term: Term) -> list[str]:
    return [
        str(ast.literal_eval(part[2]))
        for part in iterate_subterms(term)
        if part[0] == "Constant" and part[1] in ("str", "bytes")
    ]


def _is_bare(term: Term) -> bool:
    """Tell whether a term is an attribute or a name and no more, unless it is imported."""
    if term[0] == "Subscript":
        return count_nodes(term) < 4 and term[1][0] != "Ref"
    return term[0] in ("Attribute", "Name")


def _find_tokens(term: Term) -> set[str]:
    """Return the identifiers of a term that a tree can be searched for."""
    found: set[str] = set()
    for part in iterate_subterms(term):
        if part[0] == "Ref":
            found.add(part[1].rpartition(".")[2])
        elif part[0] == "Attribute":
            found.add(part[2])
        elif part[0] == "Name" or (part[0] == "keyword" and part[1]):
            found.add(part[1])
    return found


def find_own_names(term: Term, words: Vocabulary) -> set[str]:
    """Return the names that only the project itself can give a meaning to."""
    found: set[str] = set()
    for part in iterate_subterms(term):
        if part[0] == "Attribute":
            found.add(part[2])
        elif part[0] == "Name" and part[2] != "builtin":
            found.add(part[1])
        elif part[0] == "Ref" and words.is_own(part[1]):
            found.add(part[1].rpartition(".")[2])
    return found


def _find_undefined_names(term: Term) -> set[str]:
    """Return the names of builtins that only an older Python has."""
    return {
        part[1]
        for part in iterate_subterms(term)
        if part[0] == "Name" and part[2] == "builtin" and not hasattr(builtins, part[1])
    }


def is_private(term: Term, words: Vocabulary) -> bool:
    """Tell whether every API a term names is used in one file only, and is not imported."""
    return not any(_is_shared(part, words) for part in iterate_subterms(term))


def _is_shared(part: Term, words: Vocabulary) -> bool:
    if part[0] == "Ref":
        return "." in part[1]
    if part[0] == "Attribute" and find_anchors(("Attribute", _NOTHING, part[2])):
        count = words.of_self if part[1][:2] == ("Name", "self") else words.names
        return count[part[2]] > 1
    if part[0] == "Name" and find_anchors(part):
        return part[2] == "relative" or (part[2] != "receiver" and words.imported[part[1]] > 0)
    return False


def may_come_again(form: Form, words: Vocabulary) -> bool:
    """Tell whether code that stood in one place only may well be written elsewhere.

    So it is where a library is used otherwise, where an argument or a wrapper was forgotten, and
    where the fix brought in what the project now calls in several files.
    """
    if form.kind in ("keyword", ANY_KEYWORD, "wrap") or _names_library(form, words):
        return True
    new = _find_tokens(form.after) - _find_tokens(form.before)
    adopted = {name.rpartition(".")[2] for name in find_called(form.after)} & new
    return any(words.names[name] >= _ADOPTED for name in adopted)


def _names_library(form: Form, words: Vocabulary) -> bool:
    """Tell whether what changed is a library's name, or what a library's function is given."""
    before, after, parent = find_changed_part(form.before, form.after)
    near = [part for part in parent[1:] if parent[0] == "Call" and isinstance(part, tuple)]
    near += [item for part in near if part[0] == LIST for item in part[1:]]
    refs = {part for term in (before, after) for part in iterate_subterms(term) if part[0] == "Ref"}
    refs |= {part for part in near if part[0] == "Ref"}
    return any("." in ref[1] and not words.is_own(ref[1]) for ref in refs)


def measure_specificity(form: Form) -> int:
    """Return how much concrete code a form asks for; holes count nothing."""
    return sum(1 for part in iterate_subterms(form.before) if part[0] not in ("Hole", "Args"))
