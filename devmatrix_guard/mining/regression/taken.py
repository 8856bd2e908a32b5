"""Finds what a change takes from a test: all of it, its being run, or part of what it asks for."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.regression.body import Content
from devmatrix_guard.mining.regression.checks import FAILS, RAISES, Check
from devmatrix_guard.mining.regression.checks import Parts as Identity
from devmatrix_guard.mining.regression.collect import WrittenTest
from devmatrix_guard.mining.regression.stand_ins import find_stand_in
from devmatrix_guard.mining.regression.strength import (
    CHANGED,
    asks_other_input,
    compare_strength,
    find_coarse,
    is_constant,
    is_requalified,
    is_rewritten,
    leaves_order,
    list_calls,
    measure_similarity,
    shares_subject,
)
from devmatrix_guard.mining.regression.wrapping import find_unrun

DELETED = "deleted"
UNCOLLECTED = "uncollected"
SKIPPED = "skipped"
EMPTIED = "emptied"
REPLACED = "replaced"
REMOVED = "removed"
WEAKENED = "weakened"
DIFFERENT = "different"
UNORDERED = "unordered"
DROPPED_CASE = "case"
BOUNDED = "bounded"
# What is left of the test proves the fix no more; the others leave part of it.
WHOLE = (DELETED, UNCOLLECTED, SKIPPED, EMPTIED, REPLACED)
_MAX_PAIRS = 40_000
_NEAR = 0.5


class Taken(NamedTuple):
    """One thing taken from a test.

    Attributes:
        kind: what happened, one of the names above.
        old: the code that asked for it, empty where all of the test is meant.
        new: what stands there now, or the reason.
        line: where in the new version, 0 where nothing is left.
        key: the number of the check that was taken, 0 for all of the test.
    """

    kind: str
    old: str = ""
    new: str = ""
    line: int = 0
    key: int = 0


class Pool:
    """What the whole change asks for anew: a test that moved asks for the same elsewhere.

    Args:
        pairs: each test after that is new or differs, with the one of its name before.
    """

    def __init__(
        self,
        pairs: Iterable[tuple[WrittenTest, WrittenTest | None]],
    ) -> None:
        self._left: Counter[Identity] = Counter()
        self.tests = []
        for new, old in pairs:
            had = Counter(check.identity for check in old.asked) if old else Counter()
            self._left.update(Counter(check.identity for check in new.asked) - had)
            if old is None:
                self.tests.append(new)

    def copy(self) -> Pool:
        """Return the same, to try something on."""
        made = Pool(())
        made.tests, made._left = self.tests, Counter(self._left)
        return made

    def take_moved(self, checks: Iterable[Check]) -> list[Check]:
        """Return the checks that nothing asks for anew, taking the others out of the pool."""
        missing = []
        for check in checks:
            if self._left[check.identity] > 0:
                self._left[check.identity] -= 1
            else:
                missing.append(check)
        return missing


def find_taken(
    old: WrittenTest, new: WrittenTest | None, pool: Pool, others: Sequence[WrittenTest] = ()
) -> list[Taken]:
    """Return what a change takes from one test; nothing if it still asks for as much.

    Args:
        old: the test before.
        new: the test of the same name after, None where there is none.
        pool: what the change asks for elsewhere.
        others: functions of the new versions that no runner collects.
    """
    if old.content.checks == old.content.steps == ():
        return []  # it proved nothing before
    if new is None:
        return _find_lost(old, pool, others)
    if new.skipped and not old.skipped:
        return [Taken(SKIPPED, "", new.skipped, new.start)]
    unrun = find_unrun(old, new)
    if unrun:
        return [Taken(SKIPPED, "", unrun, new.start)]
    stand_in = find_stand_in(old, new)
    if stand_in is not None:
        return [Taken(REPLACED, stand_in.name, "", stand_in.line)]
    taken = compare_tests(old, new, pool)
    hidden = _find_uncollected(old, others) if taken else None
    return [hidden] if hidden else taken


def _find_uncollected(old: WrittenTest, others: Sequence[WrittenTest]) -> Taken | None:
    """Return that a test still stands where no runner finds it, None if it does not."""
    wanted = {check.identity for check in old.asked}
    for other in others:
        written = (*other.asked, *(check for check, _ in other.content.dead))
        if wanted and wanted <= {check.identity for check in written}:
            return Taken(UNCOLLECTED, "", other.name, other.start)
    return None


def _find_lost(old: WrittenTest, pool: Pool, others: Sequence[WrittenTest]) -> list[Taken]:
    """Return what is lost with a test that has gone under its name."""
    hidden = _find_uncollected(old, others)
    if hidden is not None:
        return [hidden]
    for seen in _list_readings(old, pool.tests):
        if not _find_lost_under_name(seen, pool.copy()):
            return []
    return _find_lost_under_name(old, pool)


def _list_readings(old: WrittenTest, tests: Sequence[WrittenTest]) -> Iterator[WrittenTest]:
    """Yield a test as it reads where constants of its file are only imported, as after a move."""
    seen: set[frozenset[str]] = set()
    for test in tests:
        missing = frozenset(old.constants.keys() - test.constants.keys())
        if missing and missing not in seen and old.node is not None:
            seen.add(missing)
            yield old.read_without(missing)


def _find_lost_under_name(old: WrittenTest, pool: Pool) -> list[Taken]:
    heir = _find_heir(old, pool.tests)
    if heir is not None and heir.skipped and not old.skipped:
        return [Taken(SKIPPED, "", heir.skipped, heir.start)]
    if heir is not None:
        return compare_tests(old, heir, pool)
    missing = pool.take_moved(old.asked)
    return [Taken(DELETED)] if missing else []


def _find_heir(old: WrittenTest, tests: Sequence[WrittenTest]) -> WrittenTest | None:
    """Return the new test that took the place of an old one: by its name or what it asks for."""
    wanted = Counter(check.identity for check in old.content.checks or old.content.steps)
    best, best_score = None, 0.0
    for test in tests:
        content = test.content
        dead = [check for check, _ in content.dead]
        have = Counter(check.identity for check in (*test.asked, *dead))
        shared = sum((wanted & have).values()) / (sum(wanted.values()) or 1)
        is_namesake = test.leaf == old.leaf
        score = shared + (0.5 if is_namesake else 0.0)
        is_heir = shared >= _NEAR or (is_namesake and (shared > 0 or _is_respelled(old, test)))
        if score > best_score and is_heir:
            best, best_score = test, score
    return best


def _is_respelled(old: WrittenTest, new: WrittenTest) -> bool:
    """Tell whether a test asks in another way for something that another one asks for."""
    return any(is_rewritten(was, now) for was in old.asked for now in new.asked)


def compare_tests(old: WrittenTest, new: WrittenTest, pool: Pool) -> list[Taken]:
    """Return what a test asks for no more in its new version."""
    before, after = old.content, new.content
    checks = [check for check in before.checks if not _is_no_more_caught(check, before, after)]
    if not checks:
        return _compare_steps(old, new, pool)
    missing, extra = _subtract(checks, after.checks)
    pool_missing = pool.take_moved(missing)
    if not after.checks and pool_missing:
        reason = after.dead[0][1] if after.dead else ""
        return [Taken(EMPTIED, "", reason, new.start)]
    taken = _find_bounded(before.checks, after.checks)
    dead = {check.identity: reason for check, reason in after.dead}
    cases = {check.case for check in after.checks}
    for check, match in _pair(pool_missing, extra):
        if match is not None and check.shown == match.shown and _is_fed_alike(old, new):
            continue
        instead = match or next((one for one in extra if _fails_instead(check, one)), None)
        found = _judge(check, instead, dead, cases, new)
        if found is not None:
            taken.append(found)
    return list(dict.fromkeys(taken))


def _is_no_more_caught(check: Check, before: Content, after: Content) -> bool:
    """Tell whether a check looks at an error that a test passed over, and that fails it now."""
    kinds = [part.removeprefix("except ") for part in check.where if part.startswith("except ")]
    for kind in kinds:
        caught = f"unless {kind} is caught"
        still = [one for one in (*after.checks, *after.steps) if _is_under(one, caught)]
        free = {one.identity for one in (*after.checks, *after.steps)}
        tried = [one for one in (*before.checks, *before.steps) if _is_under(one, caught)]
        if tried and not still and all(one.identity in free for one in tried):
            return True
    return False


def _is_under(check: Check, condition: str) -> bool:
    return condition in check.where


def _fails_instead(check: Check, new: Check) -> bool:
    """Tell whether a call, of whose answer a check asks something, has to fail now."""
    if new.operator != RAISES or check.operator == RAISES:
        return False
    calls = list_calls(check.subject)
    return any(_is_call_of(call, other) for call in calls for other in list_calls(new.subject))


def _is_call_of(call: ast.Call, other: ast.Call) -> bool:
    """Tell whether a call is another one, or that with arguments more."""
    one, two = ([ast.dump(part) for part in (side.func, *side.args)] for side in (call, other))
    words = [{ast.dump(word) for word in side.keywords} for side in (call, other)]
    return bool(one[1:] or words[0]) and one == two[: len(one)] and words[0] <= words[1]


def _is_fed_alike(old: WrittenTest, new: WrittenTest) -> bool:
    """Tell whether all that a test is fed with, texts and numbers, is in it or in its constants.

    Then a check that is written as before is made of the same in another way.
    """
    if old.node is None or new.node is None:
        return False
    used = {part.id for part in ast.walk(old.node) if isinstance(part, ast.Name)}
    if _list_given(old, used) - _list_given(new, used):  # a constant that it names is another
        return False
    lost = _count_constants(old.node) - _count_constants(new.node)
    given = [node for node in new.module if isinstance(node, (ast.Assign, ast.AnnAssign))]
    return all(any(value in _count_constants(node) for node in given) for value in lost)


def _list_given(test: WrittenTest, names: set[str]) -> set[str]:
    """Return what the module of a test gives to some names, as code."""
    return {
        ast.unparse(node)
        for node in test.module
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))
    }


def _count_constants(node: ast.AST) -> Counter[str]:
    parts = (part for part in ast.walk(node) if isinstance(part, ast.Constant))
    return Counter(repr(part.value) for part in parts)


def _compare_steps(old: WrittenTest, new: WrittenTest, pool: Pool) -> list[Taken]:
    """Compare a test that only calls: it proves that the calls do not fail."""
    before, after = old.content.steps, new.content.steps
    if new.content.checks:
        return []
    if not after:
        lost = pool.take_moved(before)
        reason = new.content.dead[0][1] if new.content.dead else ""
        return [Taken(EMPTIED, "", reason, new.start)] if lost else []
    missing, extra = _subtract(before, after)
    if len(after) >= len(before):
        return []
    return [
        Taken(REMOVED, check.shown, "", new.start, check.key)
        for check, match in _pair(pool.take_moved(missing), extra)
        if match is None
    ]


def _subtract(before: Sequence[Check], after: Sequence[Check]) -> tuple[list[Check], list[Check]]:
    """Return the checks that only the first has, and those that only the second has."""
    mine, theirs = (Counter(c.identity for c in side) for side in (before, after))
    lost, gained = mine - theirs, theirs - mine
    missing: list[Check] = []
    extra: list[Check] = []
    for checks, counts, found in ((before, lost, missing), (after, gained, extra)):
        for check in reversed(checks):
            if counts[check.identity] > 0:
                counts[check.identity] -= 1
                found.append(check)
        found.reverse()
    return missing, extra


def _pair(missing: Sequence[Check], extra: Sequence[Check]) -> list[tuple[Check, Check | None]]:
    """Return each missing check with the new one that came in its place, if one did."""
    left = list(extra)
    if len(missing) * len(left) > _MAX_PAIRS:
        left = left[: _MAX_PAIRS // len(missing)]
    pairs: dict[int, Check] = {}
    for fits in (_fits_equally, shares_subject, is_rewritten, _is_near):
        for number, check in enumerate(missing):
            if number in pairs:
                continue
            match = next((one for one in left if fits(check, one)), None)
            if match is not None:
                pairs[number] = match
                left.remove(match)
    return [(check, pairs.get(number)) for number, check in enumerate(missing)]


def _fits_equally(old: Check, new: Check) -> bool:
    if is_requalified(old, new):
        return True
    return shares_subject(old, new) and not compare_strength(old, new)


def _is_near(old: Check, new: Check) -> bool:
    return new.operator != FAILS and measure_similarity(old, new) >= _NEAR


def _judge(
    check: Check,
    match: Check | None,
    dead: dict[Identity, str],
    cases: set[str],
    new: WrittenTest,
) -> Taken | None:
    """Return what is taken where a check is missing; None where its match asks for as much."""
    if check.identity in dead:
        return Taken(BOUNDED, check.shown, dead[check.identity], new.start, check.key)
    if match is None:
        if check.case and check.case not in cases:
            return Taken(DROPPED_CASE, check.case, "", new.start, check.key)
        return Taken(REMOVED, check.shown, "", new.start, check.key)
    if shares_subject(check, match):
        change = compare_strength(check, match)
        if not change:
            return None
        kind = DIFFERENT if change == CHANGED else WEAKENED
        return Taken(kind, *_tell_apart(check, match), match.line, check.key)
    if _fails_instead(check, match):
        new_code = f"{match.shown}: {match.subject}"
        return Taken(DIFFERENT, check.shown, new_code, match.line, check.key)
    if is_requalified(check, match) or is_rewritten(check, match):
        return None
    coarse = find_coarse(check, match)
    if coarse:
        kind = UNORDERED if leaves_order(coarse) else WEAKENED
        return Taken(kind, check.shown, match.shown, match.line, check.key)
    return Taken(DIFFERENT, *_tell_apart(check, match), match.line, check.key)


def _tell_apart(old: Check, new: Check) -> tuple[str, str]:
    """Return two checks as they are written; alike, what differs in the literals they stand for."""
    if old.shown != new.shown:
        return old.shown, new.shown
    if old.expected != new.expected and (
        old.shown.endswith("…") or (is_constant(old.expected) and is_constant(new.expected))
    ):
        return old.expected, new.expected
    if asks_other_input(old.subject, new.subject):
        return old.subject, new.subject
    return old.shown, new.shown


def _find_bounded(before: Sequence[Check], after: Sequence[Check]) -> list[Taken]:
    """Return the checks that now stand under a condition, or in a loop, that they did not."""
    free: dict[Identity, list[tuple[str, ...]]] = {}
    for check in after:
        free.setdefault(check.identity, []).append(check.where)
    taken = []
    for check in before:
        places = free.get(check.identity)
        if not places or any(len(place) <= len(check.where) for place in places):
            continue
        new = next(check_ for check_ in after if check_.identity == check.identity)
        added = [part for part in new.where if part not in check.where]
        conditions = [part for part in added if part.startswith(("if ", "unless ", "while "))]
        if conditions:
            taken.append(Taken(BOUNDED, check.shown, conditions[-1], new.line, check.key))
    return taken
