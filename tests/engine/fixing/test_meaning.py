"""A fix is safe only where names, order of evaluation and structure are proven to stay."""

from __future__ import annotations

from typing import Any

import pytest

from devmatrix_guard.engine.fixing.fixes import apply_edits, build_fixes
from devmatrix_guard.engine.matching.match import find_matches
from devmatrix_guard.model.finding import Fix

MAP = ("map($F, $X)", "[$F(v) for v in $X]")
PATH = ("opened($X)", "Path($X).open()")
ROOT = ("opened($X)", "pathlib.Path($X).open()")
CALL = ("f($X)", "g($X)")
WITH = ("once($X)", "with $X as y:\n    use(y)")
TWICE = ("twice($X)", "$X + $X")
SWAP = ("swap($X, $Y)", "swapped($Y, $X)")
LATER = ("later($X)", "make(lambda: $X)")
LOOP = ("if $X:\n    $...B", "while $X:\n    $...B")
TRY = (
    "try:\n    $...B\nexcept:\n    $...H",
    "try:\n    $...B\nexcept Exception:\n    $...H",
)
RENAME = ("def old($A):\n    ...", "def new($A): ...")
FROM_PATHLIB = ("from pathlib import Path",)
PATHLIB = ("import pathlib",)


def _fix(
    pair: tuple[str, Any], code: str | bytes, imports: tuple[str, ...] = (), examples: Any = ()
) -> tuple[Fix, ...]:
    key = "fix" if isinstance(pair[1], str) else "fix-regex"
    guard = {"imports": list(imports), "examples": list(examples)}
    rule = {"id": "r", "pattern": pair[0], key: pair[1], "metadata": {"guard": guard}}
    source = code if isinstance(code, bytes) else code.encode()
    found = [(rule, match) for match in find_matches(rule, source)]
    return tuple(fix for fix in build_fixes(found, source) if fix is not None)


def _reason(
    pair: tuple[str, Any], code: str | bytes, imports: tuple[str, ...] = (), examples: Any = ()
) -> str:
    (fix,) = _fix(pair, code, imports, examples)
    assert fix.doubt is not None
    return fix.doubt.sentence


# A rule without an example is unsafe for that alone; what is proven of the code comes first.
PROVEN = "the rule has no example that proves its fix"


