"""What the package says it needs is what it imports, and what is installed is locked."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from devmatrix_guard import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SOURCE = "\n".join(
    file.read_text("utf-8") for file in sorted((ROOT / "devmatrix_guard").rglob("*.py"))
)
IMPORTED = set(re.findall(r"(?m)^[ \t]*(?:import|from) (\w+)", SOURCE))
IMPORTED |= set(re.findall(r"import_module\(\"(\w+)\"\)", SOURCE))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
MODULES = {
    "PyYAML": "yaml",
    "faiss-cpu": "faiss",
    "nats-py": "nats",
    "prometheus-client": "prometheus_client",
    "qdrant-client": "qdrant_client",
    "sentence-transformers": "sentence_transformers",
}
PROGRAMS = {"semgrep"}  # started, never imported


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return found[0]


def _locked(lock: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / lock).read_text("utf-8").splitlines()
    pins = [line.split(";")[0].strip().split("==") for line in lines if not line.startswith("#")]
    return {name.lower().replace("_", "-"): version for name, version in pins}


@pytest.mark.parametrize("requirement", PROJECT["project"]["dependencies"])
def test_every_dependency_is_imported(requirement: str) -> None:
    assert MODULES.get(_name(requirement), _name(requirement)) in IMPORTED


@pytest.mark.parametrize("extra", PROJECT["project"]["optional-dependencies"])
def test_every_extra_is_used(extra: str) -> None:
    for requirement in PROJECT["project"]["optional-dependencies"][extra]:
        name = _name(requirement)
        assert name in PROGRAMS or MODULES.get(name, name) in IMPORTED, requirement


def test_what_is_installed_is_locked_at_one_version() -> None:
    names = ["action", "app", "demo", "dev", "portable", "release", "semgrep", "site", "uv"]
    assert [file.stem for file in LOCKS] == names
    for file in LOCKS:
        for line in file.read_text("utf-8").splitlines():
            assert line.startswith("#") or re.match(
                r"[a-z0-9-]+(\[\w+\])?==[\w.+!]+( ; .+)?\Z", line
            )


def test_a_lock_names_no_address_and_no_path() -> None:
    for file in LOCKS:
        assert not re.search(r"//|index|find-links|@|\bfile:", file.read_text("utf-8")), file.name


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("action.txt", []), ("demo.txt", ["build", "demo"]), ("dev.txt", ["build", "dev"])],
)
def test_a_lock_holds_what_the_package_declares(lock: str, groups: list[str]) -> None:
    wanted = list(PROJECT["project"]["dependencies"])
    for group in groups:
        wanted += [each for each in PROJECT["dependency-groups"][group] if isinstance(each, str)]
    assert {_name(each).lower() for each in wanted} <= _locked(lock).keys()


def test_the_lock_of_generated_applications_pins_what_they_pin() -> None:
    folder = ROOT / "devmatrix_guard/generator/infra_patterns/code"
    text = (folder / "requirements.txt.txt").read_text("utf-8")
    text += (folder / "pyproject.toml.txt").read_text("utf-8")
    pins = re.findall(r"^\s*\"?([a-z-]+)(?:\[\w+\])?==([\w.]+)", text, re.MULTILINE)
    assert len(pins) > 15
    assert set(pins) <= set(_locked("app.txt").items())


def test_ci_tests_every_promised_python_with_locked_lowest_and_newest_versions() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    promised = [
        each.rpartition(" ")[2]
        for each in PROJECT["project"]["classifiers"]
        if re.search(r":: 3\.\d+\Z", each)
    ]
    assert matrix == {"python": promised, "versions": ["locked", "lowest", "newest"]}
    assert PROJECT["project"]["requires-python"] == f">={promised[0]}"
    systems = workflow["jobs"]["systems"]["strategy"]["matrix"]
    assert systems["python"] == promised
    assert {each.partition("-")[0] for each in systems["system"]} == {"ubuntu", "macos", "windows"}


@pytest.mark.parametrize("requirement", PROJECT["project"]["dependencies"])
def test_every_bound_is_a_lowest_version_without_a_cap(requirement: str) -> None:
    assert re.fullmatch(r"[A-Za-z]+>=\d+(\.\d+)+", requirement)


def test_the_changelog_begins_with_this_version_and_knows_its_sections() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"(?m)^## (.+)$", text)
    assert versions[0] == __version__
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)
    for version in text.split("\n## ")[1:]:
        sections = re.findall(r"(?m)^### (.+)$", version)
        allowed = ["Added", "Changed", "Fixed", "Security", "Removed"]
        assert sections == [name for name in allowed if name in sections], version[:5]
        entries = re.findall(r"(?m)^- (?:.+\n)(?:  .+\n)*", version)
        assert len(entries) == len(set(entries)), "an entry stands twice"


@pytest.mark.parametrize("name", ["README.md", "action.yml", "docs"])
def test_what_users_copy_names_this_version(name: str) -> None:
    place = ROOT / name
    files = [place] if place.is_file() else sorted(place.rglob("*.md"))
    for file in files:
        for found in re.findall(
            r"devmatrix-guard@v([\d.]+)|\brev: v([\d.]+)", file.read_text("utf-8")
        ):
            assert "".join(found) == __version__, file
