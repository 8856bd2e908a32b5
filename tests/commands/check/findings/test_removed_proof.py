"""A change that takes away what proves an earlier fix, in a commit and in a range."""

# ruff: noqa: E501  # tables of files, one case a line

from __future__ import annotations

from pathlib import Path

import pytest

from devmatrix_guard.commands.check.arguments.request import RANGE, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.commands.learn.learn import learn
from devmatrix_guard.model.finding import Finding
from devmatrix_guard.reports.render import render
from tests.helpers import commit, git, make_repo, stage

BROKEN = "def add(a, b):\n    return a - b\n\n\ndef double(a):\n    return a * 2\n"
FIXED = BROKEN.replace("a - b", "a + b")
BEFORE = "from a import add, double\n\n\ndef test_double():\n    assert double(2) == 4\n"
PROOF = BEFORE + "\n\ndef test_add():\n    assert add(1, 2) == 3\n    assert add(-1, 2) == 1\n"
TESTS = "tests/test_a.py"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository in which one fix came with a test."""
    repo = make_repo(tmp_path / "repo", {"a.py": BROKEN, TESTS: BEFORE})
    commit(repo, {"a.py": FIXED, TESTS: PROOF}, "Fix the sum of two numbers (#12)", day=3)
    commit(repo, {"b.py": "x = 1\n"}, "Add b", day=4)
    return repo


def find(repo: Path, range_text: str = "") -> list[Finding]:
    request = CheckRequest(scope=RANGE, range_text=range_text) if range_text else CheckRequest()
    report = examine_request(request, repo)
    assert not report.has_defect
    return [finding for finding in report.findings if finding.rule_id == "removed-proof"]


def check_both(repo: Path, files: dict[str, str | None]) -> list[Finding]:
    """Return what is said of the same change as a commit in the making and as a range."""
    learn(repo)
    stage(repo, {name: text for name, text in files.items() if text is not None})
    for name in (name for name, text in files.items() if text is None):
        git(repo, "rm", "-q", name)
    staged = find(repo)
    git(repo, "commit", "-q", "--no-verify", "-m", "Tidy")
    ranged = find(repo, "HEAD~1...HEAD")
    assert staged == ranged
    return staged


def test_a_deleted_test_is_named_with_its_fix_and_issue(repo: Path) -> None:
    (finding,) = check_both(repo, {TESTS: BEFORE})
    assert (finding.path, finding.stage) == (TESTS, "warn")
    for part in ("deletes a regression test", "`test_add`", "(#12)", "Fix the sum of two numbers"):
        assert part in finding.message


def test_a_deleted_test_file_is_named(repo: Path) -> None:
    (finding,) = check_both(repo, {TESTS: None})
    assert "deletes a regression test" in finding.message


def test_a_deleted_test_file_has_no_line_and_no_place_for_a_comment(repo: Path) -> None:
    learn(repo)
    git(repo, "rm", "-q", TESTS)
    stage(repo, {"b.py": "x = 2\n"})
    for request in (CheckRequest(), CheckRequest(paths=(str(repo / "b.py"),), is_hook=True)):
        text = render("text", examine_request(request, repo))
        assert text.startswith(f"{TESTS}  warn  removed-proof\n")
        assert "keep it" not in text


@pytest.mark.parametrize(
    ("new", "said"),
    [
        ("    assert add(1, 2) == 3\n", "removes `assert add(-1, 2) == 1`"),
        ("    assert add(1, 2) == 3\n    assert add(-1, 2) > 0\n", "asks for less"),
        ("    assert add(1, 2) == 3\n    assert add(-1, 2) == 2\n", "asks for something else"),
        (
            "    import pytest\n    pytest.skip('later')\n    assert add(1, 2) == 3\n",
            "leaves nothing",
        ),
    ],
    ids=["removed", "weakened", "changed", "skipped"],
)
def test_a_test_that_asks_for_less_is_named(repo: Path, new: str, said: str) -> None:
    (finding,) = check_both(repo, {TESTS: BEFORE + "\n\ndef test_add():\n" + new})
    assert said in finding.message
    assert finding.stage == "warn"


LOOP = "\n\ndef test_add():\n    for one, other, wanted in [(1, 2, 3), (-1, 2, 1)]:\n        assert add(one, other) == wanted\n"
LESS = {
    "one turn of a loop": LOOP + "        break\n",
    "what tells less of both": LOOP.replace("add(one, other) == wanted", "len(add(one, other)) == len(wanted)"),
}  # fmt: skip


@pytest.mark.parametrize("text", LESS.values(), ids=LESS)
def test_a_loop_that_proves_less_is_named(repo: Path, text: str) -> None:
    commit(repo, {"a.py": BROKEN, TESTS: BEFORE}, "Start over", day=5)
    commit(repo, {"a.py": FIXED, TESTS: BEFORE + LOOP}, "Fix sums (#13)", day=6)
    assert [finding.stage for finding in check_both(repo, {TESTS: BEFORE + text})] == ["warn"]


@pytest.mark.parametrize(
    ("through", "stages"),
    [("len({})", ["warn"]), ("round({})", ["warn"]), ("type({})", ["warn"]), ("sorted({})", ["advise"]), ("set({})", ["advise"]), ("{}.lower()", ["advise"]), ("list({})", []), ("{}", [])],
)  # fmt: skip
def test_what_hides_more_than_order_from_both_sides_warns(
    repo: Path, through: str, stages: list[str]
) -> None:
    old = BEFORE + "\n\ndef test_add(): assert add(BASE, 2) == double(BASE)\n"
    commit(repo, {"a.py": BROKEN, TESTS: BEFORE}, "Start over", day=5)
    commit(repo, {"a.py": FIXED, TESTS: old}, "Fix sums (#13)", day=6)
    sides = [through.format(side) for side in ("add(BASE, 2)", "double(BASE)")]
    new = f"{BEFORE}\n\ndef test_add(): assert {sides[0]} == {sides[1]}  # both\n"
    assert [finding.stage for finding in check_both(repo, {TESTS: new})] == stages


def test_a_loop_that_proves_as_much_is_not_named(repo: Path) -> None:
    commit(repo, {"a.py": BROKEN, TESTS: BEFORE}, "Start over", day=5)
    commit(repo, {"a.py": FIXED, TESTS: BEFORE + LOOP}, "Fix sums (#13)", day=6)
    text = LOOP.replace("    for", "    seen = Mock()\n    for") + "        seen(one)\n"
    assert not check_both(repo, {TESTS: BEFORE + text})


def test_a_test_that_moves_to_where_pytest_does_not_look_is_named(repo: Path) -> None:
    (finding,) = check_both(repo, {TESTS: None, "build/test_a.py": PROOF})
    assert (finding.path, finding.stage) == ("build/test_a.py", "warn")
    assert "pytest goes into no folder 'build'" in finding.message


def test_a_test_that_moves_to_where_pytest_looks_is_not_named(repo: Path) -> None:
    assert not check_both(repo, {TESTS: None, "tests/builds/test_a.py": PROOF})


LEAVES_OUT = {
    "a test by its name": ({"pytest.ini": "[pytest]\naddopts = --deselect tests/test_a.py::test_add\n"}, "pytest.ini", 2),
    "a file": ({"pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["--ignore=tests/test_a.py"]\n'}, "pyproject.toml", 2),
    "files by a glob": ({"setup.cfg": "[tool:pytest]\naddopts = -q --ignore-glob 'tests/test_?.py'\n"}, "setup.cfg", 2),
    "a word": ({"tox.ini": "[pytest]\naddopts =\n  -k 'not (add or sub)'\n"}, "tox.ini", 2),
    "other folders": ({"pytest.ini": "[pytest]\ntestpaths = unit\n"}, "pytest.ini", 2),
    "other names": ({"pytest.ini": "[pytest]\npython_files = check_*.py\n"}, "pytest.ini", 2),
    "a list for its folder": ({"tests/conftest.py": "import a\n\ncollect_ignore = ['test_a.py']\n"}, "tests/conftest.py", 3),
    "a list that grows": ({"tests/conftest.py": "collect_ignore = []\ncollect_ignore.append('test_a.py')\n"}, "tests/conftest.py", 1),
    "settings of the folder": ({"tests/pytest.ini": "[pytest]\naddopts = --ignore test_a.py\n"}, "tests/pytest.ini", 2),
    "only what failed, else nothing": ({"pytest.ini": "[pytest]\naddopts = --lf --lfnf=none\n"}, "pytest.ini", 2),
    "a mark": ({"pytest.ini": "[pytest]\naddopts = -m slow\n"}, "pytest.ini", 2),
    "globs for its folder": ({"conftest.py": "collect_ignore_glob = ['tests/*']\n"}, "conftest.py", 1),
}  # fmt: skip


@pytest.mark.parametrize("case", LEAVES_OUT)
def test_settings_that_leave_a_test_out_are_named(repo: Path, case: str) -> None:
    files, path, line = LEAVES_OUT[case]
    (finding,) = check_both(repo, dict(files))
    assert (finding.path, finding.start_line, finding.stage) == (path, line, "warn")
    for part in ("lets the test runner leave out", "`test_add`", "(#12)"):
        assert part in finding.message


WORKFLOW = "jobs:\n  test:\n    steps:\n      - run: python -m pytest -q tests\n"
DROPPED = {
    "another folder": WORKFLOW.replace("tests", "unit"),
    "an option": WORKFLOW.replace("-q", "--ignore=tests/test_a.py"),
    "a comment": WORKFLOW.replace("- run", "# run"),
    "no job": "jobs: {}\n",
}


@pytest.mark.parametrize("text", DROPPED.values(), ids=DROPPED)
def test_a_workflow_that_runs_a_test_no_more_is_named(repo: Path, text: str) -> None:
    place = ".github/workflows/ci.yml"
    commit(repo, {place: WORKFLOW}, "Run the tests", day=5)
    (finding,) = check_both(repo, {place: text})
    assert (finding.path, finding.rule_id, finding.stage) == (place, "removed-proof", "warn")
    assert "no workflow runs `pytest` on it" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        WORKFLOW.replace(" tests", ""),
        WORKFLOW.replace("-q", "-k 'not slow' -x"),
        WORKFLOW.replace("python -m pytest -q tests", "tox"),
        WORKFLOW.replace("tests", "$FOLDER"),
    ],
    ids=["everything", "another word", "another runner", "a variable"],
)
def test_a_workflow_that_may_still_run_it_is_not_spoken_of(repo: Path, text: str) -> None:
    place = ".github/workflows/ci.yml"
    commit(repo, {place: WORKFLOW}, "Run the tests", day=5)
    assert check_both(repo, {place: text}) == []


TOX = "[testenv]\ncommands = pytest tests\n"
MAKE = "test:\n\tpytest tests\n"
NARROWED = {
    "a word": ("tox.ini", TOX, TOX.replace("tests", "tests -k 'not add'"), "does not run it"),
    "a file": ("Makefile", MAKE, MAKE.replace("tests", "--ignore tests/test_a.py"), "does not run it"),
    "its failure": ("Makefile", MAKE, MAKE.replace("tests", "tests || true"), "no longer counts"),
}  # fmt: skip


@pytest.mark.parametrize("case", NARROWED)
def test_a_script_that_runs_a_test_no_more_is_named(repo: Path, case: str) -> None:
    place, was, now, said = NARROWED[case]
    commit(repo, {place: was}, "Run the tests", day=5)
    (finding,) = check_both(repo, {place: now})
    assert (finding.path, finding.start_line, finding.stage) == (place, 2, "warn")
    assert said in finding.message


@pytest.mark.parametrize(
    "files",
    [
        {"Makefile": MAKE.replace("tests", "-x tests")},
        {"Makefile": MAKE.replace("pytest tests", "tox")},
        {"Makefile": MAKE.replace("pytest tests", "true")},
        {"Makefile": MAKE.replace("tests", "unit"), "scripts/test.sh": "pytest tests\n"},
    ],
    ids=["another option", "another runner", "no call", "moved"],
)
def test_a_script_that_may_still_run_it_is_not_spoken_of(
    repo: Path, files: dict[str, str | None]
) -> None:
    commit(repo, {"Makefile": MAKE}, "Run the tests", day=5)
    assert check_both(repo, files) == []


HOOKS = {
    "pytest_runtest_setup": "def pytest_runtest_setup(item):\n    pytest.skip('no')\n",
    "pytest_pyfunc_call": "def pytest_pyfunc_call(pyfuncitem):\n    return True\n",
    "pytest_configure": "def pytest_configure(config):\n    pytest.exit('later', 0)\n",
    "quiet": "@pytest.fixture(autouse=True)\ndef quiet():\n    pytest.skip('no')\n",
}


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_or_fixture_that_skips_is_advice(repo: Path, name: str) -> None:
    (finding,) = check_both(repo, {"tests/conftest.py": "import pytest\n\n\n" + HOOKS[name]})
    assert (finding.path, finding.stage) == ("tests/conftest.py", "advise")
    assert f"`{name}`" in finding.message


KEEPS = {
    "a mark that it has not": {"pytest.ini": "[pytest]\naddopts = -m 'not slow'\n"},
    "a fixture for all": {
        "tests/conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef a():\n    yield 1\n"
    },
    "settings of another folder": {"docs/pytest.ini": "[pytest]\naddopts = --ignore test_a.py\n"},
    "options of another kind": {"pytest.ini": "[pytest]\naddopts = -q -x -n 4 --ignore=build\n"},
    "another word": {"pytest.ini": "[pytest]\naddopts = -k 'not slow'\n"},
    "the folder it is in": {"pytest.ini": "[pytest]\ntestpaths = ./tests/ unit\n"},
    "a list of others": {"tests/conftest.py": "collect_ignore = ['data']\n"},
    "another folder's list": {"docs/conftest.py": "collect_ignore_glob = ['*.py']\n"},
    "a hook that only marks": {
        "conftest.py": "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n        item.add_marker('slow')\n"
    },
    "what cannot be read": {"pytest.ini": "addopts = --ignore=tests\n", "conftest.py": "def (\n"},
    "files and settings moved alike": {
        TESTS: None,
        "unit/test_a.py": PROOF,
        "pytest.ini": "[pytest]\ntestpaths = unit\n",
    },
}


@pytest.mark.parametrize("case", KEEPS)
def test_settings_that_keep_the_test_are_not_spoken_of(repo: Path, case: str) -> None:
    assert check_both(repo, KEEPS[case]) == []


def test_a_conftest_that_replaces_what_was_mended_is_named(repo: Path) -> None:
    text = "import pytest\nimport a\n\n@pytest.fixture(autouse=True)\ndef quick(monkeypatch):\n    monkeypatch.setattr(a, '{}', lambda *n: 3)\n"
    (finding,) = check_both(repo, {"tests/conftest.py": text.format("add")})
    assert (finding.path, finding.start_line, finding.stage) == ("tests/conftest.py", 6, "warn")
    assert "puts a stand-in in the place of `add`" in finding.message
    assert check_both(repo, {"tests/conftest.py": text.format("other")}) == []


def test_settings_that_leave_out_many_tests_are_named_once(repo: Path) -> None:
    more = PROOF + "\n\ndef test_more():\n    assert add(2, 2) == 4\n"
    fixed = {"a.py": FIXED + "\n\nx = 1\n", TESTS: more}
    commit(repo, fixed, "Fix a missing name (#13)", day=5)
    (finding,) = check_both(repo, {"pytest.ini": "[pytest]\naddopts = --ignore tests\n"})
    assert "`test_add` of tests/test_a.py and 1 more prove" in finding.message
    assert "(#12)" in finding.message
    assert "(#13)" in finding.message


def test_a_hook_that_takes_tests_out_is_advice(repo: Path) -> None:
    hook = "def pytest_collection_modifyitems(items):\n    items[:] = items[:1]\n"
    (finding,) = check_both(repo, {"conftest.py": "x = 1\n\n" + hook})
    assert (finding.path, finding.start_line, finding.stage) == ("conftest.py", 3, "advise")
    assert "`pytest_collection_modifyitems`" in finding.message


def test_a_test_that_moves_is_not_spoken_of(repo: Path) -> None:
    moved = "from a import add\n" + PROOF.partition("\n\n\n")[2].partition("\n\n\n")[2]
    assert check_both(repo, {TESTS: BEFORE, "tests/test_sums.py": moved}) == []


def test_other_tests_may_change(repo: Path) -> None:
    assert check_both(repo, {TESTS: PROOF.replace("double(2) == 4", "double(3) == 6")}) == []


def test_a_test_goes_with_what_it_tests(repo: Path) -> None:
    without = "def double(a):\n    return a * 2\n"
    (finding,) = check_both(repo, {"a.py": without, TESTS: BEFORE})
    assert finding.stage == "advise"


def test_an_expectation_that_changes_with_its_function_is_advice(repo: Path) -> None:
    other = FIXED.replace("a + b", "abs(a + b)")
    (finding,) = check_both(repo, {"a.py": other, TESTS: PROOF.replace("== 1", "== 2")})
    assert finding.stage == "advise"


DOUBLED = "\n\ndef double(a):\n    return a * 2\n"
MEANT = {
    "its function takes less": ("def add(a):\n    return a + 1\n", BEFORE),
    "it is asked with less": (
        "def add(a):\n    return a + 1\n",
        PROOF.replace("(1, 2) == 3", "(1) == 2"),
    ),
    "another test asks its function": (
        "def add(a, b):\n    return b + a\n",
        BEFORE + "\n\ndef test_b():\n    assert add(2, 3) == 5\n",
    ),
}


@pytest.mark.parametrize("case", MEANT)
def test_a_test_that_follows_its_function_is_advice(repo: Path, case: str) -> None:
    function, tests = MEANT[case]
    (finding,) = check_both(repo, {"a.py": function + DOUBLED, TESTS: tests})
    assert finding.stage == "advise"


def test_a_test_that_goes_when_its_function_is_broken_is_named(repo: Path) -> None:
    broken = FIXED.replace("a + b", "abs(a) + b")
    (finding,) = check_both(repo, {"a.py": broken, TESTS: BEFORE})
    assert finding.stage == "warn"


def test_an_announced_revert_is_not_asked_about(repo: Path) -> None:
    learn(repo)
    git(repo, "revert", "--no-edit", "HEAD~1")
    assert find(repo, "HEAD~1...HEAD") == []


def test_a_revert_hides_the_proof_of_its_own_fix_alone(repo: Path) -> None:
    commit(
        repo,
        {
            "b.py": "x = 2\n",
            "tests/test_b.py": "from b import x\n\n\ndef test_x():\n    assert x == 2\n",
        },
        "Fix the value of x (#13)",
        day=5,
    )
    fix = git(repo, "rev-parse", "HEAD").strip()
    stage(repo, {"b.py": "x = 1\n", TESTS: BEFORE})
    git(repo, "rm", "-q", "tests/test_b.py")
    git(repo, "commit", "-q", "-m", "Revert it", "-m", f"This reverts commit {fix}.")
    assert [finding.path for finding in find(repo, "HEAD~1..HEAD")] == [TESTS]


def begin_merge(repo: Path, ours: str, theirs: str, result: str) -> None:
    """Begin a merge of two sides of the tests, and stage what is to come of it."""
    git(repo, "checkout", "-q", "-b", "side")
    commit(repo, {TESTS: theirs, "c.py": "y = 1\n"}, "Fix two sums (#14)", day=6)
    git(repo, "checkout", "-q", "-")
    commit(repo, {TESTS: ours, "d.py": "z = 1\n"}, "Go on", day=7)
    git(repo, "merge", "-q", "--no-commit", "-s", "ours", "side")
    stage(repo, {TESTS: result})
    learn(repo)


MORE = PROOF + "\n\ndef test_more():\n    assert add(2, 2) == 4\n"


def test_a_merge_that_loses_a_test_of_either_side_is_named(repo: Path) -> None:
    begin_merge(repo, PROOF + "# ours\n", MORE, PROOF + "# ours\n")
    assert ["test_more" in finding.message for finding in find(repo)] == [True]
    stage(repo, {TESTS: MORE.replace(PROOF, BEFORE) + "# both\n"})
    assert ["test_add" in finding.message for finding in find(repo)] == [True]
    stage(repo, {TESTS: MORE + "# ours\n"})
    assert find(repo) == []


def test_a_merge_that_brings_what_the_other_side_took_away_is_silent(repo: Path) -> None:
    begin_merge(repo, PROOF + "# ours\n", BEFORE, BEFORE + "# ours\n")
    assert find(repo) == []


def test_a_comment_says_that_it_is_meant(repo: Path) -> None:
    text = PROOF.replace(
        "def test_add():\n    assert add(1, 2) == 3\n    assert add(-1, 2) == 1\n",
        "def test_add():  # guard: ignore[removed-proof] reason=meant\n    assert add(1, 2) == 3\n",
    )
    assert check_both(repo, {TESTS: text}) == []


def test_an_assertion_that_the_fix_did_not_write_is_advice(repo: Path) -> None:
    commit(
        repo,
        {
            "a.py": FIXED.replace("a * 2", "a + a"),
            TESTS: PROOF.replace(
                "    assert double(2) == 4\n",
                "    assert double(2) == 4\n    assert double(0) == 0\n",
            ),
        },
        "Fix doubling of zero (#13)",
        day=5,
    )
    text = (repo / TESTS).read_text()
    (finding,) = check_both(repo, {TESTS: text.replace("    assert double(2) == 4\n", "")})
    assert finding.stage == "advise"
    (finding,) = check_both(repo, {TESTS: text.replace("    assert double(0) == 0\n", "")})
    assert "(#13)" in finding.message


def test_settings_of_pytest_decide_what_is_collected(tmp_path: Path) -> None:
    settings = "[pytest]\npython_files = check_*.py\npython_functions = check_*\n"
    test = "from a import add\n\n\ndef check_add():\n    assert add(1, 2) == 3\n"
    repo = make_repo(tmp_path / "repo", {"a.py": BROKEN, "pytest.ini": settings})
    commit(repo, {"a.py": FIXED, "tests/check_a.py": test}, "Fix the sum of two numbers", day=3)
    (finding,) = check_both(repo, {"tests/check_a.py": test.replace("check_add", "test_add")})
    assert "no runner finds it" in finding.message


def test_the_expected_line_of_an_example_is_part_of_the_proof(tmp_path: Path) -> None:
    plain = 'def halve(a):\n    """Halve.\n\n    >>> halve(4)\n    2\n    """\n    return a // 2\n'
    fixed = plain.replace("    2\n    ", "    2.0\n    >>> halve(1)\n    0.5\n    ")
    repo = make_repo(tmp_path / "repo", {"a.py": plain})
    commit(repo, {"a.py": fixed.replace("//", "/")}, "Fix halves of odd numbers", day=3)
    (found,) = check_both(repo, {"a.py": fixed.replace("//", "/").replace("    0.5\n", "    1\n")})
    assert "asks for something else" in found.message


def test_a_range_that_changes_many_other_files_is_judged_as_any(repo: Path) -> None:
    """Whoever opens a pull request chooses how many files it changes, and their names."""
    many = {f"tests/aaa/test_m{n}.py": "def test_m():\n    assert 1\n" for n in range(130)}
    commit(repo, many, "Add tests", day=6)
    changed = {name: text.replace("1", "2") for name, text in many.items()}
    undone = {"a.py": BROKEN, TESTS: BEFORE}
    commit(repo, {**changed, **undone}, "Add more", day=7)
    request = CheckRequest(scope=RANGE, range_text="HEAD~1...HEAD")
    found = {finding.rule_id for finding in examine_request(request, repo).findings}
    assert found == {"removed-proof", "undo-of-fix"}


def test_an_unnamed_revert_hides_nothing_that_another_commit_takes(repo: Path) -> None:
    base = git(repo, "rev-parse", "HEAD").strip()
    commit(repo, {TESTS: PROOF + "\n"}, "Undo a stray line", day=6)
    commit(repo, {TESTS: BEFORE}, "Simplify tests", day=7)
    (finding,) = find(repo, f"{base}...HEAD")
    assert "deletes a regression test" in finding.message


def test_a_test_file_that_becomes_a_link_or_a_submodule_is_named(repo: Path) -> None:
    learn(repo)
    for replace in (lambda path: path.symlink_to("../b.py"), _make_submodule):
        (repo / TESTS).unlink()
        replace(repo / TESTS)
        git(repo, "add", "-A")
        staged = find(repo)
        git(repo, "commit", "-qm", "Tidy", "--no-verify")
        assert [f.path for f in (*staged, *find(repo, "HEAD~1...HEAD"))] == [TESTS, TESTS]
        git(repo, "reset", "-q", "--hard", "HEAD~1")


def _make_submodule(place: Path) -> None:
    commit(make_repo(place), {"x": "y"}, "Start")


def test_a_test_file_that_cannot_be_read_any_more_is_told(repo: Path) -> None:
    learn(repo)
    commit(repo, {TESTS: PROOF + "# " + "x" * 1_000_000 + "\n"}, "Tidy", day=5)
    request = CheckRequest(scope=RANGE, range_text="HEAD~1...HEAD")
    told = [(one.path, one.rule_id) for one in examine_request(request, repo).unjudged]
    assert (TESTS, "removed-proof") in told


def test_a_finding_in_a_file_that_is_gone_is_annotated_without_a_line(repo: Path) -> None:
    commit(repo, {TESTS: None}, "Tidy", day=5)
    request = CheckRequest(scope=RANGE, range_text="HEAD~1...HEAD")
    (line,) = render("github", examine_request(request, repo)).splitlines()
    assert line.startswith(f"::warning title=removed-proof (warn)::{TESTS} is gone. This change")


def test_a_test_that_moves_to_where_no_runner_looks_is_named(tmp_path: Path) -> None:
    settings = "[pytest]\ntestpaths = tests\n"
    files = {"a.py": BROKEN, TESTS: BEFORE, "pytest.ini": settings}
    repo = make_repo(tmp_path / "repo", files)
    commit(repo, {"a.py": FIXED, TESTS: PROOF}, "Fix the sum of two numbers (#12)", day=3)
    (finding,) = check_both(repo, {TESTS: None, "old/test_a.py": PROOF})
    assert (finding.path, finding.stage) == ("old/test_a.py", "warn")
    assert "`testpaths` leaves out old/test_a.py" in finding.message


def test_a_test_that_moves_within_what_runs_is_left_alone(tmp_path: Path) -> None:
    settings = "[pytest]\ntestpaths = tests\n"
    files = {"a.py": BROKEN, TESTS: BEFORE, "pytest.ini": settings}
    repo = make_repo(tmp_path / "repo", files)
    commit(repo, {"a.py": FIXED, TESTS: PROOF}, "Fix the sum of two numbers (#12)", day=3)
    assert check_both(repo, {TESTS: None, "tests/unit/test_a.py": PROOF}) == []


LONG = "add(1, 2) + " + " + ".join(f"double({number})" for number in range(12)) + " - 132 == {}"
MANY = "".join(f"\n\ndef test_{n}():\n    {{}}assert double({n}) == {2 * n}\n" for n in range(12))
FED_LESS = {
    "under a new name, and guts it": (
        "    assert add(1, 2) == 3\n    assert add(-1, 2) == 1\n",
        None,
        "\n\ndef test_adds():\n    assert add(1, 2)\n",
    ),
    "under a new name, and expects something else": (
        "    assert add(1, 2) == 3\n    assert add(-1, 2) == 1\n",
        None,
        "\n\ndef test_adds():\n    assert add(1, 2) == -1\n    assert add(-1, 2) == -3\n",
    ),
    "nothing for a file": (
        "    data = open('odd.txt').read()\n    assert add(data, 2) == 3\n",
        "    data = ''\n    assert add(data, 2) == 3\n",
        "",
    ),
    "another list": (
        "    data = [-1, 2]\n    assert add(*data) == 1\n",
        "    data = [0, 1]\n    assert add(*data) == 1\n",
        "",
    ),
    "another text": (
        "    got = add('odd', 'text')\n    assert got == 3\n",
        "    got = add('plain', 'text')\n    assert got == 3\n",
        "",
    ),
    "another value by a name": (
        "    wanted = 3\n    assert add(1, 2) == wanted\n",
        "    wanted = -1\n    assert add(1, 2) == wanted\n",
        "",
    ),
    "another value at the end of a long check": (
        f"    assert {LONG.format(3)}\n",
        f"    assert {LONG.format(-1)}\n",
        "",
    ),
    "no other answer of two": (
        "    assert add(None or 1, 2) == 3\n",
        "    assert add(None, 2) == 7\n",
        "",
    ),
}


@pytest.mark.parametrize(("old", "new", "more"), FED_LESS.values(), ids=FED_LESS)
def test_a_test_that_is_gutted_in_another_way_warns(
    repo: Path, old: str, new: str | None, more: str
) -> None:
    head = f"{BEFORE}\n\ndef test_add():\n"
    commit(repo, {"a.py": BROKEN, TESTS: BEFORE}, "Start over", day=5)
    commit(repo, {"a.py": FIXED, TESTS: head + old}, "Fix sums (#13)", day=6)
    text = (BEFORE if new is None else head + new) + more
    assert [finding.stage for finding in check_both(repo, {TESTS: text})] == ["warn"]


def test_one_test_that_is_gutted_among_many_that_only_look_otherwise_warns(repo: Path) -> None:
    commit(repo, {"a.py": BROKEN, TESTS: BEFORE + MANY.format(*[""] * 12)}, "Start over", day=5)
    commit(repo, {"a.py": FIXED, TESTS: PROOF + MANY.format(*[""] * 12)}, "Fix sums (#13)", day=6)
    text = PROOF.replace("add(-1, 2) == 1", "add(-1, 2) != 9") + MANY.format(*["x = 1; "] * 12)
    assert [finding.stage for finding in check_both(repo, {TESTS: text})] == ["warn"]
