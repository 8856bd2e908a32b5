"""A file that people edited is found again under the name it is generated with now."""

from __future__ import annotations

from devmatrix_guard.generator.regenerate.renames import RenamedFile, find_renamed_files

OLD, NEW = "src/pay_invoice.py", "src/settle_invoice.py"
TEXT = """\
def {0}_invoice(number: int, amount: int) -> int:
    left = read_left(number)
    if amount > left:
        raise ValueError("too much")
    write_left(number, left - amount)
    return left - amount
"""
BASE = TEXT.format("pay")
MINE = BASE.replace("too much", "more than is left")


def find(ours: str | None, **theirs: str) -> list[RenamedFile]:
    """Return what is found where people have a file, and others are generated in its place."""
    made = {f"src/{name}.py": text for name, text in theirs.items()}
    return find_renamed_files([], [{OLD: BASE}], {} if ours is None else {OLD: ours}, made)


def test_an_edited_file_goes_on_as_the_one_that_is_like_it() -> None:
    (found,) = find(MINE, settle_invoice=TEXT.format("settle"), other="x = 1\n")
    assert (found.old, found.path, found.is_certain) == (OLD, NEW, False)
    assert found.base == TEXT.format("settle")
    assert found.ours == TEXT.format("settle").replace("too much", "more than is left")


def test_nothing_is_guessed_between_two_that_are_as_like() -> None:
    assert find(MINE, settle_invoice=TEXT.format("settle"), meet_invoice=TEXT.format("meet")) == []


def test_nothing_like_it_is_nothing() -> None:
    assert find(MINE, settle_invoice="x = 1\n") == []


def test_what_nobody_edited_or_somebody_deleted_is_left_alone() -> None:
    for ours in (BASE, BASE.replace("\n", "\r\n"), None):
        assert find(ours, settle_invoice=TEXT.format("settle")) == []


def test_only_a_file_beside_it_of_its_kind_is_meant() -> None:
    text = TEXT.format("settle")
    for path in ("src/more/settle_invoice.py", "src/settle_invoice.txt"):
        assert find_renamed_files([], [{OLD: BASE}], {OLD: MINE}, {path: text}) == []


def test_a_file_that_was_there_before_is_no_new_name() -> None:
    bases = [{OLD: BASE, NEW: "x = 1\n"}]
    assert find_renamed_files([], bases, {OLD: MINE}, {NEW: TEXT.format("settle")}) == []
