from __future__ import annotations

import pytest

from devmatrix_guard.mining.fix_patterns.code import classify_edit, find_names, find_roots

_TRY = "try:\n    f()\nexcept{}:\n    ..."


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("get($...ARGS)", "get($...ARGS, timeout=10)", "argument-added"),
        ("get($X, verify=False)", "get($X)", "argument-removed"),
        ("open($X, 'r')", "open($X, 'rb')", "argument-changed"),
        ("get($X, a=1)", "get($Y, a=2, b=3)", "argument-added"),
        ("get($X, a=1, b=3)", "get($Y, a=2)", "argument-removed"),
        ("get($X, a=1)", "get($X, b=1)", "argument-changed"),
        ("json.loads($X)", "self.parse($X, $ID)", "call-replaced"),
        ("json.loads($X)", "check(json.loads($X))", "call-wrapped"),
        ("len($X)", "$X.size", "call-replaced"),
        ("codecs.BOM32_BE", "codecs.BOM_UTF32_BE", "name-replaced"),
        ("$X.name", "str($X.name)", "value-wrapped"),
        ("$X = fetch()", "$X = await fetch()", "await-added"),
        ("$X = f()\n$X.go()", "$X = f()\nif $X is None:\n    return\n$X.go()", "guard-added"),
        ("$F = open($P)", "with open($P) as $F:\n    ...", "resource-managed"),
        ("f()", "try:\n    f()\nexcept OSError:\n    pass", "error-handled"),
        (_TRY.format(""), _TRY.format(" OSError"), "exception-narrowed"),
        (_TRY.format(" KeyError"), _TRY.format(" IndexError"), "exception-changed"),
        ("import md5", "import hashlib", "import-replaced"),
        ("$X == None", "$X is None", "comparison-changed"),
        ("$A and $B", "$A or $B", "condition-changed"),
        ("$X = 1", "$X = 2", "constant-changed"),
        ("$X + $Y", "$X - $Y", "expression-changed"),
        ("print $X", "print($X)", "changed"),
        ("get($X)", None, "found-only"),
    ],
)  # fmt: skip
def test_the_kind_of_an_edit_is_read_from_both_trees(
    before: str, after: str | None, kind: str
) -> None:
    assert classify_edit(before, after) == kind


def test_holes_and_builtins_are_no_names() -> None:
    assert find_names("json.loads($X, str($Y), indent=2)") == {"json", "loads", "indent"}
    assert find_names("eval($X)", builtins_too=True) == {"eval"}
    assert find_roots("json.loads(len(text.body))") == {"json", "text"}
    assert find_names("not python (") == find_names(None) == find_roots(None) == frozenset()
