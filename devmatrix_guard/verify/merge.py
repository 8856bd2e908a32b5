"""Bring a file up to a reference without touching anything else, with libcst.

The merge walks both trees side by side. What the reference has and the file lacks is inserted
after its nearest neighbour; what differs is replaced at the smallest node that differs (one
keyword of a call, one decorator, one statement); what only the file has is kept. Comments and
layout outside the replaced nodes survive, because libcst keeps every byte it does not replace.
Merging twice changes nothing.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Collection, Sequence
from difflib import SequenceMatcher

import libcst as cst

_SIMILAR = 0.6  # below this, two statements are taken for different ones and both are kept
_EMPTY = cst.Module(body=[])


def merge(text: str, reference: str, wanted: Collection[str]) -> str:
    """Return `text` with what `reference` says about some declarations; both must parse.

    Args:
        wanted: `name` or `Class.member` for what a declaration says, `name()` for the body of a
            function as well, `import name` for an import, "" for the whole module.

    Raises:
        libcst.ParserSyntaxError: one of the two is not Python.
    """
    actual, source = cst.parse_module(text), cst.parse_module(reference)
    body = source.body if "" in wanted else _restrict(source.body, actual.body, wanted, "")
    merged = actual.with_changes(body=_merge_declarations(actual.body, body))
    return merged.code if merged.code != text else text


# --- what is wanted ----------------------------------------------------------------------------


def _restrict(
    body: Sequence[cst.BaseStatement],
    actual: Sequence[cst.BaseStatement],
    wanted: Collection[str],
    owner: str,
) -> list[cst.BaseStatement]:
    """Return a body of the reference with what is there already in the place of the unwanted."""
    present = {_find_identity(statement): statement for statement in reversed(actual)}
    found: list[cst.BaseStatement | None] = []
    for statement in body:
        identity = _find_identity(statement)
        twin, name = present.get(identity), f"{owner}{identity[1]}"
        if _is_import(statement):
            found.append(_restrict_import(statement, twin, wanted))
        elif isinstance(statement, cst.ClassDef) and isinstance(twin, cst.ClassDef):
            found.append(_restrict_class(statement, twin, wanted, name))
        elif isinstance(statement, cst.FunctionDef) and isinstance(twin, cst.FunctionDef):
            kept = statement if f"{name}()" in wanted else statement.with_changes(body=twin.body)
            found.append(kept if {name, f"{name}()"} & set(wanted) else twin)
        else:
            found.append(statement if {name, f"{name}()"} & set(wanted) else twin)
    return [statement for statement in found if statement is not None]


def _restrict_class(
    statement: cst.ClassDef, twin: cst.ClassDef, wanted: Collection[str], name: str
) -> cst.ClassDef:
    body, present = statement.body, twin.body
    if not isinstance(body, cst.IndentedBlock) or not isinstance(present, cst.IndentedBlock):
        return statement if name in wanted else twin
    members = _restrict(body.body, present.body, wanted, f"{name}.")
    head = statement if name in wanted else twin
    return head.with_changes(body=body.with_changes(body=members))


def _is_import(statement: cst.BaseStatement) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[0], cst.Import | cst.ImportFrom
    )


def _restrict_import(
    statement: cst.BaseStatement, twin: cst.BaseStatement | None, wanted: Collection[str]
) -> cst.BaseStatement | None:
    """Return an import of the wanted names only."""
    small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
    if not isinstance(small, cst.Import | cst.ImportFrom) or isinstance(
        small.names, cst.ImportStar
    ):
        return twin
    names = [alias for alias in small.names if f"import {_find_bound_name(alias)}" in wanted]
    if not names:
        return twin
    last = names[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return statement.with_changes(body=[small.with_changes(names=[*names[:-1], last])])


def _find_bound_name(alias: cst.ImportAlias) -> str:
    return _write_code(alias.asname.name if alias.asname else alias.name)


# --- bodies ------------------------------------------------------------------------------------


def _merge_declarations(
    actual: Sequence[cst.BaseStatement], wanted: Sequence[cst.BaseStatement]
) -> list[cst.BaseStatement]:
    """Merge a module's or a class's body: statements are told apart by what they declare."""
    merged, known = list(actual), [_find_identity(statement) for statement in actual]
    position = -1
    for statement in wanted:
        identity = _find_identity(statement)
        if identity in known:
            position = known.index(identity)
            merged[position] = _merge_statement(merged[position], statement)
        else:
            position += 1
            merged.insert(position, statement)
            known.insert(position, identity)
    return merged


def _merge_sequence(
    actual: Sequence[cst.BaseStatement], wanted: Sequence[cst.BaseStatement]
) -> list[cst.BaseStatement]:
    """Merge a function's body: statements are told apart by their text, order matters."""
    left, right = [_write_header(s) for s in wanted], [_write_header(s) for s in actual]
    merged: list[cst.BaseStatement] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs = zip(actual[j1:j2], wanted[i1:i2], strict=True)
            merged += [_merge_statement(mine, theirs) for mine, theirs in pairs]
        elif tag == "insert":
            merged += actual[j1:j2]
        else:
            merged += _replace_statements(actual[j1:j2], wanted[i1:i2])
    return merged


