"""Python source as text that a formatter would leave alone: literals, brackets, docstrings."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable
from typing import Any

from devmatrix_guard.model.named_value import NamedValue

LINE_LENGTH = 100


class Group:
    """Items between brackets: on one line if they fit, otherwise one item a line.

    Attributes:
        flat: all of it on one line, put together once: every enclosing doc asks for it.
    """

    __slots__ = ("close", "comma", "flat", "items", "open")

    def __init__(self, open: str, items: tuple[Doc, ...], close: str, comma: bool = True) -> None:
        self.open, self.items, self.close, self.comma = open, items, close, comma
        end = f",{close}" if open == "(" and len(items) == 1 else close  # a tuple of one
        self.flat = f"{open}{', '.join(map(write_flat, items))}{end}"


class Chain:
    """Docs written one after the other.

    Attributes:
        flat: all of it on one line.
    """

    __slots__ = ("flat", "parts")

    def __init__(self, parts: tuple[Doc, ...]) -> None:
        self.parts = parts
        self.flat = "".join(map(write_flat, parts))


class Calls(Chain):
    """Three calls or more of each other's results: on one line, or between brackets on one each."""

    __slots__ = ()


class Alternatives:
    """Types joined by `|`: on one line if they fit, otherwise each on its own.

    Attributes:
        flat: all of it on one line.
        words: what stands before each part but the first; `|` unless something else is given.
    """

    __slots__ = ("flat", "parts", "words")

    def __init__(self, parts: tuple[Doc, ...], words: tuple[str, ...] = ()) -> None:
        self.parts = parts
        self.words = words or ("|",) * (len(parts) - 1)
        rest = zip(self.words, parts[1:], strict=True)
        self.flat = "".join([write_flat(parts[0]), *(f" {w} {write_flat(p)}" for w, p in rest)])


Doc = str | Group | Chain | Alternatives