@pytest.mark.parametrize(
    ("pair", "code", "reason"),
    [
        pytest.param(MAP, "map(v, w)\n", "name v would mean another", id="comprehension-variable"),
        pytest.param(MAP, "map(k, v)\n", PROVEN, id="first-iterable-is-read-outside"),
        pytest.param(MAP, "map(lambda v: v, w)\n", PROVEN, id="own-parameter"),
        pytest.param(MAP, "map(lambda w: v, w)\n", "name v", id="inside-a-lambda"),
        pytest.param(MAP, "map(f'{v}', w)\n", "name v", id="inside-an-f-string"),
        pytest.param(MAP, "map((v := g), w)\n", "would not compile", id="walrus"),
        pytest.param(
            ("apply($X)", "run(lambda a: $X)"),
            "run = 1\napply(a.b)\n",
            "name a",
            id="lambda-parameter",
        ),
        pytest.param(
            ("keep($X)", "[x for x in q if $X]"), "q = 1\nkeep(x > 1)\n", "name x", id="condition"
        ),
        pytest.param(
            ("keep($X)", "(n := $X) + n"),
            "n = 1\nkeep(2)\n",
            "overwrite the name n",
            id="own-walrus",
        ),
        pytest.param(
            ("keep($X)", "(n := $X) + n"),
            "n = 1\nkeep(n)\n",
            "overwrite the name n",
            id="walrus-of-n",
        ),
        pytest.param(
            ("keep($X)", "(n := $X) + n"),
            "def f():\n    keep(2)\n",
            PROVEN,
            id="walrus-of-a-new-name",
        ),
        pytest.param(
            ("keep($X)", "(n := $X) + n"),
            "def f():\n    def n(): ...\n    keep(2)\n",
            "overwrite the name n",
            id="walrus-of-a-function",
        ),
        pytest.param(
            WITH, "use = 1\nonce(b)\nprint(y)\n", "overwrite the name y", id="with-target-is-in-use"
        ),
        pytest.param(
            WITH, "use = 1\nonce(y)\n", "overwrite the name y", id="with-target-is-copied"
        ),
        pytest.param(WITH, "use = 1\nonce(b)\n", PROVEN, id="with-target-is-new"),
        pytest.param(
            WITH,
            "use = 1\ny = 2\ndef f():\n    once(b)\n    def g():\n        return y\n",
            "name y would mean another thing",
            id="with-target-captures-an-inner-function's",
        ),
        pytest.param(
            ("import old", "import new"),
            "import old\nold.f()\n",
            "no longer bind old",
            id="import-used-below",
        ),
        pytest.param(
            ("import old", "import new"), "import old\n", PROVEN, id="import-used-nowhere"
        ),
        pytest.param(
            ("import old", ""),
            "import old\n__all__ = ['old']\n",
            "`__all__` names",
            id="import-exported",
        ),
        pytest.param(
            ("import old", "import new as old"), "import old\nold.f()\n", PROVEN, id="same-name"
        ),
        pytest.param(
            ("$X = make()", "build($X)"),
            "build = 1\na = make()\nprint(a)\n",
            "no longer bind a",
            id="assignment-goes",
        ),
    ],
)
def test_names_of_copied_code_keep_their_scope(
    pair: tuple[str, str], code: str, reason: str
) -> None:
    assert reason in _reason(pair, code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(
            "class C:\n    Path = 1\n    a = opened(b)\n",
            "the name Path for another thing",
            id="class",
        ),
        pytest.param(
            "class C:\n    Path = 1\n    def f(self):\n        return opened(b)\n",
            PROVEN,
            id="method-does-not-see-the-class",
        ),
        pytest.param(
            "from pathlib import Path\nopened(b)\ndel Path\n",
            "the name Path for another thing",
            id="deleted",
        ),
        pytest.param(
            "def f(Path):\n    opened(b)\n", "the name Path for another thing", id="parameter"
        ),
        pytest.param(
            "def f(*, Path=1):\n    opened(b)\n",
            "the name Path for another thing",
            id="keyword-only",
        ),
        pytest.param(
            "a = lambda Path: opened(b)\n", "the name Path for another thing", id="lambda"
        ),
        pytest.param(
            "[opened(b) for Path in c]\n", "the name Path for another thing", id="comprehension"
        ),
        pytest.param(
            "[(Path := 1) for a in c]\nopened(b)\n", "the name Path for another thing", id="walrus"
        ),
        pytest.param(
            "def f():\n    global Path\n    Path = 1\nopened(b)\n",
            "the name Path for another thing",
            id="global",
        ),
        pytest.param(
            "def f():\n    Path = 1\n    def g():\n        opened(b)\n",
            "the name Path for another thing",
            id="enclosing-function",
        ),
        pytest.param(
            "def f():\n    opened(b)\n    for Path in c: ...\n",
            "the name Path for another thing",
            id="bound-below",
        ),
        pytest.param(
            "try: ...\nexcept E as Path: ...\nopened(b)\n",
            "the name Path for another thing",
            id="handler",
        ),
        pytest.param(
            "match a:\n    case Path: ...\nopened(b)\n",
            "the name Path for another thing",
            id="capture",
        ),
        pytest.param(
            "def f():\n    Path()\nopened(b)\n",
            "the name Path for another thing",
            id="free-elsewhere",
        ),
        pytest.param(
            "from os import *\nopened(b)\n", "the name Path for another thing", id="star-import"
        ),
        pytest.param(
            "import other as Path\nopened(b)\n",
            "the name Path for another thing",
            id="other-import",
        ),
        pytest.param(
            "def f():\n    from other import Path\n    opened(b)\n",
            "the name Path for another thing",
            id="other-import-in-the-function",
        ),
        pytest.param(
            "if x:\n    from pathlib import Path\nopened(b)\n", "not be bound", id="conditional"
        ),
        pytest.param(
            "try:\n    from pathlib import Path\nexcept ImportError:\n    Path = None\nopened(b)\n",
            "the name Path for another thing",
            id="fallback",
        ),
        pytest.param(
            "try:\n    from pathlib import Path\nexcept ImportError:\n    pass\nopened(b)\n",
            "not be bound",
            id="ignored-import-error",
        ),
        pytest.param(
            "try:\n    from pathlib import Path\nexcept ImportError:\n    raise\nopened(b)\n",
            PROVEN,
            id="raised-import-error",
        ),
        pytest.param(
            "opened(b)\nfrom pathlib import Path\n", "not be bound", id="imported-below-its-use"
        ),
        pytest.param(
            "def f():\n    opened(b)\nfrom pathlib import Path\n", PROVEN, id="used-when-called"
        ),
        pytest.param(
            "def f():\n    opened(b)\n    from pathlib import Path\n",
            "not be bound",
            id="function-imports-below",
        ),
        pytest.param(
            "def f():\n    if a:\n        from pathlib import Path\n    opened(b)\n",
            "not be bound",
            id="function-imports-in-a-branch",
        ),
        pytest.param(
            "def f():\n    if a:\n        from pathlib import Path\n        opened(b)\n",
            PROVEN,
            id="import-and-use-in-one-branch",
        ),
        pytest.param(
            "if TYPE_CHECKING:\n    from pathlib import Path\nopened(b)\n",
            PROVEN,
            id="type-checking-gets-an-import-of-its-own",
        ),
    ],
)
def test_imported_name_is_proven_where_it_is_used(code: str, reason: str) -> None:
    assert reason in _reason(PATH, code, FROM_PATHLIB)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("x = opened(b)\nimport os\n", id="code-before-imports"),
        pytest.param("import abc; x = opened(b)\n", id="shared-line"),
        pytest.param("try:\n    x = opened(b)\nexcept E: ...\nimport os\n", id="in-a-block-above"),
        pytest.param(
            "import abc\ntry:\n    x = opened(b)\nexcept E: ...\nimport z\n", id="between"
        ),
        pytest.param('"""Doc."""; x = opened(b)\n', id="beside-the-docstring"),
        pytest.param("#!/bin/python\n# coding: utf-8\nx = opened(b)\n", id="shebang-and-cookie"),
        pytest.param(
            "from __future__ import annotations\nx = opened(b)\nimport os\n", id="after-future"
        ),
        pytest.param("@opened(b)\ndef f(): ...\nimport os\n", id="decorator"),
        pytest.param("class C(opened(b)): ...\nimport os\n", id="base-class"),
        pytest.param("def f(a=opened(b)): ...\nimport os\n", id="default"),
        pytest.param("\x0cx = opened(b)\n\x0cimport os\n", id="form-feed"),
        pytest.param("x = opened(b) ; import os\r\nimport q\r\n", id="crlf"),
        pytest.param("from pathlib import (\n    PurePath\n); x = opened(b)\n", id="bracket"),
    ],
)
@pytest.mark.parametrize("kind", ["import pathlib", "from pathlib import Path"])
def test_safe_or_shown_an_import_never_lands_below_its_use(code: str, kind: str) -> None:
    template = ("opened($X)", "pathlib.Path($X)" if kind == "import pathlib" else "Path($X)")
    example = {
        "invalid": "a = opened(b)\n",
        "fixed": f"{kind}\na = {template[1]}\n".replace("$X", "b"),
    }
    (fix,) = _fix(template, code, (kind,), (example,))
    fixed = apply_edits(code.encode(), fix.edits).decode()
    if not fix.safe:
        assert fix.doubt and fix.doubt.sentence
        return
    assert fixed.index("pathlib") < fixed.index("Path(b)")
    compile(fixed, "", "exec")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("list = 1\nf(b)\n", "the name list for another thing", id="module"),
        pytest.param("def h(list):\n    f(b)\n", "the name list for another thing", id="parameter"),
        pytest.param(
            "class C:\n    list = 1\n    f(b)\n", "the name list for another thing", id="class"
        ),
        pytest.param("from m import *\nf(b)\n", "`import *` may give", id="star"),
        pytest.param("f(list)\n", PROVEN, id="read-only"),
        pytest.param(
            "def list(): ...\nf(list)\n", "uses the name list", id="copied-code-has-the-same"
        ),
        pytest.param("exec(a)\nf(b)\n", "may give the name list", id="exec"),
        pytest.param("globals()['list'] = 1\nf(b)\n", "may give the name list", id="globals"),
        pytest.param(
            "f(b)\ndef h():\n    global list\n    list = 1\n", "uses the name", id="global"
        ),
    ],
)
def test_builtin_of_a_template_is_the_builtin(code: str, reason: str) -> None:
    assert reason in _reason(("f($X)", "list($X)"), code)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param("g = 1\nf(b)\n", PROVEN, id="bound-above"),
        pytest.param("f(b)\ng = 1\n", "not be bound there yet", id="bound-below"),
        pytest.param("def h():\n    f(b)\ng = 1\n", PROVEN, id="bound-when-called"),
        pytest.param("def h(g):\n    f(b)\n", PROVEN, id="parameter"),
        pytest.param("g = 1\ndef h(g):\n    f(b)\n", "bound twice", id="parameter-and-module"),
        pytest.param("g = 1\ndel g\nf(b)\n", "deleted", id="deleted"),
        pytest.param("if a:\n    g = 1\nf(b)\n", "not be bound", id="in-a-branch"),
        pytest.param("if a:\n    g = 1\nelse:\n    g = 2\nf(b)\n", PROVEN, id="in-both-branches"),
        pytest.param("for g in a:\n    f(b)\n", PROVEN, id="loop-variable"),
        pytest.param("for g in a: ...\nf(b)\n", "not be bound", id="after-the-loop"),
        pytest.param("with a as g:\n    f(b)\n", PROVEN, id="with"),
        pytest.param("def h():\n    g = 1\nf(b)\n", "nothing in the file binds", id="elsewhere"),
        pytest.param("f(g)\n", "nothing in the file binds", id="only-in-copied-code"),
        pytest.param(
            "def h():\n    with a:\n        g = 1\n        f(b)\n", PROVEN, id="in-the-same-with"
        ),
        pytest.param(
            "with suppress(E):\n    g = 1\nf(b)\n", "not be bound", id="in-a-with-that-swallows"
        ),
    ],
)
def test_free_name_of_a_template_is_bound_where_it_is_used(code: str, reason: str) -> None:
    assert reason in _reason(CALL, code)