def _replace_statements(
    actual: Sequence[cst.BaseStatement], wanted: Sequence[cst.BaseStatement]
) -> list[cst.BaseStatement]:
    """Each wanted statement takes the place of the one it resembles; the others stay."""
    left_over = list(actual)
    merged: list[cst.BaseStatement] = []
    for statement in wanted:
        twin = next((s for s in left_over if _are_similar(s, statement)), None)
        if twin is None:
            merged.append(statement)
            continue
        before = left_over.index(twin)
        merged += left_over[:before]
        del left_over[: before + 1]
        merged.append(_merge_statement(twin, statement))
    if _is_only_pass(left_over):
        left_over = []
    return merged + left_over


def _is_only_pass(statements: Sequence[cst.BaseStatement]) -> bool:
    return all(_write_header(statement) == "pass" for statement in statements)


def _are_similar(left: cst.BaseStatement, right: cst.BaseStatement) -> bool:
    if type(left) is not type(right):
        return False
    ratio = SequenceMatcher(None, _write_header(left), _write_header(right), autojunk=False).ratio()
    return ratio >= _SIMILAR


# --- statements --------------------------------------------------------------------------------


def _merge_statement(actual: cst.BaseStatement, wanted: cst.BaseStatement) -> cst.BaseStatement:
    if _is_alike(actual, wanted):
        return actual
    if isinstance(actual, cst.ClassDef) and isinstance(wanted, cst.ClassDef):
        return _merge_class(actual, wanted)
    if isinstance(actual, cst.FunctionDef) and isinstance(wanted, cst.FunctionDef):
        return _merge_function(actual, wanted)
    if isinstance(actual, cst.SimpleStatementLine) and isinstance(wanted, cst.SimpleStatementLine):
        return _merge_line(actual, wanted)
    if _write_header(actual) == _write_header(wanted):
        return _merge_compound(actual, wanted)
    return wanted.with_changes(leading_lines=_choose_leading_lines(actual, wanted))


def _merge_class(actual: cst.ClassDef, wanted: cst.ClassDef) -> cst.ClassDef:
    return actual.with_changes(
        bases=_merge_arguments(actual.bases, wanted.bases),
        keywords=_merge_arguments(actual.keywords, wanted.keywords),
        decorators=_merge_decorators(actual.decorators, wanted.decorators),
        body=_merge_block(actual.body, wanted.body, _merge_declarations),
        **_choose_parentheses(actual, wanted),
    )


def _choose_parentheses(actual: cst.ClassDef, wanted: cst.ClassDef) -> dict[str, object]:
    """A class that had no bases has no parentheses either, and needs them now."""
    if actual.bases or actual.keywords or not (wanted.bases or wanted.keywords):
        return {}
    return {"lpar": wanted.lpar, "rpar": wanted.rpar}


def _merge_function(actual: cst.FunctionDef, wanted: cst.FunctionDef) -> cst.FunctionDef:
    return actual.with_changes(
        asynchronous=wanted.asynchronous,
        decorators=_merge_decorators(actual.decorators, wanted.decorators),
        params=_merge_parameters(actual.params, wanted.params),
        returns=_merge_returns(actual.returns, wanted.returns),
        body=_merge_block(actual.body, wanted.body, _merge_sequence),
    )


