"""An edit of a generated file becomes the next version of the InfraPattern it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli.generate.bank import command
from devmatrix_guard.commands.application.adopt import run_adopt
from devmatrix_guard.commands.application.bank import show_bank
from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.memory.lineage import trace
from devmatrix_guard.errors import GenerationError, UsageError
from tests.helpers import tree_bytes
from tests.helpers_apps import make_two_applications

DOCKERFILE = "docker/Dockerfile"
TAKE = RegenerateOptions(verify=False, taken=("dockerfile",))


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Two applications that pin the same version of a pattern."""
    return make_two_applications(tmp_path / "repo")


def _edit(repo: Path, path: str = DOCKERFILE, mine: str = "\n# ours\n") -> Path:
    file = repo / "one" / path
    file.write_text(file.read_text() + mine)
    return file


def test_the_bank_gets_a_version_with_the_edit(repo: Path) -> None:
    done = run_adopt(_edit(repo))
    assert (done.pattern.reference, done.evolved_from) == ("dockerfile@2", "dockerfile@1")
    assert done.written
    assert done.behind == ("one", "two")
    stored = show_bank(repo, "dockerfile@2")
    # Where the probes are is the application's own to say, and stays open in the pattern.
    assert stored.body.replace("%%probes%%", "") == (repo / "one" / DOCKERFILE).read_text()
    assert stored.frozen_at is not None


def test_it_is_remembered_what_it_evolved_from(repo: Path) -> None:
    run_adopt(_edit(repo))
    (lineage,) = trace(repo, "dockerfile@2")
    ends = {(edge.kind, edge.source[1], edge.target[1]) for edge in lineage.edges}
    assert ("evolved-into", "dockerfile@1", "dockerfile@2") in ends


def test_another_application_takes_it_and_keeps_what_is_its_own(repo: Path) -> None:
    file = repo / "two" / DOCKERFILE
    file.write_text(f"# two\n{file.read_text()}")
    run_adopt(_edit(repo))
    assert run_regenerate(repo / "two", TAKE).written
    text = file.read_text()
    assert text.startswith("# two\n")
    assert text.endswith("# ours\n")


def test_where_it_came_from_it_is_no_edit_any_more(repo: Path) -> None:
    done = run_adopt(_edit(repo))
    run_regenerate(repo / "one", TAKE)
    assert run_drift(repo / "one") == []
    assert done.behind == ("one", "two")
    assert run_adopt(_edit(repo)).behind == ("one", "two")
    run_regenerate(repo / "one", TAKE)
    run_regenerate(repo / "two", TAKE)
    assert (repo / "two" / DOCKERFILE).read_text().count("# ours") == 2


def test_an_application_that_pins_the_old_one_gives_the_same_bytes(repo: Path) -> None:
    before = tree_bytes(repo / "two")
    run_adopt(_edit(repo))
    run_regenerate(repo / "two", RegenerateOptions(verify=False))
    assert tree_bytes(repo / "two") == before


def test_placeholders_stay_placeholders(repo: Path) -> None:
    file = repo / "one/docker/docker-compose.yml"
    file.write_text(f"# ours\n{file.read_text()}")
    body = run_adopt(file).pattern.body
    assert body.startswith("# ours\n")
    assert "%%slug%%" in body


def test_an_edit_where_the_pattern_is_filled_in_is_refused(repo: Path) -> None:
    file = repo / "one/docker/docker-compose.yml"
    name = next(line for line in file.read_text().splitlines() if "books" in line)
    file.write_text(file.read_text().replace(name, f"{name}-ours"))
    with pytest.raises(GenerationError, match="guard bank freeze docker_compose"):
        run_adopt(file)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class ", "klass "),
        ("def get_settings", "def read_settings"),
        ("BaseSettings):", "BasicSettings):"),
    ],
    ids=["does not parse", "is imported elsewhere", "reads a name that is gone"],
)
def test_what_fails_its_trial_is_not_adopted(repo: Path, old: str, new: str) -> None:
    file = repo / "one/src/core/config.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    done = CliRunner().invoke(command, ["adopt", str(file)], standalone_mode=False)
    assert (done.return_value, done.exception) == (1, None)
    assert show_bank(repo, "config").version == 1


def test_a_dry_run_writes_nothing(repo: Path) -> None:
    file = _edit(repo)
    done = CliRunner().invoke(command, ["adopt", str(file), "--dry-run"], standalone_mode=False)
    assert done.return_value == 0
    assert "guard regenerate two --take dockerfile" in done.output
    assert show_bank(repo, "dockerfile").version == 1


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("one/src/services/book_service.py", "comes from no InfraPattern"),
        ("one/docker/Dockerfile", "as it was generated"),
        ("books.yaml", "in no generated application"),
        ("one/docker/none", "comes from no InfraPattern"),
    ],
)
def test_what_cannot_be_adopted_is_said(repo: Path, path: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run_adopt(repo / path)


def test_a_pattern_that_is_nowhere_cannot_be_taken(repo: Path) -> None:
    with pytest.raises(GenerationError, match="no InfraPattern `nothing`"):
        run_regenerate(repo / "one", TAKE._replace(taken=("nothing",)))
