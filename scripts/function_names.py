"""Count how the functions of a folder are named: by a verb, as a predicate, by a participle.

    .venv/bin/python scripts/function_names.py [FOLDER ...] [--list]

Functions begin with verbs, so that a call reads as what is done. Counted are all but `__x__` and
properties, which are values. What is no verb of the list below is shown with --list: a noun, or a
verb that the list does not have yet.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PREDICATES = frozenset(
    [
        "is",
        "are",
        "has",
        "have",
        "can",
        "could",
        "may",
        "must",
        "should",
        "will",
        "needs",
        "was",
        "does",
    ]
)
IRREGULAR = frozenset(
    ["found", "told", "made", "kept", "given", "shown", "left", "seen", "written"]
)
NO_PARTICIPLES = frozenset(["need", "feed", "seed", "embed", "speed"])
VERBS = frozenset((Path(__file__).parent / "verbs.txt").read_text(encoding="utf-8").split())


def main() -> int:
    """Print the shares of each folder."""
    places = [Path(text) for text in sys.argv[1:] if text != "--list"] or [Path("devmatrix_guard")]
    for place in places:
        names = list(_iter_names(place))
        kinds = Counter(_find_kind(name) for _, name in names)
        total = max(1, len(names))
        shares = ", ".join(
            f"{kind} {100 * kinds[kind] / total:.1f} %"
            for kind in ("verb", "predicate", "participle", "other")
        )
        print(f"{place}: {len(names)} functions: {shares}")
        if "--list" in sys.argv:
            rows = [
                f"  {path}: {n}" for path, n in names if _find_kind(n) in ("participle", "other")
            ]
            print(*rows, sep="\n")
    return 0


def _iter_names(place: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(place.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                decorators = {ast.unparse(item) for item in node.decorator_list}
                if not node.name.startswith("__") and not decorators & {
                    "property",
                    "cached_property",
                }:
                    yield path, node.name


def _find_kind(name: str) -> str:
    first = name.strip("_").split("_")[0]
    is_regular = first.endswith("ed") and len(first) > 4 and first not in NO_PARTICIPLES
    if is_regular or first in IRREGULAR:
        return "participle"
    if first in PREDICATES:
        return "predicate"
    return "verb" if first in VERBS else "other"


if __name__ == "__main__":
    raise SystemExit(main())