@pytest.mark.parametrize(
    ("pair", "code", "reason"),
    [
        pytest.param(WITH, "use = 1\nonce(b); print(1)\n", "not mean what", id="second-statement"),
        pytest.param(WITH, "use = 1\nif a: once(b)\n", "would not parse", id="one-line-suite"),
        pytest.param(
            ("old($X)", "new($X)\nnewer($X)"),
            "new = newer = 1\nif a: old(b); print(1)\n",
            "would not",
            id="two-statements-in-a-suite",
        ),
        pytest.param(
            ("if $X:\n    $...B", "while $X:\n    $...B"),
            "if a:\n    b\nelif c:\n    d\n",
            "",
            id="elif",
        ),
        pytest.param(
            ("if $X:\n    $...B", "while $X:\n    $...B"),
            "for a in q:\n    if a:\n        break\n",
            "`break` or `continue` would belong to another loop",
            id="break",
        ),
        pytest.param(
            LATER, "make = 1\ndef f():\n    later((yield))\n", "at another time", id="yield"
        ),
        pytest.param(
            LATER, "make = 1\nasync def f():\n    later(await a)\n", "would not compile", id="await"
        ),
        pytest.param(
            ("every($X)", "[$X for _ in a]"),
            "a = 1\nasync def f():\n    every(await b)\n",
            "at another time",
            id="await-in-a-comprehension",
        ),
        pytest.param(
            ("every($X)", "[$X for _ in a]"),
            "a = 1\nclass C(B):\n    def f(self):\n        every(super().x)\n",
            "at another time",
            id="super",
        ),
        pytest.param(
            ("$X.append($Y)", "$X += [$Y]"),
            "from m import *\nfound.append(1)\n",
            "would bind the name found, which nothing else binds",
            id="given-by-a-star",
        ),
        pytest.param(
            ("$X.append($Y)", "$X += [$Y]"),
            "class C:\n    found.append(1)\n",
            "found",
            id="bound-in-a-class",
        ),
    ],
)
def test_fix_that_means_another_thing_is_not_safe(
    pair: tuple[str, str], code: str, reason: str
) -> None:
    for fix in _fix(pair, code):
        assert fix.doubt and reason in fix.doubt.sentence


