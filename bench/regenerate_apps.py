"""Edit whole applications as people and their tools do, change the spec, and regenerate.

    .venv/bin/python bench/regenerate_apps.py [--each 2] [--seed N] [--only TEXT] [--kinds FILE.py]

Each kind of `EDITS` edits a copy of the generated shop, several files of it where it likes, and
returns lines that it wrote; then one change of the spec is drawn. `--kinds` names a file with
`EDITS` of its own, which are added. Prints Markdown: how many regenerations went through without a
conflict, how many asked for a value that a new column needs, in how many a line of the person is in
no file any more, and in how many ruff finds an undefined name or a syntax error that is new.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.commands.application.generate import run_generate  # noqa: E402
from devmatrix_guard.commands.application.regeneration.options import (  # noqa: E402
    RegenerateOptions,
)
from devmatrix_guard.commands.application.regeneration.regenerate import (  # noqa: E402
    run_regenerate,
)
from devmatrix_guard.errors import GuardError  # noqa: E402
from tests.generator.regenerate import edits  # noqa: E402

RUFF = Path(sys.executable).with_name("ruff")
SERVICE, ROUTES = "src/services/product_service.py", "src/api/routes/products.py"
MAIN, ENTITY = "src/main.py", "src/models/entities/product.py"
Wrote = Sequence[str]
EDITS: list[Callable[[Path], Wrote]] = []


def kind(edit: Callable[[Path], Wrote]) -> Callable[[Path], Wrote]:
    """Add a kind of edit."""
    EDITS.append(edit)
    return edit


# --- edits of people -----------------------------------------------------------------------------


@kind
def rewritten_method(root: Path) -> Wrote:
    body = [
        '        """List products; ours asks twice at once."""',
        "        rows, total = await asyncio.gather(self._ours(limit), self._count_ours())",
        "        return ProductPage(items=rows, total=total, limit=limit, offset=offset)",
    ]
    text = _read(root, SERVICE)
    node = _find(text, "list_products")
    lines = text.split("\n")
    lines[node.body[0].lineno - 1 : node.end_lineno] = body
    _write(root, SERVICE, "\n".join(lines))
    _replace(root, SERVICE, "from uuid import UUID", "import asyncio\nfrom uuid import UUID")
    extra = [
        "    async def _ours(self, limit: int) -> list[Product]:",
        "        return []",
        "    async def _count_ours(self) -> int:",
        "        return 0",
    ]
    _write(root, SERVICE, _read(root, SERVICE).rstrip("\n") + "\n\n" + "\n".join(extra) + "\n")
    return [*body, *extra, "import asyncio"]


@kind
def helper_module_taken_out(root: Path) -> Wrote:
    text = _read(root, SERVICE)
    start = text.index("_PRODUCT_CREATE = {")
    end = text.index("class ProductService")
    tables = text[start:end].strip()
    (root / "src/services/product_tables.py").write_text(f'"""Tables."""\n\n{tables}\n')
    line = "from src.services.product_tables import _PRODUCT_CREATE, _PRODUCT_UPDATE"
    _write(root, SERVICE, text[:start].rstrip() + f"\n{line}\n\n\n" + text[end:])
    return [line, '"""Tables."""']


@kind
def decorated_routes(root: Path) -> Wrote:
    (root / "src/core/tracing.py").write_text(
        "from typing import Any\n\n\ndef traced(call: Any) -> Any:\n    return call\n"
    )
    text = _read(root, ROUTES)
    text = re.sub(r"^async def ", "@traced\nasync def ", text, flags=re.MULTILINE)
    line = "from src.core.tracing import traced"
    text = text.replace("from src.models", f"{line}\nfrom src.models", 1)
    _write(root, ROUTES, text)
    return [line, "@traced"]


@kind
def own_exception_handler(root: Path) -> Wrote:
    handler = [
        "class TeapotError(Exception):",
        '    """Ours."""',
        "async def _answer_teapot(request: Request, error: Exception) -> Response:",
        "    return Response(status_code=418)",
    ]
    _replace(
        root, MAIN, "from fastapi import FastAPI", "from fastapi import FastAPI, Request, Response"
    )
    _replace(root, MAIN, "@asynccontextmanager", "\n".join(handler) + "\n\n\n@asynccontextmanager")
    line = "    app.add_exception_handler(TeapotError, _answer_teapot)"
    _replace(
        root, MAIN, "    install_error_handlers(app)", f"    install_error_handlers(app)\n{line}"
    )
    return [*handler, line]


@kind
def own_column_and_migration(root: Path) -> Wrote:
    line = "    shade: Mapped[str | None] = mapped_column(String(40))"
    _replace(root, ENTITY, "    stock: Mapped[int]", f"{line}\n    stock: Mapped[int]")
    migration = (
        '"""Add shade."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n'
        'revision = "ours"\ndown_revision = "0001_initial"\nbranch_labels = None\n'
        "depends_on = None\n\n\ndef upgrade() -> None:\n"
        '    op.add_column("products", sa.Column("shade", sa.String(40)))\n\n\n'
        'def downgrade() -> None:\n    op.drop_column("products", "shade")\n'
    )
    (root / "alembic/versions/ours_add_shade.py").write_text(migration)
    return [line, '    op.add_column("products", sa.Column("shade", sa.String(40)))']


