from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from devmatrix_guard.cli.generate.drift import command
from devmatrix_guard.commands.application.changes.drift import run_drift
from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.errors import GenerationError, GitError, SpecError
from tests.helpers import git, make_repo
from tests.helpers_apps import make_application
from tests.specs import BOOKS

SPLIT = """\
openapi: 3.1.0
info: {title: Notes, version: "1"}
paths:
  /notes/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        "200":
          description: One.
          content: {application/json: {schema: {$ref: note.yaml}}}
"""
ENTITY = "src/models/entities/book.py"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_application(tmp_path)


def _edit(app: Path) -> None:
    path = app / ENTITY
    path.write_text(path.read_text() + "# ours\n")


def _tamper(app: Path) -> None:
    next((app / ".guard/base").iterdir()).write_text("x")


def _change_spec(app: Path) -> None:
    path = app / ".guard/spec.yaml"
    path.write_text(path.read_text().replace("maxLength: 100", "maxLength: 90"))


def _put_folder(app: Path) -> None:
    (app / ENTITY).unlink()
    (app / ENTITY).mkdir()
    (app / ENTITY / "ours.txt").write_text("ours")


def _put_link(app: Path) -> None:
    (app / ENTITY).unlink()
    (app / ENTITY).symlink_to(app / "README.md")


def _put_file_for_folder(app: Path) -> None:
    shutil.rmtree(app / "src")
    (app / "src").write_text("ours")


CASES: list[tuple[Callable[[Path], object], str, int]] = [
    (_edit, "edited", 0),
    (lambda app: (app / "docker/Dockerfile").unlink(), "deleted", 0),
    (lambda app: (app / ENTITY).unlink(), "deleted", 0),
    (_change_spec, "spec-changed", 1),
    (lambda app: (app / ".guard/spec.yaml").unlink(), "tampered", 1),
    (_put_folder, "blocked", 1),
    (_put_link, "blocked", 1),
    (_put_file_for_folder, "blocked", 1),
]


def test_a_fresh_application_has_not_drifted(app: Path) -> None:
    assert run_drift(app) == []


@pytest.mark.parametrize(("change", "kind", "code"), CASES)
def test_each_kind_of_drift_is_named_and_fails_or_not(
    app: Path, change: Callable[[Path], object], kind: str, code: int
) -> None:
    change(app)
    assert kind in {drift.kind for drift in run_drift(app)}
    done = CliRunner().invoke(command, [str(app)], standalone_mode=False)
    assert done.return_value == code
    assert kind in done.output


def test_comments_and_layout_of_the_spec_are_no_drift(app: Path) -> None:
    path = app / ".guard/spec.yaml"
    path.write_text("# ours\n" + path.read_text().replace("{title: Books,", "{ title:  Books,"))
    assert run_drift(app) == []


def test_ends_of_lines_that_git_gave_are_no_drift(app: Path) -> None:
    """As after a checkout with `core.autocrlf=true`."""
    for path in [p for p in app.rglob("*") if p.is_file()]:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert run_drift(app) == []


def test_a_base_that_is_gone_can_be_made_again_and_is_no_drift(app: Path) -> None:
    for path in (app / ".guard/base").iterdir():
        path.unlink()
    assert run_drift(app) == []


def test_strict_fails_for_what_is_allowed_otherwise(app: Path) -> None:
    _edit(app)
    done = CliRunner().invoke(command, [str(app), "--strict"], standalone_mode=False)
    assert done.return_value == 1


def test_strict_looks_at_the_texts_that_are_kept(app: Path) -> None:
    _tamper(app)
    assert run_drift(app) == []
    assert [drift.kind for drift in run_drift(app, bases=True)] == ["tampered"]


def test_quiet_says_nothing_of_what_is_allowed(app: Path) -> None:
    _edit(app)
    done = CliRunner().invoke(command, [str(app), "--quiet"], standalone_mode=False)
    assert (done.return_value, done.output) == (0, "")


def test_a_spec_kept_elsewhere_is_compared(app: Path) -> None:
    spec = app.parent / "books.yaml"
    assert run_drift(app, spec=spec) == []
    spec.write_text(BOOKS.replace("maxLength: 100", "maxLength: 90"))
    (drift,) = run_drift(app, spec=spec)
    assert drift.kind == "spec-changed"
    assert drift.describe(app).startswith(f"{spec}: run ")
    with pytest.raises(SpecError, match="there is no such file"):
        run_drift(app, spec=app.parent / "none.yaml")


@pytest.mark.parametrize("folder", [".", "services/books"])
def test_staged_looks_at_the_index_and_not_at_the_files(tmp_path: Path, folder: str) -> None:
    repo = make_repo(tmp_path / "repo")
    (repo / "books.yaml").write_text(BOOKS)
    app = repo / folder
    run_generate(repo / "books.yaml", app, force=True)
    git(repo, "add", "-A")
    _edit(app)
    assert run_drift(app, staged=True) == []
    git(repo, "add", "-A")
    assert [(d.kind, d.path) for d in run_drift(app, staged=True)] == [("edited", ENTITY)]


