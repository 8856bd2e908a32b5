"""What is published: the page on PyPI, the workflow that signs and tags, the image, the forms."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers import write_tree

ROOT = Path(__file__).parents[2]
RELEASE = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
SCRIPT = ROOT / "scripts/release/prepare.py"


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PREPARE = _load(SCRIPT)


def _make_absolute(text: str) -> str:
    return PREPARE.make_links_absolute(text, "https://forge.example", "o/n", "v1.2.3")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(
            "[a](docs/a.md#b)", "[a](https://forge.example/o/n/blob/v1.2.3/docs/a.md#b)", id="link"
        ),
        pytest.param(
            "![a](docs/a.svg)",
            "![a](https://forge.example/o/n/raw/v1.2.3/docs/a.svg)",
            id="picture",
        ),
        pytest.param(
            "[![a](a.svg)](b.md)",
            "[![a](https://forge.example/o/n/raw/v1.2.3/a.svg)]"
            "(https://forge.example/o/n/blob/v1.2.3/b.md)",
            id="a picture that is a link",
        ),
        pytest.param("[a](https://x.example/y)", "[a](https://x.example/y)", id="absolute"),
        pytest.param("[a](#part)", "[a](#part)", id="a part of the page"),
    ],
)
def test_links_are_made_absolute(text: str, wanted: str) -> None:
    assert _make_absolute(text) == wanted
    assert _make_absolute(wanted) == wanted


def test_the_page_on_pypi_has_no_link_that_leads_nowhere(tmp_path: Path) -> None:
    files = ("README.md", "pyproject.toml", "scripts/release/prepare.py")
    write_tree(tmp_path, {name: (ROOT / name).read_bytes() for name in files})
    environ = {
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_REPOSITORY": "o/n",
        "GITHUB_REF_NAME": "v9.9.9",
    }
    command = [sys.executable, "scripts/release/prepare.py"]
    subprocess.run(command, cwd=tmp_path, env=environ, check=True)
    targets = re.findall(r"\]\(([^)]+)\)", (tmp_path / "README.md").read_text("utf-8"))
    assert len(targets) > 10
    assert [each for each in targets if not each.startswith("https://")] == []
    for target in targets:
        local = re.sub(r"https://forge\.example/o/n/(blob|raw)/v9\.9\.9/", "", target)
        assert (ROOT / local.partition("#")[0]).exists(), target
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["urls"]["Homepage"] == "https://forge.example/o/n"
    assert project["scripts"]


def test_outside_of_a_workflow_nothing_is_rewritten(tmp_path: Path) -> None:
    write_tree(tmp_path, {"scripts/release/prepare.py": SCRIPT.read_bytes(), "README.md": "[a](b)"})
    command = [sys.executable, "scripts/release/prepare.py"]
    done = subprocess.run(
        command, cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "release workflow" in done.stderr
    assert (tmp_path / "README.md").read_text() == "[a](b)"


# --- the workflow


def _list_runs(job: str) -> str:
    return "\n".join(step.get("run", "") for step in RELEASE["jobs"][job]["steps"])


def test_no_job_may_do_more_than_it_needs() -> None:
    assert RELEASE["permissions"] == {"contents": "read"}
    rights = {name: set(job["permissions"]) for name, job in RELEASE["jobs"].items()}
    assert rights["publish"] == {"id-token"}
    assert rights["release"] == {"contents"}
    assert "contents" not in rights["publish"]
    text = (ROOT / ".github/workflows/release.yml").read_text("utf-8")
    assert "secrets." not in text


def test_a_release_is_trusted_signed_and_described() -> None:
    assert "uv publish --trusted-publishing always" in _list_runs("publish")
    assert "pypi_attestations sign" in _list_runs("publish")
    assert "cyclonedx-py" in _list_runs("build")
    used = [step.get("uses", "") for step in RELEASE["jobs"]["build"]["steps"]]
    assert any(name.startswith("actions/attest-build-provenance@") for name in used)
    assert any(name.startswith("actions/attest-sbom@") for name in used)
    assert RELEASE["jobs"]["release"]["needs"] == ["publish", "image"]


def test_the_tag_of_the_action_moves_to_the_release(tmp_path: Path) -> None:
    """By the step's own lines, with a `gh` that writes down what it was asked."""
    step = RELEASE["jobs"]["release"]["steps"][-1]["run"]
    bin_folder = tmp_path / "bin"
    write_tree(bin_folder, {"gh": '#!/bin/sh\necho "$@" >>"$LOG"\n[ "$3" != "$FAILS" ]\n'})
    (bin_folder / "gh").chmod(0o755)
    for fails, methods in (("no", ["PATCH"]), ("PATCH", ["PATCH", "POST"])):
        log = tmp_path / fails
        environ = {
            "PATH": f"{bin_folder}:/usr/bin:/bin", "LOG": str(log), "FAILS": fails,
            "GITHUB_REF_NAME": "v0.12.3", "GITHUB_REPOSITORY": "o/n", "GITHUB_SHA": "abc",
        }  # fmt: skip
        subprocess.run(["bash", "-eo", "pipefail", "-c", step], env=environ, check=True)
        lines = log.read_text().splitlines()
        assert [line.split()[2] for line in lines] == methods
        assert all("tags/v0" in line and "abc" in line for line in lines)
        assert not any("v0.12" in line for line in lines)