def _merge_returns(
    actual: cst.Annotation | None, wanted: cst.Annotation | None
) -> cst.Annotation | None:
    if actual is None or wanted is None:
        return wanted
    return actual.with_changes(annotation=_merge_expression(actual.annotation, wanted.annotation))


def _merge_parameters(actual: cst.Parameters, wanted: cst.Parameters) -> cst.Parameters:
    """Take the reference's parameters; those that people added follow where they have defaults."""
    known = {p.name.value for p in _list_parameters(wanted)}
    mine = {p.name.value: _write_code(p) for p in _list_parameters(actual)}
    theirs = {p.name.value: _write_code(p) for p in _list_parameters(wanted)}
    if all(mine.get(name) == text for name, text in theirs.items()):
        return actual
    added = [
        p.with_changes(comma=cst.MaybeSentinel.DEFAULT)
        for p in _list_parameters(actual)
        if p.name.value not in known and p.default is not None
    ]
    if wanted.kwonly_params or isinstance(wanted.star_arg, cst.ParamStar):
        return wanted.with_changes(kwonly_params=[*wanted.kwonly_params, *added])
    return wanted.with_changes(params=[*wanted.params, *added])


def _list_parameters(node: cst.Parameters) -> list[cst.Param]:
    return [*node.posonly_params, *node.params, *node.kwonly_params]


def _merge_decorators(
    actual: Sequence[cst.Decorator], wanted: Sequence[cst.Decorator]
) -> list[cst.Decorator]:
    merged = list(actual)
    position = -1
    names = {_find_callee(decorator.decorator) for decorator in wanted}
    for decorator in wanted:
        name = _find_callee(decorator.decorator)
        found = next((i for i, d in enumerate(merged) if _is_same_decorator(d, name, names)), None)
        if found is None:
            position += 1
            merged.insert(position, decorator)
        else:
            merged_part = _merge_expression(merged[found].decorator, decorator.decorator)
            merged[found] = merged[found].with_changes(decorator=merged_part)
            position = found
    return merged


def _is_same_decorator(decorator: cst.Decorator, name: str, names: set[str]) -> bool:
    """The same decorator, or `router.put` where `router.get` is wanted and `put` is not."""
    mine = _find_callee(decorator.decorator)
    if mine == name:
        return True
    owner, dot, _ = mine.rpartition(".")
    return mine not in names and bool(dot) and owner == name.rpartition(".")[0]


def _merge_line(
    actual: cst.SimpleStatementLine, wanted: cst.SimpleStatementLine
) -> cst.SimpleStatementLine:
    if len(actual.body) == len(wanted.body) == 1:
        merged_part = _merge_small(actual.body[0], wanted.body[0])
        return actual.with_changes(body=[merged_part])
    return wanted.with_changes(leading_lines=_choose_leading_lines(actual, wanted))


def _merge_small(
    actual: cst.BaseSmallStatement, wanted: cst.BaseSmallStatement
) -> cst.BaseSmallStatement:
    if isinstance(actual, cst.AnnAssign) and isinstance(wanted, cst.AnnAssign):
        annotation = wanted.annotation
        if _is_alike(actual.annotation.annotation, annotation.annotation):
            annotation = actual.annotation
        if actual.value is None or wanted.value is None:
            return wanted.with_changes(annotation=annotation)
        value = _merge_expression(actual.value, wanted.value)
        return actual.with_changes(annotation=annotation, value=value)
    if isinstance(actual, cst.Assign) and isinstance(wanted, cst.Assign):
        return actual.with_changes(value=_merge_expression(actual.value, wanted.value))
    if isinstance(actual, cst.ImportFrom) and isinstance(wanted, cst.ImportFrom):
        return _merge_import(actual, wanted)
    return wanted


