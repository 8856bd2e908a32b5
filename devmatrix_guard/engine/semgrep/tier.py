"""Tier 2: one call of an installed semgrep for the rules that cannot run in process.

targets -> the files such a rule could match, copied as they were given -> one scan -> findings

A rule that could not be run, and why, is listed as deferred; none is dropped in silence.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from devmatrix_guard.engine.check import touches
from devmatrix_guard.engine.findings.fingerprint import add_fingerprints
from devmatrix_guard.engine.findings.suppressions import (
    apply_suppressions,
    find_line_suppressions,
    find_suppressions,
)
from devmatrix_guard.engine.fixing.region import parse_shared
from devmatrix_guard.engine.rules.compiled import CompiledRule, CompiledRules
from devmatrix_guard.engine.semgrep.languages import covers_path, is_python
from devmatrix_guard.engine.semgrep.prefilter import demand_of, may_match
from devmatrix_guard.engine.semgrep.process import SemgrepError, find_semgrep, scan
from devmatrix_guard.engine.tree.source_text import SourceText, decode_source
from devmatrix_guard.model.diff import Deferral, Skip, Target
from devmatrix_guard.model.finding import Doubt, Edit, Finding, Fix, Source
from devmatrix_guard.model.report import CheckReport, Note, SuppressedFinding

_UNREAD = "semgrep cannot be given it: save it as UTF-8, under a name without `..`"
_NOT_PROVEN = Doubt("semgrep", "semgrep's own fix, which guard cannot prove")


def is_for(rule: CompiledRule, path: str, *, runs_here: bool) -> bool:
    """Whether semgrep has to run a rule on a file; `runs_here` if it does so for Python itself."""
    return covers_path(rule.body["languages"], path) and not (runs_here and is_python(path))


def list_not_run(compiled: CompiledRules, paths: Collection[str]) -> tuple[Deferral, ...]:
    """Return the rules that need semgrep for one of the files."""
    half = frozenset(compiled.in_process)
    found = []
    for rule in compiled.semgrep_rules():
        runs_here = rule.id in half
        if any(is_for(rule, path, runs_here=runs_here) for path in paths):
            languages = ", ".join(rule.body["languages"])
            why = f"a rule for {languages}" if runs_here else compiled.refused[rule.id]
            found.append(Deferral(rule.id, f"needs semgrep: {why}"))
    return tuple(found)


class SemgrepTier:
    """Collects the files semgrep has to see while they are checked, and scans them once.

    Use it as a context manager, pass the targets of a check through `watch`, then hand the
    check's report to `added_to`.

    Args:
        compiled: the rules; those it refused are run here.
        seconds: how long the scan may take.
        cache: a folder that remembers the version of semgrep.
    """

    def __init__(
        self, compiled: CompiledRules, *, seconds: float = 120.0, cache: Path | None = None
    ) -> None:
        self._rules = list(compiled.semgrep_rules())
        self._half = frozenset(compiled.in_process)
        self._known = frozenset((*compiled.in_process, *compiled.refused))
        self._demands = [demand_of(rule.body) for rule in self._rules]
        self._seconds = seconds
        self._cache = cache
        self._wanted: set[int] = set()
        self._targets: dict[str, tuple[Target, tuple[int, ...]]] = {}
        self._unread: list[Skip] = []
        self._folder = Path()

    def __enter__(self) -> SemgrepTier:
        self._folder = Path(tempfile.mkdtemp(prefix="guard-semgrep-"))
        (self._folder / "files").mkdir()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def watch(self, targets: Iterable[Target]) -> Iterator[Target]:
        """Yield the targets, keeping those that a rule could match."""
        for target in targets:
            self.add(target)
            yield target

    def concerns(self, path: str) -> bool:
        """Whether a rule is for files of this name."""
        return any(self._is_for(rule, path) for rule in self._rules)

    def add(self, target: Target) -> None:
        """Keep a target if a rule could match in it."""
        numbers = tuple(
            number
            for number, rule in enumerate(self._rules)
            if self._is_for(rule, target.path) and self._may_match(number, target)
        )
        if not numbers:
            return
        if self._keep(target):
            self._wanted.update(numbers)
            self._targets[target.path] = (target, numbers)
        else:
            self._unread.append(Skip(target.path, _UNREAD))

    def _is_for(self, rule: CompiledRule, path: str) -> bool:
        return is_for(rule, path, runs_here=rule.id in self._half)

    def _may_match(self, number: int, target: Target) -> bool:
        """What words a pattern demands is known of Python alone."""
        return not is_python(target.path) or may_match(self._demands[number], target.source)

    def added_to(self, report: CheckReport) -> CheckReport:
        """Return the report with what semgrep finds; rules it could not run stay deferred."""
        told = {skip.path for skip in report.skipped if not skip.rule_id}
        unread = (skip for skip in self._unread if skip.path not in told)
        report = report._replace(skipped=(*report.skipped, *unread))
        ids = {rule.id for rule in self._rules}
        others = tuple(d for d in report.deferred if d.rule_id not in ids)
        if not self._targets:
            return report._replace(deferred=others)
        try:
            result = self._scan()
        except (SemgrepError, OSError) as error:
            reason = str(error)
            failed = tuple(Deferral(rule.id, reason) for rule in self._choose_rules())
            return report._replace(deferred=(*others, *failed))
        deferred, notes = self._collect_problems(result)
        findings, suppressed, unused = self._collect_findings(result, {d.rule_id for d in deferred})
        return report._replace(
            findings=tuple(sorted((*report.findings, *findings), key=_get_position)),
            suppressed=(*report.suppressed, *suppressed),
            deferred=(*others, *deferred),
            notes=(*report.notes, *notes, *unused),
        )

    def _choose_rules(self) -> list[CompiledRule]:
        return [self._rules[number] for number in sorted(self._wanted)]

    def _keep(self, target: Target) -> bool:
        """Write a target into the folder, in UTF-8; tell whether that was possible."""
        place = self._folder / "files" / target.path
        inside = self._folder / "files" in place.parents and ".." not in place.parts
        text = decode_source(target.source)
        if not inside or text is None:
            return False
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.text.encode())
        except OSError:
            return False
        return True

    def _scan(self) -> Mapping[str, Any]:
        executable = find_semgrep(cache=self._cache)
        (self._folder / "files" / ".semgrepignore").touch()
        bodies = [
            {**_strip_metadata(rule.body), "id": f"guard-{n}"} for n, rule in enumerate(self._rules)
        ]
        rules = self._folder / "rules.json"
        chosen = [bodies[number] for number in sorted(self._wanted)]
        rules.write_text(json.dumps({"rules": chosen}), "utf-8")
        return scan(executable, rules, self._folder / "files", self._seconds)

    def _find_rule(self, name: object) -> CompiledRule | None:
        number = str(name).rpartition("guard-")[2]
        known = number.isdecimal() and int(number) < len(self._rules)
        return self._rules[int(number)] if known else None

    def _collect_problems(self, result: Mapping[str, Any]) -> tuple[list[Deferral], list[Note]]:
        """Return the rules semgrep refused, and what else it could not do."""
        deferred: dict[str, Deferral] = {}
        notes: list[Note] = []
        for error in result.get("errors", ()):
            lines = str(error.get("message", error.get("type", "unknown"))).splitlines()
            said = " ".join(line.strip() for line in lines[:2])[:200] or "it failed"
            rule = self._find_rule(error.get("rule_id"))
            if rule is not None and not error.get("path"):
                deferred[rule.id] = Deferral(rule.id, f"semgrep refused it: {said}")
            else:
                notes.append(Note(str(error.get("path", "")), 0, f"semgrep: {said}"))
        return list(deferred.values()), notes

    def _collect_findings(
        self, result: Mapping[str, Any], deferred: Collection[str]
    ) -> tuple[list[Finding], list[SuppressedFinding], list[Note]]:
        by_path: dict[str, list[Mapping[str, Any]]] = {path: [] for path in self._targets}
        for item in result["results"]:
            by_path.setdefault(str(item.get("path", "")), []).append(item)
        findings: list[Finding] = []
        suppressed: list[SuppressedFinding] = []
        notes: list[Note] = []
        for path, (target, numbers) in self._targets.items():
            ran = {self._rules[number].id for number in numbers} - set(deferred)
            found = self._collect_of_file(target, by_path[path])
            is_foreign = not is_python(target.path)
            find = find_line_suppressions if is_foreign else find_suppressions
            comments = find(target.source)
            told = apply_suppressions(path, found, comments, ran=ran, known=self._known)
            findings += [f for f in told.kept if touches(f, target.lines)]
            suppressed += [s for s in told.suppressed if touches(s.finding, target.lines)]
            notes += told.notes
        return findings, suppressed, notes

    def _collect_of_file(
        self, target: Target, items: Sequence[Mapping[str, Any]]
    ) -> tuple[Finding, ...]:
        text = decode_source(target.source)
        if text is None:
            return ()
        found: dict[tuple[object, ...], tuple[Finding, str]] = {}
        for item in items:
            rule = self._find_rule(item.get("check_id"))
            if rule is not None:
                finding, code = _build_finding(rule, target.path, text, item)
                found.setdefault((rule.id, *finding[2:6], finding.message), (finding, code))
        pairs = list(found.values())
        tree = parse_shared(target.source) if is_python(target.path) else None
        lines = [
            text.line(number + 1).encode("utf-8", "replace") for number in range(len(text.starts))
        ]
        findings, codes = [finding for finding, _ in pairs], [code for _, code in pairs]
        return add_fingerprints(findings, codes, tree, lines=lines)


def _build_finding(
    rule: CompiledRule, path: str, text: SourceText, item: Mapping[str, Any]
) -> tuple[Finding, str]:
    """Return a result as a finding, and the code it covers; semgrep's columns count bytes."""
    start, end = (
        text.position(text.offset_of_bytes(item[side]["line"], item[side]["col"] - 1))
        for side in ("start", "end")
    )
    extra = item.get("extra", {})
    fix = None
    if isinstance(extra.get("fix"), str):
        fix = Fix((Edit(*start, *end, extra["fix"]),), _NOT_PROVEN)
    finding = Finding(
        rule_id=rule.id,
        path=path,
        start_line=start[0],
        start_col=start[1],
        end_line=end[0],
        end_col=end[1],
        stage=rule.stage,
        severity=rule.severity,
        layer=rule.layer,
        message=str(extra.get("message", rule.message)).strip(),
        fix=fix,
        sources=tuple(Source(*source) for source in rule.sources),
        code="".join(text.line(n) for n in range(start[0], end[0] + 1)).rstrip("\r\n"),
    )
    return finding, text.text[text.offset(*start) : text.offset(*end)]


def _strip_metadata(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule without what only guard reads."""
    return {key: value for key, value in body.items() if key != "metadata"}


def _get_position(finding: Finding) -> tuple[str, int, int, str]:
    return finding.path, finding.start_line, finding.start_col, finding.rule_id
