"""An application in the hands of a team: markers, lost manifests, other releases."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from devmatrix_guard.cli.generate.verify import command as verify_command
from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.rebuild import rebuild_manifest
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.application.regeneration.result import Regeneration
from devmatrix_guard.commands.application.repair import run_repair
from devmatrix_guard.commands.application.verify import run_verify
from devmatrix_guard.errors import GenerationError, SpecError, UsageError
from devmatrix_guard.generator.base_texts import pack_text
from devmatrix_guard.generator.manifest import PATH, hash_text, read_manifest
from tests.helpers import git, tree_bytes
from tests.helpers_apps import make_application
from tests.specs import Spec, edited

ENTITY = "src/models/entities/book.py"
MARKED = "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_application(tmp_path)


def _isbn(spec: Spec) -> None:
    spec.add("isbn", {"type": "string", "maxLength": 13})


def _regenerate(app: Path, **wishes: object) -> Regeneration:
    spec = app.parent / "new.yaml"
    spec.write_text(yaml.safe_dump(edited(_isbn), sort_keys=False))
    return run_regenerate(app, RegenerateOptions(spec=spec, verify=False, **wishes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"), [(MARKED, "conflict markers"), ("def f(:\n", "does not parse")]
)
@pytest.mark.parametrize("path", [ENTITY, "src/core/config.py"])
def test_a_file_that_nobody_can_read_stops_it_and_is_named(
    app: Path, path: str, text: str, said: str
) -> None:
    (app / path).write_text((app / path).read_text() + text)
    before = tree_bytes(app)
    result = _regenerate(app)
    assert not result.written
    assert len(result.blockers) == 1
    assert result.blockers[0].startswith(f"{path} ")
    assert said in result.blockers[0]
    assert tree_bytes(app) == before


def test_a_spec_with_markers_stops_it(app: Path) -> None:
    spec = app / ".guard/spec.yaml"
    spec.write_text(spec.read_text() + MARKED)
    with pytest.raises(SpecError, match="conflict markers"):
        run_regenerate(app, RegenerateOptions(verify=False))


@pytest.mark.parametrize("change", [{"format": 99}, {"generator": {"version": "99.0.0"}}])
def test_a_manifest_of_a_newer_release_is_refused(app: Path, change: dict[str, object]) -> None:
    path = app / PATH
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(GenerationError, match="install that version"):
        read_manifest(app)


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("{")])
def test_a_lost_manifest_is_made_anew_and_edits_count_as_edits(app: Path, damage: object) -> None:
    (app / ENTITY).write_text((app / ENTITY).read_text() + "# ours\n")
    damage(app / PATH)  # type: ignore[operator]
    with pytest.raises(GenerationError, match="--rebuild-manifest"):
        _regenerate(app)
    rebuild_manifest(app)
    assert [(d.kind, d.path) for d in run_drift(app)] == [("edited", ENTITY)]
    assert _regenerate(app).written
    assert (app / ENTITY).read_text().endswith("# ours\n")
    assert "isbn" in (app / ENTITY).read_text()


def test_a_file_that_a_team_took_over_is_left_for_good(app: Path) -> None:
    (app / ENTITY).write_text("# all ours\n")
    assert _regenerate(app, ignored=("src/models/entities/*",)).written
    assert (app / ENTITY).read_text() == "# all ours\n"
    assert read_manifest(app).ignored == ("src/models/entities/*",)
    assert run_drift(app) == []
    spec = app.parent / "books.yaml"
    assert run_regenerate(app, RegenerateOptions(spec=spec, verify=False, destructive=True)).written
    assert (app / ENTITY).read_text() == "# all ours\n"


def test_bases_that_are_gone_are_generated_again(app: Path) -> None:
    (app / ENTITY).write_text((app / ENTITY).read_text() + "# ours\n")
    spec_sha = read_manifest(app).spec_sha
    for path in (app / ".guard/base").iterdir():
        if path.name != spec_sha:
            path.unlink()
    assert _regenerate(app).written
    assert (app / ENTITY).read_text().endswith("# ours\n")


def test_an_application_of_an_earlier_release_is_brought_up_without_a_migration(app: Path) -> None:
    """What only the generator writes otherwise is merged like anything else."""
    path = app / PATH
    values = json.loads(path.read_text())
    values["generator"]["version"] = "0.1.0"
    old = (app / ENTITY).read_text().replace('"""A row: one book."""', '"""One row."""')
    (app / ENTITY).write_text(old + "# ours\n")

    values["files"][ENTITY]["sha256"] = hash_text(old)
    (app / ".guard/base" / hash_text(old)).write_text(pack_text(old))
    path.write_text(json.dumps(values))
    result = run_regenerate(app, RegenerateOptions(verify=False))
    assert (result.written, result.migration) == (True, None)
    text = (app / ENTITY).read_text()
    assert '"""A row: one book."""' in text
    assert text.endswith("# ours\n")


def test_a_diff_shows_what_would_change(app: Path) -> None:
    diff = _regenerate(app, dry_run=True).diff
    assert f"+++ b/{ENTITY}" in diff
    assert "+    isbn: Mapped[str | None]" in diff


def test_a_file_that_people_moved_is_followed(app: Path) -> None:
    moved = app / "src/models/tables/volume.py"
    moved.parent.mkdir()
    (app / ENTITY).rename(moved)
    moved.write_text(moved.read_text() + "# ours\n")
    result = _regenerate(app)
    assert result.written
    assert "isbn" in moved.read_text()
    assert moved.read_text().endswith("# ours\n")
    assert not (app / ENTITY).exists()


def test_of_a_file_that_does_not_parse_verify_says_so_in_one_line(app: Path) -> None:
    service = app / "src/services/book_service.py"
    service.write_text(service.read_text() + MARKED)
    result = run_verify(app, static=True)
    assert [(d.kind, d.path) for d in result.compliance.deviations] == [
        ("syntax", "src/services/book_service.py")
    ]
    told = CliRunner().invoke(verify_command, [str(app), "--static"], standalone_mode=False).output
    (line,) = (line for line in told.splitlines() if "book_service.py" in line)
    assert re.fullmatch(
        r"    src/services/book_service\.py:\d+  does not parse: invalid syntax", line
    )


@pytest.mark.parametrize("held", [None, b"[]", b"{"])
def test_verify_names_a_lost_or_broken_manifest_and_what_to_do(
    app: Path, held: bytes | None
) -> None:
    (app / PATH).unlink()
    if held is not None:
        (app / PATH).write_bytes(held)
    with pytest.raises(GenerationError, match="--rebuild-manifest"):
        run_verify(app, static=True)
    with pytest.raises(GenerationError, match="--rebuild-manifest"):
        run_repair(app, dry_run=True)


def test_generated_texts_that_are_lost_are_taken_from_files_that_nobody_edited(app: Path) -> None:
    shutil.rmtree(app / ".guard/base")
    entity = app / ENTITY
    entity.write_text(entity.read_text() + "\n# ours\n")
    assert _regenerate(app).written
    assert "isbn" in entity.read_text()
    assert entity.read_text().endswith("# ours\n")


def test_what_a_sparse_checkout_leaves_out_is_not_deleted(app: Path) -> None:
    git(app, "init", "-q")
    git(app, "add", "-A")
    git(app, "commit", "-qm", "start")
    git(app, "sparse-checkout", "set", "--no-cone", "/*", "!/src/services/")
    assert not (app / "src/services").exists()
    assert run_drift(app) == []
    result = _regenerate(app)
    assert not result.written
    assert "git sparse-checkout add" in result.blockers[0]


def test_a_link_in_the_place_of_a_file_is_no_deletion(app: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text((app / ENTITY).read_text())
    (app / ENTITY).unlink()
    (app / ENTITY).symlink_to(tmp_path / "elsewhere.py")
    assert [(d.kind, d.path) for d in run_drift(app)] == [("blocked", ENTITY)]


def test_a_file_in_the_place_of_what_undo_needs_is_named(app: Path) -> None:
    (app / ".guard/undo").write_text("mine")
    before = tree_bytes(app)
    with pytest.raises(UsageError, match=r"\.guard/undo is a file"):
        _regenerate(app)
    assert tree_bytes(app) == before
