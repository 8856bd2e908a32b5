"""Apply 30 rules with fixes to real files and count what goes wrong; print the table.

Usage: python bench/fixes.py [FOLDER] [--files 300] [--seed 1] [--seconds 600]

FOLDER is where the Python files are taken from; the standard library when it is left out. After
`--seconds` of the clock no further file is begun, and the table counts those that were. Every
rule has an example that proves its fix, so that what is refused is refused for the code at hand.
After the fixes of a run the file must compile, keep its comments, and have the same names bound in
the same scopes, as Python's own `symtable` sees them, but for names a rule brings; a second
run must change nothing: fixes that overlap or give another work have their turn in the first.
"""

from __future__ import annotations

import argparse
import ast
import random
import re
import symtable
import sys
import sysconfig
import time
import warnings
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from devmatrix_guard.engine.fixing.fixes import build_fixes
from devmatrix_guard.engine.fixing.region import compiles
from devmatrix_guard.engine.fixing.rounds import Settled, settle_fixes
from devmatrix_guard.engine.matching.match import find_together
from devmatrix_guard.engine.tree.lexer import read_comments
from devmatrix_guard.engine.tree.source_text import decode_source
from devmatrix_guard.model.finding import Finding

# pattern, fix, code before, code after, imports
SHAPES: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("$X == None", "$X is None", "a == None", "a is None", ()),
    ("$X != None", "$X is not None", "a != None", "a is not None", ()),
    ("not $X in $Y", "$X not in $Y", "not a in b", "a not in b", ()),
    ("not $X is $Y", "$X is not $Y", "not a is b", "a is not b", ()),
    ("len($X) == 0", "not $X", "len(a) == 0", "not a", ()),
    ("map($F, $X)", "[$F(v) for v in $X]", "map(a, b)", "[a(v) for v in b]", ()),
    ("list($X)", "[*$X]", "list(a)", "[*a]", ()),
    ("tuple($X)", "(*$X,)", "tuple(a)", "(*a,)", ()),
    ("isinstance($X, $T)", "issubclass(type($X), $T)", "isinstance(a, b)",
     "issubclass(type(a), b)", ()),
    ("open($...ARGS)", "io.open($...ARGS)", "open(a)", "import io\nio.open(a)", ("import io",)),
    ("os.path.join($X, $Y)", "str(Path($X) / $Y)", "os.path.join(a, b)",
     "from pathlib import Path\nstr(Path(a) / b)", ("from pathlib import Path",)),
    ("os.path.exists($X)", "pathlib.Path($X).exists()", "os.path.exists(a)",
     "import pathlib\npathlib.Path(a).exists()", ("import pathlib",)),
    ("print($X)", "print($X, flush=True)", "print(a)", "print(a, flush=True)", ()),
    ("$X.append($Y)", "$X += [$Y]", "a.append(b)", "a += [b]", ()),
    ("$X.get($K, None)", "$X.get($K)", "a.get(b, None)", "a.get(b)", ()),
    ("$X.format($Y)", "format_one($X, $Y)", "'a'.format(b)", "format_one('a', b)", ()),
    ("raise $E", "raise $E from None", "raise a", "raise a from None", ()),
    ("assert $X", "assert $X, 'failed'", "assert a", "assert a, 'failed'", ()),
    ("return None", "return", "def f():\n    return None", "def f():\n    return", ()),
    ("if $X:\n    $...B", "while $X:\n    $...B\n    break", "if a:\n    b\n",
     "while a:\n    b\n    break\n", ()),
    ("with $X as $Y:\n    $...B", "$Y = $X\n$...B", "with a as b:\n    c\n", "b = a\nc\n", ()),
    ("try:\n    $...B\nexcept:\n    $...H", "try:\n    $...B\nexcept Exception:\n    $...H",
     "try:\n    a\nexcept:\n    b\n", "try:\n    a\nexcept Exception:\n    b\n", ()),
    ("$X += 1", "$X = $X + 1", "a += 1", "a = a + 1", ()),
    ("$X = $Y or $Z", "$X = $Y if $Y else $Z", "a = b or c", "a = b if b else c", ()),
    ("$X and $Y", "all([$X, $Y])", "a and b", "all([a, b])", ()),
    ("max($X, $Y)", "$X if $X > $Y else $Y", "max(a, b)", "a if a > b else b", ()),
    ("hasattr($X, $Y)", "getattr($X, $Y, None) is not None", "hasattr(a, b)",
     "getattr(a, b, None) is not None", ()),
    ("lambda: $X", "partial(eval, $X)", "f(lambda: a)", "from functools import partial\n"
     "f(partial(eval, a))", ("from functools import partial",)),
    ("range(len($X))", "range(0, len($X))", "range(len(a))", "range(0, len(a))", ()),
    ("super($A, $B)", "super()", "super(a, b)", "super()", ()),
)  # fmt: skip
LONGEST = 200_000
_PART = 5  # files between two lines about the progress


