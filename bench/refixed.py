"""Which undone fixes had to be repaired again, and would guard have named the undoing?

    .venv/bin/python bench/refixed.py REPO [REPO ...] [--list]

Found by text alone, without guard: a commit whose message speaks of fixing changes some lines of a
function in a file of code; a hunk of a later commit takes all of the new lines out of that function
and writes nothing but the old ones in their place, which a rewriting does not; a still later one
brings the new ones again. Left out are announced reverts, what one author took back within a day
while at work, and hunks that consist of imported names or heads of handlers. Counted apart is what
lost no fix: lines that the same commit writes elsewhere, or that still stand in the function, and
lines that went with all of their function.

Each undoing is then asked about as `guard check --range` does, and counts as named where a finding
names the fix that was undone.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.commands.check.arguments.request import RANGE, CheckRequest  # noqa: E402
from devmatrix_guard.commands.check.examine import examine_request  # noqa: E402

_FIX = re.compile(
    r"(?i)\b(fix(e[sd])?|bugs?|crash(es|ed)?|regressions?|wrong|broken|leaks?|incorrect|prevents?)\b"
)
_REVERT = re.compile(r"(?i)^\W*(\[[^]]*\])?\W*(revert|undo|back(ed|ing)? ?out)")
_CODE = (".py", ".js", ".ts", ".go", ".rs", ".rb", ".java", ".c", ".h", ".cpp", ".php")
_COMMENT = ("#", "//", '"""', "'''")
_PLAIN = (*_COMMENT, "import ", "from ", "except ")
_NAME = re.compile(r"[\w.]+,?$")  # of an import over several lines
_DEFINED = re.compile(r"(?:def|class|function|func|fn)\s+(\w+)")
MOVED, WITH_FUNCTION, UNDONE = "kept or still there", "gone with its function", "undone"
_LOG = ("--reverse", "--no-merges", "-p", "-U0", "-M")
_LEAST = 12  # letters of a line that is not there by chance
_MOST = 12  # lines of a hunk that is about one mistake


class Hunk(NamedTuple):
    """Lines that went and lines that came, blanks stripped, in a function that git names."""

    function: str
    old: list[str]
    new: list[str]


class Step(NamedTuple):
    """One commit: what it takes from files and gives to them, line by line."""

    commit: str
    parent: str
    subject: str
    author: str
    time: int
    hunks: dict[str, list[Hunk]]


class Waiting(NamedTuple):
    """A hunk of a fix by its telling lines, and, once undone, by which commit and in which way."""

    fix: Step
    path: str
    hunk: Hunk
    old: frozenset[str]
    new: frozenset[str]
    undone: Step | None = None
    kind: str = ""


def main() -> None:
    """Find, ask and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repos", nargs="+", type=Path)
    parser.add_argument("--list", action="store_true", help="name every undoing")
    options = parser.parse_args()
    print(f"| history | {MOVED} | {WITH_FUNCTION} | {UNDONE} | named |\n" + "| --- " * 5 + "|")
    for repo in options.repos:
        found = find_refixed(repo)
        kinds = Counter(one.kind for one in found)
        stages = [find_stage(repo, one) for one in found]
        pairs = list(zip(found, stages, strict=True))
        named = sum(bool(stage) for one, stage in pairs if one.kind == UNDONE)
        cells = (repo.name, kinds[MOVED], kinds[WITH_FUNCTION], kinds[UNDONE], named)
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
        for one, stage in pairs if options.list else ():
            by = one.undone.commit[:10] if one.undone else ""
            what = f"{one.kind}, {stage or 'not named'}"
            print(f"- {what}: {one.fix.commit[:10]} by {by} in {one.path}", flush=True)


def find_refixed(repo: Path) -> list[Waiting]:
    """Return the undone fixes that came back, once for each fix and undoing."""
    waiting: dict[str, list[Waiting]] = defaultdict(list)
    found: dict[tuple[str, str], Waiting] = {}
    for step in read_steps(repo):
        for path, hunks in step.hunks.items():
            removed = Counter(line for hunk in hunks for line in hunk.old)
            added = Counter(line for hunk in hunks for line in hunk.new)
            for number, one in enumerate(waiting[path]):
                if one.undone is None and is_swap(one.new, one.old, removed, added):
                    if any(is_bare(one, hunk) for hunk in hunks) and not is_meant(one.fix, step):
                        kind = find_kind(repo, one, step)
                        waiting[path][number] = one._replace(undone=step, kind=kind)
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


def is_bare(one: Waiting, hunk: Hunk) -> bool:
    """Tell whether a hunk takes a fix's lines out of its function and writes nothing but old ones.

    One that takes out the head of the function is below what stands before it.
    """
    written = {line for line in hunk.new if line and not line.startswith(_COMMENT)}
    if not (one.new.issubset(hunk.old) and one.old <= written <= {*one.hunk.old}):
        return False
    return one.hunk.function == hunk.function or takes_function(one, [hunk])


def takes_function(one: Waiting, hunks: Sequence[Hunk]) -> bool:
    """Tell whether the head of a fix's function goes and does not come again."""
    name = one.hunk.function
    gone = [name_of(line) for hunk in hunks for line in hunk.old]
    come = [name_of(line) for hunk in hunks for line in hunk.new]
    return bool(name) and gone.count(name) > come.count(name)


