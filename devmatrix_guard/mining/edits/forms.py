"""From one difference to the forms a pattern for it can take, the most general first.

A form is a before and an after that share holes. Names bound around the code are always holes;
how much of the unchanged rest is kept is what tells the forms of one difference apart, and the
repository itself decides later which of them says something true.
"""

from __future__ import annotations

import ast
from typing import Any, NamedTuple

from devmatrix_guard.mining.edits.align import Difference
from devmatrix_guard.mining.edits.scope import Scope
from devmatrix_guard.mining.edits.step_forms import LEFT_OUT, STEP_KINDS, find_steps
from devmatrix_guard.mining.edits.terms import (
    LIST,
    NotATerm,
    Term,
    convert_node,
    count_nodes,
    find_changed_part,
    find_holes,
    is_expression,
    iterate_subterms,
    replace,
)

ANY_KEYWORD = "keyword of any value"
MAX_BEFORE = 40
MAX_AFTER = 60
_MAX_LEVELS = 3
_STATEMENTS = ("Raise", "Return", "Assert", "Delete", "Assign", "AugAssign", "Expr")
_SINGLETONS = ("True", "False", "None")
_LONG_TEXT = 26
_MAX_UNORDERED = 2
_MAX_IDIOM = 12
_IDIOMS = ("Call", "Compare", "BinOp", "UnaryOp", "BoolOp", "IfExp", "Raise")
_OPERATIONS = frozenset(
    {"Attribute", "Subscript", "Call", "BinOp", "UnaryOp", "BoolOp", "Compare", "AugAssign"}
)
_EVERY_ARGUMENT: Term = ("Args", "ARGS")
_ELLIPSIS: Term = ("Ellipsis",)


class Form(NamedTuple):
    """A before and an after sharing holes, and the shape it must not already have.

    `kind` says how it was made; `unless` is a pattern the match must not be (`pattern-not`),
    `not_inside` one it must not stand in (`pattern-not-inside`), and `inside` one it must.
    """

    kind: str
    before: Term
    after: Term
    unless: Term | None = None
    not_inside: Term | None = None
    inside: Term | None = None

    @property
    def is_bound(self) -> bool:
        """Whether the after invents no name that the before does not supply."""
        return find_holes(self.after) <= find_holes(self.before)

    @property
    def needs_a_type(self) -> bool:
        """Whether the after does to a hole what only some types can, and the before did not.

        `os.path.exists($X)` tells nothing of `$X.exists()`: the argument may be a text.
        """
        return not _find_uses(self.after) <= _find_uses(self.before)

    @property
    def is_step(self) -> bool:
        """Whether whole statements changed, which no pattern can write."""
        return self.kind in STEP_KINDS


def _find_uses(term: Term) -> set[tuple[str, str]]:
    """Return what is done to the holes of a term that not every value can take."""
    return {
        (part[0], operand[1])
        for part in iterate_subterms(term)
        if part[0] in _OPERATIONS
        for operand in _list_operands(part)
        if operand[0] == "Hole"
    }


def _list_operands(part: Term) -> list[Term]:
    if part[0] in ("Call", "Attribute", "Subscript"):
        return [part[1]]
    inner = [item for item in part[1:] if isinstance(item, tuple)]
    return [one for item in inner for one in (item[1:] if item[0] == LIST else (item,))]


def find_forms(difference: Difference) -> tuple[Form, ...]:
    """Return the forms of a difference, at the smallest levels that name an API, general first."""
    first, last = difference.levels[0]
    if isinstance(first, ast.Module) and isinstance(last, ast.Module):
        return _find_step_forms(first, last, difference)
    found: dict[tuple[Term, Term], Form] = {}
    levels = 0
    for before, after in difference.levels:
        terms = _build_terms(before, after, difference.scope_before, difference.scope_after)
        if terms is None or (levels and isinstance(before, ast.stmt)):
            break
        made = _find_forms_at(*terms)
        anchored = [form for form in made if is_anchored(form)]
        for form in anchored or [form for form in made if not levels and is_idiom(form)]:
            # Only exact forms are joined with others, so one that is general too counts as exact.
            key = form.before, form.after
            found[key] = form if _is_general(found.get(key)) else found.setdefault(key, form)
        levels += bool(anchored)
        if levels == _MAX_LEVELS:
            break
    return tuple(found.values())