def test_what_the_package_is_made_of_is_listed(tmp_path: Path) -> None:
    place = Path(sys.executable).with_name("cyclonedx-py")
    if not place.exists():
        pytest.skip("cyclonedx-py is not to be had here: the release workflow installs it")
    line = next(line for line in _list_runs("build").splitlines() if "cyclonedx-py" in line)
    out = tmp_path / "sbom.json"
    arguments = [str(out) if each == "sbom.cdx.json" else each for each in line.split()[1:]]
    subprocess.run([place, *arguments], cwd=ROOT, check=True, capture_output=True)
    assert '"libcst"' in out.read_text("utf-8")


# --- the image


def _read_dockerfile() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2]) for line in lines]


def test_the_image_runs_guard_and_not_as_root() -> None:
    lines = _read_dockerfile()
    last = [kind for kind, _ in lines].index("FROM", 1)
    final = lines[last:]
    users = [value for kind, value in final if kind == "USER"]
    assert users
    assert users[-1] not in {"root", "0"}
    assert ("ENTRYPOINT", '["guard"]') in final
    assert not any(kind == "ADD" or "http" in value for kind, value in lines if kind != "LABEL")


def test_all_that_the_image_copies_is_there_and_sent_to_the_builder() -> None:
    sent = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    for kind, value in _read_dockerfile():
        if kind == "COPY" and "--from" not in value:
            for name in value.split()[:-1]:
                assert (ROOT / name).exists(), name
                assert name in sent, name
    assert {name for name in sent if not (ROOT / name).exists()} == set()


def test_the_package_can_be_built_from_what_the_image_copies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = " ".join(value for kind, value in _read_dockerfile() if kind == "COPY").split()
    for name in (*wheel["packages"], *wheel["force-include"], project["project"]["readme"]):
        assert name in copied, name


def test_the_image_is_built_and_checks_a_repository() -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "info"], capture_output=True, check=False).returncode
    ):
        pytest.skip("a docker daemon is not to be had here")
    subprocess.run([docker, "build", "-q", "-t", "guard-test", "."], cwd=ROOT, check=True)
    run = [docker, "run", "--rm", "guard-test", "--version"]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert "guard" in done.stdout


# --- forms and pages


def test_every_issue_form_is_complete() -> None:
    forms = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
    assert len(forms) == 4
    for path in forms:
        form = yaml.safe_load(path.read_text("utf-8"))
        if path.stem == "config":
            assert form["blank_issues_enabled"] is False
            continue
        assert {"name", "description", "body"} <= set(form)
        ids = [field["id"] for field in form["body"]]
        assert len(ids) == len(set(ids))
        assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_there_is_a_way_to_report_a_weakness_and_rules_of_conduct() -> None:
    assert "Report a vulnerability" in (ROOT / "SECURITY.md").read_text("utf-8")
    assert (ROOT / "CODE_OF_CONDUCT.md").is_file()


@pytest.mark.slow
def test_the_site_is_built_strictly(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("mkdocs is not to be had here: CI builds the site in a job of its own")
    environ = {"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "NO_MKDOCS_2_WARNING": "1"}
    build = [ROOT / "scripts/site/build", tmp_path / "site"]
    done = subprocess.run(build, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"README"}
    assert {page for page in pages if not (tmp_path / "site" / f"{page}.html").exists()} == set()
    assert (tmp_path / "site/schemas/settings.json").is_file()
    assert "http-equiv" not in (tmp_path / "site/index.html").read_text("utf-8")
