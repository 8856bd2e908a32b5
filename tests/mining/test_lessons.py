"""What kinds of fixes become a lesson when they are made again and again, and which never do."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.candidates.cluster import Candidate, FixedSite, gather
from devmatrix_guard.mining.candidates.evidence import decide_stage
from devmatrix_guard.mining.candidates.proof import build_query, prove
from devmatrix_guard.mining.candidates.rejection import explain_rejection, may_come_again
from devmatrix_guard.mining.candidates.vocabulary import Vocabulary, read_vocabulary
from devmatrix_guard.mining.edits.sites import find_sites
from devmatrix_guard.mining.edits.terms import render
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.knowledge.pattern import Evidence
from devmatrix_guard.model.knowledge.shares import weigh
from tests.mining.edits.terms_of import form

NAMES = ("alpha", "beta", "gamma")


def fixes(
    before: str, after: str, head: str = "", names: tuple[str, ...] = NAMES
) -> list[Candidate]:
    """Return the candidates of one fix a file, each in a commit of its own; NAME is replaced."""
    found = []
    for day, name in enumerate(names, start=1):
        old, new = (f"{head}\n\n{text}".replace("NAME", name) for text in (before, after))
        sites = find_sites(f"app/{name}.py", old.encode(), new.encode())
        assert sites is not None
        source = Source(f"{day:040x}", f"2026-01-0{day}", f"Fix {name}")
        found += [FixedSite(source, site) for site in sites]
    return gather(found)


def words(after: str, head: str = "") -> Vocabulary:
    texts = [f"{head}\n\n{after}".replace("NAME", name) for name in NAMES]
    return read_vocabulary(
        Target(f"app/{name}.py", text.encode(), None)
        for name, text in zip(NAMES, texts, strict=True)
    )


def lessons(before: str, after: str, head: str = "") -> dict[str, str]:
    """Return what is left of the candidates of three fixes, as before and after."""
    known = words(after, head)
    proven = [
        prove(candidate)
        for candidate in fixes(before, after, head)
        if candidate.commits == len(NAMES) and not explain_rejection(candidate, known)
    ]
    return {render(one.form.before): render(one.form.after) for one in proven if one is not None}


def body(*lines: str, define: str = "def run_NAME(value, rows):") -> str:
    return define + "\n" + "".join(f"    {line}\n" for line in lines)


REPEATED = {
    "another exception with another text": (
        body("if not rows:", "    raise KeyError(f'no NAME in {rows}')", "return value"),
        body("if not rows:", "    raise Missing(f'NAME was not in {rows}')", "return value"),
        "from shop.errors import Missing",
        "KeyError($X)",
    ),
    "an argument was forgotten": (
        body("return requests.get('NAME', params=rows)"),
        body("return requests.get('NAME', params=rows, timeout=5)"),
        "import requests",
        "requests.get($...ARGS)",
    ),
    "an await was forgotten": (
        body("store.save(value, 'NAME')", define="async def run_NAME(value):"),
        body("await store.save(value, 'NAME')", define="async def run_NAME(value):"),
        "from shop import store",
        "shop.store.save($...ARGS)",
    ),
    "None was compared": (
        body("return 1 if value == None else len('NAME')"),
        body("return 1 if value is None else len('NAME')"),
        "",
        "$X == None",
    ),
    "a type was compared": (
        body("return type(value) == dict, 'NAME'"),
        body("return isinstance(value, dict), 'NAME'"),
        "",
        "type($X) == dict",
    ),
    "a result was not checked": (
        body("user = find_user(value, 'NAME')", "return user.name"),
        body(
            "user = find_user(value, 'NAME')",
            "if user is None:",
            "    return ''",
            "return user.name",
        ),
        "from shop.users import find_user",
        "$X = shop.users.find_user($...ARGS)",
    ),
    "a file was not closed": (
        body("stream = open('NAME')", "text = stream.read()", "return text"),
        body("with open('NAME') as stream:", "    text = stream.read()", "return text"),
        "",
        "$X = open($...ARGS)",
    ),
    "too much was caught": (
        body("try:", "    return int(value['NAME'])", "except Exception:", "    return 0"),
        body("try:", "    return int(value['NAME'])", "except ValueError:", "    return 0"),
        "",
        "try:\n    ...\n    <... int(...) ...>\n    ...\nexcept Exception:\n    ...",
    ),
    "a call was left in": (
        body("total = len('NAME')", "pdb.set_trace()", "return total"),
        body("total = len('NAME')", "return total"),
        "import pdb",
        "pdb.set_trace($...ARGS)",
    ),
    "the operator was wrong": (
        body("return math.ceil(len('NAME') // value)"),
        body("return math.ceil(len('NAME') / value)"),
        "import math",
        "math.ceil(len($X) // $Y)",
    ),
    "a method that the project stopped using altogether": (
        body("return value.query('NAME').fetch_first()"),
        body("return value.first('NAME')"),
        "",
        "$X.query($Y).fetch_first()",
    ),
}


@pytest.mark.parametrize(("before", "after", "head", "pattern"), REPEATED.values(), ids=REPEATED)
def test_a_fix_made_three_times_is_a_lesson(
    before: str, after: str, head: str, pattern: str
) -> None:
    assert pattern in lessons(before, after, head)


NEVER = {
    "an operator alone": (
        body("return rows < value, 'NAME'"),
        body("return rows <= value, 'NAME'"),
        "",
    ),
    "a number": (body("return len('NAME') + 1"), body("return len('NAME') + 2"), ""),
    "a list became a tuple": (
        body("return itertools.chain(value, ['NAME'])"),
        body("return itertools.chain(value, ('NAME',))"),
        "import itertools",
    ),
    "an argument was only named": (
        body("return codecs.open('NAME', mode='r')"),
        body("return codecs.open('NAME', 'r')"),
        "import codecs",
    ),
    "an address moved": (
        body("return net.fetch('http://a.example/' + value, 'NAME')"),
        body("return net.fetch('https://b.example/x/' + value, 'NAME')"),
        "import net",
    ),
    "a version grew": (
        body("return cache.load('NAME')"),
        body("return cache.load('NAME', at_least='2025.04.07')"),
        "import cache",
    ),
    "another logger of the module": (
        body("net.log.debug('NAME', value)"),
        body("own_log.debug('NAME', value)"),
        "import net\nown_log = net.log",
    ),
    "what is called has no name": (
        body("return json.loads(value(rows))", "# NAME"),
        body("return json.loads(rows)", "# NAME"),
        "import json",
    ),
}


@pytest.mark.parametrize(("before", "after", "head"), NEVER.values(), ids=NEVER)
def test_what_says_nothing_is_no_lesson_however_often(before: str, after: str, head: str) -> None:
    assert lessons(before, after, head) == {}


ASSERTED = {
    "what is expected": (
        body("assert net.encoding(value) is None, 'NAME'"),
        body("assert net.encoding(value) == 'utf-8', 'NAME'"),
        "import net",
    ),
    "what is expected, by a method": (
        body("self.assertEqual(net.encoding(value), 'NAME')", define="def test_NAME(self, value):"),
        body("self.assertIsNone(net.encoding(value))", define="def test_NAME(self, value):"),
        "import net",
    ),
    "what is tested": (
        body("self.assertTrue(net.is_up(value), 'NAME')", define="def test_NAME(self, value):"),
        body("self.assertTrue(net.answers(value), 'NAME')", define="def test_NAME(self, value):"),
        "import net",
    ),
}


@pytest.mark.parametrize(("before", "after", "head"), ASSERTED.values(), ids=ASSERTED)
def test_what_an_assertion_says_is_no_lesson(before: str, after: str, head: str) -> None:
    assert fixes(before, after, head) == []


def test_that_another_assertion_is_called_is_a_lesson_about_assertions() -> None:
    define = "def test_NAME(self, value):"
    before = body("self.assertEquals(value.NAME, 1)", define=define)
    made = lessons(before, before.replace("Equals", "Equal"))
    assert made == {"self.assertEquals($...ARGS)": "self.assertEqual($...ARGS)"}


@pytest.mark.parametrize(
    ("before", "after", "is_safe"),
    [
        ("os.path.exists($X)", "$X.exists()", False),
        ("os.path.join($X, $Y)", "$X / $Y", False),
        ("helper($X, $Y)", "$X[$Y]", False),
        ("helper($X, $Y)", "$X($Y)", False),
        ("helper($X)", "-$X", False),
        ("helper($X, $Y)", "$X < $Y", False),
        ("$X.get_all($Y)", "$X.all($Y)", True),
        ("$X.f.g($Y)", "$X.h($Y)", True),
        ("helper($X, $Y)", "json.dump($X, $Y)", True),
        ("helper($X)", "[$X]", True),
        ("type($X) == dict", "isinstance($X, dict)", True),
        ("$X == None", "$X is None", True),
        ("$X // $Y", "$X / $Y", True),
        ("helper($...ARGS)", "json.load($...ARGS)", True),
    ],
)
def test_a_fix_that_needs_to_know_a_type_is_none(before: str, after: str, is_safe: bool) -> None:
    assert form(before, after).needs_a_type is not is_safe


def test_the_lesson_of_such_a_fix_stays_without_it() -> None:
    before = body("return os.path.exists(value), 'NAME'")
    after = body("return value.exists(), 'NAME'")
    found = [
        made
        for candidate in fixes(before, after, "import os")
        if (made := prove(candidate)) and candidate.commits == len(NAMES)
    ]
    assert found
    assert {made.fix for made in found} == {None}


def spread(calls: list[str], becomes: str, head: str) -> dict[str, str]:
    """Return why each repeated candidate falls when each call of its own file is replaced."""
    found = []
    for number, call in enumerate(calls):
        old = f"{head}\n\ndef run_{number}(value):\n    return {call}\n"
        new = old.replace(call, becomes.replace("CALL", call).replace("ARGS", call[6:-1]))
        sites = find_sites(f"app/a{number}.py", old.encode(), new.encode())
        source = Source(f"{number:040x}", f"2026-01-0{number + 1}", "Fix it")
        found += [FixedSite(source, site) for site in sites or ()]
    known = read_vocabulary([Target("app/a.py", head.encode() + b"\nlabel loads _ timeout", None)])
    return {
        f"{render(c.form.before)} → {render(c.form.after)}": explain_rejection(c, known)
        for c in gather(found)
        if c.is_repeated
    }


def test_a_value_that_differs_between_places_is_left_open() -> None:
    calls = ["label('Name')", "label('Name')", "label('Town')", "label('Mail')"]
    found = spread(calls, "label(_(ARGS))", "from shop import label, _")
    assert found["shop.label('Name') → shop.label(shop._('Name'))"] == (
        "the same was done where another value stood"
    )
    assert found["shop.label($X) → shop.label(shop._($X))"] == ""


def test_a_value_that_is_the_same_everywhere_is_asked_for() -> None:
    found = spread(["label('Name')"] * 3, "label(_(ARGS))", "from shop import label, _")
    assert found["shop.label('Name') → shop.label(shop._('Name'))"] == ""


def test_an_argument_with_several_values_is_asked_for_without_one() -> None:
    calls = ["fetch(1)", "fetch(2)", "fetch(3)", "fetch(4)"]
    found = []
    for number, (call, seconds) in enumerate(zip(calls, ("3.0", "3.0", "5", "9"), strict=True)):
        old = f"import net\n\ndef run_{number}(value):\n    return net.{call}\n"
        new = old.replace(call, call.replace(")", f", timeout={seconds})"))
        sites = find_sites(f"app/a{number}.py", old.encode(), new.encode())
        source = Source(f"{number:040x}", f"2026-01-0{number + 1}", "Fix it")
        found += [FixedSite(source, site) for site in sites or ()]
    known = read_vocabulary([Target("app/a.py", b"import net\nnet.fetch(timeout=1)", None)])
    kept = [c for c in gather(found) if c.is_repeated and not explain_rejection(c, known)]
    assert [render(c.form.after) for c in kept] == ["net.fetch($...ARGS, timeout=$VALUE)"]
    (made,) = map(prove, kept)
    assert made is not None and made.fix is None


def test_what_the_helper_itself_is_made_of_is_left_to_it() -> None:
    before = body("return json.loads(value.text), 'NAME'")
    after = body("return value.json(), 'NAME'")
    known = read_vocabulary([Target("app/a.py", b"def json(self):\n    pass\n", None)])
    (candidate,) = (
        one
        for one in fixes(before, after, "import json")
        if render(one.form.before) == "json.loads($X.text)"
    )
    query = build_query(candidate.form, known)
    assert {"pattern-not-inside": "def json(...):\n    ..."} in query["patterns"]
    assert "patterns" not in build_query(candidate.form)


def test_a_name_that_no_python_has_any_more_is_not_looked_for() -> None:
    before, after = body("return unicode(value), 'NAME'"), body("return str(value), 'NAME'")
    still = read_vocabulary([Target("a.py", b"unicode = str", None)])
    reasons = {
        (explain_rejection(one, words(after)), explain_rejection(one, still))
        for one in fixes(before, after)
        if one.commits == len(NAMES)
    }
    assert ("what it looks for no longer exists", "") in reasons


ONCE = {
    "a condition grew": (
        body("if net.is_up(value) and rows:", "    return 'NAME'"),
        body("if net.is_up(value) and rows and value.ready:", "    return 'NAME'"),
        "import net",
        "is the logic of one place",
    ),
    "a piece of prose": (
        body("return net.page(value, 'Downloading the first page')"),
        body("return net.page(value, note='The first page', tries=2)"),
        "import net",
        "is about one piece of data",
    ),
    "something was taken away": (
        body("return net.page(value, 'NAME', retries=rows)"),
        body("return net.page(value, 'NAME')"),
        "import net",
        "one fix only took something away",
    ),
}


@pytest.mark.parametrize(("before", "after", "head", "reason"), ONCE.values(), ids=ONCE)
def test_one_fix_alone_is_not_believed_where_it_may_be_about_one_place(
    before: str, after: str, head: str, reason: str
) -> None:
    known = words(after, head)
    found = fixes(before, after, head, NAMES[:1])
    assert found
    assert {explain_rejection(candidate, known) for candidate in found} == {reason}


def test_one_place_may_come_again_where_a_library_was_misused() -> None:
    head = "import codecs\nfrom app import tools"
    before = body("return codecs.BOM32_BE + tools.name_of(value, 'NAME')")
    known = words(before, head)
    library = fixes(before, before.replace("BOM32", "BOM_UTF32"), head, NAMES[:1])
    assert library
    assert all(may_come_again(candidate.form, known) for candidate in library)
    own = fixes(before, before.replace("name_of(value, ", "title_of(rows, "), head, NAMES[:1])
    assert own
    assert not any(may_come_again(candidate.form, known) for candidate in own)


def test_a_checked_result_is_not_asked_about() -> None:
    before, after, head, pattern = REPEATED["a result was not checked"]
    queries = [build_query(candidate.form) for candidate in fixes(before, after, head)]
    keys = [{key for item in query["patterns"] for key in item} for query in queries]
    assert {"pattern", "pattern-inside", "pattern-not-inside"} in keys
    assert pattern in lessons(before, after, head)


def test_a_form_that_names_no_api_never_blocks_by_itself() -> None:
    counts = {"commits": 9, "files": 9, "sites_fixed": 9, "replay_added_lines": 9000}
    evidence = weigh(Evidence(**counts))  # type: ignore[arg-type]  # all of these are counts
    assert decide_stage(evidence, has_fix=True)[0] == "block"
    assert decide_stage(evidence, has_fix=True, names_api=False)[0] == "warn"
