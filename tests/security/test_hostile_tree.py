"""Hostile files at every path guard reads: nothing runs, nothing outside changes, all is bounded.

Which paths those are is found by tracing what every command opens, so that none is forgotten.
"""

from __future__ import annotations

import json
import marshal
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import make_repo, tree_bytes, write_tree
from tests.security.samples import RULE

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
_TRACED = """
import os, sys
root, log = sys.argv[1] + os.sep, sys.argv[2]
def hook(event, args):
    if event == "open" and not busy:
        busy.append(1)
        try:
            path = os.fsdecode(args[0]) if not isinstance(args[0], int) else ""
            # An open by a folder's descriptor names the last part only.
            out.write(f"open {path}\\n".encode("utf-8", "surrogateescape"))
        finally:
            busy.clear()
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        out.write(f"run {os.fsdecode(args[0])}\\n".encode("utf-8", "surrogateescape"))
busy = []
out = open(log, "ab", buffering=0)
sys.addaudithook(hook)
sys.argv = ["guard", *sys.argv[3:]]
from devmatrix_guard.cli import main
main()
"""


def _limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def _run(repo: Path, log: Path, *args: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _TRACED, str(repo), str(log), *args],
        cwd=repo,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
        preexec_fn=_limit_memory,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode


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


@pytest.mark.parametrize("names", [["guard.toml"], sorted({*FILES} - {"guard.toml"})], ids=len)
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_run_nothing_and_reach_nothing(
    kind: str, names: list[str], tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.write_text("hidden-words")
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    write_tree(repo, FILES)
    for name in names:
        _plant(repo, name, HOSTILE[kind])
    log = tmp_path / "log"
    for command in (("check", "--all"), ("rules", "list"), ("baseline",)):
        assert _run(repo, log, *command) in (0, 1, 2), command
    assert outside.read_text() == "hidden-words"
    lines = log.read_text("utf-8", "replace").splitlines()
    ran = {Path(line[4:]).name for line in lines if line.startswith("run ")}
    assert ran <= {"git"}


def test_every_command_survives_a_tree_of_endless_files(tmp_path: Path) -> None:
    """Links to a device without end in place of everything guard keeps in a tree."""
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    write_tree(repo, FILES)
    for name in FILES:
        if name not in ("a.py", "guard.toml"):
            _plant(repo, name, HOSTILE["an endless device"])
    for command in COMMANDS:
        assert _run(repo, tmp_path / "log", *command) in (0, 1, 2), command


def test_what_commands_open_in_the_tree_is_what_is_planted(tmp_path: Path) -> None:
    """A new file that guard reads in a tree has to be named above, and so is attacked."""
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    write_tree(repo, FILES)
    log = tmp_path / "log"
    for command in (("check", "--all"), ("rules", "list"), ("baseline",), ("drift", ".")):
        _run(repo, log, *command)
    lines = log.read_text("utf-8", "replace").splitlines()
    opened = {line[5:] for line in lines if line.startswith("open ")}
    known = {part for name in FILES for part in name.split("/")}
    # git's own, what is written, and folders that are only listed.
    known |= {"pyproject.toml", ".gitignore", ".git", "commondir", "src", ".", ""}
    tree = {path.removeprefix(f"{repo}/") for path in opened if path.startswith(f"{repo}/")}
    # By a folder's descriptor only the last part of a path is opened.
    tree |= {path for path in opened if not path.startswith("/")}
    tree = {path for path in tree if not path.startswith((".git/", ".guard-", ".guard/memory.db"))}
    assert "mine.yml" in tree
    assert {part for path in tree for part in path.split("/")} <= known


def test_a_crafted_index_in_the_tree_removes_no_finding(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    write_tree(repo, {**FILES, "b.py": "print(1)\n"})
    (repo / ".guard/cache/undo.bin").write_bytes(marshal.dumps((1, (), {"b.py": b"("})))
    subprocess.run(["git", "add", "b.py"], cwd=repo, check=True)
    assert _run(repo, tmp_path / "log", "check") == 1


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
    for command in (("verify", ".", "--static"), ("repair", "."), ("regenerate", ".", "--dry-run")):
        assert _run(repo, tmp_path / "log", *command) == 2
    assert not outside.exists()
    assert tree_bytes(repo / ".guard" / "undo") == before


def test_learning_writes_through_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n"})
    (repo / ".guard").symlink_to(outside)
    assert _run(repo, tmp_path / "log", "learn") == 2
    assert not any(outside.iterdir())