@pytest.mark.parametrize(
    ("pair", "code", "reason"),
    [
        pytest.param(TWICE, "twice(a())\n", "`a()` more than once", id="call-twice"),
        pytest.param(
            TWICE, "twice(a('b', f'c'))\n", "`a(…, …)` more than", id="strings-are-not-shown"
        ),
        pytest.param(TWICE, "twice(a.b[0])\n", PROVEN, id="reading-twice"),
        pytest.param(TWICE, "twice([])\n", "`[]` more than once", id="two-lists-for-one"),
        pytest.param(TWICE, "twice((n := 1))\n", "more than once", id="walrus-twice"),
        pytest.param(TWICE, "twice(lambda: a())\n", PROVEN, id="lambda-is-not-called"),
        pytest.param(
            TWICE, "twice(lambda x=a(): x)\n", "more than once", id="default-of-a-lambda-is"
        ),
        pytest.param(
            SWAP, "swapped = 1\nswap(a(), b())\n", "earlier than before", id="calls-swapped"
        ),
        pytest.param(SWAP, "swapped = 1\nswap(a, b())\n", PROVEN, id="name-and-call-swapped"),
        pytest.param(SWAP, "swapped = 1\nswap(a, (a := 1))\n", "earlier", id="name-and-its-walrus"),
        pytest.param(SWAP, "swapped = 1\nswap(a.b, c())\n", "earlier", id="attribute-and-call"),
        pytest.param(SWAP, "swapped = 1\nswap(a.b, c.d)\n", PROVEN, id="two-attributes"),
        pytest.param(LATER, "make = 1\nlater(a())\n", "at another time", id="call-in-a-lambda"),
        pytest.param(LATER, "make = 1\nlater(a.b)\n", PROVEN, id="attribute-in-a-lambda"),
        pytest.param(
            ("both($X, $Y)", "$X and $Y"),
            "both(a, b())\n",
            "at another time",
            id="made-conditional",
        ),
        pytest.param(
            ("first($X, $Y)", "$X"),
            "first(a, b())\n",
            "no longer evaluate `b()`",
            id="call-dropped",
        ),
        pytest.param(("first($X, $Y)", "$X"), "first(a, b)\n", PROVEN, id="name-dropped"),
        pytest.param(
            ("log($...A)", ""), "log(a())\n", "no longer evaluate `a()`", id="statement-deleted"
        ),
        pytest.param(MAP, "map(make(), w)\n", "at another time", id="callee-made-each-time"),
    ],
)
def test_copied_code_is_evaluated_as_before(pair: tuple[str, str], code: str, reason: str) -> None:
    assert reason in _reason(pair, code)


