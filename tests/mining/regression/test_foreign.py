"""Tests in other languages: their names and ends, what they ask for, why they are skipped."""

from __future__ import annotations

from textwrap import dedent

import pytest

from devmatrix_guard.mining.regression.foreign import read_foreign_tests

JAVASCRIPT = """\
describe('cart', () => {
  it('adds', () => {
    const cart = new Cart();
    cart.add(1);
    // cart.add(2);
    expect(cart.count()).toBe(1);
    expect(cart.list()).not.toEqual([2, 3]);
  });

  it.skip('removes', () => {
    expect(1).toBe(2);
  });
});
"""
GO = """\
func TestSum(t *testing.T) {
\tgot := Sum(1, 2)
\tif got != 3 {
\t\tt.Errorf("got %d", got)
\t}
}

func helper() {
\tt.Errorf("no test")
}

func TestLater(t *testing.T) {
\tt.Skip("later")
}
"""
RUST = """\
mod tests {
    #[test]
    fn adds() {
        assert_eq!(add(1, 2), 3);
    }

    #[test]
    #[ignore]
    fn slow() {
        assert!(wait());
    }
}
"""
JAVA = """\
public class CartTest {
    @Test
    void adds() {
        cart.add(1);
        assertEquals(1, cart.count());
    }

    @Disabled("broken")
    @Test
    void removes() {
        assertTrue(cart.isEmpty());
    }
}
"""
CPP = """\
TEST(Cart, Adds) {
  EXPECT_EQ(cart.count(), 1);
}
"""
RUBY = """\
class CartTest < Minitest::Test
  def test_adds
    assert_equal 1, cart.count
  end
end
"""


PATHS = {
    JAVASCRIPT: "a.test.js",
    GO: "a_test.go",
    RUST: "a.rs",
    JAVA: "ATest.java",
    CPP: "a_test.cc",
    RUBY: "a_test.rb",
}


def find_path(text: str) -> str:
    """Return where a text of this module lies, by what it begins with."""
    return next((path for known, path in PATHS.items() if known[:5] == text[:5]), "a_test.rb")


def read(text: str) -> dict[str, tuple[int, int]]:
    """Return where each test stands."""
    return {
        name: (test.start, test.end)
        for name, test in read_foreign_tests(text.encode(), find_path(text)).tests.items()
    }


@pytest.mark.parametrize(
    ("text", "tests"),
    [
        pytest.param(JAVASCRIPT, {"adds": (2, 8), "removes": (10, 12)}, id="JavaScript"),
        pytest.param(GO, {"TestSum": (1, 6), "TestLater": (12, 14)}, id="Go"),
        pytest.param(RUST, {"tests::adds": (2, 5), "tests::slow": (7, 11)}, id="Rust"),
        pytest.param(JAVA, {"CartTest::adds": (2, 6), "CartTest::removes": (8, 12)}, id="Java"),
        pytest.param(CPP, {"Cart, Adds": (1, 3)}, id="C++"),
        pytest.param(RUBY, {"CartTest::test_adds": (2, 3)}, id="Ruby"),
        pytest.param("def helper():\n    assert x\n", {}, id="no test"),
        pytest.param("", {}, id="nothing"),
    ],
)
def test_a_test_begins_with_its_marks_and_ends_with_its_block(
    text: str, tests: dict[str, tuple[int, int]]
) -> None:
    assert read(text) == tests


@pytest.mark.parametrize(
    ("text", "name", "checks"),
    [
        (
            JAVASCRIPT,
            "adds",
            [("==", "cart . count ( )", "1"), ("!=", "cart . list ( )", "[ 2 , 3 ]")],
        ),
        (GO, "TestSum", [("==", "Sum ( 1 , 2 )", "3")]),
        (RUST, "tests::adds", [("==", "add ( 1 , 2 )", "3")]),
        (JAVA, "CartTest::adds", [("==", "cart . count ( )", "1")]),
        (CPP, "Cart, Adds", [("==", "cart . count ( )", "1")]),
    ],
    ids=["JavaScript", "Go", "Rust", "Java", "C++"],
)
def test_what_a_test_asks_for_is_compared_by_its_tokens(
    text: str, name: str, checks: list[tuple[str, str, str]]
) -> None:
    content = read_foreign_tests(text.encode(), find_path(text)).tests[name].content
    found = [(check.operator, check.subject, check.expected) for check in content.checks]
    assert found == checks


def test_calls_that_check_nothing_are_steps_and_other_lines_are_none() -> None:
    content = read_foreign_tests(JAVASCRIPT.encode(), "a.test.js").tests["adds"].content
    assert [step.subject for step in content.steps] == [
        "new Cart ( )",
        "cart . add ( 1 )",
    ]
    assert [step.line for step in content.steps] == [3, 4]


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        (JAVASCRIPT, "adds", ""),
        (JAVASCRIPT, "removes", "`it.skip('removes', () => {`"),
        (JAVASCRIPT.replace("it('adds'", "xit('adds'"), "adds", "`xit('adds', () => {`"),
        (
            JAVASCRIPT.replace("describe(", "describe.skip("),
            "adds",
            "describe.skip('cart', () => {",
        ),
        (GO, "TestSum", ""),
        (GO, "TestLater", '`t.Skip("later")`'),
        (RUST, "tests::adds", ""),
        (RUST, "tests::slow", "`#[ignore]`"),
        (JAVA, "CartTest::adds", ""),
        (JAVA, "CartTest::removes", '`@Disabled("broken")`'),
    ],
)
def test_a_skipped_test_says_by_what(text: str, name: str, reason: str) -> None:
    assert read_foreign_tests(text.encode(), find_path(text)).tests[name].skipped == reason


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("expect(a).toBe('b');", 'expect(a).toBe("b");', True, id="quotes"),
        pytest.param("expect(a).toBe(b);", "expect( a ).toBe(b); // why", True, id="layout"),
        pytest.param("expect(a).toBe(\n      b);", "expect(a).toBe(b);", True, id="lines"),
        pytest.param("expect(a).toBe(b);", "expect(a).toBe(c);", False, id="a value"),
        pytest.param("expect(a).toBe(b);", "expect(a).not.toBe(b);", False, id="not"),
        pytest.param("expect(a).toBe(b);", "expect(a).toEqual(b);", True, id="a matcher as strict"),
        pytest.param("expect(a).toBe(b);", "expect(a).toContain(b);", False, id="a matcher"),
    ],
)
def test_spelling_makes_no_other_check(one: str, other: str, same: bool) -> None:
    def ask(line: str) -> list[tuple[str, str, str]]:
        text = dedent(f"it('works', () => {{\n  {line}\n}});\n")
        (test,) = read_foreign_tests(text.encode(), "a.test.js").tests.values()
        return [(c.operator, c.subject, c.expected) for c in test.content.checks]

    assert len(ask(one)) == 1
    assert (ask(one) == ask(other)) == same


def test_of_two_tests_with_a_name_the_first_counts_and_an_uncollected_file_has_none() -> None:
    twice = CPP + CPP.replace("1)", "2)")
    found = read_foreign_tests(twice.encode(), "a_test.cc")
    assert [(test.start, test.end) for test in found.tests.values()] == [(1, 3)]
    assert [(test.start, test.end) for test in found.others] == [(4, 6)]
    unseen = read_foreign_tests(CPP.encode(), "a_test.cc", is_collected=False)
    assert unseen.tests == {}
    assert [test.is_collected for test in unseen.others] == [False]
