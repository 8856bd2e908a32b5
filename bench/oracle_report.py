"""Print how a public collection of Semgrep rules fares: what compiles, agrees and is refused.

Usage: python bench/oracle_report.py RULES [FILES]

RULES holds rule files; FILES holds Python files, such as a standard library or site-packages.
Without FILES the rules run on the Python files beside them, which are their own tests. Every rule
runs on every file, in process and under semgrep; a rule agrees when all its places are the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.engine.check import check_targets  # noqa: E402
from devmatrix_guard.engine.rules.compile import PYTHON, compile_rules  # noqa: E402
from devmatrix_guard.engine.rules.compiled import CompiledRules  # noqa: E402
from devmatrix_guard.engine.rules.load import list_rule_files, load_rules  # noqa: E402
from devmatrix_guard.model.diff import Target  # noqa: E402
from devmatrix_guard.model.rule import Rule  # noqa: E402
from tests.engine.oracle import semgrep_path  # noqa: E402

Place = tuple[str, int, int, int, int]
Places = dict[str, set[Place]]
_SHOWN = 5


def main(folder: Path, code: Path) -> None:
    """Print the report of one collection as Markdown."""
    rules = read_rules(folder)
    compiled = compile_rules(rules)
    print(f"| search-mode Python rules | {len(rules)} |\n|---|---|")
    ids = compiled.in_process
    print(f"| compile in process | {len(ids)} ({len(ids) / max(1, len(rules)):.1%}) |")
    files = sorted(path for path in code.rglob("*.py") if path.is_file())
    theirs, unread = ask_semgrep([rule for rule in rules if rule.id in set(ids)], code)
    ours, skipped, stopped = match_in_process(files, code, compiled)
    left_out = skipped | unread
    for name in {*ours, *theirs}:
        for places in (ours, theirs):
            places[name] = {p for p in places.get(name, set()) if p[0] not in left_out}
    _print_agreement(ids, ours, theirs)
    print(f"| files | {len(files)}, of which {len(left_out)} not parsed by one of both |\n")
    for name, reason in sorted(stopped):
        print(f"- {name}: {reason}")
    for reason, count in Counter(compiled.refused.values()).most_common():
        print(f"- {count} refused: {reason}")
    _print_differences(ids, ours, theirs)


def _print_agreement(ids: tuple[str, ...], ours: Places, theirs: Places) -> None:
    same_lines = [i for i in ids if _lines(theirs.get(i, set())) == _lines(ours.get(i, set()))]
    same = [i for i in ids if theirs.get(i, set()) == ours.get(i, set())]
    missing = sum(len(theirs.get(i, set()) - ours.get(i, set())) for i in ids)
    extra = sum(len(ours.get(i, set()) - theirs.get(i, set())) for i in ids)
    print(f"| of these agree, by line | {len(same_lines)} |")
    print(f"| of these agree, by column | {len(same)} |")
    print(f"| findings of semgrep | {sum(len(theirs.get(i, set())) for i in ids)} |")
    print(f"| missing here / extra here | {missing} / {extra} |")


def _print_differences(ids: tuple[str, ...], ours: Places, theirs: Places) -> None:
    for name in ids:
        extra = sorted(ours.get(name, set()) - theirs.get(name, set()))
        missing = sorted(theirs.get(name, set()) - ours.get(name, set()))
        if extra or missing:
            print(f"- {name}: {len(missing)} missing {missing[:_SHOWN]}")
            print(f"  {len(extra)} extra {extra[:_SHOWN]}")


def read_rules(folder: Path) -> list[Rule]:
    """Return the search rules for Python, each once, named by its folder and its id."""
    found: dict[str, Rule] = {}
    for file in list_rule_files(folder):
        parts = file.relative_to(folder).parts[:-1]
        for rule in load_rules(file).rules:
            body = {key: value for key, value in rule.body.items() if key != "paths"}
            is_python = any(language.lower() in PYTHON for language in rule.languages)
            if is_python and body.get("mode", "search") == "search":
                name = ".".join((*parts, rule.id))
                found.setdefault(name, rule._replace(id=name, body=body))
    return list(found.values())


def ask_semgrep(rules: list[Rule], code: Path) -> tuple[Places, set[str]]:
    """Return semgrep's findings by rule, and the files it cannot parse."""
    semgrep = semgrep_path()
    if semgrep is None:
        raise SystemExit("semgrep is not installed: run scripts/setup dev")
    with tempfile.TemporaryDirectory() as folder:
        bodies = [{**_plain(rule), "id": f"rule-{n}"} for n, rule in enumerate(rules)]
        config = Path(folder, "rules.json")
        config.write_text(json.dumps({"rules": bodies}), "utf-8")
        arguments = ["scan", "--metrics", "off", "--disable-version-check", "--json", "--quiet"]
        arguments += ["--no-git-ignore", "--disable-nosem", "--max-target-bytes", "0"]
        arguments += ["--x-ignore-semgrepignore-files"]  # by itself it passes over tests
        arguments += ["--timeout", "120", "--timeout-threshold", "0", "--jobs", "1"]
        arguments += ["--include", "*.py", "--config", str(config), "."]
        done = subprocess.run([semgrep, *arguments], cwd=code, capture_output=True, check=False)
    answer = json.loads(done.stdout)
    places: Places = {}
    count_column = ColumnCounter(code)
    for found in answer["results"]:
        start, end = (count_column(found["path"], found[key]) for key in ("start", "end"))
        place = (found["path"], *start, *end)
        number = int(found["check_id"].rpartition("rule-")[2])
        places.setdefault(rules[number].id, set()).add(place)
    return places, {error["path"] for error in answer["errors"] if error.get("path")}


class ColumnCounter:
    """Turns semgrep's columns, which count bytes, into guard's, which count characters."""

    def __init__(self, code: Path) -> None:
        self._code = code
        self._lines: dict[str, list[bytes]] = {}

    def __call__(self, path: str, at: dict[str, int]) -> tuple[int, int]:
        if path not in self._lines:
            self._lines[path] = (self._code / path).read_bytes().split(b"\n")
        row = self._lines[path][at["line"] - 1] if at["line"] <= len(self._lines[path]) else b""
        return at["line"], len(row[: at["col"] - 1].decode("utf-8", "replace")) + 1


def _plain(rule: Rule) -> dict[str, Any]:
    kept = {key: value for key, value in rule.body.items() if key not in ("metadata", "fix")}
    return {**kept, "languages": ["python"]}


def match_in_process(
    files: list[Path], code: Path, compiled: CompiledRules
) -> tuple[Places, set[str], set[tuple[str, str]]]:
    """Return the findings by rule, the files not parsed, and the rules stopped with the reason."""
    targets = [Target(p.relative_to(code).as_posix(), p.read_bytes(), None) for p in files]
    report = check_targets(compiled, targets, suppressions=False, fixes=False, fingerprints=False)
    places: Places = {}
    for f in report.findings:
        place = (f.path, f.start_line, f.start_col, f.end_line, f.end_col)
        places.setdefault(f.rule_id, set()).add(place)
    stopped = {(s.path, s.reason) for s in report.skipped if s.reason.startswith("rule ")}
    skipped = {skip.path for skip in report.skipped if (skip.path, skip.reason) not in stopped}
    return places, skipped, stopped


def _lines(places: set[Place]) -> set[tuple[str, int, int]]:
    return {(name, line, end) for name, line, _, end, _ in places}


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[-1]).resolve())
