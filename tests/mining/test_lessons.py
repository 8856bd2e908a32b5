"""What kinds of fixes become a lesson when they are made again and again, and which never do."""

from __future__ import annotations

import pytest

from devmatrix_guard.mining.cluster import Candidate, FixedSite, gather
from devmatrix_guard.mining.evidence import decide_stage, weigh
from devmatrix_guard.mining.proof import build_query, prove
from devmatrix_guard.mining.rejection import explain_rejection, may_come_again
from devmatrix_guard.mining.sites import find_sites
from devmatrix_guard.mining.terms import render
from devmatrix_guard.mining.vocabulary import Vocabulary, read_vocabulary
from devmatrix_guard.model.diff import Target
from devmatrix_guard.model.finding import Source
from devmatrix_guard.model.pattern import Evidence

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
