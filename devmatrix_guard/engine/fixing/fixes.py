"""Fixes: build the edits that resolve a match, prove them safe, choose among them, apply them.

rule + match -> `build_fix` (drafted, then proven by parsing, matching again and the rule's own
examples) -> `select_fixes` (no two overlap) -> `apply_edits` (bytes in, bytes out)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from devmatrix_guard.engine.fixing.draft import Draft, draft_fix, fix_spec
from devmatrix_guard.engine.fixing.meaning import doubt_meaning
from devmatrix_guard.engine.fixing.region import (
    Replacement,
    measure_region,
    parse_shared,
    splice,
)
from devmatrix_guard.engine.fixing.validate import prove_by_examples, prove_together
from devmatrix_guard.engine.matching.match import Match
from devmatrix_guard.engine.tree.source_text import SourceText, decode_source
from devmatrix_guard.errors import UsageError
from devmatrix_guard.model.finding import Doubt, Edit, Finding, Fix

Body = Mapping[str, Any]
_UNREADABLE = Doubt("unreadable", "the file cannot be read and written back exactly")
_LOOKED_UP = Doubt(
    "names", "its rule also matches what a name was assigned, which is code of another place"
)
_OUTSIDE = Doubt("lines", "it would change lines outside the change")
_TOO_LONG = Doubt("length", "the statements it stands in are too long to prove it for all of them")
# Proving a fix parses the statement around it a dozen times.
_SHORT = 2_000
_MOST_CODE = 200_000  # of statements that are not short, in a file
_NO_DRAFT = Draft(0, 0, doubt=_TOO_LONG)
Lines = Sequence[tuple[int, int]]


def build_fix(body: Body, match: Match, source: bytes, *, lines: Lines | None = None) -> Fix | None:
    """Return the fix a rule has for one match; None if the rule has none.

    Args:
        body: the YAML mapping of the rule that matched.
        match: the place and what its metavariables bound there.
        source: the file's bytes.
        lines: the changed lines a safe fix keeps to; None for the whole file.
    """
    return build_fixes([(body, match)], source, lines=lines)[0]


def build_fixes(
    found: Sequence[tuple[Body, Match]], source: bytes, *, lines: Lines | None = None
) -> list[Fix | None]:
    """Return the fix of each match of one file; proving many together costs about as much as one.

    A fix that would not parse, or that leaves its rule firing, comes without edits; one that is
    unsafe otherwise keeps them, to be shown and not applied.
    """
    specs = [fix_spec(body) for body, _ in found]
    if not any(specs):
        return [None] * len(found)
    text, tree = decode_source(source), parse_shared(source)
    if text is None or tree is None:
        broken = Fix((), _UNREADABLE)
        return [broken if spec else None for spec in specs]
    drafts: dict[int, Draft] = {}
    left = _MOST_CODE
    for index, (spec, (_, match)) in enumerate(zip(specs, found, strict=True)):
        if spec is None:
            continue
        length = measure_region(text, tree, match.start_line, match.end_line)
        left -= length if length > _SHORT else 0
        drafts[index] = draft_fix(spec, match, text, tree) if left >= 0 else _NO_DRAFT
    ready = {i: d for i, d in drafts.items() if d.doubt is None}
    failed = prove_together({i: (found[i][0], d) for i, d in ready.items()}, text)
    sound = {i: d for i, d in ready.items() if i not in failed}
    unproven = doubt_meaning(sound, text, tree) if sound else {}
    failed |= {i: one.doubt for i, one in unproven.items() if not one.stands}
    fixes: list[Fix | None] = []
    for index, (body, _) in enumerate(found):
        draft = drafts.get(index)
        if draft is None:
            fixes.append(None)
        elif index in failed:
            fixes.append(Fix((), failed[index]))
        else:
            doubt = unproven[index].doubt if index in unproven else None
            fixes.append(_grade(body, draft, text, lines, doubt))
    return fixes


def select_fixes(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of one file whose safe fixes can be applied together.

    The first by position wins over one it overlaps; the other has its turn in the next round. So it
    is for a fix inside of another, which may keep for itself what the other takes for its own. An
    edit that two fixes share, such as an import both add, is no overlap.
    """
    chosen: list[Finding] = []
    taken: list[Edit] = []
    for finding in sorted(findings, key=lambda f: (f.start_line, f.start_col, f.rule_id)):
        if finding.fix is None or not has_safe_fix(finding):
            continue
        new = [edit for edit in finding.fix.edits if edit not in taken]
        apart = not any(edits_overlap(edit, other) for edit in new for other in taken)
        if apart and not any(_touch(_reach(finding), _reach(one)) for one in chosen):
            chosen.append(finding)
            taken += new
    return tuple(chosen)


