"""Learn on the older part of real histories; see what the rules say about the newer part.

    .venv/bin/python bench/mining.py FOLDER [REPOSITORY ...] [--at 0.8] [--list] [--stage STAGE]

FOLDER holds clones with their full history. Each is learned from as it was when the given share of
its commits was made, by the very code of `guard learn`, in a clone of its own. On the commits that
came later two things are counted:

- caught: a later fix changes a line on whose old version a rule fires (and, as `mended`, fires no
  more on the lines the fix put there);
- alarms: a rule fires on a line that a later commit adds; `standing` are those that HEAD still has.

Prints Markdown.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.commands.learn.fixes import MAX_BLOB, read_pair  # noqa: E402
from devmatrix_guard.commands.learn.learn import learn  # noqa: E402
from devmatrix_guard.commands.learn.results.report import LearnReport  # noqa: E402
from devmatrix_guard.commands.learn.results.rules import RULES  # noqa: E402
from devmatrix_guard.commands.learn.validation.targets import read_tree  # noqa: E402
from devmatrix_guard.engine.check import check_targets  # noqa: E402
from devmatrix_guard.engine.rules.compile import compile_rules  # noqa: E402
from devmatrix_guard.engine.rules.compiled import CompiledRules  # noqa: E402
from devmatrix_guard.engine.rules.load import load_rules  # noqa: E402
from devmatrix_guard.git.blobs import BlobReader  # noqa: E402
from devmatrix_guard.git.history import stream_commits  # noqa: E402
from devmatrix_guard.git.repository import Repository, find_repository  # noqa: E402
from devmatrix_guard.mining.commits import is_fix  # noqa: E402
from devmatrix_guard.mining.lines import diff_lines  # noqa: E402
from devmatrix_guard.mining.product_paths import is_test_path  # noqa: E402
from devmatrix_guard.mining.undo.indexing import Renames  # noqa: E402
from devmatrix_guard.model.diff import Commit, FileChange, Hunk, Target  # noqa: E402
from devmatrix_guard.model.rule import STAGES  # noqa: E402

_Z = 1.96
_COLUMNS = (
    "repository", "rules", "stages", "learn CPU s", "later fixes", "caught", "mended",
    "share caught (95 %)", "lines added", "alarms", "standing", "standing per 1,000 (95 %)",
)  # fmt: skip


class Tally(NamedTuple):
    """What the rules of one history say about its later commits."""

    fixes: int = 0
    caught: int = 0
    mended: int = 0
    added: int = 0
    alarms: int = 0
    standing: int = 0

    def plus(self, other: Tally) -> Tally:
        """Return the sums of two tallies."""
        return Tally(*(a + b for a, b in zip(self, other, strict=True)))


class Alarm(NamedTuple):
    """A rule that fired on code: known by the rule, the file's name of today, and the text."""

    rule_id: str
    path: str
    code: str


class Later(NamedTuple):
    """The newer part of one history, and the rules that the older part gave."""

    repo: Repository
    blobs: BlobReader
    rules: CompiledRules
    commits: tuple[Commit, ...]

    def fired(self, targets: Iterable[Target]) -> list[tuple[Alarm, int]]:
        """Return what fires on the targets' lines, with the line."""
        report = check_targets(self.rules, targets, suppressions=False, fixes=False)
        return [
            (Alarm(f.rule_id, f.path, " ".join(f.code.split())), f.start_line)
            for f in report.findings
        ]


def main() -> None:
    """Measure and print."""
    options = _options()
    names = options.repositories or sorted(p.parent.name for p in options.folder.glob("*/.git"))
    print("| " + " | ".join(_COLUMNS) + " |\n|" + " --- |" * len(_COLUMNS))
    whole = Tally()
    for name in names:
        with tempfile.TemporaryDirectory() as scratch:
            tally = measure(options.folder / name, Path(scratch) / name, options)
        whole = whole.plus(tally)
    if len(names) > 1:
        print(_row("**all**", ("", "", ""), whole))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("repositories", nargs="*")
    parser.add_argument("--at", type=float, default=0.8, help="share of the commits to learn from")
    parser.add_argument("--list", action="store_true", help="name each rule that fired")
    parser.add_argument("--stage", choices=STAGES, default=STAGES[0], help="lowest stage to count")
    return parser.parse_args()


def measure(clone: Path, scratch: Path, options: argparse.Namespace) -> Tally:
    """Learn from the older part of a clone, print the row of the newer one, return its counts."""
    split = _split(clone, options.at)
    _git(clone, "clone", "-q", "--shared", "--no-checkout", ".", str(scratch))
    _git(scratch, "update-ref", "--no-deref", "HEAD", split)
    began = _cpu_seconds()
    report = learn(scratch)
    seconds = _cpu_seconds() - began
    wanted = STAGES[STAGES.index(options.stage) :]
    rules = [rule for rule in load_rules(scratch / RULES).rules if rule.stage in wanted]
    repo = find_repository(clone)
    with BlobReader(repo) as blobs:
        commits = tuple(c for c in stream_commits(repo, since=split) if len(c.parents) == 1)
        later = Later(repo, blobs, compile_rules(rules), commits)
        tally, fired = _tally(later)
    first = (str(len(rules)), _stages(report), f"{seconds:.1f}")
    print(_row(clone.name, first, tally), flush=True)
    if options.list:
        _print_fired(report, fired)
    return tally


