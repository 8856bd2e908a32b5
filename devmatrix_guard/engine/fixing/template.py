"""A fix's template filled with what a match bound, as tokens that remember where they came from.

Metavariables become placeholder names, so that the template can be tokenized and parsed as
Python; a placeholder stands for code that is copied as it is written in the file.
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from devmatrix_guard.engine.fixing.region import Region, indent_at, normalise_meaning
from devmatrix_guard.engine.matching.match import Binding
from devmatrix_guard.engine.tree.lexer import Token, read_tokens
from devmatrix_guard.engine.tree.source_text import encode_source

# Each place that is filled is judged by the tree of the whole fix.
_MOST_SLOTS = 60
_METAVARIABLE = re.compile(r"\$\.\.\.[A-Z_][A-Z_0-9]*|\$[A-Z_][A-Z_0-9]*|\$[0-9]+")
_WHOLE = "__guard_match__"
PLACEHOLDER = re.compile(r"__guard_(\d+)__")
_FIRST_BLOCK = re.compile(r"(?m)^[^\s#].*:[ \t]*(?:\r\n|\n|\r)([ \t]+)[^\s#]")
_LINE_START = re.compile(r"(\r\n|\n|\r)([ \t]*)(?=[^ \t\r\n])")


class Slot(NamedTuple):
    """What one placeholder stands for; offsets are None for code from outside the match."""

    name: str
    text: str
    start: int | None
    end: int | None

    @property
    def is_sequence(self) -> bool:
        """Tell a `$...NAME`, which may hold any number of elements, from a single piece of code."""
        return self.name.startswith("$...")


class Template(NamedTuple):
    """Template text in which each placeholder `__guard_N__` stands for slot N."""

    text: str
    slots: tuple[Slot, ...]

    def fill(self) -> str:
        """Return the text with the slots' code in place."""
        return PLACEHOLDER.sub(lambda match: self.slots[int(match.group(1))].text, self.text)

    def slot_of(self, token: str) -> Slot | None:
        """Return the slot a token is the placeholder of."""
        found = PLACEHOLDER.fullmatch(token)
        return self.slots[int(found.group(1))] if found else None


class TemplateError(ValueError):
    """The template cannot be filled; the text is the reason, as part of a sentence."""


def read_template(text: str, bindings: Mapping[str, Binding], region: Region) -> Template:
    """Return the template for one match.

    Raises:
        TemplateError: it names a metavariable that the match does not bind.
    """
    if PLACEHOLDER.search(text):
        raise TemplateError("the fix uses a name reserved for guard")
    slots: list[Slot] = []

    def placeholder(match: re.Match[str]) -> str:
        binding = bindings.get(match.group())
        if binding is None:
            raise TemplateError(f"the fix names {match.group()}, which the pattern does not bind")
        if len(slots) >= _MOST_SLOTS:
            raise TemplateError(f"the fix names metavariables more than {_MOST_SLOTS} times")
        slots.append(_build_slot(match.group(), binding, region))
        return f"__guard_{len(slots) - 1}__"

    filled = _METAVARIABLE.sub(placeholder, text.strip("\r\n"))
    return _drop_empty_sequences(Template(filled, tuple(slots)))


def add_parentheses(template: Template, region: Region) -> Template:
    """Return the template with parentheses where copied code, or the whole, needs them."""
    # The whole first: where it cannot stand without, nothing could be told of the code in it.
    if is_wrapped := _needs_parentheses(region, ("", _WHOLE, ""), template.text):
        template = template._replace(text=f"({template.text})")
    for number, slot in enumerate(template.slots):
        hole = f"__guard_{number}__"
        parts = template.text.partition(hole)
        if not slot.is_sequence and _needs_parentheses(region, parts, slot.text):
            text = template.text.replace(hole, f"({hole})")
            template = template._replace(text=text)
    if not is_wrapped and _needs_parentheses(region, ("", _WHOLE, ""), template.fill()):
        template = template._replace(text=f"({template.text})")
    return template