def write_string(text: str) -> str:
    """Return a string literal in the quotes that a formatter prefers."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    quote = "'" if text.count('"') > text.count("'") else '"'
    # A part holds at most the other quote, which repr() then has no reason to escape.
    parts = [repr(part)[1:-1] for part in text.split(quote)]
    return quote + f"\\{quote}".join(parts) + quote


def write_raw_string(text: str) -> str:
    """Return a raw literal where that is shorter and possible, as one writes a pattern."""
    plain = '"' not in text and text.isprintable() and not text.endswith("\\")
    return f'r"{text}"' if "\\" in text and plain else write_string(text)


def call(function: str, *arguments: Doc | None, **keywords: Doc | None) -> Group:
    """Return a call; arguments that are None are left out."""
    items: list[Doc] = [item for item in arguments if item is not None]
    items += [make_keyword(name, value) for name, value in keywords.items() if value is not None]
    return Group(f"{function}(", tuple(items), ")")


def make_argument_list(function: str, arguments: str) -> Group:
    """Return a call whose arguments stay on one line."""
    return Group(f"{function}(", (arguments,), ")", comma=False)


def make_keyword(name: str, value: Doc) -> Doc:
    """Return `name=value`."""
    return make_chain(f"{name}=", value)


def make_chain(*parts: Doc) -> Chain:
    """Return the docs written one after the other."""
    return Chain(parts)


def make_alternatives(*parts: Doc) -> Doc:
    """Return the types joined by `|`."""
    found: list[Doc] = []
    for part in parts:
        found += part.parts if isinstance(part, Alternatives) else [part]
    return Alternatives(tuple(found)) if len(found) > 1 else found[0]


def make_conditional(value: Doc, condition: str, other: str) -> Doc:
    """Return `value if condition else other`, for a place between brackets."""
    return Alternatives((value, condition, other), ("if", "else"))


def make_subscript(name: str, *items: Doc) -> Doc:
    """Return `name[items]`."""
    return Group(f"{name}[", items, "]", comma=len(items) > 1)


def make_sequence(items: Iterable[Doc], brackets: str = "[]") -> Group:
    """Return a list, or with other brackets a tuple or set."""
    return Group(brackets[0], tuple(items), brackets[1])


def make_mapping(entries: Iterable[tuple[str, Doc]]) -> Group:
    """Return a dict; the keys are source text."""
    return Group("{", tuple(make_chain(f"{key}: ", value) for key, value in entries), "}")


def make_literal(value: Any) -> Doc:
    """Return the literal of a JSON value."""
    if isinstance(value, str):
        return write_string(value)
    if isinstance(value, dict):
        return make_mapping(
            (write_string(str(key)), make_literal(item)) for key, item in value.items()
        )
    if isinstance(value, list | tuple):
        return make_sequence(make_literal(item) for item in value)
    return repr(value)


def make_comprehension(element: str, loop: str, brackets: str = "[]") -> Group:
    """Return `[element for loop]`."""
    return Group(brackets[0], (f"{element} for {loop}",), brackets[1], comma=False)


def measure_width(text: str) -> int:
    """Return how many columns a text takes up, as ruff counts: two for an ideograph, none for
    a mark above a letter."""
    if text.isascii():
        return len(text)
    return sum(map(_measure_character, text))


def _measure_character(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def write_flat(doc: Doc) -> str:
    """Return the doc on one line."""
    return doc if isinstance(doc, str) else doc.flat


def write_lines(
    doc: Doc, indent: int = 0, *, before: str = "", after: str = "", inside: bool = False
) -> list[str]:
    """Return the doc as lines, `before` and `after` it on its first and last line.

    Args:
        doc: what to write.
        indent: columns in front of the first line.
        before: text in front of the doc, for instance `return `.
        after: text behind it, for instance `:`.
        inside: it stands between brackets, so that lines may end anywhere.
    """
    pad, text = " " * indent, write_flat(doc)
    fits = indent + measure_width(before + text + after) <= LINE_LENGTH
    if fits or isinstance(doc, str) or not _can_break(doc):
        return [f"{pad}{before}{text}{after}"]
    if isinstance(doc, Calls) and inside:
        ends = ["" for _ in doc.parts[1:]] + [after]
        starts = [before, *("" for _ in doc.parts[1:])]
        return [
            line
            for part, start, end in zip(doc.parts, starts, ends, strict=True)
            for line in write_lines(part, indent, before=start, after=end, inside=True)
        ]
    if isinstance(doc, Chain):
        return _write_chain_lines(doc, indent, before, after, inside=inside)
    if isinstance(doc, Alternatives):
        return _write_alternative_lines(doc, indent, before, after, inside=inside)
    result = [f"{pad}{before}{doc.open}"]
    for item in doc.items:
        long = isinstance(item, str) and measure_width(item) + indent + 4 > LINE_LENGTH
        if not doc.comma and isinstance(item, str) and long:
            element, word, loop = item.rpartition(" for ")
            result += [*_write_element(element, indent + 4), f"{pad}    {word.strip()} {loop}"]
            continue
        result += write_lines(item, indent + 4, after="," if doc.comma else "", inside=True)
    return [*result, f"{pad}{doc.close}{after}"]


def _write_element(element: str, indent: int) -> list[str]:
    """Return what a comprehension makes of each item, a call on three lines where it is long."""
    pad, (called, bracket, rest) = " " * indent, element.partition("(")
    if indent + measure_width(element) <= LINE_LENGTH or not called or not rest.endswith(")"):
        return [f"{pad}{element}"]
    return [f"{pad}{called}{bracket}", f"{pad}    {rest[:-1]}", f"{pad})"]


def _can_break(doc: Doc) -> bool:
    if isinstance(doc, Chain):
        return any(map(_can_break, doc.parts))
    return isinstance(doc, Alternatives) or (isinstance(doc, Group) and bool(doc.items))


def _write_alternative_lines(
    doc: Alternatives, indent: int, before: str, after: str, *, inside: bool
) -> list[str]:
    """Break between the types, in parentheses where no others are around."""
    if not inside:
        pad = " " * indent
        equals, value = after[:3], after[3:]
        head = f"{pad}{before}{doc.flat} = ("
        if equals == " = " and measure_width(head) <= LINE_LENGTH:
            return [head, f"{pad}    {value}", f"{pad})"]
        within = write_lines(doc, indent + 4, inside=True)
        return [f"{pad}{before}(", *within, f"{pad}){after}"]
    last = len(doc.parts) - 1
    return [
        line
        for i, part in enumerate(doc.parts)
        for line in write_lines(
            part,
            indent,
            before=f"{doc.words[i - 1]} " if i else before,
            after=after if i == last else "",
            inside=True,
        )
    ]


def _write_chain_lines(
    doc: Chain, indent: int, before: str, after: str, *, inside: bool
) -> list[str]:
    """Break the last part that can be broken; a formatter too prefers the rightmost bracket.

    Where what stands before that bracket is too long for a line, it is broken as well.
    """
    at = max(i for i, part in enumerate(doc.parts) if _can_break(part))
    last = doc.parts[at]
    first = Chain(doc.parts[:at])
    if isinstance(last, Group) and _can_break(first):
        begin = write_lines(first, indent, before=before, after=last.open, inside=inside)
        if len(begin) > 1:
            joint = begin.pop().strip().removesuffix(last.open)
            rest = "".join(map(write_flat, doc.parts[at + 1 :])) + after
            return [*begin, *write_lines(last, indent, before=joint, after=rest, inside=inside)]
    head = "".join(map(write_flat, doc.parts[:at]))
    tail = "".join(map(write_flat, doc.parts[at + 1 :]))
    whole = before + head, tail + after
    return write_lines(doc.parts[at], indent, before=whole[0], after=whole[1], inside=inside)


def write_assignment(name: str, type_: Doc, value: Doc, indent: int = 0) -> str:
    """Return `name: type = value`, broken where a formatter would break it."""
    head = f"{name}: {write_flat(type_)} = "
    opening = value.open if isinstance(value, Group) else ""
    if indent + measure_width(head + (opening or write_flat(value))) <= LINE_LENGTH:
        return block(value, indent, before=head)
    if indent + measure_width(head) + 1 <= LINE_LENGTH:
        pad = " " * indent
        return "\n".join([f"{pad}{head}(", *write_lines(value, indent + 4, inside=True), f"{pad})"])
    above = write_lines(type_, indent, before=f"{name}: ")
    below = write_lines(value, indent, before=f"{above[-1].lstrip()} = ")
    return "\n".join([*above[:-1], *below])


class Line(NamedValue):
    """A statement that is laid out once it is known how far to the right it stands."""

    doc: Doc
    before: str = ""
    after: str = ""
    indent: int = 0

    def __str__(self) -> str:
        return f"{self.before}{write_flat(self.doc)}{self.after}"


Lines = list[str | Line]


def put(doc: Doc, indent: int = 0, *, before: str = "", after: str = "") -> Lines:
    """Return a statement, to be laid out later."""
    return [Line(doc, before, after, indent)]


def shift(statements: Iterable[str | Line], indent: int = 4) -> Lines:
    """Return the statements moved to the right."""
    return [
        s._replace(indent=s.indent + indent)
        if isinstance(s, Line)
        else f"{' ' * indent}{s}".rstrip()
        for s in statements
    ]


def lay_out(statements: Iterable[str | Line]) -> list[str]:
    """Return the statements as lines of text."""
    result: list[str] = []
    for statement in statements:
        if isinstance(statement, Line):
            doc, before, after, indent = statement
            result += write_lines(doc, indent, before=before, after=after)
        else:
            result.append(statement)
    return result


def block(doc: Doc, indent: int = 0, *, before: str = "", after: str = "") -> str:
    """Return the doc as text; see `lines`."""
    return "\n".join(write_lines(doc, indent, before=before, after=after))


def write_docstring(text: str, indent: int = 0) -> str:
    """Return a docstring that holds `text`, whatever is in it, on lines of its own."""
    pad = " " * indent
    clean = "".join(c if c.isprintable() else " " for c in text.replace("\n", " "))
    escaped = " ".join(clean.split()).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if escaped.endswith('"'):
        before = escaped[:-1]
        backslashes = len(before) - len(before.rstrip("\\"))
        escaped = escaped if backslashes % 2 else f'{before}\\"'
    if len(escaped) + indent + 6 <= LINE_LENGTH:
        return f'{pad}"""{escaped or "Nothing said."}"""'
    wrapped = textwrap.wrap(
        escaped, LINE_LENGTH - indent - 6, break_long_words=False, break_on_hyphens=False
    )
    body = "\n".join(f"{pad}{line}" for line in wrapped[1:])
    return f'{pad}"""{wrapped[0]}\n{body}\n{pad}"""'


def indent(text: str, indent: int = 4) -> str:
    """Return the text with every line that is not empty moved to the right."""
    return textwrap.indent(text, " " * indent)
