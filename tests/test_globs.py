"""One meaning of globs: `.gitignore`'s for settings, Semgrep's for the `paths` of a rule."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from devmatrix_guard.globs import find_layer, find_match, matches_any, matches_rule_paths
from tests.engine.oracle import semgrep_path
from tests.helpers import git, make_repo
from tests.helpers_bounds import expect_end

_PLAIN = ["a", "b", "ab", "*", "**", "?", "/", "/", "[ab]", "[a-b]", ".py", "-", "#", " "]
# What pathspec 1.1 refuses or reads otherwise than git, such as classes by name, ranges that run
# backwards, and `[!a]`, which it lets stand for a slash.
_ODD = [
    *_PLAIN,
    "!",
    "\\a",
    "\\*",
    "\\ ",
    "\\",
    "[",
    "[]a]",
    "[b-a]",
    "[[:alpha:]]",
    "[a\\]]",
    "***",
]
_NAMES = ["a", "b", "ab", "ba", "a.py", "b.py", "abab", "-", "!a", "#a", "a ", "*"]

_PATHS = st.lists(
    st.lists(st.sampled_from(_NAMES), min_size=1, max_size=4).map("/".join),
    max_size=20,
    unique=True,
)


def globs_of(pieces: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Return lists of one to three globs that are put together from pieces."""
    glob = st.lists(st.sampled_from(pieces), min_size=1, max_size=6).map("".join)
    return st.lists(glob, min_size=1, max_size=3)


@given(globs=globs_of(_PLAIN), paths=_PATHS)
def test_globs_mean_what_pathspec_takes_them_for(globs: list[str], paths: list[str]) -> None:
    spec = GitIgnoreSpec.from_lines(globs)
    assert {p for p in paths if matches_any(p, globs)} == {p for p in paths if spec.match_file(p)}


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_repo(tmp_path_factory.mktemp("globs") / "repo")


