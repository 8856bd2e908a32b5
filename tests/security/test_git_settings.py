"""What a clone's own git configuration, hooks and refs say starts nothing and hides nothing.

A repository can come as a folder or an archive, with a `.git/config` that somebody else wrote.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.git.history import stream_commits
from devmatrix_guard.git.repository import find_repository
from tests.helpers import commit, git, make_repo, tree_bytes, write_tree
from tests.helpers_fork import run_entry, run_guard
from tests.matrix.world import BAD, World
from tests.security.samples import RULE
from tests.specs import BOOKS

COMMANDS = (
    ("guard-hook",), ("guard", "check"), ("guard", "check", "--all"), ("guard", "check", "--fix"),
    ("guard", "check", "--range", "HEAD~1..HEAD"), ("guard", "try", "-n", "9"), ("guard", "learn"),
    ("guard", "report", "--week"), ("guard", "recall", "a.py"), ("guard", "lineage", "a.py"),
    ("guard", "tests", "HEAD~1..HEAD"), ("guard", "trends"), ("guard", "suppressions"),
    ("guard", "baseline", "create"), ("guard", "variants", "HEAD"), ("guard", "doctor"),
    ("guard", "init", "--yes"), ("guard", "uninstall", "--yes"),
    ("guard", "verify", "app", "--static"), ("guard", "drift", "app"),
    ("guard", "regenerate", "app", "--no-verify"), ("guard", "repair", "app"),
)  # fmt: skip
# By what a setting is for, with PROGRAM in the place of what it would start.
PROGRAMS = {
    "core.fsmonitor": "PROGRAM",
    "core.hooksPath": "HOOKS",
    "core.sshCommand": "PROGRAM",
    "core.gitProxy": "PROGRAM",
    "core.askPass": "PROGRAM",
    "core.editor": "PROGRAM",
    "core.pager": "PROGRAM",
    "core.alternateRefsCommand": "PROGRAM",
    "core.attributesFile": "ATTRIBUTES",
    "credential.helper": "!PROGRAM",
    "diff.external": "PROGRAM",
    "diff.mine.command": "PROGRAM",
    "diff.mine.textconv": "PROGRAM",
    "filter.mine.clean": "PROGRAM",
    "filter.mine.smudge": "PROGRAM",
    "filter.mine.process": "PROGRAM",
    "filter.mine.required": "true",
    "merge.mine.driver": "PROGRAM",
    "gpg.program": "PROGRAM",
    "log.showSignature": "true",
    "uploadpack.packObjectsHook": "PROGRAM",
    "remote.origin.url": "ext::PROGRAM %S",
    "remote.origin.uploadpack": "PROGRAM",
    "remote.origin.promisor": "true",
    "remote.origin.partialclonefilter": "blob:none",
    "core.repositoryFormatVersion": "1",
    "extensions.partialClone": "origin",
    "protocol.allow": "always",
    "protocol.ext.allow": "always",
    "submodule.recurse": "true",
    "submodule.part.url": "ext::PROGRAM %S",
    "submodule.part.update": "!PROGRAM",
    "trailer.mine.command": "PROGRAM",
    "include.path": "MORE",
    **{
        f"alias.{name}": "!PROGRAM"
        for name in ("log", "diff", "rev-parse", "ls-files", "cat-file", "blame", "grep", "config")
    },
}
HOOKS = (
    "post-index-change",
    "pre-commit",
    "reference-transaction",
    "post-checkout",
    "query-watchman",
)
ATTRIBUTES = "* diff=mine filter=mine merge=mine\n"


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a repository whose configuration starts a program wherever git would."""
    top = tmp_path_factory.mktemp("settings")
    program = top / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >>"{top}/ran"\n')
    program.chmod(0o755)
    files = {"a.py": "def f(x):\n    return x\n", "guard.toml": "shipped = false\n"}
    repo = make_repo(top / "repo", {**files, ".guard/rules/mine.yml": RULE})
    write_tree(top, {"spec.yaml": BOOKS, "outside/kept": "theirs\n", "attributes": ATTRIBUTES})
    run_generate(top / "spec.yaml", repo / "app")
    write_tree(
        repo, {".gitattributes": ATTRIBUTES, ".gitmodules": '[submodule "part"]\npath = p\n'}
    )
    commit(repo, {"a.py": "def f(x):\n    return x + 1\n"}, "fix: f was wrong (#12)")
    commit(repo, {"test_a.py": "def test_f():\n    assert f(1) == 2\n"}, "fix: test it (#12)")
    commit(repo, {"a.py": "def f(x):\n    print(x)\n    return x\n"}, "Simplify")
    _sign_head(repo)
    write_tree(repo, {"a.py": "def f(x):\n    print(2)\n    return 1\n"})
    git(repo, "add", "a.py")
    write_tree(repo, {"a.py": "def f(x):\n    print(2)\n    return 2\n"})
    _plant(repo, top, program)
    return top


