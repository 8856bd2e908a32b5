"""What becomes of a file, by what it was, what it is, and what it would be."""

from __future__ import annotations

import pytest

from devmatrix_guard.generator.regenerate.decide import Decision, decide, is_made_of

OLD, NEW, MINE = "a = 1\nb = 2\n", "a = 1\nb = 3\n", "a = 1\nb = 2\n\n\ndef mine():\n    pass\n"
BOTH = "a = 1\nb = 3\n\n\ndef mine():\n    pass\n"
OTHER = "a = 1\nb = 4\n"
PATH = "src/a.py"


def _as_files(text: str | None) -> dict[str, str]:
    return {} if text is None else {PATH: text}


def decide_one(
    base: str | None,
    ours: str | None,
    theirs: str | None,
    *others: str | None,
    inline: bool = False,
) -> Decision | None:
    found = decide(
        _as_files(base), _as_files(ours), _as_files(theirs), inline=inline,
        others=[_as_files(other) for other in others],
    )  # fmt: skip
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "outcome", "text"),
    [
        pytest.param(OLD, OLD, OLD, None, None, id="nothing is new"),
        pytest.param(OLD, MINE, OLD, None, None, id="only people changed it"),
        pytest.param(OLD, NEW, NEW, None, None, id="people wrote the same"),
        pytest.param(OLD, None, OLD, None, None, id="deleted, and nothing is new"),
        pytest.param(OLD, None, None, None, None, id="deleted by both"),
        pytest.param(None, None, NEW, "added", NEW, id="new"),
        pytest.param(OLD, OLD, NEW, "replaced", NEW, id="edited by nobody"),
        pytest.param(OLD, MINE, NEW, "merged", BOTH, id="edited beside what is new"),
        pytest.param(OLD, OTHER, NEW, "conflict", None, id="edited where it is new"),
        pytest.param(OLD, OLD, None, "removed", None, id="generated no more"),
        pytest.param(OLD, MINE, None, "kept", None, id="generated no more, and edited"),
        pytest.param(OLD, None, NEW, "kept", None, id="deleted, and changed since"),
        pytest.param(None, MINE, NEW, "conflict", None, id="a file of people is in its place"),
        pytest.param(OLD, BOTH, NEW, "kept", None, id="what is new is there already"),
    ],
)
def test_a_file_is(
    base: str | None, ours: str | None, theirs: str | None, outcome: str | None, text: str | None
) -> None:
    found = decide_one(base, ours, theirs)
    assert (found and found.outcome, found and found.text) == (outcome, text)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "note"),
    [
        (OLD, MINE, None, "you edited it, so it stays"),
        (OLD, None, NEW, "it stays deleted"),
        (None, MINE, NEW, "a file of yours is at its path"),
    ],
)
def test_what_is_left_alone_says_why(
    base: str | None, ours: str | None, theirs: str | None, note: str
) -> None:
    found = decide_one(base, ours, theirs)
    assert found is not None
    assert note in " ".join(found.notes)


def test_a_conflict_is_written_into_the_file_only_when_asked_for() -> None:
    plain, inline = decide_one(OLD, OTHER, NEW), decide_one(OLD, OTHER, NEW, inline=True)
    assert plain is not None and inline is not None
    assert plain.text is None
    assert inline.text is not None
    assert "<<<<<<< " in inline.text and ">>>>>>> " in inline.text
    assert plain.conflicts == inline.conflicts != ()


def test_lines_are_added_to_a_file_of_people_that_holds_entries() -> None:
    found = decide({}, {".gitignore": "mine\n"}, {".gitignore": "theirs\n"})
    assert [each.outcome for each in found] == ["merged"]
    assert found[0].text is not None
    assert set(found[0].text.splitlines()) == {"mine", "theirs"}


def test_files_are_decided_about_in_order_and_only_where_something_is_new() -> None:
    base = {"b": "1\n", "a": "1\n", "c": "1\n"}
    found = decide(base, base, {"b": "2\n", "a": "1\n", "d": "1\n"})
    assert [(each.path, each.outcome) for each in found] == [
        ("b", "replaced"), ("c", "removed"), ("d", "added"),
    ]  # fmt: skip


# Two branches generated OLD and OTHER, and were merged; now NEW is generated.
@pytest.mark.parametrize(
    ("ours", "outcome", "text"),
    [
        pytest.param(OLD, "replaced", NEW, id="git took the one"),
        pytest.param(OTHER, "replaced", NEW, id="git took the other"),
        pytest.param("a = 1\nb = 2\nb = 4\n", "replaced", NEW, id="git put both together"),
        pytest.param(NEW, None, None, id="it is so already"),
        pytest.param(MINE, "merged", BOTH, id="edited after the one"),
        pytest.param(MINE.replace("2", "4"), "merged", BOTH, id="edited after the other"),
        pytest.param(None, "kept", None, id="deleted"),
    ],
)
def test_after_branches_were_merged_a_file_is(
    ours: str | None, outcome: str | None, text: str | None
) -> None:
    found = decide_one(OLD, ours, NEW, OTHER)
    assert (found and found.outcome, found and found.text) == (outcome, text)


def test_a_file_that_one_branch_never_had_was_deleted_by_nobody() -> None:
    found = decide_one(OLD, None, NEW, None)
    assert found is not None
    assert (found.outcome, found.text) == ("added", NEW)


def test_what_git_left_undecided_is_merged_from_both_sides() -> None:
    marked = (
        "a = 1\n<<<<<<< ours\nb = 2\n=======\nb = 4\n>>>>>>> theirs\n\n\ndef mine():\n    pass\n"
    )
    found = decide_one(OLD, marked, NEW, OTHER)
    assert found is not None
    assert (found.outcome, found.text) == ("merged", BOTH)


@pytest.mark.parametrize(
    ("text", "bases", "theirs", "is_made"),
    [
        ("a\nb\nc\n", ["a\nb\n", "a\nc\n"], "a\n", True),
        ("a\n<<<<<<< x\nb\n=======\nc\n>>>>>>> y\n", ["a\nb\n", "a\nc\n"], "a\n", True),
        ("  a\n\nb\n", ["a\nb\n"], "a\n", True),
        ("a\nmine\n", ["a\nb\n", "a\nc\n"], "a\n", False),
        ("b\n", ["a\nb\n", "a\nc\n"], "a\n", False),
        ("a\n", [], "a\n", False),
    ],
)
def test_a_text_is_made_of_generated_lines(
    text: str, bases: list[str], theirs: str, is_made: bool
) -> None:
    assert is_made_of(text, bases, theirs) is is_made
