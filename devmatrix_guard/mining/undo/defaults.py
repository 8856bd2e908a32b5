"""Reads defaults and caught errors in whatever way they are given: what of a fix's is left out.

A value that comes from the environment, from a dictionary that is spread into a call, from a field
of a data class or an option of a command, and an `except` that catches another error.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

_CASTS = ("int", "float", "bool", "str")
_FIELDS = ("field", "Field", "attrib")
_OPTIONS = ("add_argument", "option", "Option", "Argument")
# What an option may also be given without being another one.
_BESIDE = frozenset(("help", "metavar", "type", "dest", "choices", "show_default", "nargs"))
# Functions whose last argument is what is given where there is nothing, and where that stands.
_WITH_DEFAULT = {"get": 1, "pop": 1, "next": 1, "getattr": 2, "getenv": 1}
_WRITTEN_OUT = (ast.List, ast.Dict, ast.Tuple, ast.Set, ast.Constant)
_ALL = ("Exception", "BaseException")
_ALIASES = {"socket.error": "OSError", "select.error": "OSError", "os.error": "OSError"}
# What the library raises of these, and nothing else does.
_ALIASES |= {"json.JSONDecodeError": "ValueError", "JSONDecodeError": "ValueError"}


def read_last_name(node: ast.AST) -> str:
    """Return the last name of a dotted one, empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


