"""Lays a report out as lines of styled pieces, which plain text and a terminal both show."""

from __future__ import annotations

from devmatrix_guard.lazy_typing import Iterator
from devmatrix_guard.model.finding import Finding, Source
from devmatrix_guard.model.language import write_comment
from devmatrix_guard.model.named_value import NamedValue
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import LAYERS, rank_stage
from devmatrix_guard.reports.escape import make_visible, shorten, split_visible_lines
from devmatrix_guard.reports.options import RenderOptions
from devmatrix_guard.reports.preview import fix_diff, list_code_lines

_SHOWN_SOURCES = 3
_SHOWN_DIFF_LINES = 16
_STYLE_OF_SIGN = {"-": "removed", "+": "added", "@": "dim", " ": "plain"}


class Piece(NamedValue):
    """A stretch of one line; `style` is a word the painter knows, `link` where it leads."""

    text: str
    style: str = "plain"
    link: str = ""


Line = tuple[Piece, ...]
_EMPTY: Line = ()
_TREE = " │├└─"
_GOES_ON = str.maketrans({"├": "│", "└": " ", "─": " "})


def write_report_lines(report: CheckReport, options: RenderOptions) -> Iterator[Line]:
    """Yield the whole report, prose wrapped to the width; nothing where nothing is to be said."""
    for finding in report.findings:
        web = options.web if options.links else ""
        is_gone = finding.path in report.gone
        yield from write_finding_lines(finding, width=options.width, web=web, is_gone=is_gone)
    for finding in report.fixed:
        place = f"{make_visible(finding.path)}:{finding.start_line}"
        yield (
            Piece("fixed ", "added"),
            Piece(place, "place"),
            Piece(f"  {make_visible(finding.rule_id)}"),
        )
    yield from _write_told(report, options.width)
    if report.findings or report.fixed:
        yield (Piece(write_summary(report, options.fix_command), "title"),)
    for sentence in describe_range(report):
        yield (Piece(sentence, "title"),)


def _write_told(report: CheckReport, width: int) -> Iterator[Line]:
    """Yield what is told beside the findings: notes, suppressions, and what nothing judged."""
    for note in report.notes:
        place = Piece(_write_place(note.path, note.line) if note.path else "", "dim")
        text = Piece(make_visible(note.text))
        yield from _write_sentence((Piece("note ", "note"), place), text, width, " ")
    for one in report.new_suppressions:
        head = _begin("new suppression ", _write_place(one.path, one.line), fails=one.fails)
        yield from _write_reason(head, one.text, width)
    for missed in report.unjudged:
        head = _begin("not judged ", make_visible(missed.path), fails=missed.fails)
        yield from _write_reason(head, missed.reason, width)
    judged_by_nobody = {(missed.path, missed.reason) for missed in report.unjudged}
    for skip in report.skipped:
        if (skip.path, skip.reason) not in judged_by_nobody:
            head = _begin("skipped ", make_visible(skip.path))
            yield from _write_reason(head, skip.reason, width)
    for deferral in report.deferred:
        head = _begin("deferred ", make_visible(deferral.rule_id))
        yield from _write_reason(head, deferral.reason, width)


def _write_place(path: str, line: int) -> str:
    return f"{make_visible(path)}:{line}" if line else make_visible(path)


def _begin(word: str, place: str, *, fails: bool = False) -> Line:
    return Piece(word, "block" if fails else "note"), Piece(place)


def _write_reason(head: Line, reason: str, width: int) -> Iterator[Line]:
    return _write_sentence(head, Piece(make_visible(reason), "dim"), width, ": ")


def _write_sentence(head: Line, text: Piece, width: int, mark: str) -> Iterator[Line]:
    """Yield a place and what is said of it, the latter below it where one line has no room."""
    used = sum(len(piece.text) for piece in head)
    if not head[-1].text:  # of no place in particular
        first, *lines = wrap_text(text.text, width - used)
        yield (*head, text._replace(text=first))
    elif used + len(mark + text.text) <= width:
        yield (*head, text._replace(text=mark + text.text))
        return
    else:
        yield (*head, text._replace(text=mark.rstrip()))
        lines = wrap_text(text.text, width - 2)
    for line in lines:
        yield Piece("  "), text._replace(text=line)


