"""Print how a public collection of Semgrep rules fares: what compiles, agrees and is refused.

Usage: python bench/oracle_report.py FOLDER

FOLDER holds rule files and, beside them, the Python files they are tested on. Every rule runs on
every test file, in process and under semgrep; a rule agrees when all its places are the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.engine.matching.formula import FileMatcher  # noqa: E402
from devmatrix_guard.engine.rules.compile import compile_rules  # noqa: E402
from devmatrix_guard.engine.rules.compiled import CompiledRules  # noqa: E402
from devmatrix_guard.engine.rules.load import load_rules, rule_files  # noqa: E402
from devmatrix_guard.engine.tree.source import Source, SourceError  # noqa: E402
from devmatrix_guard.model.rule import Rule  # noqa: E402
from tests.engine.oracle import semgrep_path  # noqa: E402

Places = dict[str, set[tuple[str, int, int, int, int]]]


def main(folder: Path) -> None:
    """Print the report of one collection as Markdown."""
    rules = [rule for rule in _rules(folder) if rule.body.get("mode", "search") == "search"]
    python = [rule for rule in rules if set(rule.languages) <= {"python", "py", "python3"}]
    compiled = compile_rules(python)
    theirs = _semgrep(folder)
    ours, skipped = _in_process(folder, compiled)
    ids = compiled.in_process
    wanted = {i: {p for p in theirs.get(i, set()) if p[0] not in skipped} for i in ids}
    same_lines = [i for i in ids if _lines(wanted[i]) == _lines(ours.get(i, set()))]
    same_places = [i for i in ids if wanted[i] == ours.get(i, set())]
    print(f"| search-mode Python rules | {len(python)} |\n|---|---|")
    print(f"| compile in process | {len(ids)} ({len(ids) / max(1, len(python)):.1%}) |")
    print(f"| of these agree, by line | {len(same_lines)} |")
    print(f"| of these agree, by column | {len(same_places)} |")
    print(f"| files not parsed here | {len(skipped)} |\n")
    for reason, count in Counter(compiled.refused.values()).most_common():
        print(f"- {count} refused: {reason}")
    for name in sorted(set(ids) - set(same_lines)):
        extra = sorted(ours.get(name, set()) - wanted[name])
        missing = sorted(wanted[name] - ours.get(name, set()))
        print(f"- {name} differs: missing {missing[:3]}, extra {extra[:3]}")


def _rules(folder: Path) -> list[Rule]:
    """Return every rule, named as semgrep names it: by its folder and its id."""
    found = []
    for file in rule_files(folder):
        parts = file.relative_to(folder).parts[:-1]
        for rule in load_rules(file).rules:
            if "paths" not in rule.body:
                found.append(rule._replace(id=".".join((*parts, rule.id))))
    return found


def _semgrep(folder: Path) -> Places:
    semgrep = semgrep_path()
    if semgrep is None:
        raise SystemExit("semgrep is not installed: run scripts/setup dev")
    arguments = ["scan", "--metrics", "off", "--disable-version-check", "--json"]
    arguments += ["--no-git-ignore", "--disable-nosem", "--max-target-bytes", "0"]
    arguments += ["--include", "*.py", "--config", ".", "."]
    done = subprocess.run([semgrep, *arguments], cwd=folder, capture_output=True, check=False)
    places: Places = {}
    for found in json.loads(done.stdout)["results"]:
        start, end = found["start"], found["end"]
        place = (found["path"], start["line"], start["col"], end["line"], end["col"])
        places.setdefault(found["check_id"], set()).add(place)
    return places


def _in_process(folder: Path, compiled: CompiledRules) -> tuple[Places, set[str]]:
    places: Places = {}
    skipped: set[str] = set()
    rules = [compiled.rule(number) for number in range(len(compiled))]
    matched: Any = [((rule.leaves, rule.formula), rule.options) for rule in rules]
    for file in sorted(folder.rglob("*.py")):
        name = file.relative_to(folder).as_posix()
        try:
            source = Source(file.read_bytes(), name)
        except SourceError:
            skipped.add(name)
            continue
        for rule, ranges in zip(rules, FileMatcher(source, matched).matches(None), strict=True):
            for start, end, _, _ in ranges:
                first, last = source.column(*start), source.column(*end)
                place = (name, start[0], first, end[0], last)
                places.setdefault(rule.id, set()).add(place)
    return places, skipped


def _lines(places: set[tuple[str, int, int, int, int]]) -> set[tuple[str, int, int]]:
    return {(name, line, end) for name, line, _, end, _ in places}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]).resolve())
