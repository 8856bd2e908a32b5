"""A pull request cannot have anything of its own run by the action, nor by a hook."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml

from devmatrix_guard.commands.setup.setup_texts import render_workflow
from tests.action.github import github_server
from tests.action.runner import Runner
from tests.helpers import commit, git, make_repo, stage, write_tree
from tests.helpers_environment import write_copying_python
from tests.helpers_servers import serve_in_thread

BIN = Path(sys.executable).parent
RULE = """\
rules:
- id: no-print
  message: "Log instead of print"
  languages: [python]
  severity: ERROR
  pattern: print(...)
"""
BAD = "x = 1\nprint(x)\n"
BASE = {
    "app.py": "x = 1\n",
    ".guard/rules/no-print.yml": RULE,
    "guard.toml": "shipped = false\n",
}
OWN = ("devmatrix_guard", "check", "comment", "event", "guard", "place")
STARTUP = ("sitecustomize", "usercustomize", "conftest", "setup", "noxfile", "build")


@cache
def _names() -> list[str]:
    installed = [name for name in packages_distributions() if name.isidentifier()]
    return sorted({*sys.stdlib_module_names, *installed, *OWN, *STARTUP})


def plant(mark: Path, index: str = "http://127.0.0.1:9/evil") -> dict[str, str]:
    """Return files that write to `mark`, and end in success, as soon as anything reads them."""
    code = f"open({str(mark)!r}, 'a').write(__name__ + '\\n')\nraise SystemExit(0)\n"
    files = {f"{name}.py": code for name in _names()}
    files |= {f"{name}/__init__.py": code for name in _names()}
    files |= {f"{name}/__main__.py": code for name in ("devmatrix_guard", "pip", "venv")}
    pip = f"[global]\nindex-url = {index}\nextra-index-url = {index}\n"
    site = f"import sys; open({str(mark)!r}, 'a').write('pth')\n"
    return files | {
        "evil.pth": site,
        "lib/python3.12/site-packages/evil.pth": site,
        "pip.conf": pip,
        ".pip/pip.conf": pip,
        ".config/pip/pip.conf": pip,
        "uv.toml": f'index-url = "{index}"\n',
        ".config/uv/uv.toml": f'index-url = "{index}"\n',
        "pyproject.toml": f'[tool.uv]\nindex-url = "{index}"\n[build-system]\nrequires = ["x"]\n',
        "setup.cfg": f"[easy_install]\nindex_url = {index}\n",
        ".python-version": "2.7.18\n",
        "pyvenv.cfg": "home = /nowhere\ninclude-system-site-packages = true\n",
        "bash_env": f"echo bash >>'{mark}'\nexit 0\n",
        ".bashrc": f"echo bash >>'{mark}'\nexit 0\n",
        ".hgrc": "",
        "requirements/action.txt": "evil==1\n",
    }


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what planted code would write: one, so that what is planted stays the same."""
    return tmp_path_factory.mktemp("marked")


@pytest.fixture
def mark(marked: Path) -> Iterator[Path]:
    """The file that planted code would write."""
    file = marked / "ran"
    yield file
    file.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def pull_request(tmp_path_factory: pytest.TempPathFactory, marked: Path) -> Path:
    """A pull request that breaks a rule and plants everything it can."""
    repo = make_repo(tmp_path_factory.mktemp("pull-request"), BASE)
    git(repo, "switch", "-q", "-c", "topic")
    commit(repo, {"app.py": BAD, **plant(marked / "ran")}, "Be clever")
    return repo


@pytest.fixture
def checkout(tmp_path: Path, pull_request: Path, mark: Path) -> Path:
    """A checkout of that pull request."""
    repo = shutil.copytree(pull_request, tmp_path / "checkout")
    git(repo, "update-index", "-q", "--refresh")
    return repo


def _event(repo: Path) -> dict[str, Any]:
    sha = {name: git(repo, "rev-parse", name).strip() for name in ("main", "topic")}
    head = {"sha": sha["topic"], "repo": {"full_name": "someone/app"}}
    return {"pull_request": {"number": 7, "base": {"sha": sha["main"]}, "head": head}}


