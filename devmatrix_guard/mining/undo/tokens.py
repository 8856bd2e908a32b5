"""Reads tokens of any language, without layout and comments, and cuts them into statements.

One tokenizer for all: words, numbers, strings, operators. It knows how comments and strings look in
families of languages and nothing of grammar, so that a file that does not compile is read as well.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from devmatrix_guard.model.language import detect_language

MAX_BYTES = 1_000_000
MOST_NESTED = 200  # beyond that names are of nothing that people write, and their length squares

_HASH = {"Python", "Ruby", "Shell", "PHP", "Settings"}
_NO_SLASHES = {"Python", "Ruby", "Shell", "SQL", "Settings"}
_COMMENT = {
    "hash": r"#[^\n]*",
    "slashes": r"//[^\n]*|/\*.*?(?:\*/|\Z)",
    "dashes": r"--[^\n]*",
    "markup": r"<!--.*?(?:-->|\Z)",
    "jinja": r"\{\#.*?(?:\#\}|\Z)",
}
_REST = (
    r"|(?P<string>'''(?:\\.|[^\\])*?'''|\"\"\"(?:\\.|[^\\])*?\"\"\"|`(?:\\.|[^\\`])*`"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<word>[^\W\d]\w*|\$\w*|@\w+)|(?P<number>\d[\w.]*)"
    r"|(?P<line>\n)|(?P<mark>[<>=!]==?|<<=?|>>=?|&&=?|\|\|=?|\?\?=?|[-+*/%&|^:]=|\*\*|->|=>|::|\?\."
    r"|\.\.\.?|\+\+|--|[^\s\w])"
)
_ENDS_OPEN = ", . ( [ = + - * / % & | ^ < > ? : && || ?? => -> == != <= >= += -= :: ?."
_BEGINS_OPEN = ". ?. && || ?? ? : + - * / % | ^ == != => ) ]"
_CONTROL_WORDS = (
    "if for while switch catch return do else try finally with foreach unless until elsif when"
    " match synchronized using lock guard"
)
_NAMING_WORDS = (
    "function func fn def fun class interface struct enum trait impl module namespace object sub"
    " type record protocol extension"
)
_OTHER_WORDS = (
    "let var const new this self super null nil undefined none true false not and or in is of"
    " import from export async await yield throw throws break continue public private protected"
    " static void int string bool boolean float double char long byte mut pub package interface"
    " extends implements default typeof instanceof delete case end then begin raise except elif"
    " lambda pass print global nonlocal del assert as select where insert update set values"
)
_CLAUSES = frozenset(("from", "where", "and", "group", "order", "having", "limit", "union", "set"))
_OPERATORS = "= => == === != !== <= >= += -= *= /= && || ?? + * / % ->"
# A line that ends or begins so is one with its neighbour.
_GOES_ON = frozenset(_ENDS_OPEN.split())
_GOES_ON_BEFORE = frozenset(_BEGINS_OPEN.split())
_CONTROL = frozenset(_CONTROL_WORDS.split())
_NAMING = frozenset(_NAMING_WORDS.split())
_WORDS = frozenset(_OTHER_WORDS.split())
_SPACED = frozenset(_OPERATORS.split())
KEYWORDS = _CONTROL | _NAMING | _WORDS

# (row, text, is a word that may name something)
Token = tuple[int, str, bool]
# first row, row after the last, text, scope, parent, previous: as `undo_layout.Statement`
Cut = tuple[int, int, bytes, str, int, int]


def read_tokens(language: str, text: str) -> Iterator[Token]:
    """Yield the tokens of a text; a line end is the token of a line feed."""
    row = 0
    for match in _compile(language).finditer(text):
        kind = match.lastgroup
        found = match[0]
        if kind == "line":
            yield row, "\n", False
        elif kind == "string":
            yield row, _normalise_string(found), False
        elif kind is not None and kind != "comment":
            yield row, found.lower() if language == "SQL" else found, kind == "word"
        row += found.count("\n")


_compiled: dict[str, re.Pattern[str]] = {}


def _compile(language: str) -> re.Pattern[str]:
    found = _compiled.get(language)
    if found is None:
        kinds = ["hash"] if language in _HASH else []
        kinds += [] if language in _NO_SLASHES else ["slashes"]
        kinds += ["dashes"] if language == "SQL" else []
        kinds += ["markup"] if language in ("HTML", "Vue", "Jinja") else []
        kinds += ["jinja"] if language == "Jinja" else []
        comments = "|".join(_COMMENT[kind] for kind in kinds)
        found = re.compile(f"(?P<comment>{comments}){_REST}", re.DOTALL)
        _compiled[language] = found
    return found


def _normalise_string(text: str) -> str:
    """Return a string with one kind of quotes, where none stands inside."""
    quote = text[0]
    if quote == "'" and '"' not in text and text[:3] != "'''" and "\\" not in text:
        return f'"{text[1:-1]}"'
    return text


def decode(text: bytes) -> str:
    """Return a text, as Latin-1 where it is no UTF-8."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def list_token_statements(path: str, text: bytes) -> list[Cut]:
    """Return the statements of a text in a language other than Python, in order."""
    if len(text) > MAX_BYTES:
        return []
    language = detect_language(path)
    if is_container_file(path):
        language = "Shell"  # so that comments are those of a shell
        cutter: _Cutter = _InstructionCutter()
    else:
        cutter = _QueryCutter() if language == "SQL" else _Cutter()
    for token in read_tokens(language, decode(text)):
        cutter.take(token)
    cutter.close()
    return cutter.found


_CONTAINER = re.compile(
    r"(?:.*/)?(?:(?:Docker|Container)file\b[^/]*|[^/]*\.(?:docker|container)file)$", re.IGNORECASE
)


