"""What metavariables are bound to: the values, when two are the same code, and their spans.

A value is a tuple whose first item is its kind: `id` (a name, with the node that carries it and
whether that place can be resolved), `e` (an expression), `s` and `ss` (statements), `args`,
`params`, `text` (the content of a string literal), `module` (the dotted name of an import) and
`sign` (a lone `*` or `/` among parameters).
"""

from __future__ import annotations

import _ast

from devmatrix_guard.engine.budget import Effort
from devmatrix_guard.engine.matching.expressions.types import Env, Envs
from devmatrix_guard.engine.prefilter.lookalikes import normalise_identifier
from devmatrix_guard.engine.tree import locations as places
from devmatrix_guard.engine.tree.names import Dotted, Names
from devmatrix_guard.engine.tree.source import Source, Span
from devmatrix_guard.engine.tree.strings import Part, find_first_literal
from devmatrix_guard.lazy_typing import Any, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from devmatrix_guard.engine.tree.constants import Constants

Node = Any
Value = tuple[Any, ...]
_SKIPPED_FIELDS = frozenset(("ctx", "type_comment", "kind", "type_ignores"))


class Bindings:
    """Binds metavariables and compares what they are bound to, for one file."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.effort = Effort()

    @property
    def names(self) -> Names:
        """The resolution of the file's names."""
        return self.source.names

    @property
    def constants(self) -> Constants:
        """The constants names hold, worked out once for the file when first asked for."""
        if self.source.constants is None:
            from devmatrix_guard.engine.tree.constants import Constants

            self.source.constants = Constants(self.source)
        constants: Constants = self.source.constants
        return constants

    def bind(self, variable: str, value: Value, env: Env) -> Envs:
        """Bind the metavariable, or check that it is bound to the same code already."""
        self.effort.try_once()
        if variable in ("$_", "$..._"):
            return [env]
        bound = env.get(variable)
        if bound is None:
            return [{**env, variable: value}]
        return [env] if self.same_value(value, bound) else []

    def same_value(self, new: Value, old: Value) -> bool:
        """Whether two values are the same code, names told apart by their scope."""
        kinds = (new[0], old[0])
        if kinds == ("id", "id"):
            return new[1] == old[1] and self._is_same_scope(new, old)
        if kinds == ("id", "e") or kinds == ("e", "id"):
            return self._is_same_literal(new, old)
        if kinds == ("id", "text"):
            return new[1] == old[1] and new[3] and self.names.of(new[2]) is None
        if kinds == ("text", "id"):
            return new[1] == old[1] and old[3] and self.names.of(old[2]) is None
        if kinds[0] != kinds[1]:
            return "module" in kinds and self._is_same_module(new, old)
        if kinds[0] in ("text", "module", "sign"):
            return bool(new[1] == old[1])
        return self.same_code(new[1], old[1])

    def _is_same_module(self, new: Value, old: Value) -> bool:
        """Code is an imported module when it is its dotted name, aliases seen through."""
        module, code = (new, old) if new[0] == "module" else (old, new)
        node = code[2] if code[0] == "id" else code[1] if code[0] == "e" else None
        names: tuple[str, ...] = ()
        while code[0] == "e" and node.__class__ is _ast.Attribute:
            names = (node.attr, *names)
            node = node.value
        if node.__class__ is not _ast.Name:
            return False
        resolved = self.names.of(node)
        if resolved is not None and resolved[0] not in ("entity", "module"):
            return False
        first = (node.id,) if resolved is None else resolved[2]
        return bool((*first, *names) == module[1])

    def _is_same_scope(self, new: Value, old: Value) -> bool:
        if not new[3]:
            return True
        scope = self.names.of(new[2])
        if scope is None:
            return True
        if not old[3]:
            return False
        other = self.names.of(old[2])
        return other is None or scope == other

    def _is_same_literal(self, new: Value, old: Value) -> bool:
        """A variable known to be constant equals that constant."""
        name, other = (new, old) if new[0] == "id" else (old, new)
        if name[2].__class__ is not _ast.Name or other[1].__class__ is not _ast.Constant:
            return False
        known = self.constants.of(name[2])
        return known is not None and known == self.constants.evaluator.value(other[1])

    def same_code(self, first: Any, second: Any) -> bool:
        """Whether two trees are equal, positions aside."""
        if isinstance(first, list | tuple):
            return (
                isinstance(second, list | tuple)
                and len(first) == len(second)
                and all(map(self.same_code, first, second))
            )
        if first.__class__ is not second.__class__:
            return False
        if not isinstance(first, _ast.AST):
            if isinstance(first, Dotted):
                return bool(first.names == second.names)
            if isinstance(first, Part):
                same_text = (first.kind, first.raw) == (second.kind, second.raw)
                return same_text and self.same_code(first.parts, second.parts)
            return bool(first == second)
        if first.__class__ is _ast.Name and first.id == second.id:
            return self.names.of(first) == self.names.of(second)
        if first.__class__ is _ast.Constant and isinstance(first.value, str | bytes):
            return self.source.pieces(first) == self.source.pieces(second)
        return all(
            self.same_code(getattr(first, field, None), getattr(second, field, None))
            for field in first._fields
            if field not in _SKIPPED_FIELDS
        )

    def span(self, value: Value) -> Span | None:
        """Return where the value stands, None when it covers no code."""
        kind = value[0]
        if kind == "id":
            return places.locate_identifier(self.source, value[2], value[1])
        if kind == "sign":
            return places.locate_expression(self.source, value[2])
        if kind == "e":
            target = value[1]
            return places.locate_expression(
                self.source, target.node if target.__class__ is Dotted else target
            )
        if kind == "s":
            return places.locate_statement(self.source, value[1])
        if kind in ("ss", "args", "params"):
            return self._find_outer_span(value[1])
        if kind == "text":
            literal = find_first_literal(self.source.string_parts, value[2])
            return (
                None if literal is None else places.locate_content(self.source, literal, value[1])
            )
        return places.locate_module(self.source, value[2], value[1], value[3])

    def _find_outer_span(self, nodes: Sequence[Node]) -> Span | None:
        found = [places.locate(self.source, node) for node in nodes]
        if not found:
            return None
        first = min((s[0], s[1]) for s in found)
        last = max((s[2], s[3]) for s in found)
        return (*first, *last)

    def shown(self, value: Value) -> str:
        """Return the value as a message shows it: a folded text by its first literal."""
        span = self.span(value) if value[0] == "text" else None
        return self.source.text(span) if span is not None else self.text(value) or ""

    def text(self, value: Value) -> str | None:
        """Return the value as text: a name's name, a string's content, else the code as written."""
        if value[0] in ("id", "text", "sign"):
            return str(value[1])
        span = self.span(value)
        text = None if span is None else self.source.text(span)
        if text is None or text.isascii() or not all(map(str.isidentifier, text.split("."))):
            return text
        return normalise_identifier(text.encode("utf-8", "replace"))  # as Python reads the name
