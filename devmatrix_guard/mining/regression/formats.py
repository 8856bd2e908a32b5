"""Puts text made by `format`, by `%` or by an f-string into one form: `'{}/{}'.format(a, b)`."""

from __future__ import annotations

import ast
import re
from string import Formatter

_PERCENT = re.compile(r"%(?P<kind>.?)", re.DOTALL)
_NAMED = re.compile(r"\w*")


def unify_format(node: ast.AST) -> ast.AST:
    """Return the form that all ways to make a text of values share; anything else as it is."""
    found: tuple[str, list[ast.expr]] | None = None
    if isinstance(node, ast.JoinedStr):
        found = _read_joined(node)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        found = _read_percent(node)
    elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "format":
        found = _read_call(node)
    if found is None:
        return node
    template, values = found
    if not values:
        return ast.Constant(template.replace("{{", "{").replace("}}", "}"))
    return ast.Call(ast.Attribute(ast.Constant(template), "format", ast.Load()), values, [])


def _escape(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _read_joined(node: ast.JoinedStr) -> tuple[str, list[ast.expr]] | None:
    template, values = "", []
    for part in node.values:
        if isinstance(part, ast.Constant):
            template += _escape(str(part.value))
            continue
        spec = _read_spec(part.format_spec) if isinstance(part, ast.FormattedValue) else None
        if spec is None or not isinstance(part, ast.FormattedValue):
            return None
        conversion = f"!{chr(part.conversion)}" if part.conversion > 0 else ""
        template += f"{{{conversion}{spec}}}"
        values.append(part.value)
    return template, values


def _read_spec(node: ast.expr | None) -> str | None:
    """Return how a value is laid out, with its colon; None where another value says that."""
    if node is None:
        return ""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    return f":{''.join(texts)}" if len(texts) == len(parts) else None


def _read_percent(node: ast.BinOp) -> tuple[str, list[ast.expr]] | None:
    if not isinstance(node.left, ast.Constant) or not isinstance(node.left.value, str):
        return None
    text = node.left.value
    kinds = [match["kind"] for match in _PERCENT.finditer(text)]
    values = list(node.right.elts) if isinstance(node.right, ast.Tuple) else [node.right]
    if isinstance(node.right, ast.Dict) or not {*kinds} <= {"s", "r", "%"}:
        return None
    if len(values) != len(kinds) - kinds.count("%"):
        return None
    texts = {"s": "{}", "r": "{!r}", "%": "%"}
    return _PERCENT.sub(lambda match: texts[match["kind"]], _escape(text)), values


def _read_call(node: ast.Call) -> tuple[str, list[ast.expr]] | None:
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if not isinstance(owner, ast.Constant) or not isinstance(owner.value, str):
        return None
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        return None
    given: dict[str, ast.expr] = {str(i): arg for i, arg in enumerate(node.args)}
    given.update({word.arg: word.value for word in node.keywords if word.arg})
    template, values, count = "", [], 0
    try:
        for text, name, spec, conversion in Formatter().parse(owner.value):
            template += _escape(text)
            if name is None:
                continue
            if "{" in (spec or "") or not _NAMED.fullmatch(name):
                return None
            values.append(given[name or str(count)])
            count += not name
            template += f"{{{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}}}"
    except (ValueError, KeyError):
        return None  # a template that cannot be filled
    return template, values
