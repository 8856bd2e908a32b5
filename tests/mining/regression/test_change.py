"""What a change takes from a test, and what leaves it asking for as much as before."""

# ruff: noqa: E501  # tables of code, one case a line

from __future__ import annotations

import textwrap

import pytest

from devmatrix_guard.mining.regression.change import Loss, TextChange, find_losses

PATH = "tests/test_a.py"


def lose(
    old: str,
    new: str | None,
    *,
    name: str = "test_a",
    path: str = PATH,
    to: str | None = None,
    beside: tuple[tuple[str, str | None, str | None], ...] = (),
) -> list[Loss]:
    """Return what is taken from one test of a file, in a change of that file and of others."""

    def encode(text: str | None) -> bytes | None:
        return None if text is None else textwrap.dedent(text).encode()

    changes = [TextChange(path, "" if new is None else to or path, encode(old), encode(new))]
    for other, before, after in beside:
        changes.append(
            TextChange(
                other if before is not None else "",
                other if after is not None else "",
                encode(before),
                encode(after),
            )
        )
    return find_losses(changes, {path: [name]})


def kinds(losses: list[Loss]) -> list[str]:
    return sorted({taken.kind for loss in losses for taken in loss.taken})


PLAIN = """
import pytest
def test_a():
    r = get("/x", timeout=1)
    assert r.status == 200
    assert r.text == "ok"
def test_b():
    assert get("/y").status == 404
"""

LOOPED = "def test_a():\n    for x, y in [(1, 2), (3, 4)]:\n        assert f(x) == y\n"
MARKED = (
    "@pytest.mark.parametrize('x, y', [(1, 2), (3, 4)])\ndef test_a(x, y):\n    assert f(x) == y\n"
)
MANY = str([(number, number + 1) for number in range(30)])

CAUGHT = "def test_a(self):\n    for i in range(1000):\n        try:\n            f(i)\n        except OSError as e:\n            self.assertEqual('closing', str(e))\n            break\n"
OPENED = "@gen_test\ndef test_a(self):\n    ws = yield connect('x')\n    ws.write('hello')\n    ws.close()\n"
CLOSING = "@gen_test\ndef test_a(self):\n    with closing((yield connect('x'))) as ws:\n        ws.write('hello')\n        ws.close()\n"

