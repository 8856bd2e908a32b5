"""Read random histories: `bench/fuzz_histories.py N [--seed S] [--commits 40]`.

Each history has fixes of a few kinds, made in several places and sometimes undone, and between
them what goes wrong in histories: files cut at random, commented out, indented, with odd
characters, renamed, deleted, made links, merged, reverted; messages and names that are no UTF-8.
`guard learn`, `guard try` and `guard check --range` read it. A defect of ours, an exit code other
than 0, 1 and 2, or a traceback is printed with the number of the history; the exit code is 1
where there was one.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.fuzz_files import damaged, real_files
from devmatrix_guard.errors import DEFECT

Tree = dict[bytes, tuple[bytes, bytes]]  # path to mode and content
_FIXES = (
    (b"old_call(%d)", b"new_call(%d, timeout=3)"),
    (b"value_%d == None", b"value_%d is None"),
    (b"open(path_%d).read()", b"Path(path_%d).read_text()"),
)
_NAMES = (
    b"a.py", b"app/b.py", b"app/c.py", b"app/deep/d.py", b"e.pyi", b"f.js", b"g", b"n.ipynb",
    b"odd name.py", "ü.py".encode(), b"no-utf-\xff.py", b"h\\i.py", b"test_a.py",
)  # fmt: skip
_WORDS = (
    b"fix: %s", b"Fix %s", b"Fix %s\n\nFixes #12", b"add %s", b"", b"fix \xff\xfe %s",
    b"Revert \"fix: %s\"\n\nThis reverts commit " + b"0" * 40 + b".", b"fix \x1b[2J %s",
    b"%s" * 900,
)  # fmt: skip


def write_history(folder: Path, number: int, seed: int, commits: int) -> int:
    """Make a repository of a random history in a folder; return how many commits its main has.

    Args:
        folder: becomes the work tree.
        number: which history.
        seed: of all histories.
        commits: how many there are, those of merged branches included.
    """
    chance = random.Random(f"{seed}/{number}")
    git(folder, "init", "-q", "-b", "main")
    stream = b"".join(_Maker(chance, real_files()).make(commits))
    git(folder, "fast-import", "--quiet", "--force", stdin=stream)
    git(folder, "-c", "core.symlinks=false", "checkout", "-q", "-f", "main")
    return int(git(folder, "rev-list", "--count", "--first-parent", "main"))


def git(folder: Path, *args: str, stdin: bytes = b"") -> bytes:
    """Run git; it fails loudly."""
    done = subprocess.run(["git", *args], cwd=folder, input=stdin, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"git {args[0]}: {done.stderr.decode(errors='replace')[:500]}")
    return done.stdout


class _Maker:
    """Makes the input of `git fast-import`."""

    def __init__(self, chance: random.Random, files: list[Path]) -> None:
        self._chance = chance
        self._files = files
        self._trees: list[Tree] = []

    def make(self, commits: int) -> Iterator[bytes]:
        tips = [0]  # the marks of main's last commit and of open branches
        for number in range(1, commits + 1):
            kind = self._chance.random()
            parents = tips[:1]
            if kind < 0.1 and len(tips) > 1:
                parents = [tips[0], tips.pop()]
                tree = self._merge(*(self._trees[mark - 1] for mark in parents))
            elif kind < 0.25 and number > 2:
                side = self._chance.randint(1, number - 1)
                parents, tips = [side], [*tips, number]
                tree = self._edit(dict(self._trees[side - 1]))
            elif kind < 0.35 and number > 3:
                tree = dict(self._chance.choice(self._trees))  # a revert to what was
            else:
                tree = self._edit(dict(self._trees[tips[0] - 1]) if tips[0] else self._begin())
            self._trees.append(tree)
            if parents[0] == tips[0]:
                tips[0] = number
            yield from self._write(number, [mark for mark in parents if mark], tree)
        yield b"reset refs/heads/main\nfrom :%d\n\n" % tips[0]

    def _begin(self) -> Tree:
        bodies = [b"".join(self._function(n, before) for n in range(6)) for before, _ in _FIXES]
        names = [b"a.py", b"app/b.py", b"app/c.py"]
        return {name: (b"100644", body) for name, body in zip(names, bodies, strict=True)}

    def _function(self, number: int, code: bytes) -> bytes:
        return b"def f%d(x):\n    return %s\n\n\n" % (number, code % number)

    def _edit(self, tree: Tree) -> Tree:
        for _ in range(self._chance.randint(1, 3)):
            name = self._chance.choice([*tree, *_NAMES])
            mode, content = tree.get(name, (b"100644", b""))
            act = self._chance.random()
            if act < 0.45:
                tree[name] = mode, self._fix(content)
            elif act < 0.6:
                tree[name] = mode, damaged(content or b"x = 1\n", self._chance)
            elif act < 0.7:
                tree.pop(name, None)
                tree[self._chance.choice(_NAMES)] = mode, content
            elif act < 0.78 and len(tree) > 2:
                tree.pop(name, None)
            elif act < 0.84:
                tree[name] = self._chance.choice((b"120000", b"100755", b"100644")), b"a.py"
            else:
                added = self._chance.choice(self._files).read_bytes()[:4000]
                tree[name] = mode, content + b"\n" + added
        return _without_clashes(tree)

    def _fix(self, content: bytes) -> bytes:
        """Make fixes of one kind in some places, or take them back."""
        before, after = self._chance.choice(_FIXES)
        if self._chance.random() < 0.3:
            before, after = after, before
        for number in range(6):
            if self._chance.random() < 0.6:
                content = content.replace(before % number, after % number)
        return content or self._function(1, before)

    def _merge(self, one: Tree, other: Tree) -> Tree:
        names = sorted({*one, *other})
        tree = {n: (one if n in one and self._chance.random() < 0.6 else {**one, **other})[n]
                for n in names}  # fmt: skip
        return _without_clashes(self._edit(tree) if self._chance.random() < 0.3 else tree)

    def _write(self, number: int, parents: list[int], tree: Tree) -> Iterator[bytes]:
        words = self._chance.choice(_WORDS)
        message = words.replace(b"%s", b"call %d" % number)
        when = 1_700_000_000 + number * self._chance.choice((60, 86_400, -3))
        yield b"commit refs/heads/all\nmark :%d\n" % number
        yield b"committer A \xc3\xa9 <a@example.org> %d +0000\n" % when
        yield b"data %d\n%s\n" % (len(message), message)
        yield from (b"%s :%d\n" % (b"merge" if n else b"from", p) for n, p in enumerate(parents))
        yield b"deleteall\n"
        for name, (mode, content) in sorted(tree.items()):
            quoted = b'"' + name.replace(b"\\", b"\\\\") + b'"'
            yield b"M %s inline %s\ndata %d\n%s\n" % (mode, quoted, len(content), content)
        yield b"\n"


def _without_clashes(tree: Tree) -> Tree:
    """Drop files where a folder of the same name is needed."""
    folders = {
        b"/".join(name.split(b"/")[:n]) for name in tree for n in range(1, name.count(b"/") + 1)
    }
    return {name: value for name, value in tree.items() if name not in folders} or {
        b"a.py": (b"100644", b"x = 1\n")
    }


def list_commands(number: int, seed: int, commits: int) -> list[tuple[str, ...]]:
    """Return what reads a history with so many commits on its main branch."""
    chance = random.Random(f"{seed}/{number}/commands")
    ends = [sorted(chance.sample(range(commits), 2), reverse=True) for _ in range(2) if commits > 2]
    ranges = [
        ("check", "--range", f"HEAD~{a}{dots}HEAD~{b}")
        for (a, b), dots in zip(ends, ("..", "..."), strict=False)
    ]
    return [("try",), ("learn",), *ranges, ("check", "--all"), ("learn",)]


def find_defects(folder: Path, command: tuple[str, ...]) -> Iterator[str]:
    """Yield what is wrong with how a command ends, or with what it says."""
    environment = {**os.environ, "GUARD_MEMORY": "", "HOME": str(folder.parent)}
    done = subprocess.run(
        [sys.executable, "-m", "devmatrix_guard", *command],
        cwd=folder, capture_output=True, text=True, errors="replace", check=False, timeout=600,
        env=environment,
    )  # fmt: skip
    said = done.stdout + done.stderr
    if done.returncode not in (0, 1, 2):
        yield f"exit {done.returncode}: {said[-1500:]}"
    yield from (line for line in said.splitlines() if DEFECT in line or "Traceback" in line)


def main() -> None:
    """Make histories, read them, print what fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--commits", type=int, default=40)
    options = parser.parse_args()
    failed = 0
    for number in range(options.first, options.first + options.count):
        with tempfile.TemporaryDirectory() as top:
            folder = Path(top) / "repo"
            folder.mkdir()
            count = write_history(folder, number, options.seed, options.commits)
            for command in list_commands(number, options.seed, count):
                for defect in find_defects(folder, command):
                    failed += 1
                    sys.stdout.write(f"{number}: {' '.join(command)}: {defect}\n")
                    sys.stdout.flush()
    sys.stdout.write(f"{options.count} histories of {options.commits} commits, {failed} failures\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
