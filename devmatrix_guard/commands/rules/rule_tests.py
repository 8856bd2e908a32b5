"""Runs rules against their tests: the examples they carry, and files annotated as Semgrep's are.

rules -> trials (a piece of code, the rule, what must be found) -> places found, in process or by
one call of semgrep -> one result for each rule
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from devmatrix_guard.engine.fixing.validate import fix_example, same_lines
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.semgrep.tier import SemgrepTier
from devmatrix_guard.engine.tree.source import SourceError
from devmatrix_guard.errors import RuleError, describe_defect
from devmatrix_guard.files import FileError, read_file
from devmatrix_guard.model.answers.rule_test import RuleTest
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import Rule

_ANNOTATION = re.compile(r"#\s*(ruleid|ok|todoruleid|todook)\s*:\s*(?P<ids>[\w./\-, ]+)")
_FOUND, _SILENT, _FIXED, _LINES = "found", "silent", "fixed", "lines"


class Trial(NamedTuple):
    """One thing to prove of a rule.

    `kind` says what: that the code is found, is not, becomes `fixed`, or that findings begin on
    exactly `lines`, those of `open_lines` left out of account.
    """

    name: str
    kind: str
    code: str
    fixed: str = ""
    lines: frozenset[int] = frozenset()
    open_lines: frozenset[int] = frozenset()


def try_rules(rules: Sequence[Rule], *, cache: Path | None = None) -> list[RuleTest]:
    """Return how the tests of each rule went, in the order given."""
    trials = {rule.id: [*_list_examples(rule), *_list_annotated(rule)] for rule in rules}
    reasons = compile_rules(rules).refused
    foreign = _test_by_semgrep([r for r in rules if r.id in reasons], trials, cache)
    return [
        foreign[rule.id] if rule.id in reasons else _test_in_process(rule, trials[rule.id])
        for rule in rules
    ]


def _list_examples(rule: Rule) -> Iterator[Trial]:
    for number, example in enumerate(rule.examples, start=1):
        name = f"example {number}"
        if example.kind == "valid":
            yield Trial(name, _SILENT, example.code)
            continue
        yield Trial(name, _FOUND, example.code)
        if example.fixed is not None:
            yield Trial(name, _FIXED, example.code, example.fixed)
            yield Trial(f"{name}, fixed", _SILENT, example.fixed)


def _list_annotated(rule: Rule) -> Iterator[Trial]:
    """Yield what the Python file beside a rule file says of the rule in its comments."""
    path = Path(rule.path)
    for place in (path.with_suffix(".py"), path.with_suffix(".test.py")):
        code = _read_text_beside(place)
        lines = _find_annotated_lines(code, rule.id)
        if not any(lines.values()):
            continue
        still_open = lines["todoruleid"] | lines["todook"]
        yield Trial(place.name, _LINES, code, lines=lines["ruleid"], open_lines=still_open)
        place = place.with_suffix(".fixed.py")
        if fixed := _read_text_beside(place):
            yield Trial(place.name, _FIXED, code, fixed)


def _read_text_beside(place: Path) -> str:
    """Return the text of a file beside a rule, empty where there is none that may be read."""
    try:
        return read_file(place.parent, place.name).decode("utf-8", "replace")
    except FileError:
        return ""


def _find_annotated_lines(code: str, rule_id: str) -> dict[str, frozenset[int]]:
    """Return by kind the lines that annotations naming the rule speak of: the next of code."""
    found: dict[str, set[int]] = {kind: set() for kind in ("ruleid", "ok", "todoruleid", "todook")}
    pending: list[str] = []
    for number, line in enumerate(code.splitlines(), start=1):
        match = _ANNOTATION.search(line)
        if match:
            ids = {name.strip() for name in match.group("ids").split(",")}
            if any(name == rule_id or rule_id.endswith(f".{name}") for name in ids):
                pending.append(match.group(1))
            if line.lstrip().startswith("#"):
                continue
        for kind in pending:
            found[kind].add(number)
        pending = []
    return {kind: frozenset(lines) for kind, lines in found.items()}


def _test_in_process(rule: Rule, trials: Sequence[Trial]) -> RuleTest:
    failures: list[str] = []
    for trial in trials:
        try:
            starts = [match.start_line for match in find_matches(rule.body, trial.code)]
            problem = (
                _fix_problem(rule, trial)
                if trial.kind == _FIXED
                else _describe_problem(trial, starts)
            )
        except SourceError as error:
            problem = str(error)
        except RuleError as error:
            return RuleTest(rule.id, rule.path, not_run=str(error))
        except Exception as error:
            problem = describe_defect(error)
        if problem:
            failures.append(f"{trial.name}: {problem}")
    return _make_result(rule, len(trials), failures)


def _make_result(rule: Rule, checks: int, failures: Iterable[str]) -> RuleTest:
    reason = "" if checks else "it has no examples and no annotated file"
    return RuleTest(rule.id, rule.path, checks, tuple(failures), reason)


def _describe_problem(trial: Trial, starts: Sequence[int]) -> str:
    """Return what is wrong with the places found; empty if nothing is."""
    if trial.kind == _FOUND and not starts:
        return "the rule does not find it"
    if trial.kind == _SILENT and starts:
        return f"the rule finds it, in line {starts[0]}"
    if trial.kind == _LINES:
        found = frozenset(starts) - trial.open_lines
        missed, extra = sorted(trial.lines - found), sorted(found - trial.lines)
        parts = [f"not found in line {_join_numbers(missed)}"] if missed else []
        parts += [f"found in line {_join_numbers(extra)}"] if extra else []
        return ", ".join(parts)
    return ""


def _join_numbers(lines: Iterable[int]) -> str:
    return ", ".join(str(line) for line in lines)


def _fix_problem(rule: Rule, trial: Trial) -> str:
    made = fix_example(rule.body, trial.code)
    if made.problem:
        return f"the fix fails: {made.problem}"
    if same_lines(made.code, trial.fixed):
        return ""
    pairs = zip(made.code.splitlines(), trial.fixed.splitlines(), strict=False)
    line = next((n for n, (a, b) in enumerate(pairs, start=1) if a != b), None)
    where = f", first in line {line}" if line else ""
    return f"the fix makes something else of it{where}"


def _test_by_semgrep(
    rules: Sequence[Rule], trials: Mapping[str, Sequence[Trial]], cache: Path | None
) -> dict[str, RuleTest]:
    """Return the results of rules only semgrep can run; their fixes are not proven here."""
    targets: dict[str, tuple[Rule, Trial]] = {}
    for rule in rules:
        for number, trial in enumerate(trials[rule.id]):
            if trial.kind != _FIXED:
                targets[f"{len(targets)}-{number}.py"] = (rule, trial)
    bare = [rule._replace(body=_remove_paths(rule)) for rule in rules]
    with SemgrepTier(compile_rules(bare), cache=cache) as tier:
        for _ in tier.watch(Target(p, t.code.encode(), None) for p, (_, t) in targets.items()):
            pass
        report = tier.added_to(CheckReport())
    reasons = {deferral.rule_id: deferral.reason for deferral in report.deferred}
    failures: dict[str, list[str]] = {rule.id: [] for rule in rules}
    for path, (rule, trial) in targets.items():
        places = [
            f.start_line
            for f in (*report.findings, *(s.finding for s in report.suppressed))
            if (f.path, f.rule_id) == (path, rule.id)
        ]
        if problem := _describe_problem(trial, places):
            failures[rule.id].append(f"{trial.name}: {problem}")
    counts = {rule.id: sum(r.id == rule.id for r, _ in targets.values()) for rule in rules}
    return {
        rule.id: RuleTest(rule.id, rule.path, not_run=reasons[rule.id])
        if rule.id in reasons
        else _make_result(rule, counts[rule.id], failures[rule.id])
        for rule in rules
    }


def _remove_paths(rule: Rule) -> dict[str, object]:
    return {key: value for key, value in rule.body.items() if key != "paths"}
