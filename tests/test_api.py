"""The Python API answers as the commands do, on real repositories, and its page is true."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from devmatrix_guard import api
from devmatrix_guard.model.answers.lesson import Lesson
from devmatrix_guard.model.finding import Finding
from tests.helpers import commit, make_repo, stage, tree_bytes
from tests.matrix.world import BAD, RULE

PAGE = (Path(__file__).parents[1] / "docs" / "api.md").read_text("utf-8")
RULES = {".guard/rules/no-old-call.yml": RULE}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return make_repo(tmp_path / "project", {**RULES, "a.py": "x = 1\n", "sub/b.py": BAD})


def _found(report: api.CheckReport) -> set[str]:
    return {finding.path for finding in report.findings}


def test_what_is_staged_is_checked_where_nothing_is_named(project: Path) -> None:
    stage(project, {"a.py": BAD})
    assert _found(api.check(project)) == {"a.py"}


def test_everything_a_range_and_paths_are_checked(project: Path) -> None:
    assert _found(api.check(project, everything=True)) == {"sub/b.py"}
    assert _found(api.check(project, paths=["a.py"])) == set()
    assert _found(api.check(project / "sub", paths=["b.py"])) == {"sub/b.py"}
    commit(project, {"a.py": BAD}, "Call it")
    assert _found(api.check(project, range="HEAD~1..HEAD")) == {"a.py"}


def test_texts_are_checked_that_nobody_has_saved(project: Path) -> None:
    before = tree_bytes(project)
    assert _found(api.check(project, texts={"a.py": BAD, "sub/b.py": b"y = 2\n"})) == {"a.py"}
    assert tree_bytes(project) == before


def test_settings_win_over_those_of_the_repository(project: Path) -> None:
    assert api.check(project, everything=True, settings={"fail_on": "never"}).gate == "never"


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda at: api.check(at.parent), id="no repository"),
        pytest.param(lambda at: api.check(at, range="gone...HEAD"), id="no such commit"),
        pytest.param(lambda at: api.check(at, range="a", everything=True), id="two subjects"),
        pytest.param(lambda at: api.check(at, texts={"a.py": ""}, paths=["a.py"]), id="both"),
        pytest.param(lambda at: api.learn(at, since="yesterday"), id="no date"),
        pytest.param(lambda at: api.recall(at, " "), id="no subject"),
    ],
)
def test_what_the_user_can_correct_is_one_error_with_the_remedy(
    call: object, project: Path
) -> None:
    with pytest.raises(api.GuardError) as caught:
        call(project)  # type: ignore[operator]
    assert caught.value.exit_code == 2
    assert str(caught.value).endswith(".")


def test_learning_and_recalling_name_the_fix(project: Path) -> None:
    broken, fixed = "def f(x):\n    return old(x)\n", "def f(x):\n    return new(x)\n"
    commit(project, {"c.py": broken}, "Add f", day=1)
    fix = commit(project, {"c.py": fixed, "test_c.py": "def test_f():\n    assert f(1)\n"},
                 "Fix f: old is gone (#7)", day=2)  # fmt: skip
    before = tree_bytes(project)
    assert api.learn(project, dry_run=True).commits == 3
    assert tree_bytes(project) == before
    assert api.learn(project).fixes == 1
    lessons = api.recall(project, "c.py:2").lessons
    assert [(lesson.commit, lesson.issue) for lesson in lessons if lesson.kind == "fix"] == [
        (fix, "#7")
    ]


def test_the_page_names_every_argument_and_no_attribute_that_is_not_there() -> None:
    for name in ("check", "learn", "recall"):
        row = re.search(rf"(?m)^\| `{name}\((.*?)\)` \|", PAGE)
        assert row
        named = row[1].replace("*, ", "").split(", ")
        assert named == list(inspect.signature(getattr(api, name)).parameters)
    about = PAGE.partition("A finding has")[2].partition("All values")[0]
    assert set(re.findall(r"`(\w+)`", about)) <= set(Finding._fields)
    assert set(re.findall(r"lesson\.(\w+)", PAGE)) <= set(Lesson._fields)


def test_importing_it_loads_nothing_heavy() -> None:
    code = (
        "import sys; from devmatrix_guard import api; "
        "print(*{'yaml', 'click', 'libcst', 'rich', 'ast'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(api.__file__).parent / "py.typed").is_file()
