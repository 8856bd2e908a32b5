"""`guard fill`: a hole is filled from its contract, tried in a copy, kept with what was said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from devmatrix_guard.commands.application.application import read_generated
from devmatrix_guard.commands.application.verify import run_verify
from devmatrix_guard.commands.build.fill import Filled, find_holes, run_fill
from devmatrix_guard.commands.build.fills import FOLDER
from devmatrix_guard.errors import UsageError
from devmatrix_guard.llm.base import ProviderError
from devmatrix_guard.memory.connect import open_memory
from devmatrix_guard.model.knowledge.fragment import CodeFragment
from devmatrix_guard.model.knowledge.learning import ErrorPattern
from tests.helpers import tree_bytes
from tests.helpers_apps import make_application
from tests.helpers_llm import Fault, ModelServer, model_server

PYTHON = Path(__file__).parents[3] / ".tools/app/bin/python"
pytestmark = pytest.mark.usefixtures("compiled_once")
needs_environment = pytest.mark.skipif(
    not PYTHON.exists(), reason="run scripts/app-environment first"
)
FLOW, OPERATION = "flow price_book#0", "operation post_books_readers"
RIGHT = "```python\ntotal = min(book.pages, 500)\n```"
SPEC = """\
openapi: 3.1.0
info: {title: Books, version: "1"}
x-flows:
  price_book:
    description: Work out what a book costs.
    steps:
      - load: {as: book, entity: Book, by: {id: path.id}, else: 404}
      - describe:
          text: "One cent a page, at most 500. Our key is AKIAIOSFODNN7EXAMPLE."
          inputs: [book]
          output: {name: total, type: integer}
          entities: [Book]
      - set: {book.price: total}
      - return: book
paths:
  /books:
    post:
      requestBody:
        content: {application/json: {schema: {$ref: "#/components/schemas/BookIn"}}}
      responses:
        "201": &book
          description: A book.
          content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
  /books/{id}:
    parameters: &id [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": *book}}
  /books/{id}/price:
    parameters: *id
    post: {x-flow: price_book, responses: {"200": *book}}
  /books/{id}/readers:
    parameters: *id
    post:
      operationId: post_books_readers
      summary: Say how many readers the book will have, half of its pages
      responses:
        "200":
          description: How many.
          content:
            application/json:
              schema:
                {type: object, required: [readers], properties: {readers: {type: integer}}}
components:
  schemas:
    BookIn:
      type: object
      required: [title, pages]
      properties:
        title: {type: string, maxLength: 100}
        pages: {type: integer, minimum: 1}
    Book:
      type: object
      required: [id, title, pages, price]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string, maxLength: 100}
        pages: {type: integer, minimum: 1}
        price: {type: integer, readOnly: true, default: 0}
