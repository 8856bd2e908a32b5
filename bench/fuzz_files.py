"""Throw damaged files at the hook's whole path: `bench/fuzz_files.py N [--seed S] [--first F]`.

Files of the standard library and of installed packages are cut, commented out, indented, halved and
given odd characters; each goes through the scan of its bytes, the excerpt, the match, suppressions,
fingerprints and fixes, near a few lines and as a whole. A failure of ours is printed with what
makes it again; the exit code is 1 where there was one. The error output says how far it has come:
`--first` goes on where a run was ended.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from devmatrix_guard.commands.check.fast_path import match_scan
from devmatrix_guard.commands.check.scan import Scan
from devmatrix_guard.config import find_shipped_rules
from devmatrix_guard.engine.check import check_targets
from devmatrix_guard.engine.rules.compile import compile_rules
from devmatrix_guard.engine.rules.compiled import CompiledRules
from devmatrix_guard.engine.rules.load import load_rules
from devmatrix_guard.errors import DEFECT
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.report import CheckReport
from devmatrix_guard.model.rule import Rule

_LARGEST = 40_000
_PART = 100  # files between two lines about the progress
_ODD = (
    b"\x0c", "\u2028".encode(), b"\xef\xbb\xbf", b"\0", b"\xed\xb2\x80", b"\xff", b"\t", b"\r",
    b"\\\n", b"'''", b'"""', b"# coding: latin-1\n", b"# coding: utf-7\n", b"(", b"}", b"#",
    b"# guard: ignore\n", b"# nosem\n", b"\x1a", "\ufb01".encode(), b"\\", b";", b":=", b"\n" * 40,
)  # fmt: skip
_PATTERNS = (
    "eval(...)", "open($X)", "$X == None", "print($...A)", "import $M", "$X.$Y($Z)",
    "def $F(...):\n  ...\n  return $X", "try:\n  ...\nexcept $E:\n  ...", "<... len($X) ...>",
)  # fmt: skip


def real_files() -> list[Path]:
    """Return the Python files that come with this interpreter, in a fixed order."""
    tops = {sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")}
    found = {path for top in tops for path in Path(top).rglob("*.py")}
    return sorted(path for path in found if path.is_file() and path.stat().st_size < _LARGEST)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a file with one to four things done to it."""
    for _ in range(chance.randint(1, 4)):
        data = chance.choice(_DAMAGES)(data, chance)
    return data


def _cut(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[start:end] if chance.random() < 0.5 else data[:start] + data[end:]


def _half(data: bytes, chance: random.Random) -> bytes:
    middle = len(data) // 2
    return data[:middle] if chance.random() < 0.5 else data[middle:]


def _lines(data: bytes, chance: random.Random, prefix: bytes, *, taken: int = 0) -> bytes:
    rows = data.split(b"\n")
    some = chance.random()
    return b"\n".join(
        prefix + row[taken:] if some < 0.4 or chance.random() < some else row for row in rows
    )


def _commented(data: bytes, chance: random.Random) -> bytes:
    return _lines(data, chance, b"# ")


def _indented(data: bytes, chance: random.Random) -> bytes:
    return _lines(data, chance, chance.choice((b"    ", b"\t", b" ")))


def _dedented(data: bytes, chance: random.Random) -> bytes:
    return _lines(data, chance, b"", taken=chance.choice((1, 4)))


def _ended_otherwise(data: bytes, chance: random.Random) -> bytes:
    end = chance.choice((b"\r\n", b"\r", b"\n\r", b"\x0b", b"\n\n", b""))
    return data.replace(b"\n", end, chance.choice((-1, 3)))


def _odd(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 5)):
        place = chance.choice((0, chance.randrange(len(data) + 1)))
        data = data[:place] + chance.choice(_ODD) + data[place:]
    return data


_DAMAGES = (_cut, _half, _commented, _indented, _dedented, _ended_otherwise, _odd)


def rules() -> CompiledRules:
    """Return the shipped rules with a few that match nearly everywhere."""
    own = [
        Rule(f"r{n}", "$X $Y", "ERROR", "block", None, ("python",),
             {"id": f"r{n}", "pattern": pattern, **({"fix": "f($X)"} if "$X" in pattern else {})})
        for n, pattern in enumerate(_PATTERNS)
    ]  # fmt: skip
    return compile_rules([*load_rules(find_shipped_rules(), origin="shipped").rules, *own])


def defects_in(compiled: CompiledRules, data: bytes, chance: random.Random) -> Iterator[str]:
    """Yield what a defect kept from being judged: near a few lines, by the hook, and as a whole."""
    count = data.count(b"\n") + 1
    start = chance.randint(1, count)
    lines = ((start, min(count, start + chance.randint(0, 20))),)
    scan = Scan(compiled, "block", is_plain=True, on_warn="show")
    reports: list[CheckReport] = []
    try:
        scan.add("a.py", data, lines, is_certain=True)
        reports.append(match_scan(scan))
    except Exception as error:
        yield f"{DEFECT} in the prefilter: {type(error).__name__}: {error}"
    reports.append(check_targets(compiled, [Target("a.py", data, lines)]))
    reports.append(check_targets(compiled, [Target("a.py", data, None)]))
    for report in reports:
        yield from (skip.reason for skip in report.skipped if DEFECT in skip.reason)


def case(number: int, seed: int, files: list[Path]) -> tuple[bytes, random.Random]:
    """Return the damaged file of a number."""
    chance = random.Random(seed * 1_000_003 + number)
    return damaged(chance.choice(files).read_bytes(), chance), chance


def _judge(numbers: range, seed: int) -> list[str]:
    files, compiled = _load()
    found = []
    for number in numbers:
        data, chance = case(number, seed, files)
        told = sorted(set(defects_in(compiled, data, chance)))
        found += [f"--seed {seed}, file {number}: {text}" for text in told]
    return found


@cache
def _load() -> tuple[list[Path], CompiledRules]:
    return real_files(), rules()


def main() -> int:
    """Run, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first file")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    end = asked.first + asked.count
    parts = [range(n, min(n + _PART, end)) for n in range(asked.first, end, _PART)]
    count = 0
    with multiprocessing.Pool(asked.jobs) as pool:
        for part, found in zip(
            parts, pool.imap(partial(_judge, seed=asked.seed), parts), strict=True
        ):
            print(*found, sep="\n", end="\n" * bool(found), flush=True)
            count += len(found)
            print(f"{part.stop - asked.first} of {asked.count} files", file=sys.stderr, flush=True)
    print(f"{asked.count} files, {count} defects")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
