"""Put real fixes of a repository back to how it was before them; count what guard names.

    .venv/bin/python bench/reversions.py REPO [--fixes 40] [--seed 0] [--half even|odd]
                                 [--commits N] [--scope staged|range|both] [--list]

REPO is any clone with its history. Fixes are commits reachable from HEAD whose message has a word
of fixing and whose hunks still stand in HEAD, found by their text and without guard. Each is undone
by machine in every way of the table, and edits that undo nothing are made at the same places. Every
edit is staged in a scratch clone in which `guard learn` has run once, and checked as `guard check`
does: as a commit in the making, and as a range of one commit. An edit counts as caught where a
finding names the fix's commit; a harmless one is a false alarm where any undone fix is named.

Prints Markdown: caught of total for every row, and how many of them at `warn` or above.
Writes only below a temporary folder.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(Path(__file__).parent))

import reversion_edits as edits  # noqa: E402

from devmatrix_guard.commands.check.arguments.request import RANGE, STAGED, CheckRequest  # noqa: E402
from devmatrix_guard.commands.check.examine import examine_request  # noqa: E402
from devmatrix_guard.commands.learn.learn import learn  # noqa: E402

_FIX = re.compile(r"(?i)\b(fix(e[sd])?|bug|crash(es|ed)?|regression|wrong|broken|leak)\b")
_NO_FIX = re.compile(r"(?i)\b(typo|docs?|lint|flake8|mypy|changelog|merge|revert|comment|spelling)")
_CODE = (".py", ".js", ".ts", ".tsx", ".go", ".rs", ".rb", ".java", ".c", ".h", ".cpp", ".php")
_HARMLESS = "harmless: "
_LOUD = ("warn", "block")

Tree = dict[str, bytes | None]


class Fix(NamedTuple):
    """A fix that stands: its files as HEAD has them, and as they were without its hunks."""

    commit: str
    parent: str
    now: dict[str, bytes]
    hunks: dict[str, list[edits.Standing]]
    tests: dict[str, bytes]
    test_names: frozenset[str]


def main() -> None:
    """Measure and print."""
    options = _read_options()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "scratch"
        ask_git(options.repo, "clone", "-q", "--shared", "--no-checkout", ".", str(scratch))
        learn(scratch, limit=options.commits)
        bench = Bench(scratch, options)
        for fix in find_fixes(scratch, options):
            bench.measure(fix)
    bench.print_table()


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repo", type=Path)
    parser.add_argument("--fixes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--commits", type=int, help="read only the newest commits")
    parser.add_argument("--half", choices=("even", "odd"), help="by the last digit of the commit")
    parser.add_argument("--scope", choices=("staged", "range", "both"), default="both")
    parser.add_argument("--list", action="store_true", help="name what was missed or cried")
    return parser.parse_args()


def find_fixes(repo: Path, options: argparse.Namespace) -> Iterator[Fix]:
    """Yield fixes that stand, in an order that the seed tells."""
    newest = ("-n", str(options.commits)) if options.commits else ()  # no others are learned from
    log = ask_git(repo, "log", *newest, "--format=%H%x00%P%x00%s", "HEAD").decode(
        "utf-8", "replace"
    )
    commits = [line.split("\0") for line in log.splitlines()]
    chosen = [
        (commit, parent)
        for commit, parent, subject in commits
        if parent and " " not in parent and _FIX.search(subject) and not _NO_FIX.search(subject)
        if options.half is None or (int(commit[-1], 16) % 2 == 0) == (options.half == "even")
    ]
    random.Random(options.seed).shuffle(chosen)
    found = 0
    for commit, parent in chosen:
        fix = _read_fix(repo, commit, parent)
        if fix is not None:
            yield fix
            found += 1
        if found == options.fixes:
            return


def _read_fix(repo: Path, commit: str, parent: str) -> Fix | None:
    raw = ask_git(repo, "diff", "--name-status", "--no-renames", "-z", parent, commit).split(b"\0")
    pairs = [
        (raw[n].decode(), raw[n + 1].decode("utf-8", "replace")) for n in range(0, len(raw) - 1, 2)
    ]
    if not 0 < len(pairs) <= 10:
        return None
    now: dict[str, bytes] = {}
    hunks: dict[str, list[edits.Standing]] = {}
    tests: dict[str, bytes] = {}
    names: set[str] = set()
    for status, then in pairs:
        path = _find_today(repo, then)
        head = show(repo, f"HEAD:{path}")
        if head is None or not path.endswith(_CODE) or status == "D":
            continue
        if edits.is_test(path):
            tests[path] = head
            names |= _list_tests(show(repo, f"{commit}:{then}"))
            names -= _list_tests(show(repo, f"{parent}:{then}"))
            continue
        old, new = show(repo, f"{parent}:{then}"), show(repo, f"{commit}:{then}")
        if status != "M" or old is None or new is None:
            continue
        standing = [h for h in edits.find_standing(old, new, head) if edits.is_code(path, head, h)]
        if standing:
            now[path], hunks[path] = head, standing
    return Fix(commit, parent, now, hunks, tests, frozenset(names)) if now else None


_today: dict[str, list[str]] = {}


def _find_today(repo: Path, path: str) -> str:
    """Return where a file is in HEAD: at its path, or below a new folder such as `src`."""
    key = str(repo)
    if key not in _today:
        _today[key] = ask_git(repo, "ls-tree", "-r", "--name-only", "HEAD").decode().splitlines()
    same = [name for name in _today[key] if name.endswith(f"/{path}")]
    return same[0] if len(same) == 1 and path not in _today[key] else path


def _list_tests(text: bytes | None) -> set[str]:
    return {name.decode() for name in re.findall(rb"(?m)^\s*def (test\w*)", text or b"")}


class Bench:
    """Makes the edits of each fix and counts what the check says."""

    def __init__(self, repo: Path, options: argparse.Namespace) -> None:
        self.repo = repo
        self.options = options
        self.random = random.Random(options.seed)
        self.warned: Counter[tuple[str, str]] = Counter()
        self.caught: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
        self.head = ask_git(repo, "rev-parse", "HEAD").decode().strip()

    def measure(self, fix: Fix) -> None:
        """Make every edit that this fix allows for, and check each."""
        for name, make in edits.WAYS.items():
            tree = make(fix, self.random)
            if not tree or not _is_change(fix, tree):
                continue
            side = fix.parent if name == edits.MERGE else None
            for scope in ("staged", "range"):
                if self.options.scope in (scope, "both"):
                    self._check(fix, name, tree, scope, side)

    def _check(self, fix: Fix, name: str, tree: Tree, scope: str, side: str | None) -> None:
        found = self._find(tree, scope, side)
        commits = {source.commit for finding in found for source in finding.sources}
        said = " ".join(finding.message for finding in found)
        if name.startswith(_HARMLESS):
            named = [f for f in found if f.kind != "rule"]
            self.caught[name][scope].append(bool(named))
            wrong = bool(named)
        else:
            is_named = fix.commit in commits or fix.commit[:10] in said
            self.caught[name][scope].append(is_named)
            self.warned[name, scope] += is_named and any(f.stage in _LOUD for f in found)
            wrong = not is_named
        if wrong and self.options.list:
            print(f"- {name} ({scope}): {fix.commit[:10]} {', '.join(fix.now)}", flush=True)

    def _find(self, tree: Tree, scope: str, side: str | None) -> list:
        ask_git(self.repo, "read-tree", self.head)
        for path, text in tree.items():
            _stage(self.repo, path, text)
        merge = self.repo / ".git" / "MERGE_HEAD"
        if scope == "staged":
            if side:
                merge.write_text(f"{side}\n", "ascii")
            try:
                report = examine_request(CheckRequest(scope=STAGED), self.repo)
            finally:
                merge.unlink(missing_ok=True)
        else:
            made = ask_git(self.repo, "write-tree").decode().strip()
            parents = ["-p", self.head, *(["-p", side] if side else [])]
            who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
            new = (
                ask_git(self.repo, *who, "commit-tree", made, *parents, "-m", "Change")
                .decode()
                .strip()
            )
            request = CheckRequest(scope=RANGE, range_text=f"{self.head}..{new}")
            report = examine_request(request, self.repo)
        return [f for f in report.findings if f.kind != "rule" or "undo" in f.rule_id]

    def print_table(self) -> None:
        """Print caught of total for every way, false alarms for harmless edits."""
        scopes = ["staged", "range"] if self.options.scope == "both" else [self.options.scope]
        print("\n| edit | " + " | ".join(scopes) + " |\n| --- |" + " --- |" * len(scopes))
        for name in edits.WAYS:
            cells = []
            for scope in scopes:
                results = self.caught[name][scope]
                share = f" ({100 * sum(results) / len(results):.0f} %)" if results else ""
                warned = self.warned[name, scope]
                loud = "" if name.startswith(_HARMLESS) else f", {warned} at warn"
                cells.append(f"{sum(results)} of {len(results)}{share}{loud}")
            print(f"| {name} | " + " | ".join(cells) + " |")


def _is_change(fix: Fix, tree: Tree) -> bool:
    return any(text != fix.now.get(path, fix.tests.get(path)) for path, text in tree.items())


def _stage(repo: Path, path: str, text: bytes | None) -> None:
    if text is None:
        ask_git(repo, "rm", "-q", "--cached", "--", path)
        return
    blob = ask_git(repo, "hash-object", "-w", "--stdin", data=text).decode().strip()
    ask_git(repo, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")


def show(repo: Path, name: str) -> bytes | None:
    """Return a blob, None where there is none or it is no text."""
    done = subprocess.run(["git", "-C", str(repo), "cat-file", "blob", name], capture_output=True)
    return None if done.returncode or b"\0" in done.stdout else done.stdout


def ask_git(folder: Path, *args: str, data: bytes | None = None) -> bytes:
    """Return what git says."""
    command = ["git", "-C", str(folder), *args]
    return subprocess.run(command, capture_output=True, check=True, input=data).stdout


if __name__ == "__main__":
    main()
