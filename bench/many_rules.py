"""Print the processor time of many public rules on real files, here and under semgrep.

Usage: python bench/many_rules.py RULES [FILES] [--files 36] [--rules 237] [--no-regex] [--runs 5]

RULES holds Semgrep rule files, FILES Python files (the standard library when left out). Those rules
are taken that compile in process, those files that are middle-sized. Both programs run in turn on
one commit's files as a whole; `first` has to read the YAML, `again` finds the rules compiled.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from engine import choose_files, run_git, time_command  # noqa: E402
from oracle_report import read_rules  # noqa: E402

from devmatrix_guard.engine.rules.compile import compile_rules  # noqa: E402
from tests.engine.oracle import semgrep_path  # noqa: E402

MUST, AIM = 0.3, 0.1


def main() -> None:
    """Print the medians and the ratio as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rules", type=Path)
    parser.add_argument("folder", nargs="?", type=Path, default=sysconfig.get_paths()["stdlib"])
    parser.add_argument("--files", type=int, default=36)
    parser.add_argument("--count", type=int, default=237)
    parser.add_argument("--no-regex", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    rules = choose_rules(options.rules, options.count, with_regex=not options.no_regex)
    files = choose_files(Path(options.folder), options.files)
    with make_repository(rules, files) as repo:
        times = _measure(repo, options.runs)
    print(f"{len(rules)} rules, {len(files)} files, medians of {options.runs} runs.\n")
    print("| | processor seconds |\n|---|---|")
    for name, spent in times.items():
        print(f"| {name} | {statistics.median(spent):.2f} |")
    theirs = statistics.median(times["semgrep --experimental"])
    ratios = [statistics.median(times[name]) / theirs for name in ("guard, first", "guard, again")]
    print(f"\nguard / semgrep: {ratios[0]:.2f} first, {ratios[1]:.2f} again", end="")
    print(f" (must {MUST}, aim {AIM})")


def choose_rules(folder: Path, count: int, *, with_regex: bool) -> list[dict[str, Any]]:
    """Return bodies of rules that compile in process, each with an id of its own."""
    rules = read_rules(folder)
    known = set(compile_rules(rules).in_process)
    bodies = [rule.body for rule in rules if rule.id in known]
    bodies = [body for body in bodies if with_regex or "regex" not in json.dumps(body)]
    random.Random(5).shuffle(bodies)
    return [{**body, "id": f"rule-{number}"} for number, body in enumerate(bodies[:count])]


@contextmanager
def make_repository(rules: list[dict[str, Any]], files: list[Path]) -> Iterator[Path]:
    """Yield a repository that holds the files and, as `rules.yml`, the rules."""
    with tempfile.TemporaryDirectory() as folder:
        repo = Path(folder, "repo")
        repo.mkdir()
        for number, path in enumerate(files):
            (repo / f"file_{number}.py").write_bytes(path.read_bytes())
        Path(folder, "rules.yml").write_text(json.dumps({"rules": rules}), "utf-8")
        run_git(repo, "init", "-q")
        run_git(repo, "add", "-A")
        yield repo


def _measure(repo: Path, runs: int) -> dict[str, list[float]]:
    guard = Path(sys.executable).parent / "guard"
    semgrep = semgrep_path()
    if semgrep is None:
        raise SystemExit("semgrep is not installed: run scripts/setup dev")
    ours = [str(guard), "check", "--all", "--rules", "../rules.yml", "--exit-zero"]
    theirs = [str(semgrep), "scan", "--experimental", "--metrics", "off", "--quiet"]
    theirs += ["--disable-version-check", "--config", "../rules.yml", "."]
    times: dict[str, list[float]] = {}
    for _ in range(runs):
        shutil.rmtree(repo / ".guard" / "cache", ignore_errors=True)
        shutil.rmtree(repo / ".git" / "devmatrix-guard", ignore_errors=True)
        for name, command in (
            ("guard, first", ours), ("guard, again", ours), ("semgrep --experimental", theirs),
        ):  # fmt: skip
            times.setdefault(name, []).append(time_command(command, repo)[1] / 1000)
    return times


if __name__ == "__main__":
    main()
