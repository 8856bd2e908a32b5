"""A repair mends the broken node and nothing else."""

from __future__ import annotations

import pytest

from devmatrix_guard.verify.compliance import compare
from devmatrix_guard.verify.facts import read_facts
from devmatrix_guard.verify.repair import repair

ENTITY = "src/models/entities/product.py"
SCHEMA = "src/models/schemas/product.py"
ROUTE = "src/api/routes/product.py"
FLOW = "src/workflows/checkout.py"
STATE = "src/state_machines/order.py"

REFERENCE = {
    ENTITY: '''"""Tables."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column, relationship


class ProductEntity(Base):
    """A product."""

    __tablename__ = "products"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sku: Mapped[str] = mapped_column(String(32), unique=True)
    stock: Mapped[int]
    items: Mapped[list["ItemEntity"]] = relationship(back_populates="product")


class ItemEntity(Base):
    __tablename__ = "items"

    id: Mapped[UUID] = mapped_column(primary_key=True)
''',
    SCHEMA: """class Product(Base):
    sku: Annotated[str, Field(min_length=1, max_length=32)]
    note: str | None = None


class ProductPage(Base):
    items: list[Product]
""",
    ROUTE: """router = APIRouter(prefix="/products")


@router.get("/{id}", status_code=200)
async def read(id: UUID, viewer: Viewer) -> Product:
    return await service.read(id)


@router.post("", status_code=201)
async def create(body: ProductCreate) -> Product:
    return await service.create(body)
""",
    FLOW: """async def checkout(session: Session, cart: Cart) -> Order:
    if not cart.items:
        raise Conflict("empty")
    for item in cart.items:
        if item.quantity < 1:
            raise Invalid("quantity")
        await decrement(item)
    try:
        await pay(cart)
    except Declined:
        raise Conflict("declined")
    return await place(cart)
""",
    STATE: """TRANSITIONS = {
    ("new", "pay"): "paid",
    ("paid", "ship"): "shipped",
}
""",
    "pyproject.toml": "[project]\n",
}

MUTATIONS = {
    "entity deleted": (ENTITY, lambda t: t[: t.index("\n\nclass ItemEntity")] + "\n"),
    "attribute deleted": (ENTITY, lambda t: t.replace("    stock: Mapped[int]\n", "")),
    "attribute type changed": (ENTITY, lambda t: t.replace("Mapped[int]", "Mapped[str]")),
    "attribute made nullable": (ENTITY, lambda t: t.replace("Mapped[int]", "Mapped[int | None]")),
    "column constraint deleted": (ENTITY, lambda t: t.replace(", unique=True", "")),
    "check changed": (ENTITY, lambda t: t.replace("stock >= 0", "stock >= -1")),
    "relation deleted": (
        ENTITY,
        lambda t: t[: t.index("    items:")] + t[t.index("\n\nclass I") :],
    ),
    "table renamed": (ENTITY, lambda t: t.replace('"products"', '"product"')),
    "import deleted": (ENTITY, lambda t: t.replace("mapped_column, relationship", "mapped_column")),
    "view deleted": (SCHEMA, lambda t: t[: t.index("\n\nclass ProductPage")] + "\n"),
    "field deleted": (SCHEMA, lambda t: t.replace("    note: str | None = None\n", "")),
    "constraint deleted": (SCHEMA, lambda t: t.replace(", max_length=32", "")),
    "constraint changed": (SCHEMA, lambda t: t.replace("max_length=32", "max_length=33")),
    "constraint in the other style": (
        SCHEMA,
        lambda t: t.replace("Annotated[str, Field(min_length=1, max_length=32)]", "str"),
    ),
    "endpoint deleted": (ROUTE, lambda t: t[: t.index('\n\n@router.post("",')] + "\n"),
    "auth deleted": (ROUTE, lambda t: t.replace(", viewer: Viewer", "")),
    "status changed": (ROUTE, lambda t: t.replace("status_code=201", "status_code=200")),
    "response changed": (
        ROUTE,
        lambda t: t.replace(
            "-> Product:\n    return await service.r", "-> None:\n    return await service.r"
        ),
    ),
    "prefix swapped": (ROUTE, lambda t: t.replace('prefix="/products"', 'prefix="/items"')),
    "path changed": (ROUTE, lambda t: t.replace('"/{id}"', '"/{id}/"')),
    "method changed": (ROUTE, lambda t: t.replace("@router.get", "@router.put")),
    "made sync": (ROUTE, lambda t: t.replace("async def read", "def read")),
    "parameter type changed": (ROUTE, lambda t: t.replace("id: UUID", "id: str")),
    "require deleted": (
        FLOW,
        lambda t: t.replace('    if not cart.items:\n        raise Conflict("empty")\n', ""),
    ),
    "require commented out": (
        FLOW,
        lambda t: t.replace('        raise Conflict("empty")', "        pass  # raise Conflict"),
    ),
    "require negated": (FLOW, lambda t: t.replace("if not cart.items", "if cart.items")),
    "inner require weakened": (FLOW, lambda t: t.replace("quantity < 1", "quantity < 0")),
    "decrement deleted": (FLOW, lambda t: t.replace("        await decrement(item)\n", "")),
    "handler deleted": (
        FLOW,
        lambda t: t.replace(
            "    try:\n        await pay(cart)\n    except Declined:\n"
            '        raise Conflict("declined")\n',
            "    await pay(cart)\n",
        ),
    ),
    "flow deleted": (FLOW, lambda t: "\n"),
    "transition deleted": (STATE, lambda t: t.replace('    ("paid", "ship"): "shipped",\n', "")),
    "transition changed": (STATE, lambda t: t.replace('"shipped"', '"paid"')),
    "file deleted": ("pyproject.toml", None),
    "module deleted": (STATE, None),
}