@kind
def renamed_file(root: Path) -> Wrote:
    (root / SERVICE).rename(root / "src/services/catalogue.py")
    for path in root.rglob("*.py"):
        text = path.read_text()
        if "services.product_service" in text:
            path.write_text(text.replace("services.product_service", "services.catalogue"))
    return ["from src.services.catalogue import ProductService"]


@kind
def divided_router(root: Path) -> Wrote:
    text = _read(root, ROUTES)
    node = _find(text, "restock_product")
    lines = text.split("\n")
    first = node.decorator_list[0].lineno - 1
    block = "\n".join(lines[first : node.end_lineno])
    head = text[: text.index("router = APIRouter()")]
    tables = text[text.index("_UNPROCESSABLE") : text.index("@router")].rstrip()
    (root / "src/api/routes/stock.py").write_text(
        f"{head}router = APIRouter()\n\n{tables}\n\n\n{block}\n"
    )
    del lines[first : node.end_lineno]
    _write(root, ROUTES, "\n".join(lines))
    index = "src/api/routes/__init__.py"
    _replace(root, index, "orders, products", "orders, products, stock")
    _replace(root, index, "orders.router)", "orders.router, stock.router)")
    return ["async def restock_product("]


@kind
def own_middleware(root: Path) -> Wrote:
    lines = [
        '    @app.middleware("http")',
        "    async def _ours(request: Any, call_next: Any) -> Any:",
        "        answer = await call_next(request)",
        '        answer.headers["X-Ours"] = "yes"',
        "        return answer",
    ]
    _replace(root, MAIN, "from contextlib", "from typing import Any\nfrom contextlib")
    _replace(root, MAIN, "    return app\n", "\n".join(lines) + "\n    return app\n")
    return lines


@kind
def relative_imports(root: Path) -> Wrote:
    for path in (root / "src/services").glob("*.py"):
        text = path.read_text()
        text = re.sub(r"^from src\.services\.", "from .", text, flags=re.MULTILINE)
        path.write_text(re.sub(r"^from src\.", "from ..", text, flags=re.MULTILINE))
    return ["from ..repositories.product_repository import ProductRepository"]


@kind
def modules_imported_whole(root: Path) -> Wrote:
    text = _read(root, SERVICE)
    text = text.replace(
        "from src.repositories.product_repository import ProductRepository",
        "from src.repositories import product_repository",
    )
    _write(
        root,
        SERVICE,
        re.sub(r"\bProductRepository\(", "product_repository.ProductRepository(", text),
    )
    return ["from src.repositories import product_repository"]


@kind
def type_alias(root: Path) -> Wrote:
    text = _read(root, SERVICE)
    head, found, rest = text.partition("class ProductService")
    line = "Session: TypeAlias = AsyncSession"
    head = head.replace(
        "from uuid import UUID", "from typing import TypeAlias\nfrom uuid import UUID"
    )
    _write(root, SERVICE, f"{head}{line}\n\n\n{found}{rest.replace('AsyncSession', 'Session')}")
    return [line]