"""
NOW = "2026-01-01T00:00:00Z"
Serve = Callable[..., ModelServer]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return make_application(tmp_path, SPEC)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """A way to have a model that gives these answers."""
    servers = []

    def start(*answers: str | Fault) -> ModelServer:
        servers.append(model_server(*answers))
        server = servers[-1].__enter__()
        _choose_model(monkeypatch, server)
        return server

    yield start
    for server in servers:
        server.__exit__(None, None, None)


def _choose_model(patch: pytest.MonkeyPatch, server: ModelServer) -> None:
    patch.setenv("GUARD_LLM", "anthropic:test")
    patch.setenv("ANTHROPIC_BASE_URL", server.url)
    patch.setenv("ANTHROPIC_API_KEY", "k")


def _sources(root: Path) -> dict[str, bytes]:
    return {
        n: d
        for n, d in tree_bytes(root).items()
        if not n.startswith((".guard/memory", ".guard/.git"))
    }


def test_every_hole_has_a_contract(app: Path) -> None:
    flow, operation = find_holes(app)
    assert (flow.key, operation.key) == (FLOW, OPERATION)
    assert flow.output == ("total", "integer")
    assert ("book", "row:Book") in flow.inputs
    assert flow.rows["BookEntity"]["pages"] in ("integer", "bigint")
    assert "book.price = total" in flow.code  # what comes after the hole is known
    assert operation.answers == "PostBooksReadersResponse"


def test_without_a_model_a_hole_stays_open_and_nothing_is_written(app: Path) -> None:
    before = _sources(app)
    if PYTHON.exists():
        results = run_fill(app, python=PYTHON)
        assert [result.state for result in results] == ["open", "open"]
        assert "GUARD_LLM" in results[0].reasons[0]
    assert _sources(app) == before


def test_without_an_environment_nothing_is_asked(app: Path, serve: Serve) -> None:
    server = serve(RIGHT)
    with pytest.raises(UsageError, match="--python"):
        run_fill(app)
    assert server.asked == []


def test_a_hole_that_is_not_there_is_named_with_those_that_are(app: Path) -> None:
    with pytest.raises(UsageError, match="flow price_book#0; operation post_books_readers"):
        run_fill(app, only=["flow pay#0"], python=PYTHON)


@needs_environment
def test_answers_against_the_contract_are_refused_three_times_and_it_stays_a_501(
    app: Path, serve: Serve
) -> None:
    before = _sources(app)
    server = serve("import os\ntotal = 1", "total = eval('1')", "price = 1", RIGHT)
    (result,) = run_fill(app, python=PYTHON, only=[FLOW])
    assert (result.state, result.tries) == ("open", 3)
    assert result.reasons == ("the name `price` is not in the contract",) or result.reasons == (
        "it does not assign `total`",
    )
    assert "cannot be taken" in server.asked[1]["messages"][-1]["content"]
    assert "eval" in server.asked[2]["messages"][-1]["content"]
    assert _sources(app) == before
    with open_memory(".guard/memory.db", app) as memory:
        (run,) = memory.runs.list_recent(command="fill")
        assert run.tokens_used == 3300
        assert [error.error_type for error in memory.runs.count_errors()] == ["hole"]


@needs_environment
def test_a_prompt_carries_no_secret(app: Path, serve: Serve) -> None:
    server = serve("no", "no", "no")
    run_fill(app, python=PYTHON, only=[FLOW])
    asked = json.dumps(server.asked)
    assert "One cent a page" in asked
    assert "AKIAIOSFODNN7EXAMPLE" not in asked


@needs_environment
def test_a_question_shows_what_worked_and_what_failed_in_places_like_it(
    app: Path, serve: Serve
) -> None:
    worked = (
        "def price_pages(pages: int) -> int:\n"
        '    """Return the price: one cent a page, at most 500."""\n'
        "    cents = min(pages, 500)\n    return cents\n"
    )
    proven = CodeFragment("shops", "src/prices.py", "price_pages", "d1", code=worked)
    proven = proven._replace(passed=2, seen_at=NOW)
    failing = proven._replace(name="cost_pages", digest="d2", passed=0, failed=1)
    code = worked.replace("price_pages", "cost_pages")
    error = ErrorPattern(
        "e1", "tests", "TypeError: pages is None", "flow:price_book", first_seen=NOW, last_seen=NOW
    )
    other = error._replace(error_id="e2", signature="of another flow", construct="flow:close_shop")
    with open_memory(".guard/memory.db", app) as memory:
        memory.experience.save_fragments([proven, failing._replace(code=code)])
        memory.experience.record_errors([error, other])
    server = serve("no", "no", "no")
    run_fill(app, python=PYTHON, only=[FLOW])
    asked = server.asked[0]["messages"][0]["content"]
    assert "This worked in a similar place:" in asked
    assert "cents = min(pages, 500)" in asked
    assert "cost_pages" not in asked
    assert "Avoid: tests: TypeError: pages is None" in asked
    assert "of another flow" not in asked


@needs_environment
def test_a_model_that_does_not_answer_changes_nothing(app: Path, serve: Serve) -> None:
    before = _sources(app)
    serve(*[Fault(500)] * 3)
    with pytest.raises(ProviderError):
        run_fill(app, python=PYTHON, only=[FLOW])
    assert _sources(app) == before


@needs_environment
def test_an_edit_that_is_made_while_a_model_is_asked_stays(app: Path, serve: Serve) -> None:
    serve(RIGHT)
    flow = app / "src/workflows/price_book.py"

    def edit(step: str) -> None:
        if step == f"{FLOW}: asking, try 1":
            flow.write_text("mine = 1\n", "utf-8")

    with pytest.raises(UsageError, match=r"price_book\.py was changed meanwhile"):
        run_fill(app, python=PYTHON, only=[FLOW], progress=edit)
    assert flow.read_text("utf-8") == "mine = 1\n"
    assert not (app / FOLDER).exists()


def test_a_file_that_is_half_written_holds_no_hole_and_hides_no_other(app: Path) -> None:
    for name in ("src/api/routes/books.py", "src/repositories/base.py"):
        (app / name).write_text("def half(:\n", "utf-8")
    assert [hole.key for hole in find_holes(app)] == [FLOW]


class Application(NamedTuple):
    """One whose step was filled: its folder, what was done, and how often a model was asked."""

    folder: Path
    result: Filled
    steps: list[str]
    asked: int


@pytest.fixture(scope="module")
def filled(
    tmp_path_factory: pytest.TempPathFactory, isolated_module: None, compiled: dict[str, str]
) -> Application:
    """An application whose step was filled after an answer that does not type."""
    folder = make_application(tmp_path_factory.mktemp("filled"), SPEC)
    steps: list[str] = []
    with (
        model_server("total = book.title", RIGHT) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        _choose_model(patch, server)
        for name, value in compiled.items():
            patch.setenv(name, value)
        (result,) = run_fill(folder, python=PYTHON, only=[FLOW], progress=steps.append)
    return Application(folder, result, steps, len(server.asked))


@pytest.mark.slow
@needs_environment
def test_a_step_is_filled_after_an_answer_that_does_not_type(filled: Application) -> None:
    app, steps = filled.folder, filled.steps
    assert (filled.result.state, filled.result.tries, filled.asked) == ("filled", 2, 2)
    refused = steps[: steps.index(f"{FLOW}: asking, try 2")]
    assert f"{FLOW}: types" in refused
    assert f"{FLOW}: tests" not in refused
    assert f"{FLOW}: tests" in steps
    text = (app / "src/workflows/price_book.py").read_text("utf-8")
    assert "total = min(book.pages, 500)" in text
    assert text.index("total = min") < text.index("book.price = total") < text.index("return book")
    verification = run_verify(app, python=PYTHON)
    assert verification.passed
    priced = next(o for o in verification.outcomes if o.operation == "POST /books/{id}/price")
    assert priced.status == "pass"
    assert any("price_book" in key for key in verification.compliance.by_hand)
    assert [hole.key for hole in find_holes(app)] == [OPERATION]


@pytest.mark.slow
@needs_environment
def test_what_was_taken_is_replayed_without_a_model(filled: Application, tmp_path: Path) -> None:
    app = make_application(tmp_path, SPEC)
    (app / FOLDER).mkdir()
    for name, data in tree_bytes(filled.folder / FOLDER).items():
        (app / FOLDER / name).write_bytes(data)
    (result,) = run_fill(app, python=PYTHON, only=[FLOW])
    assert (result.state, result.tokens) == ("replayed", (0, 0))
    path = "src/workflows/price_book.py"
    assert (app / path).read_text("utf-8") == (filled.folder / path).read_text("utf-8")


@pytest.mark.slow
@needs_environment
def test_an_operation_that_no_rule_understands_is_filled_in_a_transaction_of_its_own(
    app: Path, serve: Serve
) -> None:
    code = """
row = await BookRepository(session).find(BookEntity.id == id)
if row is None:
    raise refuse(404, "book_not_found", "book", "not found")
return PostBooksReadersResponse(readers=row.pages // 2)
"""
    serve(code)
    (result,) = run_fill(app, python=PYTHON, only=[OPERATION, OPERATION])
    assert (result.state, result.reasons) == ("filled", ())
    path = read_generated(app)
    assert "return await database.write(work)" in path.files["src/api/routes/books.py"]
