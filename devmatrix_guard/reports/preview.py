"""Shows a finding's code and its fix as lines, from nothing but the finding itself."""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Iterator, Sequence
from devmatrix_guard.model.finding import Edit, Finding
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.reports.escape import split_visible_lines
from devmatrix_guard.reports.redact import redact

_SHOWN_LINES = 6
# Comparing two lines letter by letter takes the square of their length, or more.
_LONGEST_COMPARED = 1000


class CodeLine(NamedValue):
    """One line of the span; `mark` is the marked part as (offset, length) in terminal cells.

    One that `is_gone` stood there before the change: what is at its number now is another.
    """

    number: int
    text: str
    mark: tuple[int, int]
    is_gone: bool = False


class DiffLine(NamedValue):
    """One line of a fix; `sign` is `-`, `+`, a space, or `@` for a word on where it goes."""

    sign: str
    text: str


def list_code_lines(finding: Finding) -> tuple[list[CodeLine], int]:
    """Return the first lines of the finding's span, and how many more there are."""
    if not finding.code:
        return [], 0
    raw = finding.code.removesuffix("\n").split("\n")
    lines = [_make_code_line(finding, index, text) for index, text in enumerate(raw[:_SHOWN_LINES])]
    return lines, len(raw) - len(lines)


def fix_diff(finding: Finding) -> list[DiffLine]:
    """Return the fix as diff lines; edits away from the finding come with their place."""
    if finding.fix is None:
        return []
    near, far = _split_by_place(finding)
    lines = [line for edit in far for line in _list_far_lines(edit)]
    if near:
        before = finding.code.removesuffix("\n")
        after = redact(_apply(finding, near))
        lines += _list_changed_lines(split_visible_lines(before), split_visible_lines(after))
    return lines


def _make_code_line(finding: Finding, index: int, text: str) -> CodeLine:
    number = finding.start_line + index
    start = finding.start_col - 1 if index == 0 else len(text) - len(text.lstrip())
    end = finding.end_col - 1 if number == finding.end_line else len(text)
    shown = split_visible_lines(text)[0]
    offset = _count_cells(split_visible_lines(text[:start])[0])
    length = max(_count_cells(split_visible_lines(text[:end])[0]) - offset, 1)
    return CodeLine(number, shown, (offset, length), is_gone=_is_gone(finding))


def _is_gone(finding: Finding) -> bool:
    """Whether the code of a finding is what the change took away, for its span is empty."""
    start = finding.start_line, finding.start_col
    return finding.kind == "undo" and start == (finding.end_line, finding.end_col)


def _split_by_place(finding: Finding) -> tuple[list[Edit], list[Edit]]:
    last = finding.start_line + finding.code.removesuffix("\n").count("\n")
    near: list[Edit] = []
    far: list[Edit] = []
    for edit in sorted(finding.fix.edits if finding.fix else ()):
        ends_inside = edit.end_line <= last or (edit.end_line == last + 1 and edit.end_col == 1)
        inside = finding.code and finding.start_line <= edit.start_line <= last and ends_inside
        (near if inside else far).append(edit)
    return near, far


def _apply(finding: Finding, edits: Sequence[Edit]) -> str:
    text = finding.code.removesuffix("\n") + "\n"
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(line: int, column: int) -> int:
        return starts[line - finding.start_line] + column - 1

    for edit in reversed(edits):
        start = offset(edit.start_line, edit.start_col)
        end = offset(edit.end_line, edit.end_col)
        text = text[:start] + edit.text + text[end:]
    return text.removesuffix("\n")


def _list_changed_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[DiffLine]:
    for line in compare_lines(before, after):
        yield DiffLine(line[0], line[2:])


def compare_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """Yield what stays, goes and comes, each line behind its sign and a space.

    Lines that are like each other stand together, where they are short enough to be compared.
    """
    import difflib

    if max(map(len, (*before, *after)), default=0) <= _LONGEST_COMPARED:
        yield from (line for line in difflib.ndiff(before, after) if not line.startswith("?"))
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield from (f"  {line}" for line in before[i1:i2])
        else:
            yield from (f"- {line}" for line in before[i1:i2])
            yield from (f"+ {line}" for line in after[j1:j2])


def _list_far_lines(edit: Edit) -> Iterator[DiffLine]:
    is_insertion = (edit.start_line, edit.start_col) == (edit.end_line, edit.end_col)
    yield DiffLine("@", f"line {edit.start_line}, {'insert' if is_insertion else 'replace with'}")
    for text in split_visible_lines(redact(edit.text)) if edit.text else ():
        yield DiffLine("+", text)


def _count_cells(text: str) -> int:
    """Return how many terminal cells `text` takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    wide = {"W", "F"}
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in wide else 1
        for char in text
    )