def main() -> None:
    """Fix every file twice and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=sysconfig.get_paths()["stdlib"])
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args()
    total: Counter[str] = Counter()
    chosen = files_of(Path(options.folder), options.files, options.seed)
    end = time.monotonic() + options.seconds
    for number, path in enumerate(chosen):
        if time.monotonic() > end:
            sys.stderr.write(f"ended after {options.seconds:.0f} s\n")
            break
        if number % _PART == 0:
            sys.stderr.write(f"{number} of {len(chosen)} files\n")
        source = path.read_bytes()
        found = outcome(source)
        total.update(found)
        wrong = sorted(found & Counter(dict.fromkeys(FAULTS, 1)))
        for fault in wrong:
            sys.stderr.write(f"{path}: {fault}\n")
    sys.stdout.write("| | |\n| --- | --- |\n")
    sys.stdout.writelines(f"| {name} | {total[name]} |\n" for name in (*COUNTS, *FAULTS))
    sys.exit(1 if any(total[fault] for fault in FAULTS) else 0)


COUNTS = ("files", "files changed", "fixes written", "files with several rounds")
FAULTS = (
    "files that do not compile", "files that lose a comment", "files with other names",
    "files that a second run changes", "files that are not at rest", "files with rules that circle",
)  # fmt: skip


def rules() -> list[dict[str, Any]]:
    """Return the rules as mappings."""
    return [
        {
            "id": f"rule-{number}",
            "pattern": pattern,
            "fix": fix,
            "metadata": {
                "guard": {
                    "imports": list(imports), "examples": [{"invalid": before, "fixed": after}]
                }
            },
        }
        for number, (pattern, fix, before, after, imports) in enumerate(SHAPES)
    ]  # fmt: skip


def files_of(folder: Path, count: int, seed: int) -> list[Path]:
    """Return a sample of the files of a folder that compile."""
    found = [p for p in sorted(folder.rglob("*.py")) if "site-packages" not in p.parts]
    random.Random(seed).shuffle(found)
    chosen: list[Path] = []
    for path in found:
        if len(chosen) < count and path.stat().st_size < LONGEST and compiles(path.read_bytes()):
            chosen.append(path)
    return chosen


def outcome(source: bytes, rules: list[dict[str, Any]] | None = None) -> Counter[str]:
    """Return what became of one file: the counts and faults by name."""
    found: Counter[str] = Counter({"files": 1})
    rules = RULES if rules is None else rules
    settled = settle(source, rules)
    fixed, count = settled.fixed, sum(len(one.fixes) for one in settled.rounds)
    if not count:
        return found
    found["files changed"], found["fixes written"] = 1, count
    found["files with several rounds"] = int(len(settled.rounds) > 1)
    found["files that are not at rest"] = int(not settled.is_at_rest)
    found["files with rules that circle"] = int(bool(settled.circling))
    found["files that a second run changes"] = int(settle(fixed, rules).fixed != fixed)
    if not compiles(fixed):
        found["files that do not compile"] = 1
        return found
    if comments(source) - comments(fixed):
        found["files that lose a comment"] = 1
    if other_names(source, fixed, rules):
        found["files with other names"] = 1
    return found


def settle(source: bytes, rules: list[dict[str, Any]]) -> Settled:
    """Return a file after one run of all rules."""
    return settle_fixes(source, check(source, rules), partial(check, rules=rules))


def check(source: bytes, rules: list[dict[str, Any]]) -> list[Finding]:
    """Return what the rules find, with their fixes."""
    matches = find_together(rules, source)  # a rule that was stopped has none, as in a check
    found = [(r, m) for r, of_rule in zip(rules, matches, strict=True) for m in of_rule or ()]
    return [
        Finding(
            rule["id"], "a.py", match.start_line, match.start_col, match.end_line, match.end_col,
            "warn", "WARNING", None, "", fix=fix,
        )
        for (rule, match), fix in zip(found, build_fixes(found, source), strict=True)
    ]  # fmt: skip


def comments(source: bytes) -> Counter[str]:
    """Return the comments of a file, counted."""
    text = decode_source(source)
    return Counter(c.text for c in read_comments(text) or []) if text else Counter()


def other_names(
    before: bytes, after: bytes, rules: list[dict[str, Any]]
) -> set[tuple[str, str, str]]:
    """Return the names that a scope binds on one side only, or newly takes from around it."""
    old, new = scopes_of(before), scopes_of(after)
    own = [rule for rule in rules if rule not in RULES]
    brought = {name for rule in rules for name in _list_imported_words(rule)}
    brought |= _list_aliases(after)  # a fix spells names as the file does
    # A shipped rule may be about a name, such as one that a library has renamed.
    brought |= {name for rule in own for name in _list_pattern_words(rule)}
    changed = {e for e in old ^ new if e[2] == "local" or e in new}
    return {entry for entry in changed if entry[1] not in (brought | OWN_NAMES)}


def _list_imported_words(rule: dict[str, Any]) -> list[str]:
    imports = rule.get("metadata", {}).get("guard", {}).get("imports", ())
    return [word for statement in imports for word in re.findall(r"\w+", statement)]


def _list_aliases(source: bytes) -> set[str]:
    imports = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import | ast.ImportFrom))
    return {alias.asname for node in imports for alias in node.names if alias.asname}


def _list_pattern_words(part: Any) -> list[str]:
    if isinstance(part, str):
        return re.findall(r"(?<![$\w.])[a-z]\w+", part)
    if isinstance(part, list):
        return [word for one in part for word in _list_pattern_words(one)]
    keys = [key for key in part if str(key).startswith(("pattern", "fix"))]
    return [word for key in keys for word in _list_pattern_words(part[key])]


# Names that the fixes themselves read or bind, and those of the calls that go away.
OWN_NAMES = {
    "v", "io", "Path", "pathlib", "partial", "eval", "len", "list", "tuple", "map", "isinstance",
    "issubclass", "type", "open", "os", "str", "print", "all", "max", "hasattr", "getattr", "range",
    "super", "__class__", "Exception", "format_one",
}  # fmt: skip


def scopes_of(source: bytes) -> set[tuple[str, str, str]]:
    """Return (scope, name, how it is bound) of each name of a file; comprehensions apart."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = symtable.symtable(source, "", "exec")  # type: ignore[arg-type]  # bytes are read too
    found: set[tuple[str, str, str]] = set()
    pending = [(top, "", False)]
    while pending:
        table, path, is_anonymous = pending.pop()
        for symbol in table.get_symbols():
            kind = "local" if symbol.is_local() else "free" if symbol.is_free() else "global"
            # What a comprehension takes from around it, the code around it takes.
            own = is_anonymous and kind == "local"
            if not own and not symbol.get_name().startswith("."):
                found.add((path, symbol.get_name(), "local" if kind == "local" else "outer"))
        for child in table.get_children():
            is_inner = child.get_name() in _ANONYMOUS
            pending.append((child, path if is_inner else f"{path}.{child.get_name()}", is_inner))
    return {entry for entry in found if entry[2] == "local" or (*entry[:2], "local") not in found}


_ANONYMOUS = {"listcomp", "genexpr", "setcomp", "dictcomp", "lambda"}
RULES = rules()

if __name__ == "__main__":
    main()