def _is_general(form: Form | None) -> bool:
    return form is not None and form.kind == "general"


def _find_step_forms(
    before: ast.Module, after: ast.Module, difference: Difference
) -> tuple[Form, ...]:
    steps = find_steps(before, after, difference.scope_before, difference.scope_after)
    forms = (
        _build_form(
            step.kind, step.before, step.after, not_inside=step.not_inside, inside=step.inside
        )
        for step in steps
    )
    return tuple(form for form in forms if is_anchored(form) or is_idiom(form))


def _build_terms(
    before: ast.AST, after: ast.AST, scope_before: Scope, scope_after: Scope
) -> tuple[Term, Term] | None:
    try:
        pair = convert_node(before, scope_before), convert_node(after, scope_after)
    except NotATerm:
        return None
    if count_nodes(pair[0]) > MAX_BEFORE or count_nodes(pair[1]) > MAX_AFTER:
        return None
    return pair


def _find_forms_at(before: Term, after: Term) -> list[Form]:
    if not is_expression(before) and before[0] not in _STATEMENTS:
        return []
    if _has_wide_mapping(before) or _has_wide_mapping(after):
        return []
    if before[0] == after[0] == "Expr" or is_expression(before) != is_expression(after):
        return []
    if _drop_names(before) == _drop_names(after):
        return []
    forms = [
        *_match_added_keyword(before, after),
        *_match_other_callee(before, after),
        *_match_wrapping(before, after),
    ]
    shared = _find_unchanged_parts(before, after)
    # What stands on both sides may be anything, even where it moved: `$X.f()` for `f($X)`.
    for opened in dict.fromkeys(
        map(frozenset, (shared, shared | _find_moved_parts(before, after)))
    ):
        if opened:
            forms.append(_build_form("general", before, after, opened))
    forms.append(
        _build_form("exact", before, after, _find_long_texts(before) & _find_long_texts(after))
    )
    return forms


def _has_wide_mapping(term: Term) -> bool:
    """Tell whether a term spells out a dict or set; these match in any order, so many are slow."""
    return any(
        part[0] in ("Dict", "Set") and len(part[1]) - 1 > _MAX_UNORDERED
        for part in iterate_subterms(term)
    )


def _build_form(
    kind: str,
    before: Term,
    after: Term,
    opened: set[Term] | frozenset[Term] = frozenset(),
    *,
    unless: Term | None = None,
    not_inside: Term | None = None,
    inside: Term | None = None,
) -> Form:
    """Return a form in which the opened subterms and every local name have become holes."""
    mapping: dict[Term, Term] = {}
    for term in (before, after):
        _number_holes(term, opened, mapping)
    given = (before, after, unless, not_inside, inside)
    return Form(kind, *(None if t is None else replace(t, mapping) for t in given))  # type: ignore[arg-type]  # before and after stay terms


def _number_holes(
    term: Any, opened: set[Term] | frozenset[Term], mapping: dict[Term, Term]
) -> None:
    if not isinstance(term, tuple):
        return
    if term[0] == "Local" or term in opened:
        mapping.setdefault(term, ("Hole", name_hole(len(mapping))))
        return
    for part in term[1:]:
        _number_holes(part, opened, mapping)


def name_hole(index: int) -> str:
    """Return the name of the n-th metavariable: X, Y, Z, then A, B and so on."""
    letters = "XYZABCDEFGHIJKLMNOPQRSTUVW"
    return letters[index] if index < len(letters) else f"X{index}"


