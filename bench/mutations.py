"""Damage a generated application in many ways; count what is found and what is mended.

    .venv/bin/python bench/mutations.py [SPEC] [--per-kind N] [--seed N]

Prints Markdown: one row for each kind of damage.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from devmatrix_guard.generator.bank.lookup import PatternBank  # noqa: E402
from devmatrix_guard.generator.extract.extract import read_application  # noqa: E402
from devmatrix_guard.generator.plan import make_plan  # noqa: E402
from devmatrix_guard.generator.strata import generate_files  # noqa: E402
from devmatrix_guard.verify.repair import repair  # noqa: E402
from tests.verify.mutations import mutate  # noqa: E402


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("spec", nargs="?", type=Path, default=ROOT / "examples/shop/shop.yaml")
    parser.add_argument("--per-kind", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    plan = make_plan(read_application(options.spec))
    files = {file.path: file.text for file in generate_files(plan, PatternBank())}
    reference = {path: text for path, text in files.items() if path.startswith("src/")}
    total, found, mended, stable = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    began = time.monotonic()
    for mutation in mutate(reference, options.seed, options.per_kind):
        damaged = {**reference, mutation.path: mutation.text}
        result = repair(damaged, reference)
        total[mutation.kind] += 1
        found[mutation.kind] += bool(result.before.deviations)
        mended[mutation.kind] += not result.left
        stable[mutation.kind] += not repair({**damaged, **result.files}, reference).files
        if result.left:
            print(f"<!-- left: {mutation.kind} {mutation.path} {mutation.where} -->")
    clean = len(repair(reference, reference).before.deviations)
    print("| damage | n | found | mended | second repair = no change |")
    print("| --- | --- | --- | --- | --- |")
    for kind in sorted(total):
        print(f"| {kind} | {total[kind]} | {found[kind]} | {mended[kind]} | {stable[kind]} |")
    sums = (sum(counter.values()) for counter in (total, found, mended, stable))
    print("| **all** | " + " | ".join(map(str, sums)) + " |")
    print(f"\nFalse alarms on the clean application: {clean}. {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
