"""Follows one parameter through the package and counts how far a reader has to go with it.

    scripts/walk.py devmatrix_guard/commands/check/pipeline.py:run_check:request
    scripts/walk.py --preparing devmatrix_guard/commands/check/pipeline.py:run_check:request
    scripts/walk.py --within commands devmatrix_guard/commands/learn/learn.py:learn:start

A *place* is a stay in one module: the functions that get the value, or what was made from it, in
the order of the code, with neighbours of one module counted once. A *step back up* goes from a
module to one that stands above it in the order of imports. *Names* are the words the value goes by.
It reads syntax and runs nothing: what is chosen while the program runs is not followed.

With `--preparing` a value that a `with` opens is another one: the walk ends where a command has
built its context, and counts how far it is to there. With `--within PART` only modules of that part
are entered: how a command hands the value on, without what the parts below make of it.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

PACKAGE = "devmatrix_guard"
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Walk(NamedTuple):
    """What a walk met: modules in the order of the stays, steps back up, and the value's names."""

    stays: tuple[str, ...]
    climbs: int
    names: frozenset[str]

    def __str__(self) -> str:
        rooms = len(set(self.stays))
        return f"{len(self.stays)} / {rooms} / {self.climbs} / {len(self.names)}"


class Module:
    """One module: its functions by qualified name, and what its names stand for."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name = name
        self.tree = tree
        self.functions: dict[str, _Function] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        for node in tree.body:
            if isinstance(node, _Function):
                self.functions[node.name] = node
            elif isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
                for member in node.body:
                    if isinstance(member, _Function):
                        self.functions[f"{node.name}.{member.name}"] = member

    @cached_property
    def imported(self) -> dict[str, tuple[str, str]]:
        """Names bound by an import of the package, as (module, name in it)."""
        return {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE)
            for alias in node.names
        }


class House:
    """All modules of the package, and the floor each stands on: above all that it imports."""

    def __init__(self, root: Path) -> None:
        self.modules: dict[str, Module] = {}
        for path in sorted((root / PACKAGE).rglob("*.py")):
            name = ".".join(path.relative_to(root).with_suffix("").parts)
            self.modules[name] = Module(name, ast.parse(path.read_bytes()))
        self._floors: dict[str, int] = {}

    def floor(self, name: str, above: frozenset[str] = frozenset()) -> int:
        """Return 1 for a module that imports none of ours, else one above all it imports."""
        if name not in self._floors:
            below = {module for module, _ in self.modules[name].imported.values()}
            known = (below & self.modules.keys()) - above - {name}
            self._floors[name] = 1 + max(
                (self.floor(other, above | {name}) for other in sorted(known)), default=0
            )
        return self._floors[name]

    @cached_property
    def methods(self) -> dict[str, list[tuple[Module, str]]]:
        """Methods by their bare name: a call is followed where only one has that name."""
        found: dict[str, list[tuple[Module, str]]] = {}
        for module in self.modules.values():
            for qualified in module.functions:
                if "." in qualified:
                    found.setdefault(qualified.partition(".")[2], []).append((module, qualified))
        return found

    def find(self, module: Module, called: ast.expr) -> tuple[Module, str] | None:
        """Return the function that an expression in a call names, if the syntax tells."""
        if isinstance(called, ast.Attribute):
            doors = self.methods.get(called.attr, [])
            is_ours = len(doors) == 1 and not _is_of_others(called.value)
            return doors[0] if is_ours else None
        if not isinstance(called, ast.Name):
            return None
        home, name = module, called.id
        if name in module.imported:
            where, name = module.imported[name]
            if where not in self.modules:
                return None
            home = self.modules[where]
        for qualified in (name, f"{name}.__init__"):
            if qualified in home.functions:
                return home, qualified
        return None


def _is_of_others(owner: ast.expr) -> bool:
    """Tell whether a method is that of a text, or what is called belongs to `os.path`."""
    if isinstance(owner, ast.Attribute):
        return isinstance(owner.value, ast.Name) and owner.value.id == "os"
    return isinstance(owner, ast.Constant | ast.JoinedStr)


class Walker:
    """Follows values from call to call, each function once for each parameter."""

    def __init__(self, house: House, *, follows_with: bool = True, within: str = "") -> None:
        self._house = house
        self._within = f"{PACKAGE}.{within}." if within else f"{PACKAGE}."
        self._follows_with = follows_with
        self._passed: set[tuple[str, str]] = set()
        self.events: list[str] = []
        self.names: set[str] = set()

    def enter(self, module: Module, qualified: str, mine: frozenset[str]) -> None:
        """Stay in a function whose parameters `mine` hold the value, and follow it on."""
        self.events.append(module.name)
        self.names |= mine
        key = (module.name, qualified)
        if key in self._passed:
            return
        self._passed.add(key)
        held = set(mine)
        for statement in module.functions[qualified].body:
            self._follow(module, statement, held)

    def _follow(self, module: Module, node: ast.AST, held: set[str]) -> None:
        """Go through a node in the order it runs, so that a name is known before it is used."""
        for child in _in_order(node):
            self._follow(module, child, held)
        if isinstance(node, ast.Call):
            self._call(module, node, held)
        value, targets = _binding(node)
        if isinstance(node, ast.withitem) and not self._follows_with:
            return
        if value is not None and self._yields(module, value, held):
            gained = {name for target in targets for name in _bound(target)}
            held |= gained
            self.names |= gained

    def _yields(self, module: Module, value: ast.expr, held: set[str]) -> bool:
        """Whether an expression is the value, a part of it, or made from it by a function."""
        if isinstance(value, ast.Name):
            return value.id in held
        if isinstance(value, ast.Attribute | ast.Subscript | ast.Starred):
            return self._yields(module, value.value, held)
        if isinstance(value, ast.Call):
            if self._is_class(module, value.func):
                return False  # put down in a value of another kind
            parts = [*value.args, *(word.value for word in value.keywords)]
            if isinstance(value.func, ast.Attribute):
                parts.append(value.func.value)
            return any(self._yields(module, part, held) for part in parts)
        if isinstance(value, ast.IfExp):
            return any(self._yields(module, part, held) for part in (value.body, value.orelse))
        if isinstance(value, ast.BoolOp):
            return any(self._yields(module, part, held) for part in value.values)
        return False

    def _is_class(self, module: Module, called: ast.expr) -> bool:
        if not isinstance(called, ast.Name):
            return False
        home, name = module, called.id
        if name in module.imported and module.imported[name][0] in self._house.modules:
            home, name = self._house.modules[module.imported[name][0]], module.imported[name][1]
        return name in home.classes

    def _call(self, module: Module, node: ast.Call, held: set[str]) -> None:
        found = self._house.find(module, node.func)
        if found is None:
            return
        home, qualified = found
        if not f"{home.name}.".startswith(self._within):
            return
        positional, keywords = _parameters(home.functions[qualified], bound="." in qualified)
        mine = {
            name for name, value in zip(positional, node.args, strict=False)
            if self._yields(module, value, held)
        } | {
            word.arg for word in node.keywords
            if word.arg in keywords and self._yields(module, word.value, held)
        }  # fmt: skip
        if isinstance(node.func, ast.Attribute) and self._yields(module, node.func.value, held):
            mine.add("self")
        if mine:
            self.enter(home, qualified, frozenset(name for name in mine if name))


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node: what is assigned from before what is assigned to."""
    if isinstance(node, ast.For | ast.AsyncFor):
        yield from (node.iter, node.target, *node.body, *node.orelse)
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        yield from (*node.generators, node.elt)
    elif isinstance(node, ast.DictComp):
        yield from (*node.generators, node.key, node.value)
    else:
        yield from ast.iter_child_nodes(node)