def has_safe_fix(finding: Finding) -> bool:
    """Tell whether a finding can be fixed without asking."""
    return finding.fix is not None and finding.fix.safe and bool(finding.fix.edits)


def collect_edits(findings: Iterable[Finding]) -> list[Edit]:
    """Return the edits of the findings' fixes; one that several share only once."""
    return sorted({edit for finding in findings if finding.fix for edit in finding.fix.edits})


def _reach(finding: Finding) -> Edit:
    """Return everything from a fix's first edit in the finding to its last as one edit."""
    edits = finding.fix.edits if finding.fix else ()
    own = [e for e in edits if not _adds_lines(e) and _stands_in(e, finding)] or edits
    start, end = min(e[:2] for e in own), max(e[2:4] for e in own)
    return Edit(start[0], start[1], end[0], end[1], "")


def _touch(one: Edit, other: Edit) -> bool:
    """Tell whether two reaches overlap, or one only adds where the other ends: what comes first?"""
    first, second = sorted((one, other), key=lambda e: e[:4])
    adds_at_end = second[:2] == second[2:4] == first[2:4] and not _adds_lines(second)
    return edits_overlap(one, other) or adds_at_end


def _stands_in(edit: Edit, finding: Finding) -> bool:
    return finding[2:4] <= edit[:2] <= finding[4:6]


def edits_overlap(one: Edit, other: Edit) -> bool:
    """Tell whether two edits touch the same text; lines added beside other code do not."""
    first, second = sorted((one, other), key=lambda e: e[:4])
    if first[:2] == second[:2]:
        return not (_adds_lines(first) or _adds_lines(second))
    return first[2:4] > second[:2]


def apply_edits(source: bytes, edits: Iterable[Edit]) -> bytes:
    """Return a file's bytes after edits; every byte outside them stays as it is.

    Raises:
        UsageError: two edits overlap, or the file or its encoding cannot take them.
    """
    # Lines added before other code stand before what else is put in at that place.
    unique = sorted(set(edits), key=lambda e: (*e[:4], not _adds_lines(e), e.text))
    text = decode_source(source)
    if text is None:
        raise UsageError("the file cannot be decoded exactly; it was left as it is.")
    for one, other in pairwise(unique):
        if edits_overlap(one, other):
            raise UsageError("two fixes overlap; apply them one after the other.")
    replacements = [
        Replacement(
            text.offset(e.start_line, e.start_col), text.offset(e.end_line, e.end_col), e.text
        )
        for e in unique
    ]
    try:
        return text.encode(splice(text.text, replacements, 0, len(text.text)))
    except UnicodeEncodeError as error:
        raise UsageError(
            f"the file's encoding {text.encoding} has no {error.object[error.start]!r}; "
            "correct the code by hand."
        ) from error


def _adds_lines(edit: Edit) -> bool:
    starts_line = edit.start_col == 1 and edit[:2] == edit[2:4]
    return starts_line and edit.text.endswith(("\n", "\r"))


def _grade(
    body: Body, draft: Draft, source: SourceText, lines: Lines | None, doubt: Doubt | None
) -> Fix:
    """Return the draft as a fix, with what is in doubt about it."""
    edits = tuple(_edit(source, r) for r in draft.replacements)
    found = (
        draft.doubt
        or doubt
        or _doubt_names(body)
        or _out_of_scope(source, draft, lines)
        or _not_encodable(source, draft)
    )
    return Fix(edits, found or prove_by_examples(body))


def _doubt_names(body: Body) -> Doubt | None:
    """Return why code that a metavariable bound may not be what stands at the match."""
    options = body.get("options")
    is_open = isinstance(options, Mapping) and options.get("symbolic_propagation")
    return _LOOKED_UP if is_open else None


def _edit(source: SourceText, replacement: Replacement) -> Edit:
    start, end = source.position(replacement.start), source.position(replacement.end)
    return Edit(*start, *end, replacement.text)


def _out_of_scope(source: SourceText, draft: Draft, lines: Lines | None) -> Doubt | None:
    """Return why the draft's edits leave the changed lines; the import it adds may."""
    if lines is None:
        return None
    for replacement in draft.edits:
        first = source.position(replacement.start)[0]
        last = source.position(max(replacement.start, replacement.end - 1))[0]
        if not any(low <= first and last <= high for low, high in lines):
            return _OUTSIDE
    return None


def _not_encodable(source: SourceText, draft: Draft) -> Doubt | None:
    try:
        for replacement in draft.replacements:
            source.encode(replacement.text)
    except UnicodeEncodeError:
        return Doubt("encoding", f"the file's encoding {source.encoding} cannot hold it")
    return None
