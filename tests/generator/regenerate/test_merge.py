"""Edits of people and newly generated text in one file: what becomes of which."""

from __future__ import annotations

import ast
import json
from textwrap import dedent

import pytest

from devmatrix_guard.generator.regenerate.merge import merge_texts, render_conflicts
from devmatrix_guard.generator.regenerate.merge_result import Conflict, MergeResult

BASE = '''\
"""Schemas of the API: product."""

from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field

from src.models.base import ApiModel, no_nul


class Product(ApiModel):
    """Something that is sold."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=255, min_length=1), no_nul]
    price: Annotated[Decimal, Field(gt=0)]
    stock: int = 0


_PRODUCT = {
    "name": "name",
    "price": "price",
}

ORDER = ["name", "price"]


@router.get(
    "/products",
    operation_id="list_products",
    tags=["products"],
)
async def list_products(limit: int = 20, offset: int = 0) -> list[Product]:
    """List products."""
    where = []
    rows = await find(where, limit=limit, offset=offset)
    if not rows:
        raise LookupError("products")
    return [show(row) for row in rows]
'''


def changed(*changes: tuple[str, str], text: str = BASE) -> str:
    """Return the text with each change made; each must fit."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def merged(ours: str, theirs: str, base: str = BASE) -> MergeResult:
    result = merge_texts("src/product.py", base, ours, theirs)
    if not result.conflicts:
        ast.parse(result.text)
    return result


NAME = "    name: Annotated[str, Field(max_length=255, min_length=1), no_nul]\n"
STOCK = "    stock: int = 0\n"
SIGNATURE = "limit: int = 20, offset: int = 0) -> list[Product]"

# what people did, what the generator did, and what the merged text has instead of the base's
MERGES = {
    "both append a field": (
        [(STOCK, STOCK + "    color: str\n")],
        [(STOCK, STOCK + "    weight: int\n")],
        [(STOCK, STOCK + "    weight: int\n    color: str\n")],
    ),
    "neighbouring fields are changed": (
        [("Field(gt=0)", "Field(gt=1)")],
        [(STOCK, "    stock: int = 5\n")],
        [("Field(gt=0)", "Field(gt=1)"), (STOCK, "    stock: int = 5\n")],
    ),
    "different keywords of one call": (
        [("max_length=255", "max_length=300")],
        [("min_length=1", "min_length=2")],
        [("max_length=255, min_length=1", "max_length=300, min_length=2")],
    ),
    "both add a keyword to one call": (
        [("min_length=1)", 'min_length=1, title="Name")')],
        [("min_length=1)", 'min_length=1, pattern="x")')],
        [("min_length=1)", 'min_length=1, pattern="x", title="Name")')],
    ),
    "a default is added, the annotation changed": (
        [("no_nul]\n", 'no_nul] = "x"\n')],
        [("Annotated[str, Field(max", "Annotated[Text, Field(max")],
        [
            ("Annotated[str, Field(max", "Annotated[Text, Field(max"),
            ("no_nul]\n", 'no_nul] = "x"\n'),
        ],
    ),
    "people make optional what the generator changes": (
        [("stock: int = 0", "stock: int | None = 0")],
        [("stock: int = 0", "stock: Whole = 0")],
        [("stock: int = 0", "stock: Whole | None = 0")],
    ),
    "both add an entry to a table": (
        [('    "price": "price",\n', '    "price": "price",\n    "color": "color",\n')],
        [('    "price": "price",\n', '    "price": "price",\n    "weight": "weight",\n')],
        [
            (
                '    "price": "price",\n',
                '    "price": "price",\n    "weight": "weight",\n    "color": "color",\n',
            )
        ],
    ),
    "both add an element to a list": (
        [('["name", "price"]', '["name", "price", "color"]')],
        [('["name", "price"]', '["name", "price", "weight"]')],
        [('["name", "price"]', '["name", "price", "weight", "color"]')],
    ),
    "both add an argument to a decorator": (
        [('    tags=["products"],\n', '    tags=["products"],\n    deprecated=True,\n')],
        [('    tags=["products"],\n', '    tags=["products", "all"],\n    status_code=200,\n')],
        [
            (
                '    tags=["products"],\n',
                '    tags=["products", "all"],\n    status_code=200,\n    deprecated=True,\n',
            )
        ],
    ),
    "people decorate what the generator changes": (
        [("@router.get(\n", "@cached\n@router.get(\n")],
        [('"/products",\n', '"/all-products",\n')],
        [("@router.get(\n", "@cached\n@router.get(\n"), ('"/products",\n', '"/all-products",\n')],
    ),
    "both add a parameter": (
        [(SIGNATURE, SIGNATURE.replace(")", ", q: str = '')"))],
        [(SIGNATURE, SIGNATURE.replace(")", ", sort: str = '')"))],
        [
            (
                f"async def list_products({SIGNATURE}:\n",
                "async def list_products(\n    limit: int = 20,\n    offset: int = 0,\n"
                "    sort: str = '',\n    q: str = '',\n) -> list[Product]:\n",
            )
        ],
    ),
    "a statement is inserted, another changed": (
        [("    where = []\n", "    where = []\n    log('listed')\n")],
        [("rows = await find(where, ", "rows = await find(where, lock=True, ")],
        [
            ("    where = []\n", "    where = []\n    log('listed')\n"),
            ("rows = await find(where, ", "rows = await find(where, lock=True, "),
        ],
    ),
    "a comment behind what the generator changes": (
        [(STOCK, "    stock: int = 0  # counted nightly\n")],
        [(STOCK, "    stock: int = 7\n")],
        [(STOCK, "    stock: int = 7  # counted nightly\n")],
    ),
    "a comment above what the generator changes": (
        [(STOCK, "    # counted nightly\n    stock: int = 0\n")],
        [(STOCK, "    stock: int = 7\n")],
        [(STOCK, "    # counted nightly\n    stock: int = 7\n")],
    ),
    "a comment within what the generator changes": (
        [('    "name": "name",\n', '    # as the shop says\n    "name": "name",  # short\n')],
        [('"price": "price"', '"price": "amount"')],
        [
            ('    "name": "name",\n', '    # as the shop says\n    "name": "name",  # short\n'),
            ('"price": "price"', '"price": "amount"'),
        ],
    ),
    "a field deleted by people stays deleted": (
        [(STOCK, "")],
        [("Field(gt=0)", "Field(gt=1)")],
        [(STOCK, ""), ("Field(gt=0)", "Field(gt=1)")],
    ),
    "a field is deleted next to a changed one": (
        [("Field(gt=0)", "Field(gt=1)")],
        [(STOCK, "")],
        [("Field(gt=0)", "Field(gt=1)"), (STOCK, "")],
    ),
    "people moved a field that the generator changes": (
        [(NAME, ""), (STOCK, STOCK + NAME)],
        [("max_length=255", "max_length=99")],
        [(NAME, ""), (STOCK, STOCK + NAME.replace("255", "99"))],
    ),
    "both import": (
        [
            ("from decimal", "import os\nfrom decimal"),
            ("ConfigDict, Field", "ConfigDict, Field, root"),
        ],
        [
            ("from typing", "from enum import Enum\nfrom typing"),
            ("ConfigDict, F", "Any, ConfigDict, F"),
        ],
        [
            (
                "from decimal import Decimal\n",
                "import os\nfrom decimal import Decimal\nfrom enum import Enum\n",
            ),
            ("ConfigDict, Field", "Any, ConfigDict, Field, root"),
        ],
    ),
    "both import in a new place": (
        [("from pydantic", "import httpx\nfrom pydantic")],
        [("from src.models", "from src.core import Clock\nfrom src.models")],
        [
            ("from pydantic", "import httpx\nfrom pydantic"),
            ("from src.models", "from src.core import Clock\nfrom src.models"),
        ],
    ),
    "people's code needs an import that goes": (
        [(STOCK, STOCK + "    cost: Decimal\n")],
        [("from decimal import Decimal\n", ""), ("Annotated[Decimal, ", "Annotated[int, ")],
        [("Annotated[Decimal, ", "Annotated[int, "), (STOCK, STOCK + "    cost: Decimal\n")],
    ),
    "the generator's code needs an import that people removed": (
        [(NAME, "    name: str\n"), (", no_nul\n", "\n")],
        [(STOCK, "    stock: Annotated[int, no_nul] = 0\n")],
        [(NAME, "    name: str\n"), (STOCK, "    stock: Annotated[int, no_nul] = 0\n")],
    ),
    "a method is added beside a new field": (
        [(STOCK, STOCK + "\n    def shout(self) -> str:\n        return self.name.upper()\n")],
        [(STOCK, STOCK + "    weight: int\n")],
        [
            (
                STOCK,
                STOCK + "    weight: int\n"
                "\n    def shout(self) -> str:\n        return self.name.upper()\n",
            )
        ],
    ),
    "people make a coroutine a function": (
        [("async def list_products", "def list_products")],
        [("limit: int = 20", "limit: int = 30")],
        [("async def list_products", "def list_products"), ("limit: int = 20", "limit: int = 30")],
    ),
    "a base class is added beside a keyword": (
        [("class Product(ApiModel)", "class Product(ApiModel, Mixin)")],
        [("class Product(ApiModel)", "class Product(ApiModel, frozen=True)")],
        [("class Product(ApiModel)", "class Product(ApiModel, Mixin, frozen=True)")],
    ),
    "people call something with what the generator changes": (
        [("return [show(row) for row in rows]", "return sorted([show(row) for row in rows])")],
        [("show(row) for", "show(row, viewer) for")],
        [
            (
                "return [show(row) for row in rows]",
                "return sorted([show(row, viewer) for row in rows])",
            )
        ],
    ),
    "people put a branch beside what the generator changes": (
        [
            (
                '        raise LookupError("products")\n',
                '        raise LookupError("products")\n    elif limit > 9:\n'
                "        rows = rows[:9]\n",
            )
        ],
        [('raise LookupError("products")', 'raise LookupError("no products")')],
        [
            (
                '        raise LookupError("products")\n',
                '        raise LookupError("no products")\n    elif limit > 9:\n'
                "        rows = rows[:9]\n",
            )
        ],
    ),
    "both insert statements that do not know of each other": (
        [("    if not rows:\n", "    log.info(limit)\n    if not rows:\n")],
        [("    if not rows:\n", "    total = count(where)\n    if not rows:\n")],
        [
            (
                "    if not rows:\n",
                "    total = count(where)\n    log.info(limit)\n    if not rows:\n",
            )
        ],
    ),
    "the generator's call became longer than a line": (
        [(SIGNATURE, SIGNATURE.replace(")", ", q: str = '')"))],
        [
            (
                f"async def list_products({SIGNATURE}:\n",
                "async def list_products(\n    limit: Annotated[int, Query(ge=1)] = 20,\n"
                "    offset: int = 0,\n) -> list[Product]:\n",
            )
        ],
        [
            (
                f"async def list_products({SIGNATURE}:\n",
                "async def list_products(\n    limit: Annotated[int, Query(ge=1)] = 20,\n"
                "    offset: int = 0,\n    q: str = '',\n) -> list[Product]:\n",
            )
        ],
    ),
}


@pytest.mark.parametrize("name", MERGES)
def test_both_changes_are_merged(name: str) -> None:
    mine, other, both = MERGES[name]
    result = merged(changed(*mine), changed(*other))
    assert result.conflicts == ()
    assert result.notes == ()
    assert result.text == changed(*both)


@pytest.mark.parametrize("name", MERGES)
def test_merging_again_changes_nothing(name: str) -> None:
    mine, other, _ = MERGES[name]
    first = merged(changed(*mine), changed(*other)).text
    assert merged(first, changed(*other), base=changed(*other)).text == first


# what people did, what the generator did, and the symbol that is in conflict
CONFLICTS = {
    "one keyword has two new values": (
        [("max_length=255", "max_length=300")],
        [("max_length=255", "max_length=200")],
        "Product.name",
    ),
    "a field that people changed is gone": (
        [(STOCK, "    stock: int = 9\n")],
        [(STOCK, "")],
        "Product.stock",
    ),
    "one field is added by both": (
        [(STOCK, STOCK + "    color: str\n")],
        [(STOCK, STOCK + "    color: int\n")],
        "Product.color",
    ),
    "a body that people wrote anew is changed": (
        [
            (
                BASE[BASE.index("    where = []") :],
                "    return await everything()\n",
            )
        ],
        [("limit=limit, ", "limit=limit + 1, ")],
        "list_products",
    ),
    "both return something else": (
        [("return [show(row) for row in rows]", "return rows")],
        [("return [show(row) for row in rows]", "return tuple(rows)")],
        "list_products",
    ),
    "both pass one more argument by its place": (
        [("show(row)", "show(row, viewer)")],
        [("show(row)", "show(row, session)")],
        "list_products",
    ),
    "both pass one more argument to a plain call": (
        [("find(where, ", "find(where, viewer, ")],
        [("find(where, ", "find(where, session, ")],
        "list_products.rows",
    ),
    "both insert where the order means something": (
        [("    if not rows:\n", "    rows = rows[1:]\n    if not rows:\n")],
        [("    if not rows:\n", "    rows = sorted(rows)\n    if not rows:\n")],
        "list_products",
    ),
}


@pytest.mark.parametrize("name", CONFLICTS)
def test_what_both_changed_differently_is_a_conflict(name: str) -> None:
    mine, other, symbol = CONFLICTS[name]
    ours, theirs = changed(*mine), changed(*other)
    result = merged(ours, theirs)
    assert [conflict.symbol for conflict in result.conflicts] == [symbol]
    assert result.text == ours


@pytest.mark.parametrize("name", CONFLICTS)
def test_conflicts_are_marked_with_all_three_versions(name: str) -> None:
    mine, other, _ = CONFLICTS[name]
    text = render_conflicts(merged(changed(*mine), changed(*other)))
    lines = text.split("\n")
    assert _picked(lines, "<<<<<<< yours") == changed(*mine)
    assert _picked(lines, "||||||| generated before") == BASE
    assert _picked(lines, "=======") == changed(*other)


def _picked(lines: list[str], version: str) -> str:
    """Return the text where of each conflict one version is taken."""
    marks = ("<<<<<<< yours", "||||||| generated before", "=======")
    at = ""
    picked = []
    for line in lines:
        if line in marks:
            at = line
        elif line == ">>>>>>> generated now":
            at = ""
        elif at in ("", version):
            picked.append(line)
    return "\n".join(picked)


def test_a_deleted_field_stays_deleted_and_its_change_is_said() -> None:
    result = merged(changed((STOCK, "")), changed((STOCK, "    stock: int = 7\n")))
    assert result.conflicts == ()
    assert result.text == changed((STOCK, ""))
    assert len(result.notes) == 1
    assert result.notes[0].startswith("Product.stock was deleted by you")


def test_a_deleted_keyword_stays_deleted_and_its_change_is_said() -> None:
    ours, theirs = changed(("max_length=255, ", "")), changed(("max_length=255", "max_length=99"))
    result = merged(ours, theirs)
    assert result.conflicts == ()
    assert result.text == ours
    assert [note.split(":")[0] for note in result.notes] == ["Product.name"]


def test_a_deleted_decorator_stays_deleted_and_its_change_is_said() -> None:
    decorator = BASE[BASE.index("@router.get(") : BASE.index("async def")]
    result = merged(changed((decorator, "")), changed(('"/products",\n', '"/all-products",\n')))
    assert result.text == changed((decorator, ""))
    assert [note.split(" was ")[0] for note in result.notes] == ["list_products.@router.get"]


def test_imports_for_types_only_stay_sorted() -> None:
    head = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
    base = head + "    from src.b import B\n"
    ours = head + "    from src.b import B\n    from src.d import D\n"
    theirs = head + "    from src.a import A\n    from src.b import B, C\n    from src.c import C\n"
    assert merged(ours, theirs, base=base).text == (
        theirs.replace(
            "    from src.c import C\n", "    from src.c import C\n    from src.d import D\n"
        )
    )


def test_what_people_use_is_kept_though_it_is_no_longer_generated() -> None:
    table = BASE[BASE.index("_PRODUCT = {") : BASE.index("ORDER = ")]
    added = "\n\ndef names() -> list[str]:\n    return list(_PRODUCT)\n"
    result = merged(BASE + added, changed((table, "")))
    assert result.text == BASE + added
    assert result.notes == ("_PRODUCT is no longer generated; it is kept for your code",)


def test_both_import_from_one_module_below_other_code() -> None:
    base = "try:\n    import fast\nexcept ImportError:\n    fast = None\n\nfrom a import b\n"
    ours, theirs = base.replace("b\n", "b, mine\n"), base.replace("b\n", "b, other\n")
    assert merged(ours, theirs, base=base).text == base.replace("b\n", "b, mine, other\n")


def test_a_tuple_that_shrinks_to_one_stays_a_tuple() -> None:
    result = merged("a = (1, 2)\n", "a = (2, 3)\n", base="a = (1, 2, 3)\n")
    assert result.text == "a = (2,)\n"


def test_a_renamed_class_keeps_its_name_and_takes_what_the_generator_changed() -> None:
    renamed = ("class Product(", "class Item("), ("list[Product]", "list[Item]")
    fuller = (STOCK, "    stock: int = 7\n")
    result = merged(changed(*renamed), changed(fuller))
    assert result.text == changed(*renamed, fuller)
    assert [note.split(" by ")[0] for note in result.notes] == ["Product is called Item"]


def test_a_class_that_people_wrote_anew_keeps_its_text_and_says_what_the_generator_changed() -> (
    None
):
    own = 'class Item(ApiModel):\n    """Ours."""\n\n    label: str\n    cost: int\n'
    start, end = BASE.index("class Product("), BASE.index("\n\n_PRODUCT")
    ours = f"{BASE[:start]}{own}{BASE[end:]}".replace("list[Product]", "list[Item]")
    result = merged(ours, changed((STOCK, "    stock: int = 7\n")))
    assert result.text == ours
    assert [note.split(" was ")[0] for note in result.notes] == ["Product"]


# --- line ends, marks, other files -------------------------------------------------------------


def test_windows_line_ends_are_kept() -> None:
    mine, other, both = MERGES["both append a field"]
    result = merged(changed(*mine).replace("\n", "\r\n"), changed(*other))
    assert result.text == changed(*both).replace("\n", "\r\n")


def test_the_byte_order_mark_is_kept() -> None:
    mine, other, both = MERGES["both append a field"]
    assert merge_texts("a.py", BASE, "\ufeff" + changed(*mine), changed(*other)).text == (
        "\ufeff" + changed(*both)
    )


def test_a_missing_line_end_at_the_end_stays_missing() -> None:
    mine, other, both = MERGES["both append a field"]
    assert merged(changed(*mine).rstrip("\n"), changed(*other)).text == changed(*both).rstrip("\n")


def test_an_unchanged_file_with_windows_line_ends_is_replaced_with_them() -> None:
    _, other, _ = MERGES["both append a field"]
    result = merged(BASE.replace("\n", "\r\n"), changed(*other))
    assert result.text == changed(*other).replace("\n", "\r\n")


def test_what_is_no_python_is_merged_by_line() -> None:
    ours = changed(("    where = []\n", "    where = [\n"))
    theirs = changed((STOCK, "    stock: int = 7\n"))
    result = merge_texts("a.py", BASE, ours, theirs)
    assert result.conflicts == ()
    assert result.text == changed((STOCK, "    stock: int = 7\n"), text=ours)


@pytest.mark.parametrize(
    "path", ["src/a.py", "pyproject.toml", "a.json", "README.md", "Dockerfile"]
)
@pytest.mark.parametrize(
    ("base", "ours", "theirs", "text"),
    [
        ("a = 1\n", "a = 1\n", "a = 2\n", "a = 2\n"),
        ("a = 1\n", "a = 2\n", "a = 1\n", "a = 2\n"),
        ("a = 1\n", "a = 2\n", "a = 2\n", "a = 2\n"),
        ("a = 1\n", "", "a = 1\n", ""),
        ("", "a = 1\n", "", "a = 1\n"),
        ("", "", "a = 1\n", "a = 1\n"),
    ],
)
def test_where_one_side_changed_nothing_the_other_is_the_result(
    path: str, base: str, ours: str, theirs: str, text: str
) -> None:
    assert merge_texts(path, base, ours, theirs) == merge_texts(path, text, text, text)


def test_json_is_merged_by_key() -> None:
    base = '{\n  "title": "App",\n  "panels": [1, 2],\n  "unit": "s"\n}\n'
    ours = '{\n  "title": "Our app",\n  "panels": [1, 2],\n  "unit": "s",\n  "owner": "us"\n}\n'
    theirs = '{\n  "title": "App",\n  "panels": [1, 2, 3],\n  "unit": "s",\n  "step": "1m"\n}\n'
    result = merge_texts("app.json", base, ours, theirs)
    assert result.conflicts == ()
    assert result.text == (
        '{\n  "title": "Our app",\n  "panels": [1, 2, 3],\n  "unit": "s",\n'
        '  "step": "1m",\n  "owner": "us"\n}\n'
    )
    assert json.loads(result.text)["panels"] == [1, 2, 3]


def test_one_key_of_json_changed_twice_is_a_conflict() -> None:
    base, ours, theirs = (f'{{\n  "a": {n},\n  "b": 0\n}}\n' for n in (1, 2, 3))
    result = merge_texts("app.json", base, ours, theirs)
    assert result.conflicts == (Conflict("line 2", '  "a": 1,\n', '  "a": 2,\n', '  "a": 3,\n'),)


def test_other_files_are_merged_by_line() -> None:
    base = dedent("""\
        [project]
        name = "shop"
        version = "1"
        [tool]
        line = 100
        """)
    result = merge_texts(
        "pyproject.toml",
        base,
        base.replace("line = 100", "line = 88"),
        base.replace('version = "1"', 'version = "2"'),
    )
    assert result.conflicts == ()
    assert result.text == base.replace("100", "88").replace('version = "1"', 'version = "2"')


@pytest.mark.parametrize("path", ["requirements.txt", ".gitignore", ".env.example"])
def test_lines_that_are_entries_are_kept_of_both(path: str) -> None:
    result = merge_texts(path, "a\nb\n", "a\nb\nours\nsame\n", "a\nb\nsame\ntheirs\n")
    assert result.conflicts == ()
    assert result.text == "a\nb\nsame\ntheirs\nours\n"


@pytest.mark.parametrize(
    ("path", "base", "ours", "theirs"),
    [
        ("app.toml", "a = 1\n[b]\n", "k = 1\na = 1\n[b]\n", "a = 1\nk = 2\n[b]\n"),
        ("app.yml", "a: 1\nb: 2\n", "k: 1\na: 1\nb: 2\n", "a: 1\nk: 2\nb: 2\n"),
    ],
)
def test_a_merged_file_that_could_not_be_read_is_a_conflict(
    path: str, base: str, ours: str, theirs: str
) -> None:
    result = merge_texts(path, base, ours, theirs)
    assert len(result.conflicts) == 1
    assert result.text == ours
