"""`guard init` plans, asks, adds one entry, changes nothing twice, and `uninstall` reverts it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard import __version__
from devmatrix_guard.commands.setup.source import is_installed_from_folder, publish_address
from tests.helpers import git, make_repo, tree_bytes, write_tree
from tests.helpers_fork import run_guard

HOOKS = Path(__file__).parents[3] / "hooks"
PRE_COMMIT = """\
# our hooks
fail_fast: true
repos:
  # formatting first
  - repo: https://example.invalid/fmt
    rev: v1.0.0   # keep
    hooks:
      - id: fmt

# the end
ci: {skip: [fmt]}
"""
MANAGERS = {
    "nothing": {},
    "pre-commit": {".pre-commit-config.yaml": PRE_COMMIT},
    "pre-commit without a final newline": {".pre-commit-config.yaml": "repos: []"},
    "prek": {
        "prek.toml": "# ours\n[[repos]]\nrepo = 'builtin'\nhooks = [{id = 'trailing-whitespace'}]\n"
    },
    "lefthook": {"lefthook.yml": "pre-commit:\n  commands:\n    lint:\n      run: ruff\n"},
    "husky": {".husky/pre-commit": "npm test"},
    "husky, empty": {".husky/.gitignore": "_\n"},
    "gitignore": {".gitignore": "*.pyc\r\nbuild/"},
}


def guard(folder: Path, *args: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    return run_guard(folder, *args, stdin=answer)


@pytest.mark.parametrize("files", MANAGERS.values(), ids=MANAGERS.keys())
def test_init_twice_is_init_once_and_uninstall_reverts_it(
    files: dict[str, str], tmp_path: Path
) -> None:
    repo = make_repo(tmp_path / "repo", {"app.py": "x = 1\n", **files})
    before = tree_bytes(repo)
    first = guard(repo, "init", "--yes", "--ci")
    assert (first.returncode, first.stderr) == (0, "")
    after = tree_bytes(repo)
    again = guard(repo, "init", "--yes", "--ci")
    assert again.stdout.endswith("Everything is set up already.\n")
    assert tree_bytes(repo) == after != before
    assert guard(repo, "uninstall", "--yes").returncode == 0
    assert tree_bytes(repo) == before
    assert not (repo / ".guard").exists()
    assert not (repo / ".github").exists()
    assert git(repo, "status", "--porcelain") == ""


def test_comments_and_order_of_pre_commit_stay(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {".pre-commit-config.yaml": PRE_COMMIT})
    guard(repo, "init", "--yes", "--local")
    text = (repo / ".pre-commit-config.yaml").read_text()
    head, tail = PRE_COMMIT.split("\n# the end")
    assert text.startswith(head + "  - repo: local\n")
    assert text.endswith("\n# the end" + tail)
    assert yaml.safe_load(text)["repos"][1]["hooks"][0]["entry"] == "guard-hook"


def test_prek_gets_an_entry_of_its_own_kind(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", MANAGERS["prek"])
    guard(repo, "init", "--yes", "--from", "https://example.invalid/guard")
    repos = tomllib.loads((repo / "prek.toml").read_text())["repos"]
    assert repos[1] == {
        "repo": "https://example.invalid/guard",
        "rev": f"v{__version__}",
        "hooks": [{"id": "guard"}],
    }


def test_what_pre_commit_and_prek_get_is_valid_for_them(tmp_path: Path) -> None:
    for files, tool in (({}, "pre-commit"), (MANAGERS["prek"], "prek")):
        repo = make_repo(tmp_path / tool, {"a.txt": "", **files})
        guard(repo, "init", "--yes")
        name = ".pre-commit-config.yaml" if tool == "pre-commit" else "prek.toml"
        program = Path(sys.executable).with_name(tool)
        subprocess.run([program, "validate-config", name], cwd=repo, check=True)


def test_the_plan_is_shown_and_a_no_writes_nothing(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {".pre-commit-config.yaml": PRE_COMMIT})
    before = tree_bytes(repo)
    done = guard(repo, "init", "--local")
    assert done.returncode == 2
    assert "add --yes" in done.stderr
    assert "found: pre-commit, set up in .pre-commit-config.yaml" in done.stdout
    assert "+  - repo: local\n" in done.stdout
    assert tree_bytes(repo) == before


def test_nothing_is_committed_or_staged(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})
    head, index = git(repo, "rev-parse", "HEAD"), git(repo, "write-tree")
    guard(repo, "init", "--yes")
    assert (git(repo, "rev-parse", "HEAD"), git(repo, "write-tree")) == (head, index)


def test_what_is_to_be_committed_is_named_at_the_end(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})
    told = guard(repo, "init", "--local", "--yes").stdout
    assert "  pre-commit install\n" in told
    assert "  git add .pre-commit-config.yaml .gitignore && git commit\n" in told
    assert "  guard try " in told
    learned = make_repo(tmp_path / "learned", {".guard/rules/own.yml": "rules: []\n"})
    told = guard(learned, "init", "--local", "--yes").stdout
    assert "  git add .pre-commit-config.yaml .gitignore .guard && git commit\n" in told
    assert "guard try" not in told


def test_a_file_of_the_user_is_never_overwritten(tmp_path: Path) -> None:
    mine = {".github/workflows/guard.yml": "mine\n", ".gitignore": ".guard/cache/\n*.db*\n"}
    repo = make_repo(tmp_path / "repo", mine)
    guard(repo, "init", "--yes", "--ci")
    assert {name: (repo / name).read_text() for name in mine} == mine


def test_uninstall_keeps_what_the_user_wrote_since(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {".pre-commit-config.yaml": PRE_COMMIT})
    guard(repo, "init", "--yes")
    config = repo / ".pre-commit-config.yaml"
    config.write_text(config.read_text().replace("# our hooks", "# all our hooks"))
    ignore = repo / ".gitignore"
    ignore.write_text(ignore.read_text() + "dist/\n")
    guard(repo, "uninstall", "--yes")
    assert config.read_text() == PRE_COMMIT.replace("# our hooks", "# all our hooks")
    assert ignore.read_text() == "dist/\n"


def test_uninstall_names_what_it_cannot_find(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": ""})
    guard(repo, "init", "--yes")
    (repo / ".gitignore").write_text("mine\n")
    done = guard(repo, "uninstall", "--yes")
    assert ".gitignore: changed since; take guard's lines out by hand" in done.stdout
    assert (repo / ".gitignore").read_text() == "mine\n"


def test_uninstall_without_init_says_so(tmp_path: Path) -> None:
    done = guard(make_repo(tmp_path / "repo"), "uninstall")
    assert (done.returncode, done.stdout) == (
        0,
        "Nothing to remove: `guard init` has not been run in this clone.\n",
    )


def test_uninstall_shows_a_diff_and_asks(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": ""})
    guard(repo, "init", "--yes")
    after = tree_bytes(repo)
    done = guard(repo, "uninstall")
    assert (done.returncode, tree_bytes(repo)) == (2, after)
    assert "--- .gitignore" in done.stdout
    assert "add --yes" in done.stderr


@pytest.mark.parametrize(
    "edit",
    [
        {"path": "git:config", "inserted": "[core]"},
        {"path": "git:hooks/../config", "inserted": "[core]"},
        {"path": "../outside", "inserted": "x"},
        {"path": "/etc/passwd", "inserted": "x"},
        {"path": ".git/config", "inserted": "[core]"},
        {"path": "a.txt", "inserted": 1},
        {"path": "a.txt", "inserted": "x", "offset": -1},
    ],
)
def test_a_record_holds_only_what_init_makes(edit: dict[str, object], tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": ""})
    config = (repo / ".git/config").read_bytes()
    whole = {"offset": 0, "removed": "fsmonitor = touch x", "created": False, "executable": False}
    (repo / ".git/guard").mkdir()
    record = repo / ".git/guard/setup.json"
    record.write_text(json.dumps({"version": 1, "edits": [{**whole, **edit}]}))
    done = guard(repo, "uninstall", "--yes")
    assert done.returncode == 2
    assert done.stderr == f"guard: {record} is damaged; delete it and undo by hand.\n"
    assert (repo / ".git/config").read_bytes() == config


def test_a_record_that_comes_with_a_clone_is_not_used(tmp_path: Path) -> None:
    edit = {"path": "a.txt", "offset": 0, "removed": "", "inserted": "mine\n", "created": True}
    record = json.dumps({"version": 1, "edits": [edit]})
    repo = make_repo(tmp_path / "repo", {"a.txt": "mine\n", ".guard/setup.json": record})
    done = guard(repo, "uninstall", "--yes")
    assert done.returncode == 0
    assert "is not used" in done.stdout
    assert (repo / "a.txt").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".pre-commit-config.yaml", "repos: [{repo: local, hooks: []}]\n"),
        ("prek.toml", "repos = [{repo = 'builtin', hooks = []}]\n"),
    ],
)
def test_a_style_that_cannot_be_added_to_gets_the_entry_to_paste(
    name: str, text: str, tmp_path: Path
) -> None:
    repo = make_repo(tmp_path / "repo", {name: text})
    done = guard(repo, "init", "--yes")
    assert done.returncode == 2
    assert "by hand" in done.stderr
    assert "guard-hook" in done.stderr
    assert (repo / name).read_text() == text
    assert not (repo / ".guard").exists()


def test_hooks_path_and_monorepo_are_told(tmp_path: Path) -> None:
    repo = make_repo(
        tmp_path / "repo", {"a/pyproject.toml": "", "b/pyproject.toml": "", "package.json": "{}"}
    )
    git(repo, "config", "core.hooksPath", ".githooks")
    out = guard(repo / "a", "init", "--yes").stdout
    assert "found: a monorepo with 2 projects" in out
    assert "found: core.hooksPath is .githooks" in out
    assert "does not install beside core.hooksPath" in out
    assert (repo / ".pre-commit-config.yaml").exists()


def test_a_linked_work_tree_is_told(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": ""})
    git(repo, "worktree", "add", "-q", str(tmp_path / "linked"))
    out = guard(tmp_path / "linked", "init", "--yes").stdout
    assert "found: a linked work tree" in out
    assert (tmp_path / "linked/.pre-commit-config.yaml").exists()


def test_outside_a_repository_it_is_a_usage_error(tmp_path: Path) -> None:
    done = guard(tmp_path, "init", "--yes")
    assert done.returncode == 2
    assert "not in a git repository" in done.stderr


def test_native_hooks_are_installed_and_taken_out(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": ""})
    hooks = repo / ".git/hooks"
    before = sorted(p.name for p in hooks.iterdir())
    assert guard(repo, "init", "--native", "--yes").returncode == 0
    added = {p.name for p in hooks.iterdir()} - set(before)
    assert "pre-commit" in added
    assert all(os.access(hooks / name, os.X_OK) for name in added)
    assert not (repo / ".pre-commit-config.yaml").exists()
    guard(repo, "uninstall", "--yes")
    assert sorted(p.name for p in hooks.iterdir()) == before


@pytest.mark.parametrize("folder", ["", "apps/shop/"])
def test_generated_applications_are_merged_by_meaning(folder: str, tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {f"{folder}.guard/generation_manifest.json": "{}\n"})
    before = (repo / ".git" / "config").read_bytes()
    assert run_guard(repo, "init", "--yes").returncode == 0
    driver = git(repo, "config", "--get", "merge.guard.driver").strip()
    assert driver == "guard merge-driver %O %A %B %P"
    assert run_guard(repo, "uninstall", "--yes").returncode == 0
    assert (repo / ".git" / "config").read_bytes() == before


def test_a_workflow_beside_native_hooks_brings_no_second_hook(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": ""})
    assert guard(repo, "init", "--native", "--yes").returncode == 0
    done = guard(repo, "init", "--ci", "--yes")
    assert done.returncode == 0
    assert (repo / ".github/workflows/guard.yml").exists()
    assert not (repo / ".pre-commit-config.yaml").exists()
    assert "pre-commit install" not in done.stdout


def test_a_native_hook_of_the_user_is_left_alone(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"a.txt": ""})
    write_tree(repo, {".git/hooks/pre-commit": "#!/bin/sh\nmake lint\n"})
    done = guard(repo, "init", "--native", "--yes")
    assert done.returncode == 2
    assert "is not guard's" in done.stderr
    assert (repo / ".git/hooks/pre-commit").read_text() == "#!/bin/sh\nmake lint\n"


def entry_of(repo: Path, *args: str) -> dict[str, Any]:
    """Return the entry that init writes for pre-commit."""
    assert guard(repo, "init", "--yes", *args).returncode == 0
    entry: dict[str, Any] = yaml.safe_load((repo / ".pre-commit-config.yaml").read_text())["repos"]
    return entry[0]


def test_the_entry_is_pinned_so_that_a_colleague_needs_no_guard(tmp_path: Path) -> None:
    address = "https://example.invalid/guard"
    entry = entry_of(make_repo(tmp_path / "a"), "--from", address)
    assert entry == {"repo": address, "rev": f"v{__version__}", "hooks": [{"id": "guard"}]}
    entry = entry_of(make_repo(tmp_path / "b"))
    (hook,) = entry["hooks"]
    pinned = entry.get("rev") == f"v{__version__}"
    packages = [f"devmatrix-guard=={__version__}"]
    assert pinned or (hook["language"], hook["additional_dependencies"]) == ("python", packages)


def test_what_is_left_to_do_begins_with_what_the_hook_cannot_do_without(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})
    told = guard(repo, "init", "--yes").stdout.partition("Done. Next:\n")[2].splitlines()
    assert [line for line in told if len(line) > 80] == []
    pins = f"devmatrix-guard=={__version__}" in (repo / ".pre-commit-config.yaml").read_text()
    remedy = "  guard uninstall && guard init --local  # where no package index has guard"
    assert (told[0] == remedy) == (pins and is_installed_from_folder())


def test_another_kind_of_entry_is_not_made_in_silence(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})
    assert guard(repo, "init", "--yes").returncode == 0
    before = tree_bytes(repo)
    said = guard(repo, "init", "--local", "--yes").stdout
    assert "The entry that is there stays: `guard uninstall` first" in said
    assert tree_bytes(repo) == before


def test_local_runs_what_each_has_installed(tmp_path: Path) -> None:
    (hook,) = entry_of(make_repo(tmp_path / "repo"), "--local")["hooks"]
    assert (hook["language"], hook["entry"], hook["types"]) == ("system", "guard-hook", ["text"])
    assert hook["always_run"] is True  # a commit that only deletes files is checked as well
    both = guard(make_repo(tmp_path / "b"), "init", "--local", "--from", "https://x.invalid/g")
    assert (both.returncode, "exclude each other" in both.stderr) == (2, True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("https://host.invalid/o/guard.git", "https://host.invalid/o/guard.git"),
        ("https://me:secret@host.invalid/o/guard", "https://host.invalid/o/guard"),
        ("https://token@host.invalid:8443/o/guard?x=1#y", "https://host.invalid:8443/o/guard"),
        ("ssh://git@host.invalid/o/guard", "ssh://git@host.invalid/o/guard"),
        ("git@host.invalid:o/guard.git", "git@host.invalid:o/guard.git"),
        ("/home/me/guard", ""),
        ("file:///home/me/guard", ""),
        ("../guard", ""),
        ("", ""),
    ],
)
def test_only_an_address_that_others_reach_is_written(address: str, public: str) -> None:
    assert publish_address(address) == public


@pytest.mark.parametrize(("missing", "code"), [(None, 0), ("pass", 0), ("fail", 1)])
@pytest.mark.parametrize("by", ["variable", "git"])
def test_hooks_without_guard_say_what_to_do(
    tmp_path: Path, missing: str | None, code: int, by: str
) -> None:
    repo = make_repo(tmp_path / "repo", {"a.py": "x = 1\n", ".husky/pre-commit": ""})
    assert guard(repo, "init", "--yes").returncode == 0
    (tmp_path / "bin").mkdir()
    for name in ("git", "sh", "rm"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    environ = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    if missing and by == "variable":
        environ["GUARD_MISSING"] = missing
    elif missing:
        git(repo, "config", "guard.missing", missing)
    for hook in (HOOKS / "pre-commit", repo / ".husky/pre-commit"):
        if by == "git" and hook.parent != HOOKS:
            continue
        done = subprocess.run(
            ["sh", "-e", hook], cwd=repo, env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        assert "guard-hook is not on PATH: nothing was checked" in done.stderr
        assert "pip install devmatrix-guard" in done.stderr


def test_a_merge_without_guard_says_what_to_do_and_goes_on(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {".guard/rules/.keep": ""})
    git_only = tmp_path / "bin"
    git_only.mkdir()
    (git_only / "git").symlink_to(str(shutil.which("git")))
    done = subprocess.run(
        [str(shutil.which("sh")), HOOKS / "post-merge"],
        cwd=repo,
        env={"PATH": str(git_only), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "nothing was learned from this merge" in done.stderr


def test_the_workflow_with_the_action_is_the_one_that_is_documented(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    done = guard(
        repo, "init", "--yes", "--ci", "--from", "https://github.com/OWNER/devmatrix-guard"
    )
    assert done.returncode == 0, done.stderr
    written = (repo / ".github/workflows/guard.yml").read_text("utf-8")
    page = (Path(__file__).parents[3] / "docs/pull-request.md").read_text("utf-8")
    (documented,) = re.findall(r"```yaml\n(name: guard\n.*?)```", page, re.DOTALL)
    assert written == documented
