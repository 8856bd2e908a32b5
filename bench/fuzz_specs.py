"""Throw damaged specs at the whole generator, and count what it does with them.

Usage: python bench/fuzz_specs.py [INPUTS] [SEED] [FOLDER]

Each ends in an application whose files all compile and hold no text of the spec as code, or in one
error with its place. FOLDER holds more OpenAPI files to damage than those of the tests.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from devmatrix_guard.errors import GuardError
from devmatrix_guard.generator.spec.read import parse
from tests.generator.damage import SPECS, damaged
from tests.generator.test_whole_specs import assert_ends_well

SUFFIXES = (".yaml", ".yml", ".json")


def read_specs(folder: Path) -> list[Any]:
    """Return the specs of a folder that can be read."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.stat().st_size < 60_000:
            try:
                found.append(parse(path.read_bytes()))
            except GuardError:
                continue
    return found


def main(inputs: int, seed: int, specs: list[Any]) -> int:
    """Try that many inputs; return how many crashed."""
    warnings.simplefilter("ignore")
    outcomes: Counter[str] = Counter()
    crashes: dict[str, str] = {}
    started = time.process_time()
    for number in range(inputs):
        spec = damaged(Random(seed * 1_000_003 + number), specs)
        try:
            outcomes[assert_ends_well(spec)] += 1
        except Exception as error:  # a crash is what is looked for
            outcomes["crashed"] += 1
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(last.filename).name}:{last.lineno} {type(error).__name__}: {error}"
            if place[:100] not in crashes:
                crashes[place[:100]] = json.dumps(spec)
                print(f"input {number}: {place[:300]}", flush=True)
    seconds = time.process_time() - started
    counts = ", ".join(f"{outcomes[name]} {name}" for name in sorted(outcomes))
    print(f"{inputs} inputs, seed {seed}: {counts}; {seconds:.0f} s CPU")
    return outcomes["crashed"]


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    more = read_specs(Path(sys.argv[3])) if len(sys.argv) > 3 else []
    inputs, seed = [*given, *(1000, 1)[len(given) :]]
    sys.exit(bool(main(inputs, seed, [*SPECS, *more])))