@given(globs=globs_of(_ODD), paths=_PATHS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_globs_mean_what_git_takes_them_for(repo: Path, globs: list[str], paths: list[str]) -> None:
    (repo / ".git" / "info" / "exclude").write_text("\n".join(globs) + "\n")
    listed = git(repo, "-c", "core.quotePath=false", "check-ignore", "--no-index", "--", *paths,
                 check=False) if paths else ""  # fmt: skip
    ignored = set(listed.split("\n")) - {""}
    assert {path for path in paths if matches_any(path, globs)} == ignored


@pytest.mark.parametrize(
    ("globs", "path", "deciding"),
    [
        pytest.param(["app"], "sub/app/a.py", "app", id="a name stands anywhere"),
        pytest.param(["app/api"], "app/api/v1/a.py", "app/api", id="all below a folder"),
        pytest.param(["app/api"], "sub/app/api/a.py", None, id="a slash ties it to the root"),
        pytest.param(["app/*.py"], "app/api/a.py", None, id="a star stays in its folder"),
        pytest.param(["app/**"], "app/api/a.py", "app/**", id="two stars go down"),
        pytest.param(["**/api"], "api/a.py", "**/api", id="two stars stand for no folder too"),
        pytest.param(["app/"], "app", None, id="a slash at the end wants a folder"),
        pytest.param(["*.py", "!a.py"], "app/a.py", None, id="let go by a later one"),
        pytest.param(["app", "!app/a.py"], "app/a.py", "app", id="not below a folder"),
        pytest.param(["!a.py", "*.py"], "app/a.py", "*.py", id="the last one decides"),
        pytest.param(["# app"], "# app", None, id="a comment"),
        pytest.param(["[a"], "[a", None, id="not valid"),
        pytest.param([], "a.py", None, id="no globs"),
    ],
)
def test_the_deciding_glob_is_named(globs: list[str], path: str, deciding: str | None) -> None:
    assert find_match(path, globs) == deciding


def test_the_first_layer_that_takes_in_a_path_is_its_layer() -> None:
    layers = {"4": ("app",), "3": ("app/api",)}
    assert [find_layer(path, layers) for path in ("app/api/a.py", "app/a.py", "a.py")] == [
        3,
        4,
        None,
    ]


# Found by semgrep 1.185; the last test asks it again.
_TREE = ("a.py", "ab.py", "app/a.py", "app/api/a.py", "app/api/v1/b.py", "sub/app/a.py",
         "sub/app/api/b.py", "sub/x_test.py", "!a.py", "#a.py")  # fmt: skip
_RULE_GLOBS = {
    "app/api": ("app/api/a.py", "app/api/v1/b.py", "sub/app/api/b.py"),
    "/app/api": ("app/api/a.py", "app/api/v1/b.py"),
    "./app/api": ("app/api/a.py", "app/api/v1/b.py"),
    "app//api": ("app/api/a.py", "app/api/v1/b.py", "sub/app/api/b.py"),
    "*/a.py": ("app/a.py", "app/api/a.py", "sub/app/a.py"),
    "/*/a.py": ("app/a.py",),
    "**/a.py": ("a.py", "app/a.py", "app/api/a.py", "sub/app/a.py"),
    "app/*/": ("app/api/a.py", "app/api/v1/b.py", "sub/app/api/b.py"),
    "app/**": ("app/a.py", "app/api/a.py", "app/api/v1/b.py", "sub/app/a.py", "sub/app/api/b.py"),
    "a**.py": ("a.py", "ab.py", "app/a.py", "app/api/a.py", "sub/app/a.py"),
    "a.py/": (),
    "a.py ": (),
    "a?.py": ("ab.py",),
    "[!a]?.py": ("!a.py", "#a.py"),
    "!a.py": ("!a.py",),
    "\\!a.py": ("!a.py",),
    "#a.py": ("#a.py",),
    "*_test.py": ("sub/x_test.py",),
    "a\\.py": ("a.py", "app/a.py", "app/api/a.py", "sub/app/a.py"),
    "{a,b}.py": (),
    "ap": (),
}


@pytest.mark.parametrize("glob", _RULE_GLOBS)
def test_the_paths_of_a_rule_mean_what_semgrep_takes_them_for(glob: str) -> None:
    assert tuple(path for path in _TREE if matches_rule_paths(path, [glob])) == _RULE_GLOBS[glob]


@pytest.mark.oracle
@pytest.mark.skipif(
    semgrep_path() is None, reason="semgrep is not installed: run scripts/setup dev first"
)
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_semgrep_finds_the_same_paths(tmp_path: Path) -> None:
    rules: list[dict[str, Any]] = [
        {"id": f"r{number}-{kind}", "pattern": "x = 1", "languages": ["python"], "message": "m",
         "severity": "INFO", "paths": {kind: [glob]}}
        for number, glob in enumerate(_RULE_GLOBS)
        for kind in ("include", "exclude")
    ]  # fmt: skip
    (tmp_path / "rules.json").write_text(json.dumps({"rules": rules}))
    code = make_repo(tmp_path / "code", dict.fromkeys(_TREE, "x = 1\n"))
    done = subprocess.run(
        [semgrep_path() or "", "scan", "--metrics", "off", "--disable-version-check", "--json",
         "--config", tmp_path / "rules.json", "."],
        cwd=code, capture_output=True, check=False,
    )  # fmt: skip
    found: dict[str, set[str]] = {rule["id"]: set() for rule in rules}
    for result in json.loads(done.stdout)["results"]:
        found[result["check_id"].rpartition(".")[2]].add(result["path"].removeprefix("./"))
    for number, paths in enumerate(_RULE_GLOBS.values()):
        assert found[f"r{number}-include"] == set(paths)
        assert found[f"r{number}-exclude"] == set(_TREE) - set(paths)


@pytest.mark.parametrize("matches", [matches_any, matches_rule_paths])
@pytest.mark.parametrize("glob", ["*a" * 60 + "b", "**/a/" * 60 + "b", "[ab]*" * 200 + "/x"])
def test_a_hostile_glob_takes_no_time(glob: str, matches: object) -> None:
    assert callable(matches)
    with expect_end():
        for path in ("a" * 4000, "a/" * 2000 + "a"):
            assert not matches(path, [glob])