def describe_range(report: CheckReport) -> Iterator[str]:
    """Yield what a range has to answer for beside its findings, a sentence each."""
    if report.unjudged:
        what = _count(len(report.unjudged), "change that was not judged", "changes not judged")
        yield _add_failing(what, sum(one.fails for one in report.unjudged), "on-unjudged")
    if report.new_suppressions:
        what = _count(len(report.new_suppressions), "new suppression")
        failing = sum(one.fails for one in report.new_suppressions)
        yield _add_failing(what, failing, "on-new-suppression")


def _add_failing(what: str, failing: int, setting: str) -> str:
    return f"{what}, {failing} failing ({setting} = fail)." if failing else f"{what}."


def write_finding_lines(
    finding: Finding, *, width: int, web: str = "", is_gone: bool = False
) -> Iterator[Line]:
    """Yield one finding: where, what, the code, the fix, the commits, and how to keep it."""
    place = make_visible(finding.path)
    if not is_gone:  # of what is deleted no line is left
        place += f":{finding.start_line}:{finding.start_col}"
    head = (
        Piece(place, "place"),
        Piece("  "),
        Piece(finding.stage, finding.stage),
        Piece("  "),
        Piece(make_visible(finding.rule_id), "title"),
    )
    yield from _add_layer(head, finding.layer, width)
    for text in split_visible_lines(finding.message.strip()):
        for line in wrap_text(text, width - 2):
            yield (Piece(f"  {line}"),)
    yield from _write_code(finding)
    yield from _write_fix(finding)
    yield from _write_sources(finding, web, width)
    if not is_gone:  # a deleted file has no place for a comment
        yield from _write_comment(finding, width)
    yield _EMPTY


def _write_comment(finding: Finding, width: int) -> Iterator[Line]:
    """Yield the comment that keeps what was found."""
    words = f"guard: ignore[{make_visible(finding.rule_id)}] reason=… kind=wont-fix"
    comment = write_comment(finding.path, words)
    head = Piece("  keep it:", "dim")
    if len(head.text) + 1 + len(comment) <= width:
        yield head, Piece(f" {comment}", "dim")
    else:  # one line, to be copied
        yield (head,)
        yield (Piece(f"    {comment}", "dim"),)


def write_summary(report: CheckReport, fix_command: str) -> str:
    """Return the closing sentence: how many findings, how many fail the check, what can be done."""
    total = len(report.findings)
    failing = count_failing(report)
    words = [_count(total, "finding")] if total or not report.fixed else []
    if failing:
        words.append(f"{failing} at or above `{report.gate}`")
    fixable = sum(1 for finding in report.findings if finding.fix and finding.fix.safe)
    if report.fixed:
        words.append(f"{len(report.fixed)} fixed in the work tree: review, then git add")
    elif fixable:
        advice = f": {make_visible(fix_command)}" if fix_command else ", not written"
        words.append(f"{fixable} with a safe fix{advice}")
    unsafe = sum(1 for f in report.findings if f.fix and f.fix.lacks_example)
    if unsafe:
        words.append(f"{unsafe}{' more' * bool(fixable)} with --unsafe-fixes")
    return ", ".join(words) + "."


def count_failing(report: CheckReport) -> int:
    """Return how many findings stand at or above the gate; the gate `none` fails nothing."""
    gate = rank_stage(report.gate)
    return sum(1 for f in report.findings if gate >= 0 and rank_stage(f.stage) >= gate)


def wrap_text(text: str, width: int) -> list[str]:
    """Return prose as lines of at most `width`, which is taken to be no less than 20."""
    width = max(width, 20)
    if len(text) <= width and text.isprintable() and text == text.strip():
        return [text]
    import textwrap

    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def wrap_line(line: Line, width: int) -> Iterator[Line]:
    """Yield a line on as many rows as it needs, those below the first indented by two more.

    What stands before it in a tree goes on beside them; a word that is too long is left whole.
    """
    if sum(len(piece.text) for piece in line) <= width:
        yield line
        return
    words = [
        piece._replace(text=word) for piece in line for word in _split_words(piece.text) if word
    ]
    start = "".join(piece.text for piece in line)
    arms = start[: len(start) - len(start.lstrip(_TREE))]
    below = Piece(arms.translate(_GOES_ON) + "  ", "dim")
    row: list[Piece] = []
    used, says_something = 0, False
    for word in words:
        may_break = bool(row) and (word.text[0] == " " or row[-1].text[-1] == " ")
        if may_break and says_something and used + len(word.text.rstrip()) > width:
            yield _strip_end(row)
            row, used, says_something = [below], len(below.text), False
            word = word._replace(text=word.text.lstrip())
        row.append(word)
        used += len(word.text)
        says_something = says_something or bool(word.text.strip(_TREE))
    yield _strip_end(row)


