"""Says what a change takes from the tests that prove earlier fixes."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.engine.findings.fingerprint import compute_fingerprint
from devmatrix_guard.engine.tree.parse import parse_source
from devmatrix_guard.mining.commits import describe_unit
from devmatrix_guard.mining.fixes.purpose import NO_PURPOSE, Purpose, covers, list_words
from devmatrix_guard.mining.outline import read_outline
from devmatrix_guard.mining.regression.change import Loss
from devmatrix_guard.mining.regression.runner import Exclusion
from devmatrix_guard.mining.regression.stand_ins import StandIn
from devmatrix_guard.mining.regression.taken import (
    BOUNDED,
    DELETED,
    DIFFERENT,
    DROPPED_CASE,
    EMPTIED,
    REMOVED,
    REPLACED,
    SKIPPED,
    UNCOLLECTED,
    UNORDERED,
    WEAKENED,
    WHOLE,
    Taken,
)
from devmatrix_guard.mining.reverts import Reverted
from devmatrix_guard.model.diff import FileChange, Hunk
from devmatrix_guard.model.finding import Finding, Source
from devmatrix_guard.model.knowledge.fix import FixUnit

RULE_ID = "removed-proof"
_SHOWN = 3
_NAMED_FIXES = 2
_MANY = 20  # a change that takes this many tests away is a rebuilding, about which one is advised
_MAX_CODE = 90
_NEARLY_ALL = 0.8  # of the words of a test, so that another may stand in its place
_REWRITTEN = 10  # tests of one file; what one of so many loses is part of a rewriting

GONE, TOUCHED, UNTOUCHED, UNKNOWN = "gone", "touched", "untouched", "unknown"


class Proved(NamedTuple):
    """The fixes that one test proves, newest first, each with the numbers of its checks.

    No numbers stand for all of the test.
    """

    fixes: tuple[tuple[FixUnit, tuple[int, ...]], ...]

    def select(self, loss: Loss) -> tuple[tuple[FixUnit, ...], tuple[Taken, ...]]:
        """Return the fixes whose own proof is taken, and what of it; none where it is not."""
        is_whole = any(one.kind in WHOLE for one in loss.taken)
        fixes, taken = [], []
        for fix, keys in self.fixes:
            own = [t for t in loss.taken if is_whole or not keys or t.key in keys]
            if own:
                fixes.append(fix)
                taken += own
        return tuple(fixes), tuple(dict.fromkeys(taken))

    @property
    def extended(self) -> tuple[FixUnit, ...]:
        """The fixes that added to the test and did not write it."""
        return tuple(fix for fix, keys in self.fixes if keys)


def make_findings(
    losses: Sequence[Loss],
    proved: Mapping[tuple[str, str], Proved],
    states: Mapping[str, str],
    purpose: Purpose = NO_PURPOSE,
) -> list[Finding]:
    """Return a finding for each test that proves less than before.

    Args:
        losses: what the change takes from tests.
        proved: by path before the change and name, what a test proves.
        states: by commit of a fix, what the change does to the functions it mended: `gone`,
            `touched` or `untouched`, or `unknown` where none of them stood before.
        purpose: what the change does to the product.
    """
    findings = []
    for loss in losses:
        test = proved[loss.old_path, loss.name]
        fixes, taken = test.select(loss)
        own = _select_states(fixes, loss.name, states)
        is_turned = UNTOUCHED not in own and not purpose.turned.isdisjoint(_list_mended(fixes))
        is_meant = is_turned or _is_meant(loss, taken, own, purpose) or _is_restated(taken, purpose)
        stage = "advise" if is_meant else "warn"
        if len(losses) > _MANY or not fixes:  # without, it is what others wrote of the test
            stage = "advise"
        findings.append(_make_finding(loss, fixes or test.extended, taken or loss.taken, stage))
    return findings


def _select_states(fixes: Sequence[FixUnit], name: str, states: Mapping[str, str]) -> list[str]:
    """Return what a change does to the functions of the fixes that a test names.

    Of a test that names none it is not known whether it asks what a change leaves untouched.
    """
    linked = [
        fix for fix in fixes if any(test.name == name and test.functions for test in fix.tests)
    ]
    found = [states.get(fix.commit, UNTOUCHED) for fix in linked or fixes]
    return found if linked else [UNKNOWN if state == UNTOUCHED else state for state in found]


def _list_mended(fixes: Sequence[FixUnit]) -> set[str]:
    """Return the names of the functions that fixes mended; a class for how its objects are made."""
    names = (function.name.removesuffix(".__init__") for fix in fixes for function in fix.functions)
    return {name.rpartition(".")[2] for name in names}


class Unselected(NamedTuple):
    """A test that settings of the runner leave out, and the fixes that it proves."""

    path: str
    name: str
    fixes: tuple[FixUnit, ...]


def make_unselected(why: Exclusion, tests: Sequence[Unselected], line: int) -> Finding:
    """Return a finding about settings that leave out tests of fixes.

    Args:
        why: what leaves them out.
        tests: at least one.
        line: of the settings.
    """
    fixes = list({fix.commit: fix for test in tests for fix in test.fixes}.values())
    first = tests[0]
    others = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
    message = (
        f"This change lets the test runner leave out a regression test: {why.text}. The test "
        f"`{first.name}` of {first.path}{others} {'prove' if others else 'proves'} the fix "
        f"{_describe_fixes(fixes)}. Keep it among those that run, or say why it may go."
    )
    code = repr((why.text, sorted((test.path, test.name) for test in tests)))
    return _build(why.path, line, "warn", message, code, fixes)


def make_hook_finding(path: str, hook: str, line: int, count: int) -> Finding:
    """Return a finding about a hook that chooses among tests of fixes; what it leaves out is open.

    Args:
        path: the `conftest.py`.
        hook: the name of its function.
        line: where that stands.
        count: how many files with such tests it is asked about.
    """
    files = "a file" if count == 1 else f"{count} files"
    message = (
        f"This change lets `{hook}` take tests out of those that run; {files} with regression "
        "tests of fixes lie below. Check that these still run."
    )
    return _build(path, line, "advise", message, repr((hook, path)), ())


def make_patch_finding(
    path: str, patch: StandIn, fixes: Sequence[FixUnit], tests: Sequence[str]
) -> Finding:
    """Return a finding about what a `conftest.py` puts in the place of a function that was mended.

    Args:
        path: the `conftest.py`.
        patch: what is replaced there.
        fixes: those of the function.
        tests: the files with their tests.
    """
    others = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
    what = patch.name or patch.owner
    message = (
        f"This change puts a stand-in in the place of {_quote(what)} for every test below "
        f"{path.rpartition('/')[0] or 'the top'}. The tests of {tests[0]}{others} prove the fix "
        f"{_describe_fixes(fixes)}. Let them ask what was mended, or say why they need not."
    )
    return _build(path, patch.line, "warn", message, repr((path, patch[:2])), fixes)


def drop_announced(
    losses: Sequence[Loss],
    proved: Mapping[tuple[str, str], Proved],
    announced: Mapping[str, Sequence[Reverted]],
) -> tuple[list[Loss], dict[tuple[str, str], Proved]]:
    """Return what is taken of the proof of fixes beside those that are taken back on purpose.

    Args:
        losses: what the change takes from tests.
        proved: by path before the change and name, what a test proves.
        announced: by file, what messages say that they take back there.
    """
    left = dict(proved)
    for path, reverts in announced.items():
        own = [loss for loss in losses if path in (loss.path, loss.old_path)]
        fixes = {
            (fix.commit, fix.subject)
            for loss in own
            for fix, _ in proved[loss.old_path, loss.name].fixes
        }
        hidden = {commit for reverted in reverts for commit in reverted.select_hidden(fixes)}
        for key in {(loss.old_path, loss.name) for loss in own}:
            left[key] = Proved(tuple(one for one in left[key].fixes if one[0].commit not in hidden))
    return [loss for loss in losses if left[loss.old_path, loss.name].fixes], left


def find_states(
    fixes: Collection[FixUnit], changes: Sequence[FileChange], contents: Mapping[str, bytes]
) -> dict[str, str]:
    """Return what a change does to the functions of fixes.

    Args:
        fixes: the fixes, with paths before the change.
        changes: the change, with hunks.
        contents: the new contents of the changed files, by path before the change.
    """
    by_path = {change.old_path or change.path: change for change in changes}
    states = {}
    for fix in fixes:
        found = {
            _find_state(function.name, by_path.get(function.path), contents.get(function.path))
            for function in fix.functions
            if function.is_there
        }
        if fix.functions and not found:
            states[fix.commit] = UNKNOWN
        elif found == {GONE}:
            states[fix.commit] = GONE
        else:
            states[fix.commit] = TOUCHED if found & {GONE, TOUCHED} else UNTOUCHED
    return states


def _find_state(name: str, change: FileChange | None, content: bytes | None) -> str:
    if change is None:
        return UNTOUCHED
    if change.status == "D" or content is None:
        return GONE
    outline = read_outline(change.path, content)
    lines = outline.find_lines(name)
    if lines is None:
        return GONE if name else TOUCHED
    return TOUCHED if any(_meets(hunk, lines) for hunk in change.hunks) else UNTOUCHED


def _meets(hunk: Hunk, lines: tuple[int, int]) -> bool:
    start, end = lines
    return hunk.new_start <= end and hunk.new_start + max(hunk.new_count, 1) - 1 >= start


def _is_meant(loss: Loss, taken: Sequence[Taken], states: Sequence[str], purpose: Purpose) -> bool:
    """Tell whether a test is changed with what the fixes mended, of which nothing is untouched."""
    if all(state == GONE for state in states) or not purpose.gone.isdisjoint(loss.words):
        return True  # a test goes with what it tests
    if not purpose.gone.isdisjoint(loss.beside) or covers(loss.words, loss.instead, _NEARLY_ALL):
        return True  # with what its helpers test, or another is in its place
    is_of_interface = purpose.reshapes(loss.words)
    is_partial = not any(one.kind in WHOLE for one in taken)
    if is_partial and loss.rewritten >= _REWRITTEN:
        return True  # a file of tests that is written otherwise
    if (
        is_partial
        and is_of_interface
        and any(purpose.reshapes(list_words(one.old)) for one in taken)
    ):
        return True  # what was asked is called in another way now
    is_left_out = all(one.kind == REMOVED and purpose.leaves_out(one.old) for one in taken)
    if is_left_out and {TOUCHED, GONE}.isdisjoint(states):
        return True  # what was asked for stood elsewhere in the product, and does no more
    if UNTOUCHED in states:
        return False
    is_restated = TOUCHED in states and all(one.kind == DIFFERENT for one in taken)
    is_of_interface = is_of_interface or purpose.reshapes(loss.beside)
    return is_restated or is_of_interface or covers(loss.words, loss.came)


def _is_restated(taken: Sequence[Taken], purpose: Purpose) -> bool:
    """Tell whether a test asks for the order no more, or for what the product newly says."""
    if all(one.kind == UNORDERED for one in taken):
        return True
    return all(
        one.kind == DIFFERENT
        and (purpose.writes(one.new, one.old) or one.old == one.new or _is_sharper(one))
        for one in taken
    )


def _is_sharper(taken: Taken) -> bool:
    """Tell whether a check asks for one of several things that would have done before."""
    before, after = (parse_source(side) for side in (taken.old, taken.new))
    if before is None or after is None:
        return False
    wanted = ast.dump(after)
    made = (parse_source(text) for text in _list_choices(taken.old, before))
    return any(tree is not None and ast.dump(tree) == wanted for tree in made)


def _list_choices(code: str, tree: ast.Module) -> Iterator[str]:
    """Yield a check with one of the conditions, one of which has to be true."""
    for statement in tree.body:
        asked = [getattr(statement, "test", None)]
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            asked = [*statement.value.args]
        for node in asked:
            if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
                parts = [ast.get_source_segment(code, one) or "" for one in (node, *node.values)]
                yield from (code.replace(parts[0], part, 1) for part in parts[1:])


def _make_finding(
    loss: Loss, fixes: Sequence[FixUnit], taken: Sequence[Taken], stage: str
) -> Finding:
    what = _describe_taken(taken)
    verb = "proves" if taken[0].kind in WHOLE else "helps to prove"
    message = (
        f"This change {what}. The test `{loss.name}` of {loss.old_path} {verb} "
        f"the fix {_describe_fixes(fixes)}. Keep what it asks for, or say why it may go."
    )
    code = repr((loss.old_path, loss.name, sorted(_list_keys(taken))))
    return _build(loss.path, loss.line, stage, message, code, fixes)


def _describe_fixes(fixes: Sequence[FixUnit]) -> str:
    about = " and ".join(describe_unit(fix) for fix in fixes[:_NAMED_FIXES])
    more = len(fixes) - _NAMED_FIXES
    return f"{about} and {more} more" if more > 0 else about


def _build(
    path: str, line: int, stage: str, message: str, code: str, fixes: Sequence[FixUnit]
) -> Finding:
    return Finding(
        rule_id=RULE_ID,
        path=path,
        start_line=line,
        start_col=1,
        end_line=line,
        end_col=1,
        stage=stage,
        severity="WARNING" if stage == "warn" else "INFO",
        layer=None,
        message=message,
        fingerprint=compute_fingerprint(RULE_ID, path, code=code),
        sources=tuple(Source(fix.commit, fix.date, fix.subject) for fix in fixes),
        kind="proof",
    )


def _list_keys(taken: Sequence[Taken]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.old, one.new) for one in taken]


def _describe_taken(taken: Sequence[Taken]) -> str:
    texts = list(dict.fromkeys(_describe_one(one) for one in taken))
    more = len(texts) - _SHOWN
    text = "; it ".join(texts[:_SHOWN])
    return f"{text}; and {more} more" if more > 0 else text


def _describe_one(taken: Taken) -> str:
    old, new = (_quote(side) for side in (taken.old, taken.new))
    texts = {
        DELETED: "deletes a regression test",
        UNCOLLECTED: f"leaves a regression test where no runner finds it, as {new}",
        SKIPPED: f"no longer runs a regression test: {taken.new}",
        EMPTIED: f"leaves nothing of a regression test: {taken.new}"
        if taken.new
        else "leaves nothing of a regression test",
        REPLACED: f"puts a stand-in in the place of {old}, which a regression test asks",
        REMOVED: f"removes {old} from a regression test",
        UNORDERED: f"asks for less in a regression test: {old} became {new}",
        WEAKENED: f"asks for less in a regression test: {old} became {new}",
        DIFFERENT: f"asks for something else in a regression test: {old} became {new}"
        if old != new
        else f"asks for something else in a regression test: what {old} looks at",
        DROPPED_CASE: f"drops the case {old} of a regression test",
        BOUNDED: f"lets a regression test pass over {old}: {taken.new}",
    }
    return texts[taken.kind]


def _quote(code: str) -> str:
    short = code if len(code) <= _MAX_CODE else code[: _MAX_CODE - 1] + "…"
    return f"`{short}`"
