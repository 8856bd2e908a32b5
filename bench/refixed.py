"""Which undone fixes had to be repaired again, and would guard have named the undoing?

    .venv/bin/python bench/refixed.py REPO [REPO ...] [--list]

Found by text alone, without guard: a commit whose message speaks of fixing changes some lines of a
file of code; a hunk of a later commit takes all of the new lines out and writes nothing but the
old ones in their place, which a rewriting does not; a still later one brings the new ones again.
Announced reverts are left out, as is what one author took back within a day while at work. Each
undoing is then asked about as `guard check --range` does, and counts as named where a finding names
the fix that was undone.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.commands.check.change.undo_detector import find_undone_in_range  # noqa: E402
from devmatrix_guard.git.blobs import BlobReader  # noqa: E402
from devmatrix_guard.git.repository import find_repository  # noqa: E402

_FIX = re.compile(
    r"(?i)\b(fix(e[sd])?|bugs?|crash(es|ed)?|regressions?|wrong|broken|leaks?|incorrect|prevents?)\b"
)
_REVERT = re.compile(r"(?i)^\W*(\[[^]]*\])?\W*(revert|undo|back(ed|ing)? ?out)")
_CODE = (".py", ".js", ".ts", ".go", ".rs", ".rb", ".java", ".c", ".h", ".cpp", ".php")
_PLAIN = ("#", "//", "import ", "from ", '"""', "'''")
_LEAST = 12  # letters of a line that is not there by chance
_MOST = 12  # lines of a hunk that is about one mistake


class Step(NamedTuple):
    """One commit: what it takes from files and gives to them, line by line."""

    commit: str
    parent: str
    subject: str
    author: str
    time: int
    hunks: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]


class Waiting(NamedTuple):
    """A hunk of a fix, and, once undone, by which commit."""

    fix: Step
    path: str
    old: frozenset[str]
    new: frozenset[str]
    undone: Step | None = None


def main() -> None:
    """Find, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repos", nargs="+", type=Path)
    parser.add_argument("--list", action="store_true", help="name every undoing")
    options = parser.parse_args()
    print("| history | repaired again | named |\n| --- | --- | --- |")
    for repo in options.repos:
        found = find_refixed(repo)
        named = [one for one in found if is_named(repo, one)]
        print(f"| {repo.name} | {len(found)} | {len(named)} |", flush=True)
        for one in found if options.list else ():
            by = one.undone.commit[:10] if one.undone else ""
            sign = "named" if one in named else "MISSED"
            print(f"- {sign} {one.fix.commit[:10]} undone by {by} in {one.path}", flush=True)


def find_refixed(repo: Path) -> list[Waiting]:
    """Return the undone fixes that came back, once for each fix and undoing."""
    waiting: dict[str, list[Waiting]] = defaultdict(list)
    found: dict[tuple[str, str], Waiting] = {}
    for step in read_steps(repo):
        for path, hunks in step.hunks.items():
            removed = Counter(line for old, _ in hunks for line in old)
            added = Counter(line for _, new in hunks for line in new)
            for number, one in enumerate(waiting[path]):
                if one.undone is None and is_swap(one.new, one.old, removed, added):
                    if any(is_bare(one, *hunk) for hunk in hunks) and not is_meant(one.fix, step):
                        waiting[path][number] = one._replace(undone=step)
                elif one.undone is not None and is_swap(one.old, one.new, removed, added):
                    found.setdefault((one.fix.commit, one.undone.commit), one)
                    waiting[path][number] = one._replace(undone=None)
            if _FIX.search(step.subject) and not _REVERT.match(step.subject):
                waiting[path] += [w for hunk in hunks if (w := read_hunk(step, path, hunk))]
    return list(found.values())


def is_swap(
    gone: frozenset[str], back: frozenset[str], removed: Counter[str], added: Counter[str]
) -> bool:
    """Tell whether all of some lines went and all of others came, moves left out."""
    return all(removed[line] > added[line] for line in gone) and all(
        added[line] > removed[line] for line in back
    )


def is_bare(one: Waiting, old: Sequence[str], new: Sequence[str]) -> bool:
    """Tell whether a hunk takes a fix's new lines out and writes nothing but its old ones."""
    written = {line for line in new if is_telling(line)}
    return one.new.issubset(old) and written == one.old


def is_meant(fix: Step, by: Step) -> bool:
    """Tell whether an undoing is announced, or one author's at work."""
    is_same = fix.author == by.author and by.time - fix.time < 24 * 3600
    return bool(_REVERT.match(by.subject)) or is_same


def read_hunk(
    step: Step, path: str, hunk: tuple[tuple[str, ...], tuple[str, ...]]
) -> Waiting | None:
    """Return a hunk that can be followed: neither long nor of nothing but common lines."""
    old, new = (frozenset(line for line in side if is_telling(line)) for side in hunk)
    if not new or max(len(hunk[0]), len(hunk[1])) > _MOST or old & new:
        return None
    return Waiting(step, path, old, new)


def is_telling(line: str) -> bool:
    """Tell whether a line is code that is not there by chance."""
    return sum(map(str.isalnum, line)) >= _LEAST and not line.startswith(_PLAIN)


def read_steps(repo: Path) -> Iterator[Step]:
    """Yield the commits of a history, the oldest first, with their lines, blanks stripped."""
    command = ["git", "-C", str(repo), "log", "--reverse", "--no-merges", "-p", "-U0", "-M"]
    form = "--format=%x01%H%x00%P%x00%an%x00%at%x00%s"
    with subprocess.Popen([*command, form], stdout=subprocess.PIPE) as process:
        step, path = None, ""
        old: list[str] = []
        new: list[str] = []
        for raw in process.stdout or ():
            line = raw.decode("utf-8", "replace").rstrip("\n")
            if line.startswith("\x01"):
                if step is not None:
                    yield step
                commit, parent, author, time, subject = line[1:].split("\0", 4)
                step, path = Step(commit, parent, subject, author, int(time), {}), ""
            elif line.startswith("+++ "):
                path = line[6:] if line.endswith(_CODE) else ""
            elif line.startswith("diff --git "):
                path = ""
            elif step is not None and path and line.startswith("@@"):
                old, new = [], []
                step.hunks.setdefault(path, []).append((old, new))  # type: ignore[arg-type]
            elif path and line[:1] in ("+", "-"):
                (new if line[0] == "+" else old).append(line[1:].strip())
        if step is not None:
            yield step


def is_named(repo_path: Path, one: Waiting) -> bool:
    """Tell whether a check of the commit that undid a fix names that fix."""
    repo, by = find_repository(repo_path), one.undone
    if by is None:
        return False
    with BlobReader(repo) as blobs:
        found = find_undone_in_range(repo, blobs, by.parent, by.commit, exclude=())
    commits = {source.commit for finding in found for source in finding.sources}
    return one.fix.commit in commits


if __name__ == "__main__":
    main()
