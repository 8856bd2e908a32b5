"""What one commit changed alike in many places, told by words first and by forms then."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.mining.candidates.bulk_edits import (
    find_bulk_edited_paths,
    find_bulk_edits,
    find_used_attributes,
    may_be_bulk_edit,
    select_python_changes,
)
from devmatrix_guard.mining.candidates.cluster import FixedSite, gather, is_repeated
from devmatrix_guard.mining.edits.sites import Site
from devmatrix_guard.mining.lines import diff_lines
from devmatrix_guard.model.finding import Source
from tests.mining.edits.terms_of import form
from tests.mining.test_commits import change, commit


def paths(**files: tuple[str, str]) -> tuple[str, ...]:
    return find_bulk_edited_paths(
        {name: diff_lines(old.encode(), new.encode()) for name, (old, new) in files.items()}
    )


@pytest.mark.parametrize(
    ("files", "found"),
    [
        pytest.param(
            {"a": ("f(1)\nf(2)\n", "g(1)\ng(2)\n"), "b": ("f(3)\n", "g(3)\n")},
            ("a", "b"),
            id="swept",
        ),
        pytest.param({"a": ("f(1)\n", "g(1)\n"), "b": ("f(3)\n", "g(3)\n")}, (), id="two-places"),
        pytest.param(
            {"a": ("f(1)\nx\nf(2)\nx\nf(3)\n", "g(1)\nx\ng(2)\nx\ng(3)\n")}, (), id="one-file"
        ),
        pytest.param(
            {"a": ("f(1)\nx\nf(2)\n", "g(1)\nx\nh(2)\n"), "b": ("f(3)\n", "g(3)\n")},
            (),
            id="two-kinds",
        ),
        pytest.param({"a": ("1\nx\n1\n", "2\nx\n2\n"), "b": ("1\n", "2\n")}, (), id="numbers-only"),
        pytest.param(
            {"a": ("f(1)\nx\nf(2)\n", "g(1)\nx\ng(2)\n"), "b": ("f(3)\n", "g(3)\ny\n")},
            (),
            id="lines-do-not-stand-for-each-other",
        ),
    ],
)
def test_same_words_changed_in_many_files(
    files: dict[str, tuple[str, str]], found: tuple[str, ...]
) -> None:
    assert paths(**files) == found


@pytest.mark.parametrize(
    ("subject", "changes", "expected"),
    [
        ("Use g", [change("a.py"), change("b.py")], True),
        ("Use g", [change("a.py"), change("test_b.py")], True),
        ("Use g", [change("a.py")], False),
        ("Use g", [change("a.py"), change("b.txt")], False),
        ("Use g", [change("a.py"), change("b.py", status="A")], False),
        ("Use g", [change("a.py"), change("b.py", new_mode="120000")], False),
        ("Use g", [change("a.py"), change("b.py", new_blob="1" * 40)], False),
        ("Revert to f", [change("a.py"), change("b.py")], False),
    ],
)
def test_commit_may_be_bulk_edit(subject: str, changes: list[Any], expected: bool) -> None:
    assert may_be_bulk_edit(commit(subject, changes=changes)) is expected


def test_first_hundred_files_are_read() -> None:
    changes = [change(f"a{n}.py") for n in range(120)]
    assert len(select_python_changes(commit("Use g", changes=changes))) == 100


def fixed(path: str, name: str, *forms: tuple[str, str], day: int = 1) -> FixedSite:
    made = tuple(form(*pair) for pair in forms)
    site = Site(path, name, "old()", "new()", 1, 1, (), True, False, (), made)
    return FixedSite(Source(f"{day:040x}", f"2026-01-0{day}", "Use g"), site)


USES = ("json.f($X)", "json.g($X)")
TEXT = ("json.f('x')", "json.g('x')")


@pytest.mark.parametrize(
    ("places", "forms", "count"),
    [
        pytest.param(("a.py f", "a.py g", "b.py f"), (USES,), 3, id="enough"),
        pytest.param(("a.py f", "a.py f", "b.py f"), (USES,), 0, id="two-functions"),
        pytest.param(("a.py f", "a.py g", "a.py h"), (USES,), 0, id="one-file"),
        pytest.param(("a.py f", "a.py g", "b.py f"), (TEXT,), 3, id="text-in-the-product"),
        pytest.param(("test_a.py f", "test_a.py g", "test_b.py f"), (TEXT,), 0, id="text-in-tests"),
        pytest.param(("test_a.py f", "test_a.py g", "test_b.py f"), (USES,), 3, id="name-in-tests"),
    ],
)
def test_sites_that_share_a_form(
    places: tuple[str, ...], forms: tuple[tuple[str, str], ...], count: int
) -> None:
    sites = [fixed(place.split()[0], place.split()[1], *forms) for place in places]
    assert len(find_bulk_edits(sites)) == count


def test_only_the_shared_forms_are_kept() -> None:
    other = ("json.x($X)", "json.y($X)")
    sites = [fixed("a.py", "f", USES, other), fixed("a.py", "g", USES), fixed("b.py", "f", USES)]
    assert {found.site.forms for found in find_bulk_edits(sites)} == {(form(*USES),)}


def test_attributes_of_a_form_are_what_it_uses() -> None:
    assert find_used_attributes(form("a.f(b.c, json.d)", "e")) == {"f", "c"}


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        ([("a.py", "f", 1)], False),
        ([("a.py", "f", 1), ("a.py", "f", 2)], True),
        ([("a.py", "f", 1), ("b.py", "f", 1)], False),
        ([("a.py", "f", 1), ("a.py", "g", 1), ("a.py", "h", 1)], False),
        ([("a.py", "f", 1), ("a.py", "g", 1), ("b.py", "h", 1)], True),
    ],
)
def test_edit_is_repeated_by_commits_or_in_many_places(
    sites: list[tuple[str, str, int]], expected: bool
) -> None:
    found = [fixed(path, name, day=day) for path, name, day in sites]
    assert is_repeated(found) is expected


def test_sites_are_gathered_by_form_one_per_place_and_oldest_first() -> None:
    sites = [
        fixed("b.py", "f", USES, day=3),
        fixed("a.py", "f", USES, day=1),
        fixed("a.py", "f", USES, day=2),
    ]
    (candidate,) = gather(sites)
    assert [one.source.date for one in candidate.sites] == ["2026-01-01", "2026-01-03"]
    assert (candidate.commits, candidate.files, candidate.reverse_edits) == (2, 2, 0)
    assert candidate.is_repeated


def test_forms_that_differ_in_a_value_are_joined() -> None:
    sites = [fixed("a.py", "f", TEXT), fixed("b.py", "f", ("json.f('y')", "json.g('y')"), day=2)]
    assert [(c.form.kind, len(c.sites)) for c in gather(sites)] == [
        ("exact", 1),
        ("exact", 1),
        ("joined", 2),
    ]


def test_reverse_edits_are_counted() -> None:
    sites = [
        fixed("a.py", "f", USES),
        fixed("b.py", "f", USES[::-1]),
        fixed("c.py", "f", USES[::-1]),
    ]
    assert [candidate.reverse_edits for candidate in gather(sites)] == [2, 1]


def test_thirty_files_of_a_sweep_are_read_the_first_by_name() -> None:
    names = [f"m{number:02}" for number in range(32)]
    assert paths(**dict.fromkeys(reversed(names), ("f(1)\n", "g(1)\n"))) == tuple(names[:30])