TAKEN = {
    "a fixture with a case less": (LOOPED, "@pytest.fixture\ndef cases():\n    return [(1, 2)]\ndef test_a(cases):\n    for x, y in cases:\n        assert f(x) == y\n", "case"),
    "a fixture with fewer cases": ("@pytest.fixture(params=[1, 2])\ndef x(request):\n    return request.param\ndef test_a(x):\n    assert f(x)\n", "@pytest.fixture(params=[1])\ndef x(request):\n    return request.param\ndef test_a(x):\n    assert f(x)\n", "case"),
    "format of other values": ("def test_a():\n    assert f(u) == '{0}/{1}'.format(a, b)\n", "def test_a():\n    assert f(u) == '{}/{}'.format(b, a)\n", "different"),
    "format of another text": ("def test_a():\n    assert f(u) == '{0}/{1}'.format(a, b)\n", "def test_a():\n    assert f(u) == f'{a}-{b}'\n", "different"),
    "from a module, with other arguments": ("def test_a():\n    assert f(4, 2) == half(4)\n", "def test_a():\n    assert m.f(4, 3) == half(4)\n", "different"),
    "both sides by their length": ("def test_a():\n    assert f(a) == g(b)\n", "def test_a():\n    assert len(f(a)) == len(g(b))\n", "weakened"),
    "both sides without order": ("def test_a():\n    assert f(a) == g(b)\n", "def test_a():\n    assert sorted(f(a)) == sorted(g(b))\n", "unordered"),
    "a double of what it asks": ("def test_a():\n    assert f(4, 2) == 2\n", "def test_a():\n    f = Mock(return_value=2)\n    assert f(4, 2) == 2\n", "replaced"),
    "nose's mark": (PLAIN, PLAIN.replace("def test_a", "@nottest\ndef test_a"), "skipped"),
    "deleted": (PLAIN, PLAIN.replace("test_a", "test_c").replace('"/x"', '"/z"').replace("200", "1").replace('"ok"', "2"), "deleted"),
    "renamed away": (PLAIN, PLAIN.replace("def test_a", "def _test_a"), "uncollected"),
    "prefix lost": (PLAIN, PLAIN.replace("def test_a", "def check_a"), "uncollected"),
    "made a fixture": (PLAIN, PLAIN.replace("def test_a", "@pytest.fixture\ndef test_a"), "uncollected"),
    "without a case": (PLAIN, PLAIN.replace("def test_a():", "@pytest.mark.parametrize('x', [])\ndef test_a(x):"), "emptied"),
    "taken away below": (PLAIN, PLAIN + "del test_a\n", "uncollected"),
    "given another value below": (PLAIN, PLAIN + "test_a = None\n", "uncollected"),
    "marked as none": (PLAIN, PLAIN + "test_a.__test__ = False\n", "uncollected"),
    "a module marked as none": (PLAIN, "__test__ = False\n" + PLAIN, "uncollected"),
    "made a generator": (PLAIN, PLAIN.replace("def test_a():", "def test_a():\n    yield"), "skipped"),
    "all of it in a function that nothing calls": (PLAIN, PLAIN.replace("def test_a():\n", "def test_a():\n    def inner():\n").replace("    r = ", "        r = ").replace("    assert r.", "        assert r."), "emptied"),
    "skipped without a module": (PLAIN, PLAIN.replace("import pytest", "import pytest\npytest.importorskip('nothing')"), "skipped"),
    "skips itself without a module": (PLAIN, PLAIN.replace("    r = get", "    pytest.importorskip('nothing')\n    r = get"), "emptied"),
    "asks what it made up": (PLAIN, PLAIN.replace("    r = get", "    get = lambda url, timeout: Answer\n    r = get"), "emptied"),
    "asks a function it made up": (PLAIN, PLAIN.replace("    r = get", "    def get(url, timeout):\n        return ANSWER\n    r = get"), "emptied"),
    "shadowed by a later one": (PLAIN, PLAIN.replace("def test_b", "def test_a"), "uncollected"),
    "nested in a function": (PLAIN, "def helper():\n" + textwrap.indent(PLAIN, "    "), "uncollected"),
    "skip": (PLAIN, PLAIN.replace("def test_a", "@pytest.mark.skip\ndef test_a"), "skipped"),
    "skip with a reason": (PLAIN, PLAIN.replace("def test_a", "@pytest.mark.skip(reason='flaky')\ndef test_a"), "skipped"),
    "skipif": (PLAIN, PLAIN.replace("def test_a", "@pytest.mark.skipif(True, reason='')\ndef test_a"), "skipped"),
    "skipif on a platform": (PLAIN, PLAIN.replace("def test_a", "@pytest.mark.skipif(WINDOWS, reason='')\ndef test_a"), "skipped"),
    "xfail": (PLAIN, PLAIN.replace("def test_a", "@pytest.mark.xfail(strict=False)\ndef test_a"), "skipped"),
    "unittest.skip": (PLAIN, PLAIN.replace("def test_a", "@unittest.skip('later')\ndef test_a"), "skipped"),
    "pytestmark": (PLAIN, PLAIN.replace("import pytest", "import pytest\npytestmark = pytest.mark.skip"), "skipped"),
    "module skipped": (PLAIN, PLAIN.replace("import pytest", "import pytest\npytest.skip('x', allow_module_level=True)"), "skipped"),
    "setup of the module": (PLAIN, PLAIN + "\n\ndef setup_module():\n    pytest.skip('later')\n", "skipped"),
    "setUpModule": (PLAIN, PLAIN + "\n\ndef setUpModule():\n    raise unittest.SkipTest('later')\n", "skipped"),
    "setup of functions": (PLAIN, PLAIN + "\n\ndef setup_function(function):\n    pytest.skip('later')\n", "skipped"),
    "a fixture for all": (PLAIN, PLAIN + "\n\n@pytest.fixture(autouse=True)\ndef off():\n    pytest.skip('later')\n", "skipped"),
    "a fixture that ends the run": (PLAIN, PLAIN + "\n\n@pytest.fixture(autouse=True)\ndef off():\n    pytest.exit('later')\n", "skipped"),
    "a fixture it is given": (PLAIN, PLAIN.replace("test_a()", "test_a(off)") + "\n\n@pytest.fixture\ndef off():\n    pytest.skip('later')\n", "skipped"),
    "a fixture it is marked with": (PLAIN, PLAIN.replace("def test_a", "@pytest.mark.usefixtures('off')\ndef test_a") + "\n\n@pytest.fixture\ndef off():\n    pytest.skip('later')\n", "skipped"),
    "the end of the run": (PLAIN, "pytest.exit('later', 0)\n" + PLAIN, "skipped"),
    "exit in the body": (PLAIN, PLAIN.replace("def test_a():", "def test_a():\n    pytest.exit('later', 0)"), "emptied"),
    "skip in the body": (PLAIN, PLAIN.replace("def test_a():", "def test_a():\n    pytest.skip('later')"), "emptied"),
    "xfail in the body": (PLAIN, PLAIN.replace("def test_a():", "def test_a():\n    pytest.xfail('later')"), "emptied"),
    "early return": (PLAIN, PLAIN.replace("def test_a():", "def test_a():\n    return"), "emptied"),
    "return in the middle": (PLAIN, PLAIN.replace("    assert r.text", "    return\n    assert r.text"), "bounded"),
    "emptied": (PLAIN, PLAIN.replace('    assert r.status == 200\n    assert r.text == "ok"\n', "    pass\n"), "emptied"),
    "body is a pass": (PLAIN, "def test_a():\n    pass\n", "emptied"),
    "assertion removed": (PLAIN, PLAIN.replace('    assert r.text == "ok"\n', ""), "removed"),
    "assertion commented out": (PLAIN, PLAIN.replace("    assert r.text", "    # assert r.text"), "removed"),
    "commented out": (PLAIN, "\n".join("# " + line if number in (2, 3, 4, 5) else line for number, line in enumerate(PLAIN.splitlines())), "deleted"),
    "expected value": (PLAIN, PLAIN.replace("200", "500"), "different"),
    "expected text": (PLAIN, PLAIN.replace('"ok"', '"no"'), "different"),
    "negated": (PLAIN, PLAIN.replace("r.status == 200", "r.status != 500"), "weakened"),
    "in": (PLAIN, PLAIN.replace("r.status == 200", "r.status in (200, 500)"), "weakened"),
    "is not None": (PLAIN, PLAIN.replace("r.status == 200", "r.status is not None"), "weakened"),
    "truth": (PLAIN, PLAIN.replace("r.status == 200", "r.status"), "weakened"),
    "a bound": (PLAIN, PLAIN.replace("r.status == 200", "r.status >= 200"), "weakened"),
    "a type": (PLAIN, PLAIN.replace("r.status == 200", "isinstance(r.status, int)"), "weakened"),
    "or true": (PLAIN, PLAIN.replace("r.status == 200", "r.status == 200 or True"), "removed"),
    "of itself": (PLAIN, PLAIN.replace("r.status == 200", "r.status == r.status"), "removed"),
    "of a constant": (PLAIN, PLAIN.replace("r.status == 200", "200 == 200"), "removed"),
    "assert true": (PLAIN, PLAIN.replace("r.status == 200", "True"), "removed"),
    "swallowed": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    try:\n        assert r.status == 200\n    except AssertionError:\n        pass\n"), "bounded"),
    "swallowed by a bare except": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    try:\n        assert r.status == 200\n    except:\n        print('no')\n"), "bounded"),
    "suppressed": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    with contextlib.suppress(Exception):\n        assert r.status == 200\n"), "bounded"),
    "if false": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    if False:\n        assert r.status == 200\n"), "bounded"),
    "if zero": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    if 1 == 2:\n        assert r.status == 200\n"), "bounded"),
    "under a condition": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    if os.environ.get('SLOW'):\n        assert r.status == 200\n"), "bounded"),
    "a return under a condition": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    if not r:\n        return\n    assert r.status == 200\n"), "bounded"),
    "not in a loop that runs": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    for _ in ():\n        assert r.status == 200\n"), "bounded"),
    "a constant of the module": ("WANT = 3\ndef test_a():\n    assert f() == WANT\n", "WANT = 4\ndef test_a():\n    assert f() == WANT\n", "different"),
    "a helper": ("def check(r):\n    assert r.ok == 1\n    assert r.x == 2\ndef test_a():\n    check(f())\n", "def check(r):\n    assert r.ok == 1\ndef test_a():\n    check(f())\n", "removed"),
    "tolerance": ("def test_a():\n    assert f() == pytest.approx(3, abs=0.01)\n", "def test_a():\n    assert f() == pytest.approx(3, abs=1)\n", "weakened"),
    "distance": ("def test_a():\n    assert abs(f() - 3) < 0.01\n", "def test_a():\n    assert abs(f() - 3) < 1\n", "weakened"),
    "exact becomes near": ("def test_a():\n    assert f() == 3\n", "def test_a():\n    assert f() == pytest.approx(3)\n", "weakened"),
    "a bound moved": ("def test_a():\n    assert f() < 3\n", "def test_a():\n    assert f() < 30\n", "weakened"),
    "less of a text": ("def test_a():\n    assert 'bad port 0' in f()\n", "def test_a():\n    assert 'bad' in f()\n", "weakened"),
    "raises widened": ("def test_a():\n    with pytest.raises(KeyError):\n        f(1)\n", "def test_a():\n    with pytest.raises(Exception):\n        f(1)\n", "weakened"),
    "raises one of several": ("def test_a():\n    with pytest.raises(KeyError):\n        f(1)\n", "def test_a():\n    with pytest.raises((KeyError, OSError)):\n        f(1)\n", "weakened"),
    "raises a base": ("def test_a():\n    with pytest.raises(KeyError):\n        f(1)\n", "def test_a():\n    with pytest.raises(LookupError):\n        f(1)\n", "weakened"),
    "match dropped": ("def test_a():\n    with pytest.raises(KeyError, match='a b'):\n        f(1)\n", "def test_a():\n    with pytest.raises(KeyError):\n        f(1)\n", "weakened"),
    "match shortened": ("def test_a():\n    with pytest.raises(KeyError, match='a b'):\n        f(1)\n", "def test_a():\n    with pytest.raises(KeyError, match='a'):\n        f(1)\n", "weakened"),
    "raises removed": ("def test_a():\n    with pytest.raises(KeyError):\n        f(1)\n    assert g() == 2\n", "def test_a():\n    assert g() == 2\n", "removed"),
    "a counted block laid open": ("def test_a(self):\n    with self.assertNumQueries(1):\n        f(1)\n    self.assertTrue(g())\n", "def test_a(self):\n    f(1)\n    self.assertTrue(g())\n", "removed"),
    "another exception": ("def test_a():\n    with pytest.raises(KeyError):\n        f(1)\n", "def test_a():\n    with pytest.raises(OSError):\n        f(1)\n", "different"),
    "case dropped": ("@pytest.mark.parametrize('x, y', [(1, 2), (3, 4)])\ndef test_a(x, y):\n    assert f(x) == y\n", "@pytest.mark.parametrize('x, y', [(1, 2)])\ndef test_a(x, y):\n    assert f(x) == y\n", "case"),
    "case changed": ("@pytest.mark.parametrize('x, y', [(1, 2), (3, 4)])\ndef test_a(x, y):\n    assert f(x) == y\n", "@pytest.mark.parametrize('x, y', [(1, 2), (3, 5)])\ndef test_a(x, y):\n    assert f(x) == y\n", "different"),
    "case skipped": ("@pytest.mark.parametrize('x, y', [(1, 2), (3, 4)])\ndef test_a(x, y):\n    assert f(x) == y\n", "@pytest.mark.parametrize('x, y', [(1, 2), pytest.param(3, 4, marks=pytest.mark.skip)])\ndef test_a(x, y):\n    assert f(x) == y\n", "bounded"),
    "case of a constant dropped": ("CASES = [1, 2]\n@pytest.mark.parametrize('x', CASES)\ndef test_a(x):\n    assert f(x)\n", "CASES = [1]\n@pytest.mark.parametrize('x', CASES)\ndef test_a(x):\n    assert f(x)\n", "case"),
    "turn of a loop dropped": ("def test_a():\n    for x in (1, 2):\n        assert f(x)\n", "def test_a():\n    for x in (1,):\n        assert f(x)\n", "case"),
    "range cut": ("def test_a():\n    for x in range(10):\n        assert f(x)\n", "def test_a():\n    for x in range(2):\n        assert f(x)\n", "case"),
    "range sliced": ("def test_a():\n    for x in [1, 2, 3]:\n        assert f(x)\n", "def test_a():\n    for x in [1, 2, 3][:1]:\n        assert f(x)\n", "case"),
    "two answers of one call": ("def test_a():\n    db = get()\n    assert db is get()\n    f(db)\n", "def test_a():\n    db = get()\n    f(db)\n", "emptied"),
    "less sure than truth": ("def test_a():\n    assert f() is True\n    g()\n", "def test_a():\n    assert f() in (True, None)\n    g()\n", "weakened"),
    "at a later turn of a loop": ("def test_a():\n    i = 0\n    while g():\n        if i == 1:\n            assert f(i) == 3\n        i += 1\n    assert h() == 2\n", "def test_a():\n    i = 0\n    while g():\n        i += 1\n    assert h() == 2\n", "removed"),
    "what the fix is about suppressed": ("def test_a():\n    assert f(1, 0) == 3\n", "def test_a():\n    with suppress(ZeroDivisionError):\n        assert f(1, 0) == 3\n", "bounded"),
    "what the fix is about caught": ("def test_a():\n    assert f(1, 0) == 3\n", "def test_a():\n    try:\n        assert f(1, 0) == 3\n    except ZeroDivisionError:\n        pass\n", "bounded"),
    "left where the fix is missing": ("def test_a():\n    assert f(1, 0) == 3\n", "def test_a():\n    try:\n        r = f(1, 0)\n    except ZeroDivisionError:\n        return\n    assert r == 3\n", "bounded"),
    "skipped where the fix is missing": ("def test_a():\n    assert f(1, 0) == 3\n", "def test_a():\n    try:\n        r = f(1, 0)\n    except ZeroDivisionError:\n        pytest.skip('later')\n    assert r == 3\n", "bounded"),
    "an error no more looked at, nor what raises it": (CAUGHT, "def test_a(self):\n    g()\n", "emptied"),
    "an error no more looked at, and passed over": (CAUGHT, CAUGHT.replace("            self.assertEqual('closing', str(e))\n", ""), "emptied"),
    "an answer that fails now": ("def test_a(self):\n    r = f('/')\n    self.assertEqual(r.code, 599)\n    self.assertTrue(g())\n", "def test_a(self):\n    with self.assertRaises(OSError):\n        f('/', loud=True)\n    self.assertTrue(g())\n", "different"),
    "a call that closes at its end": (OPENED, CLOSING.replace("        ws.close()\n", ""), "removed"),
    "another input": ("def test_a():\n    assert f(1, 0) == 3\n", "def test_a():\n    assert f(1, 2) == 3\n", "different"),
    "another input by name": ("def test_a():\n    assert f(1, b=0) == 3\n", "def test_a():\n    assert f(1, b=2) == 3\n", "different"),
    "calls only": ("def test_a():\n    f(1)\n    f('')\n", "def test_a():\n    f(1)\n", "removed"),
    "call emptied": ("def test_a():\n    f(1)\n", "def test_a():\n    pass\n", "emptied"),
    "mock": ("def test_a(m):\n    f(m)\n    m.assert_called_once_with(1)\n", "def test_a(m):\n    f(m)\n    m.assert_called()\n", "weakened"),
    "python 2": ("def test_a():\n    print 'x'\n    assert f(1) == 2\n    assert f(2) == 3\n", "def test_a():\n    print 'x'\n    assert f(1) == 2\n", "removed"),
    "python 2 deleted": ("def test_a():\n    print 'x'\n    assert f(1) == 2\n", "print 'x'\n", "deleted"),
}  # fmt: skip


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_taken_from_a_test_is_named(case: str) -> None:
    old, new, kind = TAKEN[case]
    assert kinds(lose(old, new)) == [kind]


