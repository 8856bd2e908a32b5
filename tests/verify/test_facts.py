"""Code is read as flat facts, whatever style it is written in."""

from __future__ import annotations

from devmatrix_guard.verify.facts import read_facts


def _facts(path: str, text: str, **others: str) -> set[tuple[str, str, str]]:
    files = {path: text, **{k.replace("__", "/") + ".py": v for k, v in others.items()}}
    return {(f.kind, f.key, f.value) for f in read_facts(files) if f.path == path}


def test_async_routes_and_router_prefixes_are_read() -> None:
    found = _facts(
        "src/api/routes/products.py",
        'router = APIRouter(prefix="/products")\n'
        '@router.get("/{id}", status_code=200)\n'
        "async def read(id: UUID, viewer: Annotated[User, Depends(viewer)]) -> Product:\n"
        "    return await load(id)\n",
    )
    assert ("endpoint", "GET /products/{id}", "async") in found
    assert ("status", "GET /products/{id}(status_code)", "200") in found
    assert any(kind == "auth" and key == "GET /products/{id}#viewer" for kind, key, _ in found)


def test_the_prefix_of_an_included_router_counts() -> None:
    found = _facts(
        "src/api/routes/products.py",
        'router = APIRouter()\n@router.get("/x")\ndef read() -> None: ...\n',
        src__main="from src.api.routes import products\n"
        'app.include_router(products.router, prefix="/v1")\n',
    )
    assert ("endpoint", "GET /v1/x", "sync") in found


def test_constraints_are_read_from_defaults_annotations_and_columns() -> None:
    found = _facts(
        "src/models/schemas/product.py",
        "class Product(BaseModel):\n"
        "    name: str = Field(min_length=1)\n"
        "    size: Annotated[int | None, Field(ge=0)] = None\n",
    )
    assert ("constraint", "Product.name:Field(min_length)", "1") in found
    assert ("constraint", "Product.size:Field(ge)", "0") in found
    assert ("nullability", "Product.size", "True") in found
    column = _facts(
        "src/models/entities/product.py",
        "class ProductEntity(Base):\n"
        '    __tablename__ = "products"\n'
        '    __table_args__ = (CheckConstraint("stock >= 0"),)\n'
        "    stock: Mapped[Optional[int]] = mapped_column(index=True)\n"
        '    owner: Mapped["User"] = relationship(back_populates="products")\n',
    )
    assert ("entity", "ProductEntity", "'products'") in column
    assert ("attribute", "ProductEntity.stock", "int") in column
    assert ("nullability", "ProductEntity.stock", "True") in column
    assert ("constraint", "ProductEntity.stock:mapped_column(index)", "True") in column
    assert ("constraint", "ProductEntity[CheckConstraint('stock >= 0')]", "") in column
    assert ("relation", "ProductEntity.owner", "'User'") in column


def test_every_statement_of_a_flow_is_a_fact_below_its_block() -> None:
    found = _facts(
        "src/workflows/checkout.py",
        "async def checkout(cart: Cart) -> None:\n"
        '    """Buy."""\n'
        "    if not cart.items:\n"
        '        raise Conflict("empty")\n'
        "    pay(cart)\n"
        "    pay(cart)\n",
    )
    keys = {key for kind, key, _ in found if kind == "step"}
    assert keys == {
        "checkout/if not cart.items",
        "checkout/if not cart.items/body/raise Conflict('empty')",
        "checkout/pay(cart)",
        "checkout/pay(cart)~1",
    }


def test_a_broken_file_is_one_fact() -> None:
    (fact,) = _facts("src/main.py", "def (:\n")
    assert fact[:2] == ("syntax", "src/main.py")