def test_staged_compares_the_spec_that_the_next_commit_would_hold(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    spec = repo / "api/books.yaml"
    spec.parent.mkdir()
    spec.write_text(BOOKS)
    run_generate(spec, repo / "app", force=True)
    with pytest.raises(SpecError, match=r"index does not hold it; `git add` it"):
        run_drift(repo / "app", spec=spec, staged=True)
    git(repo, "add", "-A")
    spec.write_text(BOOKS.replace("maxLength: 100", "maxLength: 90"))
    assert run_drift(repo / "app", spec=spec, staged=True) == []
    git(repo, "add", "-A")
    assert [d.kind for d in run_drift(repo / "app", spec=spec, staged=True)] == ["spec-changed"]


def test_staged_follows_the_files_of_a_split_spec_in_the_index(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    schema = "type: object\nproperties: {id: {type: integer}, title: {type: string}}\n"
    (repo / "note.yaml").write_text(schema)
    (repo / "notes.yaml").write_text(SPLIT)
    run_generate(repo / "notes.yaml", repo / "app", force=True)
    git(repo, "add", "-A")
    (repo / "note.yaml").write_text(schema.replace("string}", "string, maxLength: 9}"))
    assert run_drift(repo / "app", spec=repo / "notes.yaml", staged=True) == []
    assert [d.kind for d in run_drift(repo / "app", spec=repo / "notes.yaml")] == ["spec-changed"]
    git(repo, "add", "-A")
    assert run_drift(repo / "app", spec=repo / "notes.yaml", staged=True) != []


def test_staged_outside_a_repository_is_refused(app: Path) -> None:
    with pytest.raises(GitError):
        run_drift(app, staged=True)


def test_a_folder_without_an_application_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="guard generate SPEC"):
        run_drift(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", '{"files": []}', "[" * 100_000])
def test_a_broken_manifest_is_said_in_a_sentence(app: Path, text: str) -> None:
    (app / ".guard/generation_manifest.json").write_text(text)
    with pytest.raises(GenerationError, match="restore it from version control"):
        run_drift(app)


def _make_team(tmp_path: Path) -> Path:
    """Make a repository with an application whose spec lies beside its folder."""
    repo = make_repo(tmp_path / "team")
    (repo / "specs").mkdir()
    (repo / "specs/books.yaml").write_text(BOOKS)
    run_generate(repo / "specs/books.yaml", repo / "app")
    git(repo, "add", "-A")
    return repo


def _shorten(repo: Path) -> None:
    spec = repo / "specs/books.yaml"
    spec.write_text(spec.read_text().replace("maxLength: 100", "maxLength: 90"))


def test_a_spec_outside_of_the_application_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = _make_team(tmp_path)
    assert run_drift(repo / "app") == []
    _shorten(repo)
    assert run_drift(repo / "app", staged=True) == []
    for folder, shown, named in ((repo, "specs/", "app"), (repo / "app", "../specs/", ".")):
        monkeypatch.chdir(folder)
        done = CliRunner().invoke(command, [named], standalone_mode=False)
        assert done.return_value == 1
        assert f"{shown}books.yaml: run `guard regenerate {named}`" in done.output
    git(repo, "add", "-A")
    assert [d.kind for d in run_drift(repo / "app", staged=True)] == ["spec-changed"]


def test_comments_in_a_spec_outside_are_no_drift_and_a_moved_one_is_let_go(tmp_path: Path) -> None:
    repo = _make_team(tmp_path)
    spec = repo / "specs/books.yaml"
    spec.write_text(f"# ours\n{spec.read_text()}")
    assert run_drift(repo / "app") == []
    (repo / "specs").rename(repo / "contracts")
    assert run_drift(repo / "app") == []


def test_an_application_that_was_moved_still_knows_its_spec(tmp_path: Path) -> None:
    repo = _make_team(tmp_path)
    (repo / "services").mkdir()
    (repo / "app").rename(repo / "services/books")
    assert run_drift(repo / "services/books") == []
    _shorten(repo)
    (found,) = run_drift(repo / "services/books")
    assert (found.kind, found.path) == ("spec-changed", "../../specs/books.yaml")


def test_regenerating_reads_the_spec_where_people_keep_it(tmp_path: Path) -> None:
    repo = _make_team(tmp_path)
    _shorten(repo)
    run_regenerate(repo / "app", RegenerateOptions(verify=False, destructive=True))
    assert "String(90)" in (repo / "app" / ENTITY).read_text()
    assert run_drift(repo / "app") == []


def test_a_copy_that_people_changed_counts_before_the_spec_outside(tmp_path: Path) -> None:
    repo = _make_team(tmp_path)
    copy = repo / "app/.guard/spec.yaml"
    copy.write_text(copy.read_text().replace("maxLength: 100", "maxLength: 120"))
    run_regenerate(repo / "app", RegenerateOptions(verify=False))
    assert "String(120)" in (repo / "app" / ENTITY).read_text()


def test_messages_name_the_folder_of_the_application(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app.parent)
    _change_spec(app)
    (app / ENTITY).unlink()
    said = CliRunner().invoke(command, ["app"], standalone_mode=False).output
    assert "app/.guard/spec.yaml: run `guard regenerate app`" in said
    assert f"`guard repair app --restore {ENTITY}` brings it back" in said