def test_a_table_of_a_class_with_a_case_less_is_named() -> None:
    old = "class TestA:\n    CASES = [1, 2]\n    def test_a(self):\n        for x in self.CASES:\n            assert f(x)\n"
    assert kinds(lose(old, old.replace("[1, 2]", "[1]"), name="TestA::test_a")) == ["case"]


KEPT = {
    "methods by their newer names": ("def test_a(self):\n    self.assertRegexpMatches(f(), 'x')\n    self.assertItemsEqual(g(), a)\n", "def test_a(self):\n    self.assertRegex(f(), 'x')\n    self.assertCountEqual(g(), a)\n"),
    "a file with its encoding": ("def test_a(self):\n    with open(p) as f:\n        self.assertEqual(r.body, utf8(f.read()))\n", "def test_a(self):\n    with open(p, encoding='utf-8') as f:\n        self.assertEqual(r.body, utf8(f.read()))\n"),
    "from a module": ("from m import f\ndef test_a():\n    assert f(4, 2) == half(4)\n    assert f(1) == Decimal('2')\n", "import m\ndef test_a():\n    assert m.f(4, 2) == half(4)\n    assert m.f(1) == Decimal('2')\n"),
    "out of a module": ("import m\ndef test_a(whole):\n    assert m.f(4, 2) == whole\n    assert m.f(6) == whole\n", "from m import f\ndef test_a(whole):\n    assert f(4, 2) == whole\n    assert f(6) == whole\n"),
    "cases in a fixture": (LOOPED, "@pytest.fixture\ndef cases():\n    return [(1, 2), (3, 4)]\ndef test_a(cases):\n    for x, y in cases:\n        assert f(x) == y\n"),
    "cases as those of a fixture": (LOOPED, "@pytest.fixture(params=[(1, 2), (3, 4)])\ndef case(request):\n    return request.param\ndef test_a(case):\n    x, y = case\n    assert f(x) == y\n"),
    "marks as those of a fixture": (MARKED, "@pytest.fixture(params=[(1, 2), (3, 4)])\ndef case(request):\n    yield request.param\ndef test_a(case):\n    assert f(case[0]) == case[1]\n"),
    "cases in a constant": (LOOPED, "CASES = tuple([(1, 2), (3, 4)])\ndef test_a():\n    for x, y in CASES:\n        assert f(x) == y\n"),
    "cases in a dictionary": (MARKED, "CASES = {1: 2, 3: 4}\n@pytest.mark.parametrize('x, y', list(CASES.items()))\ndef test_a(x, y):\n    assert f(x) == y\n"),
    "cases of a function": (MARKED, "def list_cases():\n    return [(1, 2), (3, 4)]\n@pytest.mark.parametrize('x, y', list_cases())\ndef test_a(x, y):\n    assert f(x) == y\n"),
    "cases of a class": (LOOPED, "class TestA:\n    CASES = [(1, 2), (3, 4)]\n    def test_a(self):\n        for x, y in self.CASES:\n            assert f(x) == y\n"),
    "cases of a setup": (LOOPED, "class TestA(TestCase):\n    def setUp(self):\n        self.cases = [(1, 2), (3, 4)]\n    def test_a(self):\n        for x, y in self.cases:\n            assert f(x) == y\n"),
    "marks become subtests": (MARKED, "class TestA(TestCase):\n    def test_a(self):\n        for x, y in zip([1, 3], [2, 4]):\n            with self.subTest(x=x):\n                self.assertEqual(f(x), y)\n"),
    "marks become subtests of dictionaries": (MARKED, "def test_a(subtests):\n    for case in [{'x': 1, 'y': 2}, {'x': 3, 'y': 4}]:\n        with subtests.test(**case):\n            assert f(case['x']) == case['y']\n"),
    "many marks become subtests": (MARKED.replace("[(1, 2), (3, 4)]", MANY), "def test_a(subtests):\n    cases = " + MANY + "\n    for x, y in cases:\n        with subtests.test(x=x):\n            assert f(x) == y\n"),
    "format without numbers": ("def test_a():\n    assert f(u) == u'{0}/{1}'.format(a, b)\n", "def test_a():\n    assert f(u) == '{}/{}'.format(a, b)\n"),
    "format as an f-string": ("def test_a():\n    assert f(u) == '{0}/{x!r:>9}'.format(a, x=b)\n", "def test_a():\n    assert f(u) == f'{a}/{b!r:>9}'\n"),
    "percent as an f-string": ("def test_a():\n    assert f(u) == '%s/100%%{%r}' % (a, b)\n", "def test_a():\n    assert f(u) == f'{a}/100%{{{b!r}}}'\n"),
    "a double as an argument": ("def test_a():\n    assert f(4, seen) == 2\n", "def test_a():\n    seen = Mock()\n    assert f(4, seen) == 2\n"),
    "a double that wraps": ("def test_a():\n    assert f(4, 2) == 2\n", "def test_a():\n    ask = Mock(wraps=f)\n    assert ask(4, 2) == 2\n"),
    "nothing": (PLAIN, PLAIN),
    "a comment": (PLAIN, PLAIN.replace("    assert r.text", "    # why\n    assert r.text")),
    "a docstring": (PLAIN, PLAIN.replace("def test_a():", 'def test_a():\n    """Say so."""')),
    "other layout": (PLAIN, PLAIN.replace('get("/x", timeout=1)', "get(\n        '/x',\n        timeout=1,\n    )")),
    "a renamed local": (PLAIN, PLAIN.replace("r.", "answer.").replace("r =", "answer =")),
    "without a local": (PLAIN, PLAIN.replace("r.status", 'get("/x", timeout=1).status')),
    "a test beside": (PLAIN, PLAIN + "def test_new():\n    assert 1 == f()\n"),
    "an assertion more": (PLAIN, PLAIN.replace("    assert r.text", "    assert r.ok\n    assert r.text")),
    "a message": (PLAIN, PLAIN.replace("r.status == 200", "r.status == 200, r.text")),
    "turned around": (PLAIN, PLAIN.replace("r.status == 200", "200 == r.status")),
    "unittest's way": (PLAIN, PLAIN.replace("assert r.status == 200", "self.assertEqual(r.status, 200)")),
    "joined": (PLAIN, PLAIN.replace('    assert r.status == 200\n    assert r.text == "ok"', '    assert r.status == 200 and r.text == "ok"')),
    "renamed": (PLAIN, PLAIN.replace("test_a", "test_answer")),
    "into a class": (PLAIN, "class TestA:\n" + textwrap.indent(PLAIN.replace("():", "(self):"), "    ")),
    "in a with": (PLAIN, PLAIN.replace("    assert r.text", "    with open('x'):\n        assert r.text")),
    "in a try that cleans up": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    try:\n        assert r.status == 200\n    finally:\n        r.close()\n")),
    "split": (PLAIN, PLAIN.replace('    assert r.text == "ok"\n', 'def test_a_text():\n    assert get("/x", timeout=1).text == "ok"\n')),
    "an own helper": (PLAIN, "def check(r, code, text):\n    assert r.status == code\n    assert r.text == text\n" + PLAIN.replace('    assert r.status == 200\n    assert r.text == "ok"\n', '    check(r, 200, "ok")\n')),
    "an own constant": (PLAIN, 'OK = "ok"\n' + PLAIN.replace('== "ok"', "== OK")),
    "a client of another name": (PLAIN, PLAIN.replace("get(", "client.get(")),
    "into a class, of an imported module": ("def test_a():\n    assert f(1, 0) == 3\n", "class TestF:\n    def test_a(self):\n        assert m.f(1, 0) == 3\n"),
    "caught and told": ("def test_a():\n    assert f(1, 0) == 3\n", "def test_a():\n    try:\n        r = f(1, 0)\n    except ZeroDivisionError:\n        pytest.fail('no')\n    assert r == 3\n"),
    "stronger": ("def test_a():\n    assert f() in (1, 2)\n", "def test_a():\n    assert f() == 1\n"),
    "stronger than truth": ("def test_a():\n    assert f()\n", "def test_a():\n    assert f() == 3\n"),
    "closer": ("def test_a():\n    assert f() == pytest.approx(3, abs=1)\n", "def test_a():\n    assert f() == pytest.approx(3, abs=0.1)\n"),
    "an error that fails it now": (CAUGHT, "def test_a(self):\n    for i in range(1000):\n        f(i)\n"),
    "calls within what closes": (OPENED, CLOSING),
    "narrower exception": ("def test_a():\n    with pytest.raises(Exception):\n        f(1)\n", "def test_a():\n    with pytest.raises(KeyError, match='x'):\n        f(1)\n"),
    "a counted block grown": ("def test_a(self):\n    with self.assertNumQueries(1):\n        f(1)\n", "def test_a(self):\n    with self.assertNumQueries(1):\n        h()\n        f(1)\n"),
    "raises the pytest way": ("def test_a(self):\n    self.assertRaises(KeyError, f, 1)\n", "def test_a(self):\n    with pytest.raises(KeyError):\n        f(1)\n"),
    "True by is": ("def test_a():\n    assert f() == True\n", "def test_a():\n    assert f()\n"),
    "None by is": ("def test_a():\n    assert f() == None\n", "def test_a():\n    assert f() is None\n"),
    "parametrised": ("def test_a():\n    assert f(1) == 2\n    assert f(3) == 4\n", "@pytest.mark.parametrize('x, y', [(1, 2), (3, 4)])\ndef test_a(x, y):\n    assert f(x) == y\n"),
    "as a loop": ("def test_a():\n    assert f(1) == 2\n    assert f(3) == 4\n", "def test_a():\n    for x, y in [(1, 2), (3, 4)]:\n        assert f(x) == y\n"),
    "a case more": ("@pytest.mark.parametrize('x', [1, 2])\ndef test_a(x):\n    assert f(x)\n", "@pytest.mark.parametrize('x', [1, 2, 3])\ndef test_a(x):\n    assert f(x)\n"),
    "cases in another order, with ids": ("@pytest.mark.parametrize('x', [1, 2])\ndef test_a(x):\n    assert f(x)\n", "@pytest.mark.parametrize('y', [pytest.param(2, id='b'), 1])\ndef test_a(y):\n    assert f(y)\n"),
    "was skipped already": ("@pytest.mark.skip\ndef test_a():\n    assert f()\n", "x = 1\n"),
    "skipif that is never true": (PLAIN, PLAIN.replace("def test_a", "@pytest.mark.skipif(False, reason='')\ndef test_a")),
    "a module of the standard library asked for": (PLAIN, PLAIN.replace("import pytest", "import pytest\npytest.importorskip('sqlite3')")),
    "a part in a function that is called": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    def ask():\n        assert r.status == 200\n    ask()\n")),
    "a part in a callback": (PLAIN, PLAIN.replace("    assert r.status == 200\n", "    @r.then\n    def ask():\n        assert r.status == 200\n")),
    "a short name for a call": (PLAIN, PLAIN.replace("    r = get(", "    ask = lambda url, timeout: get(url, timeout=timeout)\n    r = get(")),
    "wrapped below": (PLAIN, PLAIN + "test_a = retried(test_a)\n"),
    "a generator that a decorator runs": ("@gen_test\ndef test_a(self):\n    r = yield f()\n    assert r == 1\n", "@gen_test\ndef test_a(self):\n    r = yield f()\n    x = 1\n    assert r == 1\n"),
    "another thing taken away below": (PLAIN, PLAIN + "del x\ny = None\nx.__test__ = False\n"),
    "another mark": (PLAIN, PLAIN.replace("def test_a", "@pytest.mark.slow\ndef test_a")),
    "renamed beside a helper of the same calls": ("def run():\n    f()\n    g()\ndef test_a():\n    f()\n", "def run():\n    f()\n    g()\ndef test_b():\n    f()\n"),
    "another test weakened": (PLAIN, PLAIN.replace("404", "500")),
    "python 2 layout": ("def test_a():\n    print 'x'\n    assert f(1) == 2\n", "def test_a():\n    print 'y'\n    assert f( 1 ) == 2  # so\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT)
def test_a_test_that_asks_for_as_much_is_left_alone(case: str) -> None:
    old, new = KEPT[case]
    assert lose(old, new) == []


METHOD = """
import unittest
class ThingTest(unittest.TestCase):
    def test_a(self):
        self.assertEqual(f(1), 2)
        self.assertIn("x", g())
"""
OF_CLASSES = {
    "base lost": (METHOD.replace("(unittest.TestCase)", ""), "uncollected"),
    "class skipped": (METHOD.replace("class", "@unittest.skip('x')\nclass"), "skipped"),
    "setUp skips": (METHOD.replace("    def test_a", "    def setUp(self):\n        self.skipTest('x')\n    def test_a"), "skipped"),
    "skipTest": (METHOD.replace("        self.assertEqual", "        self.skipTest('x')\n        self.assertEqual"), "emptied"),
    "__test__": (METHOD.replace("    def test_a", "    __test__ = False\n    def test_a"), "uncollected"),
    "expectedFailure": (METHOD.replace("    def test_a", "    @unittest.expectedFailure\n    def test_a"), "skipped"),
    "assertion removed": (METHOD.replace('        self.assertIn("x", g())\n', ""), "removed"),
    "expected value": (METHOD.replace("f(1), 2", "f(1), 3"), "different"),
}  # fmt: skip


@pytest.mark.parametrize("case", OF_CLASSES)
def test_tests_of_classes(case: str) -> None:
    new, kind = OF_CLASSES[case]
    assert kinds(lose(METHOD, new, name="ThingTest::test_a")) == [kind]


def test_a_class_of_pytest_that_gets_a_constructor_or_another_name_is_not_collected() -> None:
    old = "class TestX:\n    def test_a(self):\n        assert f() == 1\n"
    for new in (
        old.replace("TestX", "CheckX"),
        old.replace(":\n", ":\n    def __init__(self): ...\n", 1),
    ):
        assert kinds(lose(old, new, name="TestX::test_a")) == ["uncollected"]


def test_a_deleted_file_takes_its_tests_along() -> None:
    assert kinds(lose(PLAIN, None)) == ["deleted"]


def test_a_loss_is_told_where_the_test_is_now_else_beside_what_is_left_of_its_file() -> None:
    before, _, others = PLAIN.partition("def test_a")
    first, _, last = others.partition("def test_b")
    (gone,) = lose(PLAIN, f"{before}def test_b{last}")
    (after,) = lose(PLAIN, f"{before}def test_a{first}", name="test_b")
    (alone,) = lose(PLAIN, before)
    (changed,) = lose(PLAIN, PLAIN.replace("200", "500"))
    assert (gone.line, after.line, alone.line, changed.line) == (3, 6, 1, 5)


def test_a_test_that_moves_to_another_file_is_left_alone() -> None:
    assert lose(PLAIN, None, beside=(("tests/test_new.py", None, PLAIN),)) == []
    assert lose(PLAIN, None, beside=(("tests/test_b.py", "x = 1\n", PLAIN),)) == []


def test_a_test_may_import_in_its_new_file_what_was_a_constant_beside_it() -> None:
    case = "@pytest.mark.parametrize('x', [A, 2])\ndef test_a(x):\n    assert f(x) == A\n"
    moved = ("tests/test_new.py", None, f"from tests.values import A\n{case}")
    assert lose(f"A = {{1: 2}}\n{case}", "A = {1: 2}\n", beside=(moved,)) == []


def test_a_test_whose_check_another_test_makes_after_other_steps_is_no_twin() -> None:
    old = "def test_a():\n    open(1)\n    assert s.x == 1\ndef test_b():\n    open(2)\n    assert s.x == 1\n"
    assert kinds(lose(old, old.partition("def test_b")[1] + old.partition("def test_b")[2])) == [
        "deleted"
    ]


def test_a_test_that_loses_an_assertion_on_its_way_is_named() -> None:
    shorter = PLAIN.replace('    assert r.text == "ok"\n', "")
    assert kinds(lose(PLAIN, None, beside=(("tests/test_new.py", None, shorter),))) == ["removed"]


def test_a_file_that_is_renamed_out_of_the_pattern_is_not_collected() -> None:
    assert kinds(lose(PLAIN, PLAIN, to="tests/a_checks.py")) == ["uncollected"]
    assert lose(PLAIN, PLAIN, to="tests/test_renamed.py") == []


def test_a_file_that_never_had_a_usual_name_is_compared_all_the_same() -> None:
    assert lose(PLAIN, PLAIN, path="checks/all.py") == []
    assert kinds(lose(PLAIN, PLAIN.replace("200", "1"), path="checks/all.py")) == ["different"]


def test_scripts_and_doctests_are_tests() -> None:
    script = "from a import f\nassert f(1) == 2\nassert f(2) == 3\n"
    assert kinds(lose(script, "from a import f\nassert f(1) == 2\n", name="(module)")) == [
        "removed"
    ]
    doctest = 'def f(x):\n    """\n    >>> f(1)\n    2\n    >>> f(2)\n    3\n    """\n'
    lost = lose(
        doctest, doctest.replace("    >>> f(2)\n    3\n", ""), name="doctest f", path="a.py"
    )
    assert kinds(lost) == ["removed"]
    skipped = doctest.replace(">>> f(1)", ">>> f(1)  # doctest: +SKIP")
    assert kinds(lose(doctest, skipped, name="doctest f", path="a.py")) == ["bounded"]


JAVASCRIPT = """
describe('get', () => {
  it('sends a header', async () => {
    const r = await get('/x');
    expect(r.status).toBe(200);
    expect(r.headers).toEqual({a: 1});
  });
  it('closes', () => {
    expect(close()).toBe(true);
  });
});
"""
GO = """
func TestGet(t *testing.T) {
	got := Get("/x")
	if got != 200 {
		t.Errorf("got %d", got)
	}
}
"""
JAVA = """
class GetTest {
    @Test
    void sendsHeader() {
        Response r = get("/x");
        assertEquals(200, r.status);
        assertTrue(r.ok);
    }
}
"""
FOREIGN = {
    "js skip": ("a.test.js", "sends a header", JAVASCRIPT, JAVASCRIPT.replace("it('sends", "it.skip('sends"), ["skipped"]),
    "js x": ("a.test.ts", "sends a header", JAVASCRIPT, JAVASCRIPT.replace("it('sends", "xit('sends"), ["skipped"]),
    "js group skip": ("a.test.js", "sends a header", JAVASCRIPT, JAVASCRIPT.replace("describe(", "describe.skip("), ["skipped"]),
    "js removed": ("a.test.js", "sends a header", JAVASCRIPT, JAVASCRIPT.replace("    expect(r.status).toBe(200);\n", ""), ["removed"]),
    "js changed": ("a.test.js", "sends a header", JAVASCRIPT, JAVASCRIPT.replace("200", "500"), ["different"]),
    "js weakened": ("a.test.js", "sends a header", JAVASCRIPT, JAVASCRIPT.replace("toBe(200)", "toBeTruthy()"), ["weakened"]),
    "js deleted": ("a.test.js", "sends a header", JAVASCRIPT, "describe('get', () => {});\n", ["deleted"]),
    "js layout": ("a.test.js", "sends a header", JAVASCRIPT, JAVASCRIPT.replace("toEqual({a: 1})", "toEqual({\n      a: 1\n    })"), []),
    "js renamed": ("a.test.js", "sends a header", JAVASCRIPT, JAVASCRIPT.replace("sends a header", "sends headers"), []),
    "go skip": ("a_test.go", "TestGet", GO, GO.replace("\tgot :=", '\tt.Skip("later")\n\tgot :='), ["skipped"]),
    "go changed": ("a_test.go", "TestGet", GO, GO.replace("200", "500"), ["different"]),
    "go deleted": ("a_test.go", "TestGet", GO, "package a\n", ["deleted"]),
    "java disabled": ("GetTest.java", "GetTest::sendsHeader", JAVA, JAVA.replace("@Test", "@Disabled\n    @Test"), ["skipped"]),
    "java no longer a test": ("GetTest.java", "GetTest::sendsHeader", JAVA, JAVA.replace("    @Test\n", ""), ["deleted"]),
    "java removed": ("GetTest.java", "GetTest::sendsHeader", JAVA, JAVA.replace("        assertTrue(r.ok);\n", ""), ["removed"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FOREIGN)
def test_tests_of_other_languages_by_their_lines(case: str) -> None:
    path, name, old, new, expected = FOREIGN[case]
    assert kinds(lose(old, new, name=name, path=path)) == expected


@pytest.mark.parametrize(
    ("name", "kept", "line"),
    [("test_b", "ac", 5), ("test_c", "ab", 9), ("test_a", "bc", 4), ("test_a", "", 1)],
    ids=["between", "last", "first", "only helpers are left"],
)
def test_a_deleted_test_stands_beside_what_is_left(name: str, kept: str, line: int) -> None:
    tests = {n: f"def test_{n}():\n    assert {n}() == '{n}'\n" for n in "abc"}
    head = "import x\n\n\n"
    old = head + "\n\n".join(tests.values())
    new = head + "\n\n".join(tests[n] for n in kept)
    (lost,) = lose(old, new, name=name)
    assert lost.line == line
