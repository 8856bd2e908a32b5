from __future__ import annotations

import pytest

from devmatrix_guard.mining.fixes.variants import (
    Variant,
    apply_variants,
    find_variants,
    measure_likeness,
)
from devmatrix_guard.mining.lines import diff_lines

OLD = """\
def ship_order(order, orders_repo):
    found = orders_repo.find(order.id)
    found.total = round(found.total)
    return orders_repo.save(found)
"""
NEW = OLD.replace("    found.total", '    check_order(found, "order")\n    found.total', 1)


def find(old: str, new: str, **files: str) -> list[Variant]:
    hunks = diff_lines(old.encode(), new.encode())
    return list(find_variants(old, hunks, [(f"{name}.py", text) for name, text in files.items()]))


def fix(old: str, new: str, text: str) -> str:
    return apply_variants(text, find(old, new, there=text))[0]


def test_a_copy_with_other_names_gets_the_fix_with_those_names() -> None:
    copy = OLD.replace("order", "item")
    assert fix(OLD, NEW, copy) == NEW.replace("order", "item")
    (variant,) = find(OLD, NEW, there=copy)
    assert (variant.path, variant.start, variant.length) == ("there.py", 3, 0)
    assert ("order", "item") in variant.renamed


def test_a_copy_with_another_indent_keeps_it() -> None:
    inner = "class A:\n" + "".join(f"    {line}\n" for line in OLD.splitlines())
    fixed = "class A:\n" + "".join(f"    {line}\n" for line in NEW.splitlines())
    assert fix(OLD, NEW, inner) == fixed


def test_lines_that_were_replaced_are_replaced() -> None:
    old = "log.info(user.name, user.email, request.path, level)\n"
    new = "log.info(user.name, request.path, level)\n"
    assert fix(old, new, f"x = 1\n{old}y = 2\n") == f"x = 1\n{new}y = 2\n"


def test_a_file_that_has_the_fix_already_is_no_variant() -> None:
    assert find(OLD, NEW, fixed=NEW, renamed=NEW.replace("order", "item")) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("def f():\n    return None\n", id="other code"),
        pytest.param(OLD.replace("found.total)", "order.total)"), id="names that do not map"),
        pytest.param(OLD.replace("round", "-round"), id="another operator"),
        pytest.param("", id="an empty file"),
    ],
)
def test_code_that_only_looks_alike_is_none(text: str) -> None:
    assert find(OLD, NEW, there=text) == []


def test_two_names_that_become_one_are_no_renaming() -> None:
    old = "send(order.customer, order.seller, order.amount, order.tax)\n"
    new = old.replace("send", "send_safely")
    assert find(old, new, there=old.replace("seller", "customer")) == []


def test_lines_that_say_little_have_no_siblings() -> None:
    assert find("return None\n", "return 0\n", there="return None\n") == []


def test_many_places_are_bounded() -> None:
    old = "log.info(user.name, user.email, request.path, level)\n"
    assert len(find(old, "pass\n", there=old * 200)) == 50


def test_lines_with_carriage_returns_keep_them() -> None:
    old, new = OLD.replace("\n", "\r\n"), NEW.replace("\n", "\r\n")
    assert fix(old, new, old.replace("order", "item")) == new.replace("order", "item")


def test_of_two_variants_of_the_same_lines_one_is_applied() -> None:
    one = Variant("a.py", 1, 2, ("a", "b"), ("x",))
    other = Variant("a.py", 2, 1, ("b",), ("y",))
    text, applied = apply_variants("a\nb\nc", [one, other])
    assert (text, applied) == ("a\ny\nc", (other,))


def test_likeness_is_the_share_of_code_that_stands_elsewhere_but_for_names() -> None:
    clone = (OLD * 3).replace("order", "item")
    assert measure_likeness([OLD * 3, clone]) == 1.0
    assert measure_likeness([OLD * 3, "x = 1\n" * 20]) == 0.0
    assert measure_likeness([]) == 0.0