def _pointing_into(repo: Path) -> dict[str, str]:
    """Return the variables a job may have set for the project's own build."""
    return {
        "PYTHONPATH": f"{repo}{os.pathsep}.",
        "PYTHONHOME": str(repo),
        "PYTHONSTARTUP": str(repo / "json.py"),
        "PYTHONUSERBASE": str(repo),
        "BASH_ENV": str(repo / "bash_env"),
        "ENV": str(repo / "bash_env"),
        "PIP_CONFIG_FILE": str(repo / "pip.conf"),
        "UV_CONFIG_FILE": str(repo / "uv.toml"),
        "VIRTUAL_ENV": str(repo),
        "XDG_CONFIG_HOME": str(repo / ".config"),
        "XDG_CONFIG_DIRS": str(repo / ".config"),
    }


@pytest.mark.parametrize("variables", [False, True], ids=["plain job", "job with variables"])
def test_what_a_pull_request_plants_does_not_run_and_the_check_fails(
    checkout: Path, tmp_path: Path, mark: Path, variables: bool
) -> None:
    environ = _pointing_into(checkout) if variables else {}
    runner = Runner(
        checkout, tmp_path / "run", "pull_request", _event(checkout), environ=dict(environ)
    )
    with github_server() as github:
        runner.environ["GITHUB_API_URL"] = f"http://127.0.0.1:{github.server_port}"
        result = runner.check()
        comment = runner.run("comment.py")
    assert not mark.exists(), mark.read_text()
    assert result.code == 1, result.log
    assert "file=app.py,line=2" in result.log
    assert result.outputs["new-findings"] == "1"
    assert comment.log == "The comment was written.\n"
    assert "no-print" in github.comments[0]["body"]