@pytest.mark.parametrize(
    ("pair", "code", "fixed"),
    [
        pytest.param(
            ("f($X)", "-$X"), "f(a if b else c)\n", "-(a if b else c)\n", id="conditional"
        ),
        pytest.param(("f($X)", "$X.y"), "f(lambda: a)\n", "(lambda: a).y\n", id="lambda"),
        pytest.param(("f($X)", "$X.y"), "f((a, b))\n", "(a, b).y\n", id="tuple"),
        pytest.param(("f($X)", "$X + 1"), "f((n := 2))\n", "(n := 2) + 1\n", id="walrus"),
        pytest.param(("f($X)", "$X + 1"), "f(n := 2)\n", "(n := 2) + 1\n", id="bare-walrus"),
        pytest.param(("f($X)", "g = $X"), "f((yield))\n", "g = (yield)\n", id="yield"),
        pytest.param(("f($X)", "$X ** 2"), "f(-a)\n", "(-a) ** 2\n", id="minus"),
        pytest.param(("f($X)", "await $X"), "f(a or b)\n", "await (a or b)\n", id="await"),
        pytest.param(("f($X)", "$X[0]"), "f(*a)\n", "", id="starred-is-refused"),
        pytest.param(("f($X)", "$X"), "f(a\n  + b)\n", "(a\n  + b)\n", id="lines"),
        pytest.param(
            ("f($X)", "$X + 1"), "x = f('a'\n  'b')\n", "x = ('a'\n  'b') + 1\n", id="strings"
        ),
        pytest.param(("f($X)", "not $X"), "x = \\\n  f(a)\n", "x = \\\n  not a\n", id="backslash"),
        pytest.param(("f($X)", "not $X"), "é = '𝄞'; f(a)\n", "é = '𝄞'; not a\n", id="columns"),
        pytest.param(("f($X)", "not $X"), "if b:\n\tf(a)\r\n", "if b:\n\tnot a\r\n", id="tab-crlf"),
    ],
)
def test_precedence_and_layout_hold(pair: tuple[str, str], code: str, fixed: str) -> None:
    for fix in _fix(pair, code):
        if fix.edits:
            assert apply_edits(code.encode(), fix.edits).decode() == fixed