def _merge_import(actual: cst.ImportFrom, wanted: cst.ImportFrom) -> cst.ImportFrom:
    if isinstance(actual.names, cst.ImportStar) or isinstance(wanted.names, cst.ImportStar):
        return actual
    mine, theirs = (
        {_write_code(n.name) for n in actual.names},
        {_write_code(n.name) for n in wanted.names},
    )
    if theirs <= mine:
        return actual
    if mine <= theirs:
        return wanted
    added = [n for n in wanted.names if _write_code(n.name) not in mine]
    names = [n.with_changes(comma=cst.MaybeSentinel.DEFAULT) for n in (*actual.names, *added)]
    return actual.with_changes(names=names)


def _merge_compound(actual: cst.BaseStatement, wanted: cst.BaseStatement) -> cst.BaseStatement:
    """Two statements with one header: merge the blocks below it."""
    if isinstance(actual, cst.If | cst.For | cst.While | cst.With | cst.Try) and type(
        actual
    ) is type(wanted):
        body = _merge_block(actual.body, wanted.body, _merge_sequence)
        changes: dict[str, object] = {"body": body}
        if not isinstance(actual, cst.With) and not isinstance(wanted, cst.With):
            changes["orelse"] = _merge_branch(actual.orelse, wanted.orelse)
        if isinstance(actual, cst.Try) and isinstance(wanted, cst.Try):
            changes["handlers"] = _merge_handlers(actual.handlers, wanted.handlers)
            changes["finalbody"] = _merge_branch(actual.finalbody, wanted.finalbody)
        return actual.with_changes(**changes)
    return wanted.with_changes(leading_lines=_choose_leading_lines(actual, wanted))


def _merge_branch(
    actual: cst.If | cst.Else | cst.Finally | None, wanted: cst.If | cst.Else | cst.Finally | None
) -> cst.If | cst.Else | cst.Finally | None:
    if wanted is None or actual is None:
        return wanted or actual
    if isinstance(actual, cst.If) and isinstance(wanted, cst.If):
        merged_part = _merge_statement(actual, wanted)
        return merged_part if isinstance(merged_part, cst.If) else wanted
    if type(actual) is not type(wanted):
        return wanted
    return actual.with_changes(body=_merge_block(actual.body, wanted.body, _merge_sequence))


def _merge_handlers(
    actual: Sequence[cst.ExceptHandler], wanted: Sequence[cst.ExceptHandler]
) -> list[cst.ExceptHandler]:
    mine = {_write_code(h.type) if h.type else "": h for h in actual}
    merged = []
    for handler in wanted:
        twin = mine.pop(_write_code(handler.type) if handler.type else "", None)
        if twin is None:
            merged.append(handler)
        else:
            merged.append(
                twin.with_changes(body=_merge_block(twin.body, handler.body, _merge_sequence))
            )
    return [*merged, *mine.values()]


def _merge_block(
    actual: cst.BaseSuite,
    wanted: cst.BaseSuite,
    merge_body: Callable[
        [Sequence[cst.BaseStatement], Sequence[cst.BaseStatement]], list[cst.BaseStatement]
    ],
) -> cst.BaseSuite:
    if isinstance(actual, cst.IndentedBlock) and isinstance(wanted, cst.IndentedBlock):
        return actual.with_changes(body=merge_body(actual.body, wanted.body))
    return actual if _write_code(actual) == _write_code(wanted) else wanted


# --- expressions -------------------------------------------------------------------------------


def _merge_expression(actual: cst.BaseExpression, wanted: cst.BaseExpression) -> cst.BaseExpression:
    """Merge two values: calls keyword by keyword, collections element by element."""
    if _is_alike(actual, wanted):
        return actual
    if isinstance(actual, cst.Call) and isinstance(wanted, cst.Call):
        if _find_callee(actual) == _find_callee(wanted):
            return actual.with_changes(args=_merge_arguments(actual.args, wanted.args))
    elif isinstance(actual, cst.Dict) and isinstance(wanted, cst.Dict):
        return _merge_dictionary(actual, wanted)
    return wanted


