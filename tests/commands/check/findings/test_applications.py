"""Generated applications in a change: what no longer follows its spec, as a commit and a range."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from devmatrix_guard.commands.application.generate import run_generate
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate
from devmatrix_guard.commands.check.arguments.request import ALL, RANGE, CheckRequest
from devmatrix_guard.commands.check.examine import examine_request
from devmatrix_guard.generator.manifest import PATH
from devmatrix_guard.model.finding import Finding
from tests.helpers import git, make_repo
from tests.specs import BOOKS, Spec, edited

ROUTES = "src/api/routes/book.py"
ENTITY = "src/models/entities/book.py"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repo = make_repo(tmp_path_factory.mktemp("made") / "repo", {"books.yaml": BOOKS})
    run_generate(repo / "books.yaml", repo / "app")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Generate")
    return repo


@pytest.fixture
def repo(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "repo")


def _isbn(spec: Spec) -> None:
    spec.add("isbn", {"type": "string", "maxLength": 13})


def _change_spec(repo: Path) -> None:
    (repo / "books.yaml").write_text(yaml.safe_dump(edited(_isbn), sort_keys=False))


def _regenerate(repo: Path) -> None:
    _change_spec(repo)
    options = RegenerateOptions(spec=repo / "books.yaml", verify=False)
    assert run_regenerate(repo / "app", options).written


def _edit(repo: Path, path: str, old: str, new: str) -> None:
    file = repo / "app" / path
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def _find(repo: Path, request: CheckRequest) -> list[Finding]:
    report = examine_request(request, repo)
    assert not report.has_defect, report.notes
    return [finding for finding in report.findings if finding.rule_id == "application-drift"]


def find(repo: Path, *paths: str) -> list[Finding]:
    """Return what is said of what is staged, and of the range that it becomes."""
    git(repo, "add", "-A", *paths)
    staged = _find(repo, CheckRequest())
    git(repo, "commit", "-qm", "Change")
    ranged = _find(repo, CheckRequest(scope=RANGE, range_text="HEAD~1...HEAD"))
    assert [f.message for f in ranged] == [f.message for f in staged]
    return staged


def test_what_was_regenerated_has_no_finding(repo: Path) -> None:
    _regenerate(repo)
    assert find(repo) == []


def test_a_spec_kept_elsewhere_is_known_by_what_it_held(repo: Path) -> None:
    _change_spec(repo)
    (finding,) = find(repo)
    assert (finding.path, finding.stage) == ("books.yaml", "block")
    for part in ("domain: Book.isbn", "api: ", "`guard regenerate app --spec books.yaml`"):
        assert part in finding.message


def test_the_copy_of_the_spec_may_be_changed_instead(repo: Path) -> None:
    text = yaml.safe_dump(edited(_isbn), sort_keys=False)
    (repo / "app/.guard/spec.yaml").write_text(text)
    (finding,) = find(repo)
    assert finding.path == "app/.guard/spec.yaml"
    assert "`guard regenerate app`" in finding.message


def test_layout_and_comments_of_a_spec_are_no_change(repo: Path) -> None:
    for path in ("books.yaml", "app/.guard/spec.yaml"):
        (repo / path).write_text(f"# ours\n{(repo / path).read_text()}")
    assert find(repo) == []


def test_a_spec_that_cannot_be_read_says_so(repo: Path) -> None:
    (repo / "books.yaml").write_text("openapi: [")
    (finding,) = find(repo)
    assert "cannot be read" in finding.message


def test_a_manifest_without_its_files_is_named(repo: Path) -> None:
    _regenerate(repo)
    (finding,) = find(repo, "books.yaml", "app/.guard")
    assert f"{ENTITY} is as it was before the manifest's generation" in finding.message
    assert "is named in the manifest and missing" in finding.message
    assert "`git add app`" in finding.message


def test_files_without_their_manifest_are_named(repo: Path) -> None:
    _regenerate(repo)
    git(repo, "add", "app/src")
    (finding,) = _find(repo, CheckRequest())
    assert "manifest is not staged" in finding.message


def test_texts_of_a_generation_without_its_manifest_are_named(repo: Path) -> None:
    _regenerate(repo)
    git(repo, "restore", f"app/{PATH}", "books.yaml", "app/.guard/spec.yaml")
    (finding,) = find(repo)
    assert "is of a generation that the manifest does not know" in finding.message


def test_a_file_that_is_generated_no_more_and_left_is_named(repo: Path) -> None:
    def with_shelves(spec: Spec) -> None:
        spec.entity("Shelf", "shelves")

    for spec in (yaml.safe_dump(edited(with_shelves)), BOOKS):
        (repo / "books.yaml").write_text(spec)
        options = RegenerateOptions(spec=repo / "books.yaml", verify=False, destructive=True)
        assert run_regenerate(repo / "app", options).written
        left = repo / "app/src/models/entities/shelf.py"
        if left.exists():
            assert find(repo) == []
            text = left.read_text()
    left.write_text(text)
    (finding,) = find(repo)
    assert "is still there, and the manifest names it no more" in finding.message


def test_a_manifest_that_is_none_is_named(repo: Path) -> None:
    (repo / "app" / PATH).write_text("{")
    (finding,) = find(repo)
    assert finding.path == f"app/{PATH}"
    assert "--rebuild-manifest" in finding.message


def test_a_promise_that_an_edit_breaks_is_named_with_the_operation(repo: Path) -> None:
    _edit(repo, ROUTES, "status_code=201", "status_code=202")
    (finding,) = find(repo)
    assert finding.path == f"app/{ROUTES}"
    for part in ("api: post_books", "is 202, not 201", "`guard repair app`"):
        assert part in finding.message
    assert finding.start_line > 1


def test_a_module_that_others_import_may_not_go(repo: Path) -> None:
    (repo / "app/src/services/book_service.py").unlink()
    found = find(repo)
    assert [finding.path for finding in found] == ["app/src/services/book_service.py"]


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda repo: _edit(repo, ENTITY, "String(", "sa_String("), id="renamed"),
        pytest.param(lambda repo: _append(repo, ENTITY, "\n\ndef ours() -> int:\n    return 1\n"),
                     id="added"),
        pytest.param(lambda repo: (repo / "app/docker/prometheus.yml").unlink(), id="deleted"),
        pytest.param(lambda repo: _append(repo, "README.md", "\nOurs.\n"), id="prose"),
        pytest.param(lambda repo: (repo / "app/src/new.py").write_text("x = 1\n"), id="new"),
    ],
)  # fmt: skip
def test_what_people_may_do_has_no_finding(repo: Path, edit: Callable[[Path], object]) -> None:
    edit(repo)
    assert find(repo) == []


def _append(repo: Path, path: str, text: str) -> None:
    file = repo / "app" / path
    file.write_text(file.read_text() + text)


def test_a_moved_module_is_followed(repo: Path) -> None:
    git(repo, "mv", "app/src/services/book_service.py", "app/src/services/books.py")
    for path in (repo / "app/src").rglob("*.py"):
        path.write_text(path.read_text().replace("services.book_service", "services.books"))
    assert find(repo) == []


def test_what_was_broken_before_is_not_said_of_another_change(repo: Path) -> None:
    _edit(repo, ROUTES, "status_code=201", "status_code=202")
    find(repo)
    _append(repo, ROUTES, "\n# ours\n")
    assert find(repo) == []


def test_a_comment_says_that_it_is_meant(repo: Path) -> None:
    said = "status_code=202,  # guard: ignore[application-drift] reason=agreed kind=wont-fix\n    "
    _edit(repo, ROUTES, "status_code=201, ", said)
    assert find(repo) == []


def test_everything_is_looked_at_without_a_range(repo: Path) -> None:
    assert _find(repo, CheckRequest(scope=ALL)) == []
    _edit(repo, ROUTES, "status_code=201", "status_code=202")
    (finding,) = _find(repo, CheckRequest(scope=ALL))
    assert finding.path == f"app/{ROUTES}"


def test_a_range_cannot_hide_it_in_generated_attributes(repo: Path) -> None:
    (repo / "app/.gitattributes").write_text("* linguist-generated\n")
    _edit(repo, ROUTES, "status_code=201", "status_code=202")
    assert len(find(repo)) == 1


def test_a_function_that_is_gone_is_named_without_what_was_in_it(repo: Path) -> None:
    path = "src/services/book_service.py"
    text = (repo / "app" / path).read_text()
    begin = text.index("    async def get_books_id(")
    following = text.find("\n    async def ", begin + 1)
    _edit(repo, path, text[begin : following + 1] if following > 0 else text[begin:], "")
    (finding,) = find(repo)
    assert finding.message == (
        "This no longer follows the spec (api: get_books_id): function "
        "BookService.get_books_id is missing; change the spec, or run `guard repair app`."
    )


def test_an_application_may_be_the_whole_repository(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    (tmp_path / "books.yaml").write_text(BOOKS)
    run_generate(tmp_path / "books.yaml", repo, force=True)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Generate")
    file = repo / ROUTES
    file.write_text(file.read_text().replace("status_code=201", "status_code=202"))
    (finding,) = find(repo)
    assert "`guard repair .`" in finding.message
