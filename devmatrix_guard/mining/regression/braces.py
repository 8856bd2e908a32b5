"""Reads languages with braces as nested statements, by their tokens and without their grammar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

SUFFIXES = (
    ".c", ".cc", ".cjs", ".cpp", ".cs", ".cts", ".cxx", ".go", ".groovy", ".h", ".hpp", ".java",
    ".js", ".jsx", ".kt", ".kts", ".mjs", ".mts", ".php", ".rs", ".scala", ".swift", ".ts", ".tsx",
)  # fmt: skip
_BARE = (".go", ".rs", ".swift")  # no parentheses around a condition, no statement without braces
_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*`"
    r"|[\w$]+|\n|\.\.\.|=>|->|:=|::|\?\.|[=!<>]=+|&&|\|\||\S",
    re.DOTALL,
)
_UNESCAPED = r"\\.|\[(?:\\.|[^\]\\\n]){0,100}\]|[^/\\\n\["
_PATTERN = re.compile(rf"/(?![/*])(?:{_UNESCAPED}]){{1,200}}/\w*")
_BEFORE_PATTERN = frozenset(("return", "=>", "&&", "||", "\n", *"(,=:[!&|?{};"))
_HEADED = ("if", "for", "foreach", "while", "switch", "catch")
_CONTROLS = (*_HEADED, "try", "finally", "else", "do", "loop", "match", "select", "unsafe")
_FOLLOWS = ("else", "catch", "finally")
_OPENERS = frozenset((")", "=>", "->", "|", "||"))
_FUNCTIONS = frozenset(("func", "function", "fn", "fun", "class"))
_BETWEEN = (".", "?.", "&&", "||", "?", "=>", "->", "+", "==", "===", "!=", "!==")
_GOES_ON = frozenset((*_BETWEEN, ":=", "<=", ">=", *":-*/=,([<>"))
_CHECKS = re.compile(
    r"assert\w*|expect\w*|EXPECT_\w+|ASSERT_\w+|REQUIRE\w*|CHECK\w*|XCTAssert\w*|Assert|verify"
)
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_MAX_DEPTH = 60
BLOCK = "{}"  # stands in a statement for a block of it


class Token(NamedTuple):
    """A token as it is written, and its line."""

    text: str
    line: int


class Block(NamedTuple):
    """Statements in braces, with the tokens of their statement that stand right before them."""

    head: tuple[str, ...]
    body: tuple[Statement, ...]


class Statement(NamedTuple):
    """The tokens of a statement, its first line, and its blocks in their order."""

    tokens: tuple[str, ...]
    line: int
    blocks: tuple[Block, ...] = ()

    def is_control(self) -> bool:
        """Tell whether it is an `if`, a loop or their like: `loop.run()` is none."""
        return bool(self.blocks) and self.tokens == self.blocks[0].head


def split_tokens(text: str, first_line: int = 1) -> list[Token]:
    """Return the tokens of a code, ends of lines among them and comments not."""
    found: list[Token] = []
    line, place, before = first_line, 0, "\n"
    while match := _TOKEN.search(text, place):
        if match[0] == "/" and before in _BEFORE_PATTERN:
            match = _PATTERN.match(text, match.start()) or match
        place = match.end()
        is_blank = match[0] == "\n" == before and bool(found)
        if not (is_blank or match.groupdict().get("comment")):
            found.append(Token(match[0], line))
            before = match[0]
        line += match[0].count("\n")
    return found


def blank_comments(text: str) -> str:
    """Return a code with spaces for its comments, every line where it was."""
    parts, done, place, before = [], 0, 0, "\n"
    while match := _TOKEN.search(text, place):
        if match[0] == "/" and before in _BEFORE_PATTERN:
            match = _PATTERN.match(text, match.start()) or match
        elif match["comment"]:
            parts += [text[done : match.start()], re.sub(r"[^\n]", " ", match[0])]
            done = match.end()
        place, before = match.end(), match[0]
    return "".join([*parts, text[done:]])


def read_statements(tokens: Sequence[Token], suffix: str) -> list[Statement]:
    """Return what is written in some tokens; nothing in them is lost but commas and semicolons.

    Args:
        tokens: a piece of code.
        suffix: that of its file.
    """
    return _Reader(tokens, suffix).read_all()


class _Reader:
    def __init__(self, tokens: Sequence[Token], suffix: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._is_bare = suffix in _BARE
        self._ends_by_line = suffix == ".go"
        self._depth = 0

    def read_all(self) -> list[Statement]:
        found: list[Statement] = []
        while self._at < len(self._tokens):
            found += self._read_body()
            self._at += 1  # a brace that nothing opened
        return found

    def _peek(self, ahead: int = 0) -> str:
        place = self._at + ahead
        return self._tokens[place].text if place < len(self._tokens) else ""

    def _read_body(self) -> list[Statement]:
        """Return the statements up to a closing brace, which is not read."""
        found = []
        while self._at < len(self._tokens) and self._peek() != "}":
            if self._peek() in ("\n", ";", ",", ")", "]"):
                self._at += 1
            else:
                found.append(self._read_statement())
        return found

    def _read_statement(self) -> Statement:
        line = self._tokens[self._at].line
        is_control = self._peek() in _CONTROLS and self._peek(1) not in (".", ":", ",", "=")
        if is_control and self._depth < _MAX_DEPTH:
            return self._read_control(line)
        words, blocks, depth = list[str](), list[Block](), 0
        start, is_check, is_function = 0, False, False  # known as it goes: statements may be long
        while self._at < len(self._tokens):
            text = self._peek()
            if text == "\n":
                if depth == 0 and words and not self._goes_on(words):
                    break
                if self._ends_by_line and depth and words[-1] not in _GOES_ON | _OPEN:
                    words.append(";")
            elif depth == 0 and text in (";", "}", ",", ")", "]"):
                break
            elif text == "{" and not is_check and self._opens_block(words, is_function):
                body = self._read_block()
                blocks.append(Block(_tidy(words[start:]), body))
                words.append(BLOCK)
                start, is_function = len(words), False
                continue
            else:
                depth += (text in _OPEN) - (text in _CLOSE)
                is_check = is_check or _CHECKS.fullmatch(text) is not None
                is_function = is_function or text in _FUNCTIONS
                words.append(text)
            self._at += 1
        self._at += self._peek() == ";"
        return Statement(_tidy(words), line, tuple(blocks))

    def _goes_on(self, words: Sequence[str]) -> bool:
        """Tell whether a statement goes on behind the end of a line."""
        ahead = 0
        while self._peek(ahead) == "\n":
            ahead += 1
        return words[-1] in _GOES_ON or self._peek(ahead) in _BETWEEN

    def _opens_block(self, words: Sequence[str], is_function: bool) -> bool:
        """Tell whether a brace opens statements; what a check is given is part of it instead."""
        if self._depth >= _MAX_DEPTH:
            return False
        if not words or words[-1] in _OPENERS:
            return True
        return is_function and words[-1] not in ("=", "(", ",", "[", ":")

    def _read_block(self) -> tuple[Statement, ...]:
        self._at += 1
        self._depth += 1
        body = self._read_body()
        self._depth -= 1
        self._at += 1
        return tuple(body)

    def _read_control(self, line: int) -> Statement:
        """Read `if`, `for`, `try` and their like, with all that follows: `else`, `catch`."""
        blocks: list[Block] = []
        while True:
            head = self._read_head()
            if self._peek() == "{":
                body = self._read_block()
            elif self._is_bare or self._at >= len(self._tokens) or self._peek() in (";", "}"):
                body = ()
            else:
                self._depth += 1
                body = (self._read_statement(),)
                self._depth -= 1
            blocks.append(Block(_tidy(head), body))
            ahead = 0
            while self._peek(ahead) == "\n":
                ahead += 1
            if self._peek(ahead) not in _FOLLOWS:
                return Statement(blocks[0].head, line, tuple(blocks))
            self._at += ahead

    def _read_head(self) -> list[str]:
        """Return what stands before the block of a control, which is read next."""
        words: list[str] = []
        while self._peek() in ("else", "\n") or not words:
            if self._peek() != "\n":
                words.append(self._peek())
            self._at += 1
            if words[-1:] != ["else"]:
                break
        if words == ["else"] and self._peek() == "if":
            words.append("if")
            self._at += 1
        depth = 0
        is_headed = not self._is_bare and words[-1] in _HEADED
        while self._at < len(self._tokens):
            text = self._peek()
            if depth == 0 and (text == "{" or (text == "}" and self._is_bare)):
                break
            if depth == 0 and not self._is_bare and text not in ("(", "\n"):
                break
            depth += (text in _OPEN) - (text in _CLOSE)
            words.append(text)
            self._at += 1
            if is_headed and depth == 0 and text == ")":
                while self._peek() == "\n":
                    self._at += 1
                break
        return words


def _tidy(words: Sequence[str]) -> tuple[str, ...]:
    """Return tokens without ends of lines and commas before a closing bracket, in one quoting."""
    kept = [word for word in words if word != "\n"]
    return tuple(
        word.replace('"', "'") if word[0] == '"' else word
        for word, after in zip(kept, [*kept[1:], ""], strict=False)
        if not (word in (",", ";") and after in _CLOSE)
    )
