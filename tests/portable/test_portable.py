"""guard works, and answers the same, where the system lacks what only POSIX has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import commit, make_repo, stage, tree_bytes, write_tree

BARE = Path(__file__).with_name("bare.py")
RULES = """\
rules:
  - id: no-old-call
    languages: [python]
    severity: ERROR
    message: old_call is gone.
    pattern: old_call($X)
    fix: sorted($X)
    metadata:
      guard:
        examples:
          - invalid: "old_call(1)\\n"
            fixed: "sorted(1)\\n"
          - valid: "sorted(1)\\n"
"""
SLOW = """\
rules:
  - id: slow
    languages: [python]
    severity: ERROR
    message: It may take long.
    pattern-regex: (a+)+$
"""
SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /carts:
    get:
      operationId: list_carts
      responses:
        "200":
          description: All
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Cart"}}
components:
  schemas:
    Cart: {type: object, required: [id], properties: {id: {type: integer}}}
"""


class Run:
    """A run of guard: its exit code and what it printed."""

    def __init__(self, cwd: Path, *args: str, is_bare: bool = True) -> None:
        program = [str(BARE)] if is_bare else ["-m", "devmatrix_guard"]
        if args[0] == "hook" and not is_bare:
            program, args = ["-m", "devmatrix_guard.hook"], args[1:]
        environ = {**os.environ, "PYTHONPATH": str(BARE.parents[2])}
        done = subprocess.run(
            [sys.executable, *program, *args],
            cwd=cwd, env=environ, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        self.code, self.output, self.errors = done.returncode, done.stdout, done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {".guard/rules/r.yml": RULES, "a.py": "x = 1\n", "sub/b.py": "y = 1\n"}
    return make_repo(tmp_path / "project", files)


@pytest.mark.parametrize(
    "args",
    [
        pytest.param(("check",), id="staged"),
        pytest.param(("hook", "sub/b.py"), id="hook"),
        pytest.param(("check", "--all"), id="all"),
        pytest.param(("check", "--range", "HEAD~1...HEAD", "--format", "json"), id="range"),
        pytest.param(("check", "sub/b.py", "--diff"), id="diff"),
        pytest.param(("rules", "list"), id="rules"),
        pytest.param(("rules", "test"), id="rule tests"),
        pytest.param(("recall", "sub/b.py"), id="recall"),
        pytest.param(("explain", "no-old-call"), id="explain"),
        pytest.param(("suppressions",), id="suppressions"),
        pytest.param(("try", "--seconds", "20"), id="try"),
    ],
)
def test_a_command_says_the_same(project: Path, args: tuple[str, ...]) -> None:
    commit(project, {"sub/b.py": "old_call(1)\n"}, "Call it", day=1)
    stage(project, {"sub/b.py": "old_call(1)\nold_call(2)\n"})
    bare = Run(project, *args)
    usual = Run(project, *args, is_bare=False)
    assert (bare.code, bare.output) == (usual.code, usual.output), bare.errors
    assert "Traceback" not in bare.errors


def test_a_fix_is_written_and_a_link_is_not_followed(project: Path) -> None:
    outside = project.parent / "outside.py"
    outside.write_text("old_call(1)\n")
    write_tree(project, {"a.py": "old_call(1)\n"})
    try:
        (project / "link.py").symlink_to(outside)
    except OSError:
        pytest.skip("symbolic links are not to be had here")
    assert "a.py" in Run(project, "check", "--fix", "a.py", "link.py").output
    assert (project / "a.py").read_text() == "sorted(1)\n"
    assert outside.read_text() == "old_call(1)\n"


def test_what_leads_out_is_refused(project: Path) -> None:
    folder = project.parent / "elsewhere"
    write_tree(folder, {"c.py": "old_call(1)\n"})
    try:
        (project / "linked").symlink_to(folder, target_is_directory=True)
    except OSError:
        pytest.skip("symbolic links are not to be had here")
    done = Run(project, "check", "linked/c.py")
    usual = Run(project, "check", "linked/c.py", is_bare=False)
    assert (done.code, done.output, done.errors) == (usual.code, usual.output, usual.errors)


def test_a_history_is_learned_and_remembered(project: Path) -> None:
    commit(project, {"c.py": "def f(x):\n    return old(x)\n"}, "Add f", day=1)
    test = "def test_f():\n    assert f(1)\n"
    fix = {"c.py": "def f(x):\n    return new(x)\n", "test_c.py": test}
    commit(project, fix, "Fix f: old is gone (#7)", day=2)
    assert Run(project, "learn").code == 0
    told = Run(project, "recall", "c.py:2")
    assert "#7" in told.output
    assert told.output == Run(project, "recall", "c.py:2", is_bare=False).output
    assert Run(project, "memory", "check").code == 0


def test_a_slow_expression_is_ended(project: Path) -> None:
    commit(project, {".guard/rules/slow.yml": SLOW}, "Add a rule", day=1)
    stage(project, {"a.py": f"x = '{'a' * 60}!'\n"})
    done = Run(project, "check")
    assert "took more than" in done.output + done.errors
    assert Run(project, "check", is_bare=False).code == done.code


def test_an_application_is_generated_and_one_command_at_a_time_changes_it(tmp_path: Path) -> None:
    write_tree(tmp_path, {"shop.yaml": SPEC})
    assert Run(tmp_path, "generate", "shop.yaml", "-o", "one").code == 0
    assert Run(tmp_path, "generate", "shop.yaml", "-o", "two", is_bare=False).code == 0
    assert tree_bytes(tmp_path / "one") == tree_bytes(tmp_path / "two")
    assert Run(tmp_path, "regenerate", "one", "--spec", "shop.yaml").code == 0
    holder = (
        "import sys; sys.path.insert(0, sys.argv[1]); from bare import take_away; take_away(); "
        "from pathlib import Path; from devmatrix_guard.generator.regenerate.lock import lock\n"
        "with lock(Path('one')):\n    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(BARE.parent)],
        cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(BARE.parents[2])},
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        refused = Run(tmp_path, "regenerate", "one", "--spec", "shop.yaml")
        process.communicate("")
    assert refused.code == 2
    assert "another command is changing" in refused.errors


def test_git_that_is_absent_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project))
    done = Run(project, "check")
    assert done.code == 2
    assert "git is not installed" in done.errors