def _match_added_keyword(before: Term, after: Term) -> list[Form]:
    """A call that got an argument by name: every call without it is the same mistake."""
    if before[0] != "Call" or after[0] != "Call" or before[1:3] != after[1:3]:
        return []
    old, new = before[3][1:], after[3][1:]
    added = [keyword for keyword in new if keyword not in old]
    if len(new) != len(old) + 1 or len(added) != 1 or added[0][1] is None:
        return []
    function, (_, name, value) = before[1], added[0]
    arguments = (LIST, _EVERY_ARGUMENT)
    present = (LIST, ("keyword", name, _ELLIPSIS), ("Rest",))
    # That the argument was forgotten may be all that the places have in common.
    kinds = {"keyword": value, ANY_KEYWORD: ("Hole", "VALUE")}
    return [
        _build_form(
            kind,
            ("Call", function, arguments, (LIST,)),
            ("Call", function, arguments, (LIST, ("keyword", name, given))),
            unless=("Call", function, (LIST, _ELLIPSIS), present),
        )
        for kind, given in kinds.items()
        if kind == "keyword" or value[0] == "Constant"
    ]


def _match_other_callee(before: Term, after: Term) -> list[Form]:
    """The same arguments given to another function."""
    if before[0] != "Call" or after[0] != "Call" or before[2:] != after[2:]:
        return []
    if before[1] == after[1] or before[1][0] == "Local" or after[1][0] == "Local":
        return []
    arguments = ((LIST, _EVERY_ARGUMENT), (LIST,))
    return [_build_form("callee", ("Call", before[1], *arguments), ("Call", after[1], *arguments))]


def _match_wrapping(before: Term, after: Term) -> list[Form]:
    """The code stayed and something was put around it; with a call, whatever it is given."""
    if not is_expression(before) or before not in list(iterate_subterms(after)):
        return []
    wide = before
    if before[0] == "Call" and before[2:] != ((LIST,), (LIST,)):
        wide = ("Call", before[1], (LIST, _EVERY_ARGUMENT), (LIST,))
    wrapped = replace(after, {before: wide})
    return [_build_form("wrap", wide, wrapped, not_inside=wrapped)]


def _find_unchanged_parts(before: Term, after: Term) -> set[Term]:
    """Return the outermost expressions that stand unchanged in the same position."""
    if before == after:
        return {before} if _may_open(before) else set()
    if before[0] != after[0] or len(before) != len(after):
        return set()
    found: set[Term] = set()
    for index, (old, new) in enumerate(zip(before[1:], after[1:], strict=True)):
        if not isinstance(old, tuple) or not isinstance(new, tuple):
            continue
        if before[0] == "Call" and index == 0:
            found |= _find_receiver(old, new)
        elif old[0] == LIST:
            found |= {part for part in old[1:] if part in new[1:] and _may_open(part)}
            if len(old) == len(new):
                for a, b in zip(old[1:], new[1:], strict=True):
                    found |= _find_unchanged_parts(a, b)
            found |= _find_same_keywords(old, new)
        else:
            found |= _find_unchanged_parts(old, new)
    return found


def _find_moved_parts(before: Term, after: Term) -> set[Term]:
    """Return the outermost expressions of the before that stand anywhere in the after."""
    kept = set(iterate_subterms(after))
    found: set[Term] = set()

    def look(term: Any, *, is_callee: bool = False) -> None:
        if not isinstance(term, tuple):
            return
        if term in kept and not is_callee and _may_open(term) and term[0] != "Constant":
            found.add(term)
            return
        for index, part in enumerate(term[1:]):
            look(part, is_callee=term[0] == "Call" and index == 0)

    if before not in kept:
        look(before)
    return found


def _find_same_keywords(old: Term, new: Term) -> set[Term]:
    both = [k for k in old[1:] if isinstance(k, tuple) and k[0] == "keyword" and k in new[1:]]
    return {keyword[2] for keyword in both if _may_open(keyword[2])}


def _find_receiver(old: Term, new: Term) -> set[Term]:
    """Return what a method is called on when that stays; the method itself is never opened."""
    if old[0] == new[0] == "Attribute" and old[1] == new[1] and _may_open(old[1]):
        return {old[1]}
    return set()


def _may_open(term: Any) -> bool:
    if not is_expression(term) or term[0] in ("Name", "Ref", "Hole", "Args"):
        return False
    return not (term[0] == "Constant" and term[2] in _SINGLETONS)