def _tally(later: Later) -> tuple[Tally, dict[str, Counter[str]]]:
    """Return the counts, and per kind of event how often each rule had a part in it."""
    fired: dict[str, Counter[str]] = {k: Counter() for k in ("caught", "alarms", "standing")}
    tally, renames = Tally(), Renames()
    at_head = {alarm for alarm, _ in later.fired(read_tree(later.repo, later.blobs, "HEAD"))}
    for commit in later.commits:
        pairs = list(_pairs(commit, later.blobs))
        tally = tally.plus(Tally(added=sum(h.new_count for p in pairs for h in p[3])))
        if is_fix(commit):
            caught, mended = _caught(later, pairs)
            fired["caught"].update(caught)
            tally = tally.plus(Tally(bool(pairs), bool(caught), bool(mended)))
        for path, old, new, hunks in pairs:
            was = Counter(alarm for alarm, _ in later.fired([_target(path, old, hunks, old=True)]))
            now = Counter(alarm for alarm, _ in later.fired([_target(path, new, hunks)]))
            for alarm in (now - was).elements():
                stands = alarm._replace(path=renames.resolve(path)) in at_head
                fired["standing" if stands else "alarms"][alarm.rule_id] += 1
                tally = tally.plus(Tally(alarms=1, standing=stands))
        renames.step_back_over(commit)
    return tally, fired


def _pairs(
    commit: Commit, blobs: BlobReader
) -> Iterator[tuple[str, bytes, bytes, tuple[Hunk, ...]]]:
    """Yield path, both sides and hunks of every changed Python file that is no test."""
    for change in commit.changes:
        if not change.path.endswith(".py") or is_test_path(change.path):
            continue
        if change.status == "A" and change.new_mode.startswith("100"):
            pair = (b"", blobs.read(change.new_blob or "", MAX_BLOB) or b"")
        else:
            pair = _modified(change, blobs)
        if pair[0] != pair[1]:
            yield change.path, *pair, diff_lines(*pair)


def _modified(change: FileChange, blobs: BlobReader) -> tuple[bytes, bytes]:
    if change.status not in ("M", "R") or not change.new_mode.startswith("100"):
        return b"", b""
    return read_pair(change, blobs) or (b"", b"")


def _caught(
    later: Later, pairs: Iterable[tuple[str, bytes, bytes, tuple[Hunk, ...]]]
) -> tuple[set[str], set[str]]:
    """Return the rules that fire on lines a fix changes, and those that then are silent there."""
    caught: set[str] = set()
    mended: set[str] = set()
    for path, old, new, hunks in pairs:
        replaced = tuple(hunk for hunk in hunks if hunk.old_count)
        before = Counter(a.rule_id for a, _ in later.fired([_target(path, old, hunks, old=True)]))
        after = Counter(a.rule_id for a, _ in later.fired([_target(path, new, replaced)]))
        caught |= before.keys()
        mended |= {name for name in before if after[name] < before[name]}
    return caught, mended


def _target(path: str, source: bytes, hunks: Iterable[Hunk], *, old: bool = False) -> Target:
    """Return one side of a change with its changed lines."""
    spans = [(h.old_start, h.old_count) if old else (h.new_start, h.new_count) for h in hunks]
    return Target(path, source, tuple((start, start + n - 1) for start, n in spans if n))


def _split(clone: Path, share: float) -> str:
    """Return the commit on the main line that was current when `share` of all had been made."""
    dates = sorted(map(int, _git(clone, "log", "--no-merges", "--format=%ct").split()))
    day = dates[min(int(share * len(dates)), len(dates) - 1)]
    return _git(clone, "rev-list", "--first-parent", "-1", f"--before={day}", "HEAD").strip()


def _row(name: str, first: tuple[str, str, str], tally: Tally) -> str:
    low, high = (100 * bound for bound in wilson(tally.caught, tally.fixes))
    share = f"{100 * tally.caught / max(tally.fixes, 1):.1f} % ({low:.1f}–{high:.1f})"
    least, most = (1000 * bound for bound in wilson(tally.standing, tally.added))
    rate = f"{1000 * tally.standing / max(tally.added, 1):.2f} ({least:.2f}–{most:.2f})"
    cells = (
        name, *first, tally.fixes, tally.caught, tally.mended, share,
        f"{tally.added:,}", tally.alarms, tally.standing, rate,
    )  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def wilson(good: int, total: int) -> tuple[float, float]:
    """Return the two-sided 95 % Wilson interval of a share (E. B. Wilson, 1927)."""
    if not total:
        return 0.0, 1.0
    share, z2 = good / total, _Z * _Z
    middle = share + z2 / (2 * total)
    spread = _Z * (share * (1 - share) / total + z2 / (4 * total * total)) ** 0.5
    low, high = (middle - spread) / (1 + z2 / total), (middle + spread) / (1 + z2 / total)
    return max(low, 0.0), min(high, 1.0)


def _stages(report: LearnReport) -> str:
    counts = Counter(learned.pattern.stage for learned in report.rules)
    return ", ".join(f"{counts[stage]} {stage}" for stage in STAGES if counts[stage])


def _print_fired(report: LearnReport, fired: dict[str, Counter[str]]) -> None:
    titles = {learned.rule_id: learned.pattern.title for learned in report.rules}
    for kind, counts in fired.items():
        for rule_id, count in counts.most_common():
            print(f"- {kind} {count}: {rule_id}: {titles[rule_id]}")


def _cpu_seconds() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _git(folder: Path, *args: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *args], capture_output=True, check=True)
    return done.stdout.decode()


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"\n{time.monotonic() - began:.0f} s by the clock.")
