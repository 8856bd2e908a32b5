"""Follow every line of generated applications back, and count those that lead nowhere.

    .venv/bin/python bench/lineage.py [--styles 3] [--seed 1] [--show]

A line is complete when it leads to an IR node that is there, to a line of the spec or the overlay
by a JSON pointer, and to the emitter or the InfraPattern that wrote it. The applications: the
shop, a regenerated one with an overlay and seeds, one of Swagger 2.0, and some of
`bench/api_styles.py`. Prints Markdown; returns 1 where a line is not complete.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from api_styles import make_specs  # noqa: E402

from devmatrix_guard.commands.application.generate import run_generate  # noqa: E402
from devmatrix_guard.commands.application.origins.file_parts import find_file_parts  # noqa: E402
from devmatrix_guard.commands.application.origins.origins import read_spec_places  # noqa: E402
from devmatrix_guard.commands.application.regeneration.options import (  # noqa: E402
    RegenerateOptions,
)
from devmatrix_guard.commands.application.regeneration.regenerate import (  # noqa: E402
    run_regenerate,
)
from devmatrix_guard.generator.emitters import find_emitter  # noqa: E402
from devmatrix_guard.generator.manifest import PATH as MANIFEST  # noqa: E402
from tests.specs import Spec  # noqa: E402

OVERLAY = """\
overlay: 1
entities:
  Book: {x-entity: {unique: [[title, author_id]]}}
  Author:
    x-seed:
      - {name: Ada}
operations:
  POST /books/{id}/turn: {x-flow: turn}
x-flows:
  turn:
    steps:
      - load: {as: book, entity: Book, by: {id: path.id}, lock: true, else: 404}
      - set: {book.pages: book.pages + 1}
      - emit: {event: book.turned, payload: {id: book.id}}
      - return: book
x-invariants:
  - {entity: Book, name: not_thick, expr: pages < 9000}
"""


def count_lines(root: Path) -> Counter[str]:
    """Return how many lines of an application are complete, and what the others lack."""
    places, counts = read_spec_places(root), Counter[str]()
    for path, entry in json.loads((root / MANIFEST).read_text())["files"].items():
        made = bool(entry.get("infra_pattern") or find_emitter(path))
        text = (root / path).read_text()
        counts["files"] += 1
        for line in range(1, text.count("\n") + 1):
            parts = find_file_parts(path, text, line, entry["ir_nodes"], places)
            lacks = ""
            if not made:
                lacks = "no maker"
            elif not parts or any(part.address not in places.nodes for part in parts):
                lacks = "no part"
            elif not all(places.find_place(part.pointer) for part in parts):
                lacks = "no place"
            counts["lines"] += 1
            counts["one part"] += len(parts) == 1
            counts["below the whole spec"] += any(part.pointer for part in parts)
            counts["lacking"] += bool(lacks)
            if lacks:
                counts[f"{path}:{line} {lacks}"] += 1
    return counts


def make_applications(work: Path, styles: int, seed: int) -> dict[str, Path]:
    """Generate the applications; return their folders by what they are called."""
    shop = ROOT / "examples/shop/shop.yaml"
    run_generate(shop, work / "shop")
    found = {"shop": work / "shop", "books, overlay, regenerated": _regenerate_books(work)}
    swagger = work / "swagger.yaml"
    swagger.write_text(SWAGGER)
    run_generate(swagger, work / "swagger")
    found["Swagger 2.0"] = work / "swagger"
    documents = sorted(make_specs().items())
    for name, document in random.Random(seed).sample(documents, styles):
        path = work / f"{name}.json"
        path.write_text(json.dumps(document, indent=1))
        run_generate(path, work / name)
        found[name] = work / name
    return found


def _regenerate_books(work: Path) -> Path:
    """Generate the books with an overlay, then give them another property and so a migration."""
    path, overlay, target = work / "books.yaml", work / "overlay.yaml", work / "books"
    spec = Spec()
    made = spec.data["paths"]["/books"]["post"]["responses"]["201"]
    spec.data["paths"]["/books/{id}/turn"] = {
        "parameters": spec.data["paths"]["/books/{id}"]["parameters"],
        "post": {"responses": {"200": made, "404": {"description": "None."}}},
    }
    path.write_text(yaml.safe_dump(spec.data, sort_keys=False))
    overlay.write_text(OVERLAY)
    run_generate(path, target, overlay=overlay)
    spec.add("grade", {"type": "integer"})
    path.write_text(yaml.safe_dump(spec.data, sort_keys=False))
    assert run_regenerate(target, RegenerateOptions(spec=path, verify=False)).written
    return target


SWAGGER = """\
swagger: "2.0"
info: {title: Tools, version: "1"}
consumes: [application/json]
produces: [application/json]
paths:
  /tools:
    get:
      parameters: [{name: size, in: query, type: integer}]
      responses: {"200": {description: All., schema: {type: array, items: {$ref: "#/definitions/Tool"}}}}
    post:
      parameters: [{name: body, in: body, required: true, schema: {$ref: "#/definitions/ToolIn"}}]
      responses:
        "201": {description: One., schema: {$ref: "#/definitions/Tool"}}
        "422": {description: Not so., schema: {$ref: "#/definitions/Fault"}}
  /tools/{id}:
    parameters: [{name: id, in: path, required: true, type: integer}]
    get:
      responses:
        "200": {description: One., schema: {$ref: "#/definitions/Tool"}}
        "404": {description: None., schema: {$ref: "#/definitions/Fault"}}
definitions:
  ToolIn: {type: object, required: [name], properties: {name: {type: string}, size: {type: integer}}}
  Tool:
    type: object
    required: [id, name]
    properties: {id: {type: integer}, name: {type: string}, size: {type: integer}}
  Fault: {type: object, properties: {message: {type: string}}}
"""  # noqa: E501 - a spec


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--styles", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true", help="name the lines that lack something")
    given = parser.parse_args()
    columns = ("files", "lines", "one part", "below the whole spec", "lacking")
    print(f"| application | {' | '.join(columns)} | complete |\n| --- |{' --- |' * 6}")
    total = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="guard-lineage-") as folder:
        for name, root in make_applications(Path(folder), given.styles, given.seed).items():
            counts = count_lines(root)
            total += counts
            _print_row(name, counts, columns)
            for place in sorted(set(counts) - set(columns))[:40] if given.show else ():
                print(f"  - {place}")
    _print_row("all", total, columns)
    return 1 if total["lacking"] else 0


def _print_row(name: str, counts: Counter[str], columns: tuple[str, ...]) -> None:
    share = 100 * (1 - counts["lacking"] / counts["lines"])
    print(f"| {name} | {' | '.join(str(counts[c]) for c in columns)} | {share:.2f} % |")


if __name__ == "__main__":
    sys.exit(main())