class PlainFields(ast.NodeTransformer):
    """Writes `field(default=x)` as `x`, as a data class without options of the field has it."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if read_last_name(node.func) in _FIELDS and not node.args:
            given = {word.arg: word.value for word in node.keywords}
            factory = given.get("default_factory")
            if "default" in given:
                return given["default"]
            if isinstance(factory, ast.Lambda):
                return factory.body
        return node


def comes_from_environment(was: ast.AST, now: ast.AST) -> bool:
    """Tell whether a number is now what the environment says, and another where it says nothing."""
    while isinstance(now, ast.Call) and read_last_name(now.func) in _CASTS and len(now.args) == 1:
        now = now.args[0]
    if not isinstance(now, ast.Call) or not isinstance(was, ast.Constant):
        return False
    if "environ" not in ast.unparse(now.func) and read_last_name(now.func) != "getenv":
        return False
    default = now.args[1] if len(now.args) > 1 else None
    return not isinstance(default, ast.Constant) or str(default.value) != str(was.value)


def is_option(call: ast.Call) -> bool:
    """Tell whether a call declares an option of a command."""
    return read_last_name(call.func) in _OPTIONS


def has_less_default(was: ast.Call, now: ast.Call) -> bool:
    """Tell whether an option has no default any more, or a lower one; a raised one is tuning."""
    if [ast.dump(arg) for arg in was.args] != [ast.dump(arg) for arg in now.args]:
        return False
    given, others = ({word.arg: word.value for word in call.keywords} for call in (was, now))
    one, other = given.pop("default", None), others.pop("default", None)
    if one is None or not {name for name in others if name not in given} <= _BESIDE:
        return False
    if other is None:
        return True
    values = [node.value for node in (one, other) if isinstance(node, ast.Constant)]
    if len(values) != 2 or values[0] == values[1]:
        return False
    if isinstance(values[0], int | float) and isinstance(values[1], int | float):
        return values[1] < values[0]
    return values[1] is None


def drops_default(was: ast.Call, now: ast.Call) -> bool:
    """Tell whether `get(key, [])` and its like give None, or nothing, where there is no value."""
    place = _WITH_DEFAULT.get(read_last_name(was.func))
    if place is None or len(was.args) != place + 1 or was.keywords or now.keywords:
        return False
    same = [ast.dump(arg) for arg in was.args[:place]] == [ast.dump(a) for a in now.args[:place]]
    if not same or ast.dump(was.func) != ast.dump(now.func) or _is_none(was.args[place]):
        return False
    if len(now.args) == place:
        return True
    is_told = isinstance(was.args[place], _WRITTEN_OUT)
    return len(now.args) == place + 1 and is_told and _is_none(now.args[place])


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def list_off_arguments(arguments: ast.arguments) -> list[str]:
    """Return the arguments of a function that are None or False where a caller says nothing."""
    plain = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults, strict=True)]
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    pairs += [(name, value) for name, value in named if value is not None]
    off = (None, False)
    return [
        n.arg for n, v in pairs if isinstance(v, ast.Constant) and any(v.value is o for o in off)
    ]


def list_spread(call: ast.Call) -> list[str]:
    """Return the names that are spread into a call as its keywords."""
    return [read_last_name(word.value) for word in call.keywords if word.arg is None]


def is_spread_without(was: ast.Call, now: ast.Call, beside: Iterable[ast.AST]) -> bool:
    """Tell whether a call has a dictionary spread into it that lacks what it was given before.

    Args:
        was: the call before.
        now: the call in its place.
        beside: the statements that came with it; the dictionary has to be one of them.
    """
    names = list_spread(now)
    given = {word.arg: ast.dump(word.value) for word in was.keywords if word.arg}
    left = {word.arg: ast.dump(word.value) for word in now.keywords if word.arg}
    if not names or not left.keys() <= given.keys() or list_spread(was):
        return False
    found = None
    for node in beside:
        value = node.value if isinstance(node, ast.Assign) else None
        targets = node.targets if isinstance(node, ast.Assign) else []
        if value is not None and any(read_last_name(target) in names for target in targets):
            found = _read_entries(value)
    return found is not None and any(
        found.get(name) != value for name, value in given.items() if name not in left
    )


def _read_entries(value: ast.expr) -> dict[str, str] | None:
    """Return the entries of a dictionary, None where not all are written out."""
    if isinstance(value, ast.Dict) and all(isinstance(key, ast.Constant) for key in value.keys):
        return {
            str(key.value): ast.dump(entry)
            for key, entry in zip(value.keys, value.values, strict=True)
            if isinstance(key, ast.Constant)
        }
    if not isinstance(value, ast.Call) or read_last_name(value.func) != "dict" or value.args:
        return None
    given = {word.arg: ast.dump(word.value) for word in value.keywords}
    return None if None in given else {str(name): entry for name, entry in given.items()}


def list_caught(node: ast.ExceptHandler) -> list[ast.expr]:
    """Return the errors that a handler catches, none where it catches all."""
    if node.type is None:
        return []
    return node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]


def catches_less(was: ast.ExceptHandler, now: ast.ExceptHandler) -> bool:
    """Tell whether a handler lets an error of the language pass that another caught."""
    caught = [_find_error(one) for one in list_caught(now)]
    if not caught or any(name in _ALL for name, _ in caught):
        return False
    names = {name for name, _ in caught}
    missing = [one for one in map(_find_error, list_caught(was)) if one[0] not in names]
    kinds = tuple(kind for _, kind in caught if kind is not None)
    return any(kind is not None and not issubclass(kind, kinds) for _, kind in missing)


def catches_everything(node: ast.ExceptHandler) -> bool:
    """Tell whether a handler catches whatever an ordinary program raises."""
    return node.type is None or any(ast.unparse(one) in _ALL for one in list_caught(node))


def catches_all_of(was: ast.ExceptHandler, now: ast.ExceptHandler) -> bool:
    """Tell whether a handler surely catches all that another caught."""
    if now.type is None:
        return True
    caught = [_find_error(one) for one in list_caught(now)]
    names = {name for name, _ in caught}
    kinds = tuple(kind for _, kind in caught if kind is not None)
    return was.type is not None and all(
        name in names or issubclass(kind or Exception, kinds)
        for name, kind in map(_find_error, list_caught(was))
    )


def _find_error(node: ast.expr) -> tuple[str, type | None]:
    """Return the name of an error, and its class where it is one of the language."""
    name = ast.unparse(node)
    kind = getattr(builtins, _ALIASES.get(name, name), None)
    is_error = isinstance(kind, type) and issubclass(kind, BaseException)
    return name, kind if is_error else None
