"""Compile one rule's body to leaves and a formula, or say why it needs semgrep."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from devmatrix_guard.engine.patterns.compile import OPERATORS, PatternError, Tree, compile_pattern
from devmatrix_guard.engine.patterns.parse import restore_name, translate_pattern
from devmatrix_guard.engine.regex import regex as regexes
from devmatrix_guard.engine.rules.anchors import find_inner_words, find_words

KNOWN_OPTIONS = frozenset(
    (
        "constant_propagation", "symbolic_propagation", "ac_matching", "commutative_boolop",
        "symmetric_eq", "implicit_deep_exprstmt", "vardef_assign", "attr_expr", "interfile",
        "generic_ellipsis_max_span", "taint_only_propagate_through_assignments",
        # These say nothing of Python, or of rules that follow no data.
        "let_is_var", "generic_engine", "generic_caseless", "generic_multiline",
        "xml_attrs_implicit_ellipsis", "xml_singleton_loose_matching",
        "taint_assume_safe_booleans", "taint_assume_safe_functions", "taint_assume_safe_numbers",
        "taint_assume_safe_indexes", "taint_assume_safe_comparisons", "taint_unify_mvars",
        "go_deeper_expr", "go_deeper_stmt", "unify_ids_strictly", "implicit_ellipsis",
        "decorators_order_matters", "flddef_assign", "arrow_is_function", "implicit_return",
    )
)  # fmt: skip
_ONLY = {  # run in process with the value they have by themselves
    "vardef_assign": True, "attr_expr": True, "go_deeper_expr": True, "go_deeper_stmt": True,
    "unify_ids_strictly": True, "implicit_ellipsis": True, "decorators_order_matters": False,
    "flddef_assign": False, "arrow_is_function": True, "implicit_return": True,
}  # fmt: skip
_OF_TEXT = ("regex", "generic", "none")
PATTERN_KEYS = (
    "pattern", "patterns", "pattern-either", "pattern-inside", "pattern-regex", "pattern-not",
    "pattern-not-inside", "pattern-not-regex",
)  # fmt: skip
CONDITION_KEYS = ("metavariable-regex", "metavariable-comparison", "metavariable-pattern")
Leaf = tuple[Any, ...]


def compile_body(body: Mapping[str, Any]) -> tuple[tuple[tuple[Leaf, ...], Tree], dict[str, Any]]:
    """Return ((leaves, formula), options) of a rule's mapping.

    Raises:
        PatternError: the rule cannot run in process; the text is the reason.
    """
    mode = body.get("mode", "search")
    if mode != "search":
        raise PatternError(f"`mode: {mode}`")
    for key in ("match", "taint", "join", "extract", "steps", "r2c-internal-project-depends-on"):
        if key in body:
            raise PatternError(f"`{key}`")
    options = _read_options(body.get("options") or {})
    compiler = _RuleCompiler(looks_up_names=options.get("symbolic_propagation", False))
    formula = compiler.formula(body)
    return (tuple(compiler.leaves), formula), options


def _read_options(options: Any) -> dict[str, Any]:
    if not isinstance(options, Mapping):
        raise PatternError("`options` that are not a mapping")
    for name, value in options.items():
        if name not in KNOWN_OPTIONS:
            raise PatternError(f"the option `{name}`")
        if name in _ONLY and bool(value) is not _ONLY[name]:
            raise PatternError(f"the option `{name}: {str(bool(value)).lower()}`")
    return {str(name): bool(value) for name, value in options.items()}


class _RuleCompiler:
    """Compiles one rule; where names are looked up, no word has to stand at the place itself.

    What is `of_text` is about the content of a string, in which only regular expressions look.
    """

    def __init__(self, *, looks_up_names: bool, of_text: bool = False) -> None:
        self.leaves: list[Leaf] = []
        self.of_text = of_text
        self.looks_up_names = looks_up_names

    def formula(self, body: Mapping[str, Any]) -> Tree:
        """Compile the one pattern key of a rule or of a nested formula."""
        present = [key for key in PATTERN_KEYS if key in body]
        if len(present) != 1 or present[0].startswith("pattern-not"):
            raise PatternError("a formula without exactly one of `pattern`, `patterns`, …")
        return self._compile_conjunction([{present[0]: body[present[0]]}, *_list_extra(body)])

    def _compile_conjunction(self, items: Any) -> Tree:
        if not isinstance(items, list) or not items:
            raise PatternError("`patterns` that are not a list")
        positives: list[Tree] = []
        negatives: list[Tree] = []
        conditions: list[Tree] = []
        focus: list[tuple[str, ...]] = []
        for item in items:
            if not isinstance(item, Mapping) or len(item) != 1:
                raise PatternError("an item of `patterns` that is not one key")
            key, value = next(iter(item.items()))
            if key in ("pattern-not", "pattern-not-regex", "pattern-not-inside"):
                negatives.append(self._compile_term("pattern" + key[len("pattern-not") :], value))
            elif key in PATTERN_KEYS:
                positives.append(self._compile_term(key, value))
            elif key == "focus-metavariable":
                focus.append(tuple(value) if isinstance(value, list) else (str(value),))
            else:
                conditions.append(self._compile_condition(str(key), value))
        self._refuse_foreign_focus(positives, conditions, focus)
        if len(positives) == 1 and not (negatives or conditions or focus):
            return positives[0]
        positives.sort(key=self._is_lone_metavariable)
        if not self.looks_up_names:
            self._note_wanted_names(positives, conditions)
        return ("and", tuple(positives), tuple(negatives), tuple(conditions), tuple(focus))

    def _refuse_foreign_focus(
        self, positives: list[Tree], conditions: list[Tree], focus: list[tuple[str, ...]]
    ) -> None:
        """Refuse a focus on what was captured in the content of a string, which has no place."""
        captures = any(condition[0] == "text" for condition in conditions)
        for variable in (v for variables in focus for v in variables if captures):
            if not any(self._may_bind(term, variable) for term in positives):
                raise PatternError("a focus on what is captured in another language")

    def _note_wanted_names(self, positives: list[Tree], conditions: list[Tree]) -> None:
        """Tell a pattern such as `$X.$F(...)` which regex its `$F` has to match in the end.

        Only where no other term binds that metavariable, so that what it is bound to here stays.
        """
        for condition in conditions:
            if condition[0] != "regex" or condition[3]:
                continue
            binding = [term for term in positives if self._may_bind(term, condition[1])]
            if len(binding) != 1:
                continue
            term = binding[0][1] if binding[0][0] == "inside" else binding[0]
            if term[0] != "leaf":
                continue
            leaf = self.leaves[term[1]]
            if leaf[0] == "E" and leaf[5] is None and _find_open_name(leaf[1]) == condition[1]:
                self.leaves[term[1]] = (*leaf[:5], condition[2])

    def _may_bind(self, term: Tree, variable: str) -> bool:
        if term[0] == "leaf":
            leaf = self.leaves[term[1]]
            return bool(leaf[0] == "regex" or _holds(leaf[1], variable))
        parts = (term[1],) if term[0] == "inside" else term[1]
        conditions = term[3] if term[0] == "and" else ()
        return _holds(conditions, variable) or any(self._may_bind(p, variable) for p in parts)

    def _is_lone_metavariable(self, formula: Tree) -> bool:
        """`pattern: $X` selects from what the other terms leave, so it comes last."""
        if formula[0] != "leaf":
            return False
        leaf = self.leaves[formula[1]]
        return bool(leaf[0] == "E" and leaf[1][0] == "mv")

    def _compile_term(self, key: str, value: Any) -> Tree:
        if key == "patterns":
            return self._compile_conjunction(value)
        if key == "pattern-either":
            return self._compile_either(value)
        if key == "pattern-regex":
            return self._compile_leaf(("regex", _compile_regex(value), False))
        inside = key == "pattern-inside"
        if isinstance(value, Mapping):
            inner = self.formula(value)
        elif isinstance(value, str):
            inner = self._compile_pattern(value, inside)
        else:
            raise PatternError(f"a `{key}` that is neither text nor a mapping")
        return ("inside", inner) if inside else inner

    def _compile_either(self, items: Any) -> Tree:
        if not isinstance(items, list) or not items:
            raise PatternError("a `pattern-either` that is not a list")
        parts = []
        for item in items:
            if not isinstance(item, Mapping) or len(item) != 1:
                raise PatternError("an item of `pattern-either` that is not one key")
            key, value = next(iter(item.items()))
            if key not in PATTERN_KEYS or key.startswith("pattern-not"):
                raise PatternError(f"`{key}` in `pattern-either`")
            parts.append(self._compile_term(key, value))
        return ("or", tuple(parts))

    def _compile_pattern(self, text: str, inside: bool) -> Tree:
        if self.of_text:
            raise PatternError("a pattern in another language")
        root, tree = compile_pattern(text)
        words = tuple(sorted(word.encode() for word in find_words(tree)))
        near = find_inner_words(tree) if root == "S" and not self.looks_up_names else ()
        return self._compile_leaf((root, tree, inside, words, near, None))

    def _compile_leaf(self, leaf: Leaf) -> Tree:
        self.leaves.append(leaf)
        return ("leaf", len(self.leaves) - 1)

    def _compile_condition(self, key: str, value: Any) -> Tree:
        if key not in CONDITION_KEYS or not isinstance(value, Mapping):
            raise PatternError(f"`{key}`")
        variable = str(value.get("metavariable", ""))
        if key == "metavariable-regex":
            propagate = bool(value.get("constant-propagation", False))
            return ("regex", variable, _compile_regex(value.get("regex")), propagate)
        if key == "metavariable-comparison":
            if "base" in value or "strip" in value:
                raise PatternError("a comparison with `base` or `strip`")
            return ("compare", _compile_comparison(str(value.get("comparison", ""))))
        language = value.get("language")
        if language not in (None, *_OF_TEXT):
            raise PatternError("a `metavariable-pattern` in another language")
        inner = _RuleCompiler(looks_up_names=self.looks_up_names, of_text=language is not None)
        formula = inner.formula(
            {k: v for k, v in value.items() if k not in ("metavariable", "language")}
        )
        rule = (tuple(inner.leaves), formula)
        if language is None:
            return ("pattern", variable, rule)
        return ("text", variable, rule, language == "generic")


def _find_open_name(pattern: Tree) -> str | None:
    """Return the metavariable that stands for the last name of a call or an attribute."""
    if pattern[0] == "call":
        pattern = pattern[1]
    return pattern[2] if pattern[0] == "attr" and pattern[2][0] == "$" else None


def _holds(tree: Any, text: str) -> bool:
    """Whether a compiled tree has a text, a metavariable's name, somewhere in it."""
    if isinstance(tree, tuple):
        return any(_holds(part, text) for part in tree)
    return isinstance(tree, str) and text in tree