def _find_long_texts(term: Term) -> set[Term]:
    return {
        part
        for part in iterate_subterms(term)
        if part[0] == "Constant" and part[1] in ("str", "bytes") and len(part[2]) > _LONG_TEXT
    }


def has_value(form: Form) -> bool:
    """Tell whether a form asks for or writes a text, a number or another literal."""
    return any(part[0] == "Constant" for side in form[1:3] for part in iterate_subterms(side))


def find_swapped_method(form: Form) -> tuple[str, str] | None:
    """Return the names of a method, or a function, and of the one of the same owner it became."""
    before, after, _ = find_changed_part(form.before, form.after)
    names = []
    owners = []
    for part in (before, after):
        if not isinstance(part, tuple) or part[0] not in ("Attribute", "Ref"):
            return None
        owner, name = part[1:3] if part[0] == "Attribute" else part[1].rpartition(".")[::2]
        owners.append(owner)
        names.append(name)
    return (names[0], names[1]) if owners[0] == owners[1] and names[0] != names[1] else None


def is_given_values(form: Form) -> bool:
    """Tell whether a form calls what it changes with literals, and with nothing else."""
    changed = find_changed_part(form.before, form.after)[0]
    return any(
        part[0] == "Call" and part[1] == changed and _has_only_values(part)
        for part in iterate_subterms(form.before)
    )


def _has_only_values(call: Term) -> bool:
    given = [*call[2][1:], *(keyword[2] for keyword in call[3][1:])]
    return bool(given) and all(value[0] == "Constant" for value in given)


def _drop_names(term: Any) -> Any:
    """Return a term in which local names and literals are alike, to see whether more changed."""
    if not isinstance(term, tuple):
        return term
    if term[0] == "Local":
        return ("Local",)
    if term[0] == "Constant" and term[1] in ("int", "float", "str", "bytes"):
        return ("Constant", term[1])
    return (term[0], *(_drop_names(part) for part in term[1:]))


# Functions and methods so common that naming one says nothing about an API.
_COMMON_WORDS = (
    "len str int float bool list dict set tuple type isinstance issubclass hasattr getattr setattr "
    "range print super object bytes repr format join split strip append extend get items keys "
    "values pop update add remove copy replace startswith endswith lower upper encode decode read "
    "write close open sorted enumerate zip map filter any all min max sum iter next id hash vars "
    "Exception ValueError TypeError KeyError AttributeError RuntimeError IndexError "
    "NotImplementedError AssertionError property staticmethod classmethod sort reverse insert "
    "index count find group name value key data args kwargs"
)
_COMMON = frozenset(_COMMON_WORDS.split())


def find_anchors(term: Term) -> tuple[str, ...]:
    """Return the API names a term is held by: qualified imports, methods, functions; sorted."""
    found: set[str] = set()
    for part in iterate_subterms(term):
        if part[0] == "Ref":
            found.add(part[1])
        elif part[0] == "Attribute":
            found.add(part[2])
        elif part[0] == "Name" and part[2] in ("relative", "function", "builtin"):
            found.add(part[1])
        elif part[0] == "Call" and part[1][0] == "Name":
            found.add(part[1][1])
    return tuple(
        sorted(name for name in found if name not in _COMMON and not name.startswith("__"))
    )


def is_idiom(form: Form) -> bool:
    """Tell whether a form names no API and yet is more than a name or a value.

    Only several fixes can make a lesson of such a form: `$X == None`, `raise KeyError($X)`.
    """
    if form.is_step:
        return form.kind != LEFT_OUT
    if form.before[0] not in _IDIOMS or count_nodes(form.before) > _MAX_IDIOM:
        return False
    return any(map(_says_something, iterate_subterms(form.before)))


def _says_something(term: Term) -> bool:
    """Tell whether a part of an idiom is more than an operator, a number or `self`."""
    if term[0] == "Constant":
        return term[1] in ("str", "bytes") or term[2] in _SINGLETONS
    return bool(term[0] == "Name" and term[2] != "receiver")


def is_anchored(form: Form) -> bool:
    """Tell whether a form names an API in what it looks for."""
    return form.before[0] not in ("Hole", "Local") and bool(find_anchors(form.before))