def _needs_parentheses(region: Region, parts: tuple[str, str, str], code: str) -> bool:
    """Tell whether code keeps its meaning in a place only with parentheses around it.

    What is meant is the tree with a name in that place, the tree of the code put for the name.
    """
    before, hole, after = parts
    wrapped = region.meaning_with(f"{before}({code}\n){after}")
    plain = region.meaning_with(f"{before}{code}{after}")
    if wrapped is None or plain == wrapped:
        return False
    value = normalise_meaning(f"({code}\n)", "eval")
    with_name = region.meaning_with(before + hole + after)
    if value is None or with_name is None:
        return plain is None
    expression = value.removeprefix("Expression(body=").removesuffix(")")
    meant = with_name.replace(f"Name(id={hole!r}, ctx=Load())", expression)
    return plain != meant and wrapped == meant


def lay_out(template: Template, region: Region, newline: str) -> Template:
    """Return the template with the match's indentation, indent unit and newlines."""
    base = region.indent
    unit = _find_unit(template.text)
    own = _find_own_unit(region) or unit

    def indented(match: re.Match[str]) -> str:
        levels, rest = divmod(len(match.group(2).expandtabs(len(unit) or 4)), len(unit) or 4)
        return newline + base + own * levels + " " * rest

    text = re.sub(r"\r\n|\n|\r", "\n", template.text)
    return Template(
        _LINE_START.sub(indented, text), _find_moved_slots(text, template, region, unit, own)
    )


def reindent(code: str, old: str, new: str) -> str:
    """Return code with each line's indentation changed from `old` to `new`, strings untouched."""
    if old == new or not re.search(r"[\r\n]", code):
        return code
    source = encode_source(code)
    inside: set[int] = set()
    for token in read_tokens(source) or []:
        first, last = source.position(token.start)[0], source.position(token.end)[0]
        if token.kind == "STRING":
            inside.update(range(first + 1, last + 1))
    lines = [source.line(n) for n in range(1, len(source.starts) + 1)]
    return lines[0] + "".join(
        line if number in inside or not line.startswith(old) else new + line[len(old) :]
        for number, line in enumerate(lines[1:], start=2)
    )


def rename(template: Template, local_name: Callable[[str], str]) -> Template:
    """Return the template with each dotted name of its own replaced by the file's name for it."""
    tokens = [t for t in read_tokens(encode_source(template.text)) or [] if t.is_code]
    if tokens and tokens[0].text in {"from", "import"}:
        return template
    pieces: list[str] = []
    at = 0
    for first, last in list_dotted_names(tokens):
        start, end = tokens[first].start, tokens[last].end
        name = "".join(t.text for t in tokens[first : last + 1])
        pieces += (template.text[at:start], local_name(name))
        at = end
    return template._replace(text="".join((*pieces, template.text[at:])))


def list_own_names(template: Template) -> set[str]:
    """Return the names the template itself uses and does not bind, without those of copied code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            nodes = [n for n in ast.walk(ast.parse(template.text)) if isinstance(n, ast.Name)]
        except (SyntaxError, ValueError, RecursionError):
            return _names_in_tokens(template.text)
    bound = {n.id for n in nodes if not isinstance(n.ctx, ast.Load)}
    return {n.id for n in nodes if not PLACEHOLDER.fullmatch(n.id)} - bound


def _names_in_tokens(text: str) -> set[str]:
    """Return the names in a template that is no whole statement, such as a clause."""
    tokens = [t for t in read_tokens(encode_source(text)) or [] if t.is_code]
    firsts = {tokens[first].text for first, _ in list_dotted_names(tokens)}
    return {name for name in firsts if not keyword.iskeyword(name)}


def list_dotted_names(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Return (first, last) token index of each `a.b.c` that is a name of the template's own."""
    found: list[tuple[int, int]] = []
    index = 0
    while index < len(tokens):
        first = index
        index += 1
        if tokens[first].kind != "NAME" or PLACEHOLDER.fullmatch(tokens[first].text):
            continue
        if first and tokens[first - 1].text == ".":
            continue
        while (
            index + 1 < len(tokens)
            and tokens[index].text == "."
            and tokens[index + 1].kind == "NAME"
            and not PLACEHOLDER.fullmatch(tokens[index + 1].text)
        ):
            index += 2
        if index < len(tokens) and tokens[index].text == "=":
            continue
        found.append((first, index - 1))
    return found