def _binding(node: ast.AST) -> tuple[ast.expr | None, list[ast.expr]]:
    """Return the value that a node gives names to, and the targets it gives it to."""
    if isinstance(node, ast.Assign):
        return node.value, node.targets
    if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
        return node.value, [node.target]
    if isinstance(node, ast.comprehension):
        return node.iter, [node.target]
    if isinstance(node, ast.withitem) and node.optional_vars is not None:
        return node.context_expr, [node.optional_vars]
    return None, []


def _bound(target: ast.expr) -> Iterator[str]:
    # Of a value taken apart, no part is the whole.
    return iter([target.id] if isinstance(target, ast.Name) else ())


def _parameters(function: _Function, *, bound: bool) -> tuple[list[str], set[str]]:
    positional = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    is_static = any(
        isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in function.decorator_list
    )
    ordered = positional[1:] if bound and not is_static else positional
    return ordered, {*positional, *(a.arg for a in function.args.kwonlyargs)}


def walk(root: Path, start: str, *, follows_with: bool = True, within: str = "") -> Walk:
    """Return the walk of a parameter, named as `FILE:FUNCTION:PARAMETER`."""
    path, function, parameter = start.split(":")
    house = House(root)
    module = house.modules[".".join(Path(path).with_suffix("").parts)]
    walker = Walker(house, follows_with=follows_with, within=within)
    walker.enter(module, function, frozenset({parameter}))
    stays = [
        name
        for count, name in enumerate(walker.events)
        if not count or name != walker.events[count - 1]
    ]
    floors = [house.floor(name) for name in stays]
    climbs = sum(later > earlier for earlier, later in itertools.pairwise(floors))
    return Walk(tuple(stays), climbs, frozenset(walker.names))


def main() -> int:
    """Print places / modules / steps back up / names for each start on the command line."""
    parser = argparse.ArgumentParser(description="Follow parameters through the package.")
    parser.add_argument("starts", nargs="+", metavar="FILE:FUNCTION:PARAMETER")
    parser.add_argument("--preparing", action="store_true", help="end where a `with` opens a value")
    parser.add_argument("--within", default="", metavar="PART", help="enter modules of PART only")
    given = parser.parse_args()
    if any(start.count(":") != 2 for start in given.starts):
        parser.error("name each start as FILE:FUNCTION:PARAMETER")
    root = Path(__file__).resolve().parent.parent
    for start in given.starts:
        found = walk(root, start, follows_with=not given.preparing, within=given.within)
        print(f"{start}: {found}")
        for name in found.stays if len(given.starts) == 1 else ():
            print(f"  {name.removeprefix(PACKAGE + '.')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