def test_regular_expression_that_captures_a_name_is_not_safe() -> None:
    regex = {"regex": r"map\((.*), (.*)\)", "replacement": r"[\1(v) for v in \2]"}
    assert "name v" in _reason(("map($F, $X)", regex), "map(v, w)\n")
    assert _reason(("map($F, $X)", regex), "map(k, w)\n") == PROVEN


@pytest.mark.parametrize(
    ("pair", "code", "part"),
    [
        (LOOP, "if a:\n    b\nelse:\n    c\n", "`else` branch"),
        (RENAME, "@a\ndef old(b): ...\n", "a decorator"),
        (RENAME, "def old(b) -> c: ...\n", "return annotation"),
        (RENAME, "def old(b=1): ...\n", "default of a parameter"),
        (RENAME, "async def old(b): ...\n", "no longer be asynchronous"),
        (RENAME, "def old(b):\n    'doc'\n", "a docstring"),
        (RENAME, "def old(b):\n    del b\n", "a statement"),
        (RENAME, "def old(b):\n    go()\n", "no longer evaluate all"),
        (("def old(...):\n    ...", "def new(): ..."), "def old(b): ...\n", "a parameter"),
        (("def $F($A):\n    return 1", "def $F($A, b=1):\n    return 2"),
         "def f(a: int):\n    return 1\n", "annotation of a parameter"),
        (("class Old:\n    ...", "class New: ..."), "class Old(Base): ...\n", "a base class"),
        (("$X = old()", "$X = 1"), "class C:\n    x: int = old()\n", "an annotation"),
        (("$F = lambda $A: $B", "def $F($A):\n    return $B"), "f = lambda a=1: a\n",
         "default of a parameter"),
        (TRY, "try:\n    a\nexcept E:\n    b\nexcept:\n    c\n", "an `except` branch"),
        (("from a import b", "from c import b"), "from a import b, d\n", "a name that is imported"),
        (("from a import b", "from c import b"), "from a import b as d\n", "as another"),
        (("import a", "import b"), "import a.c\n", "another module"),
        (("[$E for $I in $X]", "list($X)"), "async def f(): return [i async for i in x]\n",
         "asynchronous"),
        (("debug(...)", ""), "debug(a())\n", "no longer evaluate all"),
        (("debug(...)", ""), "def f():\n    debug((yield))\n", "no longer evaluate all"),
        (("return None", "return"), "def f(): return None if x() else None\n", "evaluate all"),
        (("$X = $X + $Y", "$X += $Y"), "a[f()] = a[f()] + 1\n", "evaluate all"),
        (("debug(...)", {"regex": ".+", "replacement": "None"}), "debug(a())\n", "evaluate all"),
    ],
)  # fmt: skip
def test_part_that_a_pattern_does_not_mention_is_not_lost(
    pair: tuple[str, str], code: str, part: str
) -> None:
    (fix,) = _fix(pair, code)
    assert fix.doubt and part in fix.doubt.sentence


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        (("debug(...)", ""), "debug(a, *b, c=d)\n"),
        (("debug(g(...))", "h = 1"), "debug(g(a))\n"),
        (("debug(...)", {"regex": "debug", "replacement": "log"}), "log = 1\ndebug(a())\n"),
        (("def $F(...):\n    return $X", "return_ = $X"), "def f(): return a\n"),
        (TRY, "try:\n    a()\nexcept:\n    async_()\n    del b\n"),
        (("import a", "import b as a"), "import a\n"),
    ],
)  # fmt: skip
def test_part_that_a_pattern_mentions_or_a_fix_keeps_is_not_lost(
    pair: tuple[str, Any], code: str
) -> None:
    assert _reason(pair, code) == PROVEN


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def f():\n    debug(1)\n    'no docstring'\n", "become a docstring"),
        ("class C:\n    debug(1)\n    debug(2)\n    'no docstring'\n", "become a docstring"),
        ("debug(1)\n'no docstring'\n", "become a docstring"),
        ("def f():\n    'docstring'\n    debug(1)\n    'no docstring'\n", PROVEN),
        ("if a:\n    debug(1)\n    'no docstring'\n", PROVEN),
    ],
)
def test_a_string_does_not_become_a_docstring(code: str, reason: str) -> None:
    told = {fix.doubt.sentence for fix in _fix(("debug(...)", ""), code) if fix.doubt}
    assert any(reason in sentence for sentence in told)


