"""What a file belongs to by its path: tests, code of others, pages, the product."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.product_paths import (
    find_test_globs,
    is_product_code,
    is_product_path,
    is_test_path,
)

NAMED = ("test_*.py", "*_test.py", "*_tests.py", "tests.py", "test.py", "conftest.py")


@pytest.mark.parametrize(
    ("path", "globs"),
    [
        ("tests/unit/test_cart.py", ("/tests/**",)),
        ("shop/test/cart.py", ("/shop/test/**",)),
        ("shop/testsuite/run.py", ("/shop/testsuite/**",)),
        ("shop/test_data/a.json", ("/shop/test_data/**",)),
        ("shop/cart_tests/a.py", ("/shop/cart_tests/**",)),
        ("test_cart.py", NAMED),
        ("shop/cart_test.py", NAMED),
        ("shop/conftest.py", NAMED),
        ("shop/tests.py", NAMED),
    ],
)
def test_a_test_stands_in_a_folder_of_tests_or_is_named_so(
    path: str, globs: tuple[str, ...]
) -> None:
    assert is_test_path(path)
    assert find_test_globs(path) == globs
    assert not is_product_path(path)
    assert not is_product_code(path)


@pytest.mark.parametrize(
    "path", ["src/a.test.ts", "src/a.spec.js", "cart_test.go", "src/__tests__/a.jsx", "spec/a.rb"]
)
def test_tests_of_other_languages_are_known_by_their_names(path: str) -> None:
    assert is_test_path(path)
    assert not is_product_code(path)


@pytest.mark.parametrize(
    "path",
    ["src/a.ts", "src/latest.js", "inspect/a.go", "spec/a.py", "spec/a.md", "src/OpenApiSpec.ts"],
)
def test_marks_of_one_language_say_nothing_in_another(path: str) -> None:
    assert not is_test_path(path)


@pytest.mark.parametrize(
    "path", ["shop/cart.py", "latest.py", "contest/a.py", "attests/a.py", "testing.py"]
)
def test_other_names_are_of_the_product(path: str) -> None:
    assert not is_test_path(path)
    assert is_product_path(path)
    assert is_product_code(path)


@pytest.mark.parametrize(
    ("path", "is_product"),
    [
        ("vendor/a.py", False),
        ("shop/_vendor/a.py", False),
        ("vendored/a.py", False),
        ("third_party/a.py", False),
        ("3rd-party/a.py", False),
        ("external/a.py", False),
        ("node_modules/a/b.js", False),
        ("lib/site-packages/a.py", False),
        ("shop/Vendor/a.py", False),
        ("shop/vendor.py", True),
        ("vendors/a.py", True),
        ("shop/cart_pb2.py", False),
        ("shop/cart_pb2_grpc.py", False),
        ("shop/_version.py", False),
        ("versioneer.py", False),
        ("shop/version.py", True),
    ],
)
def test_code_of_others_and_made_by_programs_is_no_product(path: str, is_product: bool) -> None:
    assert is_product_path(path) is is_product


@pytest.mark.parametrize(
    ("path", "is_code"),
    [
        ("shop/cart.go", True),
        ("docs/conf.py", False),
        ("doc/a/b.py", False),
        ("examples/a.py", False),
        ("demo/a.py", False),
        ("setup.py", False),
        ("shop/docs.py", True),
        ("README", False),
        ("shop/page.html", False),
        ("shop/page.jinja2", False),
    ],
)
def test_pages_examples_and_the_build_are_no_code_of_the_product(path: str, is_code: bool) -> None:
    assert is_product_code(path) is is_code