def is_container_file(path: str) -> bool:
    """Tell whether a file says by its name that it makes the image of a container."""
    return bool(_CONTAINER.match(path))


class _Cutter:
    """Cuts a stream of tokens: at `;`, braces, commas in braces, and ends of complete lines."""

    def __init__(self) -> None:
        self.found: list[Cut] = []
        self._tokens: list[Token] = []
        self._pending = False
        self._brackets: list[str] = []
        # Of each block: the number of its head, of its last statement, and its scope.
        self._blocks: list[tuple[int, int, str]] = [(-1, -1, "")]
        self._head = ""  # the scope of the head that goes on behind its parameters in braces

    def take(self, token: Token) -> None:
        _, text, _ = token
        if text == "\n":
            self._pending = bool(self._tokens) and self._is_in_block
            return
        if self._pending:
            self._pending = False
            if self._tokens[-1][1] not in _GOES_ON and text not in _GOES_ON_BEFORE:
                self.close()
        if text == "{":
            self._open_block(token)
        elif text == "}":
            self._close_block()
        elif text == ";" and self._is_in_block:
            self.close()
        else:
            self._take_plain(token)

    @property
    def _is_in_block(self) -> bool:
        return not self._brackets or self._brackets[-1] == "{"

    @property
    def _returns(self) -> bool:
        """Whether the statement gives back values, of which Go may have several."""
        return bool(self._tokens) and self._tokens[0][1] == "return"

    def _take_plain(self, token: Token) -> None:
        text = token[1]
        if text in ("(", "["):
            self._brackets.append(text)
        elif text in (")", "]"):
            if self._brackets and self._brackets[-1] != "{":
                self._brackets.pop()
            if self._tokens and self._tokens[-1][1] == ",":
                self._tokens.pop()  # the comma after the last of several is layout
        if text == "," and self._brackets and self._brackets[-1] == "{" and not self._returns:
            self.close()
            return
        self._tokens.append(token)

    def _open_block(self, token: Token) -> None:
        self._tokens.append(token)
        name = _find_name(self._tokens)
        scope = self._blocks[-1][2]
        inner = f"{scope}.{name}" if name and scope else name or scope
        if self._tokens[0][1] == ")" and not name:
            inner = self._head or scope
        if len(self._blocks) > MOST_NESTED:
            inner = scope
        self.close()
        self._brackets.append("{")
        self._blocks.append((len(self.found) - 1, -1, inner))

    def _close_block(self) -> None:
        self.close()
        while self._brackets and self._brackets.pop() != "{":
            pass
        if len(self._blocks) > 1:
            scope = self._blocks.pop()[2]
            self._head = scope if self._brackets and self._brackets[-1] == "(" else ""

    def close(self) -> None:
        """End the statement whose tokens were taken."""
        if not self._tokens:
            return
        head, last, scope = self._blocks[-1]
        first, end = self._tokens[0][0], self._tokens[-1][0] + 1
        text = "\x00".join(
            ("\x01" if is_word else "") + text for _, text, is_word in self._tokens
        ).encode("utf-8", "surrogatepass")  # `show_statement` and `describe_tokens` read it
        self.found.append((first, end, text, scope, head, last))
        self._blocks[-1] = (head, len(self.found) - 1, scope)
        self._tokens = []


class _QueryCutter(_Cutter):
    """Cuts queries at their clauses, and at the conditions that are joined by `and`.

    In which lines they stand, and in which order the conditions, is layout.
    """

    def take(self, token: Token) -> None:
        text = token[1]
        if text == "\n":
            return
        if self._brackets or text not in _CLAUSES:
            super().take(token)
            return
        is_between = text == "and" and any(word == "between" for _, word, _ in self._tokens)
        if not is_between:
            self.close()
        if text != "and" or is_between:
            super().take(token)
        if text == "where":
            self.close()


class _InstructionCutter(_Cutter):
    """Cuts the instructions of a container at the ends of their lines, but where they go on."""

    def take(self, token: Token) -> None:
        if token[1] != "\n":
            self._tokens.append(token)
        elif self._tokens and self._tokens[-1][1] == "\\":
            self._tokens.pop()
        else:
            self.close()


def show_statement(text: bytes) -> str:
    """Return the first line of a statement's own text as people write it.

    Args:
        text: source, or tokens as statements of languages without a parser hold them.
    """
    shown = ""
    for part in text.decode("utf-8", "replace").split("\x00"):
        token = part.removeprefix("\x01")
        shown += (" " if _is_apart(shown, token) else "") + token
    return shown.partition("\n")[0]


def _is_apart(before: str, token: str) -> bool:
    """Whether a blank stands between what is written already and the next token."""
    if not before or not token:
        return False
    last, first = before[-1], token[0]
    word = before.rpartition(" ")[2]
    if last in ",;=" or token in _SPACED or word in _SPACED or (word in _CONTROL and first == "("):
        return True
    return (last.isalnum() or last in "_\"'`$)") and (first.isalnum() or first in "_\"'`$@{")


def _find_name(tokens: Sequence[Token]) -> str:
    """Return the name of what a block defines, empty where it defines nothing."""
    words = [text for _, text, is_word in tokens if is_word]
    if not words or words[0] in _CONTROL:
        return ""
    for before, (_, text, is_word) in itertools.pairwise(tokens):
        if before[1] in _NAMING and is_word:
            return text
    for (_, text, is_word), after in itertools.pairwise(tokens):
        if is_word and after[1] == "(" and text not in KEYWORDS:
            return text
    for (_, text, is_word), after in itertools.pairwise(tokens):
        if is_word and after[1] in ("=", ":") and text not in KEYWORDS:
            return text
    return ""
