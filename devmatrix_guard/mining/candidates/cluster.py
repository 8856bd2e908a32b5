"""Gathers edit sites into candidates: one form, and every site that is an instance of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from devmatrix_guard.mining.edits.forms import (
    ANY_KEYWORD,
    Form,
    find_swapped_method,
    has_value,
    is_anchored,
    is_given_values,
    is_idiom,
)
from devmatrix_guard.mining.edits.generalise import describe_delta, generalise, opens_value
from devmatrix_guard.mining.edits.sites import Site
from devmatrix_guard.mining.edits.terms import Term
from devmatrix_guard.model.finding import Source

# Joining is quadratic in the sites that changed the same tokens; beyond this many, the first do.
_MAX_JOINED = 40
# What one commit changed alike in so many places of so many files is no affair of one place.
MANY_PLACES = 3
MANY_FILES = 2


class FixedSite(NamedTuple):
    """An edit site with the commit that made it: a fix, or a bulk edit that calls itself none."""

    source: Source
    site: Site
    is_bulk: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """The file and the function; mending one place twice is not two sites."""
        return self.site.path, self.site.qualname


class Candidate(NamedTuple):
    """A form with the sites that show it, oldest first, one per place; and its reverse edits.

    `is_varied` tells that the same edit was made in more places where another value stood for one
    that the form asks for or writes: then that value is not what the edit was about.
    """

    form: Form
    sites: tuple[FixedSite, ...]
    reverse_edits: int
    is_varied: bool = False

    @property
    def commits(self) -> int:
        """How many commits made this edit."""
        return len({fixed.source.commit for fixed in self.sites})

    @property
    def files(self) -> int:
        """How many files were mended."""
        return len({fixed.site.path for fixed in self.sites})

    @property
    def turns_on_value(self) -> bool:
        """Whether the values given in these places may have decided what is right to call there.

        `select_related("lines")` became `prefetch_related("lines")` for what `lines` is: so where
        one method took the place of another, was given nothing but literals, and the form leaves
        these open.
        """
        swap = find_swapped_method(self.form)
        if swap is None or is_given_values(self.form):
            return False
        return all(
            any(find_swapped_method(f) == swap and is_given_values(f) for f in fixed.site.forms)
            for fixed in self.sites
        )

    @property
    def is_repeated(self) -> bool:
        """Whether the edit was made again: by another commit, or by one in many places."""
        return is_repeated(self.sites)


def count_bulk_commits(sites: Sequence[FixedSite]) -> int:
    """Return how many of the commits changed many of these sites alike, or were bulk edits."""
    commits = {fixed.source.commit for fixed in sites}
    return sum(
        any(one.is_bulk for one in own) or _are_many(own)
        for commit in commits
        for own in [[fixed for fixed in sites if fixed.source.commit == commit]]
    )


def is_repeated(sites: Sequence[FixedSite]) -> bool:
    """Tell whether several commits changed these sites, or one so many that it means all."""
    return _are_many(sites) or len({fixed.source.commit for fixed in sites}) > 1


def _are_many(sites: Sequence[FixedSite]) -> bool:
    files = {fixed.site.path for fixed in sites}
    return len({fixed.place for fixed in sites}) >= MANY_PLACES and len(files) >= MANY_FILES


_Key = tuple[Term, Term, Term | None, Term | None, Term | None]


def gather(sites: Iterable[FixedSite]) -> list[Candidate]:
    """Return every form the sites can take with the sites it covers, in a stable order."""
    groups: dict[_Key, dict[FixedSite, None]] = defaultdict(dict)
    forms: dict[_Key, Form] = {}
    buckets: dict[object, dict[_Key, None]] = defaultdict(dict)
    for fixed in sorted(sites, key=lambda f: (f.source.date, f.source.commit, f.site[:6])):
        for form in fixed.site.forms:
            key = form[1:]
            forms.setdefault(key, form)
            groups[key][fixed] = None
            if form.kind == "exact":
                buckets[describe_delta(form)][key] = None
    for bucket in buckets.values():
        _add_joined(list(bucket)[:_MAX_JOINED], forms, groups)
    varied = _find_varied(forms, groups)
    swapped = {(form.after, form.before): key for key, form in forms.items()}
    return [
        Candidate(
            forms[key],
            _keep_one_per_location(found),
            _reverse(form, swapped, groups),
            key in varied,
        )
        for key, found in groups.items()
        for form in [forms[key]]
        if form.kind != ANY_KEYWORD or _are_given_several(form, found)
    ]


def _add_joined(
    keys: Sequence[_Key], forms: dict[_Key, Form], groups: dict[_Key, dict[FixedSite, None]]
) -> None:
    for first, second in combinations(keys, 2):
        joined = generalise(forms[first], forms[second])
        if joined is None or not (is_anchored(joined) or is_idiom(joined)):
            continue
        key = joined[1:]
        forms.setdefault(key, joined)
        groups[key].update(groups[first] | groups[second])


def _find_varied(
    forms: Mapping[_Key, Form], groups: Mapping[_Key, dict[FixedSite, None]]
) -> set[_Key]:
    """Return the forms with a value in them that other places of the same edit do not share."""
    places = {key: {fixed.place for fixed in found} for key, found in groups.items()}
    wider: dict[FixedSite, list[_Key]] = defaultdict(list)
    for key, found in groups.items():
        for fixed in found:
            wider[fixed].append(key)
    varied = set()
    for key, form in forms.items():
        if len(places[key]) < 2 or not has_value(form):
            continue
        others = wider[next(iter(groups[key]))]
        if any(places[key] < places[other] and opens_value(form, forms[other]) for other in others):
            varied.add(key)
    return varied


def _are_given_several(form: Form, found: Iterable[FixedSite]) -> bool:
    """Tell whether the places gave the argument several values."""
    return (
        len(
            {
                other.after
                for fixed in found
                for other in fixed.site.forms
                if other.kind == "keyword" and other.before == form.before
            }
        )
        > 1
    )


def _keep_one_per_location(found: Iterable[FixedSite]) -> tuple[FixedSite, ...]:
    places: dict[tuple[str, str], FixedSite] = {}
    for fixed in found:
        places.setdefault(fixed.place, fixed)
    return tuple(places.values())


def _reverse(
    form: Form,
    swapped: Mapping[tuple[Term, Term], _Key],
    groups: Mapping[_Key, dict[FixedSite, None]],
) -> int:
    key = swapped.get((form.before, form.after))
    return len(groups[key]) if key is not None else 0
