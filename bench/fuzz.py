"""Throw random text at the pattern parser and the rule loader, and count what they do with it.

Usage: python bench/fuzz.py [INPUTS] [SEED]
"""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from devmatrix_guard.engine.patterns.compile import PatternError, compile_pattern
from devmatrix_guard.engine.rules.load import parse_rules

_PIECES = (
    "$X", "$...A", "...", "<...", "...>", "(", ")", "[", "]", "{", "}", ",", ":", "=", ".", "\n",
    "    ", "foo", "def ", "class ", "if ", "return ", "with ", "try:", "except", "lambda ", "'",
    '"', 'f"', "{$X}", "$_", "1", "0x", "import ", "from ", "async ", "await ", "@", "*", "**",
    "not ", "in ", "and ", "\\", "#", "\x00", "é", "=~/a/", "rules:", "- id: a", "pattern: ",
    "  message: m\n", "languages: [python]", "&a", "*a", "!!python/object", "<<: ", "|", ">", "%",
)  # fmt: skip
_VALID = (
    "foo($X, ...)", "def $F(...):\n    ...\n    return $X", '{..., "a": $X}', "$X. ... .f()",
    "rules:\n- id: a\n  languages: [python]\n  severity: INFO\n  message: m\n  pattern: foo\n",
)  # fmt: skip


def random_text(chance: random.Random) -> str:
    """Return random pieces, or valid text with random damage."""
    if chance.random() < 0.5:
        return "".join(chance.choice(_PIECES) for _ in range(chance.randint(1, 12)))
    text = chance.choice(_VALID)
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(text))
        text = text[:at] + chance.choice(_PIECES) + text[at + chance.randint(0, 3) :]
    return text


def try_one(text: str, *, as_rule: bool) -> str:
    """Return what became of one input; anything but a refusal or a result is raised."""
    if as_rule:
        loaded = parse_rules(text.encode("utf-8", "surrogateescape"), "fuzz.yml")
        return "rule file read" if loaded.rules else "rule file refused"
    try:
        compile_pattern(text)
    except PatternError:
        return "pattern refused"
    return "pattern compiled"


def main(inputs: int, seed: int) -> None:
    """Try that many inputs and print what became of them."""
    warnings.simplefilter("ignore")
    chance = random.Random(seed)
    outcomes: Counter[str] = Counter()
    started = time.perf_counter()
    for number in range(inputs):
        text = random_text(chance)
        outcomes[try_one(text, as_rule=number % 10 == 0)] += 1
    print(f"{inputs:,} inputs in {time.perf_counter() - started:.0f} s, no crash")
    for outcome, count in outcomes.most_common():
        print(f"- {outcome}: {count:,}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:3]]
    main(*(numbers + [1_000_000, 1][len(numbers) :]))
