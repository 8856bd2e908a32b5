"""What a small spec becomes: columns, checks, schemas, conditions, routes and their answers."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.plan import make_plan
from devmatrix_guard.generator.strata import generate_files
from tests.generator.specs import read, read_example

SPEC = """\
openapi: 3.1.0
info: {title: Books, version: "1"}
paths:
  /racks:
    post:
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Rack"}}}}
      responses:
        "201":
          description: A rack.
          content: {application/json: {schema: {$ref: "#/components/schemas/Rack"}}}
  /books:
    post:
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
      responses:
        "201": &book
          description: A book.
          content: {application/json: {schema: {$ref: "#/components/schemas/Book"}}}
    get:
      parameters: [PARAMETERS]
      responses:
        "200":
          description: Books.
          content:
            application/json:
              schema: {type: array, items: {$ref: "#/components/schemas/Book"}}
  /books/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {responses: {"200": *book}}
OPERATIONS
components:
  schemas:
    Rack:
      type: object
      required: [id]
      properties:
        id: {type: integer, readOnly: true}
        label: {type: string}
    Book:
      type: object
      required: [id, title, REQUIRED]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string}
        pages: {type: integer}
        out_on: {type: string, format: date}
        PROPERTY
"""


def write(
    schema: str = "{type: string}",
    *,
    required: bool = False,
    parameters: str = "",
    operations: str = "",
    name: str = "extra",
) -> dict[str, str]:
    """Return the files of an application whose books have a property of this name and schema."""
    text = (
        SPEC.replace(", REQUIRED", f", {name}" if required else "")
        .replace("PROPERTY", f"{name}: {schema}")
        .replace("PARAMETERS", parameters)
        .replace("OPERATIONS\n", operations)
    )
    return {file.path: file.text for file in generate_files(make_plan(read(text)), PatternBank())}


def find_field(source: str, owner: str, name: str) -> str:
    """Return what stands behind the name of a field of a class: its annotation and value."""
    (cls,) = [n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == owner]
    (field,) = [n for n in cls.body if isinstance(n, ast.AnnAssign) and n.target.id == name]  # type: ignore[union-attr]
    value = f" = {ast.unparse(field.value)}" if field.value else ""
    return ast.unparse(field.annotation) + value


def find_function(source: str, name: str) -> str:
    """Return a function as it is written."""
    (found,) = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name == name
    ]
    return ast.unparse(found)


ENTITY, SCHEMA = "src/models/entities/book.py", "src/models/schemas/book.py"
SERVICE, ROUTES = "src/services/book_service.py", "src/api/routes/book.py"
BIG = "BigInteger().with_variant(Integer(), 'sqlite')"


@pytest.mark.parametrize(
    ("schema", "column"),
    [
        ("{type: string}", "str | None] = mapped_column(Text)"),
        ("{type: string, maxLength: 7}", "str | None] = mapped_column(String(7))"),
        ("{type: integer}", f"int | None] = mapped_column({BIG})"),
        ("{type: integer, format: int32}", "int | None] = mapped_column(Integer)"),
        ("{type: number}", "float | None] = mapped_column(Double)"),
        ("{type: boolean}", "bool | None] = mapped_column(Boolean)"),
        ("{type: string, format: date}", "Day | None] = mapped_column(Date)"),
        ("{type: string, format: date-time}", "Moment | None] = mapped_column(UtcDateTime)"),
        ("{type: string, format: uuid}", "UUID | None] = mapped_column(Uuid)"),
        ("{type: string, enum: [a, bcd]}", "str | None] = mapped_column(String(3))"),
        ("{type: string, default: x}", "str] = mapped_column(Text, default='x')"),
        ("{type: integer, default: 3}", f"int] = mapped_column({BIG}, default=3)"),
        ("{type: boolean, default: false}", "bool] = mapped_column(Boolean, default=False)"),
    ],
)
def test_a_property_is_a_column(schema: str, column: str) -> None:
    assert find_field(write(schema)[ENTITY], "BookEntity", "extra") == f"Mapped[{column}"


@pytest.mark.parametrize(
    ("schema", "annotation"),
    [
        ("{type: string}", "str]"),
        ("{type: integer}", "int]"),
        ('{type: [string, "null"]}', "str | None]"),
        ('{type: [integer, "null"]}', "int | None]"),
    ],
)
def test_a_required_property_is_null_only_where_null_is_a_value(
    schema: str, annotation: str
) -> None:
    column = find_field(write(schema, required=True)[ENTITY], "BookEntity", "extra")
    assert column.startswith(f"Mapped[{annotation} = ")


@pytest.mark.parametrize(
    ("schema", "checks"),
    [
        ("{type: string}", []),
        ("{type: string, minLength: 2}", [("length(extra) >= 2", "extra_min_length")]),
        ("{type: string, maxLength: 9}", [("length(extra) <= 9", "extra_max_length")]),
        ("{type: integer, minimum: 1}", [("extra >= 1", "extra_ge")]),
        ("{type: integer, maximum: 8}", [("extra <= 8", "extra_le")]),
        ("{type: number, exclusiveMinimum: 0}", [("extra > 0", "extra_gt")]),
        ("{type: number, exclusiveMaximum: 1}", [("extra < 1", "extra_lt")]),
        ("{type: string, enum: [a, b'c]}", [("extra IN ('a', 'b''c')", "extra_enum")]),
        (
            "{type: integer, minimum: 1, maximum: 8}",
            [("extra >= 1", "extra_ge"), ("extra <= 8", "extra_le")],
        ),
    ],
)
def test_the_database_checks_what_the_spec_limits(
    schema: str, checks: list[tuple[str, str]]
) -> None:
    files = write(schema)
    (migration,) = [text for path, text in files.items() if path.startswith("alembic/versions/")]
    for source in (files[ENTITY], migration):
        calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
        found = [
            (ast.literal_eval(call.args[0]), call.keywords[0].value)
            for call in calls
            if ast.unparse(call.func).endswith("CheckConstraint")
        ]
        assert [text for text, _ in found] == [text for text, _ in checks]
        names = [ast.unparse(name) for _, name in found]
        assert all(end in name for name, (_, end) in zip(names, checks, strict=True))


@pytest.mark.parametrize(
    ("schema", "required", "field"),
    [
        ("{type: boolean}", True, "Annotated[bool, json_flag]"),
        ("{type: boolean}", False, "Omissible[Annotated[bool, json_flag]] = None"),
        ("{type: boolean, default: true}", False, "Annotated[bool, json_flag] = True"),
        ("{type: string}", True, "Text"),
        ('{type: [string, "null"]}', True, "Text | None"),
        ('{type: [string, "null"]}', False, "Text | None = None"),
        ("{type: string, format: date}", True, "Day"),
        ("{type: array, items: {type: string, format: date}}", True, "list[Day]"),
        ("{type: string, enum: [a, b]}", True, "Literal['a', 'b']"),
        ("{type: integer, minimum: 1}", True, "Annotated[int, Field(ge=1), json_whole]"),
        ("{type: integer, exclusiveMaximum: 9}", True, "Annotated[int, Field(lt=9), json_whole]"),
        (
            "{type: integer, multipleOf: 5}",
            True,
            "Annotated[int, Field(multiple_of=5), json_whole]",
        ),
        ("{type: string, minLength: 1}", True, "Annotated[str, Field(min_length=1), no_nul]"),
        ("{type: string, format: email}", True, "Annotated[str, no_nul, email_format]"),
    ],
)
def test_a_property_is_a_field_of_a_schema(schema: str, required: bool, field: str) -> None:
    assert find_field(write(schema, required=required)[SCHEMA], "Book", "extra") == field


@pytest.mark.parametrize(
    ("name", "schema", "written"),
    [
        ("title", "type: string", "where.append(BookEntity.title == title)"),
        ("min_pages", "type: integer", "where.append(BookEntity.pages >= min_pages)"),
        ("max_pages", "type: integer", "where.append(BookEntity.pages <= max_pages)"),
        ("sort", "enum: [title]", "order = [BookEntity.title, BookEntity.id]"),
        ("sort", "enum: [-title]", "order = [BookEntity.title.desc(), BookEntity.id.desc()]"),
        ("limit", "type: integer, default: 20", "limit=size"),
        ("offset", "type: integer", "offset="),
    ],
)
def test_a_query_parameter_narrows_or_sorts_a_list(name: str, schema: str, written: str) -> None:
    parameter = f"{{name: {name}, in: query, schema: {{{schema}}}}}"
    plain = find_function(write()[SERVICE], "get_books")
    assert written not in plain
    assert written in find_function(write(parameters=parameter)[SERVICE], "get_books")


@pytest.mark.parametrize(
    ("operation", "name", "decorator", "steps"),
    [
        (
            '    delete: {responses: {"204": {description: Gone.}}}\n',
            "delete_books_id",
            "@router.delete('/books/{id}', operation_id='delete_books_id', status_code=204",
            ["self._find_row(BookEntity.id == id, lock=True)", "self._book_rows.delete(row)"],
        ),
        (
            "    put:\n"
            "      requestBody: {required: true, content: {application/json: "
            '{schema: {$ref: "#/components/schemas/Book"}}}}\n'
            '      responses: {"200": *book}\n',
            "put_books_id",
            "@router.put('/books/{id}', operation_id='put_books_id'",
            ["lock=True", "given(data, ", "assign(row, values)"],
        ),
        (
            "    patch:\n"
            "      requestBody: {required: true, content: {application/json: "
            "{schema: {type: object, properties: {title: {type: string}}}}}}\n"
            '      responses: {"200": *book}\n',
            "patch_books_id",
            "@router.patch('/books/{id}', operation_id='patch_books_id'",
            ["lock=True", "changed(data, ", "assign(row, values)", "show_book(row"],
        ),
    ],
    ids=["delete", "put", "patch"],
)
def test_an_operation_is_a_route_and_the_steps_of_a_service(
    operation: str, name: str, decorator: str, steps: list[str]
) -> None:
    files = write(operations=operation)
    assert find_function(files[ROUTES], name).startswith(decorator)
    service = find_function(files[SERVICE], name)
    places = [service.find(step) for step in steps]
    assert -1 not in places
    assert places == sorted(places)
    assert "database.write(" in find_function(files[ROUTES], name)
    assert "database.read(" in find_function(files[ROUTES], "get_books_id")


@pytest.mark.parametrize("required", [True, False])
def test_a_reference_is_a_foreign_key_that_is_looked_up(required: bool) -> None:
    files = write("{type: integer, x-references: Rack}", required=required)
    column = find_field(files[ENTITY], "BookEntity", "extra")
    assert column.startswith("Mapped[int] = " if required else "Mapped[int | None] = ")
    assert "ForeignKey('racks.id', ondelete=" in column
    assert "index=True" in column
    check = find_function(files["src/validators/book_validator.py"], "check_book")
    assert "unknown_reference('extra', 'rack')" in check


def test_a_unique_property_is_a_constraint_and_is_asked_of_nobody_else() -> None:
    files = write("{type: string, x-unique: true}")
    assert "UniqueConstraint('extra')" in ast.unparse(ast.parse(files[ENTITY]))
    assert "src/validators/book_validator.py" not in files
    assert ".exists(" not in files["src/services/book_service.py"]


def test_a_constraint_knows_the_field_by_its_name_in_the_api() -> None:
    files = write("{type: string, x-unique: true}", name="extraCode")
    made = ast.unparse(ast.parse(files[ENTITY]))
    assert "UniqueConstraint('extra_code', info={'field': 'extraCode'})" in made


@pytest.mark.parametrize("schema", ["{type: string}", "{type: array, items: {type: integer}}"])
def test_whatever_the_spec_the_same_files_are_python(schema: str) -> None:
    files = write(schema)
    for path, text in files.items():
        if path.endswith(".py"):
            ast.parse(text)
    assert files == write(schema)
    values = "BookExtraValue" in files[ENTITY]
    assert values == ("array" in schema)


def test_a_row_is_read_again_only_where_its_view_shows_others() -> None:
    files = {
        file.path: file.text
        for file in generate_files(make_plan(read_example("shop")), PatternBank())
    }
    products = files["src/services/product_service.py"]
    assert products.count("_product_rows.settle(row)") == 2  # made and changed
    assert ".settle(" not in files["src/services/cart_service.py"]
    assert "def settle" in files["src/repositories/base.py"]


def test_a_schema_called_as_a_table_is_gets_another_class() -> None:
    ir = read("""
    paths:
      /rides:
        post:
          requestBody: {content: {application/json: {schema:
            {$ref: "#/components/schemas/RideEntity"}}}}
          responses: {"201": {description: a, content: {application/json: {schema:
            {$ref: "#/components/schemas/RideEntity"}}}}}
    components:
      schemas:
        RideEntity: {type: object, properties: {id: {type: integer}, note: {type: string}}}
    """)
    files = {file.path: file.text for file in generate_files(make_plan(ir), PatternBank())}
    assert "class RideEntitySchema(" in files["src/models/schemas/ride.py"]
    assert "class RideEntity(Base)" in files["src/models/entities/ride.py"]


SIGN_UP = """
paths:
  /users:
    post:
      requestBody: {content: {multipart/form-data: {schema:
        {$ref: "#/components/schemas/NewUser"}}}}
      responses: {"201": {description: a, content: {application/json: {schema:
        {$ref: "#/components/schemas/User"}}}}}
  /login:
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties:
        {email: {type: string}, password: {type: string}}}}}}
      responses: {"200": {description: a, content: {application/json: {schema:
        {type: object, properties: {token: {type: string}}}}}}}
