"""Hostile files at every path guard reads: nothing runs, nothing outside changes, all is bounded.

Which paths those are is found by tracing what every command opens, so that none is forgotten.
"""

from __future__ import annotations

import json
import marshal
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import make_repo, tree_bytes, write_tree
from tests.security.samples import RULE

RUNNER = Path(__file__).with_name("hostile_run.py")
COMMANDS = (
    ("check",), ("check", "--all"), ("try", "-n", "5"), ("learn",), ("init", "--yes"),
    ("uninstall", "--yes"), ("report", "--week"), ("rules", "list"), ("rules", "show", "mine"),
    ("rules", "test"), ("patterns", "list"), ("baseline",), ("suppressions",),
    ("feedback", "mine", "--useful"), ("explain", "mine"), ("drift", "."),
    ("verify", ".", "--static"), ("repair", "."), ("regenerate", ".", "--dry-run"),
    ("lineage", "a.py"),
)  # fmt: skip
FILES = {
    "guard.toml": "shipped = false\n",
    "a.py": "x = 1\n",
    ".guard/rules/mine.yml": RULE,
    ".guard/baseline.txt": "# none\n",
    ".guard/setup.json": "{}",
    ".guard/generation_manifest.json": "{}",
    ".guard/spec.yaml": "openapi: 3.0.0\n",
    ".guard/undo/journal.json": "{}",
    ".guard/cache/undo.bin": "",
}


class Done(NamedTuple):
    """How a command ended, what it opened, and the names of the programs that it started."""

    code: int
    opened: list[str]
    started: set[str]


def _run_all(folder: Path, tasks: Sequence[tuple[Path, Sequence[str]]]) -> list[Done]:
    """Run commands of guard, each in its folder, in children of one process."""
    rows = [{"args": ["guard", *words], "cwd": str(repo)} for repo, words in tasks]
    (folder / "tasks.json").write_text(json.dumps(rows))
    subprocess.run(
        [sys.executable, RUNNER, folder / "tasks.json", folder / "results.json"], check=True
    )
    results = json.loads((folder / "results.json").read_text())
    for result in results:
        assert "Traceback" not in result["output"], result["output"]
    return [
        Done(one["code"], one["opened"], {Path(name).name for name in one["started"]})
        for one in results
    ]


def _run(repo: Path, *words: str) -> int:
    return _run_all(repo.parent, [(repo, words)])[0].code


def _deep_json(path: Path) -> None:
    path.write_text("[" * 200_000)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 42)


def _secret(path: Path) -> None:
    path.symlink_to(os.path.relpath(path.parents[path.parts[::-1].index("repo")] / "outside"))


HOSTILE: dict[str, Callable[[Path], None]] = {
    "an endless device": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": lambda path: os.mkfifo(path),
    "a link out": _secret,
    "a sparse terabyte": _sparse,
    "a folder": lambda path: path.mkdir(),
    "deep JSON": _deep_json,
    "no UTF-8": lambda path: path.write_bytes(b"\xff\xfe\x00\x80" * 100) and None,
    "marshal": lambda path: path.write_bytes(marshal.dumps((1,) * 1000) + b"\xdb\xff") and None,
}


def _plant(repo: Path, name: str, make: Callable[[Path], None]) -> None:
    path = repo / name
    path.unlink()
    make(path)


NAMES = (("guard.toml",), tuple(sorted({*FILES} - {"guard.toml"})))
CASES = [(kind, names) for kind in HOSTILE for names in NAMES]
ASKED = (("check", "--all"), ("rules", "list"), ("baseline",))


@pytest.fixture(scope="module")
def met(
    tmp_path_factory: pytest.TempPathFactory, isolated_module: None
) -> dict[tuple[str, Sequence[str]], list[Done]]:
    """What became of commands that met hostile files, by their kind and names."""
    tasks = []
    for kind, names in CASES:
        folder = tmp_path_factory.mktemp("met")
        (folder / "outside").write_text("hidden-words")
        repo = make_repo(folder / "repo", {"a.py": "x = 1\n"})
        write_tree(repo, FILES)
        for name in names:
            _plant(repo, name, HOSTILE[kind])
        tasks += [(repo, words) for words in ASKED]
    found = _run_all(tmp_path_factory.mktemp("tasks"), tasks)
    outside = {repo.with_name("outside").read_text() for repo, _ in tasks}
    assert outside == {"hidden-words"}
    count = len(ASKED)
    return {case: found[n * count : (n + 1) * count] for n, case in enumerate(CASES)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{len(case[1])}")
def test_hostile_files_run_nothing_and_reach_nothing(
    met: dict[tuple[str, Sequence[str]], list[Done]], case: tuple[str, Sequence[str]]
) -> None:
    for done in met[case]:
        assert done.code in (0, 1, 2)
        assert done.started <= {"git"}


def test_every_command_survives_a_tree_of_endless_files(tmp_path: Path) -> None:
    """Links to a device without end in place of everything guard keeps in a tree."""
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    write_tree(repo, FILES)
    for name in FILES:
        if name not in ("a.py", "guard.toml"):
            _plant(repo, name, HOSTILE["an endless device"])
    found = _run_all(tmp_path, [(repo, words) for words in COMMANDS])
    codes = dict(zip(COMMANDS, (done.code for done in found), strict=True))
    assert {words: code for words, code in codes.items() if code not in (0, 1, 2)} == {}


def test_what_commands_open_in_the_tree_is_what_is_planted(tmp_path: Path) -> None:
    """A new file that guard reads in a tree has to be named above, and so is attacked."""
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    write_tree(repo, FILES)
    found = _run_all(tmp_path, [(repo, words) for words in (*ASKED, ("drift", "."))])
    opened = {path for done in found for path in done.opened}
    known = {part for name in FILES for part in name.split("/")}
    # git's own, what is written, and folders that are only listed.
    known |= {"pyproject.toml", ".gitignore", ".git", "commondir", "src", ".", ""}
    tree = {path.removeprefix(f"{repo}/") for path in opened if path.startswith(f"{repo}/")}
    tree = {
        path
        for path in tree
        if not path.startswith((".git/", ".guard/memory.db")) and "/.guard-" not in f"/{path}"
    }
    assert ".guard/rules/mine.yml" in tree
    assert {part for path in tree for part in path.split("/")} <= known


def test_a_crafted_index_in_the_tree_removes_no_finding(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    write_tree(repo, {**FILES, "b.py": "print(1)\n"})
    (repo / ".guard/cache/undo.bin").write_bytes(marshal.dumps((1, (), {"b.py": b"("})))
    subprocess.run(["git", "add", "b.py"], cwd=repo, check=True)
    assert _run(repo, "check") == 1


def test_a_planted_journal_is_carried_out_by_no_command(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    steps = [["../outside", None, "0" * 64]]
    journal = {"format": 1, "state": "pending", "steps": steps}
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    write_tree(
        repo,
        {**FILES, ".guard/undo/journal.json": json.dumps(journal), ".guard/undo/new/0": "planted"},
    )
    before = tree_bytes(repo / ".guard" / "undo")
    commands = (("verify", ".", "--static"), ("repair", "."), ("regenerate", ".", "--dry-run"))
    found = _run_all(tmp_path, [(repo, words) for words in commands])
    assert [done.code for done in found] == [2, 2, 2]
    assert not outside.exists()
    assert tree_bytes(repo / ".guard" / "undo") == before


def test_learning_writes_through_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    (repo / ".guard").symlink_to(outside)
    assert _run(repo, "learn") == 2
    assert not any(outside.iterdir())
