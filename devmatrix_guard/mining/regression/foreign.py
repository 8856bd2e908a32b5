"""A light reader of tests in any language, and of Python that this Python cannot parse.

It knows no grammar: a test begins where a line names one and ends where the indentation does. In
languages with braces its statements are read, in others it asks for what the lines say that assert.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from devmatrix_guard.mining.regression.body import Content
from devmatrix_guard.mining.regression.braced_body import (
    find_doubles,
    find_skip,
    list_rows,
    read_content,
)
from devmatrix_guard.mining.regression.braces import (
    SUFFIXES,
    Statement,
    blank_comments,
    read_statements,
    split_tokens,
)
from devmatrix_guard.mining.regression.checks import Check
from devmatrix_guard.mining.regression.collect import CollectedTests, WrittenTest
from devmatrix_guard.mining.regression.matchers import find_close

_NAMES = (
    # JavaScript and TypeScript, and what resembles them: it('…'), test("…"), it.skip('…')
    re.compile(r"""^\s*(?P<word>x?it|x?test|specify|fit)(?P<mark>(?:\.\w+)*)\s*(?:\(|\s)\s*(?P<q>['"`])(?P<name>.+?)(?P=q)"""),
    # Go
    re.compile(r"^func\s+(?:\([^)]*\)\s*)?(?P<name>(?:Test|Benchmark|Example|Fuzz)\w*)\s*\("),
    # Python
    re.compile(r"^\s*(?:async\s+)?def\s+(?P<name>test\w*)\s*\("),
    # Rust, PHP, Swift, Ruby's minitest
    re.compile(r"^\s*(?:pub\s+|public\s+|async\s+|static\s+)*(?:fn|function|func|def)\s+(?P<name>test\w*)"),
    # C and C++: TEST(Suite, Name)
    re.compile(r"^\s*(?:TYPED_)?TEST(?:_F|_P|_CASE)?\s*\(\s*(?P<name>[^)]+?)\s*\)"),
)  # fmt: skip
_MARKED = re.compile(
    r"^\s*(?:@\w*Test\w*|#\[(?:\w+::)*test\]|\[(?:Test|Fact|Theory|TestMethod)\w*)"
)
_FUNCTION = re.compile(
    r"(?:\bfun|\bfn|\bvoid|\bTask|\bfunc|\bfunction)\s+(?P<name>`[^`]+`|\w+)\s*\("
)
_MAX_MARKS = 6
_CLASS = re.compile(r"^\s*(?:public\s+|final\s+|abstract\s+|export\s+)*(?:class|impl|mod)\s+(\w+)")
_SKIPS = re.compile(
    r"\b(?:it|test|describe|suite)\.(?:skip\w*|todo|fails|failing|runIf|only\.skip)\b"
    r"|\bx(?:it|test|describe)\b"
    r"|@(?:Disabled|Ignore|pytest\.mark\.skip\w*|pytest\.mark\.xfail|unittest\.skip\w*|skip\w*)\b"
    r"|#\[ignore|\[Ignore|\bt\.Skip\w*\(|\bmarkTestSkipped\b|\bself\.skipTest\(|\bpytest\.skip\("
    r"|\bGTEST_SKIP\b|\bDISABLED_|^\s*(?:skip|pending)\b|\bthis\.skip\(\)|\bexpectedFailure\b"
)
_ASSERTS = re.compile(
    r"\b(?:assert\w*|expect\w*|require\.\w+|should\w*|EXPECT_\w+|ASSERT_\w+|REQUIRE\w*|CHECK\w*"
    r"|XCTAssert\w*|t\.(?:Error|Fatal|Fail)\w*|refute\w*|must_\w+|verify|fail|eq_|ok_|Assert\.\w+"
    r"|panic|raises)\b!?(?=\s*[({.]|\s+\S)"
)
_TOKEN = re.compile(
    r"//[^\n]*|\#(?![\[!])[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`"
    r"|\w+|[=!<>]=+|[^\w\s]",
    re.DOTALL,
)
_MATCHER = re.compile(
    r"^expect \( (?P<subject>.*) \)(?: \. (?:not|resolves|rejects))* \. (?P<op>\w+)"
    r" \( (?P<expected>.*?) ?\) ;?$"
)
_CALL = re.compile(r"^(?P<op>[\w.: ]+?!?) \( (?P<args>.*?) ?\) ;?$")
_ALONE = re.compile(
    r"\s*(?:(?:it|test|describe|context|suite|specify)\.only\b|(?:fit|fdescribe|fcontext)\b\s*\()"
)
_GROUP = re.compile(r"\s*(?:describe|context|suite|fdescribe|fcontext)\b")
_MOCKS = re.compile(
    r"""\b(?:jest|vi|vitest)\.(?:mock|doMock|setMock)\(\s*(['"])(?P<module>\.[^'"]*)\1"""
)
_IMPORTS = re.compile(
    r"""(?:import|const|let|var)\s+(?P<names>[\w*{}\s,:$]+?)\s*"""
    r"""(?:from|=\s*(?:await\s+)?(?:require|import)\s*\()\s*(['"])(?P<module>\.[^'"]*)\2"""
)
_EACH = re.compile(r"^\s*(?:x?it|x?test|specify|fit)(?:\.\w+)*\.each\b")
_JAVASCRIPT = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts")
_TAG = re.compile(r"//\s*(?:go:build|\+build)\s+(?P<tag>\S.*)")
_USUAL_TAG = re.compile(r"go1\.\d+|\w*(?:linux|darwin|windows|unix|bsd|amd64|arm64|cgo|race|gc)\w*")
_MAX_EACH = 10_000
_MAX_JOINED = 30
_MAX_TESTS = 3000
_MAX_CASES = 200
_MAX_TABLE = 4000  # tokens
_MAX_TABLES = 300


class _Open(NamedTuple):
    name: str
    line: int
    indent: int
    skipped: str


def read_foreign_tests(source: bytes, path: str, *, is_collected: bool = True) -> CollectedTests:
    """Return the tests of a file by its lines.

    Args:
        source: the file.
        path: where it is, which tells the language.
        is_collected: whether a runner looks into it.
    """
    text = source.decode("utf-8", "replace")
    suffix = path[path.rfind(".") :]
    tag = _find_tag(text) if suffix == ".go" else ""
    if suffix in SUFFIXES:
        text = blank_comments(text)
    lines = text.split("\n") if suffix in SUFFIXES else text.splitlines()
    mocked = _find_mocked(text)
    tests: dict[str, WrittenTest] = {}
    others: list[WrittenTest] = []
    for name, start, end, skipped in _find_blocks(lines, suffix):
        if suffix in SUFFIXES:
            test = _read_braced(name, lines, (start, end), suffix)
            test.mocked = {**mocked, **test.mocked}
        else:
            test = WrittenTest(name, None, (start + 1, end), _read_block(lines, start, end))
            test.mocked = mocked
        test.skipped = skipped or test.skipped or tag
        test.is_collected = is_collected
        if not is_collected or name in tests:
            others.append(test)
        else:
            tests[name] = test
        if len(tests) > _MAX_TESTS:
            break
    return CollectedTests(tests, tuple(others))


def _find_tag(text: str) -> str:
    """Return the condition under which alone a file of Go is built, if it is no usual one."""
    head = text.partition("\npackage ")[0]
    for match in _TAG.finditer(head):
        wanted = re.findall(r"(?<![!\w.])[\w.]+", match["tag"])
        if any(not _USUAL_TAG.fullmatch(one) for one in wanted):
            return f"`{match[0].strip()[:60]}`"
    return ""


def _read_braced(
    name: str, lines: Sequence[str], span: tuple[int, int], suffix: str
) -> WrittenTest:
    """Return a test of a language with braces, all of its cases together."""
    start, end = span
    tokens = split_tokens("\n".join(lines[start:end]), start + 1)
    statements = read_statements(tokens, suffix)
    parts = [read_content(statements, row, case) for row, case in _list_cases(statements)]
    content = Content(
        tuple(one for part in parts for one in part.checks),
        tuple(one for part in parts for one in part.dead),
        tuple(one for part in parts for one in part.steps),
    )
    test = WrittenTest(name, None, (start + 1, end), content)
    line = find_skip(statements)
    test.skipped = f"`{lines[line - 1].strip()[:60]}`" if line else ""
    if suffix in _JAVASCRIPT:
        words = [token.text for token in tokens if token.text != "\n"]
        test.mocked = dict.fromkeys(find_doubles(words), start + 1)
    return test


def _list_cases(statements: Sequence[Statement]) -> Sequence[tuple[Sequence[str], str]]:
    """Return the cases of `it.each([…])`, each as its tokens and a text; an empty one without."""
    for statement in statements:
        words = statement.tokens
        if "each" in words[:6]:
            start = words.index("each") + 1
            table = words[start + 1 : find_close(words, start)]
            rows = list_rows(table) if len(table) <= _MAX_TABLE else []
            if not rows:
                break
            return [(row, " ".join(row)) for _, row in rows][:_MAX_CASES]
    return [((), "")]


def _find_blocks(lines: Sequence[str], suffix: str) -> Iterator[tuple[str, int, int, str]]:
    """Yield name, first line from 0, the line after the last, and why it is skipped."""
    is_braced = suffix in SUFFIXES
    owner, marks, tables = "", 0, 0
    skipping = _find_skipping_owners(lines)
    alone = _find_alone(lines)
    for number, line in enumerate(lines):
        found_class = _CLASS.match(line)
        if found_class:
            owner = found_class[1]
        marked = _MARKED.match(line)
        marks = _MAX_MARKS if marked else max(0, marks - 1)
        name, last = _name_test(line, suffix, is_marked=marks > 0), number
        if not name and tables < _MAX_TABLES and _EACH.match(line):
            name, last = _name_each(lines, number)
            tables += 1
        if not name:
            continue
        marks = 0
        start = _find_start(lines, number)
        end = _find_end(lines, last)
        head = "\n".join(lines[start : number + 1])
        skipped = _find_skip(head) or skipping[number]
        if not skipped and not is_braced:
            skipped = _find_skip(_read_first_lines(lines, number))
        if not skipped and alone and number not in alone:
            skipped = f"`{lines[min(alone)].strip()[:60]}` runs alone"
        indented = line[:1] in " \t" and owner
        yield (f"{owner}::{name}" if indented and " " not in name else name), start, end, skipped


def _find_alone(lines: Sequence[str]) -> set[int]:
    """Return the numbers of the lines of tests and groups that run without all others."""
    found: set[int] = set()
    for number, line in enumerate(lines):
        if _ALONE.match(line):
            is_group = _GROUP.match(line)
            found.update(range(number, _find_end(lines, number)) if is_group else [number])
    return found


def _find_mocked(text: str) -> dict[str, int]:
    """Return the names imported from modules that a file of JavaScript replaces, with the line."""
    mocked = {m["module"]: text.count("\n", 0, m.start()) + 1 for m in _MOCKS.finditer(text)}
    if not mocked:
        return {}
    return {
        name: mocked[match["module"]]
        for match in _IMPORTS.finditer(text)
        if match["module"] in mocked
        for name in re.findall(r"[\w$]+", match["names"])
        if name not in ("as", "default", "type")
    }


def _find_skipping_owners(lines: Sequence[str]) -> list[str]:
    """Return for each line by which enclosing group of tests it is skipped."""
    found: list[str] = []
    reason, indent = "", 0
    for line in lines:
        here = len(line) - len(line.lstrip())
        if reason and line.strip() and here <= indent and line.strip()[0] not in ")}]":
            reason = ""
        if re.match(r"\s*(?:(?:describe|suite)\.(?:skip\w*|todo|runIf)|xdescribe)\b", line):
            reason, indent = line.strip()[:60], here
        found.append(reason)
    return found


def _name_each(lines: Sequence[str], number: int) -> tuple[str, int]:
    """Return the title of a table of tests that begins in a line, and the line it stands in."""
    tokens = split_tokens("\n".join(lines[number : number + _MAX_CASES])[:_MAX_EACH], number)
    words = [token.text for token in tokens]
    start = words.index("each") + 1 if "each" in words else len(words)
    end = find_close(words, start) if words[start : start + 1] == ["("] else start
    title = tokens[end + 2] if words[end + 1 : end + 2] == ["("] and len(tokens) > end + 2 else None
    if title is None or title.text[0] not in "'\"`":
        return "", number
    return " ".join(title.text[1:-1].split()), title.line


def _name_test(line: str, suffix: str, *, is_marked: bool) -> str:
    patterns = _NAMES[1:2] if suffix == ".go" else _NAMES
    for pattern in _NAMES[:1] if suffix in _JAVASCRIPT else patterns:
        match = pattern.match(line)
        if match:
            return " ".join(match["name"].split())
    match = _FUNCTION.search(line) if is_marked else None
    return match["name"].strip("`") if match else ""


def _find_start(lines: Sequence[str], number: int) -> int:
    """Return the first of the marks that stand above a test."""
    while number and re.match(r"\s*(?:@|#\[|\[\w)", lines[number - 1]):
        number -= 1
    return number


def _find_end(lines: Sequence[str], number: int) -> int:
    """Return the line after a block: the next that is no deeper and is no closing bracket."""
    indent = len(lines[number]) - len(lines[number].lstrip())
    for end in range(number + 1, len(lines)):
        text = lines[end].strip()
        if text and len(lines[end]) - len(lines[end].lstrip()) <= indent:
            return end + 1 if text[0] in ")}]" else end
    return len(lines)


def _read_first_lines(lines: Sequence[str], number: int) -> str:
    """Return the first statement of a block, which may skip the rest."""
    return "\n".join(lines[number + 1 : number + 3])


def _find_skip(text: str) -> str:
    for line in text.splitlines():
        match = _SKIPS.search(line)
        if match and not line.lstrip().startswith(("//", "#!", "# ", "*")):
            return f"`{' '.join(line.split())[:60]}`"
    return ""


def _read_block(lines: Sequence[str], start: int, end: int) -> Content:
    checks, steps = [], []
    number = start + 1
    while number < end:
        text, used = _join_lines(lines, number, end)
        shown = " ".join(text.split())
        if shown and not shown.startswith(("//", "# ", "/*", "*")):
            if _ASSERTS.search(shown):
                checks.append(_make_check(text, shown, number + 1))
            elif "(" in shown:
                steps.append(Check("step", _join_tokens(text), "", "", (), number + 1, shown[:100]))
        number += used
    return Content(tuple(checks), (), tuple(steps))


def _join_lines(lines: Sequence[str], number: int, end: int) -> tuple[str, int]:
    """Return a statement with the lines its open brackets go on to, a block left out."""
    text, used = lines[number], 1
    while used < _MAX_JOINED and number + used < end and _is_open(text):
        text += "\n" + lines[number + used]
        used += 1
    return text, used


def _is_open(text: str) -> bool:
    if text.rstrip().endswith(("{", ":", "=>", "do")) and not text.rstrip().endswith("({"):
        return False
    tokens = [token for token in _TOKEN.findall(text) if len(token) == 1]
    return sum(token in "([" for token in tokens) > sum(token in ")]" for token in tokens)


def _join_tokens(text: str) -> str:
    tokens = [token for token in _TOKEN.findall(text) if token[:2] not in ("//", "/*")]
    return " ".join(token.replace('"', "'") for token in tokens if token[0] != "#")


def _make_check(text: str, shown: str, line: int) -> Check:
    tokens = _join_tokens(text)
    shown = shown[:100]
    match = _MATCHER.match(tokens)
    if match:
        negated = "not " if ". not ." in tokens else ""
        return Check(
            negated + match["op"], match["subject"], match["expected"], "", (), line, shown
        )
    if tokens.startswith("assert ") and " == " in tokens:
        left, _, right = tokens.removeprefix("assert ").partition(" == ")
        return Check("==", left, right, "", (), line, shown)
    match = _CALL.match(tokens)
    if match:
        name = match["op"].replace(" ", "").rpartition(".")[2]
        first, rest = _split_arguments(match["args"])
        return Check(name, first, rest, "", (), line, shown)
    return Check("true", tokens, "", "", (), line, shown)


def _split_arguments(args: str) -> tuple[str, str]:
    """Return the first of several arguments, given as tokens, and the rest."""
    depth = 0
    tokens = args.split(" ")
    for number, token in enumerate(tokens):
        depth += token in ("(", "[", "{")
        depth -= token in (")", "]", "}")
        if token == "," and depth == 0:
            return " ".join(tokens[:number]), " ".join(tokens[number + 1 :])
    return args, ""
