"""Disguised ways of taking small fixes back, and changes that keep them: what is named of each.

    .venv/bin/python bench/disguised.py [--list] [FILE ...]

Each fix of `tests/cases/disguises` (or of FILE) is committed to one scratch repository, in a folder
of its own, and `guard learn` reads them. Then every change (the text of the fix's file, or the
texts of files in its folder by their names) is staged and checked as a commit in the making. A
change that takes a fix back is named where a finding names the fix's commit; one that keeps it is a
false alarm where any undone fix is named.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.commands.check.arguments.request import STAGED, CheckRequest  # noqa: E402
from devmatrix_guard.commands.check.examine import examine_request  # noqa: E402
from devmatrix_guard.commands.learn.learn import learn  # noqa: E402
from tests.helpers import commit, git, make_repo  # noqa: E402

CASES = ROOT / "tests" / "cases" / "disguises"
KINDS = ("undone", "kept")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    files = options.files or sorted(CASES.glob("*.yaml"))
    cases = [case for file in files for case in yaml.safe_load(file.read_text("utf-8"))]
    total, named = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for kind, title, is_named, told in measure(cases, Path(folder) / "repo"):
            total[kind] += 1
            named[kind] += is_named
            if options.list and is_named != (kind == "undone"):
                print(f"- {kind}: {title}{told}")
    print(f"undone: {named['undone']} of {total['undone']} named")
    print(f"kept: {named['kept']} of {total['kept']} named")


def measure(cases: list[dict[str, Any]], folder: Path) -> Iterator[tuple[str, str, bool, str]]:
    """Yield (kind, title, is it named, what is said) of every change."""
    repo = make_repo(folder)
    paths = [f"f{number}/{case['path']}" for number, case in enumerate(cases)]
    commit(repo, {p: case["before"] for p, case in zip(paths, cases, strict=True)}, "Start")
    fixes = []
    for path, case in zip(paths, cases, strict=True):
        commit(repo, {path: case["after"]}, f"Fix: {case['fix']}")
        fixes.append(git(repo, "rev-parse", "HEAD").strip())
    learn(folder)
    commit(repo, {}, "Add what was learned")
    for path, case, fix in zip(paths, cases, fixes, strict=True):
        for kind in KINDS:
            for name, text in case[kind].items():
                git(repo, "reset", "-q", "--hard")
                beside = (repo / path).parent
                texts = text if isinstance(text, dict) else {Path(path).name: text}
                for file, written in texts.items():
                    (beside / file).write_text(written, "utf-8")
                git(repo, "add", "-A")
                report = examine_request(CheckRequest(scope=STAGED), repo)
                found = [f for f in report.findings if f.kind == "undo"]
                commits = {source.commit for one in found for source in one.sources}
                is_named = bool(found) if kind == "kept" else fix[:10] in {c[:10] for c in commits}
                told = "".join(f"\n    {one.code} | {one.message[:60]}" for one in found)
                yield kind, f"{case['fix']}: {name}", is_named, told
        git(repo, "reset", "-q", "--hard")


if __name__ == "__main__":
    main()