@kind
def docstrings_everywhere(root: Path) -> Wrote:
    for path in sorted((root / "src").rglob("*.py")):
        text = path.read_text()
        lines = text.split("\n")
        nodes = [
            n
            for n in ast.walk(ast.parse(text))
            if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        bare = [n for n in nodes if not ast.get_docstring(n) and n.body[0].lineno > n.lineno]
        for node in sorted(bare, key=lambda n: -n.lineno):
            row = min(
                [
                    node.body[0].lineno,
                    *(d.lineno for d in getattr(node.body[0], "decorator_list", ())),
                ]
            )
            lines.insert(row - 1, " " * node.body[0].col_offset + f'"""Ours: {node.name}."""')
        path.write_text("\n".join(lines))
    return ['"""Ours: __init__."""']


def _add_tool(name: str, *commands: Sequence[str]) -> None:
    def edit(root: Path) -> Wrote:
        for command in commands:
            whole = [RUFF, *command, "--isolated", "-q", "."]
            subprocess.run(whole, cwd=root, check=False, capture_output=True)
        return ()

    edit.__name__ = name
    EDITS.append(edit)


_SINGLE = ("--config", "format.quote-style='single'")
_add_tool("lines_of_79", ["format", "--config", "line-length=79"])
_add_tool("lines_of_120", ["format", "--config", "line-length=120"])
_add_tool("single_quotes", ["format", *_SINGLE, "--config", "line-length=100"])
_add_tool("single_quotes_of_79", ["format", *_SINGLE, "--config", "line-length=79"])
_add_tool(
    "one_import_a_line",
    ["check", "--select", "I", "--fix", "--config", "lint.isort.force-single-line=true"],
)
_add_tool(
    "fixed_by_ruff",
    ["check", "--fix", "--unsafe-fixes", "--select", "UP,SIM,RET,PIE,C4,COM,Q,PT,TC,ANN,D"],
    ["format", "--config", "line-length=88"],
)


# --- parts ---------------------------------------------------------------------------------------


def _read(root: Path, path: str) -> str:
    return (root / path).read_text()


def _write(root: Path, path: str, text: str) -> None:
    (root / path).write_text(text)


def _replace(root: Path, path: str, old: str, new: str) -> None:
    text = _read(root, path)
    assert old in text, f"{path} has no {old!r}"
    _write(root, path, text.replace(old, new, 1))


def _find(text: str, name: str) -> ast.AsyncFunctionDef:
    nodes = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.AsyncFunctionDef))
    return next(n for n in nodes if n.name == name)


def _find_faults(root: Path) -> Counter[str]:
    """Return what ruff finds, without the rows."""
    command = [RUFF, "check", "--isolated", "--no-cache", "--select", "F821,F811,F822,E9",
               "--output-format", "concise", "."]  # fmt: skip
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    found = re.findall(r"^(\S+?):\d+:\d+: (.+)$", done.stdout, flags=re.MULTILINE)
    return Counter(f"{path} {said}" for path, said in found)


def _normalise(text: str) -> str:
    return re.sub(r"\s+", "", text).replace("'", '"')


def _change_spec(draw: random.Random) -> tuple[edits.Spec, Callable[..., None]]:
    """Return the shop's spec with one change, and which that was."""
    while True:
        spec = yaml.safe_load(edits.SHOP.read_text())
        change = draw.choice(edits.SPEC_CHANGES)
        try:
            change(spec, draw)
        except LookupError:
            continue  # the entity that was drawn has no such field
        return spec, change


def _run(made: Path, edit: Callable[[Path], Wrote], draw: random.Random) -> tuple[str, str]:
    """Return how a regeneration ended, and what is to be seen of it."""
    spec, change = _change_spec(draw)
    with tempfile.TemporaryDirectory(prefix="guard-apps-") as folder:
        app, path = Path(folder) / "app", Path(folder) / "shop.yaml"
        shutil.copytree(made, app)
        wrote = edit(app)
        before = _find_faults(app)
        path.write_text(yaml.safe_dump(spec, sort_keys=False))
        options = RegenerateOptions(spec=path, verify=False, memory=False, destructive=True)
        try:
            result = run_regenerate(app, options)
        except GuardError as error:
            return "refused", f"{change.__name__}: {error}"
        if not result.written:
            outcome = "conflict" if result.conflicts else "asked"
            return outcome, f"{change.__name__}: {'; '.join(result.blockers)}"
        texts = _normalise("\n".join(p.read_text() for p in sorted(app.rglob("*.py"))))
        if lost := [line for line in wrote if _normalise(line) not in texts]:
            return "LOST", f"{change.__name__}: {lost[0]}"
        if faults := _find_faults(app) - before:
            return "UNSOUND", f"{change.__name__}: {next(iter(faults))}"
    return "clean", change.__name__


def main() -> int:
    """Measure and print; return 1 where a line was lost or a result is not sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--kinds", type=Path)
    given = parser.parse_args()
    if given.kinds:
        spec = importlib.util.spec_from_file_location("kinds", given.kinds)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        EDITS.extend(module.EDITS)
    total: Counter[str] = Counter()
    print("| edit | outcomes |\n| --- | --- |")
    with tempfile.TemporaryDirectory(prefix="guard-apps-") as folder:
        made = Path(folder) / "app"
        run_generate(edits.SHOP, made, memory=False)
        for edit in [edit for edit in EDITS if given.only in edit.__name__]:
            draw = random.Random(f"{given.seed} {edit.__name__}")
            found = [_run(made, edit, draw) for _ in range(given.each)]
            total.update(outcome for outcome, _ in found)
            told = "; ".join(f"{o} ({said})" if o != "clean" else o for o, said in found)
            print(f"| {edit.__name__} | {told} |", flush=True)
    print("\n" + ", ".join(f"{count} {outcome}" for outcome, count in sorted(total.items())))
    return 1 if total["LOST"] or total["UNSOUND"] else 0


if __name__ == "__main__":
    sys.exit(main())
