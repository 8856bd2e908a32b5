"""Hostile input does not run, does not hang, and does not reach outside the repository."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers import make_repo, stage, write_tree
from tests.helpers_bounds import expect_end

RULE = """\
rules:
- id: {id}
  message: hello
  languages: [python]
  severity: ERROR
  {body}
"""
GOOD = RULE.format(id="good", body="pattern: print(...)")
SETTINGS = {"guard.toml": "shipped = false\n"}


def _check(repo: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devmatrix_guard", "check", *args],
        cwd=repo,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _trap(tmp_path: Path) -> Path:
    return tmp_path / "sprung"


def test_checked_code_is_never_imported(tmp_path: Path) -> None:
    trap = _trap(tmp_path)
    spring = f"open({str(trap)!r}, 'w').close()\nprint('x')\n"
    names = ("conftest.py", "sitecustomize.py", "yaml.py", "click.py", "setup.py", "app.py")
    repo = make_repo(tmp_path / "repo", {**SETTINGS, ".guard/rules/good.yml": GOOD})
    stage(repo, dict.fromkeys(names, spring))
    guard = Path(sys.executable).with_name("guard")
    done = subprocess.run(
        [guard, "check", "--format", "concise"],
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert len(done.stdout.splitlines()) == len(names)
    assert not trap.exists()


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("!!python/object/apply:os.system ['touch {trap}']\n", id="a tag as a file"),
        pytest.param(
            RULE.format(id="x", body="pattern: !!python/object/apply:os.system ['touch {trap}']"),
            id="a tag in a rule",
        ),
        pytest.param(
            RULE.format(
                id="x",
                body=(
                    "patterns:\n  - pattern: print($X)\n  - metavariable-comparison:\n"
                    "      comparison: __import__('os').system('touch {trap}') == 0"
                ),
            ),
            id="code in a comparison",
        ),
        pytest.param(
            RULE.format(id="x", body="pattern: __import__('os').system('touch {trap}')"),
            id="code as a pattern",
        ),
    ],
)
def test_a_rule_file_runs_nothing(tmp_path: Path, hostile: str) -> None:
    trap = _trap(tmp_path)
    rules = {
        ".guard/rules/good.yml": GOOD,
        ".guard/rules/x.yml": hostile.replace("{trap}", str(trap)),
    }
    repo = make_repo(tmp_path / "repo", {**SETTINGS, **rules})
    stage(repo, {"app.py": "print('x')\n"})
    done = _check(repo, "--format", "concise")
    assert (done.returncode, done.stdout.count(" good ")) == (1, 1), done.stderr
    assert not trap.exists()


def test_a_rule_file_that_unfolds_for_ever_is_refused_at_once(tmp_path: Path) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    bomb = "a0: &a0 [x, x, x]\n" + "\n".join(levels) + "\nrules: *a11\n"
    rules = {".guard/rules/good.yml": GOOD, ".guard/rules/bomb.yml": bomb}
    repo = make_repo(tmp_path / "repo", {**SETTINGS, **rules})
    stage(repo, {"app.py": "print('x')\n"})
    with expect_end(time.monotonic):
        done = _check(repo, "--format", "concise")
    assert (done.returncode, done.stdout.count(" good ")) == (1, 1), done.stderr


def test_a_fix_writes_only_the_file_it_is_about(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("print('x')\n")
    rule = RULE.format(id="good", body="pattern: print($X)\n  fix: log($X)")
    repo = make_repo(tmp_path / "repo", {**SETTINGS, ".guard/rules/good.yml": rule})
    (repo / "link.py").symlink_to(outside)
    stage(repo, {"app.py": "print('x')\n"})
    subprocess.run(["git", "add", "link.py"], cwd=repo, check=True)
    _check(repo, "--fix")
    assert outside.read_text() == "print('x')\n"
    assert (repo / "link.py").is_symlink()


def test_a_settings_file_is_data(tmp_path: Path) -> None:
    trap = _trap(tmp_path)
    hostile = f"memory = '$(touch {trap})'\nexclude = ['`touch {trap}`', '[', '(?R)']\n"
    repo = make_repo(tmp_path / "repo", {"guard.toml": hostile, ".guard/rules/good.yml": GOOD})
    stage(repo, {"app.py": "print('x')\n"})
    assert _check(repo).returncode == 1
    assert not trap.exists()


def test_file_names_are_never_options(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", {**SETTINGS, ".guard/rules/good.yml": GOOD})
    write_tree(
        repo, {"--exit-zero": "", "-h.py": "print('x')\n", "--output=json:x.py": "print(1)\n"}
    )
    subprocess.run(["git", "add", "-A"], cwd=repo, check=True)
    done = _check(repo, "--format", "concise", "--", "-h.py", "--output=json:x.py", "--exit-zero")
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 2)
    assert not (repo / "x.py").exists()
