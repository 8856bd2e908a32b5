"""The recipes for other CI systems are run as they stand in the docs, on a clone like theirs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
import yaml

from tests.helpers import commit, git, make_repo
from tests.matrix.world import BAD, RULE

PAGE = (Path(__file__).parents[2] / "docs" / "ci.md").read_text("utf-8")


def _read_block(title: str) -> str:
    section = PAGE.partition(f"## {title}\n")[2]
    return re.findall(r"(?s)```\w+\n(.*?)```", section)[0]


def _list_gitlab() -> str:
    return "\n".join(yaml.safe_load(_read_block("GitLab"))["guard"]["script"])


def _list_bitbucket() -> str:
    pipeline: Any = yaml.safe_load(_read_block("Bitbucket"))["pipelines"]
    return "\n".join(pipeline["pull-requests"]["**"][0]["step"]["script"])


def _list_azure() -> str:
    steps = yaml.safe_load(_read_block("Azure Pipelines"))["steps"]
    return "\n".join(step["script"] for step in steps if "script" in step)


def _list_jenkins() -> str:
    return re.findall(r"(?s)sh '''\n(.*?)'''", _read_block("Jenkins"))[0]


class Recipe(NamedTuple):
    """What a system runs, the variables it sets, and the reports that it picks up."""

    script: str
    variables: Mapping[str, str]
    reports: tuple[str, ...]


RECIPES = {
    "GitLab": Recipe(
        _list_gitlab(),
        {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "{base}", "CI_COMMIT_SHA": "{head}"},
        ("gl-code-quality-report.json", "guard.sarif"),
    ),
    "Bitbucket": Recipe(
        _list_bitbucket(),
        {"BITBUCKET_PR_DESTINATION_BRANCH": "main", "BITBUCKET_COMMIT": "{head}"},
        ("test-reports/guard.xml",),
    ),
    "Azure Pipelines": Recipe(
        _list_azure(),
        {"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"},
        ("guard.xml", "guard.sarif"),
    ),
    "Jenkins": Recipe(_list_jenkins(), {"CHANGE_TARGET": "main"}, ("guard.sarif",)),
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a repository, on a branch that breaks its rule, main having moved on."""
    origin = make_repo(tmp_path / "origin", {".guard/rules/r.yml": RULE, "a.py": "x = 1\n"})
    git(origin, "switch", "-q", "-c", "topic")
    commit(origin, {"a.py": BAD}, "Call it")
    git(origin, "switch", "-q", "main")
    commit(origin, {"b.py": BAD}, "Not of this change")
    clone = tmp_path / "clone"
    url = origin.as_uri()
    git(tmp_path, "clone", "-q", "--branch", "topic", url, str(clone))
    return clone


def _run(recipe: Recipe, clone: Path) -> subprocess.CompletedProcess[str]:
    base = git(clone, "merge-base", "origin/main", "HEAD").strip()
    head = git(clone, "rev-parse", "HEAD").strip()
    bin_folder = clone.parent / "bin"
    bin_folder.mkdir()
    for name, text in (
        ("pip", "exit 0"),
        ("guard", f'exec {sys.executable} -m devmatrix_guard "$@"'),
    ):
        (bin_folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (bin_folder / name).chmod(0o755)
    values = {key: value.format(base=base, head=head) for key, value in recipe.variables.items()}
    environ = {**os.environ, **values, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
    environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", recipe.script],
        cwd=clone, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_fails_for_what_the_branch_changes_and_leaves_its_reports(
    clone: Path, name: str
) -> None:
    done = _run(RECIPES[name], clone)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "a.py" in done.stdout
    assert "b.py" not in done.stdout
    for report in RECIPES[name].reports:
        text = (clone / report).read_text("utf-8")
        assert report in _read_block(name)
        assert "a.py" in text
        if report.endswith(".xml"):
            assert ElementTree.fromstring(text).tag.startswith("testsuite")  # noqa: S314 - our own
        else:
            json.loads(text)


@pytest.mark.parametrize("name", RECIPES)
def test_a_clean_branch_passes(clone: Path, name: str) -> None:
    commit(clone, {"a.py": "x = 2\n"}, "Mend it")
    done = _run(RECIPES[name], clone)
    assert done.returncode == 0, done.stdout + done.stderr