def name_of(line: str) -> str:
    """Return the name of the function or class whose head a line is."""
    match = None if line.startswith(_COMMENT) else _DEFINED.search(line)
    return match[1] if match else ""


def find_kind(repo: Path, one: Waiting, step: Step) -> str:
    """Return what became of a fix's lines that a commit takes out."""
    if any(
        one.new <= {line for hunk in hunks for line in hunk.new}
        for path, hunks in step.hunks.items()
        if path != one.path
    ):
        return MOVED
    if takes_function(one, step.hunks[one.path]):
        return WITH_FUNCTION
    text = subprocess.run(
        ["git", "-C", str(repo), "show", f"{step.commit}:{one.path}"], capture_output=True
    ).stdout.decode("utf-8", "replace")
    return MOVED if one.new <= {*read_function(text, one.hunk.function)} else UNDONE


def read_function(text: str, name: str) -> list[str]:
    """Return the lines of a function or class, blanks stripped; all lines where it has no name."""
    rows = text.splitlines()
    start = next((n for n, row in enumerate(rows) if name and name_of(row) == name), -1)
    if start < 0:
        return [row.strip() for row in rows]
    indent = len(rows[start]) - len(rows[start].lstrip())
    found = []
    for row in rows[start + 1 :]:
        if row.strip() and len(row) - len(row.lstrip()) <= indent:
            break
        found.append(row.strip())
    return found


def is_meant(fix: Step, by: Step) -> bool:
    """Tell whether an undoing is announced, or one author's at work."""
    is_same = fix.author == by.author and by.time - fix.time < 24 * 3600
    return bool(_REVERT.match(by.subject)) or is_same


def read_hunk(step: Step, path: str, hunk: Hunk) -> Waiting | None:
    """Return a hunk that can be followed: neither long nor of nothing but common lines."""
    old, new = (frozenset(filter(is_telling, side)) for side in (hunk.old, hunk.new))
    if not new or max(len(hunk.old), len(hunk.new)) > _MOST or old & new:
        return None
    return Waiting(step, path, hunk, old, new)


def is_telling(line: str) -> bool:
    """Tell whether a line is code that is not there by chance."""
    if line.startswith(_PLAIN) or _NAME.match(line):
        return False
    return sum(map(str.isalnum, line)) >= _LEAST


def read_steps(repo: Path) -> Iterator[Step]:
    """Yield the commits of a history, the oldest first, with their lines, blanks stripped."""
    form = "--format=%x01%H%x00%P%x00%an%x00%at%x00%s"
    # A clone may lack what was too large, which is not code.
    code = ["--", *(f"*{ending}" for ending in _CODE)]
    with tempfile.NamedTemporaryFile("w", suffix=".attributes") as attributes:
        attributes.write("*.py diff=python\n*.go diff=golang\n*.rs diff=rust\n*.rb diff=ruby\n")
        attributes.flush()
        command = ["git", "-C", str(repo), "-c", f"core.attributesFile={attributes.name}", "log"]
        yield from parse_steps([*command, *_LOG, form, *code], repo.name)


def parse_steps(command: Sequence[str], name: str) -> Iterator[Step]:
    """Yield the commits that git's log prints."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        step, path = None, ""
        hunk = Hunk("", [], [])
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
                head = line.split("@@", 2)[2].strip()
                hunk = Hunk(name_of(head) or head, [], [])
                step.hunks.setdefault(path, []).append(hunk)
            elif path and line[:1] in ("+", "-"):
                (hunk.new if line[0] == "+" else hunk.old).append(line[1:].strip())
        if step is not None:
            yield step
    if process.returncode:
        raise SystemExit(f"{name}: git could not read all of the history")


def find_stage(repo: Path, one: Waiting) -> str:
    """Return the stage at which a check of the commit that undid a fix names it, "" for not."""
    if one.undone is None:
        return ""
    request = CheckRequest(
        scope=RANGE, range_text=f"{one.undone.parent}..{one.undone.commit}", flags={"jobs": 1}
    )
    found = examine_request(request, repo).findings
    stages = {
        finding.stage
        for finding in found
        for source in finding.sources
        if finding.kind in ("undo", "proof") and source.commit == one.fix.commit
    }
    return next((stage for stage in ("warn", "advise") if stage in stages), "")


if __name__ == "__main__":
    main()
