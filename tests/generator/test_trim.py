"""What is left out of the runtime modules, and what is not."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from devmatrix_guard.generator.bank.lookup import PatternBank
from devmatrix_guard.generator.trim import trim, trim_runtime

PATH = "src/services/base.py"


def _runtime() -> dict[str, str]:
    bank = PatternBank()
    names = ("view_base", "service_base", "base_repository", "schema_base", "model_base", "errors")
    patterns = [bank.get(name) for name in names]
    return {path: pattern.body for pattern in patterns for path in pattern.signature.outputs}


def _names(source: str) -> list[str]:
    found = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            found += [n.id for n in ast.walk(node.targets[0]) if isinstance(n, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append(node.target.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.append(node.name)
    return found


@pytest.mark.parametrize("path", sorted(_runtime()))
def test_a_module_of_which_everything_is_used_stays_as_it_is(path: str) -> None:
    text = _runtime()[path]
    module = path.removesuffix(".py").replace("/", ".")
    assert trim(text, path, [f"from {module} import (\n{', '.join(_names(text))},\n)\n"]) == text


@pytest.mark.parametrize("path", sorted(_runtime()))
def test_a_module_of_which_nothing_is_used_keeps_only_its_docstring(path: str) -> None:
    (kept,) = ast.parse(trim(_runtime()[path], path, [])).body
    assert isinstance(kept, ast.Expr)


def test_what_a_used_function_uses_stays() -> None:
    text = _runtime()[PATH]
    assert _names(trim(text, PATH, ["from src.services.base import given\n"])) == [
        "given",
        "_plain",
    ]


def test_imports_go_with_the_last_function_that_needs_them() -> None:
    text = trim(_runtime()[PATH], PATH, ["from src.services.base import slugify\n"])
    assert text.startswith(
        dedent(
            '''
            """What all services share: from bodies to columns, and from texts to values."""

            import re
            import unicodedata


            def slugify(text: str) -> str:
            '''
        ).lstrip()
    )


def test_methods_that_nobody_calls_go() -> None:
    path = "src/repositories/base.py"
    using = ["from src.repositories.base import Repository\n"]
    text = trim(_runtime()[path], path, using, {"count", "link"})
    (repository,) = (n for n in ast.parse(text).body if isinstance(n, ast.ClassDef))
    methods = [n.name for n in repository.body if isinstance(n, ast.AsyncFunctionDef)]
    assert methods == ["count", "link", "_is_linked"]


def test_only_modules_that_change_are_given_back() -> None:
    assert trim_runtime({"src/main.py": "x = 1\n"}) == {}
    files = {PATH: _runtime()[PATH], "src/services/a.py": "from src.services.base import given\n"}
    assert list(trim_runtime(files)) == [PATH]
