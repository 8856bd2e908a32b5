"""What a change does beside undoing a fix: is the fix lost, or written otherwise?"""

from __future__ import annotations

from devmatrix_guard.mining.undo.context import Context
from tests.mining.undo.test_index import FIXED, GUARDED, LOAD, matches_of

TWICE = FIXED.replace("return None", "return load_copy(path)")
LOST = Context(is_exact=True, share_of_fix=1.0, is_said_again=False, is_alone=True)


def context_of(after: str, change: str, **others: str) -> Context:
    files = {"a.py": change, **{f"{name}.py": text for name, text in others.items()}}
    (context,) = {match.context for match in matches_of(LOAD, after, {**files})}
    return context


def test_a_fix_that_is_taken_back_to_the_letter_is_lost() -> None:
    assert context_of(FIXED, LOAD) == LOST
    assert (
        context_of(FIXED, LOAD.replace("(path, verify=False)", "(\n  path, verify=False\n)"))
        == LOST
    )
    assert context_of(FIXED, LOAD + "\n\nWAIT = 3\n") == LOST._replace(is_alone=False)


def test_with_other_names_it_is_not_to_the_letter() -> None:
    assert not context_of(FIXED, LOAD.replace("answer", "reply")).is_exact


def test_a_part_of_a_fix_has_its_share_of_what_stood() -> None:
    part = context_of(TWICE, TWICE.replace("return load_copy(path)", "return None"))
    assert 0 < part.share_of_fix < 0.5
    assert context_of(TWICE, LOAD).share_of_fix == 1


def test_what_the_fix_brought_in_and_the_change_adds_elsewhere_is_said_again() -> None:
    moved = LOAD.replace("    session =", "    use(CERTIFICATES)\n    session =", 1)
    assert context_of(FIXED, moved).is_said_again
    assert context_of(FIXED, LOAD, other="def use():\n    return CERTIFICATES\n").is_said_again
    assert not context_of(FIXED, LOAD, other="def use():\n    return False\n").is_said_again


def test_a_fix_that_only_added_brought_in_its_words() -> None:
    assert context_of(GUARDED, LOAD) == LOST


def test_a_changed_operator_brought_in_nothing() -> None:
    off = LOAD.replace("status > 400", "status >= 400")
    assert context_of(off, LOAD) == LOST