def _build_slot(name: str, binding: Binding, region: Region) -> Slot:
    if not binding.start_line:
        return Slot(name, binding.text, None, None)
    source = region.source
    start = source.offset(binding.start_line, binding.start_col)
    end = source.offset(binding.end_line, binding.end_col)
    if name.startswith("$..."):
        end = start + len(source.text[start:end].rstrip().removesuffix(",").rstrip())
    if not (region.match_start <= start and end <= region.match_end):
        return Slot(name, source.text[start:end], None, None)
    start, end = _add_parentheses(region, start, end)
    return Slot(name, source.text[start:end], start, end)


def _add_parentheses(region: Region, start: int, end: int) -> tuple[int, int]:
    """Widen a span over the parentheses around its first and its last expression.

    The syntax tree, and so a binding, leaves them out; what is copied is what was written.
    """
    tokens = [t for t in region.tokens if t.is_code]
    first = next((n for n, t in enumerate(tokens) if t.start == start), None)
    last = next((n for n, t in enumerate(tokens) if t.end == end), None)
    if first is None or last is None:
        return start, end
    while True:
        opened, closed = _is_unbalanced(tokens[first : last + 1])
        hugged = _list_groups(tokens, first - 1) and last + 1 < len(tokens)
        if closed and first and tokens[first - 1].text == "(":
            first -= 1
        elif opened and last + 1 < len(tokens) and tokens[last + 1].text == ")":
            last += 1
        elif not opened and not closed and hugged and tokens[last + 1].text == ")":
            first, last = first - 1, last + 1
        else:
            return tokens[first].start, tokens[last].end


def _is_unbalanced(tokens: Sequence[Token]) -> tuple[int, int]:
    """Return how many brackets are opened and not closed, and closed and not opened."""
    opened = closed = 0
    for token in tokens:
        if token.text in {"(", "[", "{"}:
            opened += 1
        elif token.text in {")", "]", "}"}:
            opened, closed = (opened - 1, closed) if opened else (0, closed + 1)
    return opened, closed


def _list_groups(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether a token is a parenthesis that groups, not one of a call."""
    if index < 0 or tokens[index].text != "(":
        return False
    before = tokens[index - 1] if index else None
    if before is None or (before.kind == "NAME" and keyword.iskeyword(before.text)):
        return True
    return before.kind not in {"NAME", "STRING"} and before.text not in {")", "]", "}"}


def _drop_empty_sequences(template: Template) -> Template:
    """Drop each `$...NAME` that holds nothing, and the comma that came with it."""
    text = template.text
    for number, slot in enumerate(template.slots):
        if slot.is_sequence and not slot.text.strip():
            name = f"__guard_{number}__"
            text = re.sub(rf"{name}\s*,\s*|,\s*{name}|{name}", "", text, count=1)
    return template._replace(text=text)


def _find_moved_slots(
    text: str, template: Template, region: Region, unit: str, own: str
) -> tuple[Slot, ...]:
    """Return the slots with several statements in them at their new depth."""
    moved = list(template.slots)
    for number, slot in enumerate(moved):
        at = text.find(f"__guard_{number}__")
        lead = text[text.rfind("\n", 0, at) + 1 : at]
        if slot.start is None or not slot.is_sequence or lead.strip() or not _holds_lines(slot):
            continue
        depth = len(lead) // (len(unit) or 4)
        new = region.indent + own * depth
        old = indent_at(region.source, slot.start)
        moved[number] = slot._replace(text=reindent(slot.text, old, new))
    return tuple(moved)


def _holds_lines(slot: Slot) -> bool:
    return "\n" in slot.text or "\r" in slot.text


def _find_unit(text: str) -> str:
    found = re.search(r"[\r\n]([ \t]+)\S", text)
    return found.group(1) if found else ""


def _find_own_unit(region: Region) -> str:
    """Return one level of indentation as the file writes it near the match."""
    tokens = region.tokens
    inner = [t.text for t in tokens if t.kind == "INDENT"]
    if len(inner) > 1 and inner[1].startswith(inner[0]):
        return inner[1][len(inner[0]) :]
    if inner and not region.indent:
        return inner[0]
    found = _FIRST_BLOCK.search(region.source.text)
    return found.group(1) if found else ""