def _strip_end(row: list[Piece]) -> Line:
    """Return a row without the blanks at its end."""
    while len(row) > 1 and not row[-1].text.strip():
        row.pop()
    return (*row[:-1], row[-1]._replace(text=row[-1].text.rstrip()))


def _split_words(text: str) -> list[str]:
    """Return words, each with the blanks before it, and the blanks at the end by themselves."""
    found: list[str] = []
    for part in text.split(" "):
        if found and not found[-1].strip():
            found[-1] += f" {part}"
        else:
            found.append(f" {part}" if found else part)
    return found


def _add_layer(head: Line, layer: int | None, width: int) -> Iterator[Line]:
    """Yield a finding's head with its layer, on a line of its own where there is no room."""
    if layer not in LAYERS:
        yield head
        return
    piece = Piece(f"  layer {layer}, {LAYERS[layer]}", "dim")
    if sum(len(one.text) for one in (*head, piece)) <= width:
        yield (*head, piece)
    else:
        yield head
        yield (piece,)


def _write_code(finding: Finding) -> Iterator[Line]:
    lines, hidden = list_code_lines(finding)
    margin = len(str(lines[-1].number)) if lines else 0
    for line in lines:
        if line.is_gone:
            yield Piece(f"  {'-':>{margin}} | ", "dim"), Piece(line.text, "removed")
            continue
        offset, length = line.mark
        yield Piece(f"  {line.number:>{margin}} | ", "dim"), Piece(line.text, "code")
        yield (
            Piece(f"  {'':>{margin}} | ", "dim"),
            Piece(" " * offset + "^" * length, finding.stage),
        )
    if hidden:
        yield (Piece(f"  {'':>{margin}} | … {_count(hidden, 'more line')}", "dim"),)


def _write_fix(finding: Finding) -> Iterator[Line]:
    if finding.fix is None:
        return
    unsafe = "fix for --unsafe-fixes" if finding.fix.lacks_example else "fix, not safe to write"
    grade = "fix" if finding.fix.safe else unsafe
    doubt = finding.fix.doubt
    reason = f" ({make_visible(doubt.sentence)})" if doubt else ""
    yield (Piece(f"  {grade}{reason}:", "dim"),)
    lines = fix_diff(finding)
    for line in lines[:_SHOWN_DIFF_LINES]:
        yield (Piece(f"    {line.sign} {line.text}".rstrip(), _STYLE_OF_SIGN[line.sign]),)
    if len(lines) > _SHOWN_DIFF_LINES:
        yield (Piece(f"      … {_count(len(lines) - _SHOWN_DIFF_LINES, 'more line')}", "dim"),)


def _write_sources(finding: Finding, web: str, width: int) -> Iterator[Line]:
    sources = list_untold_sources(finding)
    if not sources:
        return
    also = "also " if len(sources) < len(finding.sources) else ""
    yield (Piece(f"  {also}learned from {_count(len(sources), 'fix', 'fixes')}:", "dim"),)
    for source in sources[:_SHOWN_SOURCES]:
        line = (
            Piece("    "),
            Piece(make_visible(source.commit)[:10], "commit", _link(web, source.commit)),
            Piece(f" {make_visible(source.date)} ", "dim"),
            Piece(shorten(source.subject)),
        )
        yield from wrap_line(line, width)
    if len(sources) > _SHOWN_SOURCES:
        rest = len(sources) - _SHOWN_SOURCES
        yield (
            Piece(f"    … and {rest} more: guard explain {make_visible(finding.rule_id)}", "dim"),
        )


def list_untold_sources(finding: Finding) -> tuple[Source, ...]:
    """Return the commits a finding was learned from that its message does not name already."""
    return tuple(s for s in finding.sources if s.commit[:7] not in finding.message)


def _link(web: str, commit: str) -> str:
    if not web:
        return ""
    from devmatrix_guard.reports.links import link_commit  # only where a terminal shows links

    return link_commit(web, commit)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
