"""Inline suppressions: `# guard: ignore[RULE] reason=… kind=…`, and Semgrep's `# nosemgrep`.

source bytes -> `find_suppressions` -> `apply_suppressions` with the file's findings -> kept,
suppressed, and notes on comments that are wrong or silence nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from devmatrix_guard.model.finding import Finding
from devmatrix_guard.model.language import is_in_other_language
from devmatrix_guard.model.report import Note, SuppressedFinding

if TYPE_CHECKING:
    from devmatrix_guard.engine.tree.lexer import LogicalLine

KINDS = ("false-positive", "wont-fix", "test", "legacy")
_MARKER = re.compile(rb"guard:[ \t]*ignore|nosem", re.IGNORECASE)
_GUARD = re.compile(
    r"#\s*guard:\s*ignore\b(?P<rest>.*?)(?=\s#\s*(?:guard:|nosem|noqa|type:|pragma:|pylint:)|$)"
)
_GUARD_BODY = re.compile(r"\s*\[(?P<rules>[^\]]*)\](?P<options>.*)", re.DOTALL)
# Comments of C, JavaScript, shell, SQL, HTML and Jinja, without what closes them.
_FOREIGN = re.compile(
    r"(?://|/?\*|#|--|<!--|\{#)\s*(?P<text>guard:\s*ignore\b.*?)\s*(?:\*/|--+>|#\})?\s*$",
    re.IGNORECASE,
)
_OPTION = re.compile(r"\s*\b(reason|kind)\s*=\s*")
_RULE_ID = re.compile(r"[\w.:/-]+\Z")
_NOSEM = re.compile(r"[\s#]nosem(?:grep)?(?::\s*(?P<rules>[\w.:/-]+(?:\s*,\s*[\w.:/-]+)*))?", re.I)


class Suppression(NamedTuple):
    """One suppressing comment.

    `rules` is empty where every rule is meant, as a bare `# nosemgrep` does. `first` to `last` are
    the lines of the statement the comment stands on or above; `error` says what is wrong with a
    comment that therefore has no effect.
    """

    line: int
    marker: str
    rules: tuple[str, ...]
    reason: str = ""
    kind: str = ""
    first: int = 0
    last: int = 0
    error: str = ""


class SuppressionResult(NamedTuple):
    """A file's findings told apart, the comments that silenced none, and what to say about it."""

    kept: tuple[Finding, ...]
    suppressed: tuple[SuppressedFinding, ...]
    unused: tuple[Suppression, ...]
    notes: tuple[Note, ...]


def find_suppressions(source: bytes) -> tuple[Suppression, ...]:
    """Return the suppressing comments of a file in order; strings are never read as comments."""
    if not _MARKER.search(source):
        return ()
    from devmatrix_guard.engine.tree.lexer import list_logical_lines, read_tokens
    from devmatrix_guard.engine.tree.source_text import decode_source

    text = decode_source(source)
    tokens = read_tokens(text) if text is not None else None
    if text is None or tokens is None:
        return ()
    comments = {text.position(t.start)[0]: t.text for t in tokens if t.kind == "COMMENT"}
    units = _join_units(list_logical_lines(text, tokens))
    found: list[Suppression] = []
    for line, comment in comments.items():
        parsed = list(_parse_comment(comment, line))
        if parsed:
            first, last = _find_covered(line, units, comments)
            found += [s._replace(first=first, last=last) for s in parsed]
    return tuple(found)


def find_comments(path: str, source: bytes) -> tuple[Suppression, ...]:
    """Return the suppressing comments of a file, by the language that its name says it is in."""
    find = find_line_suppressions if is_in_other_language(path) else find_suppressions
    return find(source)


def find_line_suppressions(source: bytes) -> tuple[Suppression, ...]:
    """Return the suppressing comments of a file in another language, each for its line.

    One that stands alone speaks for the line below it, too. Strings are not told from comments.
    """
    if not _MARKER.search(source):
        return ()
    found: list[Suppression] = []
    for number, line in enumerate(source.decode("utf-8", "replace").split("\n"), 1):
        comment = _FOREIGN.search(line)
        if comment:
            last = number if line[: comment.start()].strip() else number + 1
            parsed = _parse_comment(f"# {comment['text'].rstrip()}", number)
            found += [s._replace(first=number, last=last) for s in parsed]
    return tuple(found)


def apply_suppressions(
    path: str,
    findings: Sequence[Finding],
    suppressions: Sequence[Suppression],
    *,
    ran: Collection[str],
    known: Collection[str],
) -> SuppressionResult:
    """Tell a file's findings apart by its suppressions.

    Give all findings of the file, not only those on changed lines: a suppression whose finding is
    merely out of scope is not unused.

    Args:
        path: the file's path, for the notes.
        findings: every finding of the file.
        suppressions: what `find_suppressions` returned for it.
        ran: ids of the rules that were run on the file; only these can make a comment unused.
        known: ids of all rules that exist, run or not.
    """
    valid = [s for s in suppressions if not s.error]
    starts = {(f.rule_id, f.start_line) for f in findings}
    used: set[tuple[Suppression, str]] = set()
    kept: list[Finding] = []
    silenced: list[SuppressedFinding] = []
    for finding in findings:
        by = [
            (s, name)
            for s in valid
            if (name := _name_for(s, finding.rule_id)) is not None and _covers(s, finding, starts)
        ]
        used.update(by)
        if by:
            silenced.append(SuppressedFinding(finding, "inline", by[0][0].reason, by[0][0].kind))
        else:
            kept.append(finding)
    unused = tuple(_find_unused(valid, used, ran))
    notes = tuple(_write_notes(path, suppressions, unused, known))
    return SuppressionResult(tuple(kept), tuple(silenced), unused, notes)


