"""Two branches change a spec and regenerate; then they are merged, and regenerated once more.

    .venv/bin/python bench/regenerate_branches.py [--pairs 50] [--seed N] [--driver] [--migrate]
        [--postgres]

Every other pair has an edit of a person in each branch. A pair ends well when regenerating after
the merge needs nothing settled by hand, the application is that of a fresh generation from the
merged spec but for people's edits, which are all there, and the migrations have one head; with
`--migrate`, when a database with rows of either branch reaches that head, of SQLite or, with
`--postgres`, of PostgreSQL. Prints Markdown.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bench.migrations import Database, _alembic  # noqa: E402
from devmatrix_guard.commands.application.changes.drift import run_drift  # noqa: E402
from devmatrix_guard.commands.application.generate import run_generate  # noqa: E402
from devmatrix_guard.commands.application.regeneration.options import RegenerateOptions  # noqa: E402
from devmatrix_guard.commands.application.regeneration.regenerate import run_regenerate  # noqa: E402
from devmatrix_guard.errors import GuardError  # noqa: E402
from devmatrix_guard.generator.regenerate.replay import find_heads, read_revisions  # noqa: E402
from tests.generator.regenerate.edits import SHOP, Spec, files_of  # noqa: E402
from tests.helpers_postgres import postgres_server  # noqa: E402

DRIVER = f"{sys.executable} -m devmatrix_guard merge-driver %O %A %B %P"
ENTITIES = ("Product", "Customer", "Order", "Cart")


def _views(spec: Spec, entity: str) -> list[dict[str, Any]]:
    schemas = spec["components"]["schemas"]
    names = [entity, f"{entity}Create", f"{entity}Update"]
    return [schemas[name] for name in names if name in schemas and "properties" in schemas[name]]


def _add(spec: Spec, draw: random.Random, tag: str) -> None:
    name = f"{tag}_{draw.choice(['color', 'weight', 'origin', 'grade'])}_{draw.randrange(9)}"
    shape = draw.choice(
        [
            {"type": ["string", "null"], "maxLength": draw.randrange(5, 200)},
            {"type": "integer", "minimum": 0, "default": 1},
            {"type": "boolean", "default": True},
            {"type": ["string", "null"], "enum": ["a", "b", None]},
        ]
    )
    place = draw.random()
    for schema in _views(spec, draw.choice(ENTITIES)):
        items = list(schema["properties"].items())
        items.insert(int(place * (len(items) + 1)), (name, dict(shape)))
        schema["properties"] = dict(items)


def _widen(spec: Spec, draw: random.Random, tag: str) -> None:
    field = {"a": "name", "b": "description"}[tag]
    for schema in _views(spec, "Product"):
        schema["properties"][field]["maxLength"] = draw.randrange(2000, 4000)


def _limit(spec: Spec, draw: random.Random, tag: str) -> None:
    entity, field = {"a": ("Product", "stock"), "b": ("Customer", "full_name")}[tag]
    for schema in _views(spec, entity):
        if field == "stock":
            schema["properties"][field]["maximum"] = draw.randrange(10**6, 10**7)
        elif field in schema["properties"]:
            schema["properties"][field]["maxLength"] = draw.randrange(500, 900)


def _rename(spec: Spec, _draw: random.Random, tag: str) -> None:
    entity, field = {"a": ("Product", "description"), "b": ("Customer", "phone")}[tag]
    for schema in _views(spec, entity):
        schema["properties"] = {
            (f"{tag}_{key}" if key == field else key): (
                {**value, "x-renamed-from": field} if key == field else value
            )
            for key, value in schema["properties"].items()
        }


def _entity(spec: Spec, draw: random.Random, tag: str) -> None:
    name = f"{tag.upper()}{draw.choice(['Shelf', 'Label', 'Vendor'])}"
    ref = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    spec["components"]["schemas"][name] = {
        "type": "object",
        "required": ["id", "label"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "label": {"type": "string", "maxLength": 20},
        },
    }
    answer = {"description": "One.", "content": ref}
    path = f"/{name.lower()}s"
    spec["paths"][path] = {
        "post": {
            "operationId": f"create{name}",
            "requestBody": {"content": ref},
            "responses": {"201": answer},
        }
    }
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    get = {"operationId": f"get{name}", "responses": {"200": answer}}
    spec["paths"][f"{path}/{{id}}"] = {"parameters": [key], "get": get}


def _summary(spec: Spec, draw: random.Random, tag: str) -> None:
    path = {"a": "/products", "b": "/customers"}[tag]
    spec["paths"][path]["get"]["summary"] += f" {draw.choice(['now', 'today'])}"


CHANGES: list[Callable[[Spec, random.Random, str], None]] = [
    _add, _add, _add, _widen, _limit, _rename, _entity, _summary,
]  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--driver", action="store_true", help="with the merge driver set up")
    parser.add_argument("--migrate", action="store_true", help="run the migrations, with rows")
    parser.add_argument("--postgres", action="store_true", help="run them on PostgreSQL")
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    with postgres_server() if given.postgres else nullcontext("") as server:
        for number in range(given.seed, given.seed + given.pairs):
            with tempfile.TemporaryDirectory() as folder:
                outcome = _run_pair(Path(folder), number, given, server)
            counts[outcome.partition(":")[0]] += 1
            print(f"- pair {number}: {outcome}", flush=True)
    print(f"\n{counts['clean']} of {given.pairs} pairs end clean; {dict(counts)}")
    return 0 if counts["clean"] == given.pairs else 1


def _git(root: Path, *arguments: str) -> int:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=root, capture_output=True, text=True, check=False
    )
    return done.returncode


def _change(spec: Spec, draw: random.Random, tag: str) -> list[tuple[int, int]]:
    """Change a spec as one branch does; return what to do to do the same again."""
    done: list[tuple[int, int]] = []
    while len(done) < 2:
        which, seed = draw.randrange(len(CHANGES)), draw.randrange(10**6)
        if any(which == before for before, _ in done):
            continue
        attempt = copy.deepcopy(spec)
        try:
            CHANGES[which](attempt, random.Random(seed), tag)
            files_of(attempt)
        except (GuardError, LookupError):
            continue
        spec.clear()
        spec.update(attempt)
        done.append((which, seed))
    return done


def _draw_specs(base: Spec, draw: random.Random) -> tuple[dict[str, Spec], Spec]:
    """Return the specs of two branches that can be merged, and what they are together."""
    while True:
        merged = copy.deepcopy(base)
        specs = {tag: copy.deepcopy(base) for tag in ("a", "b")}
        try:
            for tag, mine in specs.items():
                for which, seed in _change(mine, draw, tag):
                    CHANGES[which](merged, random.Random(seed), tag)
            files_of(merged)
        except (GuardError, LookupError):
            continue  # one takes away what the other changes: people settle that in the spec
        return specs, merged


def _run_pair(root: Path, number: int, given: argparse.Namespace, server: str) -> str:
    draw = random.Random(number)
    base = yaml.safe_load(SHOP.read_text())
    spec, app = root / "spec.yaml", root / "app"
    spec.write_text(json.dumps(base, default=str))
    run_generate(spec, app)
    _git(root, "init", "-qb", "main")
    if given.driver:
        _git(root, "config", "merge.guard.driver", DRIVER)
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "start")
    specs, merged = _draw_specs(base, draw)
    for tag, mine in specs.items():
        _git(root, "checkout", "-qb", tag, "main")
        spec.write_text(json.dumps(mine, default=str))
        result = run_regenerate(app, RegenerateOptions(spec=spec, verify=False, destructive=True))
        if not result.written:
            return f"a branch alone is refused: {result.blockers}"
        if number % 2:
            path = app / f"src/services/{'product' if tag == 'a' else 'customer'}_service.py"
            path.write_text(
                path.read_text() + f"\n\ndef ours_{tag}() -> str:\n    return '{tag}'\n"
            )
        _git(root, "add", "-A")
        _git(root, "commit", "-qm", tag)
    databases = _fill_both(root, app, server) if given.migrate or server else []
    _git(root, "merge", "-q", "a")
    spec.write_text(json.dumps(merged, default=str))
    try:
        result = run_regenerate(app, RegenerateOptions(spec=spec, verify=False))
    except GuardError as error:
        return f"refused: {error}"
    if not result.written:
        return f"stopped: {result.blockers} {[c.path for c in result.conflicts]}"
    return _judge(app, merged, number, databases)


def _judge(app: Path, merged: Spec, number: int, databases: list[Database]) -> str:
    fresh = files_of(merged)
    edited = set()
    if number % 2:
        edited = {"src/services/product_service.py", "src/services/customer_service.py"}
        for path, tag in zip(sorted(edited), "ba", strict=True):
            if f"def ours_{tag}()" not in (app / path).read_text():
                return f"lost: {path}"
    for path, text in fresh.items():
        if path.startswith("alembic/versions/"):
            continue
        found = (app / path).read_text() if (app / path).is_file() else None
        if path in edited and found is not None:
            wanted = set(text.splitlines())
            if not wanted <= set(found.splitlines()):
                return f"unsound: {path} lacks {sorted(wanted - set(found.splitlines()))[:2]}"
        elif found != text:
            return f"unsound: {path} is not as generated"
    if [d for d in run_drift(app) if d.kind not in ("edited",)]:
        return f"drift: {run_drift(app)[0]}"
    versions = {path.name: path.read_text() for path in (app / "alembic/versions").glob("*.py")}
    if len(find_heads(read_revisions(versions))) != 1:
        return "heads: more than one"
    for database in databases:
        code, said = _alembic(app, database, "upgrade", "head")
        if code:
            return f"migration: {said.strip().splitlines()[-1][:300]}"
        if database.execute("SELECT count(*) FROM products") != [(1,)]:
            return "migration: rows are gone"
        code, said = _alembic(app, database, "check")
        if code:
            return f"migration: {said.strip().splitlines()[-1][:300]}"
    return "clean"


def _fill_both(root: Path, app: Path, server: str) -> list[Database]:
    found = []
    for tag in ("a", "b"):
        _git(root, "checkout", "-q", tag)
        database = _make_database(root, tag, server)
        code, said = _alembic(app, database, "upgrade", "head")
        if code:
            raise SystemExit(said)
        _insert_product(database)
        found.append(database)
    return found


def _make_database(root: Path, tag: str, server: str) -> Database:
    if not server:
        return Database(f"sqlite+aiosqlite:///{root}/{tag}.db")
    name = f"branch_{tag}"
    Database(server).execute(f"DROP DATABASE IF EXISTS {name}")
    Database(server).execute(f"CREATE DATABASE {name}")
    return Database(f"{server.rpartition('/')[0]}/{name}")


def _list_required(database: Database) -> list[tuple[str, str]]:
    """Return (name, type) of the columns of products that must hold something."""
    if database.url.startswith("sqlite"):
        rows = database.execute("PRAGMA table_info(products)")
        return [(name, kind) for _number, name, kind, required, _default, _key in rows if required]
    rows = database.execute(
        "SELECT column_name, upper(data_type) FROM information_schema.columns "
        "WHERE table_name = 'products' AND is_nullable = 'NO'"
    )
    return [(str(name), str(kind)) for name, kind in rows]


def _insert_product(database: Database) -> None:
    """Insert a row with what each column takes."""
    values: dict[str, Any] = {}
    for name, kind in _list_required(database):
        values[name] = "2024-01-01 00:00:00"
        if kind.startswith("BOO"):
            values[name] = True
        elif kind.startswith(("INT", "NUM", "DOU", "BIG", "SMA")):
            values[name] = 1
        elif kind.startswith(("VARCHAR", "CHARACTER VARYING", "TEXT")):
            values[name] = "abcd"
        elif kind.startswith(("CHAR", "UUID")):
            values[name] = "0" * 32
    names = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    database.execute(f"INSERT INTO products ({names}) VALUES ({marks})", tuple(values.values()))


if __name__ == "__main__":
    sys.exit(main())