def _sign_head(repo: Path) -> None:
    """Give the newest commit a signature, which `log.showSignature` has checked."""
    head, _, message = git(repo, "cat-file", "commit", "HEAD").partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END PGP SIGNATURE-----"
    signed = f"{head}\n{signature}\n\n{message}"
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=repo, input=signed.encode(), capture_output=True, check=True,
    )  # fmt: skip
    git(repo, "update-ref", "HEAD", made.stdout.decode().strip())


def _plant(repo: Path, top: Path, program: Path) -> None:
    for folder in (top / "hooks", repo / ".git/hooks"):
        folder.mkdir(exist_ok=True)
        for name in HOOKS:
            shutil.copy(program, folder / name)
    write_tree(repo, {".git/info/attributes": "* working-tree-encoding=UTF-16\n"})
    (top / "more").write_text(f'[core]\n\tfsmonitor = "{program}"\n')
    values = {"ATTRIBUTES": top / "attributes", "HOOKS": top / "hooks", "MORE": top / "more"}
    for key, value in PROGRAMS.items():
        text = str(values.get(value, value.replace("PROGRAM", str(program))))
        git(repo, "config", "--add", key, text)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_setting_of_a_clone_starts_a_program(
    top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    repo = tmp_path / "repo"
    shutil.copytree(top / "repo", repo, symlinks=True)
    monkeypatch.setenv("GUARD_LEARN", "off")
    before = _list_outside(top)
    config = (repo / ".git/config").read_bytes()
    done = _run(repo, *command)
    assert done in (0, 1, 2)
    assert not (top / "ran").exists(), (top / "ran").read_text()
    assert _list_outside(top) == before
    # `init` adds the driver of merges of generated applications.
    assert (repo / ".git/config").read_bytes().startswith(config)


def test_the_planted_program_runs_where_git_is_not_held_back(top: Path, tmp_path: Path) -> None:
    """The settings above are such as git obeys."""
    repo = tmp_path / "repo"
    shutil.copytree(top / "repo", repo, symlinks=True)
    for command in (
        ("diff",),
        ("log", "-p"),
        ("read-tree", "HEAD"),
        ("blame", "a.py"),
        ("status",),
    ):
        git(repo, *command, check=False)
        assert (top / "ran").exists(), command
        (top / "ran").unlink()


def _run(repo: Path, *command: str) -> int:
    entry, *words = command
    return run_entry(entry, *words, cwd=repo, environment=os.environ).returncode


def _list_outside(top: Path) -> dict[str, bytes]:
    outside = {**tree_bytes(top / "outside"), **tree_bytes(top / "hooks")}
    return {**outside, **{path.name: b"" for path in top.iterdir()}}


@pytest.mark.parametrize("where", ["blob", "commit", "graft"])
def test_a_replaced_object_hides_nothing(tmp_path: Path, where: str) -> None:
    """What `git replace` and grafts show here, nobody else's clone has."""
    world = World.make(tmp_path / "world")
    world.commit({"c.py": BAD}, "Call")
    head = git(world.root, "rev-parse", "HEAD").strip()
    if where == "blob":
        empty = subprocess.run(
            ["git", "hash-object", "-w", "--stdin"],
            cwd=world.root, input=b"x = 1\n", capture_output=True, check=True,
        )  # fmt: skip
        git(world.root, "replace", f"{head}:c.py", empty.stdout.decode().strip())
    elif where == "commit":
        git(world.root, "replace", head, f"{head}~1")
    else:
        (world.root / ".git/info").mkdir(exist_ok=True)
        (world.root / ".git/info/grafts").write_text(f"{head}\n")
    found = world.json("--range", "HEAD~1...HEAD")
    assert found.places == [("c.py", 1)]
    assert list(_log(world.root)) == _log_without_replacement(world.root)


def _log(root: Path) -> Iterator[str]:
    return (one.id for one in stream_commits(find_repository(root)))


def _log_without_replacement(root: Path) -> list[str]:
    environ = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": "/dev/null"}
    return git(root, "log", "--format=%H", env=environ).split()


def test_a_work_tree_elsewhere_is_not_taken_from_the_configuration(tmp_path: Path) -> None:
    """`core.worktree` alone would have guard write into the folder above, such as one's home."""
    home = tmp_path / "home"
    write_tree(home, {"mine.py": "x = 1\n"})
    repo = make_repo(home / "repo", {"a.py": "x = 1\n"})
    git(repo, "config", "core.worktree", "../..")
    before = tree_bytes(home)
    for command in (("check", "--all"), ("learn",), ("init", "--yes"), ("baseline",)):
        done = run_guard(repo, *command)
        assert (done.returncode, "core.worktree" in done.stderr) == (2, True), done
    assert tree_bytes(home) == before
