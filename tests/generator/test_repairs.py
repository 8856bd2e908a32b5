"""Known repairs: applied where the failing code stands, pinned, and read back."""

from __future__ import annotations

import pytest

from devmatrix_guard.errors import GenerationError
from devmatrix_guard.generator.entity_names import EntityNames, find_names
from devmatrix_guard.generator.repairs import (
    apply_edits,
    apply_repairs,
    parse_repairs,
    render_repairs,
)
from devmatrix_guard.model.knowledge.learning import FixEdit, KnownRepair

ORDER = EntityNames("OrderLine", "order_line", "order_lines")
USER = EntityNames("User", "user", "users")
GENERAL = FixEdit("src/«entity».py", "x = «Entity»Row(«ENTITY»)\n", "x = «Entity»Row()\n")


def repair(*edits: FixEdit, infra: str = "") -> KnownRepair:
    return KnownRepair("e1", "tests: it fails", infra, edits)


@pytest.mark.parametrize(
    ("text", "general"),
    [
        ("class OrderLineService:", "class «Entity»Service:"),
        ("_order_line_rows = order_lines", "_«entity»_rows = «entities»"),
        ("_ORDER_LINE_INPUT", "_«ENTITY»_INPUT"),
        ("reorder_lines, border_line", "reorder_lines, border_line"),
        ("OrderLines", "OrderLines"),
    ],
)
def test_names_of_an_entity_become_placeholders_and_come_back(text: str, general: str) -> None:
    assert ORDER.generalise(text) == general
    assert ORDER.expand(general) == text


def test_a_file_is_about_the_entity_of_its_name() -> None:
    assert find_names("src/services/order_line_service.py", [USER, ORDER]) == ORDER
    assert find_names("src/core/config.py", [USER, ORDER]) is None


def test_an_edit_is_applied_to_every_entity_whose_code_has_it() -> None:
    texts = {"src/order_line.py": "x = OrderLineRow(ORDER_LINE)\n", "src/user.py": "x = 1\n"}
    changed, applied = apply_repairs(texts, [repair(GENERAL)], [ORDER, USER], {})
    assert changed == {"src/order_line.py": "x = OrderLineRow()\n"}
    assert applied == (repair(GENERAL),)


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        pytest.param("a = 1\n", FixEdit("src/a.py", "b = 1\n", ""), id="what failed is not there"),
        pytest.param("a\na\n", FixEdit("src/a.py", "a\n", "b\n"), id="it is there twice"),
        pytest.param("a = 1\n", FixEdit("src/b.py", "a = 1\n", ""), id="another file"),
        pytest.param("a = 1\n", FixEdit("src/a.py", "= 1", "= ("), id="it would not parse"),
        pytest.param("a = 1\n", FixEdit("src/a.py", "", "x\n"), id="nothing to find"),
    ],
)
def test_a_repair_that_does_not_fit_changes_nothing(text: str, edit: FixEdit) -> None:
    assert apply_edits({"src/a.py": text}, [edit]) == {}


def test_the_edits_of_a_repair_are_made_together_or_not_at_all() -> None:
    edits = [FixEdit("src/a.py", "a = 1", "a = 2"), FixEdit("src/b.py", "gone", "here")]
    assert apply_edits({"src/a.py": "a = 1\n", "src/b.py": "b\n"}, edits) == {}


def test_a_repair_of_a_pattern_s_version_changes_that_version_only() -> None:
    own = repair(FixEdit("src/a.py", "a = 1", "a = 2"), infra="a@1")
    texts = {"src/a.py": "a = 1\n"}
    assert apply_repairs(texts, [own], [], {"src/a.py": "a@2"}) == ({}, ())
    assert apply_repairs(texts, [own], [], {"src/a.py": "a@1"})[1] == (own,)


def test_pinned_repairs_are_read_as_they_were_written() -> None:
    repairs = (repair(GENERAL), repair(FixEdit("a", "«", "»"), infra="a@1"))
    assert set(parse_repairs(render_repairs(repairs).encode())) == set(repairs)


@pytest.mark.parametrize("data", [b"", b"{}", b'{"repairs": [1]}', b"[" * 100_000])
def test_what_is_no_list_of_repairs_is_refused(data: bytes) -> None:
    with pytest.raises(GenerationError, match="restore it"):
        parse_repairs(data)
