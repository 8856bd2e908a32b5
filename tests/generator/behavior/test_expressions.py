from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devmatrix_guard.errors import SpecError
from devmatrix_guard.generator.behavior.expressions import check_expression
from devmatrix_guard.generator.behavior.types import Types
from devmatrix_guard.ir import expression as trees
from tests.generator.specs import read_example

IR = read_example("shop")
TYPES = Types(IR.domain, {schema.name: schema for schema in IR.api.schemas})
SCOPE = {"cart": "row:Cart", "order": "row:Order", "p": "row:Product", "body": "object:Payment"}


def _check(text: object, wanted: str = "") -> trees.Expression:
    return check_expression(text, SCOPE, TYPES, "/here", wanted=wanted)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1 + 2 * 3", "integer"),
        ("p.price * 2", "decimal"),
        ("p.stock / 2", "decimal"),
        ("p.name + '!'", "string"),
        ("p.stock > 0 and not p.is_active", "boolean"),
        ("0 < p.stock <= 10", "boolean"),
        ("order.status in ['PAID', 'SHIPPED']", "boolean"),
        ("p.description == null", "boolean"),
        ("coalesce(p.description, '')", "string"),
        ("p.description", "string?"),
        ("count(cart.items)", "integer"),
        ("sum(cart.items, it.unit_price * it.quantity)", "decimal"),
        ("max(cart.items, it.quantity)", "integer?"),
        ("any(cart.items, it.product.is_active)", "boolean"),
        ("all(cart.items, count(it.product.cart_items) > 0)", "boolean"),
        ("cart.customer.email", "string"),
        ("now()", "datetime"),
        ("order", "row:Order"),
        ("order.items", "rows:OrderItem"),
        ("body.amount == order.total", "boolean"),
        (3, "integer"),
        (True, "boolean"),
        (None, "null"),
    ],
)
def test_an_expression_has_a_type(text: object, kind: str) -> None:
    assert _check(text).type == kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("p.stok > 0", "did you mean 'stock'"),
        ("q.stock", "unknown name 'q'"),
        ("summ(cart.items, it.quantity)", "did you mean 'sum'"),
        ("p.stock == 'many'", "cannot be compared"),
        ("p.name + 1", "cannot be worked out"),
        ("p.description < 'a'", "may be null"),
        ("order.status == 'PAYED'", "did you mean 'PAID'"),
        ("p.stock / 0", "divides by zero"),
        ("1 / p.stock", "divide by a constant"),
        ("p.stock and true", "true or false is expected"),
        ("sum(p.stock, it)", "needs rows or a list"),
        ("sum(cart.items)", "write sum"),
        ("p.stock ** 2", "only + - * /"),
        ("[]", "an empty list"),
        ("[1, 'a']", "one type"),
        ("'a' in p.name", "needs a list"),
        ("lower(1)", "lower needs string"),
        ("now(1)", "takes 0 values"),
        ("lambda: 1", "not part of the expression language"),
        ("__import__('os')", "unknown function"),
        ("p.__class__", "unknown name '__class__'"),
        ("open('x').read()", "only functions of the expression language"),
        ("f'{p}'", "not part of the expression language"),
        ("1; 2", "not an expression"),
        ("(" * 500 + "1" + ")" * 500, "not an expression"),
        ("1 + " * 1000 + "1", "longer than"),
        ("b'x'", "a constant is"),
        ([1], "an expression is expected"),
    ],
)
def test_what_is_not_an_expression_is_refused_with_its_place(text: object, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        _check(text)
    assert words in str(caught.value)
    assert caught.value.pointer == "/here"


def test_a_wanted_type_is_demanded() -> None:
    with pytest.raises(SpecError, match="boolean is expected here, not integer"):
        _check("p.stock", "boolean")


def test_members_of_self_need_no_prefix() -> None:
    scope = {"self": "row:Order"}
    made = check_expression("total == sum(items, it.unit_price)", scope, TYPES, "")
    assert isinstance(made.tree, trees.Compare)
    assert made.tree.left == trees.Member(trees.Name("self"), "total", "attribute", "total")


@given(st.text(max_size=200))
def test_any_text_is_an_expression_or_a_spec_error(text: str) -> None:
    try:
        made = _check(text)
    except SpecError:
        return
    assert made.type