components:
  schemas:
    NewUser:
      type: object
      required: [email, password]
      properties: {email: {type: string}, password: {type: string}, age: {type: integer}}
    User:
      type: object
      required: [id, email, password]
      properties: {id: {type: integer}, email: {type: string}, password: {type: string,
        minLength: 10}}
"""


def test_numbers_of_a_form_come_as_texts_and_a_password_is_never_shown() -> None:
    files = {
        file.path: file.text for file in generate_files(make_plan(read(SIGN_UP)), PatternBank())
    }
    schemas = files["src/models/schemas/user.py"] + files.get("src/models/schemas/shared.py", "")
    assert "age: Omissible[Annotated[int, text_whole]]" in schemas
    assert '"password": "**********"' in files["src/views/user.py"]


def test_a_long_list_of_required_fields_is_laid_out_on_lines_of_its_own() -> None:
    names = [f"a_rather_long_field_{number}" for number in range(6)]
    fields = ", ".join(f"{name}: {{type: string}}" for name in names)
    ir = read(f"""
    paths:
      /kilns:
        post:
          requestBody: {{content: {{application/json: {{schema:
            {{$ref: "#/components/schemas/Kiln"}}}}}}}}
          responses: {{"201": {{description: a}}}}
    components:
      schemas:
        Kiln: {{type: object, required: [{", ".join(names)}], properties: {{{fields}}}}}
    """)
    files = {file.path: file.text for file in generate_files(make_plan(ir), PatternBank())}
    tests = files["tests/test_kiln_operations.py"]
    assert "for missing in [\n" in tests
    assert max(map(len, tests.splitlines())) <= 100


def test_a_long_annotation_stays_on_its_line_where_the_value_behind_it_can_go_to_the_next() -> None:
    shape = "{type: array, maxItems: 12, items: {type: string, format: uri}}"
    names = ["x" * length for length in range(1, 26)]
    more = f"{shape}\n" + "\n".join(f"        {name}: {shape}" for name in names)
    text = write(more, name="images")[SCHEMA]
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=100", "-"]
    laid_out = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout
    assert "= (\n        None\n    )" in text
    assert text == laid_out