def _merge_arguments(actual: Sequence[cst.Arg], wanted: Sequence[cst.Arg]) -> Sequence[cst.Arg]:
    """Positional arguments are the reference's; keywords are merged by name."""
    mine = {a.keyword.value: a for a in actual if a.keyword is not None}
    theirs = {a.keyword.value for a in wanted if a.keyword is not None}
    merged = []
    for argument in wanted:
        twin = mine.get(argument.keyword.value) if argument.keyword is not None else None
        if twin is not None:
            value = _merge_expression(twin.value, argument.value)
            argument = argument.with_changes(value=value)
        merged.append(argument)
    added = [argument for name, argument in mine.items() if name not in theirs]
    if [_write_code(a) for a in actual] == [_write_code(a) for a in [*merged, *added]]:
        return actual
    if not added:
        return merged
    last = merged[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT) if merged else None
    return [*merged[:-1], *([last] if last else []), *added]


def _merge_dictionary(actual: cst.Dict, wanted: cst.Dict) -> cst.Dict:
    theirs = {_find_element_key(e): e for e in wanted.elements}
    mine = {_find_element_key(e) for e in actual.elements}
    added = [e for e in actual.elements if _find_element_key(e) not in theirs]
    if not added:
        return wanted
    missing = [e for key, e in theirs.items() if key not in mine]
    kept = [theirs.get(_find_element_key(e), e) for e in actual.elements]
    elements = [e.with_changes(comma=cst.MaybeSentinel.DEFAULT) for e in (*kept, *missing)]
    return actual.with_changes(elements=elements)


def _find_element_key(element: cst.BaseDictElement) -> str:
    return (
        _write_code(element.key) if isinstance(element, cst.DictElement) else _write_code(element)
    )


# --- small readers -----------------------------------------------------------------------------


def _write_code(node: cst.CSTNode) -> str:
    return _EMPTY.code_for_node(node)


def _is_alike(actual: cst.CSTNode, wanted: cst.CSTNode) -> bool:
    """Whether two nodes differ in no more than layout and comments; most do not differ at all."""
    return _write_code(actual) == _write_code(wanted) or _normalise(actual) == _normalise(wanted)


def _normalise(node: cst.CSTNode) -> str:
    """The node's source without layout and comments."""
    source = textwrap.dedent(_write_code(node)).strip()
    try:
        if isinstance(node, cst.BaseExpression):
            return ast.unparse(ast.parse(f"({source}\n)", mode="eval"))
        return ast.unparse(ast.parse(source))
    except SyntaxError:
        return source  # such as `return` outside of a function: compare as written


def _find_callee(node: cst.BaseExpression) -> str:
    return _write_code(node.func) if isinstance(node, cst.Call) else _write_code(node)


def _choose_leading_lines(
    actual: cst.BaseStatement, wanted: cst.BaseStatement
) -> Sequence[cst.EmptyLine]:
    lines: Sequence[cst.EmptyLine] = getattr(actual, "leading_lines", ())
    return lines or getattr(wanted, "leading_lines", ())


def _find_identity(node: cst.BaseStatement) -> tuple[str, str]:
    """What a statement declares, whatever it says about it."""
    if isinstance(node, cst.ClassDef | cst.FunctionDef):
        return "name", node.name.value
    if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1:
        small = node.body[0]
        if isinstance(small, cst.AnnAssign):
            return "name", _write_code(small.target)
        if isinstance(small, cst.Assign):
            return "name", ", ".join(_write_code(t.target) for t in small.targets)
        if isinstance(small, cst.ImportFrom):
            dots = "." * len(small.relative)
            return "from", dots + (_write_code(small.module) if small.module else "")
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString):
            return "docstring", ""
    return "text", _write_header(node)


def _write_header(node: cst.BaseStatement) -> str:
    """A statement without the blocks below it."""
    if isinstance(node, cst.If | cst.While):
        return f"{type(node).__name__} {_normalise(node.test)}"
    if isinstance(node, cst.For):
        return f"for {_normalise(node.target)} in {_normalise(node.iter)}"
    if isinstance(node, cst.With):
        return "with " + ", ".join(_write_code(item).strip(" ,") for item in node.items)
    if isinstance(node, cst.Try):
        return "try"
    if isinstance(node, cst.ClassDef | cst.FunctionDef):
        return f"def {node.name.value}"
    return _normalise(node)