@pytest.mark.parametrize(
    ("pair", "code", "reason"),
    [
        (("dict()", "{}"), "def dict(): ...\nx = dict()\n", "uses the name dict"),
        (("dict()", "{}"), "def f(dict):\n    return dict()\n", "uses the name dict"),
        (("dict()", "{}"), "from m import *\nx = dict()\n", "`import *` may give"),
        (("dict()", "{}"), "class C:\n    def dict(self):\n        return dict()\n", PROVEN),
        (("print($X)", "print($X, flush=True)"), "def print(a): ...\nprint(1)\n", "print"),
        (("$X.old", "$X.new"), "def f(dict):\n    return dict.old\n", PROVEN),
    ],
)
def test_builtin_that_a_pattern_names_is_the_builtin(
    pair: tuple[str, str], code: str, reason: str
) -> None:
    assert reason in _reason(pair, code)


@pytest.mark.parametrize(
    "code",
    ["new = 1\nold = 2\n", "new = 1\nfor [old, x] in y: ...\n", "new = 1\ndel old\n"],
)
def test_name_that_a_template_writes_does_not_overwrite_another(code: str) -> None:
    for fix in _fix(("old", "new"), code):
        assert fix.doubt and "overwrite the name new" in fix.doubt.sentence


def test_doubt_about_one_fix_leaves_its_neighbours_alone() -> None:
    example = {"invalid": "map(a, b)", "fixed": "[a(v) for v in b]"}
    fixes = _fix(MAP, "map(a, b)\nmap(v, b)\nmap(map(a, b), c)\n", examples=(example,))
    assert [fix.safe for fix in fixes] == [True, False, False, True]


