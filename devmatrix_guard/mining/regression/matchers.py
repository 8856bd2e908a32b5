"""What a check of a language with braces asks for, in the form that checks of Python have.

`expect(a).toBe(b)`, `assert.equal(a, b)`, `require.Equal(t, b, a)`, `assert_eq!(a, b)` and
`if a != b { t.Error() }` ask for the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from devmatrix_guard.mining.regression.checks import CLOSE, FAILS, RAISES, Parts

Words = Sequence[str]

_ASSERTS = re.compile(
    r"assert\w*|expect\w*|require|should\w*|EXPECT_\w+|ASSERT_\w+|REQUIRE\w*|CHECK\w*|XCTAssert\w*"
    r"|refute\w*|must_\w+|verify|fail|eq_|ok_|Assert|panic|raises"
)
_EQUAL = (
    "toBe toEqual toStrictEqual equal equals eq eql strictEqual deepEqual deepStrictEqual Equal "
    "Equals EqualValues Exactly AreEqual assertEquals assertEqual assertSame assertIdentical "
    "assert_eq EXPECT_EQ ASSERT_EQ EXPECT_STREQ ASSERT_STREQ EXPECT_DOUBLE_EQ XCTAssertEqual "
    "assertArrayEquals"
)
_UNEQUAL = (
    "notEqual notStrictEqual notDeepEqual notDeepStrictEqual NotEqual AreNotEqual assertNotEquals "
    "assertNotEqual assertNotSame assert_ne EXPECT_NE ASSERT_NE XCTAssertNotEqual"
)
_BOUNDS = {
    **dict.fromkeys(("toBeGreaterThan", "above", "greaterThan", "gt", "Greater"), ">"),
    **dict.fromkeys(("toBeGreaterThanOrEqual", "least", "gte", "GreaterOrEqual"), ">="),
    **dict.fromkeys(("toBeLessThan", "below", "lessThan", "lt", "Less"), "<"),
    **dict.fromkeys(("toBeLessThanOrEqual", "most", "lte", "LessOrEqual"), "<="),
}
_KINDS = {
    **dict.fromkeys(_EQUAL.split(), "=="),
    **dict.fromkeys(_UNEQUAL.split(), "!="),
    **_BOUNDS,
    **dict.fromkeys(("toBeTruthy", "ok", "assertTrue", "True", "IsTrue", "XCTAssertTrue"), "true"),
    **dict.fromkeys(("EXPECT_TRUE", "ASSERT_TRUE", "XCTAssert", "assert", "isTrue"), "true"),
    **dict.fromkeys(("toBeFalsy", "notOk", "assertFalse", "False", "IsFalse"), "false"),
    **dict.fromkeys(("EXPECT_FALSE", "ASSERT_FALSE", "XCTAssertFalse", "isFalse"), "false"),
    **dict.fromkeys(("toBeCloseTo", "closeTo", "InDelta", "approximately"), CLOSE),
    **dict.fromkeys(("toContain", "Contains", "contain", "include", "includes"), "contains"),
    **dict.fromkeys(("toBeInstanceOf", "instanceOf", "instanceof"), "isinstance"),
    **dict.fromkeys(("a", "an", "IsType"), "isinstance"),
    **dict.fromkeys(("toThrow", "toThrowError", "throws", "rejects", "throw", "Panics"), RAISES),
    **dict.fromkeys(("assertThrows", "Throws", "assertFailsWith"), RAISES),
}  # fmt: skip
_VALUES = {
    **dict.fromkeys(("toBeNull", "null", "assertNull", "IsNull"), ("==", "null")),
    **dict.fromkeys(("Nil", "NoError", "XCTAssertNil"), ("==", "nil")),
    **dict.fromkeys(("NotNil", "Error", "XCTAssertNotNil"), ("!=", "nil")),
    **dict.fromkeys(("assertNotNull", "IsNotNull"), ("!=", "null")),
    **dict.fromkeys(("toBeUndefined", "undefined"), ("==", "undefined")),
    **dict.fromkeys(("toBeDefined", "exist"), ("!=", "undefined")),
    "toBeNaN": ("==", "NaN"),
    "Empty": ("==", "[]"),
    "NotEmpty": ("!=", "[]"),
    "true": ("==", "true"),
    "false": ("==", "false"),
}  # fmt: skip
_TURNED = {
    "==": "!=", "!=": "==", "true": "false", "false": "true", "contains": "lacks", "<": ">=",
    ">": "<=", "<=": ">", ">=": "<", "isinstance": "not isinstance", RAISES: "not raises",
}  # fmt: skip
_CHAIN_WORDS = "to be been is that which and has have with at of same but does deep"
_CHAINED = frozenset(_CHAIN_WORDS.split())
_OBJECT_WORDS = "t expect assert require self this chai Assert tc should"
_OBJECTS = frozenset(_OBJECT_WORDS.split())
_COMPARED = {
    "===": "==",
    "!==": "!=",
    **{mark: mark for mark in ("==", "!=", "<", ">", "<=", ">=")},
}
_LOOSE = ("any", "anything", "arrayContaining", "objectContaining", "stringContaining", "closeTo",
          "stringMatching", "not")  # fmt: skip
_ANY_ERROR = ("", "Error", "Throwable", "Exception")
_CONSTANT = re.compile(r"'.*'|`[^$]*`|-?\d[\w.]*|true|false|null|nil|undefined|None", re.DOTALL)
_MAX_WORDS = 200  # of a condition that is taken apart
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


def is_check(words: Words) -> bool:
    """Tell whether a statement asks for something."""
    for word, after in zip(words, [*words[1:], ""], strict=False):
        if _ASSERTS.fullmatch(word) and after in ("(", ".", "!", "::", "<"):
            return True
    return "should" in words


def is_failing(words: tuple[str, ...]) -> bool:
    """Tell whether a statement fails a test of Go, or any other one by an error."""
    is_told = words[:1] == ("t",) and words[2:3] and re.match(r"(?:Error|Fatal|Fail)", words[2])
    return bool(is_told) or words[:1] in (("throw",), ("panic",), ("fail",))


def split_words(words: Words, *marks: str) -> list[list[str]]:
    """Return the parts of some tokens between marks outside of brackets."""
    parts: list[list[str]] = [[]]
    depth = 0
    for word in words:
        if depth == 0 and word in marks:
            parts.append([])
            continue
        depth += (word in _OPEN) - (word in _CLOSE)
        parts[-1].append(word)
    return parts


def find_close(words: Words, start: int) -> int:
    """Return where the bracket that opens at a place is closed, the end where it is not."""
    depth = 0
    for number in range(start, len(words)):
        depth += (words[number] in _OPEN) - (words[number] in _CLOSE)
        if depth == 0:
            return number
    return len(words)


def read_condition(words: Words, *, positive: bool = True) -> list[Parts]:
    """Return what it means that a condition is true, or false; nothing where it always is."""
    if len(words) > _MAX_WORDS:
        return [("true" if positive else "false", " ".join(words), "", "")]
    words = _strip(words)
    if words in (["true"], ["false"]):
        return [] if (words == ["true"]) is positive else [(FAILS, "", "", "")]
    parts = split_words(words, "&&" if positive else "||")
    if len(parts) > 1:
        return [one for part in parts for one in read_condition(part, positive=positive)]
    others = split_words(words, "||" if positive else "&&")
    if len(others) > 1:
        sure = ["true"] if positive else ["false"]
        is_sure = any(_strip(part) == sure for part in others)
        return [] if is_sure else [("true" if positive else "false", " ".join(words), "", "")]
    if words[:1] == ["!"]:
        return read_condition(words[1:], positive=not positive)
    for mark, operator in _COMPARED.items():
        sides = split_words(words, mark)
        if len(sides) == 2 and all(sides):
            left, right = (" ".join(side) for side in sides)
            operator = operator if positive else _TURNED[operator]
            return _compare(operator, left, right)
    return [("true" if positive else "false", " ".join(words), "", "")]


def _strip(words: Words) -> list[str]:
    kept = list(words)
    while kept[:1] == ["("] and find_close(kept, 0) == len(kept) - 1:
        kept = kept[1:-1]
    return kept


def _compare(operator: str, left: str, right: str) -> list[Parts]:
    if left == right or (is_constant(left) and is_constant(right)):
        return []  # it is of nothing, or of itself
    if is_constant(left):
        left, right = right, left
        operator = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(operator, operator)
    return [(operator, left, right, "")]


def is_constant(code: str) -> bool:
    """Tell whether tokens are a text, a number or another literal."""
    return bool(_CONSTANT.fullmatch(code.replace("- ", "-")))


def read_matcher(words: Words) -> list[Parts]:
    """Return what a statement that asserts asks for; nothing where that is always so.

    Args:
        words: its tokens, without `await` or `return` before it.
    """
    subject, rest = _find_subject(words)
    if subject is None:
        return _read_call(words)
    is_turned, name, given = False, "", list[list[str]]()
    number = 0
    while number < len(rest):
        word = rest[number]
        if word == "(":
            end = find_close(rest, number)
            given = [part for part in split_words(rest[number + 1 : end], ",") if part]
            break
        is_turned ^= word == "not"
        if word not in (".", "not", "resolves", "rejects") and word not in _CHAINED:
            name = word
        number += 1
    if not name:
        return []
    found = _make(name, subject.removeprefix("await "), given, is_turned=is_turned)
    if "rejects" in rest[:number]:
        return [(f"rejected {one[0]}", *one[1:]) for one in found]
    return found


def _find_subject(words: Words) -> tuple[str | None, list[str]]:
    """Return what `expect(…)` or `….should` looks at, and what is behind it."""
    for number, word in enumerate(words):
        if word == "should" and number and words[number - 1] == ".":
            return " ".join(words[: number - 1]), list(words[number + 1 :])
        if word == "expect" and words[number + 1 : number + 2] == ["("]:
            end = find_close(words, number + 1)
            return " ".join(words[number + 2 : end]), list(words[end + 1 :])
    return None, []


def _make(name: str, subject: str, given: list[list[str]], *, is_turned: bool) -> list[Parts]:
    texts = [" ".join(part) for part in given]
    if name in ("toHaveLength", "lengthOf") and texts:
        return _turn([("==", f"{subject} . length", texts[0], "")], is_turned=is_turned)
    if name in _VALUES and not texts:
        operator, value = _VALUES[name]
        return _turn(_compare(operator, subject, value), is_turned=is_turned)
    operator = _KINDS.get(name, name)
    if operator == RAISES:
        return _turn([_read_raises(subject, texts)], is_turned=is_turned)
    if operator in ("true", "false"):
        words = subject.split(" ")
        return read_condition(words, positive=(operator == "true") is not is_turned)
    expected = texts[0] if texts else ""
    if operator == "==" and _is_loose(expected):
        operator = "contains"
    if operator == "==" and expected in ("true", "false"):
        found = read_condition(subject.split(" "), positive=(expected == "true") is not is_turned)
        if [one[0] for one in found] not in (["true"], ["false"]):
            return found  # it asks whether a comparison holds
    if operator in ("==", "!="):
        return _turn(_compare(operator, subject, expected), is_turned=is_turned)
    extra = ", ".join(texts[1:])
    if operator == CLOSE:
        extra = f"places={texts[1] if len(texts) > 1 else 2}" if name == "toBeCloseTo" else extra
    return _turn([(operator, subject, expected, extra)], is_turned=is_turned)


def _is_loose(expected: str) -> bool:
    return any(f"expect . {name} (" in expected for name in _LOOSE)


def _turn(found: list[Parts], *, is_turned: bool) -> list[Parts]:
    if not is_turned:
        return found
    return [(_TURNED.get(one[0], f"not {one[0]}"), *one[1:]) for one in found]


def _read_raises(subject: str, texts: list[str]) -> Parts:
    kind, match = "Exception", ""
    for text in texts:
        if text[:1] in "'`/":
            match = text
        elif text not in _ANY_ERROR:
            kind = text
    subject = re.sub(r"^(?:async )?\( \) (?:=>|->) (?:\{ (.*) \})?", r"\1", subject)
    return RAISES, subject, kind, match


def _read_call(words: Words) -> list[Parts]:
    """Return what a call such as `assertEquals(a, b)` or `assert_eq!(a, b)` asks for."""
    for number, word in enumerate(words):
        if word == "(" and number:
            break
    else:
        return [("true", " ".join(words), "", "")]
    before = [one for one in words[:number] if one not in ("!", ".", "::", "->")]
    name = before[-1] if before else ""
    given = split_words(words[number + 1 : find_close(words, number)], ",")
    if given and given[0] in (["t"], ["tc"]) and before[0] in _OBJECTS:
        given = given[1:]
    texts = [" ".join(part) for part in given if part]
    operator = _KINDS.get(name, "")
    if name in _VALUES and texts:
        return _make(name, texts[0], [], is_turned=False)
    if operator == RAISES and texts:
        is_kind_first = re.fullmatch(r"[\w. ]+ \. class|[\w. ]+ :: class", texts[0])
        first, *others = reversed(texts[:2]) if is_kind_first else texts
        return [_read_raises(first, others)]
    if operator in ("true", "false") and texts:
        return read_condition(given[0], positive=operator == "true")
    if operator in ("==", "!=", "<", ">", "<=", ">=") and len(texts) > 1:
        return _compare(operator, texts[0], texts[1])
    if not texts:
        return [(name, "", "", "")]
    return [(operator or name, texts[0], ", ".join(texts[1:]), "")]