def _join_units(lines: Iterable[LogicalLine]) -> list[tuple[int, int]]:
    """Join decorators with the header they stand on."""
    units: list[tuple[int, int]] = []
    opened: int | None = None
    for line in lines:
        start = line.first if opened is None else opened
        if line.is_decorator:
            opened = start
        else:
            units.append((start, line.last))
            opened = None
    return units


def _find_covered(
    line: int, units: Sequence[tuple[int, int]], comment_lines: Collection[int]
) -> tuple[int, int]:
    """Return the lines of the statement a comment stands in, or directly above."""
    index = bisect_left(units, line, key=lambda unit: unit[1])
    if index == len(units):
        return line, line
    first, last = units[index]
    below = line + 1
    while below < first and below in comment_lines:
        below += 1
    return (first, last) if below >= first else (line, line)


def _name_for(suppression: Suppression, rule_id: str) -> str | None:
    """Return the name by which the comment means the rule; empty when it means every rule."""
    if not suppression.rules:
        return ""
    return next((name for name in suppression.rules if _means(suppression, name, rule_id)), None)


def _covers(
    suppression: Suppression, finding: Finding, starts: Collection[tuple[str, int]]
) -> bool:
    """Tell whether a comment stands where it speaks for a finding."""
    if suppression.marker == "nosemgrep":
        above = suppression.line + 1 == finding.start_line and suppression.first > suppression.line
        return suppression.line == finding.start_line or above
    if suppression.first <= finding.start_line <= suppression.last:
        return True
    # A comment deep inside a long finding speaks for it only if it speaks for nothing nearer.
    inside = finding.start_line < suppression.first and suppression.last <= finding.end_line
    own = range(suppression.first, suppression.last + 1)
    return inside and not any((finding.rule_id, line) in starts for line in own)


def _means(suppression: Suppression, name: str, rule_id: str) -> bool:
    """Tell whether a name in a comment means the rule.

    Semgrep puts the folders of a rule's file before its id (`rules.bad-load`), and people copy
    that into its comments.
    """
    is_qualified = suppression.marker == "nosemgrep" and name.endswith("." + rule_id)
    return is_qualified or _names(name, rule_id)


def _names(name: str, rule_id: str) -> bool:
    return name == rule_id or rule_id.endswith("." + name)


def _find_unused(
    valid: Iterable[Suppression], used: Collection[tuple[Suppression, str]], ran: Collection[str]
) -> Iterable[Suppression]:
    """Yield each comment with those of its rules that ran and had nothing to silence.

    A bare nosemgrep is left out: it may be meant for another tool's rules.
    """
    for suppression in valid:
        idle = tuple(
            name
            for name in suppression.rules
            if (suppression, name) not in used
            and any(_means(suppression, name, rule_id) for rule_id in ran)
        )
        if idle:
            yield suppression._replace(rules=idle)


def _parse_comment(comment: str, line: int) -> Iterable[Suppression]:
    for match in _GUARD.finditer(comment):
        yield _parse_guard(match.group("rest"), line)
    nosem = _NOSEM.search(comment)
    if nosem:
        names = nosem.group("rules") or ""
        yield Suppression(line, "nosemgrep", tuple(n.strip() for n in names.split(",") if n))


def _parse_guard(rest: str, line: int) -> Suppression:
    body = _GUARD_BODY.match(rest)
    names = [n.strip() for n in body.group("rules").split(",")] if body else []
    wrong = [n for n in names if not _RULE_ID.match(n)]
    if body is None or wrong:
        return Suppression(
            line, "guard", (), error="names no rule; write `# guard: ignore[RULE] reason=why`"
        )
    options = _parse_options(body.group("options"))
    if isinstance(options, str):
        return Suppression(line, "guard", tuple(names), error=options)
    return Suppression(
        line, "guard", tuple(names), options.get("reason", ""), options.get("kind", "")
    )


def _parse_options(text: str) -> dict[str, str] | str:
    """Return the options after the rules, or a sentence that says what is wrong with them."""
    pieces = _OPTION.split(text)
    if pieces[0].strip():
        return f"has {pieces[0].strip()[:40]!r} after the rules; only reason= and kind= may follow"
    options: dict[str, str] = {}
    for name, value in zip(pieces[1::2], pieces[2::2], strict=True):
        if name in options:
            return f"has {name}= twice"
        options[name] = value.strip().strip("\"'")
    if options.get("kind", KINDS[0]) not in KINDS:
        return f"has kind={options['kind'][:40]}; it is one of {', '.join(KINDS)}"
    return options


def _write_notes(
    path: str,
    suppressions: Iterable[Suppression],
    unused: Iterable[Suppression],
    known: Collection[str],
) -> Iterable[Note]:
    for suppression in suppressions:
        if suppression.error:
            yield Note(path, suppression.line, f"the suppression {suppression.error}")
        elif suppression.marker == "guard":
            strange = [n for n in suppression.rules if not any(_names(n, r) for r in known)]
            if strange:
                text = f"the suppression names an unknown rule: {', '.join(strange)}"
                yield Note(path, suppression.line, text)
    for suppression in unused:
        text = f"the suppression of {', '.join(suppression.rules)} is unused; remove it"
        yield Note(path, suppression.line, text)