def _mutated(name: str) -> dict[str, str]:
    path, change = MUTATIONS[name]
    files = dict(REFERENCE)
    if change is None:
        del files[path]
        return files
    files[path] = change(files[path])
    assert files[path] != REFERENCE[path], "the mutation changes nothing"
    return files


def test_an_untouched_application_has_no_deviation_and_full_scores() -> None:
    result = compare(read_facts(REFERENCE), read_facts(REFERENCE))
    assert result.deviations == ()
    assert (result.overall.precision, result.overall.recall, result.overall.f1) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_mutation_is_found_and_mended(name: str) -> None:
    result = repair(_mutated(name), REFERENCE)
    assert result.before.overall.recall < 1.0
    assert result.left == ()
    assert result.after.overall.recall == 1.0


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_second_repair_changes_nothing(name: str) -> None:
    files = _mutated(name)
    mended = {**files, **repair(files, REFERENCE).files}
    again = repair(mended, REFERENCE)
    assert (again.files, again.rounds) == ({}, 0)


@pytest.mark.parametrize("name", MUTATIONS)
def test_what_people_added_survives_byte_for_byte(name: str) -> None:
    files = _mutated(name)
    additions = {
        ENTITY: "\n\n# kept: ours\nclass AuditMixin:\n    seen   =   0  # kept: odd spacing\n",
        FLOW: "\n\ndef discount(cart):  # kept: a function of ours\n    return  0\n",
    }
    for path, text in additions.items():
        files[path] = files[path] + text
    mended = {**files, **repair(files, REFERENCE).files}
    for path, text in additions.items():
        assert text.strip("\n") in mended[path]


def test_statements_added_inside_a_flow_stay() -> None:
    files = dict(REFERENCE)
    files[FLOW] = (
        files[FLOW]
        .replace("    for item in", '    log.info("paying")  # ours\n    for item in')
        .replace("        await decrement(item)\n", "")
    )
    mended = repair(files, REFERENCE).files[FLOW]
    assert '    log.info("paying")  # ours\n' in mended
    assert "        await decrement(item)\n" in mended


def test_what_nobody_asked_for_lowers_precision_and_is_not_removed() -> None:
    files = dict(REFERENCE)
    files[ROUTE] += '\n\n@router.delete("/{id}")\nasync def drop(id: UUID) -> None:\n    ...\n'
    result = repair(files, REFERENCE)
    assert result.files == {}
    assert [(d.kind, d.key, d.problem) for d, _ in result.left] == [
        ("endpoint", "DELETE /products/{id}", "extra")
    ]
    assert result.before.overall.precision < 1.0
    assert result.before.overall.recall == 1.0


def test_a_file_that_does_not_parse_is_left_alone_and_said() -> None:
    files = {**REFERENCE, STATE: "TRANSITIONS = {\n"}
    result = repair(files, REFERENCE)
    assert result.files == {}
    assert any("correct the syntax" in reason for _, reason in result.left)


@pytest.mark.parametrize(
    "text",
    ["\udcff\udcfe\x00", "name = 'caf\udce9'\n", "x = 1\x00\n"],
    ids=["bytes", "latin", "nul"],
)
def test_a_file_that_is_not_in_utf_8_is_left_alone_and_said(text: str) -> None:
    path = STATE
    result = repair({**REFERENCE, path: text}, REFERENCE)
    assert path not in result.files
    assert {reason for _, reason in result.left} == {
        "the file does not parse; correct the syntax first"
    }