@pytest.mark.parametrize(
    ("code", "is_proven"),
    [
        ("import os\nos.path.exists(b)\n", True),
        ("import os.path\n\ndef f(a):\n    os.path.exists(b)\n", True),
        ("from os import path\npath.exists(b)\n", True),
        ("from os.path import exists as e\ne(b)\n", True),
        ("from os.path import *\nexists(b)\n", True),
        ("def f():\n    import os\n    os.path.exists(b)\n", True),
        ("import os\nclass C:\n    os = 1\n    def f(self):\n        os.path.exists(b)\n", True),
        ("import os\ndef f(os): ...\nos.path.exists(b)\n", True),
        ("def f(os):\n    os.path.exists(b)\n", False),
        ("import os\n\ndef f(os):\n    def g():\n        os.path.exists(b)\n", False),
        ("import os\na = lambda os: os.path.exists(b)\n", False),
        ("import os\n[os.path.exists(b) for os in c]\n", False),
        ("import os\ndef f():\n    os = c\n    os.path.exists(b)\n", False),
        ("import os\ndef f():\n    for os in c:\n        os.path.exists(b)\n", False),
        ("import os\ndef f():\n    with c as os:\n        os.path.exists(b)\n", False),
        ("import os\nclass C:\n    os = 1\n    os.path.exists(b)\n", False),
        ("os = c\nos.path.exists(b)\n", False),
        ("import os\nos = c\n\n\n\n\nos.path.exists(b)\n", False),
        ("import os\ndel os\nos.path.exists(b)\n", False),
        ("import os\ndef os(): ...\nos.path.exists(b)\n", False),
        ("import os\ndef f():\n    global os\n    os = 1\nos.path.exists(b)\n", False),
        ("import os\nif (os := c):\n    os.path.exists(b)\n", False),
        ("try:\n    import os\nexcept ImportError:\n    os = None\nos.path.exists(b)\n", False),
        ("import other as os\nos.path.exists(b)\n", False),
        ("from other import os\nos.path.exists(b)\n", False),
        ("from os import path\npath = c\npath.exists(b)\n", False),
        ("from os import path\ndef f():\n    path = c\n    path.exists(b)\n", False),
        ("from os.path import exists\ndef f():\n    exists = c\n    exists(b)\n", False),
        ("from os.path import *\ndef f(exists):\n    exists(b)\n", False),
    ],
)
def test_what_a_pattern_takes_for_an_import_is_one(code: str, is_proven: bool) -> None:
    defined = "def there(a): ...\n\n\nTHERE = ()\n"
    for fix in ("there($X)", "$X in THERE", *["os.path.lexists($X)"] * code.startswith("import ")):
        reason = _reason(("os.path.exists($X)", fix), defined + code)
        assert ("for another thing" in reason) is not is_proven


def test_a_group_of_errors_is_not_made_one_error() -> None:
    pair = ("try:\n    $...B\nexcept $E:\n    $...H", "try:\n    $...B\nexcept ($E, F):\n    $...H")
    starred = "class F(Exception): ...\ntry:\n    a()\nexcept* E:\n    b()\n"
    assert _reason(pair, starred) == "no pattern tells `except*` from `except`"


@pytest.mark.parametrize(
    "code",
    [
        "def f(logger):\n    logger.warn(b)\n",
        "logger = make()\nlogger.warn(b)\n",
        "from here import logger\nlogger.warn(b)\n",
        "from here import *\nlogger = make()\nlogger.warn(b)\n",
    ],
)
def test_a_variable_that_a_pattern_names_may_be_bound_anyhow(code: str) -> None:
    assert _reason(("logger.warn($X)", "logger.warning($X)"), code) == PROVEN