def _list_extra(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    keys = (*CONDITION_KEYS, "focus-metavariable")
    return [{key: body[key]} for key in keys if key in body]


def _compile_regex(pattern: Any) -> regexes.Regex:
    if not isinstance(pattern, str):
        raise PatternError("a regular expression that is not text")
    try:
        return regexes.translate(pattern)
    except regexes.RegexError as error:
        raise PatternError(str(error)) from error


def _compile_comparison(text: str) -> Tree:
    try:
        tree = ast.parse(translate_pattern(text).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise PatternError("a comparison that is not an expression") from error
    return _compile_node(tree)


def _compile_node(node: ast.expr) -> Tree:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool):
        return ("const", node.value)
    if isinstance(node, ast.Name) and restore_name(node.id).startswith("$"):
        return ("mv", restore_name(node.id))
    if isinstance(node, ast.List):
        return ("list", tuple(_compile_node(item) for item in node.elts))
    if isinstance(node, ast.BoolOp):
        return ("op", OPERATORS[type(node.op)], tuple(_compile_node(v) for v in node.values))
    if isinstance(node, ast.BinOp):
        return (
            "op",
            OPERATORS[type(node.op)],
            (_compile_node(node.left), _compile_node(node.right)),
        )
    if isinstance(node, ast.UnaryOp):
        return ("op", OPERATORS[type(node.op)], (_compile_node(node.operand),))
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        sides = (_compile_node(node.left), _compile_node(node.comparators[0]))
        return ("op", OPERATORS[type(node.ops[0])], sides)
    if isinstance(node, ast.Call) and not node.keywords:
        return _compile_call(node)
    raise PatternError("a comparison with an operation that is not supported here")


def _compile_call(node: ast.Call) -> Tree:
    name = ast.unparse(node.func)
    if name in ("int", "str") and len(node.args) == 1:
        return ("call", name, (_compile_node(node.args[0]),))
    if name == "re.match" and len(node.args) == 2 and isinstance(node.args[0], ast.Constant):
        pattern = ("const", _compile_regex(node.args[0].value))
        return ("call", "re.match", (pattern, _compile_node(node.args[1])))
    raise PatternError(f"a comparison that calls `{name}`")