class _Index(BaseHTTPRequestHandler):
    """A package index that has nothing, and keeps what it was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def index() -> Iterator[tuple[str, list[str]]]:
    """A package index: its address, and the list of what it was asked for."""
    asked: list[str] = []
    handler = type("Index", (_Index,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with serve_in_thread(server):
        yield f"http://127.0.0.1:{server.server_port}", asked


@pytest.mark.slow
@pytest.mark.parametrize("version", ["", "0.2.0"], ids=["the action's own", "a version"])
def test_installing_obeys_nothing_that_the_checkout_says(
    checkout: Path,
    tmp_path: Path,
    mark: Path,
    index: tuple[str, list[str]],
    environment: Path,
    version: str,
) -> None:
    address, asked = index
    write_tree(checkout, plant(mark, f"{address}/evil"))
    environ = _pointing_into(checkout) | {
        "HOME": str(checkout),
        "PIP_INDEX_URL": f"{address}/evil",
        "PIP_EXTRA_INDEX_URL": f"{address}/evil",
        "PIP_FIND_LINKS": f"{address}/evil",
        "PIP_PREFIX": str(tmp_path / "elsewhere"),
    }
    inputs = {"version": version, "index-url": f"{address}/good"}
    runner = Runner(checkout, tmp_path / "run", "pull_request", _event(checkout), inputs, environ)
    if version:  # making the environment is the same for both
        python = write_copying_python(environment, tmp_path / "python")
        runner.steps["python"] = {"python-path": str(python)}
    result = runner.run("action/install")
    assert not mark.exists(), mark.read_text()
    assert result.code != 0  # the index has nothing
    assert asked
    assert [path for path in asked if not path.startswith("/good/")] == []


@pytest.mark.parametrize("wanted", ["guard.sarif", "reports/guard.sarif", "a/../reports/x"])
def test_the_report_is_never_written_through_a_link(
    tmp_path: Path, mark: Path, wanted: str
) -> None:
    outside = tmp_path / "outside"
    write_tree(outside, {"guard.sarif": "mine", "x": "mine"})
    repo = make_repo(tmp_path / "checkout", BASE)
    git(repo, "switch", "-q", "-c", "topic")
    (repo / "reports").symlink_to(outside)
    (repo / "guard.sarif").symlink_to(outside / "guard.sarif")
    commit(repo, {"app.py": BAD}, "Link")
    inputs = {"sarif-file": wanted}
    result = Runner(repo, tmp_path / "run", "pull_request", _event(repo), inputs).check()
    assert result.code == 1
    assert {file.read_text() for file in outside.iterdir()} == {"mine"}
    assert '"no-print"' in (repo / result.outputs["sarif-file"]).read_text()


def test_a_report_that_the_checkout_brings_is_no_report(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "checkout", {**BASE, ".guard/rules/bad.yml": "rules: ["})
    git(repo, "switch", "-q", "-c", "topic")
    commit(repo, {"app.py": BAD, "guard.sarif": "forged"}, "Forge")
    inputs = {"base": "0" * 39 + "1"}
    result = Runner(repo, tmp_path / "run", "pull_request", _event(repo), inputs).check()
    assert result.code == 2
    assert "sarif-file" not in result.outputs
    assert not (repo / "guard.sarif").exists()


def test_a_report_of_earlier_steps_is_not_taken(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "checkout", BASE)
    git(repo, "switch", "-q", "-c", "topic")
    runner = Runner(repo, tmp_path / "run", "pull_request", _event(repo))
    forged = runner.folder / "devmatrix-guard-report"
    write_tree(forged, {"guard.md": "all is well", "guard.json": '{"findings": []}'})
    assert "all is well" not in runner.check().summary


def test_the_workflow_of_init_runs_nothing_of_the_checkout(
    checkout: Path, tmp_path: Path, mark: Path
) -> None:
    steps = yaml.safe_load(render_workflow(None))["jobs"]["guard"]["steps"]
    (install,) = [step for step in steps if "pip" in step.get("run", "")]
    (check,) = [step for step in steps if "check --range" in step.get("run", "")]
    assert install["working-directory"] == "${{ runner.temp }}"
    commands = [*install["run"].splitlines(), check["run"]]
    assert all(" -I -m " in command for command in commands)
    assert commands[1].startswith("guard/bin/python -I -m pip --isolated install devmatrix-guard==")
    program = tmp_path / "temp/guard/bin/python"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", check["run"]],
        cwd=checkout,
        env=os.environ | {"RUNNER_TEMP": str(tmp_path / "temp"), "BASE": "main"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not mark.exists(), mark.read_text()
    assert done.returncode == 1, done.stderr
    assert "file=app.py,line=2" in done.stdout


@pytest.fixture
def work_tree(tmp_path: Path, mark: Path) -> Path:
    """A work tree that plants everything, with a staged line that breaks a rule."""
    repo = make_repo(tmp_path / "work", {**BASE, **plant(mark)})
    stage(repo, {"app.py": BAD})
    return repo


@pytest.mark.parametrize("path", [None, ".", "", "src:.", ":/usr", "{repo}", "/usr:{repo}/src"])
def test_the_native_hook_runs_nothing_of_the_work_tree(
    work_tree: Path, mark: Path, path: str | None
) -> None:
    write_tree(work_tree, {f"src/{name}": text for name, text in plant(mark).items()})
    hooks = Path(__file__).parents[2] / "hooks"
    environ = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    if path is not None:
        environ["PYTHONPATH"] = path.format(repo=work_tree)
    done = subprocess.run(
        ["git", "-c", f"core.hooksPath={hooks}", "commit", "-m", "x"],
        cwd=work_tree,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not mark.exists(), mark.read_text()
    assert done.returncode == 1
    assert "no-print" in done.stdout + done.stderr


@pytest.mark.parametrize("command", [["guard-hook", "app.py"], ["guard", "check"]])
def test_the_installed_programs_run_nothing_of_the_work_tree(
    work_tree: Path, mark: Path, command: list[str]
) -> None:
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=work_tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not mark.exists(), mark.read_text()
    assert done.returncode == 1, done.stderr


@pytest.mark.parametrize("variable", [".", "src", "{repo}", "{repo}/src/.."])
@pytest.mark.parametrize("command", [["guard-hook", "app.py"], ["guard", "check", "--fix"]])
def test_a_python_path_into_the_work_tree_is_not_followed(
    tmp_path: Path, mark: Path, command: list[str], variable: str
) -> None:
    needed = (
        "json",
        "subprocess",
        "tomllib",
        "yaml",
        "click",
        "rich",
        "libcst",
        "typing_extensions",
    )
    planted = {
        f"{folder}{name}": text
        for name, text in plant(mark).items()
        for folder in ("", "src/")
        if name.partition(".")[0] in needed
    }
    repo = make_repo(tmp_path / "work", {**BASE, **planted})
    stage(repo, {"app.py": BAD})
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=repo,
        env=os.environ | {"PYTHONPATH": variable.format(repo=repo)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not mark.exists(), mark.read_text()
    assert done.returncode == 1, done.stderr
